"""A simulated week in which platforms refuse the crawler and an inspector opens their pages."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import load_config
from monitor.crawl.chromium import find_chromium
from monitor.estimate import estimate_week
from monitor.findings.cells import cell_data
from monitor.model import Cluster, Mode, Origin, UnitState, Verdict
from monitor.operate.simulation import REFUSING, Simulation
from monitor.registry import load_registry
from monitor.store import Store

pytestmark = pytest.mark.long

ASKED = 24
"""Pages of a platform that inspectors are asked for in the week."""


class Inspected:
    """What the simulation left: its lines, its page and findings, its configuration."""

    def __init__(self, out: Path) -> None:
        home = out / "home"
        (home / "registry").mkdir(parents=True)
        (home / "registry" / "frame.toml").write_text(_frame(), encoding="utf-8")
        (home / "pantau.toml").write_text(
            f'registry = "{home / "registry"}"\n[crawl]\nbrowser = false\n'
            f"[inspect]\nweekly_units = {ASKED}\n"
            '[confirmations.lazada-2021-akar]\nby = "Petugas"\non = 2021-09-01\n'
            '[confirmations.shopee-2023-all]\nby = "Petugas"\non = 2023-11-01\n',
            encoding="utf-8",
        )
        self.lines: list[str] = []
        simulation = Simulation(
            out, seed=1, budget=120, say=self.lines.append, lang="en", inspect=True
        )
        self.page = simulation.run(1)
        self.config = load_config({"PANTAU_HOME": str(home), "PANTAU_DEMO_URL": "http://localhost"})
        self.findings = json.loads((self.page.parent / "findings.json").read_text("utf-8"))
        self.truth = json.loads((out / "truth.json").read_text("utf-8"))

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The cells that carry a verdict."""
        return [cell for cell in self.findings["cells"] if cell["primary"]]


def _frame() -> str:
    """The frame's searches for textiles and fashion on the two platforms, and no others."""
    queries: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for entry in load_registry().frame.entries:
        if entry.platform == "shopee" and entry.cluster is Cluster.textile_fashion:
            queries[entry.stratum, entry.core].append(entry.query)
    return "\n".join(
        f'[[entries]]\ncluster = "textile_fashion"\nstratum = "{stratum}"\n'
        f"core = {str(core).lower()}\nplatforms = {list(REFUSING)}\n"
        f"queries = {json.dumps(words)}\n"
        for (stratum, core), words in queries.items()
    )


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    return Inspected(tmp_path_factory.mktemp("inspected"))


def test_verdicts_follow_from_what_the_inspector_saw(inspected: Inspected) -> None:
    assert {cell["platform"] for cell in inspected.cells} == {*REFUSING}
    shares = {
        cell["platform"]: cell["share"] for cell in inspected.truth["cells"] if cell["primary"]
    }
    for cell in inspected.cells:
        assert cell["modes"] == {"crawler": 0, "inspector": ASKED}
        assert cell["confirmed"] > 0
        assert cell["verdict"] in {Verdict.breaches_found, Verdict.non_compliant}
        assert cell["low"] <= shares[cell["platform"]] <= cell["high"]


def test_without_the_inspector_the_same_week_is_not_measurable(inspected: Inspected) -> None:
    week = inspected.findings["week"]
    registry = load_registry(inspected.config.registry, inspected.config.confirmations)
    with Store.of_home(inspected.config, origin=Origin.simulated) as store:
        records = store.units.of_week(week)
        taken = store.desk.taken(datetime(2020, 1, 1, tzinfo=UTC))
    if find_chromium():
        at_the_desk = {page.unit_id for page in taken if page.unit_id}
        assert at_the_desk == {r.unit.id for r in records if r.mode is Mode.inspector}
    assert {record.mode for record in records if record.state.speaks} == {Mode.inspector}
    alone = [
        replace(record, state=UnitState.planned, mode=None, places=0)
        if record.mode is Mode.inspector
        else record
        for record in records
    ]
    estimates = estimate_week(cell_data(registry, week, "none", alone, ()))
    primary = [estimated.cell for estimated in estimates if estimated.cell.primary]
    assert {(cell.platform, cell.verdict) for cell in primary} == {
        (platform, Verdict.not_measurable) for platform in REFUSING
    }


def test_the_page_says_who_looked_and_by_what_decision(inspected: Inspected) -> None:
    text = inspected.page.read_text(encoding="utf-8")
    assert f"0 by the crawler, {ASKED} by inspectors" in text
    refused = sum(row["refused_crawler"] for row in inspected.findings["coverage"])
    assert refused > 0
    assert "the crawler was refused " in text
    assert "Who looked" in text
    assert "The first step is a letter that asks the platform for access." in text
    assert "at the inspection desk (Petugas Simulasi, simulasi, " in text
    assert sum("inspector: " in line for line in inspected.lines) == 2


def test_the_plan_says_what_inspectors_are_asked_for(inspected: Inspected) -> None:
    environment = {
        "PANTAU_HOME": str(inspected.config.home),
        "PANTAU_DEMO_URL": inspected.config.demo_url,
    }
    week = inspected.findings["week"]
    printed = CliRunner().invoke(main, ["plan", "--week", week], env=environment).output
    for platform in REFUSING:
        assert f"{platform}: {ASKED} pages for inspectors" in printed
        assert f"{platform}: 60 requests" in printed
