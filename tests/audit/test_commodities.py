"""Commodities: asked only where a policy hangs on them, and what the answers come to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import week_start
from monitor.findings.build import build_findings
from monitor.labels import Resolved, outcome
from monitor.model import (
    Answer,
    Cell,
    Cluster,
    EditionKind,
    Label,
    Listing,
    SampledListing,
    none_of,
    ruled_out,
)
from monitor.registry import Rate, Registry, commodities, same_for_policies
from monitor.web import invite
from monitor.web.audit import export_sheet, import_sheet
from monitor.web.audit.commodities import KEYS, Commodities
from monitor.web.audit.work import Work

from .conftest import MONDAY, REGISTRY, WEEK, Audit, Say, page_number, place_of
from .test_pages import Client, form_of, hidden
from .test_sheet import read, write

SHOPEE = "shopee-2021-13cat"
TEXTILE = Cluster.textile_fashion
NAMED = REGISTRY.policy(SHOPEE)[0].categories
NONE = none_of(NAMED)
on_shopee = pytest.mark.parametrize("platform", ["shopee"])


def offer(platform: str, price: str | None = "50", currency: str = "USD") -> Listing:
    amount = None if price is None else Decimal(price)
    return Listing(platform=platform, item_id="1", title="x", price=amount, currency=currency)


def test_it_is_asked_where_a_promise_names_commodities() -> None:
    assert set(commodities(REGISTRY, offer("shopee"), TEXTILE, MONDAY)) == set(NAMED)
    for platform, cluster in [
        ("lazada", TEXTILE),
        ("shopee", Cluster.crafts),
        ("shopee", Cluster.food_beverage),
        ("shopee", Cluster.unknown),
    ]:
        assert commodities(REGISTRY, offer(platform), cluster, MONDAY) == ()


def test_it_is_asked_where_a_rule_exempts_commodities_and_the_price_is_below_its_floor() -> None:
    exempt = ("books", "film", "software", "music")
    assert commodities(REGISTRY, offer("aliexpress", "99"), Cluster.other, MONDAY) == exempt
    assert commodities(REGISTRY, offer("aliexpress", "100"), Cluster.other, MONDAY) == ()
    assert commodities(REGISTRY, offer("aliexpress", None), Cluster.other, MONDAY) == ()
    rupiah = offer("lazada", "50000", "IDR")
    assert commodities(REGISTRY, rupiah, Cluster.other, MONDAY) == ()
    rate = Rate(
        currency="USD", per_unit=Decimal(16000), from_=MONDAY.date(),
        until=MONDAY.date() + timedelta(days=7), source="uji",
    )  # fmt: skip
    assert commodities(replace(REGISTRY, rates=(rate,)), rupiah, Cluster.other, MONDAY) == exempt


def test_it_is_not_asked_of_a_promise_that_is_not_in_force() -> None:
    assert commodities(REGISTRY, offer("shopee"), TEXTILE, datetime(2021, 5, 1, tzinfo=UTC)) == ()
    assert commodities(REGISTRY, offer("shopee"), TEXTILE, None) == ()


def test_there_is_a_key_for_every_commodity_and_none_of_them_means_something_else() -> None:
    assert len(NAMED) <= len(KEYS) == len(set(KEYS))
    assert not set(KEYS) & set("TMKLXNZ")


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({"hijab", "mukena"}, True),
        ({"shirts", NONE}, True),
        ({"hijab", NONE}, False),
        ({"hijab", None}, False),
        ({NONE, None}, False),
        ({None}, True),
    ],
)
def test_what_is_the_same_to_every_policy(said: set[str | None], same: bool) -> None:
    assert same_for_policies(REGISTRY, offer("shopee"), TEXTILE, said, MONDAY) is same


def test_none_of_these_speaks_only_of_what_was_offered() -> None:
    assert ruled_out(none_of(["b", "a"])) == {"a", "b"}
    assert ruled_out("hijab") is ruled_out(None) is None
    (promise,) = REGISTRY.policy(SHOPEE)
    wider = replace(promise, categories=(*NAMED, "bags"))
    later = replace(
        REGISTRY, policies=tuple(wider if one is promise else one for one in REGISTRY.policies)
    )
    assert not same_for_policies(later, offer("shopee"), TEXTILE, {NONE, "shirts"}, MONDAY)
    assert same_for_policies(later, offer("shopee"), TEXTILE, {NONE, None}, MONDAY)


# --- what the answers come to -----------------------------------------------------------------


def cell_of(audit: Audit, registry: Registry = REGISTRY) -> Cell:
    # Labels given in a browser are of now.
    as_of = max(week_start(WEEK) + timedelta(days=11), datetime.now(UTC))
    found = build_findings(
        audit.store, registry, WEEK, EditionKind.final, classifier="c1", parser="1", as_of=as_of
    )
    (cell,) = [cell for cell in found.cells if cell.policy == SHOPEE]
    return cell


def work_of(audit: Audit) -> Work:
    seen = {one.id: one for one in audit.store.screens.of_week(WEEK)}
    return Work(audit.draw, audit.store.labels.all(), Commodities(REGISTRY, seen).same_for_policies)


@pytest.fixture
def both(audit: Audit, say: Say) -> Callable[[str | None, str | None], SampledListing]:
    """Both people call the first drawn listing a foreign seller's textiles, of some commodity."""
    for name in ("Ani", "Budi"):
        invite(audit.store, name)

    def label(first: str | None, second: str | None) -> SampledListing:
        item = audit.draw.items[0]
        say("Ani", item, "yes", minute=1, cluster=TEXTILE, category=first)
        say("Budi", item, "yes", "second", minute=2, cluster=TEXTILE, category=second)
        return item

    return label


