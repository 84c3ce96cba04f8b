"""What the types alone cannot refuse: names that lead nowhere, overlaps, missing parts.

A check that needs a field which could not be read says nothing: each stands in a block of
``readable``, which a missing field of a stand-in (see ``rows.read_entry``) ends.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import combinations, product
from string import Formatter
from types import SimpleNamespace
from typing import Any, TypeVar

from monitor.config import JAKARTA, Confirmation
from monitor.model import (
    HOME,
    Cluster,
    EntryKind,
    Money,
    Policy,
    PolicyKind,
    Prohibited,
    Question,
    Stratum,
    Verification,
)
from monitor.registry.draft import Draft, Labelled
from monitor.registry.frame import EntryList, entry_id
from monitor.registry.policies import question_of
from monitor.registry.query_log import QueryLog, folded
from monitor.registry.values import (
    CategoryDefinition,
    ClusterDefinition,
    HomeCountry,
    InspectionBasis,
    Permission,
    Platform,
    Rate,
    Reply,
)

_T = TypeVar("_T")
_BACKGROUND = {PolicyKind.closure, PolicyKind.context}
_MEASURED_GOODS = (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts)
_MEASURED = (*_MEASURED_GOODS, Cluster.used_clothing)
_PLACEHOLDERS = {"query", "slug", "id", "page", "page0", "start", "size"}


class _Readable:
    """A context that ends quietly where a field that could not be read is asked for."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        return isinstance(error, AttributeError) and isinstance(error.obj, SimpleNamespace)


readable = _Readable()


def find_problems(draft: Draft, confirmations: Mapping[str, Confirmation]) -> list[str]:
    """One line for each problem that is not one of types: file, entry, field and mend."""
    problems: list[str] = []
    for label, platform in draft.entries(Platform):
        problems += (f"{label}: {problem}" for problem in _platform(platform))
    problems += _country(draft)
    problems += _repetitions(draft)
    for label, policy in draft.entries(Policy):
        problems += (f"{label}: {problem}" for problem in _policy(draft, policy))
    problems += _overlaps(draft)
    problems += _frame(draft)
    problems += _query_logs(draft)
    problems += _rates(draft)
    problems += _permissions(draft)
    if "policies.toml" not in draft.unread:
        problems += _confirmations(draft, confirmations)
    return problems


def confirms(policy: Policy, confirmation: Confirmation) -> bool:
    """Whether the person can have read this version: not before it was announced or began."""
    first = policy.announced or (policy.from_ and policy.from_.astimezone(JAKARTA).date())
    return first is None or confirmation.on >= first


def _confirmations(draft: Draft, confirmations: Mapping[str, Confirmation]) -> Iterator[str]:
    """Confirmations that name no policy, nobody, or a day before the policy was known."""
    for policy_id, confirmation in confirmations.items():
        label = f"pantau.toml: confirmations.{policy_id}"
        if policy_id not in draft.ids(Policy):
            yield f"{label}: no such policy; `pantau policy list` shows their ids"
        elif not confirmation.by.strip():
            yield f"{label}.by: empty; name the person who confirms"
        else:
            with readable:
                versions = [policy for _, policy in draft.entries(Policy) if policy.id == policy_id]
                if not any(source.url for policy in versions for source in policy.sources):
                    yield (
                        f"{label}: it has no source that a person can open; give the address of one"
                        " in policies.toml"
                    )
                elif not any(confirms(policy, confirmation) for policy in versions):
                    yield f"{label}.on: {confirmation.on} is before the policy; correct the day"


def _platform(platform: Platform) -> Iterator[str]:
    """A closed platform without a day; URL templates that cannot be filled or lead elsewhere."""
    with readable:
        if platform.role == "closed" and platform.closed_on is None:
            yield "closed_on: missing; say since when it is closed"
    with readable:
        for kind, template in platform.url_templates.items():
            yield from _template(platform, f"entrances.{kind}", template, _PLACEHOLDERS)
    with readable:
        for kind, templates in platform.other_url_templates.items():
            for template in templates:
                yield from _template(platform, f"also.{kind}", template, _PLACEHOLDERS)
            if kind not in platform.url_templates:
                yield f"also.{kind}: there is no entrance of that kind; add one or remove this"
    with readable:
        if platform.detail is not None:
            yield from _template(platform, "detail", platform.detail, {"item_id", "seller_id"})


def _country(draft: Draft) -> Iterator[str]:
    """More than one home country, and marketplaces of another one."""
    countries = [country for _, country in draft.entries(HomeCountry)]
    with readable:
        for country in countries:
            if country.code != HOME and not country.places:
                yield "platforms.toml: country: places: missing; name the country and its places"
    if len(countries) > 1:
        yield "platforms.toml: country: written twice; a registry watches one country"
    with readable:
        code = countries[0].code if countries else HOME
        for label, platform in draft.entries(Platform):
            with readable:
                if platform.role == "marketplace" and platform.country != code:
                    yield (
                        f"{label}: country: {platform.country!r} is not the home country {code!r};"
                        " write that under [[country]], or correct one of them"
                    )


