"""The week's commands: plan, crawl, ingest, classify, report."""

from __future__ import annotations

import sys
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from monitor.config import JAKARTA, load_config
from monitor.model import EditionKind, SampledPage

from .base import (
    Week,
    begun,
    fail_if,
    last_week,
    open_all,
    open_store,
    this_week,
    week_option,
)

_AS_TEXT: Any = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""}


@click.command()
@week_option(this_week, "Week to plan; the current one if not given.")
@click.option("--list", "listed", is_flag=True, help="Print every unit with its URL.")
def plan(week: str, listed: bool) -> None:
    """Draw the week's sample and print its cost and margin; a plan already drawn stands."""
    from monitor.estimate import Settings
    from monitor.operate.planning import plan_week
    from monitor.sampling.outlook import costs, margins

    config, registry, store = open_all()
    with store:
        drawn, fresh = plan_week(config, registry, store, week, origin=config.origin)
    if listed:
        for unit in drawn.units:
            click.echo(f"{unit.position:>5} {unit.id} {unit.url}")
        return
    when = f"{drawn.drawn_at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"
    click.echo(
        f"{week}: {len(drawn.units)} units, {'drawn' if fresh else 'stand as drawn'} {when}, "
        f"frame {drawn.frame_version}, seed {drawn.seed}"
    )
    if drawn.frame_version != registry.frame.version:
        click.echo(f"the frame has changed to {registry.frame.version} since; the plan stands")
    for cost in costs(drawn, registry, config.crawl):
        click.echo(
            f"{cost.platform}: {cost.requests} requests, "
            f"{cost.duration.total_seconds() / 3600:.1f} hours in {cost.nights} nights"
        )
    for cut in drawn.shortfalls:
        click.echo(
            f"{cut.platform}: the budget of {cut.budget} requests cut {cut.wanted} to {cut.drawn}"
        )
    least = Settings().least_entries
    for cell in margins(drawn, registry):
        found = (
            f"at a share of {cell.share:.0%} expect ±{cell.margin:.1%}, "
            f"with nothing found at most {cell.none_found:.1%}"
        )
        few = f"not measurable with fewer than {least} entries"
        click.echo(
            f"{cell.platform} {cell.cluster}: {cell.entries} entries, {cell.places} places; "
            f"{few if cell.entries < least else found}"
        )


