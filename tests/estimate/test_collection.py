"""Cells of which inspectors see a part: a response stratum, and a sample of their own."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from msgspec.structs import replace

from monitor.estimate import CellData, Settings
from monitor.estimate.prepare import look
from monitor.estimate.season import estimate_seasons
from monitor.estimate.verdicts import unmeasurable
from monitor.model import CollectedBy, Mode, ModeCounts, UnitRecord, UnitState, Verdict
from tests.estimate.builders import audited, cell_data, estimate_cell
from tests.estimate.inspectors import SITUATIONS, simulate_inspectors

PAGES = ["ff" + "d" * 18] * 60
INSPECTED = range(36)
SETTINGS = Settings()
LABELS = [
    *(audited(f"{i}-0", "f", "yes", probability=0.2) for i in range(0, 60, 3)),
    *(audited(f"{i}-5", "d", probability=0.1) for i in range(60)),
]


def collected(
    states: dict[int, UnitState],
    *,
    by_inspector: Collection[int] = (),
    week: str = "2026-W47",
) -> CellData:
    """A cell of 60 entries, the first 36 asked of inspectors, too; half of the list is drawn.

    ``states`` are what became of entries that did not answer, ``by_inspector`` are those whose
    answer, or refusal, an inspector brought.
    """
    labels = [
        replace(label, week=week)
        for label in LABELS
        if states.get(int(label.item_id.partition("-")[0]), UnitState.sampled).speaks
    ]
    cell = cell_data(PAGES, labels, missing=states, week=week)
    return replace(
        cell, units=tuple(_asked(i, record, by_inspector) for i, record in enumerate(cell.units))
    )


def _asked(number: int, record: UnitRecord, by_inspector: Collection[int]) -> UnitRecord:
    inspected = number in INSPECTED
    unit = replace(
        record.unit,
        probability=0.5,
        collection=CollectedBy.both if inspected else CollectedBy.crawler,
        inspector_probability=0.3 if inspected else None,
    )
    mode = Mode.inspector if number in by_inspector else Mode.crawler
    return replace(record, unit=unit, mode=None if record.state is UnitState.planned else mode)


def refused(numbers: Collection[int]) -> dict[int, UnitState]:
    return dict.fromkeys(numbers, UnitState.blocked)


def inspectors_only(cell: CellData) -> CellData:
    """The same week if nobody had asked the crawler."""
    units = tuple(
        replace(
            record,
            unit=replace(record.unit, probability=0.3, collection=CollectedBy.inspector),
        )
        for record in cell.units
        if record.unit.collection.includes(Mode.inspector)
    )
    return replace(cell, units=units)


def test_a_platform_that_refuses_the_crawler_is_measured_by_what_inspectors_saw() -> None:
    week = collected(refused(range(36, 60)), by_inspector=INSPECTED)
    cell, alone = (estimate_cell(data).cell for data in (week, inspectors_only(week)))
    assert (cell.verdict, cell.planned, cell.sampled) == (Verdict.non_compliant, 60, 36)
    assert cell.modes == ModeCounts(crawler=0, inspector=36)
    assert cell.estimate == pytest.approx(0.1)
    assert (cell.estimate, cell.low, cell.high) == (alone.estimate, alone.low, alone.high)
    assert cell.high_with_refused is None
    nobody = estimate_cell(collected(refused(range(60)))).cell
    assert nobody.verdict is Verdict.not_measurable


def test_where_the_crawler_answers_inspectors_change_no_figure() -> None:
    both, crawler = collected({}, by_inspector=range(5)), collected({})
    plain = replace(
        crawler,
        units=tuple(
            replace(record, unit=replace(record.unit, collection=CollectedBy.crawler))
            for record in crawler.units
        ),
    )
    cells = [estimate_cell(data).cell for data in (both, plain)]
    assert cells[0].modes == ModeCounts(crawler=55, inspector=5)
    assert cells[0] == replace(cells[1], modes=cells[0].modes)


def test_pages_stand_for_those_asked_of_the_same_people() -> None:
    """Of 8 pages a frame stratum asked of the crawler alone 6 answer; inspectors saw all theirs."""
    lost = (36, 37, 38, 39, 40, 41)
    looked = look(collected(refused(lost), by_inspector=INSPECTED), SETTINGS)
    weights = dict(zip(looked.entries, looked.positions.sum(axis=1) / 20, strict=True))
    assert all(weights[f"e{i}"] == 2.0 for i in INSPECTED)
    assert all(weights[f"e{i}"] == pytest.approx(2.0 * 8 / 6) for i in range(42, 60))


def test_labels_of_pages_that_are_left_out_are_left_out_and_still_confirm() -> None:
    """The crawler saw half of its pages before it was refused."""
    week = collected(refused(range(48, 60)), by_inspector=INSPECTED)
    cell = estimate_cell(week).cell
    assert cell.estimate == estimate_cell(inspectors_only_seen(week)).cell.estimate
    assert cell.confirmed == len(range(0, 48, 3))
    assert cell.places == 48 * 20


def inspectors_only_seen(cell: CellData) -> CellData:
    seen = inspectors_only(cell)
    return replace(
        seen,
        positions=tuple(at for at in seen.positions if int(at.entry_id[1:]) in INSPECTED),
        audited=tuple(
            label for label in seen.audited if int(label.item_id.partition("-")[0]) in INSPECTED
        ),
    )


def test_only_what_inspectors_were_refused_counts_as_refused() -> None:
    crawler_alone, missed = range(36, 60), (0, 1, 2)
    not_met = collected(refused([*crawler_alone, *missed]), by_inspector=range(3, 36))
    assert estimate_cell(not_met).cell.high_with_refused is None
    met = collected(refused([*crawler_alone, *missed]), by_inspector=INSPECTED)
    cell = estimate_cell(met).cell
    assert cell.high_with_refused is not None and cell.high is not None
    assert cell.high_with_refused > cell.high + 0.05


def test_inspectors_who_saw_too_little_measure_nothing() -> None:
    week = collected(refused(range(18, 60)), by_inspector=range(18))
    reason = unmeasurable(week, SETTINGS)
    assert reason is not None
    assert (reason.code, reason.values["coverage"]) == ("low_response", "50%")


def test_a_season_is_measured_by_inspectors_as_its_weeks_are() -> None:
    weeks = tuple(
        collected(refused(range(36, 60)), by_inspector=INSPECTED, week=f"2026-W{number}")
        for number in range(40, 50)
    )
    [season] = estimate_seasons([weeks], "2026-Q4", 10, over=False)
    [alone] = estimate_seasons(
        [tuple(inspectors_only(week) for week in weeks)], "2026-Q4", 10, over=False
    )
    assert (season.weeks, season.missing) == (10, 0)
    assert season.estimate == pytest.approx(0.1)
    assert season == alone


@pytest.mark.parametrize("entries", [SETTINGS.least_entries, 35])
def test_weeks_of_inspectors_cover_down_to_the_fewest_entries(entries: int) -> None:
    weeks = [simulate_inspectors(share, icc, entries, 12) for share, icc in SITUATIONS]
    assert sum(week.coverage for week in weeks) / len(weeks) >= 0.93
