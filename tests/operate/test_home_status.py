"""What a monitor outside is told of a home."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from monitor.cli.base import this_week
from monitor.config import Config, Notification, PantauError, load_config, week_start
from monitor.model import CollectedBy, Origin, RunOutcome, to_json
from monitor.operate.anomalies import Tally
from monitor.operate.budgets import budget_lines
from monitor.operate.channels import MessageType
from monitor.operate.collection import plan_week
from monitor.operate.home_status import (
    HomeStatus,
    UndeliveredError,
    home_status,
    send_weekly_message,
    weekly_message,
    write_metrics,
)
from monitor.operate.notify import SentAlert
from monitor.operate.status import room_line, status_lines
from monitor.operate.timetable import jobs
from monitor.process import locked
from monitor.registry import load_registry
from monitor.store import Store

from .conftest import Run, Webhook

WEEK = "2026-W46"
MONDAY = week_start(WEEK)
WEDNESDAY = MONDAY + timedelta(days=2, hours=12)


@pytest.fixture
def config(home: Path) -> Config:
    return load_config({"PANTAU_HOME": str(home)})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    """The home's store while its daemon runs; its first run was a plan made on Monday."""
    with Store.of_home(config) as store, locked(config.daemon_lock, "the daemon"):
        log(store, RunOutcome.done, hours=1)
        yield store


def log(store: Store, outcome: RunOutcome, *, hours: int, reason: str | None = None) -> None:
    """Enter a run of the plan, some hours after Monday 00:00."""
    at = MONDAY + timedelta(hours=hours)
    run = store.runs.start("plan", Origin.live, at, WEEK)
    store.runs.finish(run, outcome, at, reason=reason)


def seen(config: Config, store: Store) -> HomeStatus:
    """The state of the home on Wednesday."""
    registry = load_registry(config.registry)
    return home_status(config, jobs(config, registry), registry, store, WEEK, WEDNESDAY)


def test_a_job_that_failed_is_to_act_on_until_it_is_done(config: Config, store: Store) -> None:
    assert seen(config, store).to_act_on == ()
    log(store, RunOutcome.failed, hours=2, reason="database is locked")
    status = seen(config, store)
    assert status.to_act_on == (f"plan: {WEEK} failed: database is locked",)
    assert status.last_done["plan"] == MONDAY + timedelta(hours=1)
    assert status.last_done["crawl-lazada"] is None
    store.runs.start("plan", Origin.live, MONDAY + timedelta(hours=3), WEEK)
    assert seen(config, store).to_act_on, "it only began again"
    log(store, RunOutcome.done, hours=4)
    assert seen(config, store).to_act_on == ()


def test_a_daemon_that_starts_nothing_is_found(config: Config) -> None:
    with Store.of_home(config) as store, locked(config.daemon_lock, "the daemon"):
        run = store.runs.start("ingest", Origin.live, MONDAY)
        store.runs.finish(run, RunOutcome.done, MONDAY)
        (line,) = seen(config, store).to_act_on
    assert line == f"plan: {WEEK} was due 2026-11-09 00:05 WIB and is not done"


def test_trouble_is_to_act_on_for_a_day(config: Config, store: Store) -> None:
    alerts = [
        SentAlert(line="network: no platform answered", at=WEDNESDAY - timedelta(hours=20)),
        SentAlert(line="disk: little room", at=WEDNESDAY - timedelta(hours=30)),
    ]
    config.alerts.write_bytes(to_json(alerts))
    assert seen(config, store).to_act_on == ("network: no platform answered",)


def test_an_open_trouble_is_to_act_on_until_it_ends(config: Config, store: Store) -> None:
    long_ago = WEDNESDAY - timedelta(days=20)
    alerts = [
        SentAlert(line="disk: little room", at=long_ago, trouble="disk"),
        SentAlert(line="ping: no", at=WEDNESDAY, trouble="ping", ended_at=WEDNESDAY),
    ]
    config.alerts.write_bytes(to_json(alerts))
    assert seen(config, store).to_act_on == ("disk: little room",)
    registry = load_registry(config.registry)
    table = jobs(config, registry)
    shown = list(status_lines(config, table, registry, store, WEEK, WEDNESDAY))
    assert any(line.endswith(" ping: no (over)") for line in shown)
    assert any(line.endswith(" disk: little room") for line in shown)


