"""What a policy forbids on a day: pure, three-valued logic. None always means "cannot be told"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from monitor.config import JAKARTA
from monitor.model import (
    Classification,
    Cluster,
    CrossBorder,
    Listing,
    Money,
    Policy,
    PolicyKind,
    PolicyScope,
    none_of,
    ruled_out,
)
from monitor.registry.values import Rate, Registry

FORBIDDING_KINDS = {PolicyKind.promise, PolicyKind.regulation}
_INSTANT = timedelta(microseconds=1)
_EVER = datetime.min.replace(tzinfo=UTC)


def in_force(policy: Policy, moment: datetime) -> bool:
    """Whether ``moment`` is in [from, until). A policy without a known start never is."""
    return policy.from_ is not None and policy.from_ <= moment and not _ended(policy, moment)


def applicable(
    registry: Registry, platform: str, moment: datetime, until: datetime | None = None
) -> tuple[Policy, ...]:
    """Policies to show for a platform, those that began first before the others: in force at
    ``moment`` (or at any time in [moment, until)), and those whose start nobody knows."""
    last = max(moment, until - _INSTANT) if until else moment
    found = (
        policy
        for policy in registry.policies
        if platform in policy.platforms
        and not _ended(policy, moment)
        and (policy.from_ is None or policy.from_ <= last)
    )
    return tuple(sorted(found, key=lambda policy: policy.from_ or _EVER))


def primary(
    registry: Registry,
    platform: str,
    cluster: Cluster,
    moment: datetime,
    until: datetime | None = None,
) -> Policy | None:
    """The policy that carries the verdict of platform × cluster; it may be one nobody verified.

    Of several in [moment, until) it is the one that began last.
    """
    leading = [
        policy
        for policy in applicable(registry, platform, moment, until)
        if cluster in policy.primary_for and platform in (policy.primary_on or policy.platforms)
    ]
    return leading[-1] if leading else None


def breaches(
    registry: Registry, listing: Listing, classification: Classification, moment: datetime | None
) -> tuple[Policy, ...]:
    """The policies in force at ``moment`` that certainly forbid the listing.

    Only ``cross_border`` offers breach; ``suspected`` ones, goods imported by a local seller and
    sightings without a time never do.
    """
    if moment is None or classification.cross_border is not CrossBorder.cross_border:
        return ()
    categories = registry.categories
    return tuple(
        policy
        for policy in registry.policies
        if forbids(policy, listing, classification, moment, registry.rates, categories) is True
    )


def forbids(
    policy: Policy,
    listing: Listing,
    classification: Classification,
    moment: datetime | None,
    rates: Iterable[Rate] = (),
    categories: Mapping[str, Cluster] | None = None,
) -> bool | None:
    """Whether a policy forbids an offer seen at ``moment`` (aware); None where it cannot be told.

    ``categories`` (the cluster of each category) settles scope where the commodity is unknown but
    its cluster holds none of those named, and unsettles it where cluster and commodity contradict
    each other. A price of 0 is no price. Closures and context entries forbid no listing; duties of
    information do not show on a page, so they are at most None.
    """
    if policy.kind not in FORBIDDING_KINDS or policy.scope is PolicyScope.platform:
        return False
    answer: bool | None = True
    for fact in _facts(policy, listing, classification, moment, rates, categories):
        if fact is False:
            return False
        answer = None if fact is None else answer
    return answer


def commodities(
    registry: Registry, listing: Listing, cluster: Cluster, moment: datetime | None
) -> tuple[str, ...]:
    """The categories of ``cluster`` between which a person must choose, as policies name them.

    Those of each policy that forbids a foreign offer of one commodity, but not of another; empty
    where no policy's answer hangs on the commodity.
    """
    known = registry.categories
    found: dict[str, None] = {}
    for policy in registry.policies:
        both = (*policy.categories, *policy.exempt_categories)
        named = [each for each in both if known.get(each) is cluster]
        choices = [*named, none_of(named)]
        answers = {_if(registry, policy, listing, moment, cluster, each) for each in choices}
        if named and True in answers and len(answers) > 1:
            found |= dict.fromkeys(named)
    return tuple(found)


def same_for_policies(
    registry: Registry,
    listing: Listing,
    cluster: Cluster,
    said: Iterable[str | None],
    moment: datetime | None,
) -> bool:
    """Whether each policy says the same of a foreign offer, whichever category ``said`` it is."""
    said = set(said)
    return all(
        len({_if(registry, policy, listing, moment, cluster, each) for each in said}) < 2
        for policy in registry.policies
    )


def _if(
    registry: Registry,
    policy: Policy,
    listing: Listing,
    moment: datetime | None,
    cluster: Cluster,
    category: str | None,
) -> bool | None:
    foreign = Classification(
        cluster=cluster,
        cluster_score=1.0,
        cross_border=CrossBorder.cross_border,
        cross_border_score=1.0,
        classifier="",
        category=category,
    )
    return forbids(policy, listing, foreign, moment, registry.rates, registry.categories)


def price_in(currency: str, price: Money, day: date, rates: Iterable[Rate]) -> Decimal | None:
    """``price`` in another currency at the rates of ``day`` (WIB); None without a rate."""
    if price.currency == currency:
        return price.amount
    rates = tuple(rates)
    here, there = _rupiah(price.currency, day, rates), _rupiah(currency, day, rates)
    return None if here is None or there is None else price.amount * here / there


def _facts(
    policy: Policy,
    listing: Listing,
    seen: Classification,
    moment: datetime | None,
    rates: Iterable[Rate],
    categories: Mapping[str, Cluster] | None,
) -> Iterator[bool | None]:
    yield listing.platform in policy.platforms
    yield _cross_border(seen.cross_border)
    yield _time(policy, moment)
    yield _cluster(policy, seen.cluster)
    yield _category(policy, seen, categories)
    yield _not_exempt(policy, seen, categories)
    yield _substance(policy, listing, moment, rates)


def _ended(policy: Policy, moment: datetime) -> bool:
    return policy.until is not None and moment >= policy.until


def _time(policy: Policy, moment: datetime | None) -> bool | None:
    if moment is None:
        return None
    if policy.from_ is None:
        return False if _ended(policy, moment) else None
    return in_force(policy, moment)


def _cross_border(status: CrossBorder) -> bool | None:
    return {CrossBorder.cross_border: True, CrossBorder.domestic: False}.get(status)


def _cluster(policy: Policy, cluster: Cluster) -> bool | None:
    if not policy.clusters:
        return True
    return None if cluster is Cluster.unknown else cluster in policy.clusters


def _category(
    policy: Policy, seen: Classification, categories: Mapping[str, Cluster] | None
) -> bool | None:
    if not policy.categories:
        return True
    return _among(policy.categories, seen, categories)


def _not_exempt(
    policy: Policy, seen: Classification, categories: Mapping[str, Cluster] | None
) -> bool | None:
    exempt = _among(policy.exempt_categories, seen, categories)
    return None if exempt is None else not exempt


def _among(
    named: tuple[str, ...], seen: Classification, categories: Mapping[str, Cluster] | None
) -> bool | None:
    if not named:
        return False
    known = categories or {}
    if (excluded := ruled_out(seen.category)) is not None:
        here = {each for each in named if known.get(each, seen.cluster) is seen.cluster}
        return False if seen.cluster is not Cluster.unknown and here <= excluded else None
    if seen.category is not None:
        within = known.get(seen.category, seen.cluster)
        return seen.category in named if seen.cluster in (within, Cluster.unknown) else None
    if seen.cluster is Cluster.unknown or not known:
        return None
    return None if any(known.get(each) is seen.cluster for each in named) else False


def _substance(
    policy: Policy, listing: Listing, moment: datetime | None, rates: Iterable[Rate]
) -> bool | None:
    if policy.scope is PolicyScope.seller_cross_border:
        return True
    if policy.scope is not PolicyScope.price_floor or policy.price_floor is None:
        return None
    if not listing.price or listing.currency is None or moment is None:
        return None
    shown = Money(amount=listing.price, currency=listing.currency)
    day = moment.astimezone(JAKARTA).date()
    price = price_in(policy.price_floor.currency, shown, day, rates)
    return None if price is None else price < policy.price_floor.amount


def _rupiah(currency: str, day: date, rates: Iterable[Rate]) -> Decimal | None:
    if currency == "IDR":
        return Decimal(1)
    for rate in rates:
        if rate.currency == currency and rate.from_ <= day < rate.until:
            return rate.per_unit
    return None
