"""How fast a store of years answers: documented and canned queries, the head of each view, one key,
a search over titles, ``pantau status``, the export of a week; and its bytes beside Parquet's.

The store is generated into the writer's own tables, most offers staying from week to week. The bar
is held at ``--weeks 260 --positions 10000000``; the default is a tenth of it in a fifth of the
weeks. Each query runs on a new connection, with nothing of the store in the file system's cache;
time in which other processes had the processor does not count.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

import pyarrow
from click.testing import CliRunner
from msgspec.structs import replace
from pyarrow import parquet

from monitor.cli import main
from monitor.config import Config, previous_week, week_start
from monitor.estimate import Settings
from monitor.findings.inputs import edition_inputs
from monitor.model import Cluster, Origin, Verdict
from monitor.operate.archive import LEAST_WEEKS, archive_before, first_kept_week
from monitor.research import export, make_key, snapshot
from monitor.research.questions import QUESTIONS
from monitor.store import Store
from monitor.store.views import VIEWS
from tests.research.weeks import registry
from tests.store.values import cell, findings

NEWEST = "2026-W47"
PLATFORMS = ("lazada", "shopee", "tokopedia", "blibli")
CLUSTERS = tuple(Cluster)[:3]
ENTRIES = 100
"""Entries of a platform's cluster."""
LISTED = len(PLATFORMS) * len(CLUSTERS) * ENTRIES
PAGE = 40
VISITS = 150
"""Own pages that are visited in a week."""
STAYING = 0.8
"""Share of a week's offers that stood there the week before, too."""
BAR_QUERY, BAR_HEAD, BAR_KEY, BAR_TEXT = 2.0, 0.5, 0.05, 0.2  # seconds
BAR_STATUS, BAR_EXPORT = 1.5, 1.2
"""How many times as long ``pantau status`` may take as in a store of one week, and the export of a
week as in a store of ``SEASON`` weeks."""
SEASON = 16
"""Weeks of a store that has all that an edition looks back on."""
PARQUET_WEEKS = 26
"""Newest weeks that are written as Parquet."""
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "researchers.md"
QUERIES = re.findall(r"```sql\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)


def run(weeks: int = 52, positions: int = 1_000_000) -> Iterator[dict[str, Any]]:
    """One row for each question, in seconds, beside its bar; and the store's bytes a position."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "pantau.db"
        yield row("store generated", generated(path, weeks, positions), None)
        yield from measured(path, folder, weeks, positions)


def measured(path: Path, folder: Path, weeks: int, positions: int) -> Iterator[dict[str, Any]]:
    """All rows about the store at ``path``; files go into ``folder``."""
    size = f"{weeks} weeks, {positions} positions"
    stored = path.stat().st_size / positions
    yield {"name": f"bytes a position, {size}", "value": round(stored), "unit": "bytes",
           "reference": None, "ratio": None}  # fmt: skip
    for number, sql in enumerate(QUERIES, 1):
        line = " ".join(sql.split())[:48]
        yield row(f"documented query {number}: {line}", asked(path, sql), BAR_QUERY)
    for view in VIEWS:
        sql = f"SELECT * FROM {view.name} LIMIT 50"
        yield row(f"head of {view.name}", asked(path, sql), BAR_HEAD)
    for name, key in (("listings", "item_id = '76'"), ("sellers", "seller_id = '7'")):
        sql = f"SELECT * FROM {name} WHERE platform = 'lazada' AND {key}"
        yield row(f"one of {name} by key", asked(path, sql), BAR_KEY)
    short = {span: folder / f"weeks-{span}.db" for span in (1, SEASON)}
    for span, short_path in short.items():
        generated(short_path, span, positions // weeks * span)
    yield status_row(path, short[1], folder)
    yield export_row(path, short[SEASON], folder)
    yield parquet_row(path, stored)
    yield from archive_rows(path, folder, weeks)
    started = time.perf_counter()
    with Store.open(f"sqlite:///{path}", create=False) as store:
        copy = snapshot(store, folder / "copy")
    yield row("copy for readers", time.perf_counter() - started, None)
    for question in QUESTIONS:
        bar = BAR_TEXT if "_fts" in question.sql else BAR_QUERY
        yield row(f"canned question {question.id}", asked(copy, question.sql), bar)


def row(name: str, seconds: float, bar: float | None) -> dict[str, Any]:
    """A line of the bench."""
    ratio = None if bar is None else round(seconds / bar, 3)
    return {"name": name, "value": round(seconds, 4), "unit": "s", "reference": bar, "ratio": ratio}


def times_row(name: str, of_years: float, of_short: float, bar: float) -> dict[str, Any]:
    """How many times as much of the processor's time something takes as in a shorter store."""
    times = of_years / of_short
    return {"name": name, "value": round(times, 2), "unit": "times",
            "reference": bar, "ratio": round(times / bar, 3)}  # fmt: skip


def status_row(path: Path, one_week: Path, folder: Path) -> dict[str, Any]:
    """``pantau status`` beside that in a store of one week, each the best of three."""
    of_years, of_week = (
        min(_status(store, folder) for _ in range(3)) for store in (path, one_week)
    )
    return times_row("status beside that of one week", of_years, of_week, BAR_STATUS)


def _status(path: Path, folder: Path) -> float:
    home = folder / f"home-{path.stem}"
    home.mkdir(exist_ok=True)
    environment = {"PANTAU_HOME": str(home), "PANTAU_DATABASE_URL": f"sqlite:///{path}"}
    started = time.process_time()
    CliRunner().invoke(main, ["status"], env=environment, catch_exceptions=False)
    return time.process_time() - started


def export_row(path: Path, season: Path, folder: Path) -> dict[str, Any]:
    """Both tiers of the newest week beside those of a store of ``SEASON`` weeks, best of two."""
    turns = [
        [_export(store, folder / f"{store.stem}-{turn}") for store in (path, season)]
        for turn in range(2)
    ]
    of_years, of_season = map(min, zip(*turns, strict=True))
    name = f"export of a week beside that in {SEASON} weeks"
    return times_row(name, of_years, of_season, BAR_EXPORT)


def _export(path: Path, folder: Path) -> float:
    folder.mkdir()
    config = Config(home=folder, database_url=f"sqlite:///{path}")
    with Store.open(config.database_url, create=False) as store:
        newest = store.editions.latest(NEWEST)
        assert newest
        # A release is refused unless the edition has the cells that the registry gives.
        inputs = edition_inputs(store, registry(), newest, "c", Settings())
        cells = tuple(
            cell(week=NEWEST, platform=part.platform, cluster=part.cluster, policy=part.policy)
            for part in inputs.cells
        )
        as_of = newest.as_of + timedelta(seconds=1)
        store.editions.save(replace(newest, as_of=as_of, cells=cells))
        started = time.process_time()
        for key in (None, make_key(folder / "release.key")):
            export(
                config,
                registry(),
                store,
                folder / ("restricted" if key else "public"),
                classifier_of=lambda _: "c",
                key=key,
                weeks=[NEWEST],
            )
        return time.process_time() - started


def parquet_row(path: Path, stored: float) -> dict[str, Any]:
    """Bytes a position of the view ``observations`` as Parquet (zstd) beside the store's.

    Of the newest ``PARQUET_WEEKS`` weeks, as each position's bytes hardly depend on how many.
    """
    first = previous_week(NEWEST, PARQUET_WEEKS - 1)
    target = path.with_suffix(".parquet")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        cursor = connection.execute("SELECT * FROM observations WHERE week >= ?", (first,))
        names = [column[0] for column in cursor.description]
        schema, writer, positions = None, None, 0
        while rows := cursor.fetchmany(200_000):
            positions += len(rows)
            columns = [list(map(_text, column)) for column in zip(*rows, strict=True)]
            schema = schema or pyarrow.schema([(name, pyarrow.string()) for name in names])
            writer = writer or parquet.ParquetWriter(target, schema, compression="zstd")
            writer.write_table(pyarrow.table(columns, schema=schema))
        assert writer
        writer.close()
    packed = target.stat().st_size / positions
    return {"name": "bytes a position as Parquet", "value": round(packed, 1), "unit": "bytes",
            "reference": round(stored), "ratio": round(packed / stored, 3)}  # fmt: skip


def archive_rows(path: Path, folder: Path, weeks: int) -> Iterator[dict[str, Any]]:
    """Bytes a position that ``pantau db archive`` gives back, and that its files take instead."""
    home = folder / "archived"
    home.mkdir()
    shutil.copy(path, home / "pantau.db")
    config = Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}")
    now = week_start(NEWEST) + timedelta(days=8)
    if weeks <= LEAST_WEEKS + 1:
        return
    with Store.of_home(config) as store:
        store.vacuum()
        size = store.size
        archive_before(config, store, first_kept_week(config, now), now)
        store.vacuum()
        files = store.archive.files()
        freed = size - store.size
    rows = sum(file.rows for file in files if file.name == "observation")
    moved = sum(file.rows - file.retained for file in files if file.name == "observation")
    packed = sum(file.size for file in files)
    given_back, taken = round(freed / moved), round(packed / rows, 1)
    yield {"name": "bytes a moved position that the database gives back", "value": given_back,
           "unit": "bytes", "reference": None, "ratio": None}  # fmt: skip
    yield {"name": "bytes a position in the files of the archive", "value": taken,
           "unit": "bytes", "reference": given_back,
           "ratio": round(taken / given_back, 3)}  # fmt: skip


