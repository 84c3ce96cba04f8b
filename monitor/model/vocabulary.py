"""The words of DESIGN's vocabulary as enumerations."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from monitor.model.base import Value


class Question(StrEnum):
    """What is asked of an offer: does a foreign seller offer it, is it imported used clothing."""

    cross_border = "cross_border"
    used_clothing = "used_clothing"


class Cluster(StrEnum):
    """AKAR's product groups, ``other`` for what is in none, ``unknown`` for what cannot be told.

    ``used_clothing`` groups entries of the frame, never goods: used clothes are ``textile_fashion``
    to the classifier.
    """

    textile_fashion = "textile_fashion"
    food_beverage = "food_beverage"
    crafts = "crafts"
    other = "other"
    unknown = "unknown"
    used_clothing = "used_clothing"

    @property
    def question(self) -> Question:
        """What is asked of the offers that the group's entries show."""
        is_used = self is Cluster.used_clothing
        return Question.used_clothing if is_used else Question.cross_border


GOODS_CLUSTERS = tuple(cluster for cluster in Cluster if cluster is not Cluster.used_clothing)
"""The groups that goods can be of, ``unknown`` among them."""


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

    @property
    def speaks(self) -> bool:
        """Whether it says anything about compliance."""
        return self in (UnitState.sampled, UnitState.empty)


ROBOTS_UNREACHABLE = "robots-unreachable"
"""Why a unit is disallowed whose robots.txt gave no answer (RFC 9309, 2.3.1.4); no refusal."""

GONE_ANSWERS = frozenset({"http-404", "http-410"})
"""Reasons of an unreachable page that do not mean that the platform is."""


class Origin(StrEnum):
    """Where data came from; a store never mixes ``simulated`` with the others."""

    live = "live"
    saved = "saved"
    simulated = "simulated"


class Mode(StrEnum):
    """Who met a page: our crawler, or an inspector in their own browser."""

    crawler = "crawler"
    inspector = "inspector"


class CollectedBy(StrEnum):
    """Who is asked for the pages of a platform, or for one page of the plan."""

    crawler = "crawler"
    inspector = "inspector"
    both = "both"

    def includes(self, mode: Mode) -> bool:
        """Whether the pages are asked of this mode."""
        return self is CollectedBy.both or self.value == mode.value


SignalField = Literal["ship_from", "cross_border_flag", "seller_id", "price", "category"]
"""A field of a listing whose loss would leave a week without evidence."""


class Stratum(StrEnum):
    """How shoppers reach an entry: frequent words, rare words, or the words of relisted offers.

    Entries of the ``second_way`` are category pages beside the list. They are in no share, no
    trend and no audit draw; they tell how many sellers the list does not meet.
    """

    head = "head"
    tail = "tail"
    synonym = "synonym"
    second_way = "second_way"


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
    """The word a cell gets; ``unconfirmed_policy`` while nobody confirmed a press-only policy.

    ``awaiting_second``: something is confirmed, but not yet two offers of different sellers that
    bear the platform's own mark, nor one that a third person looked at.
    ``within_tolerance``: something is confirmed, and its share is tolerated.
    """

    non_compliant = "non_compliant"
    breaches_found = "breaches_found"
    awaiting_second = "awaiting_second"
    within_tolerance = "within_tolerance"
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
    """What a policy forbids.

    Foreign sellers, cheap imports, goods of a kind whoever sells them, offers whose own page lacks
    what it must show, missing papers that no page shows, a platform.
    """

    seller_cross_border = "seller_cross_border"
    price_floor = "price_floor"
    prohibited_goods = "prohibited_goods"
    displayed_information = "displayed_information"
    information_duty = "information_duty"
    platform = "platform"


class Condition(StrEnum):
    """Whether goods are used or new; ``unknown`` where neither a field nor words tell."""

    used = "used"
    new = "new"
    unknown = "unknown"


class Prohibited(StrEnum):
    """Goods that may not be offered by anybody; ``suspected_…`` where only part of it shows."""

    used_clothing = "used_clothing"
    suspected_used_clothing = "suspected_used_clothing"


class DisplayedItem(StrEnum):
    """What a rule may ask an offer's own page to show."""

    indonesian_description = "indonesian_description"
    dispatch_country = "dispatch_country"
    registration_number = "registration_number"


class Verification(StrEnum):
    """How well a policy is documented."""

    gazette = "gazette"
    press = "press"
    unverified = "unverified"


class Text(Value):
    """One text in the report's two languages."""

    id: str
    en: str


class Role(StrEnum):
    """What a personal link opens: the labels, the inspection desk, or the editions to read."""

    annotator = "annotator"
    inspector = "inspector"
    reader = "reader"
