"""Commands on the store: ``pantau db``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.config import PantauError, load_config
from monitor.process import LockedError, locked

from .archive import (
    WITH_ARCHIVED,
    archive,
    archive_folders,
    store_to_copy,
    unarchive,
    wrong_archive_files,
)
from .base import (
    InputPath,
    Weeks,
    example,
    last_week,
    load_settings,
    open_store,
    say,
    this_week,
    week_option,
)

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.research import ReleaseKey

SQL_TIME_LIMIT = 10_000
"""Milliseconds that Datasette gives a query: five times what a documented one may take."""


@click.group(epilog=example("db backup pantau-2026-11-22.db"))
def db() -> None:
    """Migrations, copies, and releases for research."""


db.add_command(archive)
db.add_command(unarchive)


@db.command("upgrade", epilog=example("db upgrade"))
def db_upgrade() -> None:
    """Bring the schema up to this version of Pantau.

    A SQLite database is copied beside itself first, and the copy is checked. Stop the daemon first.
    """
    from monitor.store import Store

    config = load_config()
    config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _without_daemon(config):
        if copy := Store.copy_before_upgrade(config.database_url):
            say(f"copied to {copy}")
        before, after = Store.upgrade(config.database_url, home=config.home)
        if config.schedule.workers:
            _make_queue(config)
    say(f"schema {after}" if before == after else f"schema {before or 'none'} → {after}")


def _make_queue(config: Config) -> None:
    """The tables in which crawls wait for workers."""
    from monitor.operate.queue import CrawlQueue

    if CrawlQueue(config.database_url).make_tables():
        say("queue of the workers made")


@contextmanager
def _without_daemon(config: Config) -> Iterator[None]:
    """Keep the daemon of this home from running; raises ``LockedError`` where it does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(config.daemon_lock, "the daemon of this home"))
        except LockedError as error:
            holder = str(error).partition(";")[0]
            raise LockedError(f"{holder}; stop it first, as it uses the database") from error
        yield


@db.command("backup", epilog=example("db backup pantau-2026-11-22.db"))
@click.argument("target", type=click.Path(path_type=Path))
def db_backup(target: Path) -> None:
    """Write a consistent copy of the database to TARGET.

    The database may be in use meanwhile, and of an older schema.
    """
    from monitor.store import Store

    config = load_config()
    Store.copy(config.database_url, target)
    say(f"{target}: {target.stat().st_size} bytes")
    for folder in archive_folders(config):
        say(f"archived weeks lie in {folder}, which is no part of it: copy that, too")


@db.command("restore", epilog=example("db restore pantau-2026-11-22.db"))
@click.argument("source", type=InputPath())
@click.confirmation_option(prompt="This replaces the present database. Go on?")
def db_restore(source: Path) -> None:
    """Replace the database by the copy SOURCE.

    The copy is checked first, and the present database is kept. Stop the daemon first.
    """
    from monitor.store import Store

    config = load_config()
    with _without_daemon(config):
        replaced = Store.restore(config.database_url, source, home=config.home)
        returned = _returned_sellers(config)
        wrong_files = wrong_archive_files(config)
    where = f"; the old one is kept at {replaced}" if replaced else ""
    say(f"restored from {source}{where}")
    for seller in returned:
        say(f"{seller}: was erased and is back with this copy; run: pantau seller erase {seller}")
    for problem in wrong_files:
        say(problem)


def _returned_sellers(config: Config) -> tuple[str, ...]:
    """Sellers that were erased after the copy was made that the database now is."""
    from monitor.store import Store, StoreError
    from monitor.store.erasures import LIST

    if not (config.home / LIST).is_file():
        return ()
    try:
        with Store.open(config.database_url, create=False, home=config.home) as store:
            return store.erasing.returned(store.erasures)
    except StoreError as error:
        say(f"whether erased sellers are back with this copy is not known: {error}", err=True)
        return ()


@db.command("rehome", epilog=example("db rehome"))
def db_rehome() -> None:
    """Make this home the owner of its database.

    The home before is refused from now on; the same command there takes the database back.
    """
    from monitor.store import Store

    config = load_config()
    owner_before = Store.rehome(config)
    say(f"belongs to {config.home}" + (f", before to {owner_before}" if owner_before else ""))


@db.command("optimize", epilog=example("db optimize"))
def db_optimize() -> None:
    """Count anew what the query planner goes by.

    Pantau does so by itself where much has changed; after a restore or a large ingest it can be
    asked for. Others may read meanwhile.
    """
    from monitor.store import Store

    with Store.of_home(load_config(), create=False) as store:
        store.optimize()
        say(f"optimized {store.size} bytes")


