"""A whole simulated week through the real path, held against its known truth."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.demo import SHOPS, Catalogue
from monitor.registry import load_registry

pytestmark = pytest.mark.acceptance
ACCUSING = {"non_compliant", "breaches_found"}


class Week(NamedTuple):
    """What ``pantau demo`` left: its folder, its last line, primary cells and true shares."""

    folder: Path
    last_line: str
    cells: list[dict[str, Any]]
    truth: dict[tuple[str, str, str], float]


@pytest.fixture(scope="module", params=[1, 3])
def week(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Week:
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "demo", "--seed", str(request.param), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last_line = done.stdout.splitlines()[-1]
    page = Path(last_line.removeprefix("report: "))
    findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return Week(
        folder=out,
        last_line=last_line,
        cells=[cell for cell in findings["cells"] if cell["primary"]],
        truth={_key(cell): cell["share"] for cell in truth["cells"]},
    )


def _key(cell: dict[str, Any]) -> tuple[str, str, str]:
    return cell["platform"], cell["cluster"], cell["policy"]


def test_it_ends_with_the_path_of_a_report_that_is_marked_simulated(week: Week) -> None:
    page = Path(week.last_line.removeprefix("report: "))
    assert "simulasi" in page.read_text(encoding="utf-8").casefold()


def test_the_store_answers_a_researcher(week: Week) -> None:
    with closing(sqlite3.connect(week.folder / "home" / "pantau.db")) as store:
        rows = store.execute(
            "SELECT platform, cluster, count(*) FROM observations GROUP BY platform, cluster"
        ).fetchall()
    assert {platform for platform, _, _ in rows} >= {"lazada", "shopee", "tokopedia", "blibli"}


def test_intervals_hold_the_truth(week: Week) -> None:
    """Nine in ten is a matter of many weeks (``make bench``); here most of one week's must."""
    known = [
        cell["low"] <= week.truth[_key(cell)] <= cell["high"]
        for cell in week.cells
        if cell["low"] is not None and _key(cell) in week.truth
    ]
    assert len(known) >= 6
    assert sum(known) >= 0.75 * len(known)


def test_nobody_clean_is_accused(week: Week) -> None:
    clean = [cell for cell in week.cells if week.truth.get(_key(cell)) == 0]
    assert clean
    assert not [cell for cell in clean if cell["verdict"] in ACCUSING or cell["confirmed"]]


def test_who_breaches_often_is_named(week: Week) -> None:
    often = {cell["platform"] for cell in week.cells if week.truth.get(_key(cell), 0) >= 0.1}
    named = {cell["platform"] for cell in week.cells if cell["verdict"] in ACCUSING}
    assert often
    assert often <= named


def test_without_faults_nearly_all_is_measurable(week: Week) -> None:
    lost = [cell for cell in week.cells if cell["verdict"] == "not_measurable"]
    assert len(lost) <= 0.1 * len(week.cells)


def test_what_is_confirmed_gone_is_gone_and_some_is(tmp_path: Path) -> None:
    """Two weeks, held against the catalogue: no offer that still stands is called gone."""
    command = [sys.executable, "-m", "monitor", "demo", "--weeks", "2", "--budget", "60"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    catalogue = Catalogue(1, load_registry())
    newest = max(tmp_path.glob("reports/*/final/findings.json"))
    findings = json.loads(newest.read_text(encoding="utf-8"))
    named = {
        (one["listing"]["platform"], one["listing"]["item_id"])
        for one in findings["gone"]
        if one["state"] == "confirmed_gone"
    }
    assert named
    standing = [
        (platform, item_id)
        for platform, item_id in named
        if catalogue.find(platform, SHOPS[platform].number(item_id), findings["week"])
    ]
    assert not standing
    assert sum(change["confirmed_gone"] for change in findings["changes"]) == len(named)
