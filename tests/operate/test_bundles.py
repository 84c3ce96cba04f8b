"""Bundles of every platform, with planted sellers: nobody is named in what is sent away."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import Config
from monitor.crawl.claims import claims_of
from monitor.crawl.differences import differences_of
from monitor.crawl.live_reading import ReadPage
from monitor.crawl.saved.page_cases import case_files, case_response, expectation, expectation_file
from monitor.crawl.shapes import known_shapes
from monitor.demo.shops import SHOPS
from monitor.evidence import EvidenceStore
from monitor.evidence.manifest import replace_file
from monitor.model import ClaimState, DifferenceKind, LiveCheck, Origin, PageRole, to_json
from monitor.operate.live_check import check_live
from monitor.operate.pilot_bundle import Bundled, write_bundle
from monitor.store import Store
from tests.operate.live_shop import live_config, live_shop
from tests.planted_sellers import READ, UNREAD, seen_in, sellers_planted, spellings
from tests.plants import (
    NOW,
    PLANTS,
    REGISTRY,
    SPIDERS,
    WEEK,
    Plant,
    Planted,
    both,
    live_pages,
    untouched,
)

QUICK = ("blibli", "shopee")
"""Platforms whose bundle the gate makes: one of cards, one of data."""


def bundle_of(folder: Path, platform: str, pages: Sequence[ReadPage]) -> Bundled:
    """The bundle of a live check that met these pages."""
    config = Config(
        home=folder, database_url=f"sqlite:///{folder / 'pantau.db'}", contact="uji@kantor.example"
    )
    live = []
    Store.of_home(config).close()
    with EvidenceStore(config.evidence, run=1) as evidence:
        for read in pages:
            assert read.response is not None
            kind = "application/json" if read.response.body[:1] == b"{" else "text/html"
            record = evidence.keep(
                week=WEEK, platform=platform, url=read.live.url, status=read.response.status,
                headers=[("Content-Type", kind)], body=read.response.body, at=NOW,
            )  # fmt: skip
            live.append(replace(read.live, evidence=record.evidence))
    spider, shapes = SPIDERS[platform], known_shapes()[platform]
    differences, proposals = differences_of(REGISTRY.platforms[platform], spider, pages, shapes)
    check = LiveCheck(
        platform=platform, origin=Origin.live, at=NOW, week=WEEK, run=1,
        agent="Pantau (uji@kantor.example)", pages=tuple(live),
        claims=claims_of(REGISTRY.platforms[platform], spider, pages, []),
        differences=differences, proposals=proposals,
    )  # fmt: skip
    checks = config.live_checks / platform
    checks.mkdir(parents=True)
    replace_file(checks / "check-1.json", to_json(check))
    with Store.of_home(config) as store:
        return write_bundle(config, store, platform, folder / "bundle.zip")


def require_nobody(folder: Path, platform: str, plant: Plant) -> None:
    """A bundle of a platform's planted pages names nobody and reads as the pages were read."""
    spider = SPIDERS[platform]
    plain = [listing for read in live_pages(platform) for listing in read.page.listings]
    sellers = [listing.seller_name for listing in plain if listing.seller_name]
    pages = live_pages(platform, both(plant, sellers_planted(sellers[0] if sellers else None)))
    for read in pages:
        assert read.response is not None
        assert seen_in(read.response.text, [READ, UNREAD]) == [READ, UNREAD], read.role
    bundle = bundle_of(folder, platform, pages)
    assert bundle.left_out == ()
    assert len(bundle.pages) == len(pages)
    ids = [word for row in plain for word in (row.seller_id, row.item_id) if word]
    names = list(dict.fromkeys((READ, UNREAD, *sellers, *ids)))
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / "bundle")
        for name in archive.namelist():
            text = archive.read(name).decode()
            assert seen_in(text, names) == [], name
            assert [word for word in spellings(UNREAD) if word in text] == [], name
    for path in case_files(folder / "bundle"):
        expected = json.loads(expectation_file(path).read_text(encoding="utf-8"))
        assert expectation(spider, case_response(path)) == expected


@pytest.mark.parametrize(
    "platform",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in SPIDERS],
)
def test_no_bundle_names_a_seller_wherever_they_stand(platform: str, tmp_path: Path) -> None:
    require_nobody(tmp_path, platform, untouched)


@pytest.mark.long
@pytest.mark.parametrize("planted", PLANTS, ids=lambda plant: f"{plant.platform}-{plant.name}")
def test_no_bundle_of_pages_that_contradict_names_a_seller(
    planted: Planted, tmp_path: Path
) -> None:
    """What is not understood is where a name is not looked for."""
    require_nobody(tmp_path, planted.platform, planted.plant)


def test_a_bundle_still_says_what_came_instead(tmp_path: Path) -> None:
    [planted] = [plant for plant in PLANTS if plant[:2] == ("shopee", "unread")]
    bundle = bundle_of(tmp_path, "shopee", live_pages("shopee", planted.plant))
    with zipfile.ZipFile(bundle.path) as archive:
        page = json.loads(archive.read("shopee/live_listings.json"))
        differences = archive.read("differences.txt").decode()
    assert set(page["items"][0]) >= {"card_basic", "sid", "uid"}
    assert "objects with adsid, campaignid, card_basic" in differences
    assert PageRole.listings in differences


def planted(platform: str, kind: DifferenceKind) -> Planted:
    """The last plant of a platform that is a difference of a kind."""
    return [plant for plant in PLANTS if (plant.platform, plant.kind) == (platform, kind)][-1]


@pytest.mark.long
@pytest.mark.parametrize("platform", SHOPS)
def test_a_shop_served_as_if_live_is_named_in_what_it_has_otherwise_and_bundled(
    platform: str, tmp_path: Path
) -> None:
    """By the crawler's own way, in Chromium where scripts draw: words, a field, and sellers."""
    words = planted(platform, DifferenceKind.words)
    field = planted(platform, DifferenceKind.missing_field)
    plants = both(words.plant, field.plant, sellers_planted(None))
    with live_shop(plants) as shop:
        config = live_config(tmp_path / "home", shop, browser=REGISTRY.platforms[platform].browser)
        check = check_live(config, REGISTRY, platform)
    assert check.refused is None
    contradicted = {claim.subject for claim in check.in_state(ClaimState.contradicted)}
    assert contradicted >= {words.claim, field.claim}
    named = {(row.kind, row.name.rstrip("!")) for row in check.differences}
    assert named >= {(words.kind, words.difference), (field.kind, field.difference)}
    with Store.of_home(config, create=False) as store:
        bundle = write_bundle(config, store, platform, tmp_path / "bundle.zip")
    assert bundle.left_out == ()
    with zipfile.ZipFile(bundle.path) as archive:
        for name in archive.namelist():
            assert seen_in(archive.read(name).decode(), [READ, UNREAD]) == [], name
