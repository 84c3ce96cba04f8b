"""Old weeks' positions in files: nothing is lost, doubled or told otherwise for it."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from pyarrow import parquet

from monitor.cli import main
from monitor.config import Config, PantauError, previous_week, week_start
from monitor.findings.build import build_findings
from monitor.model import EditionKind, Findings, to_json
from monitor.operate.archive import (
    LEAST_WEEKS,
    LOOK_BACK,
    archive_before,
    move_week,
    problems,
    unarchive,
    weeks_read,
    with_weeks,
)
from monitor.operate.archive_files import ArchiveError, write_week
from monitor.operate.editions import edition_classifier, rebuild_edition
from monitor.operate.health import Grade, examine
from monitor.operate.status import archive_lines
from monitor.research import ReleaseKey, export, make_key
from monitor.store import Store, StoreError
from monitor.store.archived import ArchivedWeekError
from tests.research.weeks import WEEK, invented, make_week, registry, start_of

OLD = "2025-W20"
NOW = start_of(WEEK) + timedelta(days=14)
BEFORE = "2025-W30"
PLATFORMS = ("lazada", "shopee")
TABLES = ("observation", "screen", "sample_unit", "archived_file", "archived_sighting")
Dump = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def old_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an edition of an old week, and pages of a later one that nobody judged yet."""
    home = tmp_path_factory.mktemp("archive") / "home"
    listings = {platform: invented(platform) for platform in PLATFORMS}
    make_week(home, listings, kinds=[EditionKind.final], week=OLD)
    with Store.of_home(config_of(home)) as store:
        run = store.runs.start("ingest", store.origin, start_of(WEEK))
        (page,) = store.pages.of_week(OLD)[:1]
        later = replace(
            page,
            unit_id=None,
            observed_at=start_of(WEEK),
            listings=tuple(listings["lazada"][:3]),
            url="https://www.lazada.co.id/later",
            received=replace(page.received, sha256="f" * 64),
        )
        assert store.pages.save(run, later)
    return home


def config_of(home: Path) -> Config:
    return Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}")


@pytest.fixture
def config(old_home: Path, tmp_path: Path) -> Config:
    """A home of its own, as ``old_home``."""
    shutil.copytree(old_home, tmp_path / "home")
    return config_of(tmp_path / "home")


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with Store.of_home(config) as opened:
        yield opened


def dump(config: Config, *tables: str) -> Dump:
    """All rows of tables as SQLite holds them."""
    with closing(sqlite3.connect(config.home / "pantau.db")) as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in tables or TABLES
        }


def archive(config: Config, store: Store) -> None:
    assert archive_before(config, store, BEFORE, NOW) == (OLD,)


def test_a_week_is_moved_and_put_back_row_for_row(config: Config, store: Store) -> None:
    before = dump(config)
    archive(config, store)
    archived = dump(config)
    (positions, screened) = store.archive.files()
    assert (positions.name, screened.name) == ("observation", "screen")
    assert positions.rows == sum(row[10] == OLD for row in before["observation"]) > 200
    assert positions.retained < positions.rows / 2
    assert len(archived["observation"]) == len(before["observation"]) - (
        positions.rows - positions.retained
    )
    table = parquet.read_table(config.home / positions.path)
    assert table.num_rows == positions.rows
    assert not {"title", "seller_name", "seller"} & set(table.column_names)
    paths = config.home / "archive" / "*" / "observation.parquet"
    by_week = f"SELECT week, count(*) FROM '{paths}' GROUP BY week"
    assert duckdb.sql(by_week).fetchall() == [(OLD, positions.rows)]
    assert unarchive(config, store, OLD) == positions.rows - positions.retained
    assert dump(config) == before
    assert archive_before(config, store, BEFORE, NOW) == (OLD,)
    assert dump(config)["observation"] == archived["observation"]


def test_positions_that_labels_and_cases_rest_on_stay(config: Config, store: Store) -> None:
    archive(config, store)
    sample = store.audit_samples.of_week(OLD)
    assert sample
    drawn = {item.observation_id for item in sample.items}
    assert {seen.id for seen in store.screens.of_observations(drawn)} == drawn
    assert not list(problems(config, store))


