"""What the report shows beside the cells: coverage, signals, changes, trend and indicators."""

from __future__ import annotations

from datetime import date
from typing import Literal

from monitor.model.base import Value
from monitor.model.cell import Cell, ModeCounts, Note
from monitor.model.vocabulary import Cluster, SignalField, Stratum, Text, UnitState, Verdict


class SignalRate(Value):
    """The share of a platform's listings of a week in which a field was present.

    ``usual`` is the median of the weeks before, None without any; ``is_lost`` where the share fell
    below half of it, or below the floor of the registry.
    """

    field: SignalField
    listings: int
    share: float
    usual: float | None
    is_lost: bool


class ModeComparison(Value):
    """Pages of a platform at which both the crawler and an inspector saw listings.

    Of ``offers``, which the crawler saw on these ``units``, ``seen_by_both`` were on the same page
    of the inspector's. ``positions`` are those that each saw, ``cross_border`` those of them that
    the screen takes for it.
    """

    platform: str
    units: int
    offers: int
    seen_by_both: int
    positions: ModeCounts
    cross_border: ModeCounts


class ReasonCount(Value):
    """How many units ended in a state for a reason."""

    state: UnitState
    reason: str
    units: int


class CoverageRow(Value):
    """What became of the planned units of a stratum.

    ``places`` are the positions whose listing was read; that of the ``unreadable`` ones was not.
    ``modes`` tells how many of the sampled and empty ones who observed; None in editions made
    before it was told. ``refused_crawler`` are those of them that an inspector observed and the
    crawler was refused.
    """

    platform: str
    cluster: Cluster
    stratum: Stratum
    planned: int
    sampled: int = 0
    empty: int = 0
    blocked: int = 0
    disallowed: int = 0
    unreachable: int = 0
    unparseable: int = 0
    not_fetched: int = 0
    places: int = 0
    unreadable: int = 0
    reasons: tuple[ReasonCount, ...] = ()
    modes: ModeCounts | None = None
    refused_crawler: int = 0

    @property
    def refused(self) -> int:
        """Pages that the crawler was refused, whoever observed them later."""
        return self.blocked + self.disallowed + self.refused_crawler

    @property
    def is_refused(self) -> bool:
        """Whether pages were refused, and the crawler observed fewer than half of those planned."""
        observed = self.modes.crawler if self.modes else self.sampled + self.empty
        return self.refused > 0 and 2 * observed < self.planned


class PlatformFinding(Value):
    """A platform in the report. ``role``: ``marketplace``, ``reference`` or ``closed``.

    ``inspection_basis`` names the decision by which inspectors may collect its pages in the week.
    ``reply`` is its recorded answer to an earlier report, given on ``replied_on``.
    """

    id: str
    name: str
    role: str
    closed_on: date | None = None
    permissions: tuple[str, ...] = ()
    inspection_basis: str | None = None
    reply: Text | None = None
    replied_on: date | None = None

    @property
    def is_reference(self) -> bool:
        """Whether marketplaces are only compared with it: it stands apart in every sum."""
        return self.role == "reference"


class ChangeCounts(Value):
    """What became of a platform's breaching listings since the week before.

    Counted over the matched panel, the ``entries`` that answered in both weeks; None in editions
    that compared all entries. ``newly_watched`` are outside it, and ``confirmed_gone`` are told by
    their own page, wherever they were seen. ``new_low`` and ``new_high`` are 95 % limits of how
    many offers of the panel that were seen in no week before are in breach, flagged or not;
    ``left_low`` and ``left_high`` of how many it showed the week before that were seen nowhere this
    week. They are None where no label speaks of the offers, and in older editions.
    """

    platform: str
    since: str
    new: int
    still: int
    not_seen: int
    confirmed_gone: int
    relisted: int
    newly_watched: int = 0
    entries: int | None = None
    new_low: int | None = None
    new_high: int | None = None
    left_low: int | None = None
    left_high: int | None = None


class Relisting(Value):
    """How many of a platform's offers that were taken down came back under another id.

    ``taken_down`` were confirmed gone by their own page in the last ``weeks`` weeks, ``relisted``
    of them resemble an offer flagged since then. ``rate`` is a lower bound: one that came back
    where or when nobody looked counts as not relisted. ``watched`` of them had at least one later
    week in which a page of the platform answered, ``offer_weeks`` in all; both are None in editions
    made before they were counted. ``low`` is the lower limit of ``rate`` (of Clopper and Pearson's
    95 % interval); ``high`` is None but in those editions, as nothing bounds what was not seen. A
    resemblance is a hint, not a proof.
    """

    platform: str
    weeks: int
    taken_down: int
    relisted: int
    rate: float
    low: float
    high: float | None = None
    watched: int | None = None
    offer_weeks: int | None = None


class TrendPoint(Value):
    """One cell of one week, for the trend chart."""

    week: str
    platform: str
    cluster: Cluster
    policy: str
    verdict: Verdict
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    flagged: int = 0
    confirmed: int = 0
    places: int = 0

    @classmethod
    def of(cls, cell: Cell) -> TrendPoint:
        """The point a cell gives."""
        return cls(**{name: getattr(cell, name) for name in cls.__struct_fields__})


class Indicator(Value):
    """One of the four PMSE indicators. ``value`` None with a ``reason`` where it is not known."""

    point: int
    name: str
    platform: str
    cluster: Cluster | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "share"
    n: int = 0
    reason: Note | None = None


class ForeignSellers(Value):
    """How many sellers of a platform its own result pages call foreign, met or not.

    Of sellers of the ``clusters``, searches of the list met ``by_list``, category pages
    ``by_category``, and both ways ``both``. Of the ``planned`` category pages ``answered`` spoke.
    ``low`` holds with 97.5 % unless those whom searches meet easily are harder to meet on category
    pages; ``estimate`` and ``high`` hold only where all are met alike. All three are None with a
    ``reason`` where they are not measured, and so are the counts where no page was planned or
    sellers are not shown.
    """

    platform: str
    clusters: tuple[Cluster, ...] = ()
    planned: int = 0
    answered: int = 0
    by_list: int | None = None
    by_category: int | None = None
    both: int | None = None
    estimate: float | None = None
    low: int | None = None
    high: int | None = None
    reason: Note | None = None


class MedianPrice(Value):
    """The median price in rupiah of a platform's offers of a commodity from one ``origin``.

    ``low`` and ``high`` are its 95 % limits; it is that of ``n`` offers of ``shops`` shops.
    """

    platform: str
    category: str
    origin: Literal["foreign", "domestic"]
    median: float
    low: float
    high: float
    n: int
    shops: int
