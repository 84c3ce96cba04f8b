"""What the estimator is given and what it gives back."""

from __future__ import annotations

from datetime import date

from monitor.estimate.twophase import Interval, Sample
from monitor.model import (
    LEAST_ENTRIES,
    Answer,
    Cell,
    Cluster,
    Note,
    ScreenStratum,
    UnitRecord,
    Value,
)


class Settings(Value):
    """Parameters of the method, with the defaults that the simulation was run at.

    ``level``: two-sided confidence level of an interval; ``false_discoveries``: share of a week's
    changes said to be significant that may be none; ``least_units``: share of planned units
    that must answer in every response stratum; ``least_entries``: responding entries a cell needs;
    ``window``: weeks over which labels of unflagged listings are pooled; ``pooling_level``: p-value
    (Fisher, two-sided) under which the pool is cut back to the cell's own cluster, or to the week;
    ``least_icc``: intra-entry correlation below which the design effect of the flagged share is
    never taken; ``most_nameless``: labels of a cell that may lack a commodity, however many others
    there are, before it cannot be measured (see ``prepare.too_few_commodities``);
    ``season_weeks``: measured weeks that a season needs.
    """

    level: float = 0.95
    false_discoveries: float = 0.05
    least_units: float = 0.6
    least_entries: int = LEAST_ENTRIES
    window: int = 13
    pooling_level: float = 0.1
    least_icc: float = 0.05
    most_nameless: int = 2
    season_weeks: int = 7


class Position(Value):
    """One position of a cell: the entry that showed it, and what the frozen screen says of it.

    ``breach``: screened as ``cross_border`` and forbidden by the cell's policy; ``suspected``:
    screened as ``suspected``, and forbidden if that is right. Both are counts for the report only.
    ``checked``: two people answered what it is. ``confirmed``: two people say that what stood here
    on that day breached the cell's policy, and its own page was kept. ``marked``: that page says in
    the platform's own words that the offer comes from abroad. ``third_look``: a third person reads
    it there, too. ``seller_id`` and ``seller_name`` are the seller's, None where not shown.
    """

    entry_id: str
    item_id: str
    version: str
    stratum: ScreenStratum
    breach: bool = False
    suspected: bool = False
    checked: bool = False
    confirmed: bool = False
    marked: bool = False
    third_look: bool = False
    seller_id: str | None = None
    seller_name: str | None = None


class AuditedListing(Value):
    """A labelled listing version of a platform, as drawn in one cell of one week.

    ``outcome``: whether it breaches the cell's policy, as the resolved labels say; ``probability``:
    its inclusion probability in that audit sample; ``positions``: how many positions it took there.
    ``classifier`` names the version whose screen it was drawn from. ``foreign``: whether a foreign
    seller offers it at all, which is what the label says to cells of other clusters, where the
    policy may reach less; None where that is not known. ``lacks_commodity``: a foreign seller
    offers it, and the outcome is open for want of a commodity that nobody named. ``rescreened`` is
    the stratum that another classifier, ``rescreened_by``, puts the listing version in today; None
    where it was not asked.
    """

    week: str
    cluster: Cluster
    item_id: str
    version: str
    stratum: ScreenStratum
    probability: float
    outcome: Answer
    positions: int = 1
    entry_id: str | None = None
    classifier: str = ""
    foreign: Answer | None = None
    lacks_commodity: bool = False
    rescreened: ScreenStratum | None = None
    rescreened_by: str = ""


class CellData(Value):
    """A cell before estimation.

    ``tolerance`` is the highest share, in [0, 1], that is no breach of the policy. ``units``: all
    planned units of platform × cluster with their states; ``positions``: what stood on the sampled
    ones; ``audited``: every labelled listing of the **platform** for this policy, of this week and
    the weeks before (those too old or of another classifier are left out by the estimator).
    ``throughout``: the policy was in force all week; what is seen outside its time breaches
    nothing. ``changed_on``: the day on which another version of the policy took over in the week.
    ``obstacle``: why the policy cannot be measured here at all, such as a duty that no public page
    shows.
    """

    week: str
    platform: str
    cluster: Cluster
    policy: str
    tolerance: float
    units: tuple[UnitRecord, ...]
    positions: tuple[Position, ...] = ()
    audited: tuple[AuditedListing, ...] = ()
    classifier: str = ""
    primary: bool = True
    may_accuse: bool = True
    throughout: bool = True
    changed_on: date | None = None
    obstacle: Note | None = None


class Limits(Value):
    """The limits from which a cell's verdict follows.

    ``shown`` is the plain interval. ``judged`` is the one at Holm's level, of which the lower limit
    accuses; None for a cell outside the family. ``high_with_refused`` is the upper limit that
    acquits where the platform refused pages; None where it refused none.
    """

    shown: Interval
    judged: Interval | None = None
    high_with_refused: float | None = None

    @property
    def acquitting(self) -> float:
        """The upper limit that must lie below the tolerance for an acquittal."""
        return self.shown.high if self.high_with_refused is None else self.high_with_refused


class CellEstimate(Value):
    """A finished cell, the interval it shows and the arrays that came from.

    Both are None where the cell cannot be measured.
    """

    cell: Cell
    interval: Interval | None = None
    sample: Sample | None = None