Both = Callable[[str | None, str | None], SampledListing]


@on_shopee
@pytest.mark.parametrize(
    ("first", "second", "confirmed", "disputed"),
    [
        ("hijab", "hijab", 1, False),
        ("hijab", "mukena", 1, False),
        (NONE, NONE, 0, False),
        (None, None, 0, False),
        ("hijab", None, 0, True),
        ("hijab", NONE, 0, True),
        (None, NONE, 0, True),
    ],
)
def test_two_people_confirm_a_promise_that_names_commodities(
    audit: Audit, both: Both, first: str | None, second: str | None, confirmed: int, disputed: bool
) -> None:
    item = both(first, second)
    assert cell_of(audit).confirmed == confirmed
    assert (item in work_of(audit).disagreements()) is disputed


@on_shopee
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("hijab", "mukena"), Answer.yes),
        ((NONE,), Answer.no),
        ((None,), Answer.cannot_tell),
        (("hijab", None), Answer.cannot_tell),
        (("hijab", NONE), Answer.cannot_tell),
    ],
)
def test_an_answer_without_commodity_neither_confirms_nor_acquits(
    audit: Audit, said: tuple[str | None, ...], answer: Answer
) -> None:
    """What cannot be told widens the interval to both sides; the promise on all goods is broken."""
    label = Resolved(answer=Answer.yes, cluster=TEXTILE, categories=said)
    seen = next(iter(audit.store.screens.of_week(WEEK)))
    assert outcome(REGISTRY, SHOPEE, seen, label) is answer
    assert outcome(REGISTRY, "shopee-2023-all", seen, label) is Answer.yes


@on_shopee
@pytest.mark.parametrize(("decided", "confirmed"), [("batik", 1), (NONE, 0)])
def test_a_decision_settles_the_commodity(
    audit: Audit, both: Both, say: Say, decided: str, confirmed: int
) -> None:
    item = both("batik", NONE)
    assert work_of(audit).disagreements() == [item]
    say("Budi", item, "yes", "adjudication", minute=3, cluster=TEXTILE, category=decided)
    assert work_of(audit).disagreements() == []
    assert cell_of(audit).confirmed == confirmed


# --- the form ---------------------------------------------------------------------------------


@pytest.fixture
def ani(served: str, links: dict[str, str]) -> Client:
    client = Client(served)
    assert client(links["Ani"].removeprefix(served))[0] == 200
    return client


def last(audit: Audit) -> Label:
    return audit.store.labels.all()[-1]


@on_shopee
def test_a_positive_is_not_taken_without_its_commodity(ani: Client, audit: Audit) -> None:
    _, page, _ = ani("/audit/")
    assert place_of(audit, hidden(page, "number")) == 0
    assert "Komoditas yang mana?" in page and "Atasan muslim wanita" in page
    form = form_of(page, "yes", cluster="textile_fashion")
    for wrong in ({}, {"commodity-textile_fashion": "shirts"}, {"commodity-crafts": "hijab"}):
        status, refused, _ = ani("/audit/label", form | wrong)
        assert status == 400
        assert "Pilih juga komoditasnya" in refused
    assert audit.store.labels.all() == ()
    assert ani("/audit/label", form | {"commodity-textile_fashion": "hijab"})[0] == 303
    assert last(audit).category == "hijab"
    assert "Tersimpan: Ya · Tekstil &amp; fesyen · Hijab" in ani("/audit/")[1]
    assert 'value="hijab" data-key="A" checked' in ani(f"/audit/?at={page_number(audit, 0)}")[1]
    ani("/audit/label", form | {"commodity-textile_fashion": "none"})
    assert last(audit).category == NONE
    assert 'value="none" data-key="0" checked' in ani(f"/audit/?at={page_number(audit, 0)}")[1]


