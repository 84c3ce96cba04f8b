"""A week of the simulated marketplaces with every fault: the right states, no false ``empty``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest

from monitor.config import Config, Crawl
from monitor.crawl.process import CrawlResult, crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import load_spiders
from monitor.demo import DemoServer, Fault, FaultKind
from monitor.model import Origin, RunOutcome
from monitor.registry import load_registry
from monitor.sampling.plan import draw_plan
from monitor.store import Store

WEEK = "2026-W46"
UNITS = {"lazada": 12, "shopee": 12, "tokopedia": 30, "blibli": 14, "aliexpress": 10}


def fault(platform: str, kind: str, after: int, count: int | None = None, **more: Any) -> Fault:
    return Fault(platform=platform, kind=FaultKind[kind], after=after, count=count, **more)


FAULTS = (
    fault("lazada", "captcha", 6),
    fault("shopee", "soft_block", 6),
    fault("tokopedia", "robots", 10, robots="User-agent: *\nDisallow: /\n"),
    fault("blibli", "too_many", 1, 1, retry_after=1),
    fault("blibli", "server_error", 2, 1),
    fault("blibli", "truncated", 4, 1),
    fault("blibli", "too_many", 6, 1, retry_after=3600),
    fault("blibli", "new_layout", 8, 2),
    fault("blibli", "truncated", 12, 3),
    fault("aliexpress", "slow", 1, 3, seconds=600),
    fault("aliexpress", "server_error", 5),
)


class FaultyWeek(NamedTuple):
    """A week of the simulated marketplaces: its store, and how each platform's crawl ended."""

    store: Store
    crawls: dict[str, CrawlResult]
    config: Config


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWeek]:
    """The week when its crawls have ended."""
    home = tmp_path_factory.mktemp("week")
    registry = load_registry()
    drawn = draw_plan(registry, WEEK, 1, datetime.now(UTC))
    units = [
        unit
        for platform, count in UNITS.items()
        for unit in sorted(
            (unit for unit in drawn.units if unit.platform == platform),
            key=lambda unit: unit.position,
        )[:count]
    ]
    plan = msgspec.structs.replace(drawn, units=tuple(units))
    with DemoServer(seed=3, week=WEEK, faults=FAULTS) as server:
        config = Config(
            home=home,
            database_url=f"sqlite:///{home / 'pantau.db'}",
            demo_url=server.url,
            crawl=Crawl(timeout=8.0, browser=False),
        )
        with Store.open(config.database_url, origin=Origin.simulated) as store:
            store.plans.save(plan)
        crawls = {ended.platform: ended for ended in crawl(config, list(UNITS), WEEK)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        yield FaultyWeek(store, crawls, config)


def outcomes(week: FaultyWeek, platform: str) -> list[tuple[str, str | None]]:
    return [(str(unit.state), unit.reason) for unit in week.store.units.of_week(WEEK, platform)]


def test_a_captcha_stops_the_platform(week: FaultyWeek) -> None:
    states = [state for state, _ in outcomes(week, "lazada")]
    assert states == ["sampled"] * 6 + ["blocked"] * 2 + ["planned"] * 4
    assert str(week.crawls["lazada"].reason).startswith("refused: punish")


def test_a_soft_block_is_told_from_nothing_found(week: FaultyWeek) -> None:
    units = outcomes(week, "shopee")
    assert units[:6] == [("sampled", None)] * 6
    assert units[6:9] == [("blocked", "soft-block")] * 3
    assert units[9:] == [("planned", None)] * 3
    assert week.crawls["shopee"].reason == "refused: soft-block"


def test_robots_that_changes_midway_is_obeyed(week: FaultyWeek) -> None:
    units = outcomes(week, "tokopedia")
    assert units[:25] == [("sampled", None)] * 25
    assert units[25:] == [("disallowed", "robots")] * 5


def test_passing_faults_are_retried_and_lasting_ones_recorded(week: FaultyWeek) -> None:
    units = outcomes(week, "blibli")
    kinds = Counter(units)
    assert kinds["blocked", "http-429"] == 1
    assert kinds["unreachable", "truncated"] == 1
    assert sum(state == "unparseable" for state, _ in units) == 2
    assert kinds["sampled", None] == len(units) - 4


def test_a_platform_that_does_not_answer_is_left_alone(week: FaultyWeek) -> None:
    units = outcomes(week, "aliexpress")
    assert units[0] == ("sampled", None)
    assert units[1] == ("unreachable", "timeout")
    assert week.crawls["aliexpress"].reason == "unreachable: http-503"
    assert units[-1] == ("planned", None)


def test_no_fault_looks_like_an_empty_page(week: FaultyWeek) -> None:
    assert not [unit for unit in week.store.units.of_week(WEEK) if unit.state == "empty"]
    assert not [ended for ended in week.crawls.values() if ended.outcome is RunOutcome.failed]


def test_the_week_reads_the_same_from_its_evidence(week: FaultyWeek) -> None:
    reread = reprocess(week.store, week.config.evidence, load_spiders(), WEEK, dry_run=True)
    assert reread.pages == reread.same > 50
