"""Old weeks' positions in files: archived, put back, checked, and read from a copy of the store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from monitor.config import Config, PantauError, previous_week, week_of
from monitor.estimate import Settings
from monitor.estimate.season import is_last, season_before
from monitor.operate.archive_files import (
    ArchiveError,
    problem_of,
    read_rows,
    write_week,
)
from monitor.process import locked
from monitor.store import Store
from monitor.store.archive import ArchivedFile

FOLDER = "archive"
"""Below the home, where nobody names another folder."""
LOOK_BACK = 26
"""Weeks before its own that an edition reads positions of at most: at the end of a quarter all of
that and all of the quarter before."""
LEAST_WEEKS = 52
"""Weeks before the current one that stay in the database at least."""


def first_kept_week(config: Config, now: datetime) -> str:
    """The oldest week that has to stay in the database.

    Editions of the last ``late_weeks`` are made again unasked, each with ``LOOK_BACK`` weeks.
    """
    weeks = max(LEAST_WEEKS, LOOK_BACK + config.schedule.late_weeks)
    return previous_week(week_of(now), weeks)


def weeks_read(week: str) -> set[str]:
    """The weeks whose positions an edition of ``week`` is made from, its own among them."""
    weeks = {previous_week(week, back) for back in range(Settings().window + 1)}
    return weeks.union(season_before(week) if is_last(week) else ())


def require_old(config: Config, before: str, now: datetime) -> None:
    """Raises ``PantauError`` where a week before ``before`` has to stay in the database."""
    first_kept = first_kept_week(config, now)
    if before > first_kept:
        raise PantauError(
            f"{before}: reports still read the positions of {first_kept} and later weeks, which"
            f" stay in the database; archive those before {first_kept} at most"
        )


def archive_before(
    config: Config,
    store: Store,
    before: str,
    now: datetime,
    *,
    folder: Path | None = None,
    say: Callable[[str, int, tuple[ArchivedFile, ...]], object] = lambda week, moved, files: None,
) -> tuple[str, ...]:
    """Move the positions of all weeks before ``before`` into files; returns the weeks.

    Each week is written, read back, held against the store and only then taken out of it, in one
    transaction: where it is cut off, the store is as it was and the week is archived again. ``say``
    hears of each week how many positions went. Raises ``PantauError`` where a week has to stay.
    """
    require_old(config, before, now)
    folder = (folder or config.home / FOLDER).absolute()
    with locked(config.home / "archive.lock", "an archive of this home"):
        weeks = store.archive.weeks_before(before)
        for week in weeks:
            files = write_week(store, folder, week, now)
            say(week, move_week(config, store, files), files)
    return weeks


def move_week(config: Config, store: Store, files: Iterable[ArchivedFile]) -> int:
    """Take the rows of a week that was written out of the store; returns how many positions."""
    files = tuple(files)
    copies = {file.name: read_rows(Path(file.path), file.name) for file in files}
    entries = [replace(file, path=_from_home(config, Path(file.path))) for file in files]
    return store.archive.move(entries, copies)


def unarchive(config: Config, store: Store, week: str, folder: Path | None = None) -> int:
    """Put the positions of a week back; returns how many came.

    ``folder`` holds the week's files, or the folders of weeks, where they lie no more where they
    were written. The files stay. Raises ``PantauError`` where one is missing or another than was
    archived.
    """
    with locked(config.home / "archive.lock", "an archive of this home"):
        return put_back(config, store, week, folder)


def put_back(config: Config, store: Store, week: str, folder: Path | None = None) -> int:
    """Put the positions of a week of this home's archive into a store."""
    files = store.archive.files(week)
    if not files:
        raise PantauError(f"{week}: is not archived; pantau doctor tells how many weeks are")
    # An archive that was moved is named as a whole as well as by the week's own folder.
    if folder and (folder / week).is_dir():
        folder /= week
    copies = {}
    for file in files:
        path = path_of(config, file, folder)
        if problem := problem_of(path, file):
            raise ArchiveError(problem)
        copies[file.name] = read_rows(path, file.name)
    return store.archive.put_back(week, copies)


def path_of(config: Config, file: ArchivedFile, folder: Path | None = None) -> Path:
    """Where a file of the archive lies: in ``folder``, else where it was written."""
    path = config.home / file.path
    return folder / path.name if folder else path


def problems(config: Config, store: Store) -> Iterator[str]:
    """What is wrong with the files of the archive, each in a line."""
    for file in store.archive.files():
        if problem := problem_of(path_of(config, file), file):
            yield problem


def folders(config: Config, store: Store) -> tuple[Path, ...]:
    """The folders below which the files of archived weeks lie."""
    return tuple(sorted({path_of(config, file).parent.parent for file in store.archive.files()}))


@contextmanager
def with_weeks(config: Config, store: Store, weeks: Iterable[str] | None = None) -> Iterator[Store]:
    """A store that holds all that editions of ``weeks``, or of all weeks, look back on.

    It is the store itself where nothing of that is archived, else a copy that goes at the end, with
    these weeks put back: the store stays as it is. Raises ``PantauError`` for PostgreSQL, which
    nobody can copy in passing.
    """
    archived = store.archive.weeks()
    if weeks is not None:
        needed: set[str] = set().union(*map(weeks_read, weeks))
        archived = tuple(week for week in archived if week in needed)
    if not archived:
        with nullcontext(store) as present:
            yield present
        return
    if not config.database_url.startswith("sqlite"):
        raise PantauError(
            f"{', '.join(archived)}: their positions are archived; put them back first, one after"
            f" the other: pantau db unarchive {archived[0]}"
        )
    with tempfile.TemporaryDirectory(prefix="pantau-archive-") as name:
        path = store.backup(Path(name) / "pantau.db")
        with Store.open(f"sqlite:///{path}", create=False) as copy:
            copy.erasures = store.erasures
            for week in archived:
                put_back(config, copy, week)
            yield copy


def _from_home(config: Config, path: Path) -> str:
    home = config.home.absolute()
    return str(path.relative_to(home) if path.is_relative_to(home) else path)