@click.command()
@click.argument("platforms", nargs=-1)
@week_option(this_week, "Week to crawl; the current one if not given.")
def crawl(platforms: tuple[str, ...], week: str) -> None:
    """Fetch what is still planned, each platform in a process of its own.

    A platform that refuses is a result: it is printed, and the exit code stays 0.
    """
    from monitor.crawl.process import crawl as run

    config, _, store = open_all()
    with store:
        drawn = store.plans.of_week(week)
    if drawn is None:
        raise click.ClickException(f"{week}: no plan; draw it with: pantau plan --week {week}")
    planned = sorted({unit.platform for unit in drawn.units})
    if unknown := sorted(set(platforms) - set(planned)):
        raise click.UsageError(
            f"not in the plan of {week}: {', '.join(unknown)}; it has {', '.join(planned)}"
        )
    units = sum(unit.platform in (platforms or planned) for unit in drawn.units)
    with click.progressbar(
        length=units, label=week, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        results = run(
            config,
            platforms or planned,
            week,
            progress=lambda event: bar.update(event["event"] == "page"),
        )
    for result in results:
        click.echo(result)
    fail_if(any(result.failed for result in results))


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--platform", help="Platform of the pages, where they do not tell it themselves.")
@click.option("--week", type=Week(), metavar="2026-W47", help="Week of undated pages.")
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
    """Take in saved pages: .json .html .har .warc .warc.gz .wacz .mhtml, or folders of them."""
    from monitor.crawl.saved import FileResult, Outcome
    from monitor.crawl.saved import ingest as take
    from monitor.model import to_json
    from monitor.registry import load_registry

    if form and not dry_run:
        raise click.UsageError("--format goes with --dry-run")

    def say(file: FileResult) -> None:
        click.echo(file.line, err=bool(form) or file.outcome is Outcome.failed)

    def print_listings(page: SampledPage) -> None:
        for listing in page.listings:
            click.echo(to_json(listing))

    config = load_config()
    registry = load_registry(config.registry, config.confirmations)
    with nullcontext() if dry_run else open_store(config) as store:
        summary = take(
            paths,
            registry=registry,
            store=store,
            evidence=config.evidence if store else None,
            platform=platform,
            week=week,
            observed_at=observed_at.replace(tzinfo=JAKARTA) if observed_at else None,
            on_page=print_listings if form else lambda page: None,
            say=say,
        )
    fail_if(bool(summary.exit_code))


@click.command()
@click.argument("file", required=False, type=click.Path(allow_dash=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), help="Of FILE and output.")
def classify(file: Path | None, form: str | None) -> None:
    """Classify the rows of FILE (- for standard input), or without FILE the store's listings.

    Adds cluster, category, cluster_score, cross_border, cross_border_score and signals to each row
    that has a title; other columns stay as they are.
    """
    if file is None:
        from monitor.operate.editions import classify_store

        config, registry, store = open_all()
        with store:
            version, new = classify_store(config, registry, store, origin=config.origin)
        click.echo(f"classifier {version}: {new} listings classified")
        return
    from monitor.classify import Classifier, classify_stream
    from monitor.registry import load_registry

    config = load_config()
    registry = load_registry(config.registry, config.confirmations)
    name = str(file)

    def complain(line: int, problem: str) -> None:
        click.echo(f"{name}: line {line}: {problem}", err=True)

    with ExitStack() as stack:
        if name == "-":
            sys.stdin.reconfigure(**_AS_TEXT)  # type: ignore[union-attr]
            source: TextIO = sys.stdin
        else:
            try:
                source = stack.enter_context(file.open(**_AS_TEXT))
            except OSError as error:
                raise click.ClickException(f"{name}: {error.strerror}") from error
        target = sys.stdout
        jsonl = (form or name).endswith(("jsonl", ".ndjson"))
        classifier = Classifier.load(registry, config.title_model)
        counts = classify_stream(source, target, "jsonl" if jsonl else "csv", complain, classifier)
    fail_if(bool(counts.bad))


@click.command()
@week_option(last_week, "Week to report; the last complete one if not given.")
@click.option(
    "--edition",
    type=click.Choice([kind.value for kind in EditionKind]),
    default=EditionKind.provisional.value,
    show_default=True,
)
@click.option(
    "--lang", type=click.Choice(["id", "en"]), help="Language; as configured if not given."
)
@click.option("--public", is_flag=True, help="Counts and verdicts, no sellers, links, photographs.")
@click.option("--pdf", is_flag=True, help="A PDF as well (needs a Chromium).")
@click.option("--letter", metavar="PLATFORM", help="Also a letter to this platform.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Another folder.")
@click.option("--late", is_flag=True, help="Make again what labels or the registry overtook.")
def report(
    week: str,
    edition: str,
    lang: str | None,
    public: bool,
    pdf: bool,
    letter: str | None,
    out: Path | None,
    late: bool,
) -> None:
    """Write an edition of a week and print where it is.

    With --late: the editions of the last weeks that labels or the registry have overtaken.
    """
    from monitor.operate.editions import make_edition, publish
    from monitor.operate.refresh import make_late
    from reports.letters import write_letter

    begun(week)
    if letter and public:
        raise click.UsageError("--letter names sellers and links: it does not go with --public")
    if late and (letter or public or pdf or out):
        raise click.UsageError("--late makes editions as the daemon does: it goes with --week only")

    config, registry, store = open_all()
    with store:
        if late:
            make_late(config, registry, store, datetime.now(UTC), week=week, say=click.echo)
            return
        findings, number, _ = make_edition(config, registry, store, week, EditionKind(edition))
    folder = out or (config.home / "public" if public else config.reports)
    if findings.edition != edition:
        said = (
            f"{week}: the {edition} edition was released; what changed since is {findings.edition}"
        )
        click.echo(said, err=True)
    if not (findings.coverage or findings.unplanned):
        click.echo(f"{week}: nothing was planned or seen; the edition says so", err=True)
    page = publish(
        findings,
        number,
        folder,
        lang=lang or config.language,
        public=public,
        pdf=pdf,
        evidence=config.evidence,
        warn=lambda message: click.echo(message, err=True),
    )
    click.echo(page)
    if letter:
        click.echo(write_letter(findings, letter, page.parent, lang or config.language, pdf=pdf))
