"""The frozen values everybody speaks.

Every package hands these to the next one; none of them opens a file, a socket or a session.
Times are timezone-aware UTC, money is a decimal in its own currency, countries are ISO 3166-1
alpha-2, weeks are ISO weeks in Asia/Jakarta written ``2026-W47``. Unknown is ``None``.

``to_json`` and ``from_json`` write and read any of them; reading refuses unknown keys and
wrong types with the path of the field.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, dataclass_transform

import msgspec

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _ValueType(msgspec.StructMeta):
    def __new__(cls, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> _ValueType:
        made: _ValueType = super().__new__(
            cls, name, bases, names, frozen=True, kw_only=True, forbid_unknown_fields=True
        )
        return made


class Value(msgspec.Struct, metaclass=_ValueType):
    """Base of all values: immutable, keyword-only, strict when decoded."""


def to_json(value: object) -> bytes:
    """UTF-8 JSON of a value, keys in the order of the fields, without spaces."""
    return msgspec.json.encode(value, order="deterministic")


def from_json(data: bytes | str, kind: type[_T]) -> _T:
    """The value in ``data``; raises ``msgspec.ValidationError`` naming the field that is wrong."""
    return msgspec.json.decode(data, type=kind)


class PantauError(Exception):
    """An expected failure: its message names the file or field and the mend."""


# --- vocabulary -------------------------------------------------------------------------------


class Cluster(StrEnum):
    """AKAR's product groups, ``other`` for what is in none, ``unknown`` for what cannot be told."""

    textile_fashion = "textile_fashion"
    food_beverage = "food_beverage"
    crafts = "crafts"
    other = "other"
    unknown = "unknown"


class CrossBorder(StrEnum):
    """Who offers it from where, by the platform's own words; ``suspected`` on weak signals only."""

    cross_border = "cross_border"
    suspected = "suspected"
    domestic = "domestic"
    unknown = "unknown"


class UnitState(StrEnum):
    """What became of a sample unit. Only ``sampled`` and ``empty`` speak about compliance."""

    planned = "planned"
    sampled = "sampled"
    empty = "empty"
    blocked = "blocked"
    disallowed = "disallowed"
    unreachable = "unreachable"
    unparseable = "unparseable"


class Origin(StrEnum):
    """Where data came from; a store never mixes ``simulated`` with the others."""

    live = "live"
    saved = "saved"
    simulated = "simulated"


class Stratum(StrEnum):
    """How shoppers reach an entry: frequent words, rare words, or the words of relisted offers."""

    head = "head"
    tail = "tail"
    synonym = "synonym"


class EntryKind(StrEnum):
    """The way of looking an entry stands for."""

    keyword = "keyword"
    category = "category"
    feed = "feed"


class EditionKind(StrEnum):
    """``provisional`` after the crawl, ``final`` after the labels, ``corrected`` later."""

    provisional = "provisional"
    final = "final"
    corrected = "corrected"


class Verdict(StrEnum):
    """The word a cell gets; ``unconfirmed_policy`` while nobody confirmed a press-only policy."""

    non_compliant = "non_compliant"
    breaches_found = "breaches_found"
    compliant = "compliant"
    none_found = "none_found"
    screened = "screened"
    not_measurable = "not_measurable"
    unconfirmed_policy = "unconfirmed_policy"


class PolicyKind(StrEnum):
    """A voluntary promise, a binding regulation, the end of a platform, or background."""

    promise = "promise"
    regulation = "regulation"
    closure = "closure"
    context = "context"


class PolicyScope(StrEnum):
    """What a policy forbids: foreign sellers, cheap direct imports, missing papers, a platform."""

    seller_cross_border = "seller_cross_border"
    price_floor = "price_floor"
    information_duty = "information_duty"
    platform = "platform"


class Verification(StrEnum):
    """How well a policy is documented."""

    gazette = "gazette"
    press = "press"
    unverified = "unverified"


class Text(Value):
    """One text in the report's two languages."""

    id: str
    en: str


# --- what a page holds ------------------------------------------------------------------------


class Listing(Value):
    """One offer as a page showed it. ``item_id`` and ``title`` are never empty on a parsed page."""

    platform: str
    item_id: str
    title: str
    url: str | None = None
    image_url: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    seller_id: str | None = None
    seller_name: str | None = None
    official_store: bool | None = None
    ship_from: str | None = None
    ship_from_country: str | None = None
    cross_border_flag: bool | None = None
    category_id: str | None = None
    category_path: str | None = None
    brand: str | None = None
    rating: float | None = None
    sold: int | None = None
    rank: int | None = None
    sponsored: bool | None = None
    imported_flag: bool | None = None