def _template(
    platform: Platform, field: str, template: str, placeholders: set[str]
) -> Iterator[str]:
    """Unknown placeholders of a URL template, and one that is on none of the platform's hosts."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as error:
        yield f"{field}: {error}; write placeholders as {{query}}"
        return
    if unknown := names - placeholders:
        yield f"{field}: unknown {sorted(unknown)}; known are {sorted(placeholders)}"
    if not any(template.startswith(f"https://{host}/") for host in platform.hosts):
        yield f"{field}: {template!r} is not on one of its hosts; begin with https://HOST/"


def _repetitions(draft: Draft) -> Iterator[str]:
    """Entries that stand twice, and clusters that must or must not be defined."""
    for name in _repeated(draft.ids(Platform)):
        yield f"platforms.toml: platform {name}: written twice; give each platform one entry"
    clusters = draft.ids(ClusterDefinition)
    for name in _repeated(clusters):
        yield f"clusters.toml: cluster {name}: written twice; define it once"
    for cluster in (*_MEASURED_GOODS, Cluster.other):
        if cluster not in clusters and "clusters.toml" not in draft.unread:
            yield f"clusters.toml: cluster {cluster}: missing; define it"
    for name in sorted({*clusters} & {Cluster.unknown, Cluster.used_clothing}):
        yield f"clusters.toml: cluster {name}: is not a group; remove it"
    for name in _repeated(draft.ids(CategoryDefinition)):
        yield f"clusters.toml: category {name}: written twice; give each category one entry"


def _policy(draft: Draft, policy: Policy) -> Iterator[str]:
    """All that is wrong with one policy by itself; each line begins with the field."""
    yield from _names(draft, policy)
    yield from _dates(policy)
    yield from _substance(policy)
    for field in ("hits", "misses"):
        for number, example in enumerate(getattr(policy, field, ()), 1):
            label = f"{field} {number}"
            with readable:
                yield from _zone(f"{label}: on", example.on)
            with readable:
                yield from _money(f"{label}: price", example.price)
            with readable:
                categories = {example.category} - {None}
                yield from _unknown_categories(draft, f"{label}: category", categories)


def _names(draft: Draft, policy: Policy) -> Iterator[str]:
    """Names in a policy that lead nowhere: platforms, categories, clusters, other policies."""
    with readable:
        if not policy.platforms:
            yield 'platforms: empty; name them, or write ["*"] for all'
        if policy.kind not in _BACKGROUND and "platforms.toml" not in draft.unread:
            for name in sorted({*policy.platforms} - {*draft.ids(Platform)}):
                yield f"platforms: {name!r} is not in platforms.toml; add it there or correct it"
    with readable:
        for name in sorted({*policy.primary_on} - {*policy.platforms}):
            yield f"primary_on: {name!r} is not one of its platforms; correct it"
    for field in ("categories", "exempt_categories"):
        with readable:
            yield from _unknown_categories(draft, field, getattr(policy, field))
    with readable:
        yield from _primary_for(draft, policy)
    with readable:
        others = {*draft.ids(Policy)} - {policy.id}
        for name in sorted({*policy.also_covered_by} - others):
            yield f"also_covered_by: {name!r} is no other policy; correct it"


def _unknown_categories(draft: Draft, field: str, categories: Iterable[str]) -> Iterator[str]:
    if "clusters.toml" not in draft.unread:
        for name in sorted({*categories} - {*draft.ids(CategoryDefinition)}):
            yield f"{field}: {name!r} is not in clusters.toml; add it there or correct it"


def _primary_for(draft: Draft, policy: Policy) -> Iterator[str]:
    """A cell whose verdict a policy carries must be one that it can say anything about."""
    if Cluster.unknown in (*policy.clusters, *policy.primary_for):
        yield "clusters: unknown is not a group; remove it"
        return
    if Cluster.used_clothing in policy.clusters:
        yield "clusters: used_clothing groups entries, not goods; write textile_fashion"
        return
    question = question_of(policy)
    if policy.primary_for and question is None:
        yield "primary_for: cells are judged by who sells, and it binds whoever does; remove it"
        return
    for cluster in policy.primary_for:
        if cluster.question is not question:
            yield f"primary_for: {cluster} asks {cluster.question}, it does not; correct one"
            return
    if question is not Question.cross_border:
        return
    clusters = {draft.categories.get(name) for name in policy.categories}
    for cluster in policy.primary_for:
        if policy.clusters and cluster not in policy.clusters:
            yield f"primary_for: {cluster} is not among its clusters; correct one of them"
        elif policy.categories and None not in clusters and cluster not in clusters:
            yield f"primary_for: none of its categories is in {cluster}; correct one of them"


def _dates(policy: Policy) -> Iterator[str]:
    """Times of a policy without a zone, a start that is missing, an end before it."""
    with readable:
        yield from _zone("from", policy.from_)
    with readable:
        yield from _zone("until", policy.until)
    with readable:
        if policy.from_ is None and policy.verification is not Verification.unverified:
            yield 'from: missing; give it, or set verification = "unverified"'
    with readable:
        if _is_before(policy.until, policy.from_):
            yield "until: not after from; correct one of them"


def _zone(field: str, moment: datetime | None) -> Iterator[str]:
    if moment is not None and moment.tzinfo is None:
        yield f"{field}: has no zone; write {moment.isoformat()}+07:00 (WIB)"


def _substance(policy: Policy) -> Iterator[str]:
    """What a policy of its kind and scope must have, and what it must not."""
    with readable:
        if not policy.sources:
            yield "sources: empty; say where it can be read"
        elif policy.verification is Verification.gazette and not any(
            source.url for source in policy.sources
        ):
            yield "sources: none can be opened; give the address of the official text (JDIH)"
    with readable:
        if not 0 <= policy.tolerance < 1:
            yield f"tolerance: {policy.tolerance} is not a share; write 0.01 for 1 %"
    with readable:
        if policy.confirmed_by is not None:
            yield "confirmed_by: belongs in pantau.toml, under [confirmations.ID]; remove it here"
    with readable:
        if policy.kind in _BACKGROUND:
            if policy.primary_for:
                yield f"primary_for: a {policy.kind} carries no verdict; remove it"
            return
    with readable:
        yield from _money("price_floor", policy.price_floor)
        has_floor, needs_floor = policy.price_floor is not None, policy.scope == "price_floor"
        if needs_floor and not has_floor:
            yield 'price_floor: missing; write price_floor = { amount = "100", currency = "USD" }'
        if has_floor and not needs_floor:
            yield 'price_floor: needs scope = "price_floor"; correct one of them'
    yield from _of_scope(policy)


def _of_scope(policy: Policy) -> Iterator[str]:
    """What scopes of goods and of own pages need, and fields that contradict the scope."""
    with readable:
        names_goods, bans_goods = policy.prohibited is not None, policy.scope == "prohibited_goods"
        if policy.prohibited is Prohibited.suspected_used_clothing:
            yield "prohibited: a suspicion is not banned; write used_clothing"
        elif bans_goods and not names_goods:
            yield 'prohibited: missing; name the goods, as prohibited = "used_clothing"'
        elif names_goods and not bans_goods:
            yield 'prohibited: needs scope = "prohibited_goods"; correct one of them'
    with readable:
        has_items, needs_items = bool(policy.must_display), policy.scope == "displayed_information"
        if needs_items and not has_items:
            yield 'must_display: missing; name what to show, as ["dispatch_country"]'
        if has_items and not needs_items:
            yield 'must_display: needs scope = "displayed_information"; correct one of them'
    with readable:
        if policy.whoever_sells and policy.scope == "seller_cross_border":
            yield "whoever_sells: its scope is foreign sellers; correct one of them"


def _money(field: str, money: Money | None) -> Iterator[str]:
    if money is None:
        return
    if not money.amount.is_finite() or money.amount < 0:
        yield f"{field}: {money.amount} is not an amount; write it as 100 or 99.50"
    if not re.fullmatch("[A-Z]{3}", money.currency):
        yield f"{field}: {money.currency!r} is not a currency; write its three letters, as USD"


def _overlaps(draft: Draft) -> Iterator[str]:
    """Versions of a policy that overlap in time, and two primary policies for one cell."""
    for (_, earlier), (label, later) in combinations(draft.entries(Policy), 2):
        with readable:
            if _is_before(earlier.until, later.from_) or _is_before(later.until, earlier.from_):
                continue
            if earlier.id == later.id:
                yield f"{label}: two versions overlap in time; end the older with until"
                continue
            clusters = sorted({*earlier.primary_for} & {*later.primary_for})
            platforms = {*(earlier.primary_on or earlier.platforms)}
            for platform in sorted(platforms & {*(later.primary_on or later.platforms)}):
                for cluster in clusters:
                    yield (
                        f"{label}: primary_for: {earlier.id} is already primary for {platform} and "
                        f"{cluster}; take it out of one of them"
                    )


def _is_before(until: datetime | None, start: datetime | None) -> bool:
    """Whether a period ends by the start of another; times without a zone are taken for WIB."""
    if until is None or start is None:
        return False
    until, start = (
        moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA) for moment in (until, start)
    )
    return until <= start


def _frame(draft: Draft) -> Iterator[str]:
    """What is wrong with the lists of entries, and entries that stand in two of them."""
    platforms = {platform.id: platform for platform in draft.values(Platform)}
    entries: list[tuple[str, str]] = []
    for label, entry_list in draft.entries(EntryList):
        with readable:
            if not all(query.strip() for query in entry_list.queries):
                yield f"{label}: queries: one is empty; write the words or the path"
        with readable:
            if entry_list.cluster not in _MEASURED:
                yield f"{label}: cluster: {entry_list.cluster} is not measured; correct it"
        with readable:
            yield from (f"{label}: {problem}" for problem in _second_way(entry_list))
        with readable:
            for name in entry_list.platforms:
                if name not in draft.ids(Platform) and "platforms.toml" not in draft.unread:
                    yield f"{label}: platforms: {name!r} is not in platforms.toml; correct it"
        with readable:
            for name in platforms.keys() & {*entry_list.platforms}:
                if entry_list.kind not in platforms[name].url_templates:
                    yield (
                        f"{label}: platforms: {name} has no entrance for a {entry_list.kind}; add "
                        f"entrances.{entry_list.kind} in platforms.toml or take it out of the list"
                    )
        with readable:
            for platform, query in product(entry_list.platforms, entry_list.queries):
                entries.append((platform, entry_id(entry_list.kind, query)))
    for platform, name in _repeated(entries):
        yield f"frame.toml: entry {name}: twice on {platform}; keep it in one list"


def _second_way(entry_list: EntryList) -> Iterator[str]:
    """What is wrong with category pages beside the list."""
    if entry_list.stratum is not Stratum.second_way:
        return
    if entry_list.kind is EntryKind.keyword:
        yield 'kind: a second way of looking is no search; write kind = "category"'
    if entry_list.cluster is Cluster.used_clothing:
        yield "cluster: sellers of used clothing are not counted; take the list out"
    if entry_list.core or entry_list.weight != 1.0:
        yield "core, weight: a second way of looking has neither; take them out"


def _query_logs(draft: Draft) -> Iterator[str]:
    """What is wrong with the logs that weigh the entries."""
    dated: list[tuple[str, str]] = []
    for label, log in draft.entries(QueryLog):
        with readable:
            for name in log.platforms:
                if name not in draft.ids(Platform) and "platforms.toml" not in draft.unread:
                    yield f"{label}: platforms: {name!r} is not in platforms.toml; correct it"
                dated.append((name, f"{log.date}"))
        with readable:
            queries = {folded(q) for words in draft.values(EntryList) for q in words.queries}
            if not queries & {folded(query) for query, count in log.counts.items() if count}:
                yield f"{label}: counts: names no query of frame.toml; correct or remove it"
    for platform, day in _repeated(dated):
        yield f"searches.toml: two logs of {day} for {platform}; keep one"


def _rates(draft: Draft) -> Iterator[str]:
    """Rates that are no number, hold on no day, or overlap."""
    for label, rate in draft.entries(Rate):
        with readable:
            if not rate.per_unit.is_finite():
                yield f"{label}: per_unit: {rate.per_unit} is not an amount"
            elif rate.until <= rate.from_ or rate.per_unit <= 0:
                yield f"{label}: until must follow from, per_unit be over 0"
    for (_, earlier), (label, later) in combinations(draft.entries(Rate), 2):
        with readable:
            overlap = earlier.from_ < later.until and later.from_ < earlier.until
            if earlier.currency == later.currency and overlap:
                yield f"{label}: overlaps that of {earlier.from_}; correct one"


def _permissions(draft: Draft) -> Iterator[str]:
    """Permissions, decisions and replies of unknown platforms, and those that end before they
    began."""
    of_one: list[Labelled[Any]] = [*draft.entries(Permission), *draft.entries(Reply)]
    for label, entry in of_one:
        with readable:
            if "platforms.toml" not in draft.unread and entry.platform not in draft.ids(Platform):
                yield f"{label}: is not in platforms.toml; correct it"
    for label, basis in draft.entries(InspectionBasis):
        with readable:
            for name in sorted({*basis.platforms} - {*draft.ids(Platform)}):
                if "platforms.toml" not in draft.unread:
                    yield f"{label}: platforms: {name!r} is not in platforms.toml; correct it"
    dated: list[Labelled[Any]] = [*draft.entries(Permission), *draft.entries(InspectionBasis)]
    for label, entry in dated:
        with readable:
            if entry.until is not None and entry.until < entry.date:
                yield f"{label}: until: before its date; correct one of them"


def _repeated(names: Iterable[_T]) -> list[_T]:
    return [name for name, count in Counter(names).items() if count > 1]
