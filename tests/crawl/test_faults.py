"""A week of the simulated marketplaces with every fault: the right states, no false ``empty``."""

from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from monitor.config import Config, Crawl
from monitor.crawl.process import crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import load_spiders
from monitor.demo import DemoServer, Fault, FaultKind
from monitor.model import Origin, RunOutcome
from monitor.registry import load_registry
from monitor.sampling.plan import draw_plan
from monitor.store import Store

WEEK = "2026-W46"
UNITS = {"lazada": 12, "shopee": 12, "tokopedia": 30, "blibli": 14, "aliexpress": 10}


def fault(platform, kind, after, count=None, **more):
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


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """The store after the week, with the results of its crawls."""
    home = tmp_path_factory.mktemp("week")
    registry = load_registry()
    drawn = draw_plan(registry, WEEK, 1, datetime.now(UTC))
    units = [
        unit
        for platform, count in UNITS.items()
        for unit in sorted(
            (one for one in drawn.units if one.platform == platform), key=lambda one: one.position
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
            store.save_plan(plan)
        results = {result.platform: result for result in crawl(config, list(UNITS), WEEK)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        yield store, results, config


def outcomes(store, platform):
    return [(str(unit.state), unit.reason) for unit in store.units(WEEK, platform)]


def test_a_captcha_stops_the_platform(week):
    store, results, _ = week
    found = [state for state, _ in outcomes(store, "lazada")]
    assert found == ["sampled"] * 6 + ["blocked"] * 2 + ["planned"] * 4
    assert results["lazada"].reason.startswith("refused: punish")


def test_a_soft_block_is_told_from_nothing_found(week):
    store, results, _ = week
    found = outcomes(store, "shopee")
    assert found[:6] == [("sampled", None)] * 6
    assert found[6:9] == [("blocked", "soft-block")] * 3
    assert found[9:] == [("planned", None)] * 3
    assert results["shopee"].reason == "refused: soft-block"


def test_robots_that_changes_midway_is_obeyed(week):
    store, _, _ = week
    found = outcomes(store, "tokopedia")
    assert found[:25] == [("sampled", None)] * 25
    assert found[25:] == [("disallowed", "robots")] * 5


def test_passing_faults_are_retried_and_lasting_ones_recorded(week):
    store, _, _ = week
    found = outcomes(store, "blibli")
    kinds = Counter(found)
    assert kinds["blocked", "http-429"] == 1
    assert kinds["unreachable", "truncated"] == 1
    assert sum(state == "unparseable" for state, _ in found) == 2
    assert kinds["sampled", None] == len(found) - 4


def test_a_platform_that_does_not_answer_is_left_alone(week):
    store, results, _ = week
    found = outcomes(store, "aliexpress")
    assert found[0] == ("sampled", None)
    assert found[1] == ("unreachable", "timeout")
    assert results["aliexpress"].reason == "unreachable: http-503"
    assert found[-1] == ("planned", None)


def test_no_fault_looks_like_an_empty_page(week):
    store, results, _ = week
    assert not [unit for unit in store.units(WEEK) if unit.state == "empty"]
    assert not [result for result in results.values() if result.outcome is RunOutcome.failed]


def test_the_week_reads_the_same_from_its_evidence(week):
    store, _, config = week
    result = reprocess(store, config.evidence, load_spiders(), WEEK, dry_run=True)
    assert result.pages == result.same > 50
