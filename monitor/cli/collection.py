"""Commands that collect pages: plan, crawl, ingest, reprocess, capture."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.config import JAKARTA, load_config, week_of
from monitor.model import Mode, Plan, SampledPage
from monitor.registry import Registry

from .base import (
    example,
    fail_if,
    load_settings,
    open_all,
    open_store,
    progress_bar,
    say,
    this_week,
    week_option,
)

if TYPE_CHECKING:
    from monitor.config import Config

PLANNED_AHEAD = timedelta(weeks=8)
"""How far ahead a week may be planned; a later one is a misspelt year."""


@click.command(epilog=example("plan --week 2026-W47"))
@week_option(this_week, "Week to plan; the current one if not given.")
@click.option("--list", "listed", is_flag=True, help="Print every unit with its URL.")
@click.option(
    "--margins", is_flag=True, help="Print what each product group of a platform may tell."
)
def plan(week: str, listed: bool, margins: bool) -> None:
    """Draw the week's sample; a plan already drawn stands.

    Prints what it costs, a line for each platform, and with --margins the margin of error to
    expect.
    """
    from monitor.operate.budgets import budget_lines
    from monitor.operate.collection import plan_week

    if week > week_of(datetime.now(UTC) + PLANNED_AHEAD):
        raise click.BadParameter(
            f"{week} is more than {PLANNED_AHEAD.days // 7} weeks ahead", param_hint="'--week'"
        )
    config, registry, store = open_all()
    with store:
        drawn, fresh = plan_week(config, registry, store, week, origin=config.origin)
    if fresh and week < this_week():
        say(f"{week} is over: what is fetched for it now shows what is offered later", err=True)
    if listed:
        for unit in drawn.units:
            say(f"{unit.position:>5} {unit.id} {unit.url}")
        return
    when = f"{drawn.drawn_at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"
    say(
        f"{week}: {len(drawn.units)} units, {'drawn' if fresh else 'stand as drawn'} {when}, "
        f"frame {drawn.frame_version}, seed {drawn.seed}"
    )
    if drawn.frame_version != registry.frame.version:
        say(f"the frame has changed to {registry.frame.version} since; the plan stands")
    for line in _platform_lines(drawn, registry, config):
        say(line)
    for line in budget_lines(config, registry):
        say(line)
    for line in _margin_lines(drawn, registry) if margins else ():
        say(line)


def _platform_lines(drawn: Plan, registry: Registry, config: Config) -> Iterator[str]:
    """A line for each platform of a plan: what it costs, and who is asked for its pages."""
    from monitor.sampling.outlook import costs

    by_inspectors = Counter(
        unit.platform for unit in drawn.units if unit.collection.includes(Mode.inspector)
    )
    parts: dict[str, list[str]] = {}
    for cost in costs(drawn, registry, config.crawl):
        hours = f"{cost.duration.total_seconds() / 3600:.1f} hours"
        nights = f"{cost.nights} night{'s'[: cost.nights != 1]}"
        parts[cost.platform] = [f"{cost.requests} requests, {hours} in {nights}"]
    for platform, pages in by_inspectors.items():
        parts.setdefault(platform, []).append(f"{pages} pages for inspectors")
    for cut in drawn.shortfalls:
        words = f"the budget of {cut.budget} requests cut {cut.asked} to {cut.drawn}"
        parts.setdefault(cut.platform, []).append(words)
    for platform, words_of_platform in sorted(parts.items()):
        yield f"{platform}: {'; '.join(words_of_platform)}"
    if config.crawl.picture_hashes:
        yield "visits: at most one request more for each visited offer, for its picture (unproven)"


def _margin_lines(drawn: Plan, registry: Registry) -> Iterator[str]:
    """What weighs the lists that a plan was drawn from, and what it may tell."""
    if drawn.frame_version == registry.frame.version:
        for weights in registry.frame.weights:
            yield f"{weights.name}: weighed by {weights.source}, {weights.date}"
    yield from _cell_lines(drawn, registry)


def _cell_lines(drawn: Plan, registry: Registry) -> Iterator[str]:
    """What each product group of each platform may be expected to tell, if all pages answer."""
    from monitor.estimate import Settings
    from monitor.sampling.outlook import margins

    least = Settings().least_entries
    for cell in margins(drawn, registry):
        expected = (
            f"at a share of {cell.share:.0%} expect ±{cell.margin:.1%}, "
            f"with nothing found at most {cell.none_found:.1%}; "
            f"over a quarter ±{cell.season.margin:.1%} and {cell.season.none_found:.1%}"
        )
        if cell.entries < least:
            expected = f"not measurable with fewer than {least} entries"
        yield (
            f"{cell.platform} {cell.cluster}: {cell.entries} entries, {cell.places} places; "
            f"{expected}"
        )


@click.command(epilog=example("crawl lazada shopee --week 2026-W47"))
@click.argument("platforms", nargs=-1)
@week_option(this_week, "Week to crawl; the current one if not given.")
def crawl(platforms: tuple[str, ...], week: str) -> None:
    """Fetch what is still planned.

    Each platform is crawled in a process of its own. A platform that refuses is a result: it is
    printed, and the exit code stays 0.
    """
    from monitor.operate.collection import crawl_platforms, planned_units

    config, registry, store = open_all()
    if nowhere := sorted(set(platforms) - registry.platforms.keys()):
        known = ", ".join(registry.platforms)
        raise click.UsageError(f"no such platform: {', '.join(nowhere)}; known: {known}")
    with store:
        planned = planned_units(store, week)
    if unknown := sorted(set(platforms) - planned.keys()):
        raise click.UsageError(
            f"not for the crawler in the plan of {week}: {', '.join(unknown)}; "
            f"it has {', '.join(planned)}"
        )
    chosen = platforms or tuple(planned)
    with click.progressbar(
        length=sum(planned[platform] for platform in chosen),
        label=week,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        results = crawl_platforms(config, chosen, week, on_page=lambda: bar.update(1))
    for result in results:
        say(result, err=result.failed)
    fail_if(any(result.failed for result in results))


@click.command(epilog=example("ingest saved-pages --platform shopee --observed-at 2026-11-20"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--platform", help="Platform of the pages, where they do not tell it themselves.")
@week_option(None, "Week of undated pages.")
@click.option(
    "--observed-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="When undated pages were seen (WIB). Unknown stays unknown: no breach follows then.",
)
@click.option("--dry-run", is_flag=True, help="Read and judge, store nothing.")
@click.option("--format", "form", type=click.Choice(["jsonl"]), help="With --dry-run: listings.")
def ingest(
    paths: tuple[Path, ...],
    platform: str | None,
    week: str | None,
    observed_at: datetime | None,
    dry_run: bool,
    form: str | None,
) -> None:
    """Take in pages that somebody saved.

    PATHS are .json .html .har .warc .warc.gz .wacz .mhtml files, or folders of them.
    """
    from monitor.model import to_json
    from monitor.operate.collection import ingest_files

    if form and not dry_run:
        raise click.UsageError("--format goes with --dry-run")

    def print_listings(page: SampledPage) -> None:
        """One line of JSON for each listing."""
        for listing in page.listings:
            line = to_json(listing).decode()
            say("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line))

    config, registry = load_settings()
    with nullcontext() if dry_run else open_store(config) as store:
        summary = ingest_files(
            config,
            registry,
            store,
            paths,
            platform=platform,
            week=week,
            observed_at=observed_at.replace(tzinfo=JAKARTA) if observed_at else None,
            say=lambda line, failed: say(line, err=bool(form) or failed),
            on_page=print_listings if form else lambda page: None,
        )
    if not summary.files:
        raise click.ClickException(f"{', '.join(map(str, paths))}: no saved pages there")
    fail_if(bool(summary.exit_code))


@click.command(epilog=example("reprocess --week 2026-W47 --dry-run"))
@week_option(None, "One week; all weeks if not given.")
@click.option("--dry-run", is_flag=True, help="Only compare, store nothing.")
def reprocess(week: str | None, dry_run: bool) -> None:
    """Read the stored evidence again.

    What reads otherwise than it was stored becomes a new version.
    """
    from monitor.operate.collection import reprocess_weeks

    config, _, store = open_all()
    failed = False
    with store, progress_bar("pages") as progress:
        pages = store.count_pages(week)
        read_again = reprocess_weeks(
            config, store, week, dry_run=dry_run, on_page=lambda: progress(1, pages)
        )
        for reprocessed in read_again:
            for problem in reprocessed.problems:
                say(problem, err=True)
            say(reprocessed)
            failed |= bool(reprocessed.problems)
        if week is None and (archived_weeks := store.archive.weeks()):
            say(f"not read again, as they are archived: {', '.join(archived_weeks)}")
    fail_if(failed)


@click.command(epilog=example("capture 2026-W47/lazada-12.warc.gz#8192 lazada new-layout"))
@click.argument("pointer", metavar="FILE#OFFSET")
@click.argument("platform")
@click.argument("case")
def capture(pointer: str, platform: str, case: str) -> None:
    """Turn a stored response into a test page.

    It becomes tests/pages/PLATFORM/CASE. The pointer stands in the store (view observations,
    column evidence).
    """
    from monitor.operate.collection import capture_response

    say(capture_response(load_config(), pointer, platform, case))
