"""What the types alone cannot refuse: names that lead nowhere, overlaps, missing parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from math import inf
from string import Formatter
from typing import TypeVar

from monitor.config import JAKARTA, Confirmation
from monitor.model import Cluster, Entry, Money, Policy, PolicyKind, PolicyScope, Verification
from monitor.registry.values import Platform, Registry

_T = TypeVar("_T")
_BACKGROUND = {PolicyKind.closure, PolicyKind.context}
_MEASURED = (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts)
_PLACEHOLDERS = {"query", "slug", "page", "page0", "start", "size"}


def find_problems(registry: Registry, platforms: Sequence[Platform]) -> list[str]:
    """One line for each problem: file, entry, field and mend."""
    problems = [
        f"platforms.toml: platform {name}: written twice; give each platform one entry"
        for name in _repeated(platform.id for platform in platforms)
    ]
    for platform in registry.platforms.values():
        problems += (f"platforms.toml: platform {platform.id}: {p}" for p in _platform(platform))
    problems += (f"clusters.toml: {problem}" for problem in _clusters(registry))
    for policy in registry.policies:
        problems += (f"policies.toml: policy {policy.id}: {p}" for p in _policy(registry, policy))
    problems += (f"policies.toml: {problem}" for problem in _overlaps(registry.policies))
    problems += (f"frame.toml: {problem}" for problem in _frame(registry))
    problems += (f"rates.toml: {problem}" for problem in _rates(registry))
    problems += (f"permissions.toml: {problem}" for problem in _permissions(registry))
    return problems


def check_confirmations(
    policies: Sequence[Policy], confirmations: Mapping[str, Confirmation]
) -> list[str]:
    """Confirmations that name no policy, nobody, or a day before the policy was known."""
    problems = []
    for name, confirmation in confirmations.items():
        where = f"pantau.toml: confirmations.{name}"
        versions = [policy for policy in policies if policy.id == name]
        if not versions:
            problems.append(f"{where}: no such policy; `pantau policy list` shows their ids")
        elif not confirmation.by.strip():
            problems.append(f"{where}.by: empty; name the person who confirms")
        elif not any(confirms(policy, confirmation) for policy in versions):
            problems.append(f"{where}.on: {confirmation.on} is before the policy; correct the day")
    return problems


def confirms(policy: Policy, confirmation: Confirmation) -> bool:
    """Whether the person can have read this version: not before it was announced or began."""
    first = policy.announced or (policy.from_ and policy.from_.astimezone(JAKARTA).date())
    return first is None or confirmation.on >= first


def _platform(platform: Platform) -> Iterator[str]:
    if not platform.hosts:
        yield "hosts: empty; name at least one host"
    if platform.page_size < 1:
        yield "page_size: must be the number of places a page shows"
    if platform.role == "closed" and platform.closed_on is None:
        yield "closed_on: missing; say since when it is closed"
    for kind, template in platform.entrances.items():
        yield from _template(platform, f"entrances.{kind}", template, _PLACEHOLDERS)
    for kind, templates in platform.also.items():
        if kind not in platform.entrances:
            yield f"also.{kind}: there is no entrance of that kind; add one or remove this"
        for template in templates:
            yield from _template(platform, f"also.{kind}", template, _PLACEHOLDERS)
    if platform.detail is not None:
        yield from _template(platform, "detail", platform.detail, {"item_id", "seller_id"})


def _template(platform: Platform, field: str, template: str, known: set[str]) -> Iterator[str]:
    try:
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as error:
        yield f"{field}: {error}; write placeholders as {{query}}"
        return
    if unknown := names - known:
        yield f"{field}: unknown {sorted(unknown)}; known are {sorted(known)}"
    if not any(template.startswith(f"https://{host}/") for host in platform.hosts):
        yield f"{field}: {template!r} is not on one of its hosts; begin with https://HOST/"


def _clusters(registry: Registry) -> Iterator[str]:
    defined = [group.id for group in registry.clusters]
    for name in _repeated(defined):
        yield f"cluster {name}: written twice; define it once"
    for cluster in (*_MEASURED, Cluster.other):
        if cluster not in defined:
            yield f"cluster {cluster}: missing; define it"
    if Cluster.unknown in defined:
        yield "cluster unknown: is not a group; remove it"
    names = [each.id for group in registry.clusters for each in group.categories]
    for category in _repeated(names):
        yield f"category {category}: written twice; give each category one entry"


def _policy(registry: Registry, policy: Policy) -> Iterator[str]:
    if not policy.platforms:
        yield 'platforms: empty; name them, or write ["*"] for all'
    yield from _names(registry, policy)
    yield from _dates(policy)
    yield from _substance(policy)
    yield from _examples(registry, policy)


def _names(registry: Registry, policy: Policy) -> Iterator[str]:
    if policy.kind not in _BACKGROUND:
        for name in sorted({*policy.platforms} - registry.platforms.keys()):
            yield f"platforms: {name!r} is not in platforms.toml; add it there or correct it"
    for name in sorted({*policy.primary_on} - {*policy.platforms}):
        yield f"primary_on: {name!r} is not one of its platforms; correct it"
    for field in ("categories", "exempt_categories"):
        for name in sorted({*getattr(policy, field)} - registry.categories.keys()):
            yield f"{field}: {name!r} is not in clusters.toml; add it there or correct it"
    if Cluster.unknown in (*policy.clusters, *policy.primary_for):
        yield "clusters: unknown is not a group; remove it"
    else:
        yield from _leads(registry, policy)
    others = {each.id for each in registry.policies} - {policy.id}
    for name in sorted({*policy.also_covered_by} - others):
        yield f"also_covered_by: {name!r} is no other policy; correct it"


def _leads(registry: Registry, policy: Policy) -> Iterator[str]:
    """A cell whose verdict it carries must be one that it can say anything about."""
    reached = {registry.categories.get(name) for name in policy.categories}
    for cluster in policy.primary_for:
        if policy.clusters and cluster not in policy.clusters:
            yield f"primary_for: {cluster} is not among its clusters; correct one of them"
        elif policy.categories and None not in reached and cluster not in reached:
            yield f"primary_for: none of its categories is in {cluster}; correct one of them"


def _money(money: Money | None) -> Iterator[str]:
    if money is None:
        return
    if not money.amount.is_finite() or money.amount < 0:
        yield f"{money.amount} is not an amount; write it as 100 or 99.50"
    if not re.fullmatch("[A-Z]{3}", money.currency):
        yield f"{money.currency!r} is not a currency; write its three letters, as USD"


def _examples(registry: Registry, policy: Policy) -> Iterator[str]:
    numbered = [
        (f"{field} {number}", example)
        for field in ("hits", "misses")
        for number, example in enumerate(getattr(policy, field), 1)
    ]
    for where, example in numbered:
        if example.on.tzinfo is None:
            yield f"{where}: on: has no zone; write {_zoned(example.on)}"
        if example.category is not None and example.category not in registry.categories:
            yield f"{where}: category: {example.category!r} is not in clusters.toml; correct it"
        yield from (f"{where}: price: {problem}" for problem in _money(example.price))


def _dates(policy: Policy) -> Iterator[str]:
    naive = False
    for field, moment in (("from", policy.from_), ("until", policy.until)):
        if moment is not None and moment.tzinfo is None:
            naive = True
            yield f"{field}: has no zone; write {_zoned(moment)}"
    if policy.from_ is None and policy.verification is not Verification.unverified:
        yield 'from: missing; give it, or set verification = "unverified"'
    if not naive and policy.from_ and policy.until and policy.until <= policy.from_:
        yield "until: not after from; correct one of them"


def _substance(policy: Policy) -> Iterator[str]:
    if not policy.sources:
        yield "sources: empty; say where it can be read"
    if not 0 <= policy.tolerance < 1:
        yield f"tolerance: {policy.tolerance} is not a share; write 0.01 for 1 %"
    if policy.confirmed_by is not None:
        yield "confirmed_by: belongs in pantau.toml, under [confirmations.ID]; remove it here"
    if policy.kind in _BACKGROUND:
        if policy.primary_for:
            yield f"primary_for: a {policy.kind} carries no verdict; remove it"
        return
    yield from (f"price_floor: {problem}" for problem in _money(policy.price_floor))
    if policy.scope is PolicyScope.price_floor and policy.price_floor is None:
        yield 'price_floor: missing; write price_floor = { amount = "100", currency = "USD" }'
    if policy.scope is not PolicyScope.price_floor and policy.price_floor is not None:
        yield 'price_floor: needs scope = "price_floor"; correct one of them'


def _overlaps(policies: Sequence[Policy]) -> Iterator[str]:
    for one, other in combinations(policies, 2):
        if not _meet(one, other):
            continue
        if one.id == other.id:
            yield f"policy {one.id}: two versions overlap in time; end the older with until"
            continue
        for platform in sorted(_primary_on(one) & _primary_on(other)):
            for cluster in sorted({*one.primary_for} & {*other.primary_for}):
                yield (
                    f"policy {other.id}: primary_for: {one.id} is already primary for "
                    f"{platform} and {cluster}; take it out of one of them"
                )


def _meet(one: Policy, other: Policy) -> bool:
    def before(a: datetime | None, b: datetime | None) -> bool:
        return a is not None and b is not None and _aware(a) <= _aware(b)

    return not before(one.until, other.from_) and not before(other.until, one.from_)


def _primary_on(policy: Policy) -> set[str]:
    return {*(policy.primary_on or policy.platforms)} if policy.primary_for else set()


def _frame(registry: Registry) -> Iterator[str]:
    for entry in registry.frame.entries:
        platform = registry.platforms.get(entry.platform)
        if platform is None:
            yield f"entry {entry.id}: {entry.platform!r} is not in platforms.toml; correct it"
        elif entry.kind not in platform.entrances:
            yield (
                f"entry {entry.id}: {entry.platform} has no entrance for a {entry.kind}; add "
                f"entrances.{entry.kind} in platforms.toml or take the platform out of the list"
            )
        yield from _entry(entry)
    for platform_id, name in _repeated((e.platform, e.id) for e in registry.frame.entries):
        yield f"entry {name}: twice on {platform_id}; keep it in one list"


def _entry(entry: Entry) -> Iterator[str]:
    if not entry.query.strip():
        yield f"entry {entry.id}: empty query; write the words or the path"
    if entry.cluster not in _MEASURED:
        yield f"entry {entry.id}: cluster {entry.cluster} is not measured; correct it"
    if entry.pages < 1 or not 0 < entry.weight < inf:
        yield f"entry {entry.id}: pages and weight must be over 0"


def _rates(registry: Registry) -> Iterator[str]:
    for rate in registry.rates:
        if not rate.per_unit.is_finite():
            yield f"rate {rate.currency} {rate.from_}: per_unit: {rate.per_unit} is not an amount"
        elif rate.until <= rate.from_ or rate.per_unit <= 0:
            yield f"rate {rate.currency} {rate.from_}: until must follow from, per_unit be over 0"
    for one, other in combinations(registry.rates, 2):
        overlap = one.from_ < other.until and other.from_ < one.until
        if one.currency == other.currency and overlap:
            yield f"rate {other.currency} {other.from_}: overlaps that of {one.from_}; correct one"


def _permissions(registry: Registry) -> Iterator[str]:
    for kind, entries in (("permission", registry.permissions), ("reply", registry.replies)):
        for entry in entries:
            if entry.platform not in registry.platforms:
                yield f"{kind} {entry.platform}: is not in platforms.toml; correct it"
    for permission in registry.permissions:
        for path in permission.paths:
            if not path.startswith("/"):
                yield f"permission {permission.platform}: paths: {path!r} must begin with /"
        if permission.until is not None and permission.until < permission.date:
            yield f"permission {permission.platform}: until: before its date; correct one of them"


def _repeated(names: Iterable[_T]) -> list[_T]:
    return [name for name, count in Counter(names).items() if count > 1]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def _zoned(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}+07:00 (WIB)"
