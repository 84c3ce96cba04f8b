"""The registry's TOML files as one ``Registry``, or every problem at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from monitor.config import Confirmation
from monitor.model import Policy, Value, to_json
from monitor.registry.check import confirms, find_problems, readable
from monitor.registry.draft import Draft
from monitor.registry.examples import failing_examples
from monitor.registry.values import (
    INDONESIA,
    CategoryDefinition,
    ClusterDefinition,
    Frame,
    HomeCountry,
    InspectionBasis,
    Permission,
    Platform,
    Rate,
    Registry,
    RegistryError,
    Reply,
)


class RegistryCheck(Value):
    """How many policies and examples a registry has, and one line for all that is wrong.

    ``closed_sources`` has a line for each source without an address, and one for each policy that
    has no other: nobody can open those.
    """

    policies: int
    examples: int
    problems: tuple[str, ...]
    closed_sources: tuple[str, ...] = ()


def load_registry(
    folder: Path | None = None, confirmations: Mapping[str, Confirmation] | None = None
) -> Registry:
    """The registry of ``folder``; a file that is missing there is taken from the packaged one.

    Raises ``RegistryError`` with one line for each problem: file, entry, field and mend. Whether
    the policies' examples hold is not asked here; see ``check_registry``.
    """
    confirmations = confirmations or {}
    draft = Draft(folder)
    if problems := [*draft.problems, *find_problems(draft, confirmations)]:
        raise RegistryError(tuple(problems))
    (entries, weights), cell_entries = draft.frame_entries(), draft.numbers["cell_entries"]
    registry = Registry(
        platforms={platform.id: platform for platform in draft.values(Platform)},
        policies=tuple(
            _confirmed(policy, confirmations.get(policy.id)) for policy in draft.values(Policy)
        ),
        clusters=_clusters(draft),
        frame=Frame(
            version=_hash((entries, cell_entries)),
            entries=entries,
            cell_entries=cell_entries,
            weights=weights,
            second_way=draft.second_way(),
        ),
        rates=draft.values(Rate),
        permissions=draft.values(Permission),
        inspection_bases=draft.values(InspectionBasis),
        replies=draft.values(Reply),
        country=next(iter(draft.values(HomeCountry)), INDONESIA),
    )
    return replace(registry, version=_hash(registry))


def check_registry(
    folder: Path | None = None, confirmations: Mapping[str, Confirmation] | None = None
) -> RegistryCheck:
    """All that is wrong with a registry in one go, examples that fail included."""
    draft = Draft(folder)
    problems = [*draft.problems, *find_problems(draft, confirmations or {})]
    examples = 0
    for label, policy in draft.entries(Policy):
        examples += len(getattr(policy, "hits", ())) + len(getattr(policy, "misses", ()))
        with readable:
            failures = failing_examples(policy, draft.values(Rate), draft.categories)
            problems += (f"{label}: {failure}" for failure in failures)
    return RegistryCheck(
        policies=len(draft.entries(Policy)),
        examples=examples,
        problems=tuple(problems),
        closed_sources=tuple(_closed_sources(draft.values(Policy))),
    )


def _closed_sources(policies: Iterable[Policy]) -> Iterator[str]:
    """A line for each source without an address, and for each policy without one that has any."""
    for policy in policies:
        for source in policy.sources:
            if not source.url:
                day = f", {source.date}" if source.date else ""
                yield f"{policy.id}: no address: {source.publisher}, {source.title}{day}"
        if not policy.can_be_opened:
            yield f"{policy.id}: no source that a person can open; it accuses nobody"


def registry_on(registry: Registry, day: date) -> Registry:
    """The registry without the confirmations and replies that came after ``day`` (WIB).

    Its version is then that of what is left; where nothing came later it is returned as it is.
    """
    policies = tuple(
        replace(policy, confirmed_by=None, confirmed_on=None)
        if policy.confirmed_on and policy.confirmed_on > day
        else policy
        for policy in registry.policies
    )
    replies = tuple(reply for reply in registry.replies if reply.date <= day)
    if (policies, replies) == (registry.policies, registry.replies):
        return registry
    earlier = replace(registry, policies=policies, replies=replies, version="")
    return replace(earlier, version=_hash(earlier))


def binding_version(registry: Registry) -> str:
    """The version of a registry without what comes every week: exchange rates and replies."""
    return _hash(replace(registry, rates=(), replies=(), version=""))


def registry_of_version(registry: Registry, version: str, day: date) -> Registry | None:
    """The registry as it was when it had a version, on ``day`` (WIB) or before.

    Left out are the confirmations and replies that came after the day, and the newest exchange
    rates, one week's after the other. None where something else was changed since.
    """
    earlier = registry_on(registry, day)
    cutoffs = sorted({rate.from_ for rate in registry.rates}, reverse=True)
    for cutoff in (*cutoffs, date.min):
        rates = tuple(rate for rate in earlier.rates if rate.from_ <= cutoff)
        candidate = replace(earlier, rates=rates, version="")
        if _hash(candidate) == version:
            return replace(candidate, version=version)
    return None


def _clusters(draft: Draft) -> tuple[ClusterDefinition, ...]:
    """The clusters, each with its categories."""
    categories = draft.values(CategoryDefinition)
    return tuple(
        replace(cluster, categories=tuple(c for c in categories if c.cluster is cluster.id))
        for cluster in draft.values(ClusterDefinition)
    )


def _confirmed(policy: Policy, confirmation: Confirmation | None) -> Policy:
    if confirmation is None or not confirms(policy, confirmation):
        return policy
    return replace(policy, confirmed_by=confirmation.by, confirmed_on=confirmation.on)


def _hash(content: object) -> str:
    return hashlib.sha256(to_json(content)).hexdigest()[:12]
