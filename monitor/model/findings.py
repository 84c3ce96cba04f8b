"""All that a report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal, Protocol, Self, TypeVar

import msgspec
from msgspec.structs import replace

from monitor.model.base import Value
from monitor.model.case import Case
from monitor.model.decision import Classification
from monitor.model.page import Listing, ResponseRecord
from monitor.model.policy import Policy, PromiseHistory
from monitor.model.sample import UnitRecord
from monitor.model.vocabulary import (
    Cluster,
    EditionKind,
    Mode,
    Origin,
    Question,
    SignalField,
    Stratum,
    Text,
    UnitState,
    Verdict,
)


class _OfCluster(Protocol):
    """A row about a product group."""

    @property
    def cluster(self) -> Cluster:
        """The group."""


_Row = TypeVar("_Row", bound=_OfCluster)


class Note(Value):
    """A remark with a code the report has words for, and the values those words need."""

    code: str
    values: dict[str, str] = msgspec.field(default_factory=dict)


class Change(Value):
    """Difference of a cell's share to the week before, with its 95 % interval.

    ``difference`` is that of the point estimates, None where one of the weeks has none of its own.
    ``p_value`` is that of "no change", ``significant`` whether it passes Benjamini and Hochberg's
    procedure over all changes of the week; both are None in editions made before that rule.
    """

    since: str
    difference: float | None
    low: float
    high: float
    p_value: float | None = None
    significant: bool | None = None


class ModeCounts(Value):
    """A count for each mode."""

    crawler: int = 0
    inspector: int = 0

    @classmethod
    def of(cls, records: Iterable[UnitRecord]) -> Self:
        """How many units answered to each mode."""
        modes = Counter(record.mode for record in records if record.state.speaks)
        return cls(crawler=modes[Mode.crawler], inspector=modes[Mode.inspector])

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            crawler=self.crawler + other.crawler,
            inspector=self.inspector + other.inspector,
        )


def season_of(week: str) -> str:
    """The quarter of an ISO week, ``2026-Q4``: weeks 1–13, 14–26, 27–39 and 40–52 or 53."""
    return f"{week[:4]}-Q{min((int(week[6:]) - 1) // 13, 3) + 1}"


class SeasonChange(Value):
    """Difference of a cell's share to that of the quarter ``since``, with its 95 % interval.

    ``estimate`` is that of the point estimates, None where one of the quarters has none of its own.
    ``direction`` is given where Benjamini and Hochberg's procedure over all changes of the quarter
    rejects "no change", and None elsewhere.
    """

    since: str
    estimate: float | None
    low: float
    high: float
    direction: Literal["up", "down"] | None = None


class Season(Value):
    """A cell over a quarter, ``id`` ``2026-Q4``, or thirteen weeks, ``2026-W35..2026-W47``.

    ``estimate`` is the mean over the ``weeks`` measured of the share that the frame's list shows,
    ``low`` and ``high`` are its 95 % limits; ``missing`` counts the weeks that could not be
    measured, ``other_list`` those left out because they were sampled from another list of entries
    than the last. ``labels`` are the listings labelled in the cell, one for each week they were
    drawn in, ``confirmed`` the offers confirmed in any week, ``marked_offers`` those of them whose
    own page bears the platform's mark, of ``marked_sellers`` different sellers, and ``third_looks``
    those that a third person looked at. A quarter whose weeks are ``over`` has a ``verdict``, from
    ``judged_low`` at ``level`` and from ``high``, or ``high_with_refused`` where pages were
    refused, as a week's (``Cell``), and a ``change`` where the quarter before has a share, too; one
    still running has neither. ``reason`` says why there are no limits.
    ``sequence_low`` and ``sequence_high`` bound the share of the positions looked at since the
    quarter began; they hold together at all looks of a year, and carry no verdict.
    """

    id: str
    weeks: int
    missing: int = 0
    other_list: int = 0
    over: bool = False
    labels: int = 0
    confirmed: int = 0
    marked_offers: int | None = None
    marked_sellers: int | None = None
    third_looks: int | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    judged_low: float | None = None
    level: float | None = None
    high_with_refused: float | None = None
    verdict: Verdict | None = None
    reason: Note | None = None
    change: SeasonChange | None = None
    sequence_low: float | None = None
    sequence_high: float | None = None

    def includes(self, week: str) -> bool:
        """Whether a week is one of its weeks, past or to come."""
        first, _, last = self.id.partition("..")
        return first <= week <= last if last else season_of(week) == self.id


class Cell(Value):
    """Platform × cluster × policy in a week. Shares in [0, 1]; None where nothing was estimated.

    ``flagged`` counts positions screened as ``cross_border`` that the policy forbids, ``suspected``
    those screened as ``suspected`` that it would forbid. ``screened`` counts all positions that the
    screen took for either, whatever the policy; None in editions made before it was counted.
    ``flagged_offers`` are the different offers behind ``flagged``, ``checked`` those of them that
    two people answered. A confirmed offer that the screen missed counts as checked, too, so that
    ``confirmed`` of ``checked`` is a share. Both are None in editions made before they were
    counted. ``coverage`` is the share of planned units that answered (sampled or empty). ``low``
    and ``high`` are the limits of the plain 95 % interval. ``judged_low`` is the lower limit at the
    two-sided ``level`` that Holm's procedure over the week's primary cells asks for; it decides
    whether the cell is ``non_compliant``. Both are None for a cell outside that family, and in
    editions made before the two were told apart, in which ``low`` and ``high`` are at that level.
    ``high_with_refused`` is the upper limit if all positions on refused pages (blocked or
    disallowed) breached, and the one that acquits; None where no page was refused.
    ``estimate`` is None, too, where none of the cell's own labels says yes: a share above zero
    would then be borrowed from its neighbours, and the upper limit tells what may be there.
    ``marked_offers`` counts the confirmed listings whose own page bears the platform's own mark of
    an offer from abroad, ``marked_sellers`` their different sellers, ``third_looks`` those of them
    that a third person, too, judged foreign by a mark on that page. All are None in editions made
    before they were counted.
    ``season`` is the quarter so far and ``rolling`` the thirteen weeks that end with this one; both
    are None for a cell that carries no verdict, in provisional editions, and in those made before.
    ``modes`` tells how many of the ``sampled`` units who observed; None in editions made before.
    """

    week: str
    platform: str
    cluster: Cluster
    policy: str
    primary: bool
    planned: int
    sampled: int
    places: int
    flagged: int
    suspected: int
    audited: int
    confirmed: int
    coverage: float | None
    estimate: float | None
    low: float | None
    high: float | None
    tolerance: float
    verdict: Verdict
    reason: Note | None = None
    unclear_as_no: float | None = None
    unclear_as_yes: float | None = None
    label_weeks: tuple[str, str] | None = None
    change: Change | None = None
    screened: int | None = None
    judged_low: float | None = None
    level: float | None = None
    high_with_refused: float | None = None
    marked_sellers: int | None = None
    flagged_offers: int | None = None
    checked: int | None = None
    third_looks: int | None = None
    marked_offers: int | None = None
    season: Season | None = None
    rolling: Season | None = None
    modes: ModeCounts | None = None

    @property
    def proven(self) -> int:
        """The confirmed listings of which the platform itself says that they come from abroad; all
        confirmed ones in editions made before these were counted."""
        return self.confirmed if self.marked_offers is None else self.marked_offers

    @property
    def is_established(self) -> bool:
        """Whether breaches may be stated: marked offers of two different sellers are confirmed, or
        one such offer that a third person looked at.

        In editions made before sellers were counted a single confirmed offer was enough.
        """
        if self.marked_sellers is None:
            return self.confirmed > 0
        return self.marked_sellers >= 2 or bool(self.third_looks)

    @property
    def most(self) -> float | None:
        """The most that may be in breach: the upper limit, refused pages counted as breaches."""
        return self.high if self.high_with_refused is None else self.high_with_refused


class ListingState(StrEnum):
    """A flagged listing against the weeks before; not seen again never means gone.

    ``newly_watched``: first seen, and only in entries that did not answer the week before, so that
    nobody knows whether it was there.
    """

    new = "new"
    newly_watched = "newly_watched"
    still = "still"
    not_seen = "not_seen"
    confirmed_gone = "confirmed_gone"
    relisted = "relisted"


class Sighting(Value):
    """A place at which a listing was seen."""

    unit_id: str | None
    query: str | None
    rank: int | None
    observed_at: datetime | None


class CitedPage(Value):
    """A page that a report cites; null is what is not known of it.

    ``seen_at`` is in UTC. ``archive`` is the place of its record in the evidence,
    ``<file>#<offset>``, and ``sha256`` the hash, hex, of the body which that record holds.
    """

    url: str | None = None
    seen_at: datetime | None = None
    sha256: str | None = None
    archive: str | None = None

    @classmethod
    def of(cls, received: ResponseRecord, seen_at: datetime | None) -> Self:
        """A page as it was received; where tokens were stripped, the hash of what was kept."""
        return cls(
            url=received.url,
            seen_at=seen_at and seen_at.astimezone(UTC),
            sha256=received.sha256_kept or received.sha256,
            archive=received.evidence,
        )


class FlaggedListing(Value):
    """A listing the report shows as evidence, and why.

    ``policies`` are the ids it breaches on its day; with none it stands under imported goods or
    as suspected, and accuses nobody. ``judged_cluster`` is the product group that people gave it.
    ``thumbnail`` and ``screenshot`` are file names beside the page. ``result_page`` is the page it
    was seen on; ``sha256`` and ``evidence`` say the same in the older way. ``own_page`` is its own
    page as people judged it where the breach is ``confirmed``, else as this week's visit kept it.
    ``marked`` says whether that page bears the platform's own mark of an offer from abroad; None
    where nothing is confirmed, and in editions made before it was told. Without the mark a
    confirmed offer accuses nobody by itself.
    """

    listing: Listing
    classification: Classification
    policies: tuple[str, ...]
    state: ListingState
    first_seen: str | None
    found_at: tuple[Sighting, ...]
    confirmed: bool = False
    label: str | None = None
    judged_cluster: Cluster | None = None
    frame_cluster: Cluster | None = None
    detail: Listing | None = None
    relisted_from: str | None = None
    relisted_score: float | None = None
    thumbnail: str | None = None
    screenshot: str | None = None
    sha256: str | None = None
    evidence: str | None = None
    origin: Origin = Origin.live
    result_page: CitedPage | None = None
    own_page: CitedPage | None = None
    marked: bool | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the breach is confirmed, and not by people's word alone."""
        return self.confirmed and self.marked is not False

    @property
    def proof(self) -> CitedPage | None:
        """The own page on which the breach was confirmed; None where its hash is not recorded."""
        proven = self.confirmed and self.own_page and self.own_page.sha256
        return self.own_page if proven else None


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


