"""From screen, draw and labels to the estimate: right on average, exact when all is known."""

from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec.structs import replace

from monitor.estimate import CellData, Position, Settings
from monitor.estimate.prepare import prepare
from monitor.estimate.twophase import estimate
from monitor.findings.labelled import labelled_listings
from monitor.labels import Resolved
from monitor.model import Answer, CrossBorder, Observation, ScreenStratum
from monitor.sampling.audit import draw_audit
from tests.builders import observation
from tests.estimate.builders import cell_data, estimate_cell

pytestmark = pytest.mark.long

AT = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = "2026-W47"
LISTINGS = 260


def world() -> tuple[list[Observation], set[str]]:
    """Popular listings take many places and breach more often; the screen misses and errs."""
    rng = np.random.default_rng(3)
    popularity = rng.pareto(1.2, LISTINGS) + 0.2
    foreign = {str(i) for i in range(LISTINGS) if rng.random() < 0.1 + 0.04 * popularity[i]}
    status = {
        str(i): CrossBorder.suspected
        if rng.random() < (0.7 if str(i) in foreign else 0.05)
        else rng.choice([CrossBorder.domestic, CrossBorder.unknown], p=[0.8, 0.2])
        for i in range(LISTINGS)
    }
    items = rng.choice(LISTINGS, (60, 20), p=popularity / popularity.sum())
    screen = [
        observation(
            1000 * entry + rank,
            status[str(item)],
            item=str(item),
            version=f"{int(item):064d}",
            entry_id=f"e{entry}",
            rank=rank,
        )
        for entry, page in enumerate(items)
        for rank, item in enumerate(page)
    ]
    return screen, foreign


def drawn_cell(screen: list[Observation], foreign: set[str], *, seed: int, budget: int) -> CellData:
    drawn = draw_audit(screen, week=WEEK, drawn_at=AT, seed=seed, budget=budget)
    resolved = {
        seen.key: Resolved(
            answer=Answer.yes if seen.listing.item_id in foreign else Answer.no,
            people=("ani", "budi") if seen.listing.item_id in foreign else (),
        )
        for seen in screen
    }
    audited = [listing.audited for listing in labelled_listings(drawn, screen, resolved)]
    positions = tuple(
        Position(
            entry_id=seen.entry_id or "",
            item_id=seen.listing.item_id,
            version=seen.version,
            stratum=ScreenStratum.of(seen.status),
        )
        for seen in screen
    )
    return replace(
        cell_data([""] * 60), positions=positions, audited=tuple(audited), classifier="c1"
    )


def test_the_estimate_is_right_on_average() -> None:
    screen, foreign = world()
    truth = sum(seen.listing.item_id in foreign for seen in screen) / len(screen)
    versions = sum(item in foreign for item in {s.listing.item_id for s in screen}) / LISTINGS
    assert abs(truth - versions) > 0.03
    shares = []
    for seed in range(150):
        estimated = estimate(
            prepare(drawn_cell(screen, foreign, seed=seed, budget=70), Settings()).sample
        )
        assert estimated is not None
        shares.append(estimated.share)
    error = np.std(shares) / len(shares) ** 0.5
    assert np.mean(shares) == pytest.approx(truth, abs=3.5 * error)
    assert error < 0.01


def test_all_labelled_is_exact() -> None:
    """Flagged ones beyond the cap of a cell stay unlabelled, so the cap is not reached here."""
    screen, foreign = world()
    few = [seen for seen in screen if int(seen.listing.item_id) < 40]
    held = {seen.entry_id for seen in few}
    data = drawn_cell(few, foreign, seed=1, budget=1000)
    assert all(label.probability == 1.0 for label in data.audited)
    units = tuple(unit for unit in data.units if unit.unit.entry_id in held)
    truth = sum(seen.listing.item_id in foreign for seen in few) / len(few)
    # One frame stratum, so that all entries weigh the same.
    same = tuple(replace(u, unit=replace(u.unit, stratum=units[0].unit.stratum)) for u in units)
    estimated = estimate_cell(replace(data, units=same)).cell
    assert estimated.estimate == pytest.approx(truth)
    assert estimated.low is not None and estimated.high is not None
    assert estimated.low < truth < estimated.high