def _text(scalar: object) -> str | None:
    return None if scalar is None else str(scalar)


def asked(path: Path, sql: str) -> float:
    """Seconds from opening the file, of which nothing is cached, to the last row; without those for
    which other processes had the processor."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.perf_counter() - _queued()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        words = dict.fromkeys(re.findall(r":(\w+)", sql), "batik 7600")
        connection.execute(sql, words).fetchall()
    return -_queued() + time.perf_counter() - started


def _queued() -> float:
    """Seconds for which this thread waited for a processor (Linux: sched-stats)."""
    return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def generated(path: Path, weeks: int, positions: int) -> float:
    """Make a store, and say how many seconds that took."""
    started = time.perf_counter()
    span = [previous_week(NEWEST, back) for back in range(weeks - 1, -1, -1)]
    with Store.open(f"sqlite:///{path}") as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -2000000")  # KiB
            _base(connection)
            offers: list[tuple[int, int]] = []
            numbers, responses = count(1), count(1)
            for week in span:
                connection.execute("BEGIN")
                _week(connection, week, positions // weeks, offers, numbers, responses)
                connection.execute("COMMIT")
        base = findings(origin=Origin.simulated)
        for week in span:
            cells = tuple(
                cell(week=week, platform=platform, cluster=cluster, verdict=Verdict.none_found)
                for platform in PLATFORMS
                for cluster in CLUSTERS
            )
            at = week_start(week) + timedelta(days=7)
            store.editions.save(replace(base, week=week, as_of=at, cells=cells, cases=()))
        store.optimize()
    return time.perf_counter() - started


def add(connection: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of one shape."""
    rows = iter(rows)
    first = next(rows)
    marks = ", ".join(f":{name}" for name in first)
    sql = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({marks})"
    connection.execute(sql, first)
    connection.executemany(sql, rows)


