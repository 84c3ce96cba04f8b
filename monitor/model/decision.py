"""What the classifier says of a listing, and what stood at a place."""

from __future__ import annotations

from datetime import datetime

from monitor.model.base import Value
from monitor.model.page import LabelKey, Listing, ResponseRecord, VersionKey
from monitor.model.vocabulary import (
    Cluster,
    Condition,
    CrossBorder,
    Mode,
    Origin,
    Prohibited,
    Question,
    Stratum,
)


class Signal(Value):
    """One reason behind a decision: its kind (``platform_flag``, ``title``, …) and its words."""

    kind: str
    text: str


CONDITION_SIGNALS = frozenset(
    {"condition_field", "used_words", "bale_words", "new_words", "used_import"}
)
"""Kinds of signal that tell whether goods are used, and imported or from a bale."""
GROUP_SIGNALS = frozenset({"title", "title_word", "category_path"}) | CONDITION_SIGNALS
"""Kinds of signal that tell what the goods are, not where the seller is."""


class Classification(Value):
    """The decisions about one listing, calibrated scores in [0, 1], and why.

    ``prohibited`` is None where nothing speaks of goods that nobody may offer; that alone does not
    say that they are none (see ``condition``).
    """

    cluster: Cluster
    cluster_score: float
    cross_border: CrossBorder
    cross_border_score: float
    classifier: str
    category: str | None = None
    imported_goods: bool | None = None
    condition: Condition = Condition.unknown
    prohibited: Prohibited | None = None
    signals: tuple[Signal, ...] = ()


class Observation(Value):
    """What stood at a place, with its current classification.

    ``cluster`` and ``stratum`` are the entry's, None outside the plan; ``week`` is the one it
    counts for, ``first_seen`` the first week this store saw the listing. ``version`` is the content
    hash of the listing version.
    """

    id: int
    listing_version_id: int
    version: str
    listing: Listing
    origin: Origin
    mode: Mode = Mode.crawler
    unit_id: str | None = None
    entry_id: str | None = None
    query: str | None = None
    cluster: Cluster | None = None
    stratum: Stratum | None = None
    rank: int | None = None
    observed_at: datetime | None = None
    week: str | None = None
    first_seen: str | None = None
    classification: Classification | None = None
    received: ResponseRecord | None = None

    @property
    def key(self) -> VersionKey:
        """The listing version that stood there."""
        return VersionKey(self.listing.platform, self.listing.item_id, self.version)

    @property
    def question(self) -> Question:
        """What is asked of it, by the group of the entry that showed it."""
        return self.cluster.question if self.cluster else Question.cross_border

    @property
    def label_key(self) -> LabelKey:
        """What the labels that count for it are about."""
        return LabelKey(*self.key, self.question)

    @property
    def status(self) -> CrossBorder:
        """Its cross-border status, ``unknown`` where it is not classified."""
        decision = self.classification
        return decision.cross_border if decision else CrossBorder.unknown