def test_the_status_names_archived_weeks_and_files_that_are_not_there(
    config: Config, store: Store
) -> None:
    assert not list(archive_lines(config, store))
    archive(config, store)
    line = f"archive: 1 week in {config.home / 'archive'}"
    assert list(archive_lines(config, store)) == [line]
    (config.home / store.archive.files()[0].path).unlink()
    missing = f"{line}; 1 of 2 files are not there, see: pantau doctor"
    assert list(archive_lines(config, store)) == [missing]


def test_a_folder_without_a_name_is_wrong_usage(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(config.home))
    result = CliRunner().invoke(main, ["db", "archive", "--before", BEFORE, "--to", ""])
    assert (result.exit_code, "'--to': names no folder" in result.output) == (2, True)


@pytest.mark.parametrize("week", ["2025-W48", "2026-W47", "2027-W01"])
def test_weeks_that_reports_still_read_are_refused(config: Config, store: Store, week: str) -> None:
    with pytest.raises(PantauError, match=f"{week}: reports still read .* stay in the database"):
        archive_before(config, store, week, NOW)
    assert not store.archive.files()


def test_no_edition_looks_back_further_than_what_stays() -> None:
    weeks = [previous_week("2033-W10", back) for back in range(52 * 7)]
    farthest = max(week_start(week) - week_start(min(weeks_read(week))) for week in weeks)
    assert farthest == timedelta(weeks=LOOK_BACK)
    assert LEAST_WEEKS == 2 * LOOK_BACK


def test_the_newest_positions_of_a_store_are_never_archived(config: Config, store: Store) -> None:
    before = dump(config)
    late = NOW + timedelta(weeks=60)
    with pytest.raises(StoreError, match=f"{WEEK}: holds the newest positions"):
        archive_before(config, store, "2026-W50", late)
    assert store.archive.weeks() == (OLD,)
    assert len(dump(config)["observation"]) < len(before["observation"])