def _base(connection: sqlite3.Connection) -> None:
    moment = "2021-11-22 00:00:00.000000"
    add(connection, "store_origin", [{"id": 1, "simulated": True, "since": moment}])
    add(connection, "platform", ({"id": platform} for platform in PLATFORMS))
    add(connection, "frame_version", [{"version": "f", "saved_at": moment}])
    add(connection, "annotator", [{"name": "a", "token_sha256": "0" * 64, "invited_at": moment}])
    entries = (
        {"frame_version": "f", "platform": platform, "entry": f"{cluster}-{number}",
         "cluster": cluster.value, "stratum": "head", "kind": "keyword", "query": f"kata {number}",
         "weight": 1.0, "core": number < 40, "pages": 1}
        for platform in PLATFORMS for cluster in CLUSTERS for number in range(ENTRIES)
    )  # fmt: skip
    beside = (
        {"frame_version": "f", "platform": platform, "entry": "second-way", "stratum": "second_way",
         "cluster": CLUSTERS[0].value, "kind": "category", "query": "kategori",
         "weight": 1.0, "core": True, "pages": 1}
        for platform in PLATFORMS
    )  # fmt: skip
    add(connection, "entry", chain(entries, beside))
    add(connection, "seller", (
        {"platform": platform, "seller": str(number)}
        for platform in PLATFORMS for number in range(2_000)
    ))  # fmt: skip


