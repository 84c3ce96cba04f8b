"""A series of weekly releases: a folder a week, what each changes, and an index that stays."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.config import load_config
from monitor.model import Answer, EditionKind, Origin
from monitor.operate.delivery import release_edition
from monitor.operate.editions import make_edition
from monitor.registry import load_registry
from monitor.research import make_key
from monitor.store import Store
from tests.findings.test_build import CROSS, DOMESTIC, Weeks

FIRST, SECOND = "2026-W40", "2026-W41"
Publish = Callable[..., Result]


class Series:
    """A home with two released weeks, and its series of releases."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder / "home", folder / "releases"
        self.home.mkdir()
        (self.home / "pantau.toml").write_text(
            '[confirmations.lazada-2021-akar]\nby = "Pejabat"\non = 2026-01-05\n', encoding="utf-8"
        )
        self.config = load_config({"PANTAU_HOME": str(self.home)})
        with Store.of_home(self.config, origin=Origin.live) as store:
            weeks = Weeks(store)
            for week in (FIRST, SECOND):
                weeks.plan(week, entries=2)
                weeks.page(week, {"100": CROSS, "101": DOMESTIC}, 0)
                weeks.page(week, {f"{week[-2:]}1": CROSS}, 1, seller="s1")
                weeks.draw(week)
                weeks.visit(week, "100", country="CN")
            weeks.label(FIRST, "100", Answer.yes)

    def let_out(self, week: str) -> None:
        """Make the week's edition and release it."""
        registry = load_registry(self.config.registry, self.config.confirmations)
        with Store.of_home(self.config) as store:
            make_edition(self.config, registry, store, week, EditionKind.final)
            release_edition(store, week, None, "Budi")

    def label(self, week: str, item: str) -> None:
        with Store.of_home(self.config) as store:
            Weeks(store).label(week, item, Answer.no)

    def publish(self, week: str, *options: str, folder: Path | None = None) -> Result:
        arguments = ["db", "publish", str(folder or self.folder), "--week", week, *options]
        return CliRunner(env={"PANTAU_HOME": str(self.home)}).invoke(main, arguments)

    def index(self, folder: Path | None = None) -> dict[str, dict[str, Any]]:
        """The releases of the index by name, in its order."""
        text = ((folder or self.folder) / "index.json").read_text(encoding="utf-8")
        return {release["name"]: release for release in json.loads(text)["releases"]}


def changed_rows(folder: Path, table: str) -> list[dict[str, str]]:
    path = folder / "delta" / f"{table}.csv.gz"
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))


def table_rows(folder: Path, table: str) -> list[dict[str, str]]:
    packed = (folder / "data" / f"{table}.csv.gz").read_bytes()
    return list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode())))


def keys_of(folder: Path) -> dict[str, list[str]]:
    content = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {r["name"]: r["schema"]["primaryKey"] for r in content["resources"]}


def validated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a package says of its files holds, by the field's own tool."""
    monkeypatch.chdir(folder)
    report = frictionless.Package("datapackage.json").validate()
    assert report.valid, report.flatten(["type", "rowNumber", "fieldName", "message"])[:5]


