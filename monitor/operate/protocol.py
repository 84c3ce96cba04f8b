"""The rules of a season, taken from the objects that the program works with."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from typing import Any

import msgspec

from monitor import __version__
from monitor.classify.classifier import Classifier
from monitor.config import Config
from monitor.crawl.version import PARSER
from monitor.estimate import Settings, intervals, multiplicity, refusals, verdicts
from monitor.estimate.season import weeks_of
from monitor.findings.screen import terms_of, week_span
from monitor.model import (
    Cell,
    Inclusion,
    LabelPlan,
    ListedEntry,
    ListRules,
    Mode,
    Policy,
    PolicyRules,
    PrimaryPolicy,
    ProtocolRules,
    UnitState,
    Verdict,
    Verification,
    Versions,
    WhySilent,
    WhyUnmeasured,
    to_json,
)
from monitor.registry import Registry, applicable, binding_version, primary
from monitor.sampling import audit
from monitor.sampling.plan import wanted_groups, within_budget
from monitor.web.audit.work import SECOND_LABELS

DECIDING: dict[str, Any] = {
    "verdict_of": verdicts.verdict_of,
    "is_established": vars(Cell)["is_established"].fget,
    "holm_intervals": multiplicity.holm_intervals,
    "high_with_refused": refusals.high_with_refused,
}
"""The functions that decide a verdict."""
NOT_BINDING: frozenset[str] = frozenset()
"""Settings of the estimator that bind no season."""
BUDGET: int = inspect.signature(audit.draw_audit).parameters["budget"].default
"""Listings that people label for the first time in a week, where nobody asks for another number."""


def season_rules(
    config: Config, registry: Registry, season: str, budget: int = BUDGET
) -> ProtocolRules:
    """All that binds a season, as the program, the registry and the configuration have it now."""
    weeks = weeks_of(season)
    limits = _weekly_pages(config)
    return ProtocolRules(
        weeks=weeks,
        platforms={platform.id: platform.name for platform in registry.platforms.values()},
        seed=config.sampling.seed,
        interval_seed=intervals.SEED,
        interval_draws=intervals.DRAWS,
        cell_entries=registry.frame.cell_entries,
        weekly_pages={mode.value: limit for mode, limit in limits.items()},
        method={
            name: value
            for name, value in msgspec.to_builtins(Settings()).items()
            if name not in NOT_BINDING
        },
        lists=dict(_lists(registry, limits)),
        cells=dict(_cells(registry, weeks)),
        policies=dict(_policies(registry, weeks)),
        verdicts=tuple(verdict.value for verdict in Verdict),
        verdict_code={
            name: _digest(inspect.getsource(function).encode())
            for name, function in DECIDING.items()
        },
        answered=tuple(state for state in UnitState if state.speaks),
        refused=refusals.REFUSED,
        unmeasured=dict(_unmeasured(registry)),
        reference=tuple(p.id for p in registry.platforms.values() if p.role == "reference"),
        labels=LabelPlan(
            budget=budget,
            controls=config.sampling.controls,
            flagged_a_cell=audit.FLAGGED_A_CELL,
            others=audit.OTHER_LISTINGS,
            least_a_stratum=audit.LEAST_A_STRATUM,
            second_share=SECOND_LABELS,
            used_clothing=audit.used_clothing_budget(budget),
        ),
        versions=Versions(
            software=__version__,
            parser=PARSER,
            classifier=Classifier.load(registry, config.title_model).version,
            frame=registry.frame.version,
            registry=binding_version(registry),
            seed=config.sampling.seed,
        ),
    )


def flat(rules: ProtocolRules) -> dict[str, Any]:
    """The rules by dotted key; a list is one rule, and what is None is left out."""
    return dict(_leaves("", msgspec.to_builtins(rules)))


def policy_name(policy: Policy) -> str:
    """What a version of a policy is called in a protocol: its id, and its first day if known."""
    return f"{policy.id} {policy.from_:%Y-%m-%d}" if policy.from_ else policy.id


def policy_hash(policy: Policy) -> str:
    """A hash, 16 hex digits, over all that is said of a policy."""
    return _digest(to_json(policy))


def _leaves(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, below in node.items():
            yield from _leaves(f"{path}.{key}" if path else key, below)
    elif node is not None:
        yield path, list(node) if isinstance(node, (list, tuple)) else node


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _weekly_pages(config: Config) -> dict[Mode, int]:
    """The most pages that a platform is asked for in a week, by who asks."""
    return {
        Mode.crawler: config.crawl.weekly_requests,
        Mode.inspector: config.inspect.weekly_units,
    }


def _lists(registry: Registry, limits: dict[Mode, int]) -> Iterator[tuple[str, ListRules]]:
    """The list of each platform and cluster, with what a week takes of its strata."""
    hashes = registry.frame.lists
    strata: dict[str, dict[str, Inclusion]] = {name: {} for name in hashes}
    for platform in sorted({entry.platform for entry in registry.frame.entries}):
        groups = wanted_groups(registry, platform)
        asked = [m for m in limits if registry.platforms[platform].collection.includes(m)]
        taken = {
            mode: within_budget(
                platform, groups, limits[mode], mode, least_entries=Settings().least_entries
            )
            for mode in asked
        }
        for number, group in enumerate(groups):
            first = group.entries[0]
            stratum = f"{first.stratum}/core" if first.core else str(first.stratum)
            strata[f"{platform}/{first.cluster}"][stratum] = Inclusion(
                pool=len(group.entries),
                taken={mode.value: taken[mode][number].take for mode in asked},
            )
    for name, sha256 in hashes.items():
        entries = {
            entry.id: ListedEntry(
                entry.query, entry.kind, entry.stratum, entry.core, entry.weight, entry.pages
            )
            for entry in registry.frame.entries
            if f"{entry.platform}/{entry.cluster}" == name
        }
        yield name, ListRules(sha256=sha256, strata=strata[name], entries=entries)


def _cells(
    registry: Registry, weeks: tuple[str, ...]
) -> Iterator[tuple[str, tuple[PrimaryPolicy, ...]]]:
    """The primary policies of each list's platform and cluster, each from its first week on."""
    clusters = {(entry.platform, entry.cluster) for entry in registry.frame.entries}
    for platform, cluster in sorted(clusters):
        policies: list[PrimaryPolicy] = []
        for week in weeks:
            policy = primary(registry, platform, cluster, *week_span(week))
            terms = {terms.id: terms for terms in terms_of(registry, platform, week)}
            if policy is None or policy.id not in terms:
                continue
            carries = PrimaryPolicy(
                week=week,
                policy=policy.id,
                tolerance=terms[policy.id].tolerance,
                may_accuse=terms[policy.id].may_accuse,
            )
            before = policies[-1] if policies else None
            if before is None or msgspec.structs.replace(carries, week=before.week) != before:
                policies.append(carries)
        yield f"{platform}/{cluster}", tuple(policies)


