"""A reader's copy holds no link and no seller, and answers every question."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import PantauError
from monitor.research import snapshot
from monitor.research.questions import QUESTIONS, explorer_metadata
from monitor.store import Store, StoreError
from monitor.store.dictionary import datasette
from monitor.store.views import VIEWS

from .conftest import Released
from .weeks import PEOPLE, invented


def copied(released: Released, folder: Path, *, with_sellers: bool = False) -> Path:
    with Store.of_home(released.config, create=False) as store:
        return snapshot(store, folder, with_sellers=with_sellers)


@pytest.fixture(scope="module")
def copy(released: Released, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(released, tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def reader(copy: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def tokens(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT token_sha256 FROM annotator")}


def test_no_seller_no_address_and_no_link_is_in_the_file(released: Released, copy: Path) -> None:
    """Not in free pages either."""
    whole = (released.config.home / "pantau.db").read_bytes()
    body = copy.read_bytes()
    sellers = {listing.seller_name for listing in invented("lazada") if listing.seller_name}
    links = tokens(released.config.home / "pantau.db")
    addresses = {"https://lazada.example/la", "TOKO RAHASIA"}
    with closing(sqlite3.connect(released.config.home / "pantau.db")) as connection:
        (number,) = connection.execute("SELECT max(picture_hash) FROM visits").fetchone()
    for word in sellers | links | addresses | {number}:
        assert word.encode() in whole, word
        assert word.encode() not in body, word
    assert b"Toko Rahasia" in body, "in titles only of offers whose seller no page shows"
    assert not {name for name in PEOPLE if f"\x00{name}".encode() in body}
    assert tokens(copy) and not tokens(copy) & links
    assert b"Kemeja batik lengan panjang" in body
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_sellers_can_still_be_counted_and_joined(
    released: Released, reader: sqlite3.Connection
) -> None:
    query = "SELECT platform, count(DISTINCT seller_key), count(*) FROM observations GROUP BY 1"
    with closing(sqlite3.connect(released.config.home / "pantau.db")) as whole:
        assert reader.execute(query).fetchall() == whole.execute(query).fetchall()
        figures = "SELECT * FROM estimates ORDER BY week, platform, cluster, policy"
        assert reader.execute(figures).fetchall() == whole.execute(figures).fetchall()
    assert not reader.execute("PRAGMA foreign_key_check").fetchall()
    assert reader.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'label'").fetchall()


def test_with_sellers_on_request_but_never_with_links(released: Released, tmp_path: Path) -> None:
    path = copied(released, tmp_path, with_sellers=True)
    assert b"Toko.Rahasia 3" in path.read_bytes()
    assert not tokens(path) & tokens(released.config.home / "pantau.db")
    with pytest.raises(PantauError, match="exists already"):
        copied(released, tmp_path)


@pytest.mark.parametrize("with_sellers", [False, True])
def test_a_readers_copy_is_no_backup(
    released: Released, tmp_path: Path, *, with_sellers: bool
) -> None:
    readers_copy = copied(released, tmp_path, with_sellers=with_sellers)
    present = f"sqlite:///{tmp_path / 'store' / 'pantau.db'}"
    with pytest.raises(StoreError, match=r"made for readers \(db snapshot\), not of a store; "):
        Store.restore(present, readers_copy)
    assert not (tmp_path / "store").exists()
    Store.restore(present, Store.copy(released.config.database_url, tmp_path / "backup.db"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_is_answered(reader: sqlite3.Connection, question: object) -> None:
    empty = {"returned", "modes"}
    words = {"words": "batik lengan"}
    answers = reader.execute(question.sql, words if ":words" in question.sql else {}).fetchall()  # type: ignore[attr-defined]
    assert answers or question.id in empty  # type: ignore[attr-defined]
    assert len(question.caution) > 40  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", ['"', "batik' OR 1=1 --", 'a" OR title:b', "NEAR(", "*", ""])
def test_no_words_break_the_search(reader: sqlite3.Connection, words: str) -> None:
    (search,) = (question for question in QUESTIONS if question.id == "titles")
    assert reader.execute(search.sql, {"words": words}).fetchall() == []


def test_views_come_first_and_there_are_thirteen_questions() -> None:
    content = explorer_metadata(datasette("pantau"), "pantau")["databases"]["pantau"]
    shown = {name for name, table in content["tables"].items() if not table.get("hidden")}
    assert shown == {view.name for view in VIEWS}
    assert len(content["queries"]) == len(QUESTIONS) == 13
    assert all(query["description"] for query in content["queries"].values())
