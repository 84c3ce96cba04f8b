"""Seasons of a finite list with a known truth, and thirteen simulated weeks from end to end.

``python -m tests.bench season``; ``PANTAU_BENCH_SEASONS`` sets how often each world is repeated.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import mean

from monitor.config import week_start
from monitor.estimate import Settings
from monitor.operate.simulation import Simulation
from tests.bench.estimate import at_least, at_most, measured
from tests.estimate.seasons import (
    CHANGES,
    SEASONS,
    YEARS,
    ChangeOutcome,
    SeasonOutcome,
    SeasonWorld,
    YearOutcome,
    simulate_change,
    simulate_season,
    simulate_years,
)

REPETITIONS = int(os.environ.get("PANTAU_BENCH_SEASONS", "300"))
COVERAGE, WIDTH, WEEK_WIDTH = 0.93, 0.04, 0.10
ACCUSED, FALSELY_ACCUSED, ACQUITTED, FALSELY_ACQUITTED = 0.8, 0.01, 0.5, 0.025
WRONG_YEARS = 0.05
LAST = "2026-W52"


def run() -> Iterator[dict[str, object]]:
    """One row a figure; those without a reference are for reading."""
    for world in SEASONS:
        yield from _rows(world, simulate_season(world, REPETITIONS))
    for world in CHANGES:
        yield from _change_rows(world, simulate_change(world, REPETITIONS))
    for world in YEARS:
        yield from _year_rows(world, simulate_years(world, REPETITIONS))
    yield from _whole_path()


def _rows(world: SeasonWorld, outcome: SeasonOutcome) -> Iterator[dict[str, object]]:
    name = f"season: {world.name}"
    if world.measured < Settings().season_weeks:
        yield measured(f"{name}: coverage", outcome.coverage, "share of seasons")
        yield measured(f"{name}: median width", outcome.width, "share of places")
        return
    yield at_least(f"{name}: coverage", outcome.coverage, COVERAGE)
    yield at_least(f"{name}: coverage of its last week", outcome.week_coverage, COVERAGE)
    if world.share == 0.05:
        yield at_most(f"{name}: median width", outcome.width, WIDTH)
        yield at_most(f"{name}: median width of a week", outcome.week_width, WEEK_WIDTH)
    else:
        yield measured(f"{name}: median width", outcome.width, "share of places")
        yield measured(f"{name}: median width of a week", outcome.week_width, "share of places")
    if world.share < 0.01:
        yield at_most(f"{name}: falsely accused", outcome.accused, FALSELY_ACCUSED)
    elif world.share == 0.02 and world.unclear < 0.01:
        yield at_least(f"{name}: accused", outcome.accused, ACCUSED)
        yield measured(f"{name}: non_compliant", outcome.non_compliant, "share of seasons")
    if world.share == 0.0 and world.others_share is None:
        yield at_least(f"{name}: acquitted", outcome.acquitted, ACQUITTED)
    elif world.share > 0.01:
        yield at_most(f"{name}: falsely acquitted", outcome.acquitted, FALSELY_ACQUITTED)


def _change_rows(world: SeasonWorld, outcome: ChangeOutcome) -> Iterator[dict[str, object]]:
    name = f"change between quarters: {world.name}"
    yield at_least(f"{name}: coverage", outcome.coverage, COVERAGE)
    yield measured(f"{name}: median width", outcome.width, "share of places")
    yield measured(f"{name}: up", outcome.up, "share of pairs")
    yield measured(f"{name}: down", outcome.down, "share of pairs")


def _year_rows(world: SeasonWorld, outcome: YearOutcome) -> Iterator[dict[str, object]]:
    name = f"confidence sequence: {world.name}"
    yield at_most(f"{name}: years wrong at some of 52 looks", outcome.wrong, WRONG_YEARS)
    ratio = outcome.width / outcome.season_width
    yield measured(f"{name}: median width over that of the quarter's interval", ratio, "ratio")


def _whole_path() -> Iterator[dict[str, object]]:
    """Thirteen weeks of two simulated marketplaces whose policies accuse: how many cells' quarters
    hold their truth. The labels a week are in proportion to those of all marketplaces."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        now = week_start(LAST) + timedelta(days=14)
        page = Simulation(
            out,
            seed=1,
            say=lambda line: None,
            budget=120,
            platforms=frozenset({"lazada", "shopee"}),
        ).run(13, now=now)
        findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    shares: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for cell in truth["cells"]:
        if cell["share"] is not None:
            shares[cell["platform"], cell["cluster"], cell["policy"]].append(cell["share"])
    estimated = [
        (cell["season"], mean(of_weeks))
        for cell in findings["cells"]
        if cell["season"]
        and cell["season"]["high"] is not None
        and (of_weeks := shares[cell["platform"], cell["cluster"], cell["policy"]])
    ]
    held = [season["low"] <= share <= season["high"] for season, share in estimated]
    yield measured("season: thirteen simulated weeks: cells with a share", len(estimated), "cells")
    if held:
        yield at_least("season: thirteen simulated weeks: truth inside", mean(held), COVERAGE)
