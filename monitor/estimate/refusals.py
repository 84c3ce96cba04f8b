"""The upper limit of a cell whose platform refused pages: what it hid may all have breached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from monitor.estimate.collection import as_collected
from monitor.estimate.intervals import DRAWS
from monitor.estimate.prepare import look, prepare, share_of
from monitor.estimate.twophase import Sample, interval
from monitor.estimate.values import CellData, Settings
from monitor.model import UnitRecord, UnitState

REFUSED = (UnitState.blocked, UnitState.disallowed)
"""States in which the platform decided not to show a page. ``unreachable`` is no decision."""


def high_with_refused(cell: CellData, settings: Settings) -> float | None:
    """The upper limit of a cell if every position on the pages it was refused breached.

    None where no page was refused. The other pages are estimated from as if the refused ones had
    not been planned, and a refused page counts as long as the longest page that was shown.
    """
    shown, hidden = without_refused(cell, settings)
    if not hidden:
        return None
    sample = prepare(shown, settings).sample
    return bound(sample, hidden, settings.level, least_icc=settings.least_icc)


def without_refused(cell: CellData, settings: Settings) -> tuple[CellData, float]:
    """The cell as if refused pages had not been planned, and their share of all positions.

    Where no page was refused that share is 0.
    """
    cell = as_collected(cell, settings)
    refused = [record for record in cell.units if record.state in REFUSED]
    if not refused:
        return cell, 0.0
    units = tuple(record for record in cell.units if record.state not in REFUSED)
    answered = Counter(record.unit.entry_id for record in units if record.state.speaks)
    positions = Counter(position.entry_id for position in cell.positions)
    longest = max(shown / answered[entry] for entry, shown in positions.items())
    hidden = longest * sum(_weights(refused))
    shown_cell = replace(cell, units=units)
    looked = look(shown_cell, settings)
    return shown_cell, share_of(hidden, looked.unreadable + float(looked.positions.sum()))


def bound(
    sample: Sample, hidden: float, level: float, *, least_icc: float = 0.05, draws: int = DRAWS
) -> float:
    """The upper limit at a two-sided ``level`` if a share ``hidden`` of all positions breached.

    ``sample`` holds the other positions, which were shown.
    """
    high = interval(sample, level, least_icc=least_icc, draws=draws).high
    return hidden + (1.0 - hidden) * high


def refused_share(cell: CellData, settings: Settings) -> float:
    """Share of the planned units that the platform refused, by frame weight."""
    cell = as_collected(cell, settings)
    refused = (record for record in cell.units if record.state in REFUSED)
    planned = sum(_weights(cell.units))
    return sum(_weights(refused)) / planned if planned else 0.0


def _weights(units: Iterable[UnitRecord]) -> Iterator[float]:
    return (record.unit.weight / record.unit.probability for record in units)
