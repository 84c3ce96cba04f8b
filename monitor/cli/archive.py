"""Old weeks' positions in files: ``pantau db archive`` and ``unarchive``, and what copies say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.config import load_config

from .base import InputPath, Week, example, open_store, say

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store
    from monitor.store.archive import ArchivedFile


def _folder(context: click.Context, parameter: click.Parameter, name: str | None) -> Path | None:
    """A folder that was named; an empty name would be the present folder."""
    if name == "":
        raise click.BadParameter("names no folder; leave it out for archive/ of the home")
    return Path(name) if name else None


@click.command("archive", epilog=example("db archive --before 2025-W40"))
@click.option(
    "--before",
    type=Week(),
    required=True,
    metavar="WEEK",
    help="The first week that stays; at least the last 52 weeks do.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False),
    callback=_folder,
    help="The folder of the files; archive/ of the home if not given.",
)
@click.option(
    "--vacuum",
    is_flag=True,
    help="Write the database anew afterwards, so that the disk gets the space back.",
)
def archive(before: str, folder: Path | None, vacuum: bool) -> None:
    """Move old weeks' positions into Parquet files.

    Each week is written, read back, held against the database and only then taken out of it. What
    stays: findings, cases, labels, pages, contents of offers, and the positions of all offers that
    were drawn, labelled, visited or made a case. Without --vacuum the space is used again by what
    comes. Needs pip install 'pantau-impor[research]'.
    """
    from monitor.operate.archive import archive_before, require_old
    from monitor.operate.run_log import recorded

    config = load_config()
    require_old(config, before, config.now())
    with open_store(config, create=False) as store:

        def tell(week: str, moved: int, files: tuple[ArchivedFile, ...]) -> None:
            run.counts |= {"positions": run.counts.get("positions", 0) + moved}
            size = sum(file.size for file in files)
            say(
                f"{week}: {moved} of {files[0].rows} positions moved,"
                f" {size} bytes in {Path(files[0].path).parent}"
            )

        size = store.size
        with recorded(store, "archive", store.origin) as run:
            weeks = archive_before(config, store, before, config.now(), folder=folder, say=tell)
            run.counts["weeks"] = len(weeks)
        if vacuum and weeks:
            store.vacuum()
        freed = size - store.size
    given_back = f", {freed / 2**20:.1f} MiB given back" if vacuum else ""
    say(f"{len(weeks)} week{'s'[: len(weeks) != 1]} archived{given_back}")
    if weeks:
        say("copy the folder as you copy evidence/: db backup does not hold it")


@click.command("unarchive", epilog=example("db unarchive 2025-W39"))
@click.argument("week", type=Week())
@click.option(
    "--from",
    "folder",
    type=InputPath(folder=True),
    help="The archive's folder, or the week's own, where they were moved since.",
)
def unarchive(week: str, folder: Path | None) -> None:
    """Put the positions of an archived week back.

    The week is in the database as it was. Its files stay where they are.
    """
    from monitor.operate import archive as files
    from monitor.operate.run_log import recorded

    config = load_config()
    with open_store(config, create=False) as store:
        with recorded(store, "unarchive", store.origin, week=week) as run:
            run.counts["positions"] = files.unarchive(config, store, week, folder)
        say(f"{week}: {run.counts['positions']} positions put back")


def archive_folders(config: Config) -> tuple[Path, ...]:
    """Where archived weeks lie; none where the database is of an older schema, which has none."""
    from monitor.operate.archive import folders
    from monitor.store import Store, StoreError

    try:
        with Store.of_home(config, create=False) as store:
            return folders(config, store)
    except StoreError:
        return ()


def wrong_archive_files(config: Config) -> tuple[str, ...]:
    """What is wrong with the files to which a restored database points."""
    from monitor.operate.archive import problems
    from monitor.store import Store, StoreError

    try:
        with Store.open(config.database_url, create=False) as store:
            return tuple(problems(config, store))
    except StoreError:
        # A copy of an older schema, which has no archive.
        return ()


WITH_ARCHIVED = click.option(
    "--with-archived", is_flag=True, help="Put the positions of archived weeks back in the copy."
)


@contextmanager
def store_to_copy(config: Config, *, with_archived: bool) -> Iterator[Store]:
    """The store that a copy for readers is made of: with all archived weeks put back, or without
    them, which is said."""
    from monitor.operate.archive import with_weeks
    from monitor.store import Store

    with Store.of_home(config, create=False) as store:
        if with_archived:
            with with_weeks(config, store) as whole:
                yield whole
            return
        if weeks := store.archive.weeks():
            span = weeks[0] if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}"
            say(
                f"archived positions are left out of the copy ({span});"
                " --with-archived puts them back in it",
                err=True,
            )
        yield store
