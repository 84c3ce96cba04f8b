"""What a policy forbids on a day: pure, three-valued logic. None always means "cannot be told"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain

from msgspec.structs import replace

from monitor.config import JAKARTA
from monitor.model import (
    Classification,
    Cluster,
    Condition,
    CrossBorder,
    DisplayedInformation,
    Listing,
    Money,
    Policy,
    PolicyKind,
    PolicyScope,
    Prohibited,
    Question,
    none_of,
    ruled_out,
)
from monitor.registry.values import Rate, Registry

FORBIDDING_KINDS = {PolicyKind.promise, PolicyKind.regulation}
_IS_FOREIGN = {CrossBorder.cross_border: True, CrossBorder.domestic: False}
_INSTANT = timedelta(microseconds=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def in_force(policy: Policy, moment: datetime) -> bool:
    """Whether ``moment`` is in [from, until). A policy without a known start never is."""
    return policy.from_ is not None and policy.from_ <= moment and not _ended(policy, moment)


def asks_who_sells(policy: Policy) -> bool:
    """Whether a policy forbids offers of foreign sellers alone."""
    return not policy.whoever_sells and policy.scope is not PolicyScope.prohibited_goods


def question_of(policy: Policy) -> Question | None:
    """What people must be asked of an offer to hold it to a policy; None where nobody asks that."""
    if policy.prohibited is Prohibited.used_clothing:
        return Question.used_clothing
    return Question.cross_border if asks_who_sells(policy) else None


def applicable(
    registry: Registry, platform: str, moment: datetime, until: datetime | None = None
) -> tuple[Policy, ...]:
    """The policies to show for a platform, those that began first before the others.

    Those in force at ``moment`` (or at any time in [moment, until)), and those whose start nobody
    knows.
    """
    last_moment = max(moment, until - _INSTANT) if until else moment
    policies = (
        policy
        for policy in registry.policies
        if platform in policy.platforms
        and not _ended(policy, moment)
        and (policy.from_ is None or policy.from_ <= last_moment)
    )
    return tuple(sorted(policies, key=lambda policy: policy.from_ or _LONG_AGO))


def primary(
    registry: Registry,
    platform: str,
    cluster: Cluster,
    moment: datetime,
    until: datetime | None = None,
) -> Policy | None:
    """The policy that carries the verdict of platform × cluster; it may be one nobody verified.

    Of several in [moment, until) it is the one that began last; None where there is none.
    """
    primary_policies = [
        policy
        for policy in applicable(registry, platform, moment, until)
        if cluster in policy.primary_for and platform in (policy.primary_on or policy.platforms)
    ]
    return primary_policies[-1] if primary_policies else None


def breaches(
    registry: Registry,
    listing: Listing,
    classification: Classification,
    moment: datetime | None,
    policies: Iterable[Policy] | None = None,
) -> tuple[Policy, ...]:
    """The ``policies`` (else all) in force at ``moment`` that certainly forbid the listing.

    Sightings without a time breach nothing. Where a policy speaks of foreign sellers only
    ``cross_border`` offers breach it, never ``suspected`` ones nor goods that a local seller
    imported; where it speaks of goods, only those that certainly are such goods.
    """
    if moment is None:
        return ()
    rates, categories = registry.rates, registry.categories
    return tuple(
        policy
        for policy in (registry.policies if policies is None else policies)
        if listing.platform in policy.platforms
        and forbids(policy, listing, classification, moment, rates, categories) is True
    )


def forbids(
    policy: Policy,
    listing: Listing,
    classification: Classification,
    moment: datetime | None,
    rates: Iterable[Rate] = (),
    categories: Mapping[str, Cluster] | None = None,
    displayed: DisplayedInformation | None = None,
) -> bool | None:
    """Whether a policy forbids an offer seen at ``moment`` (aware); None where it cannot be told.

    ``categories`` (the cluster of each category) settles scope where the commodity is unknown but
    its cluster holds none of those named, and unsettles it where cluster and commodity contradict
    each other. A price of 0 is no price. ``displayed`` is what the offer's own page shows, None
    where that was not read. Closures and context entries forbid no listing; papers filed with a
    platform do not show on a page, so duties of that kind are at most None.
    """
    if policy.kind not in FORBIDDING_KINDS or policy.scope is PolicyScope.platform:
        return False
    conclusion: bool | None = True
    conditions = chain(
        _who_and_when(policy, listing, classification, moment),
        _goods(policy, classification, categories or {}),
        _substance(policy, listing, classification, moment, rates, displayed),
    )
    for condition in conditions:
        if condition is False:
            return False
        conclusion = None if condition is None else conclusion
    return conclusion


def commodities(
    registry: Registry, listing: Listing, cluster: Cluster, moment: datetime | None
) -> tuple[str, ...]:
    """The categories of ``cluster`` between which a person must choose, as policies name them.

    Those of each policy that forbids a foreign offer of one commodity, but not of another; empty
    where no policy's answer hangs on the commodity.
    """
    clusters = registry.categories
    choices: dict[str, None] = {}
    for policy in registry.policies:
        named = [
            category
            for category in (*policy.categories, *policy.exempt_categories)
            if clusters.get(category) is cluster
        ]
        answers = _answers(registry, policy, listing, cluster, [*named, none_of(named)], moment)
        if named and True in answers and len(answers) > 1:
            choices |= dict.fromkeys(named)
    return tuple(choices)


def same_for_policies(
    registry: Registry,
    listing: Listing,
    cluster: Cluster,
    categories: Iterable[str | None],
    moment: datetime | None,
) -> bool:
    """Whether each policy says the same of a foreign offer, whichever of ``categories`` it is."""
    categories = set(categories)
    return all(
        len(_answers(registry, policy, listing, cluster, categories, moment)) < 2
        for policy in registry.policies
    )


def _answers(
    registry: Registry,
    policy: Policy,
    listing: Listing,
    cluster: Cluster,
    categories: Iterable[str | None],
    moment: datetime | None,
) -> set[bool | None]:
    """What a policy says of a foreign offer, once for each category that it might be."""
    rates, clusters = registry.rates, registry.categories
    foreign = Classification(
        cluster=cluster,
        cluster_score=1.0,
        cross_border=CrossBorder.cross_border,
        cross_border_score=1.0,
        classifier="",
    )
    return {
        forbids(policy, listing, replace(foreign, category=category), moment, rates, clusters)
        for category in categories
    }


def price_in(currency: str, price: Money, day: date, rates: Iterable[Rate]) -> Decimal | None:
    """``price`` in another currency at the rates of ``day`` (WIB); None without a rate."""
    if price.currency == currency:
        return price.amount
    rupiah_of = {"IDR": Decimal(1)}
    for rate in rates:
        if rate.from_ <= day < rate.until:
            rupiah_of.setdefault(rate.currency, rate.per_unit)
    if price.currency not in rupiah_of or currency not in rupiah_of:
        return None
    return price.amount * rupiah_of[price.currency] / rupiah_of[currency]


def _who_and_when(
    policy: Policy, listing: Listing, classification: Classification, moment: datetime | None
) -> Iterator[bool | None]:
    """Whether platform, seller and time are those that a policy speaks of."""
    yield listing.platform in policy.platforms
    if asks_who_sells(policy):
        yield _IS_FOREIGN.get(classification.cross_border)
    yield _covers_moment(policy, moment)


def _goods(
    policy: Policy, classification: Classification, categories: Mapping[str, Cluster]
) -> Iterator[bool | None]:
    """Whether the goods are those that a policy covers; None where that cannot be told."""
    if policy.clusters:
        cluster = classification.cluster
        yield None if cluster is Cluster.unknown else cluster in policy.clusters
    if policy.categories:
        yield _is_among(policy.categories, classification, categories)
    if policy.exempt_categories:
        exempt = _is_among(policy.exempt_categories, classification, categories)
        yield None if exempt is None else not exempt
    if not policy.goods_known:
        yield None


def _substance(
    policy: Policy,
    listing: Listing,
    classification: Classification,
    moment: datetime | None,
    rates: Iterable[Rate],
    displayed: DisplayedInformation | None,
) -> Iterator[bool | None]:
    """Whether what the scope of a policy forbids is there; None for what no page shows."""
    if policy.scope is PolicyScope.seller_cross_border:
        yield True
    elif policy.scope is PolicyScope.prohibited_goods:
        yield _is_prohibited(policy, classification)
    elif policy.scope is PolicyScope.displayed_information:
        yield _lacks_information(policy, displayed)
    elif policy.scope is PolicyScope.price_floor:
        yield True if asks_who_sells(policy) else _is_imported(classification)
        yield _is_below_floor(policy, listing, moment, rates)
    else:
        yield None


def _ended(policy: Policy, moment: datetime) -> bool:
    return policy.until is not None and moment >= policy.until


def _covers_moment(policy: Policy, moment: datetime | None) -> bool | None:
    """Whether the policy holds at a moment; None where its start or the moment is not known."""
    if moment is None or (policy.from_ is None and not _ended(policy, moment)):
        return None
    return in_force(policy, moment)


def _is_among(
    named: tuple[str, ...], classification: Classification, clusters: Mapping[str, Cluster]
) -> bool | None:
    """Whether the commodity is one of those named; ``clusters`` says where each belongs."""
    cluster, category = classification.cluster, classification.category
    # "None of these" was said of the commodities offered then; a policy may name others today.
    if (excluded := ruled_out(category)) is not None:
        possible = {name for name in named if clusters.get(name, cluster) is cluster}
        return False if cluster is not Cluster.unknown and possible <= excluded else None
    if category is not None:
        consistent = cluster in (clusters.get(category, cluster), Cluster.unknown)
        return category in named if consistent else None
    if cluster is Cluster.unknown or not clusters:
        return None
    return None if any(clusters.get(name) is cluster for name in named) else False


def _is_prohibited(policy: Policy, classification: Classification) -> bool | None:
    """Whether the goods certainly are those that the policy bans; False where they are not.

    New goods are no used clothing, and neither is what is neither clothing nor unknown.
    """
    if policy.prohibited is None:
        return None
    if classification.prohibited is policy.prohibited:
        return True
    clothing = classification.cluster in {Cluster.textile_fashion, Cluster.unknown}
    is_clear = classification.prohibited is None and (
        classification.condition is Condition.new or not clothing
    )
    return False if policy.prohibited is Prohibited.used_clothing and is_clear else None


def _lacks_information(policy: Policy, displayed: DisplayedInformation | None) -> bool | None:
    """Whether the own page lacks anything that it must show; None where it was not read for all."""
    if displayed is None or not policy.must_display:
        return None
    if {*policy.must_display} & {*displayed.missing}:
        return True
    return False if {*policy.must_display} <= {*displayed.shown} else None


def _is_imported(classification: Classification) -> bool | None:
    """Whether the goods come from abroad, whoever sells them."""
    if classification.cross_border is CrossBorder.cross_border or classification.imported_goods:
        return True
    is_local = classification.cross_border is CrossBorder.domestic
    return False if is_local and classification.imported_goods is False else None


def _is_below_floor(
    policy: Policy, listing: Listing, moment: datetime | None, rates: Iterable[Rate]
) -> bool | None:
    """Whether the price is below the policy's floor; None where price, currency, day or rate is
    missing."""
    if policy.price_floor is None:
        return None
    if not listing.price or listing.currency is None or moment is None:
        return None
    price = Money(amount=listing.price, currency=listing.currency)
    day = moment.astimezone(JAKARTA).date()
    converted = price_in(policy.price_floor.currency, price, day, rates)
    return None if converted is None else converted < policy.price_floor.amount
