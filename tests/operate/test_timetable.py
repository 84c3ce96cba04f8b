"""What is overdue is read from the ledger alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import JAKARTA, Config, ConfigError, Schedule
from monitor.listing import Origin, Run, RunOutcome
from monitor.operate.timetable import Due, Job, firings, jobs, overdue, worth_doing
from monitor.registry import Registry, load_registry

WEDNESDAY_NIGHT = datetime(2026, 11, 18, 23, 0, tzinfo=JAKARTA)
numbers = count(1)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path, database_url="sqlite://")


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry()


@pytest.fixture
def table(config: Config, registry: Registry) -> tuple[Job, ...]:
    """The jobs for a frame of two platforms."""
    frame = replace(
        registry.frame,
        entries=tuple(e for e in registry.frame.entries if e.platform in {"lazada", "shopee"}),
    )
    return jobs(config, replace(registry, frame=frame))


def run(job: str, week: str, at: datetime, **more: object) -> Run:
    return Run(
        id=next(numbers),
        job=job,
        week=week,
        started_at=at,
        finished_at=at,
        origin=Origin.live,
        **({"outcome": RunOutcome.done} | more),  # type: ignore[arg-type]
    )


def names(due: tuple[Due, ...]) -> set[tuple[str, str]]:
    return {(each.job.id, each.week) for each in due}


def test_every_platform_has_its_own_crawl(table: tuple[Job, ...]) -> None:
    assert [job.id for job in table] == [
        "plan",
        "crawl-lazada",
        "crawl-shopee",
        "report",
        "draw",
        "final",
    ]


def test_a_new_machine_owes_this_week_only(table: tuple[Job, ...]) -> None:
    assert names(overdue(table, [], WEDNESDAY_NIGHT)) == {
        ("plan", "2026-W47"),
        ("crawl-lazada", "2026-W47"),
        ("crawl-shopee", "2026-W47"),
    }


def test_what_the_ledger_knows_is_not_overdue(table: tuple[Job, ...]) -> None:
    monday = datetime(2026, 11, 16, 0, 5, tzinfo=JAKARTA)
    ledger = [
        run("plan", "2026-W47", monday),
        run("crawl", "2026-W47", WEDNESDAY_NIGHT - timedelta(hours=1), platform="lazada"),
        run("crawl", "2026-W47", WEDNESDAY_NIGHT - timedelta(days=1), platform="shopee"),
    ]
    assert names(overdue(table, ledger, WEDNESDAY_NIGHT)) == {("crawl-shopee", "2026-W47")}


def test_weeks_off_are_found_and_the_crawl_of_a_past_week_is_not_worth_doing(
    table: tuple[Job, ...], config: Config
) -> None:
    ledger = [run("plan", "2026-W44", datetime(2026, 10, 26, 0, 5, tzinfo=JAKARTA))]
    due = overdue(table, ledger, WEDNESDAY_NIGHT)
    crawls = {each.week: each for each in due if each.job.id == "crawl-lazada"}
    assert sorted(crawls) == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert [worth_doing(crawls[week], WEDNESDAY_NIGHT, config) for week in sorted(crawls)] == [
        False,
        False,
        False,
        True,
    ]
    assert ("report", "2026-W44") in names(due)
    assert ("report", "2026-W45") not in names(due), "a week nobody planned has no report to owe"


def test_a_missed_entry_is_not_found_again(table: tuple[Job, ...]) -> None:
    ledger = [
        run("plan", "2026-W44", datetime(2026, 10, 26, 0, 5, tzinfo=JAKARTA)),
        run("crawl", "2026-W44", WEDNESDAY_NIGHT, platform="lazada", outcome=RunOutcome.missed),
    ]
    assert ("crawl-lazada", "2026-W44") not in names(overdue(table, ledger, WEDNESDAY_NIGHT))


@pytest.mark.parametrize(("hour", "worth"), [(23, True), (5, True), (6, False), (12, False)])
def test_a_crawl_is_caught_up_in_its_night_window_only(
    table: tuple[Job, ...], config: Config, hour: int, worth: bool
) -> None:
    now = datetime(2026, 11, 19, hour, 0, tzinfo=JAKARTA)
    crawl = next(job for job in table if job.id == "crawl-lazada")
    assert worth_doing(Due(job=crawl, at=now, week="2026-W47"), now, config) is worth


def test_a_report_is_about_the_week_before(table: tuple[Job, ...]) -> None:
    report = next(job for job in table if job.id == "report")
    fire = next(firings(report, WEDNESDAY_NIGHT, WEDNESDAY_NIGHT + timedelta(days=7)))
    assert (fire.isoweekday(), report.week(fire)) == (1, "2026-W47")


@pytest.mark.parametrize("cron", ["0 22 * *", "0 25 * * *", "0 22 * * 1", "soon"])
def test_a_wrong_expression_is_named(config: Config, registry: Registry, cron: str) -> None:
    wrong = Config(home=config.home, database_url="sqlite://", schedule=Schedule(crawl=cron))
    with pytest.raises(ConfigError, match="schedule"):
        jobs(wrong, registry)[1].trigger()