class RobotsDecision(Value):
    """What robots.txt (or a recorded permission) said about one URL."""

    allowed: bool
    robots_url: str
    rule: str | None = None
    fetched_at: datetime | None = None
    permission: str | None = None


class Received(Value):
    """A response as received: its hashes (SHA-256, hex) and where the evidence keeps it.

    ``sha256`` is over the body as it came, ``sha256_kept`` over what was kept where tokens or
    cookies had to be stripped from it. ``evidence`` is ``<file>#<offset>`` below ``evidence/``.
    """

    url: str
    size: int
    sha256: str
    status: int | None = None
    content_type: str | None = None
    sha256_kept: str | None = None
    evidence: str | None = None


class SampledPage(Value):
    """One fetch of one result page: what a crawl or a saved file hands to the store, whole.

    ``unit_id`` is None for a page outside the plan, ``observed_at`` None where a saved file does
    not tell its time (no breach follows from it then).
    """

    platform: str
    url: str
    state: UnitState
    origin: Origin
    unit_id: str | None = None
    reason: str | None = None
    observed_at: datetime | None = None
    robots: RobotsDecision | None = None
    received: Received | None = None
    listings: tuple[Listing, ...] = ()
    total_results: int | None = None
    parser: str | None = None


class DetailVisit(Value):
    """A visit to a listing's own page; ``listing`` is what that page says, None if it failed."""

    platform: str
    item_id: str
    url: str
    week: str
    state: UnitState
    origin: Origin
    reason: str | None = None
    visited_at: datetime | None = None
    robots: RobotsDecision | None = None
    received: Received | None = None
    screenshot: str | None = None
    screenshot_sha256: str | None = None
    listing: Listing | None = None


# --- frame and plan ---------------------------------------------------------------------------


class Entry(Value):
    """One pre-registered way of looking. ``pages`` result pages of it are sampled, from page 1."""

    id: str
    platform: str
    cluster: Cluster
    stratum: Stratum
    kind: EntryKind
    query: str
    weight: float = 1.0
    core: bool = False
    pages: int = 1


class PlannedUnit(Value):
    """One result page of one entry in one week; ``position`` is its place in the permuted order.

    ``probability`` is the entry's inclusion probability, ``weight`` its weight in the frame: a
    place counts ``weight / probability`` times in the mean over the frame.
    """

    id: str
    week: str
    platform: str
    cluster: Cluster
    stratum: Stratum
    entry_id: str
    kind: EntryKind
    query: str
    page: int
    url: str
    position: int
    probability: float
    weight: float = 1.0


class Shortfall(Value):
    """A budget that took fewer entries of a platform than the frame wants."""

    platform: str
    wanted: int
    drawn: int
    budget: int


class Plan(Value):
    """The week's sample, drawn from seed, frame version and week before the first fetch.

    ``shortfalls`` names the platforms whose request budget cut the draw, in units.
    """

    week: str
    frame_version: str
    seed: int
    drawn_at: datetime
    units: tuple[PlannedUnit, ...]
    shortfalls: tuple[Shortfall, ...] = ()


class UnitRecord(Value):
    """A planned unit and what became of it. ``places`` counts the observations stored for it."""

    unit: PlannedUnit
    state: UnitState
    reason: str | None = None
    observed_at: datetime | None = None
    robots: RobotsDecision | None = None
    total_results: int | None = None
    places: int = 0


# --- classification ---------------------------------------------------------------------------


class Signal(Value):
    """One reason behind a decision: its kind (``platform_flag``, ``title``, …) and its words."""

    kind: str
    text: str


class Classification(Value):
    """Both decisions about one listing, calibrated scores in [0, 1], and why."""

    cluster: Cluster
    cluster_score: float
    cross_border: CrossBorder
    cross_border_score: float
    classifier: str
    category: str | None = None
    imported_goods: bool | None = None
    signals: tuple[Signal, ...] = ()


