"""Whether an edition keeps to the protocol of its season."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from monitor.config import JAKARTA, Config
from monitor.findings.screen import week_span
from monitor.model import Cluster, Findings, Policy, RuleChange, Value, season_of
from monitor.operate.protocol import flat, policy_hash, policy_name, season_rules
from monitor.operate.protocol_files import FiledProtocol, read_protocol, season_protocol
from monitor.registry import Registry, registry_of_version
from monitor.sampling.audit import used_clothing_budget
from monitor.store import Store

OF_REGISTRY = ("platforms", "cell_entries", "lists", "cells", "policies", "unmeasured", "reference")
"""Rules that the registry gives."""
OF_PROGRAM = (
    *("seed", "interval_seed", "interval_draws", "weekly_pages", "method"),
    *("verdicts", "verdict_code", "answered", "refused", "labels"),
)
"""Rules that program and configuration give."""


class Held(Value):
    """What an edition does otherwise than its season's protocol says.

    ``explained`` are the differences that a deviation names, ``unexplained`` all others.
    ``not_compared`` says what could not be held against the protocol.
    """

    unexplained: tuple[RuleChange, ...]
    explained: tuple[RuleChange, ...]
    not_compared: tuple[str, ...]


def hold_edition(
    config: Config, registry: Registry, store: Store, filed: FiledProtocol, findings: Findings
) -> Held:
    """Compare an edition with its season's protocol and the deviations from it.

    Of the edition are its versions, seed, policies and tolerances, the lists that its week was
    drawn from and the budget of its audit sample. The rest of the registry is that of its day,
    where it can be had again. What program and configuration say is not kept with an edition: it is
    compared as it is now, while the season lasts.
    """
    not_compared = []
    day = findings.as_of.astimezone(JAKARTA).date()
    its_registry = registry_of_version(registry, findings.versions.registry, day)
    of_protocol, versions = filed.protocol.rules, findings.versions
    rules = season_rules(config, its_registry or registry, filed.protocol.season)
    from_protocol: list[str] = []
    if its_registry is None:
        not_compared.append("the registry of that day, but for its policies and lists")
        from_protocol += OF_REGISTRY
        versions = replace(versions, registry=of_protocol.versions.registry)
    else:
        versions = replace(versions, registry=rules.versions.registry)
    if config.now() >= week_span(of_protocol.weeks[-1])[1]:
        not_compared.append("settings of program and configuration, as the season is over")
        from_protocol += OF_PROGRAM
    if versions.frame == of_protocol.versions.frame:
        # The week was drawn before the frame changed, if it did.
        from_protocol += ("lists", "cell_entries")
    rules = replace(rules, **{name: getattr(of_protocol, name) for name in from_protocol})
    sample = store.audit_samples.of_week(findings.week)
    budget = sample.budget if sample else of_protocol.labels.budget
    seed = of_protocol.seed if versions.seed is None else versions.seed
    rules = replace(
        rules,
        seed=seed,
        versions=replace(versions, seed=seed),
        labels=replace(rules.labels, budget=budget, used_clothing=used_clothing_budget(budget)),
    )
    states = filed.states()
    edition = flat(rules) | {
        f"lists.{name}.sha256": sha256
        for name, sha256 in store.plans.lists(findings.week).hashes.items()
    }
    edition |= {
        f"policies.{policy_name(policy)}.sha256": policy_hash(policy)
        for policy in _of_week(findings)
    }
    first, accepted = states[0], states[1:]
    explained: list[RuleChange] = []
    unexplained: list[RuleChange] = []
    for key in sorted(edition.keys() | first.keys()):
        rule = edition.get(key)
        if rule == first.get(key):
            continue
        difference = RuleChange(key=key, old=first.get(key), new=rule)
        is_explained = any(state.get(key) == rule for state in accepted)
        (explained if is_explained else unexplained).append(difference)
    for difference in _cell_differences(first, findings):
        is_explained = any(not _differs(state, findings, difference.key) for state in accepted)
        (explained if is_explained else unexplained).append(difference)
    return Held(
        unexplained=tuple(unexplained),
        explained=tuple(explained),
        not_compared=tuple(not_compared),
    )


def with_protocol(config: Config, registry: Registry, store: Store, findings: Findings) -> Findings:
    """A new edition with what was registered of its season, and what departs from that unsaid.

    Raises ``ProtocolError`` and ``TimeStampError`` as ``read_protocol``.
    """
    registered = season_protocol(config, findings.week, findings.as_of)
    filed = read_protocol(config, season_of(findings.week)) if registered.sha256 else None
    if filed:
        held = hold_edition(config, registry, store, filed, findings)
        parts = {difference.key.partition(".")[0] for difference in held.unexplained}
        registered = replace(registered, unexplained=tuple(sorted(parts)))
    return replace(findings, protocol=registered)


def _of_week(findings: Findings) -> Iterator[Policy]:
    """The policies of an edition that applied in its week, or whose start nobody knows."""
    start, end = week_span(findings.week)
    for policy in findings.policies:
        began = policy.from_ is None or policy.from_ < end
        if began and not (policy.until and policy.until <= start):
            yield policy


def _cell_differences(state: dict[str, Any], findings: Findings) -> Iterator[RuleChange]:
    """The primary cells of an edition whose policy, tolerance or right to accuse is another."""
    may_accuse: dict[str, bool] = {}
    for policy in _of_week(findings):
        may_accuse[policy.id] = may_accuse.get(policy.id, True) and policy.may_accuse
    for cell in findings.cells:
        if not cell.primary or cell.cluster is Cluster.unknown:
            continue
        key = f"cells.{cell.platform}/{cell.cluster}"
        carried = [rule for rule in state.get(key, ()) if rule["week"] <= findings.week]
        rule = {name: carried[-1][name] for name in _TERMS} if carried else None
        its_terms = (cell.policy, cell.tolerance, may_accuse.get(cell.policy))
        its_rule = dict(zip(_TERMS, its_terms, strict=True))
        if its_rule != rule:
            yield RuleChange(key=f"{key} in {findings.week}", old=rule, new=its_rule)


_TERMS = ("policy", "tolerance", "may_accuse")


def _differs(state: dict[str, Any], findings: Findings, key: str) -> bool:
    return any(difference.key == key for difference in _cell_differences(state, findings))
