"""The live check: simulated shops that are served as if live, with planted contradictions."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import Config, PantauError
from monitor.crawl.saved.mint import Mint
from monitor.crawl.saved.page_cases import (
    case_files,
    case_response,
    expectation,
    expectation_file,
)
from monitor.crawl.spider import load_spiders
from monitor.demo.shops import ShopRequest, ShopResponse
from monitor.model import (
    ClaimState,
    DifferenceKind,
    LiveCheck,
    LivePage,
    Origin,
    PageRole,
    PilotStep,
    RunOutcome,
    StepState,
    UnitState,
    to_json,
)
from monitor.operate.collection import plan_week
from monitor.operate.health import examine
from monitor.operate.live_check import LiveCheckError, check_live, checks_of, response_of
from monitor.operate.live_words import live_lines
from monitor.operate.pilot import note_step, pilot_text, pilot_week, write_pilot
from monitor.operate.pilot_bundle import write_bundle
from monitor.registry import load_registry
from monitor.store import Store

from .live_shop import OTHER_WORDS, LiveShop, contradicting_shopee, live_config, live_shop

pytestmark = pytest.mark.long

Checked = tuple[LiveCheck, LiveShop, Config]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A live check of a Shopee that contradicts us in four ways."""
    with live_shop(contradicting_shopee) as shop:
        config = live_config(tmp_path_factory.mktemp("live"), shop)
        yield check_live(config, load_registry(), "shopee"), shop, config


def claims(check: LiveCheck) -> dict[str, ClaimState]:
    return {claim.subject: claim.state for claim in check.claims}


def test_it_asks_for_robots_and_three_pages_as_who_it_is(checked: Checked) -> None:
    check, shop, _ = checked
    assert [path.partition("?")[0] for path in shop.asked[:2]] == [
        "shopee.co.id/robots.txt",
        "shopee.co.id/api/v4/search/search_items",
    ]
    assert len(shop.asked) == 4
    [agent] = shop.agents
    assert agent == check.agent
    assert "uji@kantor.example" in agent
    assert [page.role for page in check.pages] == [
        PageRole.listings,
        PageRole.own_page,
        PageRole.nothing,
    ]


def test_where_no_robots_txt_comes_nothing_is_said_of_the_platform(tmp_path: Path) -> None:
    """Nobody answers at the address: that may be this machine's network."""
    with live_shop() as shop:
        config = live_config(tmp_path, shop)
    with pytest.raises(LiveCheckError, match="look at this machine's network"):
        check_live(config, load_registry(), "shopee")
    assert checks_of(config, "shopee") == []
    with Store.of_home(config, create=False) as store:
        assert [run.outcome for run in store.runs.newest(job="live")] == [RunOutcome.failed]