@db.command("key", epilog=example("db key release.key"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def db_key(file: Path) -> None:
    """Make the key of restricted releases.

    32 random bytes, in a FILE that only this user may read. Keep it: the same key gives the same
    pseudonyms in every release, and whoever has it can look sellers up.
    """
    from monitor.research import make_key

    key = make_key(file)
    say(f"{file}: key {key.id}")


_tier_option = click.option(
    "--tier",
    type=click.Choice(["public", "restricted"]),
    help="For everybody, or for those who agreed with you in writing; as there is a key, if not"
    " given.",
)
_key_option = click.option(
    "--key-file",
    type=InputPath(),
    help="The key of restricted releases, as db key makes it; public ones have none.",
)


def _release_key(tier: str | None, key_file: Path | None) -> ReleaseKey | None:
    """The key of a restricted release; None of a public one."""
    from monitor.research import read_key

    if tier == "restricted" and key_file is None:
        raise click.UsageError("--tier restricted needs the --key-file that db key makes")
    if tier == "public" and key_file:
        raise click.UsageError("--tier public takes no --key-file: it has no pseudonyms")
    return read_key(key_file) if key_file else None


_format_option = click.option(
    "--format",
    "formats",
    type=click.Choice(["csv", "csv,parquet"]),
    default="csv",
    show_default=True,
    help="Parquet beside CSV needs pyarrow.",
)


@db.command("export", epilog=example("db export release --week 2026-W40..2026-W47"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_tier_option
@_key_option
@click.option(
    "--week",
    "spans",
    type=Weeks(),
    multiple=True,
    metavar="WEEK[..WEEK]",
    help="A week, or all from one to another; all that have an edition if not given.",
)
@_format_option
def db_export(
    folder: Path,
    tier: str | None,
    key_file: Path | None,
    spans: tuple[tuple[str, str], ...],
    formats: str,
) -> None:
    """Write a release for research into FOLDER.

    A data package with codebook and citation, of the weeks that have an edition. The public tier
    holds nothing that names an offer or a seller, and every estimate can be computed from it; the
    restricted tier has titles and pseudonyms, and gives every interval and verdict, too.
    """
    from functools import partial

    from monitor.operate.archive import with_weeks
    from monitor.operate.editions import edition_classifier
    from monitor.research import export
    from monitor.store import Store

    key = _release_key(tier, key_file)
    config, registry = load_settings()
    with Store.of_home(config, create=False) as store:
        with_edition = {week for week, _, _ in store.editions.all()}
        weeks = {week for week in with_edition for first, last in spans if first <= week <= last}
        weeks |= {first for first, last in spans if first == last}
        if spans and not weeks:
            raise PantauError("no week from the first to the last has an edition to release")
        chosen = weeks if spans else None
        with with_weeks(config, store, chosen) as whole:
            release = export(
                config,
                registry,
                whole,
                folder,
                classifier_of=partial(edition_classifier, whole),
                key=key,
                weeks=chosen,
                formats=formats.split(","),
            )
        say(release)


@db.command("publish", epilog=example("db publish releases --week 2026-W47"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@week_option(last_week, "Week to release; the last complete one if not given.")
@_tier_option
@_key_option
@_format_option
def db_publish(
    folder: Path, week: str, tier: str | None, key_file: Path | None, formats: str
) -> None:
    """Add a week to the series of releases in FOLDER.

    The week gets a folder of its own (2026-W47, made again 2026-W47-2), as db export writes it,
    with the rows that it adds, changes and takes away against the release before; index.json and
    index.html list all of them at one address. Only a week whose newest edition was released goes
    out, and one whose rows have not changed is not made again. A folder holds one tier.
    """
    from monitor.operate.archive import with_weeks
    from monitor.operate.data_releases import publish_week
    from monitor.store import Store

    key = _release_key(tier, key_file)
    config, registry = load_settings()
    with Store.of_home(config, create=False) as store, with_weeks(config, store, [week]) as whole:
        release, is_new = publish_week(
            config, registry, whole, folder, week, key=key, formats=formats.split(",")
        )
    say(folder / release.path)
    if not is_new:
        say(f"{week}: nothing changed since {release.name}; it was not made again", err=True)


_WITH_SELLERS = click.option(
    "--with-sellers", is_flag=True, help="Show sellers, addresses and remarks as they are."
)


@db.command("snapshot", epilog=example("db snapshot /srv/researchers/2026-W47"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_WITH_SELLERS
@WITH_ARCHIVED
def db_snapshot(folder: Path, with_sellers: bool, with_archived: bool) -> None:
    """Write a copy for readers into FOLDER.

    Consistent, to be opened read-only by whoever has no access to this home, with full-text search
    over titles. People's links are left out; so are sellers' names, unless you ask for them.
    """
    from monitor.research import snapshot

    with store_to_copy(load_config(), with_archived=with_archived) as store:
        say(snapshot(store, folder, with_sellers=with_sellers))


@db.command("prune", epilog=example("db prune --older-than 52 --dry-run"))
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="WEEKS",
    help="Weeks to keep; retention.findings_weeks of pantau.toml if not given.",
)
@week_option(this_week, "Week to count back from; the current one if not given.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
def db_prune(older_than: int | None, week: str, dry_run: bool) -> None:
    """Remove the findings of old editions.

    Their hash, cells and cases stay. Kept are the findings of editions that were released, of those
    that these were compared with, and of the newest edition of each week.
    """
    from monitor.operate.retention import removable_findings
    from monitor.operate.run_log import recorded
    from monitor.operate.timetable import FINDINGS_JOB

    config = load_config()
    keep_weeks = older_than or config.retention.findings_weeks
    if keep_weeks is None:
        raise click.UsageError(
            "nothing says how long to keep: give --older-than WEEKS, or findings_weeks in"
            " [retention] of pantau.toml"
        )
    with open_store(config, create=False) as store:
        editions = removable_findings(store, week, keep_weeks)
        freed = 0
        if not dry_run:
            with recorded(store, FINDINGS_JOB, store.origin, week=week) as run:
                freed = store.editions.remove_findings(editions)
                run.counts |= {"editions": len(editions), "bytes": freed}
    for old_week, kind, as_of in editions:
        say(f"{'would remove' if dry_run else 'removed'} {old_week} {kind} as of {as_of:%Y-%m-%d}")
    say(f"findings of {len(editions)} editions" + ("" if dry_run else f", {freed / 2**20:.1f} MiB"))


@db.command("explore", epilog=example("db explore --port 8001"))
@click.option("--port", default=8001, show_default=True, help="On loopback.")
@_WITH_SELLERS
@WITH_ARCHIVED
def db_explore(port: int, with_sellers: bool, with_archived: bool) -> None:
    """Open a copy of the database in Datasette.

    On loopback, to pages asked for under a name of this machine; read-only, without people's links
    and sellers' names. Views come first, then questions, each with what its answer may not show,
    and charts of six of them. The copy goes when it ends. Needs
    pip install 'pantau-impor[research]'.
    """
    import shutil
    import tempfile
    from importlib.util import find_spec

    import msgspec

    from monitor.operate.explorer_charts import MOST_ROWS
    from monitor.process import PYTHON_MODULE, Child, stop_signals
    from monitor.research import snapshot
    from monitor.research.questions import explorer_metadata
    from monitor.store.dictionary import datasette

    if find_spec("datasette") is None:
        raise click.ClickException(
            "datasette is not installed: pip install 'pantau-impor[research]'"
        )
    with tempfile.TemporaryDirectory() as folder:
        with store_to_copy(load_config(), with_archived=with_archived) as store:
            copy = snapshot(store, Path(folder), with_sellers=with_sellers)
        plugins = Path(folder) / "plugins"
        plugins.mkdir()
        shutil.copy(Path(__file__).with_name("explore_plugin.py"), plugins)
        metadata = Path(folder) / "metadata.json"
        content = explorer_metadata(datasette(copy.stem), copy.stem)
        metadata.write_bytes(msgspec.json.encode(content))
        options = {
            "immutable": copy,
            "metadata": metadata,
            "port": port,
            "plugins-dir": plugins,
            "template-dir": Path(__file__).with_name("explore_templates"),
        }
        arguments = [part for name, setting in options.items() for part in (f"--{name}", setting)]
        arguments += ["--setting", "sql_time_limit_ms", SQL_TIME_LIMIT]
        arguments += ["--setting", "max_returned_rows", MOST_ROWS]
        datasette_run = Child(
            [*PYTHON_MODULE, "datasette", "serve", *map(str, arguments)],
            on_stderr=lambda line: say(line.rstrip(), err=True),
        )
        with stop_signals(lambda _: datasette_run.terminate()):
            exit_code = datasette_run.follow()
    raise SystemExit(max(exit_code, 0))