class SignalPrecision(Value):
    """How often a signal was right among labelled listings (Clopper–Pearson 95 %)."""

    signal: str
    labelled: int
    correct: int
    low: float
    high: float


class ErrorRow(Value):
    """Limits of a cell if a share ``error`` of its labels were wrong."""

    error: float
    low: float
    high: float


class Sensitivity(Value):
    """What would change the interval of a cell: wrong labels, and sellers who hide.

    Of the ``rows``, one a share of labels left wrong after the second look, the first, without
    error, is the 95 % interval shown. ``high_of_group`` is the upper limit from the labels of the
    cell's own product group alone, ``high_of_week`` from those drawn in the cell this week: what
    bounds a platform that hides sellers in one group, or since this week. Both are None without
    such a label, and in editions made before they were computed.
    """

    platform: str
    cluster: Cluster
    policy: str
    rows: tuple[ErrorRow, ...]
    high_of_group: float | None = None
    high_of_week: float | None = None


class AuditQuality(Value):
    """What the labels of the week are worth.

    ``open_answers`` are the drawn listings whose answer waits for another person, a positive for
    its second label or a disagreement for its decision; None in editions made before.
    """

    drawn: int
    labels: int
    annotators: int
    double_labelled: int
    disagreements: int
    cannot_tell: int
    alpha: float | None
    precision: tuple[SignalPrecision, ...] = ()
    open_answers: int | None = None