@pytest.mark.filterwarnings("ignore")
def test_each_week_has_a_folder_and_says_what_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = Series(tmp_path)
    refused = series.publish(FIRST)
    assert (refused.exit_code, "no edition is stored" in refused.stderr) == (1, True)
    series.let_out(FIRST)
    first = series.publish(FIRST)
    assert first.stdout == f"{series.folder / FIRST / 'datapackage.json'}\n"
    (entry,) = series.index().values()
    assert (entry["week"], entry["tier"], entry["origin"]) == (FIRST, "public", "live")
    assert (entry["first_day"], entry["last_day"]) == ("2026-09-28", "2026-10-04")
    package = (series.folder / FIRST / "datapackage.json").read_bytes()
    assert entry["sha256"] == hashlib.sha256(package).hexdigest()
    assert (entry["against"], entry["delta"], entry["changes"]) == (None, None, {})

    series.let_out(SECOND)
    assert series.publish(SECOND).exit_code == 0
    index = series.index()
    assert list(index) == [SECOND, FIRST], "the newest first, at the same address"
    changes = index[SECOND]["changes"]
    assert index[SECOND]["against"] == FIRST
    assert changes["units"] == {"added": 2, "changed": 0, "removed": None}
    assert changes["policies"] == {"added": 0, "changed": 0, "removed": 0}
    assert changes["positions"] == {"added": None, "changed": None, "removed": None}
    folder = series.folder / SECOND
    added = changed_rows(folder, "units")
    assert {row["change"] for row in added} == {"added"}
    assert [row["unit"] for row in added] == [r["unit"] for r in table_rows(folder, "units")]
    page = (series.folder / "index.html").read_text(encoding="utf-8")
    assert page.index(SECOND) < page.index(index[FIRST]["sha256"]) and "Baris dibanding" in page
    assert "Rows against 2026-W40" in (series.folder / "index.en.html").read_text(encoding="utf-8")

    again = series.publish(SECOND)
    assert f"nothing changed since {SECOND}" in again.stderr and list(series.index()) == list(index)

    series.label(FIRST, "101")
    series.let_out(FIRST)
    assert series.publish(FIRST).exit_code == 0
    index = series.index()
    assert list(index) == [SECOND, f"{FIRST}-2", FIRST]
    assert index[FIRST]["replaced_by"] == f"{FIRST}-2" and index[f"{FIRST}-2"]["against"] == FIRST
    assert (series.folder / FIRST / "datapackage.json").read_bytes() == package, "it stays"
    edition = changed_rows(series.folder / f"{FIRST}-2", "editions")
    assert {(row["edition"], row["change"]) for row in edition} == {
        (f"{FIRST}/final", "changed"), (f"{FIRST}/corrected", "added"),
    }  # fmt: skip
    assert index[f"{FIRST}-2"]["changes"]["units"] == {"added": 0, "changed": 0, "removed": 0}
    for name in index:
        validated(series.folder / name, monkeypatch)
        if index[name]["delta"]:
            validated(series.folder / name / "delta", monkeypatch)


def test_a_delta_makes_the_earlier_release_the_later_one(tmp_path: Path) -> None:
    series, key = Series(tmp_path), tmp_path / "release.key"
    make_key(key)
    options = ("--key-file", str(key))
    series.let_out(FIRST)
    assert series.publish(FIRST, *options).exit_code == 0
    series.label(FIRST, "101")
    series.let_out(FIRST)
    assert series.publish(FIRST, *options).exit_code == 0
    before, after = series.folder / FIRST, series.folder / f"{FIRST}-2"
    compared = 0
    for table, delta in series.index()[f"{FIRST}-2"]["changes"].items():
        if delta["added"] is None:
            assert table == "labels"
            continue
        names = keys_of(after)[table]
        state = {tuple(r[name] for name in names): r for r in table_rows(before, table)}
        counts = dict.fromkeys(("added", "changed", "removed"), 0)
        for row in changed_rows(after, table):
            change, at = row.pop("change"), tuple(row[name] for name in names)
            counts[change] += 1
            if change == "removed":
                assert state.pop(at) == row
            else:
                assert (at in state) is (change == "changed")
                state[at] = row
        assert counts == delta
        assert state == {tuple(r[name] for name in names): r for r in table_rows(after, table)}
        compared += any(counts.values())
    assert compared >= 3


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    series, key, other = Series(tmp_path), tmp_path / "release.key", tmp_path / "other.key"
    make_key(key), make_key(other)
    series.let_out(FIRST)
    assert series.publish(FIRST).exit_code == 0
    mixed = series.publish(FIRST, "--key-file", str(key))
    assert (mixed.exit_code, "holds public releases" in mixed.stderr) == (1, True)
    assert [path.name for path in series.folder.glob(".*")] == [], "nothing half done is left"

    apart = tmp_path / "restricted"
    assert series.publish(FIRST, "--key-file", str(key), folder=apart).exit_code == 0
    series.let_out(SECOND)
    assert series.publish(SECOND, "--key-file", str(other), folder=apart).exit_code == 0
    assert series.index(apart)[SECOND]["delta"] is None, "other pseudonyms tell nothing apart"

    series.label(SECOND, "100")
    registry = load_registry(series.config.registry, series.config.confirmations)
    with Store.of_home(series.config) as store:
        make_edition(series.config, registry, store, SECOND, EditionKind.final)
    unreleased = series.publish(SECOND)
    assert (unreleased.exit_code, "was not released" in unreleased.stderr) == (1, True)

    (series.folder / "2026-W39").mkdir()
    broken = series.publish(FIRST)
    assert (broken.exit_code, "is no release that Pantau wrote" in broken.stderr) == (1, True)