class Observation(Value):
    """What stood at a place, with its current classification.

    ``cluster`` and ``stratum`` are the entry's, None outside the plan; ``first_seen`` is the first
    week this store saw the listing. ``version`` is the content hash of the listing version.
    """

    id: int
    listing_version_id: int
    version: str
    listing: Listing
    origin: Origin
    unit_id: str | None = None
    entry_id: str | None = None
    query: str | None = None
    cluster: Cluster | None = None
    stratum: Stratum | None = None
    rank: int | None = None
    observed_at: datetime | None = None
    first_seen: str | None = None
    classification: Classification | None = None
    received: Received | None = None


# --- ledger, screen, draw, labels -----------------------------------------------------------------


class RunOutcome(StrEnum):
    """How a run of a job ended; ``missed`` is written for a run that never started."""

    running = "running"
    done = "done"
    stopped = "stopped"
    failed = "failed"
    missed = "missed"


class Run(Value):
    """One entry of the ledger: a job (``plan``, ``crawl``, ``ingest``, …) at a time."""

    id: int
    job: str
    origin: Origin
    started_at: datetime
    outcome: RunOutcome
    week: str | None = None
    platform: str | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=dict)


class ScreenStratum(StrEnum):
    """Where a place stands in the frozen screen: ``flagged`` is cross_border or suspected."""

    flagged = "flagged"
    unknown = "unknown"
    domestic = "domestic"

    @classmethod
    def of(cls, status: CrossBorder | None) -> ScreenStratum:
        """The stratum of a screened status; a listing without one is unknown."""
        if status in (CrossBorder.cross_border, CrossBorder.suspected):
            return cls.flagged
        return cls.domestic if status is CrossBorder.domestic else cls.unknown


class DrawItem(Value):
    """A listing version drawn for labelling, through the place it was drawn at.

    ``probability`` is the place's inclusion probability within platform × cluster × stratum.
    """

    observation_id: int
    platform: str
    item_id: str
    version: str
    cluster: Cluster
    stratum: ScreenStratum
    probability: float


class Draw(Value):
    """The audit sample of a week. ``sha256`` is over week, seed, budget and items."""

    week: str
    seed: int
    budget: int
    drawn_at: datetime
    items: tuple[DrawItem, ...]
    sha256: str


class Answer(StrEnum):
    """What a person says of a listing."""

    yes = "yes"
    no = "no"
    cannot_tell = "cannot_tell"


class LabelKind(StrEnum):
    """A first look, an independent second one, or the decision where the two differ."""

    first = "first"
    second = "second"
    adjudication = "adjudication"


class Label(Value):
    """One judgement, appended and never changed. ``cross_border``: a foreign seller offers it."""

    platform: str
    item_id: str
    version: str
    week: str
    annotator: str
    kind: LabelKind
    at: datetime
    cross_border: Answer
    cluster: Cluster | None = None
    category: str | None = None
    note: str | None = None


# --- policies ---------------------------------------------------------------------------------


class Source(Value):
    """Where a policy can be read."""

    title: str
    publisher: str
    date: date | None = None
    url: str | None = None


class Money(Value):
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


class Example(Value):
    """A listing a policy must hit or miss: the policy's own test."""

    title: str
    platform: str
    on: datetime
    cluster: Cluster
    cross_border: CrossBorder
    category: str | None = None
    price: Money | None = None
    why: str | None = None


class Policy(Value):
    """One version of a promise, regulation, closure or context entry.

    ``clusters`` and ``categories`` empty mean all. ``primary_for`` names the clusters in which
    this policy carries the verdict of a cell, on the platforms of ``primary_on`` (all of its
    platforms where empty). ``from_`` is None only where unverified.
    """

    id: str
    title: Text
    kind: PolicyKind
    scope: PolicyScope
    platforms: tuple[str, ...]
    verification: Verification
    sources: tuple[Source, ...]
    clusters: tuple[Cluster, ...] = ()
    categories: tuple[str, ...] = ()
    exempt_categories: tuple[str, ...] = ()
    primary_for: tuple[Cluster, ...] = ()
    primary_on: tuple[str, ...] = ()
    price_floor: Money | None = None
    tolerance: float = 0.01
    announced: date | None = None
    from_: datetime | None = msgspec.field(default=None, name="from")
    until: datetime | None = None
    also_covered_by: tuple[str, ...] = ()
    legal_basis: str | None = None
    quotation: str | None = None
    confirmed_by: str | None = None
    confirmed_on: date | None = None
    notes: str | None = None
    hits: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()

    @property
    def may_accuse(self) -> bool:
        """Whether a breach of it may be held against a platform in public.

        A gazette text may; what is known only from the press may once a person confirmed it; an
        unverified entry may not.
        """
        return self.verification is Verification.gazette or (
            self.verification is Verification.press and self.confirmed_by is not None
        )


