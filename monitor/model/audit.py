"""The frozen screen, the audit sample drawn from it, and the labels people give."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from monitor.model.base import Value
from monitor.model.page import VersionKey
from monitor.model.vocabulary import Cluster, CrossBorder


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


class AuditSample(Value):
    """The audit sample of a week. ``sha256`` is over week, seed, budget and items."""

    week: str
    seed: int
    budget: int
    drawn_at: datetime
    items: tuple[SampledListing, ...]
    sha256: str


class Answer(StrEnum):
    """What a person says of a listing."""

    yes = "yes"
    no = "no"
    cannot_tell = "cannot_tell"


class LabelKind(StrEnum):
    """A first look, an independent one after it, or the decision where they differ."""

    first = "first"
    second = "second"
    adjudication = "adjudication"


class Mark(StrEnum):
    """What a listing's own page says, in the platform's own words, of an offer from abroad."""

    none = "none"
    seller = "seller"
    dispatch = "dispatch"


class Label(Value):
    """One judgement, appended and never changed. ``cross_border``: a foreign seller offers it.

    ``category`` is the commodity, or ``none_of`` those that were offered; None where not asked.
    ``mark`` is the one that a person who says yes read on the own page; None where not noted.
    """

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
    mark: Mark | None = None

    @property
    def key(self) -> VersionKey:
        """The listing version it judges."""
        return VersionKey(self.platform, self.item_id, self.version)


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