def test_an_answer_that_does_not_come_is_no_refusal(tmp_path: Path) -> None:
    """The step stays open, and nobody is sent to the inspection desk by it."""

    def silent(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """Answer for robots.txt alone."""
        return answer if request.path == "/robots.txt" else dataclasses.replace(answer, status=0)

    with live_shop(silent) as shop:
        config = live_config(tmp_path, shop)
        check = check_live(config, load_registry(), "shopee")
    assert check.failed
    assert check.refused is None
    assert str(check.unreachable).startswith("unreachable: ")
    assert f"not asked further: {check.unreachable}" in "\n".join(live_lines(check))
    with Store.of_home(config, create=False) as store:
        week = pilot_week(config, load_registry(), store, "shopee")
    assert week.step(PilotStep.live_check).state is StepState.open
    assert not week.by_hand
    assert "says nothing of the platform" in " ".join(pilot_text(week, "en"))


def test_planted_contradictions_are_all_named(checked: Checked) -> None:
    check, _, _ = checked
    states = claims(check)
    for subject in (
        "page size",
        "where listings stand",
        "fields",
        "floor of ship_from",
        "words for nothing found",
    ):
        assert states[subject] is ClaimState.contradicted, subject
    for subject in ("entrance", "own page", "robots.txt, keyword", "currency", "hosts"):
        assert states[subject] is ClaimState.confirmed, subject
    named = {(each.kind, each.name) for each in check.differences}
    assert (DifferenceKind.page_size, "page_size") in named
    assert (DifferenceKind.envelope, "grid.cells[]") in named
    assert (DifferenceKind.missing_field, "ship_from") in named
    assert (DifferenceKind.unknown_key, "place_v2") in named
    assert (DifferenceKind.words, OTHER_WORDS) in named
    assert check.failed
    assert check.refused is None


def test_changes_are_proposed_as_text_to_paste(checked: Checked) -> None:
    texts = [proposal.text for proposal in checked[0].proposals]
    assert "page_size = 48" in texts
    assert '        | read.text("place_v2"),' in texts
    assert '    unproven = ("cards", "description", "category page",)' in texts
    assert any(OTHER_WORDS.casefold() in text and "no_results_texts" in text for text in texts)
    assert any('"grid.cells[]"' in text for text in texts)


def test_what_came_is_evidence_and_no_measurement(checked: Checked) -> None:
    check, _, config = checked
    assert check.origin is Origin.live
    assert [page.evidence is not None for page in check.pages] == [True] * 3
    assert [answer.status for answer in check.robots] == [200]
    with Store.of_home(config, create=False) as store:
        assert [run.job for run in store.runs.newest(platform="shopee")] == ["live"]
        assert store.count_pages(None) == 0
        assert store.visits.of_week(check.week) == ()
    assert checks_of(config, "shopee") == [check]


def test_the_bundle_names_no_seller_and_reads_as_it_was_read(
    checked: Checked, tmp_path: Path
) -> None:
    check, _, config = checked
    spider = load_spiders()["shopee"]
    responses = [response_of(config, page) for page in check.pages]
    sellers = {
        word
        for response in responses
        if response is not None
        for listing in spider.shown_page(response).listings
        for word in (listing.seller_name, listing.seller_id, listing.item_id)
        if word
    }
    assert len(sellers) > 60
    with Store.of_home(config, create=False) as store:
        bundle = write_bundle(config, store, "shopee", tmp_path / "bundle.zip")
    assert bundle.left_out == ()
    assert bundle.names >= len(sellers)
    with zipfile.ZipFile(bundle.path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
        archive.extractall(tmp_path / "bundle")
    for name, text in texts.items():
        folded = text.casefold()
        assert [word for word in sellers if word.casefold() in folded] == [], name
        assert "uji@kantor.example" not in text
    pages = list(case_files(tmp_path / "bundle"))
    assert {path.stem for path in pages} == {"live_listings", "live_own_page", "live_nothing"}
    for path in pages:
        expected = json.loads(expectation_file(path).read_text(encoding="utf-8"))
        assert expectation(spider, case_response(path)) == expected
    listings = json.loads(texts["shopee/live_listings.expected.json"])["listings"]
    assert len(listings) == 48
    assert "place_v2" in texts["differences.txt"]
    assert "| shopee/live_listings.json |" in texts["SOURCES.md"]


def test_a_bundle_with_a_name_left_in_it_is_refused(
    checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, config = checked
    monkeypatch.setattr(Mint, "words", lambda self, text: " ".join([text, *self.people]))
    with (
        Store.of_home(config, create=False) as store,
        pytest.raises(PantauError, match="names or ids are left"),
    ):
        write_bundle(config, store, "shopee", tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()


def test_unproven_marks_fall_away_where_a_live_page_proved_them(checked: Checked) -> None:
    _, _, config = checked
    assert "own page" in load_spiders()["shopee"].unproven
    [pages] = [check.state for check in examine(config) if check.name == "pages"]
    assert "shopee (cards, description, category page);" in pages
    simulated = replace(checks_of(config, "shopee")[0], origin=Origin.simulated)
    path = config.live_checks / "shopee" / f"check-{simulated.run}.json"
    live = path.read_bytes()
    path.write_bytes(to_json(simulated))
    try:
        assert "shopee (cards, own page, description, category page)" in next(
            check.state for check in examine(config) if check.name == "pages"
        )
    finally:
        path.write_bytes(live)


def test_the_first_week_ticks_what_the_store_knows(checked: Checked) -> None:
    check, _, config = checked
    registry = load_registry()
    with Store.of_home(config, create=False) as store:
        week = pilot_week(config, registry, store, "shopee")
        assert week.week == check.week
        states = {status.step: status.state for status in week.steps}
        assert states.pop(PilotStep.contact) is StepState.done
        assert states.pop(PilotStep.live_check) is StepState.done
        assert set(states.values()) == {StepState.open}
        assert week.step(PilotStep.live_check).figures["contradicted"] == len(
            check.in_state(ClaimState.contradicted)
        )
        assert week.next_step is PilotStep.plan
        for step in PilotStep:
            note_step(config, registry, "shopee", step, "sudah")
        noted = pilot_week(config, registry, store, "shopee")
        changed = {each.step for each in noted.steps if each.state is StepState.done}
        assert changed == {PilotStep.contact, PilotStep.live_check}
        assert noted.step(PilotStep.sent).state is StepState.begun, "nothing was packed to be sent"
        plan_week(config, registry, store, check.week, origin=config.origin, platforms=["shopee"])
        planned = pilot_week(config, registry, store, "shopee")
    assert planned.step(PilotStep.plan).state is StepState.done
    assert planned.step(PilotStep.pages).state is StepState.open
    assert [page.name for page in write_pilot(config, planned)] == ["index.html", "index.en.html"]


@pytest.mark.parametrize("platform", ["lazada", "tiktokshop"])
def test_pages_drawn_by_scripts_are_checked_in_chromium_and_bundled(
    platform: str, tmp_path: Path
) -> None:
    """The bundle goes through ``make acceptance CAPTURES=DIR`` as the project would run it."""
    with live_shop() as shop:
        config = live_config(tmp_path / "home", shop, browser=True)
        check = check_live(config, load_registry(), platform)
    lines = list(live_lines(check))
    assert [page.state for page in check.pages[:2]] == [UnitState.sampled] * 2
    assert claims(check)["entrance"] is ClaimState.confirmed
    assert sum(line.startswith("asked: ") for line in lines) == len(check.pages) + 1
    marks = [each for each in check.proposals if "unproven" in each.text]
    assert len(marks) == 1, "one line to paste, whatever number of pages prove"
    with Store.of_home(config, create=False) as store:
        bundle = write_bundle(config, store, platform, tmp_path / "bundle.zip")
    assert bundle.left_out == ()
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path / "bundle")
    tests = Path(__file__).parents[1] / "acceptance" / "test_bundles.py"
    arguments = ["-m", "pytest", "-q", "-m", "acceptance", str(tests), "-k", "bundled"]
    environment = os.environ | {"PANTAU_CAPTURES": str(tmp_path / "bundle")}
    run = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert f"{2 * len(bundle.pages)} passed" in run.stdout


def test_a_page_that_resembles_no_known_one_is_told_so() -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    page = LivePage(
        role=PageRole.own_page,
        url="https://www.example/1",
        final_url="https://www.example/1",
        at=at,
        state=UnitState.sampled,
        listings=1,
    )
    check = LiveCheck(
        platform="shopee",
        origin=Origin.live,
        at=at,
        week="2026-W48",
        run=1,
        agent="Pantau",
        pages=(page,),
    )
    assert "  1 listing, like no known page" in list(live_lines(check))
