"""What the screen took for cross-border, and the one choice of the sentence that says so.

A policy without a date forbids nothing, so nothing is flagged under it however many positions the
screen took for foreign sellers'. "None" is therefore said by the screen's own count alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from monitor.model import Cell, CoverageRow, Value


class ScreenOutcome(StrEnum):
    """What may be said of the screen, the gravest first.

    ``flagged``: a policy forbids what stands at some position; ``foreign``: positions are
    cross-border or suspected, and none of them is flagged under a policy; ``uncounted``: nobody
    counted them, so nothing is said; ``none``: all were counted and not one is either.
    """

    flagged = "flagged"
    foreign = "foreign"
    uncounted = "uncounted"
    none = "none"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return tuple(ScreenOutcome).index(self)


class Screening(Value):
    """The screen's outcome in some cells, and its positions, each counted once.

    ``screened`` is None where some position was not counted.
    """

    outcome: ScreenOutcome
    screened: int | None
    places: int

    def key(self, sentence: str) -> str:
        """The form of a sentence that fits the outcome: the key itself where positions are
        flagged, else the key with ``_foreign``, ``_uncounted`` or ``_none`` behind it."""
        return sentence if self.outcome is ScreenOutcome.flagged else f"{sentence}_{self.outcome}"


def screening(cells: Iterable[Cell], coverage: Iterable[CoverageRow] = ()) -> Screening:
    """What the screen says in ``cells``, which may hold several policies of one position.

    Positions of ``coverage`` that no cell speaks for were not counted.
    """
    cells = tuple(cells)
    groups = {(cell.platform, cell.cluster): cell for cell in cells}
    observed = {(row.platform, row.cluster) for row in coverage if row.places}
    counts = [cell.screened for cell in cells]
    screened = None
    if None not in counts and observed <= groups.keys():
        screened = sum(cell.screened or 0 for cell in groups.values())
    outcome = ScreenOutcome.foreign if screened else ScreenOutcome.none
    if any(cell.flagged for cell in cells):
        outcome = ScreenOutcome.flagged
    elif screened is None:
        outcome = ScreenOutcome.uncounted
    return Screening(
        outcome=outcome, screened=screened, places=sum(cell.places for cell in groups.values())
    )
