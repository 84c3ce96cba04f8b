"""The frozen screen, the audit sample drawn from it, and the labels people give."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from monitor.model.base import Value
from monitor.model.decision import Classification, Observation
from monitor.model.page import LabelKey, ListingKey, VersionKey
from monitor.model.vocabulary import Cluster, Condition, CrossBorder, Prohibited, Question


class ScreenStratum(StrEnum):
    """Where a place stands in the frozen screen, by the question that its entry asks.

    Of who sells, ``flagged`` is cross_border or suspected. Of used clothing it is used clothes that
    are imported or from a bale; where only part of that shows, or no condition is told, a place is
    ``unknown``, and new or other goods are ``domestic``: nothing speaks against them.
    """

    flagged = "flagged"
    unknown = "unknown"
    domestic = "domestic"

    @classmethod
    def of(
        cls, decision: Classification | None, question: Question = Question.cross_border
    ) -> ScreenStratum:
        """The stratum of a decision for a question; a listing without one is unknown."""
        if decision is None:
            return cls.unknown
        if question is Question.used_clothing:
            if decision.prohibited is not None:
                is_certain = decision.prohibited is Prohibited.used_clothing
                return cls.flagged if is_certain else cls.unknown
            may_be = decision.cluster in {Cluster.textile_fashion, Cluster.unknown}
            is_open = may_be and decision.condition is not Condition.new
            return cls.unknown if is_open else cls.domestic
        if decision.cross_border in (CrossBorder.cross_border, CrossBorder.suspected):
            return cls.flagged
        is_domestic = decision.cross_border is CrossBorder.domestic
        return cls.domestic if is_domestic else cls.unknown


def stratum_of(observation: Observation) -> ScreenStratum:
    """Where an observation stands in the screen, for the question that is asked of it."""
    return ScreenStratum.of(observation.classification, observation.question)


class SampledListing(Value):
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

    @property
    def key(self) -> VersionKey:
        """The listing version it is."""
        return VersionKey(self.platform, self.item_id, self.version)

    @property
    def question(self) -> Question:
        """What people are asked of it, by the group of the entry that shows it."""
        return self.cluster.question

    @property
    def label_key(self) -> LabelKey:
        """What its labels are about: the listing version, and the question."""
        return LabelKey(*self.key, self.question)

    @property
    def listing_key(self) -> ListingKey:
        """The listing it is a version of."""
        return ListingKey(self.platform, self.item_id)


class Answer(StrEnum):
    """What a person says of a listing."""

    yes = "yes"
    no = "no"
    cannot_tell = "cannot_tell"


class Control(Value):
    """A listing of an earlier week with a known ``answer``, shown to measure people's error.

    Nobody who labels is told it from others, and nothing else is made of what they say of it.
    ``week`` is the one it was seen in, ``after`` how many items of the audit sample come before it.
    """

    week: str
    observation_id: int
    platform: str
    item_id: str
    version: str
    cluster: Cluster
    answer: Answer
    after: int = 0

    @property
    def key(self) -> VersionKey:
        """The listing version it is."""
        return VersionKey(self.platform, self.item_id, self.version)

    @property
    def question(self) -> Question:
        """What people are asked of it, by the group of the entry that showed it."""
        return self.cluster.question

    @property
    def label_key(self) -> LabelKey:
        """What the answers to it are about."""
        return self.listing.label_key

    @property
    def listing(self) -> SampledListing:
        """The control as annotators meet it; stratum and probability mean nothing."""
        return SampledListing(
            observation_id=self.observation_id,
            platform=self.platform,
            item_id=self.item_id,
            version=self.version,
            cluster=self.cluster,
            stratum=ScreenStratum.unknown,
            probability=1.0,
        )


class AuditSample(Value):
    """The audit sample of a week. ``sha256`` is over week, seed, budget, items and controls."""

    week: str
    seed: int
    budget: int
    drawn_at: datetime
    items: tuple[SampledListing, ...]
    sha256: str
    controls: tuple[Control, ...] = ()

    @property
    def listings(self) -> tuple[SampledListing, ...]:
        """What people look at, in blind order: the items, and the controls among them."""
        places = [(number + 0.5, item) for number, item in enumerate(self.items)]
        places += [(float(control.after), control.listing) for control in self.controls]
        return tuple(listing for _, listing in sorted(places, key=lambda place: place[0]))


class LabelKind(StrEnum):
    """A first look, an independent one after it, or the decision where they differ."""

    first = "first"
    second = "second"
    adjudication = "adjudication"


class Mark(StrEnum):
    """What a person reads on a listing's own page that bears out a yes.

    Of an offer from abroad, in the platform's own words: the ``seller`` or the ``dispatch``. Of
    used clothing: the platform's field of ``condition``, or the page's own ``words`` of import or a
    bale.
    """

    none = "none"
    seller = "seller"
    dispatch = "dispatch"
    condition = "condition"
    words = "words"

    @property
    def bears_out(self) -> bool:
        """Whether it is enough by itself: that goods are used does not say that they came in."""
        return self not in {Mark.none, Mark.condition}

    @classmethod
    def of(cls, question: Question) -> tuple[Mark, ...]:
        """The marks that may be noted with an answer to a question."""
        if question is Question.used_clothing:
            return cls.none, cls.condition, cls.words
        return cls.none, cls.seller, cls.dispatch


class Label(Value):
    """One judgement, appended and never changed: the ``answer`` to a ``question`` about an offer.

    The answers to one question say nothing of another one. ``category`` is the commodity, or
    ``none_of`` those that were offered; None where not asked. ``mark`` is the one that a person who
    says yes read on the own page; None where not noted.
    """

    platform: str
    item_id: str
    version: str
    week: str
    annotator: str
    kind: LabelKind
    at: datetime
    answer: Answer
    question: Question = Question.cross_border
    cluster: Cluster | None = None
    category: str | None = None
    note: str | None = None
    mark: Mark | None = None

    @property
    def key(self) -> LabelKey:
        """The listing version it judges, and the question that it answers."""
        return LabelKey(self.platform, self.item_id, self.version, self.question)

    @property
    def version_key(self) -> VersionKey:
        """The listing version it judges."""
        return self.key.version_key


_NONE_OF = "not:"


def none_of(categories: Iterable[str]) -> str:
    """The ``category`` of a label that says "none of these": ``not:batik,hijab``.

    It names what was offered, so that a commodity which a later policy names stays unknown.
    """
    return _NONE_OF + ",".join(sorted(categories))


def ruled_out(category: str | None) -> frozenset[str] | None:
    """The categories that ``none_of`` excludes; None for anything else."""
    if category is None or not category.startswith(_NONE_OF):
        return None
    return frozenset(category.removeprefix(_NONE_OF).split(","))
