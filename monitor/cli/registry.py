"""Commands on what the registry rests on: ``pantau policy``, ``promise``, ``rates``, ``frame``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from monitor.config import JAKARTA, PantauError, load_config
from monitor.model import ListWeights
from monitor.registry import Registry

from .base import (
    InputPath,
    example,
    fail_if,
    load_settings,
    open_store,
    say,
)

_DAY = click.DateTime(formats=["%Y-%m-%d"])


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


@click.group(epilog=example("rates add kurs-pajak.html"))
def rates() -> None:
    """The Finance Ministry's exchange rates."""


@rates.command("add", epilog=example("rates add kurs-pajak.html"))
@click.argument("file", type=InputPath())
@click.option("--from", "first", type=_DAY, help="First day, where the file does not say it.")
@click.option("--to", "last", type=_DAY, help="Last day, where the file does not say it.")
@click.option("--source", help="The decree, where the file does not name it.")
def rates_add(
    file: Path, first: datetime | None, last: datetime | None, source: str | None
) -> None:
    """Take the weekly decree from a saved page or table.

    FILE is the page of the decree (HTML) or a table of it (CSV). It is added to rates.toml in the
    home's registry, or not at all where days or figures are not plausible.
    """
    from msgspec.structs import replace

    from monitor.registry.decree import DecreeError, decree_text, rates_of, read_decree
    from monitor.registry.rates import add_rates

    settings, registry = load_settings()
    try:
        decree = read_decree(decree_text(file.read_bytes()))
        for option, given_day, day in (
            ("--from", first, decree.first),
            ("--to", last, decree.last),
        ):
            if given_day and day and given_day.date() != day:
                raise DecreeError(f"says {day} itself; leave out {option} {given_day:%Y-%m-%d}")
        decree = replace(
            decree,
            first=first.date() if first else decree.first,
            last=last.date() if last else decree.last,
        )
        source = source or (f"KMK Nomor {decree.number}" if decree.number else None)
        today = datetime.now(JAKARTA).date()
        read_rates = rates_of(decree, source or "", registry.rates, today)
        if source is None:
            raise DecreeError("names no decree; give --source")
    except DecreeError as error:
        raise DecreeError(f"{file}: {error}") from error
    added = add_rates(settings.registry or settings.home / "registry", registry.rates, read_rates)
    for rate in added:
        say(f"{rate.currency} {rate.per_unit} from {rate.from_} to {rate.last} ({rate.source})")
    if not added:
        say("all of it is there already")