class ErrorRate(Value):
    """How many of the controls that somebody ``answered`` they got ``wrong``.

    ``low`` and ``high`` limit the share (Clopper–Pearson 95 %).
    """

    answered: int
    wrong: int
    low: float
    high: float


class PersonErrors(Value):
    """One annotator's error; ``person`` counts them from 1, without their names.

    ``missed`` is of known foreign listings that they called domestic, ``false_yes`` of known
    domestic ones that they called foreign. None where they answered too few to say.
    """

    person: int
    missed: ErrorRate | None
    false_yes: ErrorRate | None


class SharedErrors(Value):
    """How the errors of two people go together, over the ``controls`` that both answered.

    ``both`` were wrong on some, ``either`` on these and others. ``correlation`` is that of being
    wrong, with its 95 % interval; None where nobody was wrong or too few were answered.
    """

    people: tuple[int, int]
    controls: int
    both: int
    either: int
    correlation: float | None = None
    low: float | None = None
    high: float | None = None


class AnnotatorErrors(Value):
    """The error of annotators, measured by ``controls`` different ones since the week ``since``.

    ``false_confirmations`` is how many clean listings two people would confirm in a year of weeks
    like this one, with limits; None where it is not measured yet.
    """

    since: str
    controls: int
    people: tuple[PersonErrors, ...]
    pairs: tuple[SharedErrors, ...]
    false_confirmations: float | None = None
    false_confirmations_low: float | None = None
    false_confirmations_high: float | None = None


class Versions(Value):
    """What made the numbers."""

    software: str
    parser: str
    classifier: str
    frame: str
    registry: str
    seed: int | None = None


class Unplanned(Value):
    """Pages outside the plan (saved pages): shown, never estimated from.

    ``suspected`` is None in editions made before it was counted.
    """

    platform: str
    pages: int
    listings: int
    cross_border: int
    undated: int
    suspected: int | None = None


