"""Commands on the evidence: verify, pack, prune."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.config import PantauError, load_config

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


@click.group(epilog=example("evidence verify"))
def evidence() -> None:
    """The evidence: responses as received, hashed and sealed."""


@evidence.command("verify", epilog=example("evidence verify"))
def evidence_verify() -> None:
    """Compute every hash again and say what is wrong.

    That is what is missing, changed or rewritten, what the database points to and the evidence does
    not have, and time stamps that do not hold.
    """
    from monitor.evidence import erased_count, unsealed
    from monitor.evidence.anchors import verify_all
    from monitor.evidence.time_stamps import verify_time_stamps
    from monitor.operate.evidence_check import store_problems
    from monitor.operate.time_stamping import time_authorities
    from monitor.store import Store, is_absent

    config = load_config()
    with progress_bar("verify") as progress:
        problems = verify_all(config.evidence, (config.reports, config.public_reports), progress)
    authorities = time_authorities(config)
    certificates = [authority.certificates for authority in authorities]
    stamp_problems, proven = verify_time_stamps(config.evidence, certificates)
    problems += stamp_problems
    not_compared, failed = None, False
    if is_absent(config.database_url):
        not_compared = "there is no database here"
    else:
        try:
            with Store.of_home(config, create=False) as store:
                problems += store_problems(store, config.evidence)
        except PantauError as error:
            not_compared = str(error)
            failed = True
    for problem in problems:
        say(f"{problem.file}: {problem.kind}: {problem.detail}", err=True)
    if not_compared:
        say(f"not compared with the database: {not_compared}", err=True)
    for week, moment in proven.items():
        say(f"manifest-{week}.json: existed at {moment:%Y-%m-%d %H:%M:%S} UTC, by its time stamp")
    if waiting := unsealed(config.evidence):
        say(f"{waiting} files are not sealed yet; the next report seals them", err=True)
    erased = f", {count} erased" if (count := erased_count(config.evidence)) else ""
    if problems:
        say("1 problem" if len(problems) == 1 else f"{len(problems)} problems")
    elif not config.evidence.is_dir():
        say("there is no evidence yet")
    elif not_compared or waiting:
        say(f"nothing wrong was found in what could be checked{erased}")
    else:
        say(f"the evidence is whole{erased}")
    fail_if(bool(problems) or failed)


@evidence.command("stamp", epilog=example("evidence stamp"))
def evidence_stamp() -> None:
    """Have an authority stamp the manifests of complete weeks.

    The authorities of [time_stamps] in pantau.toml are asked (RFC 3161), which see a hash only.
    """
    from monitor.operate.time_stamping import stamp

    config, _ = load_settings()
    if not config.time_stamps.authorities:
        raise click.UsageError("nobody to ask: name authorities in [time_stamps] of pantau.toml")
    with open_store(config, create=False) as store:
        stamps = stamp(config, store)
    for path in stamps:
        say(path)
    say(f"{len(stamps)} manifests stamped")


@evidence.command("pack", epilog=example("evidence pack lazada/6445600950"))
@click.argument("listing", metavar="PLATFORM/ITEM")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def evidence_pack(listing: str, out: Path | None) -> None:
    """Hand over the evidence of one listing as a WACZ."""
    from monitor.evidence import archive_name, pack
    from monitor.model import ListingKey

    platform, slash, item = listing.partition("/")
    if not slash:
        raise click.UsageError("name a listing as PLATFORM/ITEM, such as lazada/6445600950")
    config, _, store = open_all(create=False)
    with store:
        history = store.observations.of_listing(platform, item)
        key = ListingKey(platform, item)
        archived = store.archive.pages_of_listings([key]).get(key, ())
        if not history and archived:
            week = archived[-1].week
            raise click.ClickException(
                f"{listing}: was seen in archived weeks alone, last in {week}; put that back first:"
                f" pantau db unarchive {week}"
            )
        if not history:
            raise click.ClickException(f"{listing}: never seen by this store")
        visits = [
            visit
            for week in store.plans.weeks()
            for visit in store.visits.of_week(week)
            if (visit.platform, visit.item_id) == (platform, item)
        ]
        restricted = store.restricted_pages()
    pages = [page.received for page in archived if page.received]
    pages += [observation.received for observation in history if observation.received]
    handed = [page for page in pages if page.evidence not in restricted]
    if left_out := len(pages) - len(handed):
        say(f"{left_out} pages left out: they show a seller who was erased", err=True)
    path = pack(
        config.evidence,
        out or Path(f"{archive_name(platform, item)}.wacz"),
        listing=history[-1].listing,
        pages=handed,
        visits=visits,
    )
    say(path)


@evidence.command("prune", epilog=example("evidence prune --older-than 104 --dry-run"))
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="WEEKS",
    help="Weeks to keep; retention.evidence_weeks of pantau.toml if not given.",
)
@week_option(this_week, "Week to count back from; the current one if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
def evidence_prune(older_than: int | None, week: str, dry_run: bool) -> None:
    """Remove raw evidence past its limit.

    A record of every file removed is left. What stays: weeks that were not released, and files that
    hold a listing somebody labelled as a foreign seller's or an edition showed as confirmed.
    """
    from monitor.operate.retention import plan_pruning, prune
    from monitor.operate.run_log import recorded

    config, _ = load_settings()
    keep_weeks = older_than or config.retention.evidence_weeks
    if keep_weeks is None:
        raise click.UsageError(
            "nothing says how long to keep: give --older-than WEEKS, or evidence_weeks in"
            " [retention] of pantau.toml"
        )
    with open_store(config, create=False) as store:
        pruning = plan_pruning(store, config.evidence, week, keep_weeks)
        if not dry_run:
            with recorded(store, "prune", store.origin, week=week) as run:
                now = datetime.now(UTC)
                prune(config.evidence, week, pruning.files, keep_weeks=keep_weeks, at=now)
                run.counts |= {"files": len(pruning.files), "bytes": pruning.bytes}
    for name in pruning.files:
        say(f"{'would remove' if dry_run else 'removed'} {name}")
    say(
        f"{len(pruning.files)} files, {pruning.bytes / 2**20:.1f} MiB;"
        f" {pruning.proof} kept as proof"
    )
    if pruning.unreleased:
        say(f"not released, so kept: {', '.join(pruning.unreleased)}")
