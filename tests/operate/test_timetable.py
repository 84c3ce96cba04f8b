"""What is overdue is read from the run log alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import JAKARTA, Config, ConfigError, Delivery, Retention, Schedule
from monitor.model import CollectedBy, Origin, Run, RunOutcome
from monitor.operate.timetable import (
    Due,
    Job,
    MisfireAction,
    firings,
    jobs,
    misfire_action,
    overdue,
)
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
    """An entry of the run log; it ended well unless ``more`` says otherwise."""
    return Run(
        id=next(numbers),
        job=job,
        week=week,
        started_at=at,
        finished_at=at,
        origin=Origin.live,
        **({"outcome": RunOutcome.done} | more),  # type: ignore[arg-type]
    )


def names(firings: tuple[Due, ...]) -> set[tuple[str, str]]:
    """Job and week of overdue firings."""
    return {(due.job.id, due.week) for due in firings}


def test_every_platform_has_its_own_crawl(table: tuple[Job, ...]) -> None:
    assert [job.id for job in table] == [
        "plan",
        "crawl-lazada",
        "crawl-shopee",
        "report",
        "draw",
        "visits",
        "final",
        "late",
    ]


def test_a_platform_of_inspectors_has_no_crawl(config: Config, registry: Registry) -> None:
    shopee = replace(registry.platforms["shopee"], collection=CollectedBy.inspector)
    platforms = {**registry.platforms, "shopee": shopee}
    ids = {job.id for job in jobs(config, replace(registry, platforms=platforms))}
    assert "crawl-shopee" not in ids
    assert "crawl-lazada" in ids


def test_a_new_machine_owes_this_week_only(table: tuple[Job, ...]) -> None:
    assert names(overdue(table, [], WEDNESDAY_NIGHT)) == {
        ("plan", "2026-W47"),
        ("crawl-lazada", "2026-W47"),
        ("crawl-shopee", "2026-W47"),
    }


def test_what_the_log_knows_is_not_overdue(table: tuple[Job, ...]) -> None:
    monday = datetime(2026, 11, 16, 0, 5, tzinfo=JAKARTA)
    log = [
        run("plan", "2026-W47", monday),
        run("crawl", "2026-W47", WEDNESDAY_NIGHT - timedelta(hours=1), platform="lazada"),
        run("crawl", "2026-W47", WEDNESDAY_NIGHT - timedelta(days=1), platform="shopee"),
        run("late", "2026-W47", WEDNESDAY_NIGHT - timedelta(hours=14)),
    ]
    assert names(overdue(table, log, WEDNESDAY_NIGHT)) == {("crawl-shopee", "2026-W47")}


def test_weeks_off_are_found_and_the_crawl_of_a_past_week_is_not_worth_doing(
    table: tuple[Job, ...], config: Config
) -> None:
    log = [run("plan", "2026-W44", datetime(2026, 10, 26, 0, 5, tzinfo=JAKARTA))]
    owed = overdue(table, log, WEDNESDAY_NIGHT)
    crawls = {due.week: due for due in owed if due.job.id == "crawl-lazada"}
    assert sorted(crawls) == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert [misfire_action(crawls[week], WEDNESDAY_NIGHT, config) for week in sorted(crawls)] == [
        MisfireAction.missed,
        MisfireAction.missed,
        MisfireAction.missed,
        MisfireAction.start,
    ]
    assert ("report", "2026-W44") in names(owed)
    assert ("report", "2026-W45") not in names(owed), "a week nobody planned has no report to owe"


def test_a_missed_entry_is_not_found_again(table: tuple[Job, ...]) -> None:
    log = [
        run("plan", "2026-W44", datetime(2026, 10, 26, 0, 5, tzinfo=JAKARTA)),
        run("crawl", "2026-W44", WEDNESDAY_NIGHT, platform="lazada", outcome=RunOutcome.missed),
    ]
    assert ("crawl-lazada", "2026-W44") not in names(overdue(table, log, WEDNESDAY_NIGHT))


def test_weeks_entered_as_missed_owe_no_report_either(table: tuple[Job, ...]) -> None:
    log = [
        run("plan", "2026-W43", datetime(2026, 10, 19, 0, 5, tzinfo=JAKARTA)),
        run("plan", "2026-W45", WEDNESDAY_NIGHT, outcome=RunOutcome.missed),
        run("crawl", "2026-W45", WEDNESDAY_NIGHT, platform="lazada", outcome=RunOutcome.missed),
    ]
    owed = names(overdue(table, log, WEDNESDAY_NIGHT))
    assert ("report", "2026-W43") in owed
    assert ("report", "2026-W45") not in owed


@pytest.mark.parametrize("job", ["plan", "report", "draw"])
def test_what_failed_is_owed_again(table: tuple[Job, ...], job: str) -> None:
    week = "2026-W47" if job == "plan" else "2026-W46"
    ingest = run("ingest", "2026-W46", datetime(2026, 11, 10, 0, 5, tzinfo=JAKARTA))
    failed = run(job, week, WEDNESDAY_NIGHT, outcome=RunOutcome.failed, reason="disk full")
    done = run(job, week, WEDNESDAY_NIGHT)
    assert (job, week) in names(overdue(table, [ingest, failed], WEDNESDAY_NIGHT))
    assert (job, week) not in names(overdue(table, [ingest, failed, done], WEDNESDAY_NIGHT))


def test_a_report_made_before_its_time_does_not_settle_it(table: tuple[Job, ...]) -> None:
    early = run("report", "2026-W46", datetime(2026, 11, 14, 12, 0, tzinfo=JAKARTA))
    assert ("report", "2026-W46") in names(overdue(table, [early], WEDNESDAY_NIGHT))


@pytest.mark.parametrize(
    ("outcome", "reason", "again"),
    [
        (RunOutcome.stopped, "refused: captcha", False),
        (RunOutcome.stopped, "night_window_closed", False),
        (RunOutcome.failed, "pages hold 2 listings, 20 are expected", False),
        (RunOutcome.failed, "killed", True),
        (RunOutcome.failed, "killed by SIGKILL", True),
        (RunOutcome.stopped, "SIGTERM", True),
        (RunOutcome.running, None, False),
    ],
)
def test_only_a_crawl_that_was_cut_off_goes_on_in_its_night(
    table: tuple[Job, ...], outcome: RunOutcome, reason: str | None, again: bool
) -> None:
    at = datetime(2026, 11, 18, 22, 1, tzinfo=JAKARTA)
    tonight = run("crawl", "2026-W47", at, platform="lazada", outcome=outcome, reason=reason)
    owed = names(overdue(table, [tonight], WEDNESDAY_NIGHT))
    assert (("crawl-lazada", "2026-W47") in owed) is again


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 18, 23, 0, tzinfo=JAKARTA), MisfireAction.start),
        (datetime(2026, 11, 19, 5, 59, tzinfo=JAKARTA), MisfireAction.start),
        (datetime(2026, 11, 19, 6, 0, tzinfo=JAKARTA), MisfireAction.wait),
        (datetime(2026, 11, 19, 12, 0, tzinfo=JAKARTA), MisfireAction.wait),
        (datetime(2026, 11, 23, 12, 0, tzinfo=JAKARTA), MisfireAction.missed),
    ],
)
def test_a_crawl_is_made_up_for_in_its_nights_and_lost_with_its_week(
    table: tuple[Job, ...], config: Config, now: datetime, expected: MisfireAction
) -> None:
    crawl = next(job for job in table if job.id == "crawl-lazada")
    fire = datetime(2026, 11, 18, 22, 0, tzinfo=JAKARTA)
    assert misfire_action(Due(job=crawl, at=fire, week="2026-W47"), now, config) is expected


def test_the_last_night_of_a_week_lasts_into_monday(table: tuple[Job, ...], config: Config) -> None:
    crawl = next(job for job in table if job.id == "crawl-lazada")
    sunday = Due(job=crawl, at=datetime(2026, 11, 22, 22, 0, tzinfo=JAKARTA), week="2026-W47")
    early = datetime(2026, 11, 23, 2, 0, tzinfo=JAKARTA)
    assert misfire_action(sunday, early, config) is MisfireAction.start
    assert misfire_action(sunday, early.replace(hour=7), config) is MisfireAction.missed


def test_hand_over_and_retention_are_jobs_only_where_configured(
    config: Config, registry: Registry
) -> None:
    plain = {job.id for job in jobs(config, registry)}
    more = replace(
        config,
        handover=Delivery(automatic=True),
        handover_to=("json://127.0.0.1",),
        retention=Retention(evidence_weeks=52),
    )
    added = [job for job in jobs(more, registry) if job.id not in plain]
    assert [job.id for job in added] == ["handover", "prune"]
    assert added[0].arguments("2026-W46")[:4] == ["release", "2026-W46", "--edition", "final"]
    assert "--audited" in added[0].command, "what goes out by itself has been looked at by people"


def test_a_crawl_outside_the_night_is_a_wrong_setting(config: Config, registry: Registry) -> None:
    wrong = replace(config, schedule=Schedule(crawl="0 12 * * *"))
    with pytest.raises(ConfigError, match="night window"):
        jobs(wrong, registry)


def test_a_night_that_ends_as_it_begins_lasts_all_day(config: Config, registry: Registry) -> None:
    crawl = replace(config.crawl, night_from=time(9), night_until=time(9))
    always = replace(config, crawl=crawl, schedule=Schedule(crawl="0 12 * * *"))
    assert jobs(always, registry)


def test_of_missed_looks_at_late_labels_the_last_one_does_the_work(
    table: tuple[Job, ...], config: Config
) -> None:
    log = [run("plan", "2026-W44", datetime(2026, 10, 26, 0, 5, tzinfo=JAKARTA))]
    owed = [due for due in overdue(table, log, WEDNESDAY_NIGHT) if due.job.id == "late"]
    assert [(due.week, due.at.hour) for due in owed] == [("2026-W47", 8)]
    assert misfire_action(owed[0], WEDNESDAY_NIGHT, config) is MisfireAction.start
    done = run("late", "2026-W47", WEDNESDAY_NIGHT - timedelta(hours=1))
    assert ("late", "2026-W47") not in names(overdue(table, [*log, done], WEDNESDAY_NIGHT))
    never = replace(config, schedule=Schedule(late_weeks=0))
    assert "late" not in {job.id for job in jobs(never, load_registry())}


def test_a_report_is_about_the_week_before(table: tuple[Job, ...]) -> None:
    report = next(job for job in table if job.id == "report")
    fire = next(firings(report, WEDNESDAY_NIGHT, WEDNESDAY_NIGHT + timedelta(days=7)))
    assert (fire.isoweekday(), report.week(fire)) == (1, "2026-W47")


@pytest.mark.parametrize("cron", ["0 22 * *", "0 25 * * *", "0 22 * * 1", "soon"])
def test_a_wrong_expression_is_named(config: Config, registry: Registry, cron: str) -> None:
    wrong = Config(home=config.home, database_url="sqlite://", schedule=Schedule(crawl=cron))
    with pytest.raises(ConfigError, match="schedule"):
        jobs(wrong, registry)


def test_visits_that_were_cut_off_go_on_in_their_night(table: tuple[Job, ...]) -> None:
    thursday = datetime(2026, 11, 19, 4, 0, tzinfo=JAKARTA)
    before = run("plan", "2026-W46", datetime(2026, 11, 9, 0, 5, tzinfo=JAKARTA))
    at = datetime(2026, 11, 19, 3, 1, tzinfo=JAKARTA)
    cut = run("visits", "2026-W46", at, outcome=RunOutcome.stopped, reason="SIGTERM (lazada)")
    over = run("visits", "2026-W46", at, outcome=RunOutcome.stopped, reason="refused: captcha")
    assert ("visits", "2026-W46") in names(overdue(table, [before, cut], thursday))
    assert ("visits", "2026-W46") not in names(overdue(table, [before, over], thursday))