KILLED = """
import os, signal, sys
from pathlib import Path
from datetime import datetime, UTC
from monitor.operate.archive import move_week
from monitor.operate.archive_files import write_week
from monitor.store import Store
from monitor.store import triggers
from monitor.cli import main
from monitor.config import Config

home, step = Path(sys.argv[1]), sys.argv[2]
config = Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}")
with Store.of_home(config) as store:
    if step == "writing":
        rows = store.archive.rows
        def cut_off(week, table):
            for number, row in enumerate(rows(week, table)):
                if number == 100:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield row
        object.__setattr__(store.archive, "rows", cut_off)
    files = write_week(store, home / "archive", "2025-W20", datetime.now(UTC))
    if step == "written":
        os.kill(os.getpid(), signal.SIGKILL)
    statements = triggers.statements
    def at_the_end(dialect):
        # All rows are moved, and the transaction is about to be stored.
        os.kill(os.getpid(), signal.SIGKILL)
        yield from statements(dialect)
    if step == "moved":
        triggers.statements = at_the_end
    move_week(config, store, files)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("writing", marks=pytest.mark.long),
        "written",
        "moved",
        pytest.param("stored", marks=pytest.mark.long),
    ],
)
def test_a_kill_loses_and_doubles_nothing(config: Config, step: str) -> None:
    before = dump(config)
    command = [sys.executable, "-c", KILLED, str(config.home), step]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    is_moved = step == "stored"
    assert (dump(config) != before) == is_moved
    with Store.of_home(config) as store:
        assert archive_before(config, store, BEFORE, NOW) == (() if is_moved else (OLD,))
        assert not list(problems(config, store))
        unarchive(config, store, OLD)
    assert dump(config) == before


def test_a_copy_that_differs_from_the_store_moves_nothing(config: Config, store: Store) -> None:
    files = write_week(store, config.home / "archive", OLD, NOW)
    with closing(sqlite3.connect(config.home / "pantau.db")) as connection:
        connection.execute("UPDATE observation SET sold = 7 WHERE id = 100")
        connection.commit()
    before = dump(config)
    with pytest.raises(StoreError, match="the copy of observation is not what the store holds"):
        move_week(config, store, files)
    assert dump(config) == before
    with (
        closing(sqlite3.connect(config.home / "pantau.db")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="only ever appended"),
    ):
        connection.execute("DELETE FROM label")


def test_a_file_that_is_damaged_or_missing_is_told_and_not_read(
    config: Config, store: Store
) -> None:
    archive(config, store)
    (positions, _) = store.archive.files()
    path = config.home / positions.path
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    (problem,) = problems(config, store)
    assert "is not the file that was archived; restore it" in problem
    with pytest.raises(ArchiveError, match="is not the file"):
        unarchive(config, store, OLD)
    path.unlink()
    with pytest.raises(ArchiveError, match="is missing"):
        unarchive(config, store, OLD)
    elsewhere = config.home / "elsewhere"
    shutil.copytree(path.parent, elsewhere)
    (elsewhere / path.name).write_bytes(content)
    assert unarchive(config, store, OLD, elsewhere)


def test_whoever_needs_the_positions_is_told_to_put_them_back(config: Config, store: Store) -> None:
    archive(config, store)
    mend = f"{OLD}: its positions are archived; put them back first: pantau db unarchive {OLD}"
    page = store.pages.of_week(OLD)[0]
    asked: list[Callable[[], object]] = [
        lambda: list(store.observations.of_week(OLD)),
        lambda: list(store.screens.of_week(OLD)),
        lambda: store.screens.freeze(OLD, "c"),
        lambda: store.observations.listing_keys(OLD),
        lambda: store.observations.presence("2025-W18", "2025-W22"),
        lambda: rebuild_edition(registry(), store, OLD),
        lambda: store.pages.save(
            1,
            replace(
                page,
                unit_id=None,
                url="https://www.lazada.co.id/new",
                received=replace(page.received, sha256="e" * 64),
                listings=tuple(invented("lazada")[:2]),
            ),
        ),
        lambda: store.pages.save(
            1, replace(page, parser="2", listings=tuple(invented(page.platform)[:2]))
        ),
    ]
    for ask in asked:
        with pytest.raises(ArchivedWeekError) as told:
            ask()
        assert str(told.value) == mend


def test_counts_and_first_weeks_are_as_before(config: Config, store: Store) -> None:
    def facts() -> tuple[object, ...]:
        views = dump(config, "listings", "sellers", "units", "weekly_units")
        later = dump(config, "listing_weeks")["listing_weeks"]
        return (
            store.units.of_week(OLD),
            store.plans.weeks(),
            [row for row in later if row[0] != OLD],
            {seen.first_seen for seen in store.observations.of_week(WEEK)},
            views,
            store.seller_retention.due(WEEK),
            store.sellers.record("lazada", "s3"),
            store.erasing.rows("lazada", "s3"),
        )

    before = facts()
    archive(config, store)
    assert facts() == before


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def release(config: Config, store: Store, folder: Path, key: ReleaseKey | None) -> Path:
    with with_weeks(config, store, [OLD]) as whole:
        # A release tells when it was made.
        frozen = replace(config, simulated_now=NOW, demo_url="http://127.0.0.1:1")
        return export(
            frozen,
            registry(),
            whole,
            folder,
            classifier_of=partial(edition_classifier, whole),
            key=key,
            weeks=[OLD],
            formats=("csv", "parquet"),
        )


def test_releases_of_an_archived_week_are_the_same_bytes(
    config: Config, store: Store, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "release.key")
    before = [
        bytes_of(release(config, store, tmp_path / f"before-{name}", of_tier))
        for name, of_tier in (("public", None), ("restricted", key))
    ]
    archive(config, store)
    archived = dump(config)
    after = [
        bytes_of(release(config, store, tmp_path / f"after-{name}", of_tier))
        for name, of_tier in (("public", None), ("restricted", key))
    ]
    assert before == after
    assert len(before[1]) > 20
    assert dump(config) == archived
    with with_weeks(config, store, [OLD]) as whole:
        stored, rebuilt = rebuild_edition(registry(), whole, OLD)
    assert to_json(stored) == to_json(rebuilt)


def test_later_reports_say_the_same(config: Config, store: Store) -> None:
    archive(config, store)
    listings = {platform: invented(platform)[:100] for platform in PLATFORMS}
    make_week(config.home, listings, kinds=[])
    with_archive = _final(store)
    unarchive(config, store, OLD)
    assert to_json(with_archive) == to_json(_final(store))
    drawn = store.audit_samples.of_week(OLD)
    assert drawn
    before = {item.listing_key for item in drawn.items}
    first_confirmed_now = [case for case in with_archive.cases if case.listing_key not in before]
    assert first_confirmed_now
    assert all(case.weeks == (OLD, WEEK) for case in first_confirmed_now)
    assert all(case.first_seen == start_of(OLD) for case in first_confirmed_now)


def _final(store: Store) -> Findings:
    decision = next(store.screens.of_week(WEEK)).classification
    assert decision
    return build_findings(
        store,
        registry(),
        WEEK,
        EditionKind.final,
        classifier=decision.classifier,
        parser="1",
        as_of=datetime(2026, 12, 31, tzinfo=UTC),
    )


def test_the_commands_say_what_they_did_and_what_to_do(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(config.home))
    confirmed = "\n".join(
        f'[confirmations.{policy}]\nby = "Pejabat"\non = 2026-01-05'
        for policy in ("lazada-2021-akar", "shopee-2023-all")
    )
    (config.home / "pantau.toml").write_text(confirmed, encoding="utf-8")
    mend = f"{OLD}: its positions are archived; put them back first: pantau db unarchive {OLD}"

    def pantau(line: str, code: int = 0) -> str:
        outcome = CliRunner().invoke(main, line.split())
        assert outcome.exit_code == code, outcome.output
        return outcome.output

    def positions(folder: Path) -> int:
        with closing(sqlite3.connect(folder / "pantau.db")) as connection:
            query = "SELECT count(*) FROM observations WHERE week = ?"
            return int(connection.execute(query, [OLD]).fetchone()[0])

    total = positions(config.home)
    refused = pantau("db archive --before 2026-W45", 1)
    assert "reports still read the positions of" in refused
    archived = pantau(f"db archive --before {BEFORE} --vacuum")
    assert re.search(rf"{OLD}: \d+ of {total} positions moved, \d+ bytes in .*/{OLD}\n", archived)
    assert re.search(r"1 week archived, [\d.]+ MiB given back\n", archived)
    stays = positions(config.home)
    assert 0 < stays < total / 2

    assert "is what the store gives" in pantau(f"report --verify {OLD}")
    assert mend in pantau(f"report --week {OLD}", 1)
    assert mend in pantau(f"reprocess --week {OLD}", 1)
    assert f"not read again, as they are archived: {OLD}" in pantau("reprocess --dry-run", 1)
    pantau("status")
    backup = pantau(f"db backup {tmp_path / 'copy.db'}")
    assert f"archived weeks lie in {config.home / 'archive'}, which is no part of it" in backup

    assert f"({OLD}); --with-archived" in pantau(f"db snapshot {tmp_path / 'without'}")
    assert positions(tmp_path / "without") == stays
    pantau(f"db snapshot --with-archived {tmp_path / 'with'}")
    assert positions(tmp_path / "with") == total
    pantau(f"db export {tmp_path / 'release'} --week {OLD}")
    assert (tmp_path / "release" / "datapackage.json").is_file()

    check = next(check for check in examine(config) if check.name == "archive")
    assert (check.grade, check.state) == (Grade.ok, "1 week in 2 files, each as it was written")
    (config.home / "archive" / OLD / "screen.parquet").rename(tmp_path / "screen.parquet")
    check = next(check for check in examine(config) if check.name == "archive")
    assert check.grade is Grade.failure
    assert "is missing" in check.state
    restored = pantau(f"db restore --yes {tmp_path / 'copy.db'}")
    assert "screen.parquet: is missing; restore it from a copy" in restored
    (tmp_path / "screen.parquet").rename(config.home / "archive" / OLD / "screen.parquet")
    put_back = pantau(f"db unarchive {OLD}")
    assert put_back == f"{OLD}: {total - stays} positions put back\n"
    assert positions(config.home) == total
    assert "is not archived" in pantau(f"db unarchive {OLD}", 1)


def test_a_database_that_cannot_be_copied_names_the_weeks(config: Config, store: Store) -> None:
    archive(config, store)
    elsewhere = replace(config, database_url="postgresql+psycopg://pantau@127.0.0.1/pantau")
    needed = f"{OLD}: .* put them back first, one after the other: pantau db unarchive {OLD}"
    with pytest.raises(PantauError, match=needed), with_weeks(elsewhere, store, [OLD]):
        pass
    with with_weeks(elsewhere, store, [WEEK]) as present:
        assert present is store
