"""Promises, rules and their own examples."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from monitor.model.base import Value
from monitor.model.displayed import DisplayedInformation
from monitor.model.vocabulary import (
    Cluster,
    Condition,
    CrossBorder,
    DisplayedItem,
    PolicyKind,
    PolicyScope,
    Prohibited,
    Text,
    Verification,
)


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


class PolicyExample(Value):
    """A listing a policy must hit or miss: the policy's own test."""

    title: str
    platform: str
    on: datetime
    cluster: Cluster
    cross_border: CrossBorder
    category: str | None = None
    price: Money | None = None
    imported_goods: bool | None = None
    condition: Condition = Condition.unknown
    prohibited: Prohibited | None = None
    displayed: DisplayedInformation | None = None
    why: str | None = None


class Policy(Value):
    """One version of a promise, regulation, closure or context entry.

    ``clusters`` and ``categories`` empty mean all. ``primary_for`` names the clusters in which
    this policy carries the verdict of a cell, on the platforms of ``primary_on`` (all of its
    platforms where empty). ``akar`` marks promises made in AKAR, which the report names first.
    ``from_`` is None only where unverified. ``whoever_sells``: it binds sellers in Indonesia as
    well as foreign ones. ``prohibited`` are the goods that a ``prohibited_goods`` policy bans,
    ``must_display`` is what a ``displayed_information`` policy asks of an offer's own page.
    ``goods_known`` is False where no list of the goods it covers is known: it then forbids nothing
    for certain.
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
    akar: bool = False
    price_floor: Money | None = None
    prohibited: Prohibited | None = None
    must_display: tuple[DisplayedItem, ...] = ()
    whoever_sells: bool = False
    goods_known: bool = True
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
    hits: tuple[PolicyExample, ...] = ()
    misses: tuple[PolicyExample, ...] = ()

    @property
    def can_be_opened(self) -> bool:
        """Whether at least one of its sources has an address that a person can open."""
        return any(source.url for source in self.sources)

    @property
    def may_accuse(self) -> bool:
        """Whether a breach of it may be held against a platform in public.

        A gazette text may; what is known only from the press may once a person confirmed it; an
        unverified entry may not, nor one without a source that can be opened.
        """
        return self.can_be_opened and (
            self.verification is Verification.gazette
            or (self.verification is Verification.press and self.confirmed_by is not None)
        )


class PromisePage(Value):
    """A saved page on which a policy can be read, kept as evidence.

    ``lines`` are its readable text. ``observed_at`` is None where the file does not tell when it
    was saved; ``kept_at`` is when it was taken in.
    """

    policy: str
    url: str
    kept_at: datetime
    sha256: str
    evidence: str
    lines: tuple[str, ...]
    observed_at: datetime | None = None

    @property
    def day(self) -> datetime:
        """When its words stood there, as far as known: when it was saved, or else taken in."""
        return self.observed_at or self.kept_at


class PromiseHistory(Value):
    """What became of the words of a policy at one address, by its saved ``pages``.

    ``first`` and ``last`` are the times of the first and the last of them; the text is the same
    ``same_since``. ``changed_after`` is the time of the page before its newest change, None where
    it never changed; ``gone`` and ``added`` are the first changed lines, ``more`` counts further
    ones. ``quotation_gone``: an earlier page had the words that the registry quotes, the last one
    has them no more.
    """

    policy: str
    url: str
    pages: int
    first: datetime
    last: datetime
    same_since: datetime
    changed_after: datetime | None = None
    gone: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    more: int = 0
    quotation_gone: bool = False
