"""Commands on the registry: ``pantau policy``."""

from __future__ import annotations

import click

from monitor.config import load_config

from .base import example, fail_if, load_settings, say


@click.group(epilog=example("policy list"))
def policy() -> None:
    """The registry of promises and rules."""


@policy.command("list", epilog=example("policy list"))
def policy_list() -> None:
    """Every policy: dates, platforms, and whether it may accuse."""
    _, registry = load_settings()
    for entry in registry.policies:
        start = f"{entry.from_:%Y-%m-%d}" if entry.from_ else "?"
        end = f"{entry.until:%Y-%m-%d}" if entry.until else ""
        status = "confirmed" if entry.may_accuse else f"{entry.verification}, not confirmed"
        say(
            f"{entry.id:<24} {entry.kind:<10} {start} → {end:<10} "
            f"{', '.join(entry.platforms)}: {entry.title.en} [{status}]"
        )


@policy.command("check", epilog=example("policy check --sources"))
@click.option("--sources", is_flag=True, help="Also list the sources that nobody can open.")
def policy_check(sources: bool) -> None:
    """All that is wrong with the registry.

    Unknown keys, wrong types, dates and references, and policies that fail their own examples.
    """
    from monitor.registry import check_registry

    config = load_config()
    check = check_registry(config.registry, config.confirmations)
    for problem in check.problems:
        say(problem, err=True)
    if sources:
        for line in check.closed_sources:
            say(line)
    say(f"{check.policies} policies, {check.examples} examples, {len(check.problems)} wrong")
    fail_if(bool(check.problems))
