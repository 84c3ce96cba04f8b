"""Which pages of a cell its share rests on, where the crawler and inspectors are asked for them.

Those asked of inspectors, too, are a random part of all, since both draw by the same hashes. So
they are a response stratum of their own; and where the crawler was not let in, they alone are a
sample of the list, with the probabilities of their own draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from monitor.estimate.pooling import is_of_cell
from monitor.estimate.values import CellData, Settings
from monitor.model import Mode, Stratum, UnitRecord, UnitState

ResponseStratum = tuple[Stratum, bool]
"""A frame stratum, and whether inspectors are asked for its pages."""


def response_stratum(record: UnitRecord) -> ResponseStratum:
    """The response stratum of a unit."""
    return record.unit.stratum, record.unit.collection.includes(Mode.inspector)


def response(units: Iterable[UnitRecord]) -> dict[ResponseStratum, tuple[int, int]]:
    """How many units of each response stratum were planned, and how many of them answered."""
    planned, answered = Counter[ResponseStratum](), Counter[ResponseStratum]()
    for record in units:
        planned[response_stratum(record)] += 1
        answered[response_stratum(record)] += record.state.speaks
    return {stratum: (planned[stratum], answered[stratum]) for stratum in planned}


def as_collected(cell: CellData, settings: Settings) -> CellData:
    """The cell as its share is estimated: whole, or the part that inspectors are asked for.

    The latter where they are asked for a part, and of the pages asked of the crawler alone fewer
    than ``settings.least_units`` of a frame stratum answered. A page of that part which the crawler
    was refused, and no inspector met, is then one that was not looked at, not a refused one.
    """
    units = collected_units(cell.units, settings)
    if units is cell.units:
        return cell
    entries = {record.unit.entry_id for record in units}
    positions = tuple(at for at in cell.positions if at.entry_id in entries)
    left_out = {(at.item_id, at.version, at.stratum) for at in cell.positions} - {
        (at.item_id, at.version, at.stratum) for at in positions
    }
    return replace(
        cell,
        units=units,
        positions=positions,
        audited=tuple(
            label
            for label in cell.audited
            if (label.item_id, label.version, label.stratum) not in left_out
            or not is_of_cell(cell, label)
        ),
    )


def collected_units(units: tuple[UnitRecord, ...], settings: Settings) -> tuple[UnitRecord, ...]:
    """The units of a cell that its share rests on: as they are, or those asked of inspectors."""
    inspected = [r for r in units if r.unit.collection.includes(Mode.inspector)]
    crawled = response(r for r in units if not r.unit.collection.includes(Mode.inspector))
    enough = all(
        answered >= settings.least_units * planned for planned, answered in crawled.values()
    )
    if enough or not inspected:
        return units
    return tuple(_asked_of_inspectors(record) for record in inspected)


def _asked_of_inspectors(record: UnitRecord) -> UnitRecord:
    """A unit with the probability of the inspectors' own draw."""
    probability = record.unit.inspector_probability
    assert probability is not None
    unit = replace(record.unit, probability=probability)
    if record.mode is Mode.crawler and not record.state.speaks:
        return replace(record, unit=unit, state=UnitState.planned)
    return replace(record, unit=unit)
