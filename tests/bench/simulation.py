"""Twelve simulated weeks through the whole path, held against their truth.

Counted are the cells of marketplaces whose plan reaches the entries a cell needs: a platform too
small for the frame is not measurable by design, a reference is not audited.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.estimate import Settings
from monitor.operate.simulation import Simulation

SEEDS = range(1, 1 + int(os.environ.get("PANTAU_BENCH_SEEDS", "12")))
ACCUSING = {"non_compliant", "breaches_found"}


def run() -> Iterator[dict[str, Any]]:
    """Shares over all primary cells of all seeds; ``reference`` is what is asked for."""
    inside = clean = accused = lost = cells = 0
    known = often = named = 0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            week = list(_week(Path(folder), seed))
        cells += len(week)
        lost += sum(cell["verdict"] == "not_measurable" for cell, _ in week)
        told = [
            (cell, share) for cell, share in week if share is not None and cell["low"] is not None
        ]
        known += len(told)
        held = sum(cell["low"] <= share <= cell["high"] for cell, share in told)
        inside += held
        spotless = [cell for cell, share in week if share == 0]
        clean += len(spotless)
        accused += sum(cell["verdict"] in ACCUSING or cell["confirmed"] > 0 for cell in spotless)
        high = {cell["platform"] for cell, share in week if share is not None and share >= 0.1}
        often += len(high)
        sys.stderr.write(f"seed {seed}: {held} of {len(told)} intervals hold the truth\n")
        named += len(high & {cell["platform"] for cell, _ in week if cell["verdict"] in ACCUSING})
    yield _row("demo cells with the truth inside", inside, known, 0.9)
    yield _row("demo clean cells accused", accused, clean, 0.0)
    yield _row("demo cells not measurable", lost, cells, 0.1)
    yield _row("demo platforms with 10 % named", named, often, 1.0)


def _week(folder: Path, seed: int) -> Iterator[tuple[dict[str, Any], float | None]]:
    page = Simulation(folder, seed=seed, say=lambda line: None).run(1)
    findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    truth = {
        (cell["platform"], cell["cluster"], cell["policy"]): cell["share"]
        for cell in json.loads((folder / "truth.json").read_text(encoding="utf-8"))["cells"]
    }
    marketplaces = {one["id"] for one in findings["platforms"] if one["role"] == "marketplace"}
    least = Settings().least_entries
    for cell in findings["cells"]:
        if cell["primary"] and cell["platform"] in marketplaces and cell["planned"] >= least:
            yield cell, truth.get((cell["platform"], cell["cluster"], cell["policy"]))


def _row(name: str, number: int, of: int, reference: float) -> dict[str, Any]:
    value = number / of if of else None
    return {
        "name": name,
        "value": value,
        "unit": f"share of {of}",
        "reference": reference,
        "ratio": value / reference if value is not None and reference else None,
    }
