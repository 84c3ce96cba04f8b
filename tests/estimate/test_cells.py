"""Cells to verdicts: the response floor, the table, Holm, what may and may not accuse."""

from itertools import pairwise, product
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.estimate import (
    AuditedListing,
    CellData,
    Settings,
    annotator_error,
    estimate_week,
    hiding_bounds,
)
from monitor.model import Answer, Cell, Cluster, Note, Stratum, UnitState, Verdict
from tests.estimate.builders import audited, cell_data, estimate_cell

CLEAN = ["d" * 20] * 60
DIRTY = ["ffff" + "d" * 16] * 60


def flagged(number: int, outcome: str = "yes") -> list[AuditedListing]:
    """Labels of the first place of each of the first ``number`` entries of DIRTY."""
    return [audited(f"{i}-0", "f", outcome, probability=number / 240) for i in range(number)]


def unflagged(number: int, outcome: str = "no") -> list[AuditedListing]:
    cells = list(product(range(60), range(5, 20)))[:: 900 // max(number, 1)][:number]
    return [audited(f"{i}-{j}", "d", outcome, probability=number / 960) for i, j in cells]


def test_a_fifth_of_the_places_is_an_accusation() -> None:
    data = cell_data(DIRTY, [*flagged(20), *unflagged(60)])
    cell = estimate_cell(data).cell
    assert cell.estimate == pytest.approx(0.2)
    assert cell.low is not None and cell.high is not None
    assert 0.1 < cell.low < 0.2 < cell.high < 0.3
    assert cell.verdict is Verdict.non_compliant
    assert (cell.confirmed, cell.audited, cell.flagged, cell.screened) == (20, 80, 240, 240)
    assert cell.coverage == 1.0


@pytest.mark.parametrize("pages", ["f" * 20, "d" * 20])
@pytest.mark.parametrize("lost", range(24))
def test_all_or_nothing_is_a_number(pages: str, lost: int) -> None:
    """Weights that are no whole numbers leave shares a rounding error beside 0 and 1."""
    missing = {3 * i: UnitState.unreachable for i in range(lost // 3)}
    missing |= {3 * i + 1: UnitState.unreachable for i in range(lost % 8)}
    kind, answer = ("f", "yes") if pages[0] == "f" else ("d", "no")
    labels = [audited(f"{i}-0", kind, answer) for i in range(60) if i not in missing]
    estimated = estimate_cell(
        cell_data([pages[: 1 + i % 20] for i in range(60)], labels, missing=missing)
    )
    low, share, high = estimated.cell.low, estimated.cell.estimate, estimated.cell.high
    assert low is not None and high is not None
    assert 0.0 <= low <= high <= 1.0
    if kind == "f":
        assert share is not None and low <= share <= high
        assert low > 0.85 and high == 1.0
    else:
        assert low == 0.0 and high < 0.15


def test_one_confirmed_listing_blocks_compliant() -> None:
    clean = [audited(f"{i}-{j}") for i in range(60) for j in range(20)]
    acquitted = estimate_cell(cell_data(CLEAN, clean, tolerance=0.02)).cell
    assert acquitted.verdict is Verdict.compliant
    dirty = [*clean[1:], audited("0-0", outcome="yes")]
    cell = estimate_cell(cell_data(CLEAN, dirty, tolerance=0.02)).cell
    assert cell.verdict is Verdict.within_tolerance
    assert cell.confirmed == 1


def confirmed_cell(offers: int, *, tolerance: float = 0.01, **changes: Any) -> Cell:
    """A cell in which so many flagged offers, each on an entry of its own, are confirmed."""
    labels = [audited(f"{i}-0", "f", "yes", probability=1.0) for i in range(offers)]
    pages = ["f" + "d" * 19 if i < offers else "d" * 20 for i in range(60)]
    data = cell_data(pages, [*labels, *unflagged(60)], tolerance=tolerance, **changes)
    return estimate_cell(data).cell


@pytest.mark.parametrize(
    ("offers", "changes", "sellers", "verdict"),
    [
        (1, {}, 1, Verdict.awaiting_second),
        (2, {}, 2, Verdict.breaches_found),
        (2, {"sellers": 1}, 1, Verdict.awaiting_second),
        (5, {"marked": False}, 0, Verdict.awaiting_second),
        (1, {"third_look": True}, 1, Verdict.breaches_found),
        (5, {"third_look": True, "marked": False}, 0, Verdict.awaiting_second),
        (60, {"third_look": True, "sellers": 1}, 1, Verdict.non_compliant),
        (60, {}, 60, Verdict.non_compliant),
        (60, {"sellers": 1}, 1, Verdict.awaiting_second),
        (60, {"marked": False}, 0, Verdict.awaiting_second),
        (2, {"tolerance": 0.2}, 2, Verdict.within_tolerance),
        (1, {"tolerance": 0.2}, 1, Verdict.within_tolerance),
        (2, {"tolerance": 0.2, "marked": False}, 0, Verdict.awaiting_second),
        (2, {"tolerance": 0.2, "primary": False}, 2, Verdict.breaches_found),
        (1, {"primary": False}, 1, Verdict.awaiting_second),
        (2, {"may_accuse": False}, 2, Verdict.unconfirmed_policy),
    ],
)
def test_a_breach_takes_marked_offers_of_two_sellers_or_a_third_look(
    offers: int, changes: dict[str, Any], sellers: int, verdict: Verdict
) -> None:
    cell = confirmed_cell(offers, **changes)
    assert (cell.confirmed, cell.marked_sellers) == (offers, sellers)
    assert cell.marked_offers == cell.proven == (offers if changes.get("marked", True) else 0)
    marked_and_third = changes.get("third_look", False) and changes.get("marked", True)
    assert cell.third_looks == (offers if marked_and_third else 0)
    assert cell.verdict is verdict


def test_confirmed_offers_are_some_of_those_checked() -> None:
    data = cell_data(
        ["ff" + "d" * 18] * 60, [audited("0-0", "f", "yes"), audited("5-9", "d", "yes")]
    )
    positions = [
        replace(position, checked=position.item_id in {"0-0", "1-0", "1-1", "2-9"})
        for position in data.positions
    ]
    cell = estimate_cell(replace(data, positions=(*positions, *positions[:20]))).cell
    assert (cell.flagged, cell.flagged_offers) == (122, 120)
    assert (cell.checked, cell.confirmed) == (4, 2), "2-9 is not flagged, 5-9 is confirmed"


def test_a_seller_with_an_id_here_and_a_name_there_counts_once() -> None:
    labels = [audited(f"{i}-0", "f", "yes") for i in range(3)]
    data = cell_data(["f" + "d" * 19] * 60, [*labels, *unflagged(60)])

    def sold(*sellers: tuple[str | None, str | None]) -> CellData:
        offers = [
            replace(
                position,
                **dict(zip(("seller_id", "seller_name"), sellers[i % len(sellers)], strict=True)),
            )
            for i, position in enumerate(data.positions)
        ]
        return replace(data, positions=tuple(offers))

    def marked_sellers(*sellers: tuple[str | None, str | None]) -> int | None:
        return estimate_cell(sold(*sellers)).cell.marked_sellers

    assert marked_sellers((None, None)) == 0
    assert marked_sellers(("1", "Toko"), (None, "Toko B"), (None, "Toko C")) == 1
    assert marked_sellers((None, "Toko A"), (None, "Toko B"), (None, None)) == 2


def test_a_tolerated_share_behind_refused_pages_is_not_called_tolerated() -> None:
    clean = [audited(f"{i}-{j}") for i in range(3, 60) for j in range(20)]
    labels = [audited("2-0", outcome="yes"), *clean]
    missing = {0: UnitState.blocked, 1: UnitState.blocked}
    cell = estimate_cell(cell_data(CLEAN, labels, missing=missing, tolerance=0.03)).cell
    assert cell.high is not None and cell.high < cell.tolerance
    assert cell.verdict is Verdict.awaiting_second
    assert cell.reason is not None and cell.reason.code == "refused_pages"


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (UnitState.unreachable, Verdict.compliant),
        (UnitState.planned, Verdict.compliant),
        (UnitState.blocked, Verdict.none_found),
        (UnitState.disallowed, Verdict.none_found),
    ],
)
def test_refused_pages_acquit_nobody(state: UnitState, verdict: Verdict) -> None:
    clean = [audited(f"{i}-{j}") for i in range(2, 60) for j in range(20)]
    missing = dict.fromkeys(range(2), state)
    cell = estimate_cell(cell_data(CLEAN, clean, missing=missing, tolerance=0.03)).cell
    assert cell.high is not None and cell.high < cell.tolerance
    assert cell.verdict is verdict
    if verdict is Verdict.none_found:
        assert cell.reason is not None and cell.reason.code == "refused_pages"
        assert cell.high_with_refused is not None
        assert cell.high_with_refused > 2 / 60 + cell.high * 0.9
    else:
        assert cell.high_with_refused is None


def test_what_cannot_be_read_is_clean_at_the_lower_limit_and_a_breach_at_the_upper() -> None:
    labels = [*flagged(20), *unflagged(60), audited("59-0", "u", "no", probability=1.0)]
    data = cell_data([*DIRTY[:59], "u" + "d" * 19], labels)
    units = (replace(data.units[0], unreadable=24), *data.units[1:])
    estimated, read = estimate_cell(replace(data, units=units)).cell, estimate_cell(data).cell
    assert read.low and read.high and estimated.places == read.places == 1200
    assert estimated.estimate == read.estimate
    share = 24 / 1224
    assert estimated.low == pytest.approx((1 - share) * read.low, rel=1e-3)
    assert estimated.high == pytest.approx(share + (1 - share) * read.high, rel=1e-3)
    clean = cell_data(CLEAN, [audited(f"{i}-{j}") for i in range(60) for j in range(20)])
    assert estimate_cell(clean).cell.verdict is Verdict.compliant
    units = (replace(clean.units[0], unreadable=12), *clean.units[1:])
    assert estimate_cell(replace(clean, units=units)).cell.verdict is Verdict.none_found


def test_a_part_of_a_week_acquits_nobody() -> None:
    clean = [audited(f"{i}-{j}") for i in range(60) for j in range(20)]
    part = replace(cell_data(CLEAN, clean, tolerance=0.02), throughout=False)
    cell = estimate_cell(part).cell
    assert cell.high is not None and cell.high < cell.tolerance
    assert cell.verdict is Verdict.none_found
    assert cell.reason == Note(code="part_of_week")
    guilty = cell_data(DIRTY, [*flagged(20), *unflagged(60)])
    cell = estimate_cell(replace(guilty, throughout=False)).cell
    assert cell.verdict is Verdict.non_compliant


def test_few_labels_never_acquit() -> None:
    cell = estimate_cell(cell_data(CLEAN, unflagged(60))).cell
    assert cell.estimate is None
    assert cell.low == 0.0
    assert cell.high is not None and 0.03 < cell.high < 0.08
    assert cell.verdict is Verdict.none_found


def test_a_positive_without_a_kept_page_does_not_accuse() -> None:
    labels = [*flagged(20), *unflagged(60)]
    cell = estimate_cell(cell_data(DIRTY, labels, page_kept=False)).cell
    assert cell.low is not None and cell.low > cell.tolerance
    assert cell.verdict is Verdict.none_found


def test_an_unconfirmed_policy_gets_numbers_but_no_verdict() -> None:
    labels = [*flagged(20), *unflagged(60)]
    cell = estimate_cell(cell_data(DIRTY, labels, may_accuse=False)).cell
    assert cell.verdict is Verdict.unconfirmed_policy
    assert cell.low is not None and cell.low > cell.tolerance


def test_a_descriptive_cell_neither_accuses_nor_acquits() -> None:
    labels = [*flagged(20), *unflagged(60)]
    assert (
        estimate_cell(cell_data(DIRTY, labels, primary=False)).cell.verdict
        is Verdict.breaches_found
    )
    clean = [audited(f"{i}-{j}") for i in range(60) for j in range(20)]
    cell = estimate_cell(cell_data(CLEAN, clean, tolerance=0.02, primary=False)).cell
    assert cell.verdict is Verdict.none_found


def test_without_labels_of_the_week_it_is_only_screened() -> None:
    old = [audited(f"{i}-9", week="2026-W45") for i in range(60)]
    for labels in ([], old):
        cell = estimate_cell(cell_data(DIRTY, labels)).cell
        assert cell.verdict is Verdict.screened
        assert (cell.estimate, cell.low, cell.high) == (None, None, None)
        assert cell.flagged == 240
        unconfirmed = estimate_cell(cell_data(DIRTY, labels, may_accuse=False)).cell
        assert unconfirmed.verdict is Verdict.unconfirmed_policy


@pytest.mark.parametrize("state", [s for s in UnitState if s not in {"sampled", "empty"}])
def test_too_little_response_is_not_measurable(state: UnitState) -> None:
    missing = dict.fromkeys(range(36), state)
    labels = [audited(f"{i}-0", "f", "yes") for i in range(36, 60)]
    cell = estimate_cell(cell_data(DIRTY, labels, missing=missing)).cell
    assert cell.verdict is Verdict.not_measurable
    assert (cell.estimate, cell.low, cell.high) == (None, None, None)
    assert cell.confirmed == 24
    assert cell.coverage == pytest.approx(0.4)
    assert cell.reason is not None and cell.reason.code == "low_response"


def test_one_silent_stratum_is_enough() -> None:
    synonyms = {i: UnitState.blocked for i in range(60) if i % 3 == 2}
    cell = estimate_cell(cell_data(DIRTY, [], missing=synonyms)).cell
    assert cell.verdict is Verdict.not_measurable
    assert cell.reason is not None and cell.reason.values["stratum"] == Stratum.synonym


def test_what_no_page_shows_is_not_measurable() -> None:
    labels = [*flagged(20), *unflagged(60)]
    why = Note(code="duty_not_visible")
    cell = estimate_cell(replace(cell_data(DIRTY, labels), obstacle=why)).cell
    assert cell.verdict is Verdict.not_measurable
    assert (cell.estimate, cell.reason) == (None, why)


def test_few_entries_are_not_measurable() -> None:
    cell = estimate_cell(cell_data(["d" * 40] * 19)).cell
    assert cell.reason is not None and cell.reason.code == "few_entries"


def test_empty_pages_answer() -> None:
    empty = dict.fromkeys(range(20), UnitState.empty)
    labels = [audited(f"{i}-0", "f", "yes") for i in range(20, 40)]
    cell = estimate_cell(cell_data(DIRTY, labels, missing=empty)).cell
    assert cell.coverage == 1.0
    assert cell.verdict is Verdict.non_compliant


def test_cannot_tell_widens_both_ways() -> None:
    clear = estimate_cell(cell_data(DIRTY, [*flagged(20), *unflagged(60)])).cell
    half = [
        replace(x, outcome=Answer.cannot_tell) if i % 2 else x for i, x in enumerate(flagged(20))
    ]
    cell = estimate_cell(cell_data(DIRTY, [*half, *unflagged(60)])).cell
    assert cell.estimate == clear.estimate
    assert cell.unclear_as_no == pytest.approx(0.1)
    assert cell.unclear_as_yes == pytest.approx(0.2)
    assert cell.low is not None and clear.low is not None and cell.low < clear.low
    assert cell.confirmed == 10


def test_all_labels_cannot_tell() -> None:
    labels = [*flagged(20, "cannot_tell"), *unflagged(60)]
    cell = estimate_cell(cell_data(DIRTY, labels)).cell
    assert cell.estimate is None
    assert cell.low == 0.0
    assert cell.high is not None and cell.high > 0.2
    assert cell.verdict is Verdict.none_found


def test_labels_that_name_no_commodity_answer_nothing() -> None:
    """Foreign sellers whose goods nobody named are no "not found"; a few are "cannot tell"."""

    def cell(nameless: int, outcome: str = "no") -> Cell:
        unnamed = [replace(x, lacks_commodity=True) for x in flagged(20, "cannot_tell")[:nameless]]
        labels = [*unnamed, *flagged(20, outcome)[nameless:], *unflagged(60)]
        return estimate_cell(cell_data(DIRTY, labels)).cell

    few, many = cell(2), cell(3)
    assert (few.verdict, few.reason) == (Verdict.none_found, None)
    answered = cell(0)
    assert few.high is not None and answered.high is not None and few.high > answered.high
    assert (many.verdict, many.low, many.high) == (Verdict.not_measurable, None, None)
    assert many.reason == Note(code="no_commodity", values={"labels": "3", "possible": "3"})
    assert (many.flagged, many.audited) == (240, 80)
    assert cell(10, "yes").low is not None, "half of what may breach was answered"
    found = cell(11, "yes")
    assert (found.verdict, found.low) == (Verdict.breaches_found, None)
    assert found.reason == Note(code="no_commodity", values={"labels": "11", "possible": "20"})


def test_flagged_places_nobody_looked_at_are_not_estimated() -> None:
    cell = estimate_cell(cell_data(DIRTY, unflagged(60))).cell
    assert cell.estimate is None
    assert cell.low == 0.0
    assert cell.high is not None and cell.high > 0.2


def test_labels_elsewhere_never_raise_the_lower_limit() -> None:
    """A clean cell on a platform whose other cells are full of hidden sellers is not accused."""
    cell_labels = [audited(f"{i}-3") for i in range(6)]
    elsewhere = [
        audited(f"x{i}", "d", "yes" if i % 12 == 0 else "no", cluster=Cluster.textile_fashion)
        for i in range(120)
    ]
    cell = estimate_cell(cell_data(CLEAN, [*cell_labels, *elsewhere])).cell
    assert cell.low == 0.0
    assert (cell.estimate, cell.unclear_as_no, cell.unclear_as_yes) == (None, None, None)
    assert cell.high is not None and cell.high > 0.05, "the limit stands"
    assert cell.verdict is Verdict.none_found
    own = [*cell_labels[1:], audited("0-3", outcome="yes")]
    assert estimate_cell(cell_data(CLEAN, [*own, *elsewhere])).cell.estimate is not None


def test_platform_wide_evidence_counts_foreign_offers() -> None:
    """Labels of a cluster the policy does not reach bound what is missed, and estimate nothing."""
    cell_labels = [audited(f"{i}-3") for i in range(6)]
    hidden = [
        audited(f"x{i}", cluster=Cluster.textile_fashion, foreign=Answer(answer))
        for i, answer in enumerate(["yes"] * 4 + ["no"] * 116)
    ]
    clean = [audited(f"x{i}", cluster=Cluster.textile_fashion) for i in range(120)]
    cell = estimate_cell(cell_data(CLEAN, [*cell_labels, *hidden])).cell
    other = estimate_cell(cell_data(CLEAN, [*cell_labels, *clean])).cell
    assert cell.estimate is other.estimate is None
    assert cell.high is not None and other.high is not None
    assert cell.high > 0.07 > 0.05 > other.high


def test_holm_is_that_of_the_levels_judged_at() -> None:
    """Accused are those that Holm rejects on p-values; each verdict is that of its judged limit."""
    cells = []
    for number, hits in enumerate([2, 28, 31, 60]):
        pages = ["f" + "d" * 19 if i < hits else "d" * 20 for i in range(60)]
        labels = [audited(f"{i}-0", "f", "yes", probability=1.0) for i in range(hits)]
        cells.append(cell_data(pages, [*labels, *unflagged(60)], policy=f"p{number}"))
    estimates = estimate_week(cells)
    accused = [e.cell.verdict is Verdict.non_compliant for e in estimates]
    for estimate in estimates:
        low, tolerance = estimate.cell.judged_low, estimate.cell.tolerance
        assert low is not None and estimate.cell.level is not None
        assert (low > tolerance) == (estimate.cell.verdict is Verdict.non_compliant)
        assert estimate.cell.level >= 0.95
        plain = estimate_cell(cells[estimates.index(estimate)]).cell
        assert (estimate.cell.low, estimate.cell.high) == (plain.low, plain.high)
        assert plain.low is not None and low <= plain.low
        assert (plain.judged_low, plain.level) == (plain.low, 0.95), "a family of one"

    def p_value(data: CellData) -> float:
        """The smallest of Holm's levels at which the cell alone is accused; 1 where none is."""
        for family in range(len(cells), 0, -1):
            limit = estimate_cell(data, level=1 - 0.05 / family).cell.low
            assert limit is not None
            if limit > data.tolerance:
                return 0.05 / family
        return 1.0

    values = [p_value(data) for data in cells]
    holm = [False] * len(cells)
    for step, i in enumerate(sorted(range(len(cells)), key=values.__getitem__)):
        if values[i] > 0.05 / (len(cells) - step):
            break
        holm[i] = True
    assert accused == holm
    assert any(accused)
    assert not all(accused)
    levels = {e.cell.level for e, a in zip(estimates, accused, strict=True) if not a}
    assert levels == {1 - 0.05 / accused.count(False)}


def test_descriptive_and_unmeasurable_cells_do_not_join_the_family() -> None:
    labels = unflagged(60)
    cells = [
        cell_data(CLEAN, labels),
        cell_data(CLEAN, labels, primary=False, policy="b"),
        cell_data(CLEAN, labels, may_accuse=False, policy="c"),
        cell_data(CLEAN[:10], [], policy="d"),
    ]
    estimates = estimate_week(cells)
    assert [e.interval and e.interval.level for e in estimates] == [0.95, 0.95, 0.95, None]
    assert [e.cell.level for e in estimates] == [0.95, None, None, None]
    assert [e.cell.judged_low for e in estimates] == [estimates[0].cell.low, None, None, None]


def test_annotator_error_widens() -> None:
    data = cell_data(DIRTY, [*flagged(20), *unflagged(60)])
    estimated = estimate_cell(data)
    rows = annotator_error(estimated)
    assert (rows[0].low, rows[0].high) == (estimated.cell.low, estimated.cell.high)
    assert annotator_error(estimate_cell(cell_data(DIRTY))) == ()
    assert [row.error for row in rows] == [0.0, 0.001, 0.005, 0.01]
    assert all(a.low >= b.low and a.high <= b.high for a, b in pairwise(rows))
    assert rows[-1].high > rows[0].high


def test_data_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="stands at no such position"):
        estimate_cell(cell_data(CLEAN, [audited("99-0")]))
    data = cell_data(CLEAN, [audited("0-0")], missing={0: UnitState.empty})
    stray = replace(cell_data(CLEAN).positions[0], item_id="0-0")
    with pytest.raises(ValueError, match="no unit that answered"):
        estimate_cell(
            replace(
                data,
                positions=(*data.positions, stray),
                units=tuple(
                    replace(u, state=UnitState.blocked) if u.unit.entry_id == "e0" else u
                    for u in data.units
                ),
            )
        )


def test_bounds_where_sellers_hide_take_fewer_labels() -> None:
    own = [audited(f"{i}-3") for i in range(40)]
    past = [audited(f"x{i}", week="2026-W40") for i in range(200)]
    other = [audited(f"y{i}", cluster=Cluster.food_beverage) for i in range(300)]
    cell = cell_data(["d" * 20] * 60, [*own, *past, *other])
    bounds = hiding_bounds(cell, Settings())
    high = estimate_cell(cell).cell.high
    assert high and bounds.of_group and bounds.of_week
    assert high < bounds.of_group < bounds.of_week
    assert hiding_bounds(cell_data(["d" * 20] * 60, other), Settings()) == (None, None)