def test_a_number_of_pages_that_measures_nothing_is_told(config: Config, store: Store) -> None:
    registry = load_registry()
    shopee = replace(registry.platforms["shopee"], collection=CollectedBy.both)
    registry = replace(registry, platforms={**registry.platforms, "shopee": shopee})
    assert list(budget_lines(config, registry)) == []
    config = replace(
        config,
        inspect=replace(config.inspect, weekly_units=79),
        crawl=replace(config.crawl, weekly_requests=50),
    )
    lines = [line for line in budget_lines(config, registry) if line.startswith("shopee: ")]
    crawler, inspector = lines
    assert crawler.endswith("set crawl.weekly_requests in pantau.toml to 80 or more")
    assert inspector == (
        "shopee: 79 pages for the inspector leave fewer than 20 entries in some of 4 product"
        " groups, where no share can be measured; set inspect.weekly_units in pantau.toml to 80"
        " or more"
    )
    shown = status_lines(config, jobs(config, registry), registry, store, WEEK, WEDNESDAY)
    assert {*lines} <= {*shown}


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise
def test_the_weekly_message_tells_what_was_counted(
    config: Config, store: Store, webhook: Webhook
) -> None:
    config = msgspec.structs.replace(
        config, notify_to=(webhook.url,), notify=Notification(weekly="0 9 * * mon")
    )
    registry = load_registry(config.registry)
    weekly = next(job for job in jobs(config, registry) if job.id == "weekly")
    assert weekly.arguments(WEEK) == ["status", "--send"]
    status = seen(config, store)
    assert len(status.to_act_on) == 1, "that it is late"
    assert weekly_message(status) == (
        f"nothing to act on\n{WEEK}: nothing was planned",
        MessageType.warning,
    ), "of a week in which nothing was counted nobody says that all is well"
    counted = {"lazada": Tally(units=3, answered=2)}
    status = msgspec.structs.replace(status, platforms=counted)
    send_weekly_message(config, store, status)
    (message,) = webhook.messages
    assert (message["type"], message["message"]) == (
        "success",
        f"nothing to act on\n{WEEK}: units answered: lazada 2 of 3",
    )
    assert store.runs.newest("weekly", WEEK)[0].outcome is RunOutcome.done
    webhook.broken = True
    status = msgspec.structs.replace(status, to_act_on=("disk: little room",))
    with pytest.raises(UndeliveredError, match="error=500"):
        send_weekly_message(config, store, status)
    assert weekly_message(status)[0].startswith("to act on: disk: little room\n")
    assert store.runs.newest("weekly", WEEK)[0].outcome is RunOutcome.failed


def test_status_tells_what_a_week_takes(config: Config, store: Store) -> None:
    assert re.fullmatch(
        r"database: \d\.\d MiB; .* GiB free below the home", room_line(config, store)
    )
    registry = load_registry(config.registry)
    for week in (WEEK, "2026-W47"):
        plan_week(config, registry, store, week, origin=Origin.live)
    size = store.size / 2**20
    told = f"database: {size:.1f} MiB, {size / 2:.1f} MiB for each of 2 planned weeks; "
    assert room_line(config, store).startswith(told)


def test_metrics_are_replaced_whole(config: Config, store: Store, tmp_path: Path) -> None:
    status = msgspec.structs.replace(
        seen(config, store),
        platforms={"lazada": Tally(states={"planned": 2, "sampled": 3})},
        to_act_on=("disk: little room",),
        database_bytes=2**33,
    )
    path = tmp_path / "pantau.prom"
    path.write_text("of the hour before\n" * 100, encoding="utf-8")
    write_metrics(status, path)
    assert [*tmp_path.glob("pantau.prom*")] == [path]
    text = path.read_text(encoding="utf-8")
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert samples == [
        "pantau_daemon_running 1",
        "pantau_open_troubles 1",
        'pantau_units{platform="lazada",state="planned"} 2',
        'pantau_units{platform="lazada",state="sampled"} 3',
        *(
            f'pantau_units{{platform="lazada",state="{state}"}} 0'
            for state in ("empty", "blocked", "disallowed", "unreachable", "unparseable")
        ),
        f'pantau_job_last_done_timestamp_seconds{{job="plan"}} {MONDAY.timestamp() + 3600:.0f}',
        "pantau_database_size_bytes 8589934592",
    ]
    assert text.count("# TYPE ") == text.count("# HELP ") == 5
    assert text.endswith("\n")
    absent = tmp_path / "absent" / "pantau.prom"
    with pytest.raises(PantauError, match=r"cannot be written: .*; name a file") as refused:
        write_metrics(status, absent)
    assert str(refused.value).startswith(f"{absent}: ")
    assert ".new" not in str(refused.value)


def test_the_exit_code_says_whether_somebody_must_act(
    config: Config, home: Path, pantau: Run
) -> None:
    refused = pantau("status", "--check")
    assert (refused.returncode, "no such store" in refused.stderr) == (1, True)
    assert not (home / "pantau.db").exists()
    with Store.of_home(config) as store:
        plan_week(config, load_registry(config.registry), store, this_week(), origin=Origin.live)
    stopped = pantau("status", "--check", "--json")
    status = json.loads(stopped.stdout)
    mend = "schedule: not running; start it with: pantau schedule run"
    assert (stopped.returncode, status["to_act_on"]) == (1, [mend])
    assert status["daemon_runs"] is False
    assert status["platforms"]["lazada"]["states"] == {"planned": 3}
    assert status["last_done"]["plan"]
    assert status["database_bytes"] == (home / "pantau.db").stat().st_size
    metrics = home / "pantau.prom"
    with locked(config.daemon_lock, "the daemon"):
        running = pantau("status", "--check", "--metrics", metrics)
    assert (running.returncode, running.stdout) == (0, "nothing to act on\n")
    assert "pantau_daemon_running 1\n" in metrics.read_text(encoding="utf-8")