@on_shopee
@pytest.mark.parametrize(("answer", "cluster"), [("no", "textile_fashion"), ("yes", "crafts")])
def test_nothing_is_asked_where_it_does_not_matter(
    ani: Client, audit: Audit, answer: str, cluster: str
) -> None:
    _, page, _ = ani("/audit/")
    form = form_of(page, answer, cluster=cluster) | {"commodity-textile_fashion": "hijab"}
    assert ani("/audit/label", form)[0] == 303
    assert last(audit).category is None


def test_a_platform_without_such_a_promise_shows_no_commodities(ani: Client) -> None:
    assert "commodity-" not in ani("/audit/")[1]


@on_shopee
def test_the_one_who_decides_sees_and_says_the_commodity(
    ani: Client, audit: Audit, say: Say
) -> None:
    item = audit.draw.items[0]
    say("Budi", item, "yes", minute=1, cluster=TEXTILE, category="batik")
    say("Ani", item, "yes", "second", minute=2, cluster=TEXTILE, category=NONE)
    _, page, _ = ani("/audit/decide")
    assert "Tekstil &amp; fesyen · Batik" in page
    assert "Tekstil &amp; fesyen · Lainnya / tidak satu pun" in page
    form = form_of(page, "yes", cluster="textile_fashion", note="motif cap")
    assert ani("/audit/decide", form)[0] == 400
    assert ani("/audit/decide", form | {"commodity-textile_fashion": "batik"})[0] == 303
    assert last(audit).category == "batik"
    assert "Semua perbedaan sudah diputuskan" in ani("/audit/decide")[1]


# --- the sheet --------------------------------------------------------------------------------


@on_shopee
def test_the_sheet_asks_and_takes_the_commodity(audit: Audit, tmp_path: Path) -> None:
    for name in ("Ani", "Budi"):
        invite(audit.store, name)
    path = tmp_path / "ani.csv"
    export_sheet(audit.store, REGISTRY, WEEK, "Ani", path)
    rows = read(path)
    told = rows[0]["pilihan_komoditas"]
    assert told.startswith("bila ya, Tekstil & fesyen: hijab (Hijab), ")
    assert told.endswith(", none (Lainnya / tidak satu pun)")
    assert "shirts" not in told
    assert {row["pilihan_komoditas"] for row in rows[1:]} == {f"lihat nomor {rows[0]['nomor']}"}
    said = ["hijab", " Dress  Muslim ", "prayer equipment", "Tidak satu pun", "none", "shirts", ""]
    for row, text in zip(rows, said, strict=False):
        row |= {"jawaban": "ya", "kelompok": "Tekstil & fesyen", "komoditas": text}
    rows[7] |= {"jawaban": "ya", "kelompok": "crafts", "komoditas": "hijab"}
    rows[8] |= {"jawaban": "ya", "kelompok": "crafts"}
    rows[9] |= {"jawaban": "tidak", "kelompok": "textile_fashion", "komoditas": "hijab"}
    report = import_sheet(audit.store, REGISTRY, WEEK, "Ani", write(path, rows))
    assert [refusal.row for refusal in report.refused] == [7, 8, 9]
    unknown, empty, needless = (refusal.reason for refusal in report.refused)
    assert unknown.startswith("komoditas: 'shirts' is none of hijab, ")
    assert empty.startswith("komoditas: '' is none of hijab, ") and empty.endswith(", none")
    assert needless == "komoditas: 'hijab', but crafts needs none; leave it empty"
    assert [label.category for label in audit.store.labels.all()] == [
        "hijab", "muslim_dresses", "prayer_equipment", NONE, NONE, None, None,
    ]  # fmt: skip


@on_shopee
def test_a_sheet_of_before_still_comes_in(audit: Audit, tmp_path: Path) -> None:
    """Its positives are refused by row where a promise hangs on the commodity."""
    invite(audit.store, "Ani")
    path = tmp_path / "ani.csv"
    export_sheet(audit.store, REGISTRY, WEEK, "Ani", path)
    rows = [
        {name: text for name, text in row.items() if "komoditas" not in name}
        | {"jawaban": "ya" if number < 1 else "tidak", "kelompok": "textile_fashion"}
        for number, row in enumerate(read(path)[:3])
    ]
    report = import_sheet(audit.store, REGISTRY, WEEK, "Ani", write(path, rows))
    assert (report.accepted, [refusal.row for refusal in report.refused]) == (2, [2])
    assert {label.answer for label in audit.store.labels.all()} == {Answer.no}
