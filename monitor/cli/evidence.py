"""Commands on what was kept: verify, pack, read again, turn into tests, learn from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.config import load_config

from .base import Week, fail_if, open_all, this_week, week_option


@click.group()
def evidence() -> None:
    """The evidence: responses as received, hashed and sealed."""


@evidence.command("verify")
def evidence_verify() -> None:
    """Compute every hash again and say what is missing, changed or rewritten."""
    from monitor.evidence.anchors import verify_all

    config = load_config()
    problems = verify_all(config.evidence, (config.reports, config.home / "public"))
    for problem in problems:
        click.echo(f"{problem.file}: {problem.kind}: {problem.detail}", err=True)
    whole = "the evidence is whole" if config.evidence.is_dir() else "there is no evidence yet"
    click.echo(f"{len(problems)} problems" if problems else whole)
    fail_if(bool(problems))


@evidence.command("pack")
@click.argument("listing", metavar="PLATFORM/ITEM")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def evidence_pack(listing: str, out: Path | None) -> None:
    """Hand over the evidence of one listing as a WACZ."""
    from monitor.evidence import pack

    platform, slash, item = listing.partition("/")
    if not slash:
        raise click.UsageError("name a listing as PLATFORM/ITEM, such as lazada/6445600950")
    config, _, store = open_all()
    with store:
        seen = store.observations.of_listing(platform, item)
        if not seen:
            raise click.ClickException(f"{listing}: never seen by this store")
        visits = [
            visit
            for week in store.plans.weeks()
            for visit in store.visits.of_week(week)
            if (visit.platform, visit.item_id) == (platform, item)
        ]
    path = pack(
        config.evidence,
        out or Path(f"{platform}-{item}.wacz"),
        listing=seen[-1].listing,
        pages=[one.received for one in seen if one.received],
        visits=visits,
    )
    click.echo(path)


@click.command()
@click.option("--week", type=Week(), metavar="2026-W47", help="One week; all weeks if not given.")
@click.option("--dry-run", is_flag=True, help="Only compare, store nothing.")
def reprocess(week: str | None, dry_run: bool) -> None:
    """Read the stored evidence again; what reads otherwise becomes a new version."""
    from monitor.crawl.reprocess import reprocess as read_again
    from monitor.crawl.spider import load_spiders

    config, _, store = open_all()
    failed = False
    with store:
        for one in [week] if week else [*store.plans.weeks(), None]:
            done = read_again(store, config.evidence, load_spiders(), one, dry_run=dry_run)
            for problem in done.problems:
                click.echo(problem, err=True)
            click.echo(done)
            failed |= bool(done.problems)
    fail_if(failed)


@click.command()
@click.argument("pointer", metavar="FILE#OFFSET")
@click.argument("platform")
@click.argument("case")
def capture(pointer: str, platform: str, case: str) -> None:
    """Turn a stored response into a test page: tests/pages/PLATFORM/CASE.

    The pointer stands in the store (view observations, column evidence).
    """
    from monitor.crawl.saved.capture import capture as save
    from monitor.evidence import EvidenceStore

    click.echo(save(EvidenceStore(load_config().evidence).read(pointer), platform, case))


@evidence.command("prune")
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="WEEKS",
    help="Weeks to keep; retention.evidence_weeks of pantau.toml if not given.",
)
@week_option(this_week, "Week to count back from; the current one if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
def evidence_prune(older_than: int | None, week: str, dry_run: bool) -> None:
    """Remove raw evidence past its limit, leaving a record of every file removed.

    What stays: weeks that were not released, and files that hold a listing somebody labelled as a
    foreign seller's.
    """
    from monitor.operate.retention import prunable, prune
    from monitor.operate.run_log import recorded

    config, _, store = open_all()
    keep = older_than or config.retention.evidence_weeks
    with store:
        if keep is None:
            raise click.UsageError(
                "nothing says how long to keep: give --older-than WEEKS, or evidence_weeks in"
                " [retention] of pantau.toml"
            )
        found = prunable(store, config.evidence, week, keep)
        if not dry_run:
            origin = store.origin
            with recorded(store, "prune", origin, week=week) as run:
                prune(config.evidence, week, found, keep_weeks=keep, at=datetime.now(UTC))
                run.counts |= {"files": len(found.remove), "bytes": found.bytes}
    for name in found.remove:
        click.echo(f"{'would remove' if dry_run else 'removed'} {name}")
    click.echo(
        f"{len(found.remove)} files, {found.bytes / 2**20:.1f} MiB; {found.proof} kept as proof"
    )
    if found.unreleased:
        click.echo(f"not released, so kept: {', '.join(found.unreleased)}")