class Withheld(Value):
    """How many listings of each kind a public edition leaves out."""

    listings: int = 0
    suspected: int = 0
    imported: int = 0
    gone: int = 0
    unplanned: int = 0
    waiting: int = 0
    used_clothing: int = 0


class ChangedOffer(Value):
    """An offer of which a corrected edition says otherwise than the one it replaces.

    ``change`` is ``confirmed``, ``withdrawn`` (not confirmed any more), ``added`` to the evidence
    or ``removed`` from it. ``labelled`` tells whether people judged it since; ``notes`` are the
    reasons they wrote then.
    """

    platform: str
    item_id: str
    title: str
    change: str
    labelled: bool = False
    notes: tuple[str, ...] = ()


class ReplacedEdition(Value):
    """The released edition that a corrected one replaces, who released it, and the ``offers`` of
    which both say different things; a public edition leaves the offers out."""

    edition: EditionKind
    as_of: datetime
    released_by: str
    released_at: datetime
    offers: tuple[ChangedOffer, ...] = ()


class ProtocolDeviation(Value):
    """How many ``rules`` of a season were changed ``at`` a time after they were written; why."""

    at: datetime
    reason: str
    rules: int


class SeasonProtocol(Value):
    """The rules that bind an edition, as they were registered when it was made.

    ``sha256`` (hex) is that of the document; None where none was registered for the ``season``.
    ``late``: it was written after the season had begun. ``stamped_at`` is when somebody else's time
    stamp proves that it existed, None where none does.
    """

    season: str
    sha256: str | None = None
    written_at: datetime | None = None
    late: bool = False
    stamped_at: datetime | None = None
    deviations: tuple[ProtocolDeviation, ...] = ()


class Findings(Value):
    """An edition of a week: everything its documents show, and nothing they must look up.

    ``categories`` gives the titles of the registry's categories; ``previous_versions`` what made
    the numbers of ``previous_week``; ``signals`` how often each platform's listings told what they
    are judged by, empty in editions made before; ``withheld`` is there in a public edition only.
    ``waiting`` are the listings that a policy without a known start would forbid; they breach
    nothing. ``annotator_errors`` is None where no control was answered, and in older editions.
    ``compared`` are the platforms of which both modes met the same pages. ``inspectors`` counts the
    people who handed pages in at the desk; None where that was nobody, or pages came as files.
    ``cases`` are the confirmed offers of this and of earlier released editions, by platform and
    item; empty in editions made before, and in a public one. ``replaces`` is what a corrected
    edition replaces; None in others, and in those made before it was told. ``promise_pages`` say
    what became of the words of promises; empty where no page was kept, and in older editions.
    ``used_clothing`` are the offers of used clothing that breach a policy, which no other field and
    no count of changes holds: all others are of foreign sellers.
    ``protocol`` is what was registered of the season's rules; None in editions made before.
    """

    week: str
    edition: EditionKind
    origin: Origin
    as_of: datetime
    platforms: tuple[PlatformFinding, ...]
    policies: tuple[Policy, ...]
    cells: tuple[Cell, ...]
    listings: tuple[FlaggedListing, ...]
    coverage: tuple[CoverageRow, ...]
    versions: Versions
    previous_week: str | None = None
    suspected: tuple[FlaggedListing, ...] = ()
    imported: tuple[FlaggedListing, ...] = ()
    gone: tuple[FlaggedListing, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    unplanned_listings: tuple[FlaggedListing, ...] = ()
    changes: tuple[ChangeCounts, ...] = ()
    relisting: tuple[Relisting, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    audit: AuditQuality | None = None
    sensitivity: tuple[Sensitivity, ...] = ()
    signals: dict[str, tuple[SignalRate, ...]] = msgspec.field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    corrections: tuple[Text, ...] = ()
    categories: dict[str, Text] = msgspec.field(default_factory=dict)
    previous_versions: Versions | None = None
    withheld: Withheld | None = None
    waiting: tuple[FlaggedListing, ...] = ()
    annotator_errors: AnnotatorErrors | None = None
    compared: tuple[ModeComparison, ...] = ()
    inspectors: int | None = None
    cases: tuple[Case, ...] = ()
    replaces: ReplacedEdition | None = None
    promise_pages: tuple[PromiseHistory, ...] = ()
    used_clothing: tuple[FlaggedListing, ...] = ()
    protocol: SeasonProtocol | None = None
    schema: int = 1

    def of(self, question: Question) -> Findings:
        """The edition with the cells, and what goes with cells, of one question alone.

        A sum, a headline or a trend over several cells is made of these.
        """

        def asked(rows: tuple[_Row, ...]) -> tuple[_Row, ...]:
            return tuple(row for row in rows if row.cluster.question is question)

        return replace(
            self,
            cells=asked(self.cells),
            coverage=asked(self.coverage),
            trend=asked(self.trend),
            sensitivity=asked(self.sensitivity),
        )
