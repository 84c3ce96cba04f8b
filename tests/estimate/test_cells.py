"""Cells to verdicts: the response floor, the table, Holm, what may and may not accuse."""

from collections.abc import Callable
from itertools import pairwise, product

import pytest
from msgspec.structs import replace

from monitor.estimate import Audited, CellData, annotator_error, estimate_cell, estimate_week
from monitor.model import Answer, Cluster, Note, Stratum, UnitState, Verdict

Build = Callable[..., CellData]
Label = Callable[..., Audited]
CLEAN = ["d" * 20] * 60
DIRTY = ["ffff" + "d" * 16] * 60


def flagged(labelled: Label, number: int, outcome: str = "yes") -> list[Audited]:
    """Labels of the first place of each of the first ``number`` entries of DIRTY."""
    return [labelled(f"{i}-0", "f", outcome, probability=number / 240) for i in range(number)]


def unflagged(labelled: Label, number: int, outcome: str = "no") -> list[Audited]:
    cells = list(product(range(60), range(5, 20)))[:: 900 // max(number, 1)][:number]
    return [labelled(f"{i}-{j}", "d", outcome, probability=number / 960) for i, j in cells]


def test_a_fifth_of_the_places_is_an_accusation(build: Build, labelled: Label) -> None:
    data = build(DIRTY, [*flagged(labelled, 20), *unflagged(labelled, 60)])
    found = estimate_cell(data).cell
    assert found.estimate == pytest.approx(0.2)
    assert found.low is not None and found.high is not None
    assert 0.1 < found.low < 0.2 < found.high < 0.3
    assert found.verdict is Verdict.non_compliant
    assert (found.confirmed, found.audited, found.flagged, found.screened) == (20, 80, 240, 240)
    assert found.coverage == 1.0


@pytest.mark.parametrize("pages", ["f" * 20, "d" * 20])
@pytest.mark.parametrize("lost", range(24))
def test_all_or_nothing_is_a_number(build: Build, labelled: Label, pages: str, lost: int) -> None:
    """Weights that are no whole numbers leave shares a rounding error beside 0 and 1."""
    missing = {3 * i: UnitState.unreachable for i in range(lost // 3)}
    missing |= {3 * i + 1: UnitState.unreachable for i in range(lost % 8)}
    kind, answer = ("f", "yes") if pages[0] == "f" else ("d", "no")
    labels = [labelled(f"{i}-0", kind, answer) for i in range(60) if i not in missing]
    found = estimate_cell(build([pages[: 1 + i % 20] for i in range(60)], labels, missing=missing))
    low, share, high = found.cell.low, found.cell.estimate, found.cell.high
    assert low is not None and share is not None and high is not None
    assert 0.0 <= low <= share <= high <= 1.0
    if kind == "f":
        assert low > 0.85 and high == 1.0
    else:
        assert low == 0.0 and high < 0.15


def test_one_confirmed_listing_blocks_compliant(build: Build, labelled: Label) -> None:
    clean = [labelled(f"{i}-{j}") for i in range(60) for j in range(20)]
    acquitted = estimate_cell(build(CLEAN, clean, tolerance=0.02)).cell
    assert acquitted.verdict is Verdict.compliant
    dirty = [*clean[1:], labelled("0-0", outcome="yes")]
    found = estimate_cell(build(CLEAN, dirty, tolerance=0.02)).cell
    assert found.verdict is Verdict.breaches_found
    assert found.confirmed == 1


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (UnitState.unreachable, Verdict.compliant),
        (UnitState.planned, Verdict.compliant),
        (UnitState.blocked, Verdict.none_found),
        (UnitState.disallowed, Verdict.none_found),
    ],
)
def test_refused_pages_acquit_nobody(
    build: Build, labelled: Label, state: UnitState, verdict: Verdict
) -> None:
    clean = [labelled(f"{i}-{j}") for i in range(2, 60) for j in range(20)]
    missing = dict.fromkeys(range(2), state)
    found = estimate_cell(build(CLEAN, clean, missing=missing, tolerance=0.03)).cell
    assert found.high is not None and found.high < found.tolerance
    assert found.verdict is verdict
    if verdict is Verdict.none_found:
        assert found.reason is not None and found.reason.code == "refused_pages"


def test_a_part_of_a_week_acquits_nobody(build: Build, labelled: Label) -> None:
    clean = [labelled(f"{i}-{j}") for i in range(60) for j in range(20)]
    part = replace(build(CLEAN, clean, tolerance=0.02), throughout=False)
    found = estimate_cell(part).cell
    assert found.high is not None and found.high < found.tolerance
    assert found.verdict is Verdict.none_found
    assert found.reason == Note(code="part_of_week")
    guilty = build(DIRTY, [*flagged(labelled, 20), *unflagged(labelled, 60)])
    found = estimate_cell(replace(guilty, throughout=False)).cell
    assert found.verdict is Verdict.non_compliant


def test_few_labels_never_acquit(build: Build, labelled: Label) -> None:
    found = estimate_cell(build(CLEAN, unflagged(labelled, 60))).cell
    assert found.estimate == 0.0
    assert found.low == 0.0
    assert found.high is not None and 0.03 < found.high < 0.08
    assert found.verdict is Verdict.none_found


def test_a_positive_without_a_kept_page_does_not_accuse(build: Build, labelled: Label) -> None:
    labels = [*flagged(labelled, 20), *unflagged(labelled, 60)]
    found = estimate_cell(build(DIRTY, labels, kept=False)).cell
    assert found.low is not None and found.low > found.tolerance
    assert found.verdict is Verdict.none_found


def test_an_unconfirmed_policy_gets_numbers_but_no_verdict(build: Build, labelled: Label) -> None:
    labels = [*flagged(labelled, 20), *unflagged(labelled, 60)]
    found = estimate_cell(build(DIRTY, labels, may_accuse=False)).cell
    assert found.verdict is Verdict.unconfirmed_policy
    assert found.low is not None and found.low > found.tolerance


def test_a_descriptive_cell_neither_accuses_nor_acquits(build: Build, labelled: Label) -> None:
    labels = [*flagged(labelled, 20), *unflagged(labelled, 60)]
    assert estimate_cell(build(DIRTY, labels, primary=False)).cell.verdict is Verdict.breaches_found
    clean = [labelled(f"{i}-{j}") for i in range(60) for j in range(20)]
    found = estimate_cell(build(CLEAN, clean, tolerance=0.02, primary=False)).cell
    assert found.verdict is Verdict.none_found


def test_without_labels_of_the_week_it_is_only_screened(build: Build, labelled: Label) -> None:
    old = [labelled(f"{i}-9", week="2026-W45") for i in range(60)]
    for labels in ([], old):
        found = estimate_cell(build(DIRTY, labels)).cell
        assert found.verdict is Verdict.screened
        assert (found.estimate, found.low, found.high) == (None, None, None)
        assert found.flagged == 240
        unconfirmed = estimate_cell(build(DIRTY, labels, may_accuse=False)).cell
        assert unconfirmed.verdict is Verdict.unconfirmed_policy


@pytest.mark.parametrize("state", [s for s in UnitState if s not in {"sampled", "empty"}])
def test_too_little_response_is_not_measurable(
    build: Build, labelled: Label, state: UnitState
) -> None:
    missing = dict.fromkeys(range(36), state)
    labels = [labelled(f"{i}-0", "f", "yes") for i in range(36, 60)]
    found = estimate_cell(build(DIRTY, labels, missing=missing)).cell
    assert found.verdict is Verdict.not_measurable
    assert (found.estimate, found.low, found.high) == (None, None, None)
    assert found.confirmed == 24
    assert found.coverage == pytest.approx(0.4)
    assert found.reason is not None and found.reason.code == "low_response"


def test_one_silent_stratum_is_enough(build: Build, labelled: Label) -> None:
    synonyms = {i: UnitState.blocked for i in range(60) if i % 3 == 2}
    found = estimate_cell(build(DIRTY, [], missing=synonyms)).cell
    assert found.verdict is Verdict.not_measurable
    assert found.reason is not None and found.reason.values["stratum"] == Stratum.synonym


def test_what_no_page_shows_is_not_measurable(build: Build, labelled: Label) -> None:
    labels = [*flagged(labelled, 20), *unflagged(labelled, 60)]
    why = Note(code="duty_not_visible")
    found = estimate_cell(replace(build(DIRTY, labels), obstacle=why)).cell
    assert found.verdict is Verdict.not_measurable
    assert (found.estimate, found.reason) == (None, why)


def test_few_entries_are_not_measurable(build: Build) -> None:
    found = estimate_cell(build(["d" * 40] * 29)).cell
    assert found.reason is not None and found.reason.code == "few_entries"


def test_empty_pages_answer(build: Build, labelled: Label) -> None:
    empty = dict.fromkeys(range(20), UnitState.empty)
    labels = [labelled(f"{i}-0", "f", "yes") for i in range(20, 40)]
    found = estimate_cell(build(DIRTY, labels, missing=empty)).cell
    assert found.coverage == 1.0
    assert found.verdict is Verdict.non_compliant


def test_cannot_tell_widens_both_ways(build: Build, labelled: Label) -> None:
    clear = estimate_cell(build(DIRTY, [*flagged(labelled, 20), *unflagged(labelled, 60)])).cell
    half = [
        replace(x, outcome=Answer.cannot_tell) if i % 2 else x
        for i, x in enumerate(flagged(labelled, 20))
    ]
    found = estimate_cell(build(DIRTY, [*half, *unflagged(labelled, 60)])).cell
    assert found.estimate == clear.estimate
    assert found.unclear_as_no == pytest.approx(0.1)
    assert found.unclear_as_yes == pytest.approx(0.2)
    assert found.low is not None and clear.low is not None and found.low < clear.low
    assert found.confirmed == 10


def test_all_labels_cannot_tell(build: Build, labelled: Label) -> None:
    labels = [*flagged(labelled, 20, "cannot_tell"), *unflagged(labelled, 60)]
    found = estimate_cell(build(DIRTY, labels)).cell
    assert found.estimate is None
    assert found.low == 0.0
    assert found.high is not None and found.high > 0.2
    assert found.verdict is Verdict.none_found


def test_flagged_places_nobody_looked_at_are_not_estimated(build: Build, labelled: Label) -> None:
    found = estimate_cell(build(DIRTY, unflagged(labelled, 60))).cell
    assert found.estimate is None
    assert found.low == 0.0
    assert found.high is not None and found.high > 0.2


def test_labels_elsewhere_never_raise_the_lower_limit(build: Build, labelled: Label) -> None:
    """A clean cell on a platform whose other cells are full of hidden sellers is not accused."""
    own = [labelled(f"{i}-3") for i in range(6)]
    elsewhere = [
        labelled(f"x{i}", "d", "yes" if i % 12 == 0 else "no", cluster=Cluster.textile_fashion)
        for i in range(120)
    ]
    found = estimate_cell(build(CLEAN, [*own, *elsewhere])).cell
    assert found.low == 0.0
    assert found.estimate is not None and found.estimate > 0.05
    assert found.verdict is Verdict.none_found


def test_platform_wide_evidence_counts_foreign_offers(build: Build, labelled: Label) -> None:
    """Labels of a cluster the policy does not reach bound what is missed, and estimate nothing."""
    own = [labelled(f"{i}-3") for i in range(6)]
    hidden = [
        labelled(f"x{i}", cluster=Cluster.textile_fashion, foreign=Answer(answer))
        for i, answer in enumerate(["yes"] * 4 + ["no"] * 116)
    ]
    clean = [labelled(f"x{i}", cluster=Cluster.textile_fashion) for i in range(120)]
    found = estimate_cell(build(CLEAN, [*own, *hidden])).cell
    other = estimate_cell(build(CLEAN, [*own, *clean])).cell
    assert found.estimate == other.estimate == 0.0
    assert found.high is not None and other.high is not None
    assert found.high > 0.07 > 0.05 > other.high


def test_holm_is_that_of_the_levels_shown(build: Build, labelled: Label) -> None:
    """Accused are those that Holm rejects on p-values; each verdict is that of its interval."""
    cells = []
    for number, hits in enumerate([2, 20, 28, 31, 36, 60]):
        pages = ["f" + "d" * 19 if i < hits else "d" * 20 for i in range(60)]
        labels = [labelled(f"{i}-0", "f", "yes", probability=1.0) for i in range(hits)]
        cells.append(build(pages, [*labels, *unflagged(labelled, 60)], policy=f"p{number}"))
    found = estimate_week(cells)
    accused = [e.cell.verdict is Verdict.non_compliant for e in found]
    for estimate in found:
        low, tolerance = estimate.cell.low, estimate.cell.tolerance
        assert low is not None
        assert (low > tolerance) == (estimate.cell.verdict is Verdict.non_compliant)
        assert estimate.level >= 0.95
        plain = estimate_cell(cells[found.index(estimate)]).cell
        assert plain.low is not None and plain.high is not None
        assert low <= plain.low and (estimate.cell.high or 0) >= plain.high

    def p_value(data: CellData) -> float:
        low, high = 0.0, 1.0
        for _ in range(22):
            middle = (low + high) / 2
            limit = estimate_cell(data, level=1 - middle).cell.low
            assert limit is not None
            low, high = (low, middle) if limit > data.tolerance else (middle, high)
        return high

    values = [p_value(data) for data in cells]
    holm = [False] * len(cells)
    for step, i in enumerate(sorted(range(len(cells)), key=values.__getitem__)):
        if values[i] > 0.05 / (len(cells) - step):
            break
        holm[i] = True
    assert accused == holm
    assert any(accused)
    assert not all(accused)
    assert {e.level for e, a in zip(found, accused, strict=True) if not a} == {
        1 - 0.05 / accused.count(False)
    }


def test_descriptive_and_unmeasurable_cells_do_not_join_the_family(
    build: Build, labelled: Label
) -> None:
    labels = unflagged(labelled, 60)
    cells = [
        build(CLEAN, labels),
        build(CLEAN, labels, primary=False, policy="b"),
        build(CLEAN, labels, may_accuse=False, policy="c"),
        build(CLEAN[:10], [], policy="d"),
    ]
    assert [e.level for e in estimate_week(cells)] == [0.95] * 4


def test_annotator_error_widens(build: Build, labelled: Label) -> None:
    rows = annotator_error(build(DIRTY, [*flagged(labelled, 20), *unflagged(labelled, 60)]))
    assert [row.error for row in rows] == [0.0, 0.001, 0.005, 0.01]
    assert all(a.low >= b.low and a.high <= b.high for a, b in pairwise(rows))
    assert rows[-1].high > rows[0].high


def test_data_that_do_not_agree_are_refused(build: Build, labelled: Label) -> None:
    with pytest.raises(ValueError, match="stands at no such place"):
        estimate_cell(build(CLEAN, [labelled("99-0")]))
    data = build(CLEAN, [labelled("0-0")], missing={0: UnitState.empty})
    stray = replace(build(CLEAN).places[0], item_id="0-0")
    with pytest.raises(ValueError, match="no unit that answered"):
        estimate_cell(
            replace(
                data,
                places=(*data.places, stray),
                units=tuple(
                    replace(u, state=UnitState.blocked) if u.unit.entry_id == "e0" else u
                    for u in data.units
                ),
            )
        )
