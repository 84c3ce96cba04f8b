"""What the desk makes of files: each page counted once, each bad one told in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser
from scrapy.http import HtmlResponse

from monitor.config import Config, PantauError
from monitor.crawl.saved.contradictions import contradiction
from monitor.crawl.spider import load_spiders
from monitor.demo import DemoServer
from monitor.evidence import EvidenceStore
from monitor.model import (
    EditionKind,
    Mode,
    PlannedUnit,
    Receipt,
    ReceiptKind,
    Role,
    UnitRecord,
    UnitState,
)
from monitor.operate.desk import InspectionDesk
from monitor.operate.editions import draw_week, make_edition
from monitor.operate.pages import site_of_home
from monitor.operate.visits import drawn_targets
from monitor.registry import Registry, visit_url
from monitor.sampling.audit import draw_audit
from monitor.store import Store, StoreError
from monitor.web import WebError, create_app, invite
from monitor.web.inspect import receipt_line
from monitor.web.messages import PageMessages
from tests.audit.conftest import serving
from tests.audit.test_pages import Client

from .inspector import shop_through

ANI, BUDI = 1, 2
CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
KINDS = ReceiptKind


def body_of(shops: DemoServer, url: str) -> str:
    with urlopen(f"{shops.url}/{url.partition('://')[2]}") as response:
        text: str = response.read().decode()
    return text


@dataclass
class Sitting:
    """A person's logs of pages of the shops."""

    shops: DemoServer
    folder: Path

    def har(self, *entries: dict[str, Any], name: str = "sitting.har") -> tuple[str, Path]:
        path = self.folder / name
        path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
        return name, path

    def entry(self, url: str, body: str | None = None, **changes: Any) -> dict[str, Any]:
        """An answer of the shops, or of ``body``; ``changes`` are of the entry."""
        text = body_of(self.shops, url) if body is None else body
        return {
            "startedDateTime": datetime.now(UTC).isoformat(),
            "request": {"url": url},
            "response": {"status": 200, "headers": [], "content": {"text": text}},
        } | changes


@pytest.fixture
def sitting(shops: DemoServer, tmp_path: Path) -> Sitting:
    return Sitting(shops, tmp_path)


def of_platform(worklist: list[UnitRecord], platform: str) -> list[PlannedUnit]:
    return [record.unit for record in worklist if record.unit.platform == platform]


def kinds(receipts: list[Receipt]) -> list[ReceiptKind]:
    return [receipt.kind for receipt in receipts]


def observed(store: Store, unit: PlannedUnit) -> UnitRecord:
    return next(r for r in store.units.of_week(unit.week) if r.unit.id == unit.id)


def test_one_log_answers_its_units_once(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, store: Store
) -> None:
    units = [record.unit for record in worklist[:6]]
    file = sitting.har(*(sitting.entry(unit.url) for unit in units))
    receipts = desk.take([file], ANI)
    assert kinds(receipts) == [KINDS.counted] * 6
    assert [receipt.number for receipt in receipts] == [1, 2, 3, 4, 5, 6]
    assert all(receipt.units == len(worklist) and receipt.listings for receipt in receipts)
    for unit, receipt in zip(units, receipts, strict=True):
        record = observed(store, unit)
        assert (record.state, record.mode) == (UnitState.sampled, Mode.inspector)
        assert record.places == receipt.listings
    again = desk.take([file], BUDI)
    assert kinds(again) == [KINDS.here_already] * 6
    assert {receipt.by for receipt in again} == {ANI}
    assert [observed(store, unit).places for unit in units] == [r.listings for r in receipts]
    assert len(store.desk.taken(datetime.now(UTC) - timedelta(days=1))) == 6


