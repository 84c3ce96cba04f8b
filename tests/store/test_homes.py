"""A database belongs to one home."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.model import Origin
from monitor.store import Store, StoreError, homes
from tests.store.values import MONDAY, WEEK, fill

ROOT = Path(__file__).resolve().parents[2]
OPEN = """
import sys
from pathlib import Path
from monitor.config import Config
from monitor.store import Store
Store.of_home(Config(home=Path(sys.argv[1]), database_url=sys.argv[2])).close()
"""
Rows = Callable[..., list[tuple[object, ...]]]


def config(home: Path, url: str) -> Config:
    return Config(home=home, database_url=url)


def own(home: Path) -> Config:
    """A home with its database inside."""
    return config(home, f"sqlite:///{home / 'pantau.db'}")


def use(home: Config) -> None:
    with Store.of_home(home):
        pass


def test_a_second_home_is_refused_with_the_first_ones_place(url: str, tmp_path: Path) -> None:
    first, second = config(tmp_path / "first", url), config(tmp_path / "second", url)
    use(first)
    refused = (
        rf"belongs to the home {tmp_path}/first on \S+ \(since 20\d\d-\d\d-\d\d\);"
        r" use another PANTAU_DATABASE_URL, or if that home is gone run: pantau db rehome$"
    )
    for attempt in (
        lambda: Store.of_home(second),
        lambda: Store.of_home(second, create=False),
        lambda: Store.of_home(second, origin=Origin.live),
        lambda: Store.upgrade(url, home=second.home),
    ):
        with pytest.raises(StoreError, match=refused):
            attempt()
    use(first)


def test_opening_without_creating_makes_no_owner(url: str, tmp_path: Path, rows: Rows) -> None:
    Store.of_home(config(tmp_path / "looks", url), create=False).close()
    assert not (tmp_path / "looks").exists()
    assert rows("SELECT * FROM store_home") == []
    use(config(tmp_path / "works", url))
    assert rows("SELECT path FROM store_home") == [(str(tmp_path / "works"),)]


def test_a_store_without_a_home_can_be_opened_as_before(url: str, tmp_path: Path) -> None:
    use(config(tmp_path / "first", url))
    with Store.open(url) as store:
        assert store.plans.weeks() == ()


def test_a_home_that_moves_stays_the_owner(url: str, tmp_path: Path, rows: Rows) -> None:
    use(config(tmp_path / "here", url))
    since = rows("SELECT since FROM store_home")
    (tmp_path / "here").rename(tmp_path / "there")
    use(config(tmp_path / "there", url))
    assert rows("SELECT path FROM store_home") == [(str(tmp_path / "there"),)]
    assert rows("SELECT since FROM store_home") == since
    with pytest.raises(StoreError, match=rf"belongs to the home {tmp_path}/there on"):
        use(config(tmp_path / "here", url))


def test_a_home_by_another_path_is_no_copy(url: str, tmp_path: Path) -> None:
    use(config(tmp_path / "here", url))
    (tmp_path / "link").symlink_to(tmp_path / "here")
    use(config(tmp_path / "link", url))
    use(config(tmp_path / "here", url))


def test_a_copy_is_refused_while_its_original_is_there(url: str, tmp_path: Path) -> None:
    use(config(tmp_path / "first", url))
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    with pytest.raises(StoreError, match=rf"home {tmp_path}/first on .* is a copy; use another"):
        use(config(tmp_path / "copy", url))
    shutil.rmtree(tmp_path / "first")
    use(config(tmp_path / "copy", url))


def test_what_stands_where_the_home_was_does_not_matter(url: str, tmp_path: Path) -> None:
    use(config(tmp_path / "here", url))
    (tmp_path / "here").rename(tmp_path / "there")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / homes.IDENTITY).write_bytes(b"\xff")
    use(config(tmp_path / "there", url))


def test_a_home_copied_with_its_database_is_one_of_its_own(tmp_path: Path) -> None:
    use(own(tmp_path / "first"))
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    use(own(tmp_path / "copy"))
    use(own(tmp_path / "first"))


def test_rehoming_hands_the_database_over(url: str, tmp_path: Path) -> None:
    first, second = config(tmp_path / "first", url), config(tmp_path / "second", url)
    assert Store.rehome(first) is None
    owner_before = Store.rehome(second)
    assert owner_before is not None
    assert owner_before.startswith(f"{tmp_path / 'first'} on ")
    use(second)
    with pytest.raises(StoreError, match=rf"belongs to the home {tmp_path}/second on"):
        use(first)


def test_restoring_makes_the_owner(tmp_path: Path) -> None:
    first, second = own(tmp_path / "first"), own(tmp_path / "second")
    with Store.of_home(first) as store:
        fill(store)
        copy = store.backup(tmp_path / "copy.db")
    Store.restore(second.database_url, copy, home=second.home)
    with Store.of_home(second) as store:
        assert store.plans.weeks() == (WEEK,)
    use(first)


def test_of_two_homes_at_once_one_wins(empty_url: str, tmp_path: Path, rows: Rows) -> None:
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "three"]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, folder, empty_url], cwd=ROOT, stderr=subprocess.PIPE
        )
        for folder in folders
    ]
    errors = [child.communicate(timeout=120)[1].decode() for child in children]
    winners = [folder for folder, error in zip(folders, errors, strict=True) if not error]
    assert len(winners) == 1
    losses = [error.splitlines()[-1] for error in errors if error]
    assert all(f"belongs to the home {winners[0]} on" in line for line in losses)
    with Store.of_home(config(winners[0], empty_url)) as store:
        assert store.runs.start("plan", Origin.live, MONDAY) == 1


def test_processes_of_one_new_home_agree_on_its_id(url: str, tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", OPEN, tmp_path / "home", url], cwd=ROOT)
        for _ in range(3)
    ]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]


def test_a_home_that_cannot_be_used_is_named(url: str, tmp_path: Path) -> None:
    (tmp_path / "home.id").mkdir()
    with pytest.raises(StoreError, match=r"cannot be used: home\.id: Is a directory"):
        use(config(tmp_path, url))


def test_a_lost_id_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / homes.IDENTITY).write_text("\n")
    assert homes.home_at(tmp_path, create=False).id is None
    identity = homes.home_at(tmp_path, create=True).id
    assert identity == homes.home_at(tmp_path, create=False).id
    assert identity is not None and len(identity) == 32
