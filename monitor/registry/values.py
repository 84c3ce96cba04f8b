"""What the ministry decides, as frozen values: platforms, clusters, policies, frame and rates."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from monitor.config import PantauError
from monitor.model import (
    HOME,
    Cluster,
    CollectedBy,
    Entry,
    EntryKind,
    ListWeights,
    Policy,
    SignalField,
    Text,
    Value,
)


class RegistryError(PantauError):
    """The registry cannot be used; ``problems`` has one line each: file, entry, field and mend."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class HomeCountry(Value):
    """The country whose marketplaces are watched: what comes from elsewhere is from abroad.

    ``code`` is ISO 3166 alpha-2. ``places`` are the names of its places, by which a page tells that
    an offer is dispatched within it; those of Indonesia come with the program.
    """

    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = HOME
    places: tuple[str, ...] = ()


INDONESIA = HomeCountry()


class Platform(Value):
    """A marketplace and the ways into it that its robots.txt leaves open.

    ``url_templates`` (``entrances`` in the file) take ``{query}`` (percent-encoded), ``{slug}``
    (words joined by hyphens), ``{id}`` (what stands behind the query's last slash), ``{page}``
    (from 1), ``{page0}`` and ``{start}`` (page and offset, from 0) and ``{size}`` (positions a
    page); ``other_url_templates`` (``also``) are further addresses of the same pages, at which
    somebody may have saved them; ``detail`` takes ``{item_id}`` and ``{seller_id}``. ``browser``:
    what a result page lists is drawn by its scripts. ``reference`` platforms sell across the border
    openly, ``closed`` ones are kept for saved pages. ``collection`` says who is asked for its
    pages. ``floors`` are the least shares, in [0, 1], of listings that tell a field.
    """

    id: str
    name: str
    role: Literal["marketplace", "reference", "closed"]
    hosts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    page_size: Annotated[int, msgspec.Meta(ge=1)]
    country: str = "ID"
    currency: str = "IDR"
    url_templates: dict[EntryKind, str] = msgspec.field(default_factory=dict, name="entrances")
    other_url_templates: dict[EntryKind, tuple[str, ...]] = msgspec.field(
        default_factory=dict, name="also"
    )
    detail: str | None = None
    browser: bool = False
    collection: CollectedBy = CollectedBy.crawler
    closed_on: dt.date | None = None
    floors: dict[SignalField, Annotated[float, msgspec.Meta(ge=0, le=1)]] = msgspec.field(
        default_factory=dict
    )
    notes: str | None = None


class Permission(Value):
    """A platform's recorded leave to fetch ``paths`` (prefixes) that its robots.txt forbids."""

    platform: str
    who: str
    reference: str
    date: dt.date
    paths: tuple[Annotated[str, msgspec.Meta(pattern="^/")], ...]
    until: dt.date | None = None


class InspectionBasis(Value):
    """The recorded decision by which inspectors collect pages of ``platforms``.

    ``who`` decided it, on ``date``; ``reference`` is the letter or rule. ``until`` is its last day.
    """

    platforms: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    who: Annotated[str, msgspec.Meta(min_length=1)]
    reference: Annotated[str, msgspec.Meta(min_length=1)]
    date: dt.date
    until: dt.date | None = None


class Reply(Value):
    """What a platform answered to a report, shown beside its findings from ``date`` on."""

    platform: str
    date: dt.date
    text: Text
    reference: str | None = None


class CategoryDefinition(Value):
    """A commodity. ``terms`` are words of titles, Indonesian and English, that name it."""

    id: str
    title: Text
    cluster: Cluster
    terms: tuple[str, ...] = ()


class ClusterDefinition(Value):
    """A product group with what belongs to it."""

    id: Cluster
    title: Text
    definition: Text
    categories: tuple[CategoryDefinition, ...] = ()


class Rate(Value):
    """The Finance Ministry's rate: IDR for one unit of ``currency`` on days [from, until)."""

    currency: str
    per_unit: Decimal
    from_: dt.date = msgspec.field(name="from")
    until: dt.date
    source: str

    @property
    def last(self) -> dt.date:
        """The last day on which it holds."""
        return self.until - dt.timedelta(days=1)


class Frame(Value):
    """The pre-registered entries. ``cell_entries`` are wanted a week for a platform × cluster.

    ``weights`` name the lists whose entries are weighed by a query log. ``second_way`` are the
    category pages beside the list, which no share rests on; the ``version`` is of the list alone.
    """

    version: str
    entries: tuple[Entry, ...]
    cell_entries: int = 60
    weights: tuple[ListWeights, ...] = ()
    second_way: tuple[Entry, ...] = ()

    @property
    def lists(self) -> dict[str, str]:
        """A hash of the entries of each ``platform/cluster``, whatever their order."""
        entries: dict[str, list[bytes]] = defaultdict(list)
        for entry in self.entries:
            entries[f"{entry.platform}/{entry.cluster}"].append(msgspec.json.encode(entry))
        return {
            name: hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()[:16]
            for name, lines in sorted(entries.items())
        }


class Registry(Value, dict=True):
    """Everything the ministry decides; ``version`` is a hash over it, confirmations included."""

    platforms: dict[str, Platform]
    policies: tuple[Policy, ...]
    clusters: tuple[ClusterDefinition, ...]
    frame: Frame
    rates: tuple[Rate, ...] = ()
    permissions: tuple[Permission, ...] = ()
    inspection_bases: tuple[InspectionBasis, ...] = ()
    replies: tuple[Reply, ...] = ()
    country: HomeCountry = INDONESIA
    version: str = ""

    @cached_property
    def categories(self) -> dict[str, Cluster]:
        """The cluster of each category."""
        return {
            category.id: cluster.id for cluster in self.clusters for category in cluster.categories
        }

    def policy(self, policy_id: str) -> tuple[Policy, ...]:
        """All versions of a policy, oldest first."""
        return tuple(policy for policy in self.policies if policy.id == policy_id)

    def inspection_basis(self, platform: str, on: dt.date) -> InspectionBasis | None:
        """The newest decision by which inspectors may collect pages of a platform on a day (WIB).

        None where no decision is recorded that holds on that day.
        """
        bases = (
            basis
            for basis in self.inspection_bases
            if platform in basis.platforms
            and basis.date <= on
            and (basis.until is None or on <= basis.until)
        )
        return max(bases, key=lambda basis: basis.date, default=None)