def test_nothing_that_tells_of_the_inspector_is_kept(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, config: Config,
    store: Store,
) -> None:  # fmt: skip
    unit = of_platform(worklist, "lazada")[0]
    page = body_of(sitting.shops, unit.url)
    secret = "rahasia-pengawas-0812"
    private = f'<script>var user = {{"accessToken": "{secret}", "email": "{secret}"}}</script>'
    entry = sitting.entry(unit.url, page.replace("</head>", f"{private}</head>"))
    entry["request"]["headers"] = [{"name": "Cookie", "value": secret}]
    entry["response"]["headers"] = [{"name": "Set-Cookie", "value": secret}]
    [receipt] = desk.take([sitting.har(entry)], ANI)
    assert (receipt.kind, receipt.stripped) == (KINDS.counted, 2)
    [stored] = store.pages.of_week(unit.week)
    assert stored.received and stored.received.evidence
    record = EvidenceStore(config.evidence).read(stored.received.evidence)
    assert secret.encode() not in record.body
    assert secret not in str(record.headers)
    assert receipt_line(PageMessages("en"), receipt, "Lazada").endswith(
        "2 personal values taken out"
    )


def test_what_was_taken_can_be_struck_out_until_the_screen_is_frozen(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, store: Store
) -> None:
    unit = worklist[0].unit
    file = sitting.har(sitting.entry(unit.url))
    desk.take([file], ANI)
    [page] = store.desk.taken(datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(StoreError, match="not yours"):
        store.desk.strike_out(page.response_id, BUDI, desk.now())
    store.desk.strike_out(page.response_id, ANI, desk.now())
    record = observed(store, unit)
    assert (record.state, record.mode, record.places) == (UnitState.planned, None, 0)
    assert unit.id in desk.open_ids(unit.week)
    [kept] = store.pages.of_week(unit.week)
    assert kept.unit_id is None and kept.received
    with pytest.raises(StoreError, match="not yours"):
        store.desk.strike_out(page.response_id, ANI, desk.now())
    [receipt] = desk.take([file], BUDI)
    assert receipt.kind is KINDS.counted
    assert observed(store, unit).places == receipt.listings
    [second, first] = store.desk.taken(datetime.now(UTC) - timedelta(days=1))
    assert (first.struck_at is None, second.struck_at) == (False, None)
    store.audit_samples.save(draw_audit([], week=unit.week, seed=1, drawn_at=desk.now(), budget=9))
    with pytest.raises(StoreError, match="frozen"):
        store.desk.strike_out(second.response_id, BUDI, desk.now())


def test_a_refusal_can_be_entered_and_struck_out(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, store: Store
) -> None:
    first, second = of_platform(worklist, "lazada")[:2]
    desk.enter(first.id, ANI, UnitState.blocked)
    record = observed(store, first)
    assert (record.state, record.reason) == (UnitState.blocked, "inspector-refused")
    assert first.id not in desk.open_ids(first.week)
    with pytest.raises(PantauError, match="not open"):
        desk.enter(first.id, BUDI, UnitState.blocked)
    [page] = store.desk.taken(datetime.now(UTC) - timedelta(days=1))
    store.desk.strike_out(page.response_id, ANI, desk.now())
    assert observed(store, first).state is UnitState.planned
    desk.enter(first.id, ANI, UnitState.blocked)
    desk.take([sitting.har(sitting.entry(first.url))], ANI)
    assert observed(store, first).state is UnitState.sampled, "what is shown later counts"
    assert first.id != second.id


def test_nothing_there_needs_a_page_that_shows_listings(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, store: Store
) -> None:
    first, second = of_platform(worklist, "lazada")[:2]
    with pytest.raises(PantauError, match="no page with listings"):
        desk.enter(first.id, ANI, UnitState.empty)
    desk.take([sitting.har(sitting.entry(second.url))], ANI)
    desk.enter(first.id, ANI, UnitState.empty)
    assert observed(store, first).state is UnitState.empty


def test_own_pages_of_drawn_listings_are_a_second_list(
    config: Config, registry: Registry, store: Store, sitting: Sitting, worklist: list[UnitRecord]
) -> None:
    """A week later: the sample is drawn, and its listings' own pages are asked for."""
    unit = of_platform(worklist, "lazada")[0]
    invite(store, "Ani", role=Role.inspector)
    InspectionDesk(config, registry, store).take([sitting.har(sitting.entry(unit.url))], ANI)
    make_edition(config, registry, store, unit.week, EditionKind.provisional)
    draw, _ = draw_week(config, registry, store, unit.week, 9)
    assert drawn_targets(registry, store, draw) == [], "the crawler is not asked for them"
    later = replace(config, simulated_now=datetime.now(UTC) + timedelta(days=7))
    desk = InspectionDesk(later, registry, store)
    first, *rest = desk.own_pages()
    assert first.platform == "lazada" and rest
    now = later.now().isoformat()
    entry = sitting.entry(first.url, startedDateTime=now)
    [receipt] = desk.take([sitting.har(entry)], ANI)
    assert receipt.kind is KINDS.own_page
    assert desk.own_pages() == rest
    [visit] = store.visits.of_week(unit.week)
    assert (visit.item_id, visit.mode) == (first.item_id, Mode.inspector)


@pytest.mark.browser
def test_a_page_edited_by_hand_is_kept_and_not_used(
    desk: InspectionDesk, worklist: list[UnitRecord], shops: DemoServer, browser: Browser,
    store: Store, tmp_path: Path,
) -> None:  # fmt: skip
    """The data of a drawn page are changed, and its cards are not."""
    unit = of_platform(worklist, "lazada")[0]
    context = browser.new_context()
    shop_through(context, shops)
    page = context.new_page()
    page.goto(unit.url, wait_until="networkidle")
    whole = page.content()
    context.close()
    edited = re.sub(r'"location":\s*"[^"]*"', '"location": "Shenzhen"', whole)
    assert edited != whole
    sitting = Sitting(shops, tmp_path)
    [receipt] = desk.take([sitting.har(sitting.entry(unit.url, edited))], ANI)
    assert receipt.kind is KINDS.contradicts
    assert observed(store, unit).state is UnitState.planned
    [kept] = store.pages.of_week(unit.week)
    assert (kept.state, kept.unit_id) == (UnitState.unparseable, None)
    assert kept.reason and kept.reason.startswith("contradiction: ship_from of listing ")
    [receipt] = desk.take([sitting.har(sitting.entry(unit.url, whole))], ANI)
    assert receipt.kind is KINDS.counted


@pytest.mark.acceptance
@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*/*.html")), ids=lambda path: path.name)
def test_no_real_page_contradicts_itself(path: Path) -> None:
    response = HtmlResponse("https://www.example/", body=path.read_bytes(), encoding="utf-8")
    spider = load_spiders().get(path.parent.name)
    assert spider is None or contradiction(spider, response) is None


# --- bad input -----------------------------------------------------------------------------

CHECK = '<script>window.punish="/_____tmd_____/punish?x5secdata=a&action=captcha";</script>'


def lines(receipts: list[Receipt]) -> list[str]:
    return [receipt_line(PageMessages("en"), receipt, "Lazada") for receipt in receipts]


Bad = Callable[[Sitting, PlannedUnit], dict[str, Any]]
CASES: dict[str, tuple[Bad, str]] = {
    "another week": (
        lambda sitting, unit: sitting.entry(
            unit.url, startedDateTime=(datetime.now(UTC) - timedelta(days=30)).isoformat()
        ),
        "Not this week, 1 page (seen in ",
    ),
    "a person's shop": (
        lambda sitting, unit: sitting.entry(
            "https://www.lazada.co.id/shop/toko-siapa/?page=1", body_of(sitting.shops, unit.url)
        ),
        "Not of the worklist, 1 page: kept as unplanned, outside the estimates (",
    ),
    "another platform's page": (
        lambda sitting, unit: sitting.entry("https://www.bukan-toko.example/", "<p>Halo"),
        "No page of a platform in it",
    ),
    "no bodies": (
        lambda sitting, unit: sitting.entry(
            unit.url, response={"status": 200, "headers": [], "content": {"size": 9}}
        ),
        "The HAR holds no answers: save it again, with content",
    ),
    "a service worker's answer": (
        lambda sitting, unit: sitting.entry(unit.url, _fromServiceWorker=True),
        "Does not tell when it was seen, 1 page: kept outside the estimates.",
    ),
    "no status": (
        lambda sitting, unit: sitting.entry(
            unit.url,
            response={
                "status": 0,
                "headers": [],
                "content": {"text": body_of(sitting.shops, unit.url)},
            },
        ),
        "Does not tell when it was seen, 1 page: kept outside the estimates.",
    ),
    "a check page": (
        lambda sitting, unit: sitting.entry(unit.url, f"<html>{CHECK}</html>"),
        "A check page: answer it or leave it, as any visitor may.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_page_is_one_line_and_leaves_its_unit_open(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting, store: Store, case: str
) -> None:
    make, words = CASES[case]
    unit = of_platform(worklist, "lazada")[0]
    [line] = lines(desk.take([sitting.har(make(sitting, unit))], ANI))
    assert line.startswith(words)
    assert observed(store, unit).state is UnitState.planned
    assert unit.id in desk.open_ids(unit.week)


def test_a_bad_page_does_not_take_the_others_with_it(
    desk: InspectionDesk, worklist: list[UnitRecord], sitting: Sitting
) -> None:
    good, bad = of_platform(worklist, "lazada")[:2]
    entries = [CASES[case][0](sitting, bad) for case in CASES]
    receipts = desk.take([sitting.har(*entries, sitting.entry(good.url))], ANI)
    assert [r.unit_id for r in receipts if r.kind is KINDS.counted] == [good.id]
    assert KINDS.another_week in kinds(receipts)


def test_a_file_that_is_none_is_one_line(desk: InspectionDesk, tmp_path: Path) -> None:
    for name, content in (("a.har", b"{"), ("b.png", b"\x89PNG"), ("c.wacz", b"PK"),
                          ("d.har", b""), ("e.mhtml", b"From: x")):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(content)
        assert len(desk.take([(name, path)], ANI)) == 1


def test_a_live_desk_needs_its_legal_basis(
    config: Config, registry: Registry, store: Store, worklist: list[UnitRecord]
) -> None:
    live, without = replace(config, demo_url=None), replace(registry, inspection_bases=())
    InspectionDesk(live, registry, store).require_basis()
    InspectionDesk(config, without, store).require_basis()
    with pytest.raises(WebError, match=r"lazada, shopee, tokopedia: no legal basis"):
        InspectionDesk(live, without, store).require_basis()


def test_the_desk_alone_does_not_start_without_its_basis_and_among_others_says_so(
    config: Config, registry: Registry, store: Store, worklist: list[UnitRecord]
) -> None:
    live, without = replace(config, demo_url=None), replace(registry, inspection_bases=())
    with pytest.raises(WebError, match=r"record it as \[\[inspection_basis\]\]"):
        site_of_home(live, without, store, [Role.inspector])
    with serving(create_app(site_of_home(live, without, store, tuple(Role)))) as address:
        client = Client(address)
        client(urlsplit(invite(store, "Ani", address, Role.inspector)).path)
        status, page, _ = client("/inspect/")
    assert status == 404
    assert "no legal basis is recorded" in page and "data-unit" not in page


def test_a_person_opens_a_page_and_not_an_interface(
    worklist: list[UnitRecord], registry: Registry
) -> None:
    addresses = [visit_url(registry.platforms[r.unit.platform], r.unit) for r in worklist]
    assert not [address for address in addresses if "/api/" in address]
    assert any(address.startswith("https://shopee.co.id/search?") for address in addresses)
