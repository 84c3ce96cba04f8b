"""Simulated weeks through the real path, held against their known truth.

The seed and its weeks are fixed, so the same findings come out every time; ``python -m tests.bench
rehearsal`` asks the same of twelve seeds.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.demo import SHOPS, Catalogue
from monitor.estimate import Settings
from monitor.operate.simulation import Simulation
from monitor.registry import load_registry
from tests.bench.sentences import Place, Truth, failures, simulation_failures

pytestmark = pytest.mark.acceptance
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEED, WEEKS = 3, 2
ACCUSING = {"non_compliant", "breaches_found"}
Cell = dict[str, Any]
Key = tuple[str, str, str, str]


class Rehearsed(NamedTuple):
    """What a rehearsal left: its folder, its last page, all primary cells with the true share of
    each (None where there is none)."""

    folder: Path
    page: Path
    cells: list[tuple[Cell, float | None]]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    folder = tmp_path_factory.mktemp(f"seed-{SEED}")
    page = Simulation(folder, seed=SEED, say=_silent).run(WEEKS, now=NOW)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    shares = {_key(cell): cell["share"] for cell in truth["cells"]}
    cells: list[tuple[Cell, float | None]] = []
    for path in sorted(folder.glob("reports/*/final/findings.json")):
        week_cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cells += ((cell, shares.get(_key(cell))) for cell in week_cells if cell["primary"])
    return Rehearsed(folder, page, cells)


def _silent(line: str) -> None:
    """Print nothing of a simulation's progress."""


@pytest.fixture(scope="module")
def judged(rehearsed: Rehearsed) -> list[tuple[Cell, float | None]]:
    """Cells of marketplaces whose plan has the entries a verdict needs."""
    least = Settings().least_entries
    return [
        (cell, share)
        for cell, share in rehearsed.cells
        if cell["planned"] >= least and cell["platform"] != "aliexpress"
    ]


def _key(cell: Cell) -> Key:
    return cell["week"], cell["platform"], cell["cluster"], cell["policy"]


def test_it_ends_with_a_report_that_is_marked_simulated(rehearsed: Rehearsed) -> None:
    assert rehearsed.page.parent.parent.name == "2026-W46"
    assert "simulasi" in rehearsed.page.read_text(encoding="utf-8").casefold()


def test_the_store_answers_a_researcher(rehearsed: Rehearsed) -> None:
    with closing(sqlite3.connect(rehearsed.folder / "home" / "pantau.db")) as store:
        rows = store.execute(
            "SELECT platform, cluster, count(*) FROM observations GROUP BY platform, cluster"
        ).fetchall()
    assert {platform for platform, _, _ in rows} >= {"lazada", "shopee", "tokopedia", "blibli"}


def test_the_totals_that_shops_claim_reach_the_store(rehearsed: Rehearsed) -> None:
    """Of Blibli's and TikTok Shop's rendered pages no capture tells one, so theirs are null."""
    with closing(sqlite3.connect(rehearsed.folder / "home" / "pantau.db")) as store:
        totals = {
            platform: (pages, known, least)
            for platform, pages, known, least in store.execute(
                "SELECT platform, count(*), count(total_results), min(total_results) FROM units"
                " WHERE state = 'sampled' GROUP BY platform"
            )
        }
    assert {name for name, (_, known, _) in totals.items() if not known} == {"blibli", "tiktokshop"}
    for pages, known, least in totals.values():
        assert known in {0, pages}
        assert least is None or least >= 300


def test_intervals_hold_the_truth(judged: list[tuple[Cell, float | None]]) -> None:
    known = [
        cell["low"] <= share <= cell["high"]
        for cell, share in judged
        if cell["low"] is not None and share is not None
    ]
    assert len(known) >= 18
    assert sum(known) >= 0.9 * len(known)


def test_nobody_clean_is_accused(rehearsed: Rehearsed) -> None:
    clean = [cell for cell, share in rehearsed.cells if share == 0]
    assert clean
    assert not [cell for cell in clean if cell["verdict"] in ACCUSING or cell["confirmed"]]


def test_who_breaches_often_is_named(judged: list[tuple[Cell, float | None]]) -> None:
    often = {(c["week"], c["platform"]) for c, share in judged if (share or 0) >= 0.1}
    named = {(c["week"], c["platform"]) for c, _ in judged if c["verdict"] in ACCUSING}
    assert often
    assert often <= named