def _week(
    connection: sqlite3.Connection,
    week: str,
    positions: int,
    offers: list[tuple[int, int]],
    numbers: Iterator[int],
    responses: Iterator[int],
) -> None:
    """A week of pages. ``offers`` are (listing, version) of those that stand; they are renewed."""
    monday = f"{week_start(week):%Y-%m-%d} 15:00:00.000000"
    add(connection, "plan", [{"week": week, "frame_version": "f", "seed": 1, "drawn_at": monday,
                              "shortfalls": "[]"}])  # fmt: skip
    add(connection, "run", [{"job": "crawl", "origin": "simulated", "week": week,
                             "started_at": monday, "finished_at": monday, "outcome": "done",
                             "versions": "{}", "counts": "{}"}])  # fmt: skip
    (crawl,) = connection.execute("SELECT max(id) FROM run").fetchone()
    del offers[: int(len(offers) * (1 - STAYING))]
    fresh = list(islice(numbers, positions - len(offers)))
    add(connection, "listing", (
        {"id": number, "platform": PLATFORMS[number % 4], "item": str(number)} for number in fresh
    ))  # fmt: skip
    add(connection, "listing_version", (
        {"id": number, "listing_id": number, "version": f"{number:064d}",
         "title": f"Kemeja batik lengan panjang nomor {number}",
         "url": f"https://toko.example/p/{number}", "price_minor": 100 * number,
         "minor_per_unit": 100, "currency": "IDR",
         "seller_id": (number % 4) * 2_000 + number % 1_999 + 1,
         "seller_name": f"Toko {number % 1_999}", "ship_from": "Kota Bandung"}
        for number in fresh
    ))  # fmt: skip
    add(connection, "classification", (
        {"id": number, "listing_version_id": number, "classifier": "c", "category": "batik",
         "cluster": CLUSTERS[number % 3].value, "cluster_score": 0.9, "cross_border_score": 0.9,
         "cross_border": "cross_border" if number % 20 == 0 else "domestic", "signals": "[]"}
        for number in fresh
    ))  # fmt: skip
    offers += [(number, number) for number in fresh]
    pages = positions // PAGE
    # A platform's pages in turn, as the listings are: each page shows those of its own platform.
    # The first of each is of the second way.
    kinds = [PLATFORMS[at % 4] for at in range(pages)]
    entry_ids = [
        at % 4 * (LISTED // 4) + at // 4 % (LISTED // 4) + 1 if at >= 4 else LISTED + at + 1
        for at in range(pages)
    ]
    units = [f"{week}/{entry_ids[at]}/{at // LISTED + 1}" for at in range(pages)]
    add(connection, "sample_unit", (
        {"id": units[at], "week": week, "platform": kinds[at], "entry_id": entry_ids[at],
         "page": at // LISTED + 1, "url": "https://toko.example/", "url_key": "toko.example/",
         "position": at, "probability": 0.5, "state": "sampled", "mode": "crawler",
         "observed_at": monday}
        for at in range(pages)
    ))  # fmt: skip
    ids = list(islice(responses, pages))
    add(connection, "response", (
        {"id": ids[at], "run_id": crawl, "platform": kinds[at], "kind": "page", "mode": "crawler",
         "unit_id": units[at], "week": week, "origin": "simulated", "state": "sampled",
         "url": "https://toko.example/", "observed_at": monday, "sha256": f"{ids[at]:064d}",
         "parser": "1"}
        for at in range(pages)
    ))  # fmt: skip
    visits = list(zip(islice(responses, VISITS), offers, strict=False))
    add(connection, "response", (
        {"id": response, "run_id": crawl, "platform": PLATFORMS[listing % 4], "kind": "detail",
         "mode": "crawler", "week": week, "origin": "simulated", "state": "sampled",
         "url": f"https://toko.example/p/{listing}", "observed_at": monday,
         "sha256": f"{response:064d}", "parser": "1"}
        for response, (listing, _) in visits
    ))  # fmt: skip
    add(connection, "detail_visit", (
        {"response_id": response, "listing_id": listing, "week": week,
         "listing_version_id": version}
        for response, (listing, version) in visits
    ))  # fmt: skip
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM observation").fetchone()
    of_platform = [[offer for offer in offers if offer[0] % 4 == number] for number in range(4)]
    standing = [
        of_platform[at % 4][(at // 4 * PAGE + place) % len(of_platform[at % 4])]
        for at in range(pages)
        for place in range(PAGE)
    ]
    add(connection, "observation", (
        {"id": last + at + 1, "response_id": ids[at // PAGE], "unit_id": units[at // PAGE],
         "listing_version_id": version, "parser": "1", "place": at % PAGE + 1,
         "rank": at % PAGE + 1, "week": week, "observed_at": monday}
        for at, (_, version) in enumerate(standing)
    ))  # fmt: skip
    add(connection, "screen", (
        {"observation_id": last + at + 1, "week": week, "classification_id": version,
         "stratum": "flagged" if version % 20 == 0 else "domestic"}
        for at, (_, version) in enumerate(standing) if at >= 4 * PAGE
    ))  # fmt: skip
    add(connection, "label", (
        {"listing_version_id": version, "week": week, "annotator": "a", "kind": "first",
         "at": monday, "answer": "yes"}
        for _, version in standing[4 * PAGE :: 97][:300]
    ))  # fmt: skip