def _page_address(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> str | None:
    """An address of a page; anything else is wrong usage."""
    try:
        is_address = text is None or (
            urlsplit(text).scheme in {"http", "https"} and bool(urlsplit(text).hostname)
        )
    except ValueError:
        is_address = False
    if not is_address:
        raise click.BadParameter(f"{text!r} is no address such as https://platform.example/terms")
    return text


@click.group(epilog=example("promise keep page.mhtml"))
def promise() -> None:
    """The words of promises, as pages show them."""


@promise.command("keep", epilog=example("promise keep page.html --policy lazada-2023-all"))
@click.argument("file", type=InputPath())
@click.option("--policy", "policy_id", help="Its policy, where its address is no source's.")
@click.option("--url", callback=_page_address, help="Its address, where the file does not tell it.")
@click.option("--observed-at", type=_DAY, help="Day it was saved (WIB), where it does not tell.")
def promise_keep(
    file: Path, policy_id: str | None, url: str | None, observed_at: datetime | None
) -> None:
    """Keep a saved page of a promise, and tell what changed.

    FILE is a page of a promise or of seller terms, saved as .html, .mhtml, .har or .warc. It is
    kept as evidence under its policy, and compared with the page kept before.
    """
    from monitor.operate.promises import keep_promise, read_saved_promise

    settings, registry = load_settings()
    day = observed_at.replace(tzinfo=JAKARTA) if observed_at else None
    # Read first: a page that is refused makes no store.
    saved = read_saved_promise(
        registry, file, now=settings.now(), policy=policy_id, url=url, observed_at=day
    )
    with open_store(settings) as store:
        for line in keep_promise(settings, store, saved):
            say(line)


@click.group(epilog=example("frame show"))
def frame() -> None:
    """The published list of searches and pages, and what weighs them."""


@frame.command("show", epilog=example("frame show shopee"))
@click.argument("platform", required=False)
def frame_show(platform: str | None) -> None:
    """Its version, and how many entries of which weight each list has.

    With PLATFORM the lists of that one alone.
    """
    _, registry = load_settings()
    if platform:
        _require_platform(registry, platform)
    say(f"frame {registry.frame.version}, {len(registry.frame.entries)} entries")
    weighed = {weights.name: weights for weights in registry.frame.weights}
    for name in registry.frame.lists:
        if platform and not name.startswith(f"{platform}/"):
            continue
        listed = [e for e in registry.frame.entries if f"{e.platform}/{e.cluster}" == name]
        core = sum(entry.core for entry in listed)
        entries = f"{len(listed)} entr{'y' if len(listed) == 1 else 'ies'}"
        say(f"{name}: {entries}, {core} of them every week; {_weights(weighed, name)}")
    pages = Counter(entry.platform for entry in registry.frame.second_way)
    for name, count in sorted(pages.items()):
        if name == (platform or name):
            say(f"{name}: {count} category page{'s'[: count != 1]} as a second way of looking")


def _require_platform(registry: Registry, name: str) -> None:
    """Raise ``UsageError`` for a platform that the registry does not know."""
    if name not in registry.platforms:
        known = ", ".join(registry.platforms)
        raise click.UsageError(f"no such platform: {name}; known: {known}")


def _weights(weighed: Mapping[str, ListWeights], name: str) -> str:
    if not (weights := weighed.get(name)):
        return "weights as in frame.toml"
    return (
        f"weighed by {weights.source}, {weights.date},"
        f" which names {weights.named} of {weights.entries}"
    )


@frame.command("weigh", epilog=example("frame weigh searches.csv --source X --date 2026-11-20"))
@click.argument("file", type=InputPath())
@click.option("--source", required=True, help="Who counted, and what.")
@click.option("--date", "day", type=_DAY, required=True, help="Last day that was counted.")
@click.option("--platform", "platforms", multiple=True, help="Its platform; all if not given.")
def frame_weigh(file: Path, source: str, day: datetime, platforms: tuple[str, ...]) -> None:
    """Weigh searches by how often they are typed.

    FILE is a CSV with the columns query and count; semicolons may part them, and 1.200 is twelve
    hundred. It is added to searches.toml in the home's registry and makes a new version of the
    frame: a season that has begun ends for the groups whose weights change.
    """
    from monitor.registry.files import append
    from monitor.registry.query_log import FILE, QueryLog, QueryLogError, read_counts, toml_of

    settings, registry = load_settings()
    if day.date() > datetime.now(JAKARTA).date():
        raise click.BadParameter(f"{day:%Y-%m-%d} is not over yet", param_hint="'--date'")
    if not source.strip():
        raise click.BadParameter("say who counted, and what", param_hint="'--source'")
    try:
        counts = read_counts(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise QueryLogError(
            f"{file}: byte {error.start + 1} is not UTF-8; save the table as CSV UTF-8"
        ) from error
    except QueryLogError as error:
        raise QueryLogError(f"{file}: {error}") from error
    listed = tuple(dict.fromkeys(entry.platform for entry in registry.frame.entries))
    log = QueryLog(
        source=source.strip(), date=day.date(), platforms=platforms or listed, counts=counts
    )
    append(settings.registry or settings.home / "registry", FILE, toml_of(log))
    _, again = load_settings()
    for weights in again.frame.weights:
        if weights.name.partition("/")[0] in log.platforms:
            say(f"{weights.name}: {_weights({weights.name: weights}, weights.name)}")
    if again.frame.version == registry.frame.version:
        say(f"frame {again.frame.version} as before; a newer log counts, or all weigh alike")
    else:
        say(f"frame {again.frame.version}, before it {registry.frame.version}")
        say("weeks planned from now on are of another list of each group whose weights changed:")
        say("a season that has begun ends there")


@frame.command("results", epilog=example("frame results shopee"))
@click.argument("platform")
def frame_results(platform: str) -> None:
    """How many results a platform claims for each search, as a CSV.

    The newest number of each search that the store has; `pantau frame weigh` takes the table.
    """
    from monitor.operate.result_counts import result_counts

    config, registry = load_settings()
    _require_platform(registry, platform)
    with open_store(config, create=False) as store:
        counts = result_counts(store, platform)
    if not counts:
        raise PantauError(f"{platform}: no page seen that tells how many results there are")
    say("query,count")
    for query, count in counts.items():
        cell = query.replace('"', '""')
        say(f'"{cell}",{count}')
