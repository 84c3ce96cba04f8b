"""All that a report shows."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from monitor.model.base import Value
from monitor.model.case import Case
from monitor.model.cell import Cell, FlaggedListing, Note
from monitor.model.displayed import NumberCount
from monitor.model.label_quality import AccuracyCard, AnnotatorErrors, AuditQuality, Sensitivity
from monitor.model.measures import (
    ChangeCounts,
    CoverageRow,
    ForeignSellers,
    Indicator,
    MedianPrice,
    ModeComparison,
    PlatformFinding,
    Relisting,
    SignalRate,
    TrendPoint,
)
from monitor.model.policy import Policy, PromiseHistory
from monitor.model.reply import PlatformReply
from monitor.model.sample import ListWeights
from monitor.model.vocabulary import Cluster, EditionKind, Origin, Question, Text


class _OfCluster(Protocol):
    """A row about a product group."""

    @property
    def cluster(self) -> Cluster:
        """The group."""


_Row = TypeVar("_Row", bound=_OfCluster)


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
    """How many ``rules`` of a season were changed ``at`` a time after they were written; why.

    ``before_start``: that was before the season began, when no data could have been seen.
    """

    at: datetime
    reason: str
    rules: int
    before_start: bool = False


class SeasonProtocol(Value):
    """The rules that bind an edition, as they were registered when it was made.

    ``sha256`` (hex) is that of the document; None where none was registered for the ``season``.
    ``late``: it was written after the season had begun. ``stamped_at`` is when somebody else's time
    stamp proves that it existed, None where none does. ``unexplained`` names, by the first part of
    their keys, the rules in which the edition differs though no deviation explains it.
    """

    season: str
    sha256: str | None = None
    written_at: datetime | None = None
    late: bool = False
    stamped_at: datetime | None = None
    deviations: tuple[ProtocolDeviation, ...] = ()
    unexplained: tuple[str, ...] = ()


class Findings(Value):
    """An edition of a week: everything its documents show, and nothing they must look up.

    ``categories`` gives the titles of the registry's categories; ``previous_versions`` what made
    the numbers of ``previous_week``; ``signals`` how often each platform's listings told what they
    are judged by, empty in editions made before; ``withheld`` is there in a public edition only.
    ``waiting`` are the listings that a policy without a known start would forbid; they breach
    nothing. ``annotator_errors`` is None where no control was answered, and in older editions, as
    are ``used_clothing_errors``, those of the answers to the other question.
    ``compared`` are the platforms of which both modes met the same pages. ``inspectors`` counts the
    people who handed pages in at the desk; None where that was nobody, or pages came as files.
    ``cases`` are the confirmed offers of this and of earlier released editions, by platform and
    item; empty in editions made before, and in a public one. ``replaces`` is what a corrected
    edition replaces; None in others, and in those made before it was told. ``promise_pages`` say
    what became of the words of promises; empty where no page was kept, and in older editions.
    ``used_clothing`` are the offers of used clothing that breach a policy, which no other list and
    no count of changes holds: all others are of foreign sellers. Their cases stand among the
    ``cases``, in the cluster ``used_clothing``.
    ``protocol`` is what was registered of the season's rules; None in editions made before.
    ``replies`` are of the platforms that were asked about this week's cases and figures before a
    release; empty where none was, and in editions made before. ``accuracy`` has a card for each
    marketplace with labels of live weeks, none in a simulation; None in editions made before.
    ``list_weights`` name the lists whose entries a query log weighs; empty where all of the week's
    entries count alike, None where they do not and no log says why, and in editions made before.
    ``registration_numbers`` counts those that the own pages of the audit sample show, ``prices``
    are the median ones by commodity and origin; both are empty in editions made before.
    ``foreign_sellers`` has a row for each marketplace of the plan, empty in editions made before.
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
    replies: tuple[PlatformReply, ...] = ()
    accuracy: tuple[AccuracyCard, ...] | None = None
    used_clothing_errors: AnnotatorErrors | None = None
    list_weights: tuple[ListWeights, ...] | None = None
    registration_numbers: tuple[NumberCount, ...] = ()
    prices: tuple[MedianPrice, ...] = ()
    foreign_sellers: tuple[ForeignSellers, ...] = ()
    schema: int = 1

    def of(self, question: Question) -> Findings:
        """The edition with the cells, what goes with cells, and the cases of one question alone.

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
            cases=asked(self.cases),
        )
