"""Silent failure: what a week's counts say against those before."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo import DemoServer
from monitor.model import Origin, Presence, RunOutcome, from_json, to_json
from monitor.model import Run as LoggedRun
from monitor.operate.anomalies import (
    Tally,
    anomaly,
    crawl_anomaly,
    find_anomalies,
    is_unreached,
)
from monitor.operate.channels import MessageType, _without_secrets, send
from monitor.operate.notify import (
    Alarm,
    SentAlert,
    counts_trouble,
    make_runtime_folder,
    open_counts_troubles,
    recent_alerts,
    runtime_folder,
)
from monitor.registry import load_registry
from monitor.store import Store
from monitor.store.signals import field_rates

from .conftest import Run, Webhook

# One of Apprise's own plugins still imports it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

HISTORY = "alarms.json"
USUAL = Tally(units=20, answered=19, places=760)


@pytest.mark.parametrize(
    ("now", "past", "words"),
    [
        (Tally(units=20, answered=18, places=700), [USUAL] * 3, None),
        (Tally(units=20, answered=9, places=360), [USUAL] * 3, "9 of 20 units answered, usual"),
        (Tally(units=20, answered=19, places=300), [USUAL] * 3, "15 listings a unit, usually 38"),
        (Tally(units=20), [USUAL], "0 of 20 units answered"),
        (Tally(units=20, states={"blocked": 20}), [], "no unit answered (20 blocked)"),
        (Tally(units=20, answered=3, places=60), [], None),
        (Tally(units=20, states={"disallowed": 20}), [Tally(units=20)] * 5, None),
        (Tally(units=40, answered=38, places=1500), [USUAL] * 3, None),
        (Tally(), [USUAL], None),
    ],
    ids=[
        "as usual",
        "half of the units",
        "half of the listings",
        "nothing",
        "nothing in the first week",
        "little in the first week",
        "never anything",
        "a larger plan",
        "not planned",
    ],
)
def test_only_what_is_worse_than_usual_is_trouble(
    now: Tally, past: list[Tally], words: str | None
) -> None:
    problem = anomaly(now, past)
    if words is None:
        assert problem is None
    else:
        assert problem is not None
        assert words in problem


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 8))
def test_a_week_like_all_before_is_never_trouble(units: int, places: int, weeks: int) -> None:
    same = Tally(units=units, answered=units if places else 0, places=places)
    assert anomaly(same, [same] * weeks) is None


def test_a_platform_that_fell_silent_is_named(
    pantau: Run, home: Path, marketplaces: DemoServer
) -> None:
    week = marketplaces.week
    pantau("plan", demo=marketplaces)
    pantau("crawl", "shopee", demo=marketplaces)
    registry = load_registry(home / "registry")
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert find_anomalies(store, registry, week, datetime.now(UTC)) == {}, (
            "lazada's week is not over"
        )
        blocked = crawl_run("refused: captcha", pages=1, blocked=1)
        line = crawl_anomaly(store, registry, week, blocked)
        assert line == f"lazada: {week}: no unit answered (1 blocked)", "told the same night"
        answered = crawl_run(None, pages=1, sampled=1, listings=40)
        assert crawl_anomaly(store, registry, week, answered) is None
        later = datetime(2099, 1, 1, tzinfo=UTC)
        assert find_anomalies(store, registry, week, later) == {
            "lazada": f"lazada: {week}: no unit answered (3 planned)"
        }


USUAL_RATES = Presence(listings=800, present={"ship_from": 700, "cross_border_flag": 16})


@pytest.mark.parametrize(
    ("told", "listings", "floor", "lost"),
    [
        (700, 800, 0.0, False),
        (360, 800, 0.0, False),
        (340, 800, 0.0, True),
        (360, 800, 0.5, True),
        (0, 20, 0.5, False),
    ],
    ids=["as usual", "above half", "below half", "below the floor", "too few listings"],
)
def test_a_field_is_lost_below_half_of_what_is_usual(
    told: int, listings: int, floor: float, lost: bool
) -> None:
    now = Presence(listings=listings, present={"ship_from": told, "cross_border_flag": 0})
    place, mark = field_rates(now, [USUAL_RATES] * 3, {"ship_from": floor})
    assert place.is_lost is lost
    assert place.usual == 0.875
    # Two in a hundred listings bear the mark as a rule: that none does says nothing.
    assert not mark.is_lost


def test_a_line_is_sent_once_a_day_and_remembered(tmp_path: Path, webhook: Webhook) -> None:
    for _ in range(2):
        alarm = Alarm([webhook.url], tmp_path / HISTORY)
        alarm("disk: little room")
        alarm("disk:\n little   room")
    assert webhook.lines == ["disk: little room"]
    (message,) = webhook.messages
    assert message["type"] == "failure"
    assert message["title"] == f"Pantau on {socket.gethostname()}: {tmp_path}"
    (alert,) = recent_alerts(tmp_path / HISTORY, datetime.now(UTC))
    assert alert.sent_at is not None


def test_what_was_not_delivered_is_sent_again(
    tmp_path: Path, webhook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    alarm = Alarm([webhook.url], tmp_path / HISTORY)
    webhook.broken = True
    alarm("plan: failed")
    assert "not delivered" in capsys.readouterr().err
    webhook.broken = False
    alarm("plan: failed")
    assert webhook.lines == ["plan: failed"]


def test_a_memory_that_cannot_be_read_or_written_stops_no_alarm(
    tmp_path: Path, webhook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / HISTORY).write_text("no json")
    Alarm([webhook.url], tmp_path / HISTORY)("first")
    Alarm([webhook.url], tmp_path / "gone" / "alarms.json")("second")
    assert webhook.lines == ["first", "second"]
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("counts", "reason", "unreached"),
    [
        ({"pages": 3, "unreachable": 3}, "unreachable: timeout", True),
        ({"pages": 1, "disallowed": 1}, "robots-unreachable", True),
        ({"pages": 1, "disallowed": 1}, "robots", False),
        ({"pages": 2, "unreachable": 1, "blocked": 1}, None, False),
        ({"pages": 2, "unreachable": 1, "sampled": 1}, None, False),
        ({}, None, False),
    ],
)
def test_only_silence_is_unreached(
    counts: dict[str, int], reason: str | None, unreached: bool
) -> None:
    assert is_unreached(crawl_run(reason, **counts)) is unreached


def crawl_run(reason: str | None, **counts: int) -> LoggedRun:
    """A crawl of Lazada that has ended."""
    outcome = RunOutcome.stopped if reason else RunOutcome.done
    return LoggedRun(
        id=1,
        job="crawl",
        origin=Origin.simulated,
        started_at=datetime.now(UTC),
        outcome=outcome,
        platform="lazada",
        reason=reason,
        counts=counts,
    )


def test_a_trouble_is_told_once_and_its_end_once(tmp_path: Path, webhook: Webhook) -> None:
    history = tmp_path / HISTORY
    alarm = Alarm([webhook.url], history)
    alarm.end("disk")
    assert webhook.lines == [], "what did not begin does not end"
    alarm("disk: little room", "disk", MessageType.warning)
    shift_back(history, timedelta(days=9))
    Alarm([webhook.url], history)("disk: little room", "disk", MessageType.warning)
    assert webhook.lines == ["disk: little room"], "open still, and no news"
    assert Alarm([], history).open_troubles == ("disk",)
    alarm.end("disk")
    alarm.end("disk")
    alarm("disk: little room", "disk", MessageType.warning)
    assert webhook.lines == ["disk: little room", "over: disk: little room", "disk: little room"]
    types = [message["type"] for message in webhook.messages]
    assert types == ["warning", "success", "warning"]


def test_a_platform_that_refuses_for_a_month_is_told_once(tmp_path: Path, webhook: Webhook) -> None:
    history, trouble = tmp_path / HISTORY, counts_trouble("shopee")
    alarm = Alarm([webhook.url], history)
    refused = "shopee: 2026-W{}: 0 of {} units answered, usually {}% ({} blocked)"
    for week in (46, 47, 48):
        for units in (2, 8):
            alarm(refused.format(week, units, 100 - week, units), trouble)
            shift_back(history, timedelta(hours=30))
    told = refused.format(46, 2, 54, 2)
    assert webhook.lines == [told]
    now = datetime.now(UTC)
    newest = refused.format(48, 8, 52, 8)
    for week in ("2026-W46", "2026-W47", "2026-W48"):
        assert open_counts_troubles(history, week, now) == [newest], "its release is held"
    assert open_counts_troubles(history, "2026-W45", now) == []
    alarm("shopee: 2026-W48: 2 listings a unit, usually 38", trouble)
    alarm.end(trouble)
    assert webhook.lines[1:] == [
        "shopee: 2026-W48: 2 listings a unit, usually 38",
        "over: shopee: 2026-W48: 2 listings a unit, usually 38",
    ]


def test_another_line_of_an_open_trouble_is_told_after_a_day(
    tmp_path: Path, webhook: Webhook
) -> None:
    history = tmp_path / HISTORY
    alarm = Alarm([webhook.url], history)
    alarm("plan: locked", "plan")
    alarm("plan: no room", "plan")
    shift_back(history, timedelta(hours=25))
    alarm("plan: locked", "plan")
    alarm("plan: no room", "plan")
    alarm("late: release it", "late remark", daily=True)
    shift_back(history, timedelta(hours=25))
    alarm("late: release it", "late remark", daily=True)
    told_daily = ["late: release it"] * 2
    assert webhook.lines == ["plan: locked", "plan: no room", *told_daily]


def test_an_end_is_not_told_where_the_trouble_was_not(tmp_path: Path, webhook: Webhook) -> None:
    alarm = Alarm([webhook.url], tmp_path / HISTORY)
    webhook.broken = True
    alarm("plan: failed", "plan")
    webhook.broken = False
    alarm.end("plan")
    assert webhook.lines == []
    alarm("plan: failed", "plan")
    alarm.forget({"plan"})
    assert alarm.open_troubles == ()
    assert webhook.lines == ["plan: failed"]


def shift_back(history: Path, by: timedelta) -> None:
    """Let what was told have been told earlier."""
    earlier = [
        msgspec.structs.replace(
            alert, at=alert.at - by, sent_at=alert.sent_at and alert.sent_at - by
        )
        for alert in from_json(history.read_bytes(), list[SentAlert])
    ]
    history.write_bytes(to_json(earlier))


def test_a_failed_delivery_says_why_without_a_secret(webhook: Webhook) -> None:
    webhook.broken = True
    url = webhook.url.replace("json://", "json://desk:pass-word@").replace("hook", "tok-en-1234")
    reason = send(url, "test")
    assert reason
    assert "error=500" in reason
    dead = send("json://desk:pass-word@127.0.0.1:1/tok-en-1234", "test")
    assert dead == "A Connection error occurred sending JSON notification to 127.0.0.1."
    assert send("nonsense", "test") == "no address that Apprise can read"
    masked = _without_secrets(url, "failed at tok-en-1234 with pass-word")
    assert masked == "failed at *** with ***"


def test_a_home_that_cannot_be_written_is_told_once_a_day(
    tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    history = tmp_path / "gone" / HISTORY
    for _ in range(2):
        Alarm([webhook.url], history)("schedule: did not start", "start", daily=True)
    assert webhook.lines == ["schedule: did not start"]
    assert [alert.trouble for alert in recent_alerts(history, datetime.now(UTC))] == ["start"]
    history.parent.mkdir()
    Alarm([webhook.url], history).end("start")
    assert webhook.lines[1:] == ["over: schedule: did not start"]
    assert list((tmp_path / "run").iterdir()) == [], "the home remembers again"


def test_the_runtime_folder_is_this_user_s(tmp_path: Path) -> None:
    assert runtime_folder({"RUNTIME_DIRECTORY": "/run/a:/run/b"}) == Path("/run/a")
    assert runtime_folder({"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/pantau")
    own = tmp_path / "own"
    make_runtime_folder(own)
    assert own.stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(own)
    with pytest.raises(PermissionError):
        make_runtime_folder(tmp_path / "link")