def test_without_faults_nearly_all_is_measurable(judged: list[tuple[Cell, float | None]]) -> None:
    lost = [cell for cell, _ in judged if cell["verdict"] == "not_measurable"]
    assert len(lost) <= 0.1 * len(judged)


def test_what_is_too_small_or_a_reference_is_said_to_be_so(rehearsed: Rehearsed) -> None:
    found = {(cell["platform"], cell["verdict"]) for cell, _ in rehearsed.cells}
    assert {verdict for name, verdict in found if name == "tiktokshop"} == {"not_measurable"}
    assert {verdict for name, verdict in found if name == "aliexpress"} == {"screened"}


def test_no_page_says_none_of_a_platform_on_which_foreign_offers_were_screened(
    rehearsed: Rehearsed,
) -> None:
    """Blibli's promise has no date and so forbids nothing; the store holds foreign offers of it."""
    findings = json.loads((rehearsed.page.parent / "findings.json").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(rehearsed.folder / "home" / "pantau.db")) as store:
        screened = dict(
            store.execute(
                "SELECT cluster, count(*) FROM screenings WHERE week = ?"
                " AND platform = 'blibli' AND cluster <> 'used_clothing'"
                " AND cross_border IN ('cross_border', 'suspected')"
                " GROUP BY cluster",
                [findings["week"]],
            ).fetchall()
        )
    assert screened
    cells = [
        c
        for c in findings["cells"]
        if c["platform"] == "blibli" and c["primary"] and c["cluster"] != "used_clothing"
    ]
    assert {c["cluster"]: c["screened"] for c in cells if c["screened"]} == screened
    assert not sum(cell["flagged"] for cell in cells)
    text = rehearsed.page.read_text(encoding="utf-8")
    card = text.split('id="c-blibli"')[1].split("</article>")[0]
    policy = text.split('id="p-blibli-nocb"')[1].split("</article>")[0]
    for count in screened.values():
        assert f"{count} dari 2.400 posisi lintas batas atau diduga lintas batas" in card
        assert f"{count} dari 2.400 posisi lintas batas atau diduga lintas batas" in policy
    if len(screened) == len(cells):
        assert "ditandai" not in card + policy


def test_no_sentence_contradicts_the_truth_and_none_goes_unread(rehearsed: Rehearsed) -> None:
    assert list(simulation_failures(rehearsed.folder)) == []


def test_no_sentence_of_the_demo_contradicts_its_truth(tmp_path: Path) -> None:
    """Of the week that ``make demo`` has just simulated, so that the gate simulates it once."""
    session = os.environ.get("PANTAU_DEMO_SESSION")
    if not session:
        pytest.skip("the gate reads the week of make demo: PANTAU_DEMO_SESSION names its session")
    printed = Path(session).read_text(encoding="utf-8").splitlines()
    page = ROOT / next(line for line in printed if line.endswith("index.html")).split()[-1]
    demo = page.parents[3]
    for name in ("home", "truth.json"):
        (tmp_path / name).symlink_to(demo / name)
    assert list(simulation_failures(tmp_path)) == []


def test_a_sentence_that_contradicts_the_truth_is_named(rehearsed: Rehearsed) -> None:
    """Lazada is clean in seed 3, and nobody knows the last sentence."""
    at = Place(Truth(rehearsed.folder / "truth.json"), "2026-W46", "lazada", "crafts")
    assert list(failures("belum ditemukan; paling banyak 3,4%", "id", at)) == []
    for text, lang in (
        ("tidak sesuai komitmen", "id"),
        ("pelanggaran ditemukan", "id"),
        ("3 confirmed breaches", "en"),
        ("0 of 7 positions flagged by the screen", "en"),
        ("Still lists blocked imports", "en"),
        ("All is well", "en"),
    ):
        assert len(list(failures(text, lang, at))) == 1, text
    shopee = Place(at.truth, at.week, "shopee", "crafts")
    for text in (
        "sesuai komitmen",
        "ditemukan, dalam batas toleransi",
        "9.999 pelanggaran terkonfirmasi",
    ):
        assert len(list(failures(text, "id", shopee))) == 1, text


def test_what_is_confirmed_gone_is_gone_and_some_is(rehearsed: Rehearsed) -> None:
    """In the second week no offer that still stands in the catalogue is called gone."""
    catalogue = Catalogue(SEED, load_registry())
    findings = json.loads((rehearsed.page.parent / "findings.json").read_text(encoding="utf-8"))
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