# --- findings: all that a report shows ----------------------------------------------------------


class Note(Value):
    """A remark with a code the report has words for, and the values those words need."""

    code: str
    values: dict[str, str] = msgspec.field(default_factory=dict)


class Change(Value):
    """Difference of a cell's estimate to the week before, with its 95 % interval."""

    since: str
    difference: float
    low: float
    high: float


class Cell(Value):
    """Platform × cluster × policy in a week. Shares in [0, 1]; None where nothing was estimated.

    ``flagged`` counts places screened as ``cross_border`` breaches, ``suspected`` those on weak
    signals; ``coverage`` is the share of planned units that answered (sampled or empty).
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


class ListingState(StrEnum):
    """A flagged listing against the weeks before; not seen again never means gone."""

    new = "new"
    still = "still"
    not_seen = "not_seen"
    confirmed_gone = "confirmed_gone"
    relisted = "relisted"


class FoundAt(Value):
    """A place at which a listing was seen."""

    unit_id: str | None
    query: str | None
    rank: int | None
    observed_at: datetime | None


class FlaggedListing(Value):
    """A listing the report shows as evidence, and why.

    ``policies`` are the ids it breaches on its day; with none it stands under imported goods or
    as suspected, and accuses nobody. ``thumbnail`` and ``screenshot`` are file names beside the
    page. ``sha256`` is the hash of the response it was read from.
    """

    listing: Listing
    classification: Classification
    policies: tuple[str, ...]
    state: ListingState
    first_seen: str | None
    found_at: tuple[FoundAt, ...]
    confirmed: bool = False
    label: str | None = None
    frame_cluster: Cluster | None = None
    detail: Listing | None = None
    relisted_from: str | None = None
    relisted_score: float | None = None
    thumbnail: str | None = None
    screenshot: str | None = None
    sha256: str | None = None
    evidence: str | None = None
    origin: Origin = Origin.live


class ReasonCount(Value):
    """How many units ended in a state for a reason."""

    state: UnitState
    reason: str
    units: int


class CoverageRow(Value):
    """What became of the planned units of a stratum."""

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
    reasons: tuple[ReasonCount, ...] = ()


class PlatformFinding(Value):
    """A platform in the report. ``role``: ``marketplace``, ``reference`` or ``closed``."""

    id: str
    name: str
    role: str
    closed_on: date | None = None
    permissions: tuple[str, ...] = ()
    reply: str | None = None


class ChangeCounts(Value):
    """What became of a platform's breaching listings since the week before."""

    platform: str
    since: str
    new: int
    still: int
    not_seen: int
    confirmed_gone: int
    relisted: int


class TrendPoint(Value):
    """One cell of one earlier week, for the trend chart."""

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


class AuditQuality(Value):
    """What the labels of the week are worth."""

    drawn: int
    labels: int
    annotators: int
    double_labelled: int
    disagreements: int
    cannot_tell: int
    alpha: float | None
    precision: tuple[SignalPrecision, ...] = ()


class Versions(Value):
    """What made the numbers."""

    software: str
    parser: str
    classifier: str
    frame: str
    registry: str
    seed: int | None = None


class Unplanned(Value):
    """Pages outside the plan (saved pages): shown, never estimated from."""

    platform: str
    pages: int
    listings: int
    cross_border: int
    undated: int


class Withheld(Value):
    """How many listings of each kind a public edition leaves out."""

    listings: int = 0
    suspected: int = 0
    imported: int = 0
    gone: int = 0
    unplanned: int = 0


class Findings(Value):
    """An edition of a week: everything its documents show, and nothing they must look up.

    ``categories`` gives the titles of the registry's categories; ``previous_versions`` what made
    the numbers of ``previous_week``; ``withheld`` is there in a public edition only.
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
    trend: tuple[TrendPoint, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    audit: AuditQuality | None = None
    notes: tuple[Note, ...] = ()
    corrections: tuple[Text, ...] = ()
    categories: dict[str, Text] = msgspec.field(default_factory=dict)
    previous_versions: Versions | None = None
    withheld: Withheld | None = None
    schema: int = 1