def _policies(registry: Registry, weeks: tuple[str, ...]) -> Iterator[tuple[str, PolicyRules]]:
    """The versions of policies that apply to some platform in the season."""
    first, end = week_span(weeks[0])[0], week_span(weeks[-1])[1]
    for platform in registry.platforms:
        for policy in applicable(registry, platform, first, end):
            yield (
                policy_name(policy),
                PolicyRules(
                    title=policy.title,
                    tolerance=policy.tolerance,
                    sha256=policy_hash(policy),
                    sources=sum(bool(source.url) for source in policy.sources),
                    start=policy.from_,
                    until=policy.until,
                    why_silent=_why_silent(policy),
                ),
            )


def _why_silent(policy: Policy) -> WhySilent | None:
    if policy.may_accuse:
        return None
    if not policy.can_be_opened:
        return "no_source"
    return "unconfirmed" if policy.verification is Verification.press else "unverified"


def _unmeasured(registry: Registry) -> Iterator[tuple[str, WhyUnmeasured]]:
    """The platforms that the season leaves out, and why."""
    listed = {entry.platform for entry in registry.frame.entries}
    for platform in registry.platforms.values():
        if platform.role == "closed":
            yield platform.id, "closed"
        elif platform.id not in listed:
            yield platform.id, "no_entries"
