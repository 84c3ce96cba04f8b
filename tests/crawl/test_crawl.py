"""A platform's run against a real server: a child process, Scrapy, SQLite and WARC files."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from monitor.config import JAKARTA, Config, ConfigError, Crawl, week_start
from monitor.crawl.process import CrawlResult, Event, Progress, config_bytes, crawl, platform_lock
from monitor.evidence import EvidenceStore, verify
from monitor.evidence.warc import records
from monitor.model import Origin, RunOutcome
from monitor.process import LockedError
from monitor.store import Store
from tests.crawl.site import (
    JSON,
    LAZADA,
    WEEK,
    Answer,
    Planned,
    Request,
    Runs,
    Site,
    StatesOf,
    good,
    nothing,
    plan_words,
    record_of,
    states_of,
    with_crawl,
)
from tests.store.conftest import ADDRESS, end_connections, new_postgresql

Ordinary = tuple[CrawlResult, list[Event]]


def run(config: Config, progress: Progress | None = None) -> CrawlResult:
    [ended] = crawl(config, ["lazada"], WEEK, progress=progress)
    return ended


# --- one run with a page of every kind, looked at from all sides --------------------------------


def drip(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(9000):
            time.sleep(0.1)
            request.wfile.write(b" ")


def half(request: Request) -> Answer:
    status, headers, body = good("half")
    request.close_connection = True
    return status, headers | {"Content-Length": str(len(body) + 500)}, body


def compressed(request: Request) -> Answer:
    return 200, JSON | {"Content-Encoding": "gzip"}, gzip.compress(good("gzip")[2], mtime=0)


def flaky(request: Request) -> Answer:
    tries = request.site.words().count("flaky")
    return good("flaky") if tries == 3 else ([503, 500][tries - 1], {}, b"")


def inside(request: Request) -> Answer:
    if "tag" in request.path:
        return good("inside")
    return 302, {"Location": "/tag/inside/?q=inside&catalog_redirect_tag=true"}, b""


PAGES: dict[str, Callable[[Request], Answer | None] | None] = {
    "hijab": None,
    "slow": drip,
    "gzip": compressed,
    "reset": lambda request: None,
    "flaky": flaky,
    "half": half,
    "inside": inside,
    "broken": lambda request: (503, {}, b"maintenance"),
    "batik": None,
    "changed": lambda request: (200, {"Content-Type": "text/html"}, b"<p>Desain baru</p>"),
    "gone": lambda request: (404, {}, b"not here"),
    "secret": None,
    "offsite": lambda request: (302, {"Location": "https://login.example.com/masuk"}, b""),
    "keripik": None,
}
EXPECTED = {
    "slow": ("unreachable", "timeout"),
    "reset": ("unreachable", "connection-lost"),
    "half": ("unreachable", "truncated"),
    "broken": ("unreachable", "http-503"),
    "gone": ("unreachable", "http-404"),
    "secret": ("disallowed", "robots"),
    "offsite": ("blocked", "offsite"),
}


@pytest.fixture(scope="module")
def ordinary(shared_site: Site, shared_config: Config) -> Ordinary:
    """How the run ended, and the events it reported on the way."""
    events: list[Event] = []

    def answer(request: Request) -> Answer | None:
        special = PAGES[request.word]
        return special(request) if special else good(request.word)

    shared_site.answer = answer
    shared_site.robots = lambda host: (200, {}, b"User-agent: *\nAllow: /\nDisallow: /*q=secret\n")
    plan_words(shared_config, list(PAGES))
    page = "https://pantau.example/tentang"
    config = msgspec.structs.replace(
        shared_config, contact="pantau@example.id", information_page=page
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("http_proxy", "http://127.0.0.1:9")
        return run(config, progress=events.append), events


@pytest.fixture
def store(ordinary: Ordinary, shared_config: Config) -> Iterator[Store]:
    with Store.open(shared_config.database_url, origin=Origin.simulated) as store:
        yield store


def test_units_are_fetched_in_the_order_of_the_plan(ordinary: Ordinary, shared_site: Site) -> None:
    assert shared_site.asked[0] == (LAZADA, "/robots.txt")
    assert list(dict.fromkeys(shared_site.words())) == [word for word in PAGES if word != "secret"]


def test_every_outcome_has_its_state_and_reason(ordinary: Ordinary, shared_config: Config) -> None:
    states = states_of(shared_config)
    assert states.pop("changed")[0] == "unparseable"
    sampled = dict.fromkeys(PAGES, ("sampled", None))
    sampled.pop("changed")
    assert states == sampled | EXPECTED


def test_what_failed_is_tried_again_and_given_up(ordinary: Ordinary, shared_site: Site) -> None:
    tries = Counter(shared_site.words())
    assert tries["broken"] == tries["half"] == tries["reset"] == tries["flaky"] == 3
    assert tries["gone"] == tries["changed"] == 1


def test_the_result_tells_what_came_of_it(ordinary: Ordinary, store: Store) -> None:
    ended, events = ordinary
    assert (ended.outcome, ended.reason) == (RunOutcome.done, None)
    assert [event["event"] for event in events] == ["run", *["page"] * len(PAGES), "end"]
    assert str(ended) == (
        "lazada: 6 sampled, 1 blocked, 1 disallowed, 5 unreachable, 1 unparseable"
    )
    [entry] = store.runs.newest(job="crawl")
    assert entry.outcome is RunOutcome.done
    assert entry.counts["listings"] == 6 * 40
    assert {"software", "parser", "registry"} <= set(entry.versions)


def test_every_request_is_counted_and_kept(
    ordinary: Ordinary, store: Store, shared_site: Site, shared_config: Config
) -> None:
    [entry] = store.runs.newest(job="crawl")
    assert entry.counts["requests"] == len(shared_site.asked)
    paths = shared_config.evidence.glob("*/*.gz")
    urls = [record.url for path in paths for _, record in records(path)]
    # A connection that is lost, or a page that never ends, leaves nothing to keep.
    silent = Counter(shared_site.words())["slow"] + Counter(shared_site.words())["reset"]
    assert len(urls) == len(shared_site.asked) - silent
    assert urls[0] == f"https://{LAZADA}/robots.txt"


def test_a_page_is_stored_with_its_evidence(
    store: Store, shared_config: Config, shared_site: Site
) -> None:
    unit = store.units.of_week(WEEK, "lazada")[0]
    seen = [
        observation
        for observation in store.observations.of_week(WEEK)
        if observation.query == "hijab"
    ]
    assert len(seen) == 40
    record = record_of(shared_config, seen[0])
    assert (record.url, record.body) == (unit.unit.url, good("hijab")[2])
    assert unit.observed_at
    assert abs(datetime.now(UTC) - unit.observed_at) < timedelta(minutes=5)


def test_the_robots_decision_stands_with_the_unit(store: Store) -> None:
    units = {
        unit.unit.query: unit.robots for unit in store.units.of_week(WEEK, "lazada") if unit.robots
    }
    assert (units["hijab"].allowed, units["hijab"].rule) == (True, "Allow: /")
    assert units["hijab"].robots_url == f"https://{LAZADA}/robots.txt"
    assert (units["secret"].allowed, units["secret"].rule) == (False, "Disallow: /*q=secret")


def test_compressed_pages_are_hashed_as_they_came(store: Store, shared_config: Config) -> None:
    observation = next(seen for seen in store.observations.of_week(WEEK) if seen.query == "gzip")
    record = record_of(shared_config, observation)
    assert record.body.startswith(b"\x1f\x8b")
    assert observation.received
    assert hashlib.sha256(record.body).hexdigest() == observation.received.sha256


def test_we_say_who_we_are_and_use_no_proxy(ordinary: Ordinary, shared_site: Site) -> None:
    agents = {headers["User-Agent"] for headers in shared_site.headers}
    name = f"PantauImpor/{version('pantau-impor')}"
    assert agents == {f"{name} (+https://pantau.example/tentang; pantau@example.id)"}
    assert not any("Cookie" in headers for headers in shared_site.headers)
    assert {host for host, _ in shared_site.asked} == {LAZADA}


def test_what_a_crawl_kept_is_sealed(ordinary: Ordinary, shared_config: Config) -> None:
    assert (shared_config.evidence / f"manifest-{WEEK}.json").exists()
    assert verify(shared_config.evidence) == []


# --- runs that end in their own way --------------------------------------------------------------


def test_repeated_blocks_stop_the_run_and_the_rest_stays_planned(
    site: Site, config: Config, planned: Planned, states: StatesOf, runs: Runs
) -> None:
    words = [f"kata{number}" for number in range(8)]
    site.answer = lambda request: (
        good(request.word) if request.word < "kata3" else (403, {}, b"forbidden")
    )
    planned(words)
    ended = run(config)
    assert not ended.failed
    assert ended.outcome is RunOutcome.stopped
    assert str(ended.reason).startswith("refused: ")
    outcomes = states()
    assert [outcomes[word][0] for word in words] == ["sampled"] * 3 + ["blocked"] * 2 + [
        "planned"
    ] * 3
    assert "3 still planned" in str(ended)
    assert runs()[0].outcome is RunOutcome.stopped


def test_an_empty_page_is_proven_by_a_page_with_listings_after_it(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    rare = {"langka", "jarang"}
    site.answer = lambda request: nothing() if request.word in rare else good("batik")
    planned(["langka", "batik", "jarang"])
    ended = run(config)
    assert states() == {
        "langka": ("empty", None), "batik": ("sampled", None), "jarang": ("empty", None)
    }  # fmt: skip
    assert site.words() == ["langka", "batik", "jarang", "batik"]
    assert ended.counts["controls"] == 1


def test_the_control_of_an_earlier_run_counts(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    planned(["batik", "langka"])
    site.answer = lambda request: nothing() if request.word == "langka" else good("batik")
    run(with_crawl(config, weekly_requests=2))
    assert states()["langka"] == ("planned", None)
    run(config)
    assert states()["langka"] == ("empty", None)
    assert site.words() == ["batik", "langka", "batik"]


def test_a_platform_that_shows_nothing_from_the_start_is_blocked(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    site.answer = lambda request: nothing()
    planned(["a", "b", "c", "d"])
    run(config)
    assert [state for state, _ in states().values()] == ["blocked"] * 3 + ["planned"]


@pytest.mark.parametrize(
    "status, state, reason, asked",
    [
        (403, "disallowed", "robots-refused", 0),
        (500, "disallowed", "robots-unreachable", 0),
    ],
)
def test_what_the_answer_for_robots_txt_means(
    site: Site,
    config: Config,
    planned: Planned,
    states: StatesOf,
    status: int,
    state: str,
    reason: str,
    asked: int,
) -> None:
    site.robots = lambda host: (status, {}, b"")
    planned(["batik", "hijab"])
    ended = run(config)
    assert states()["batik"] == (state, reason)
    assert len(site.words()) == asked
    if reason == "robots-refused":
        assert ended.reason == "no page was sampled"
    else:
        assert ended.reason == reason
        assert states()["hijab"] == ("planned", None)


def test_robots_txt_that_changes_midway_is_noticed(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    forbidding = b"User-agent: PantauImpor\nDisallow: /\n"
    site.robots = lambda host: (200, {}, forbidding if len(site.words()) >= 10 else b"")
    words = [f"kata{number:02}" for number in range(40)]
    planned(words)
    run(config)
    fetched = [state for state, _ in states().values()]
    assert fetched == ["sampled"] * 25 + ["disallowed"] * 15


@pytest.mark.parametrize("is_robots", [False, True])
def test_a_platform_that_is_back_the_next_night_has_its_week_whole(
    site: Site, config: Config, planned: Planned, states: StatesOf, is_robots: bool
) -> None:
    words = [f"kata{number}" for number in range(5)]
    planned(words)
    monday = week_start(WEEK) + timedelta(hours=22)

    def night(moment: datetime) -> set[str]:
        run(msgspec.structs.replace(config, simulated_now=moment))
        return {state for state, _ in states().values()}

    if is_robots:
        site.robots = lambda host: (503, {}, b"")
    else:
        site.answer = lambda request: (503, {}, b"maintenance")
    silent = "disallowed" if is_robots else "unreachable"
    assert night(monday) == {silent, "planned"}
    unanswered = [word for word, (state, _) in states().items() if state == silent]
    site.robots = lambda host: (200, {}, b"")
    site.answer = lambda request: (404, {}, b"") if request.word == "kata4" else good(request.word)
    assert night(monday + timedelta(hours=4)) == {silent, "sampled", "unreachable"}
    asked = len(site.words())
    night(monday + timedelta(days=1))
    assert site.words()[asked:] == unanswered, "neither what was sampled nor what is gone"
    assert states() == {
        **dict.fromkeys(words, ("sampled", None)),
        "kata4": ("unreachable", "http-404"),
    }
    assert night(monday + timedelta(days=7)) == {"sampled", "unreachable"}
    assert len(site.words()) == asked + len(unanswered)


def test_the_weekly_budget_counts_all_runs(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    planned([f"kata{number}" for number in range(9)])
    small = with_crawl(config, weekly_requests=4)
    assert run(small).reason == "the week's 4 requests are used up"
    assert len(site.asked) == 4
    assert run(small).reason == "the week's 4 requests are used up"
    assert len(site.asked) == 4


def test_sigterm_finishes_the_page_in_flight(
    site: Site, config: Config, planned: Planned, states: StatesOf, runs: Runs
) -> None:
    words = [f"kata{number}" for number in range(6)]
    planned(words)

    def answer(request: Request) -> Answer | None:
        if request.word == "kata2":
            os.kill(os.getpid(), signal.SIGTERM)
        if request.word >= "kata2":
            time.sleep(0.5)
        return good(request.word)

    site.answer = answer
    ended = run(config)
    assert (ended.outcome, ended.reason) == (RunOutcome.stopped, "SIGTERM")
    fetched = [state for state, _ in states().values()]
    done = fetched.count("sampled")
    assert 3 <= done < 6
    assert fetched == ["sampled"] * done + ["planned"] * (6 - done)
    assert (runs()[0].outcome, runs()[0].reason) == (RunOutcome.stopped, "SIGTERM")
    site.answer = lambda request: good(request.word)
    assert run(config).counts["sampled"] == 6 - done
    assert site.words() == words


def test_a_killed_crawl_resumes_at_the_first_planned_unit(
    site: Site, config: Config, planned: Planned, states: StatesOf, runs: Runs
) -> None:
    words = [f"kata{number}" for number in range(6)]
    planned(words)

    def answer(request: Request) -> Answer | None:
        if request.word == "kata3":
            assert runs()[0].outcome is RunOutcome.running
            [child] = children()
            os.kill(child, signal.SIGKILL)
            return None
        return good(request.word)

    site.answer = answer
    ended = run(config)
    assert ended.failed
    assert ended.reason == "killed by SIGKILL"
    assert ended.counts["sampled"] == 3
    [entry] = runs()
    assert (entry.outcome, entry.reason) == (RunOutcome.failed, "killed by SIGKILL")
    site.answer = lambda request: good(request.word)
    run(config)
    assert site.words() == [*words[:4], *words[3:]]
    assert set(states().values()) == {("sampled", None)}


def children() -> list[int]:
    """Process ids of the children we started."""
    thread = threading.main_thread().native_id
    return [int(pid) for pid in Path(f"/proc/self/task/{thread}/children").read_text().split()]


def test_a_killed_crawl_leaves_its_pace_to_the_next(
    site: Site, config: Config, planned: Planned, runs: Runs
) -> None:
    """One refusal before the kill, and one after it: the second is the last that is tried."""
    planned([f"kata{number}" for number in range(6)])
    patient = with_crawl(config, blocks_before_stop=2)

    def answer(request: Request) -> Answer | None:
        if request.word == "kata1":
            [child] = children()
            os.kill(child, signal.SIGKILL)
            return None
        return 403, {}, b"forbidden"

    site.answer = answer
    assert run(patient).failed
    assert site.words() == ["kata0", "kata1"]
    with Store.open(config.database_url) as store:
        pace = store.claims.pace("lazada")
    assert pace and (pace.blocks, pace.week) == (1, WEEK)
    assert pace.requests == len(site.asked), "robots.txt is one of them"
    site.answer = lambda request: (403, {}, b"forbidden")
    ended = run(patient)
    assert str(ended.reason).startswith("refused: ")
    assert site.words() == ["kata0", "kata1", "kata1"]


@pytest.mark.postgresql
def test_a_crawl_whose_lock_is_lost_asks_for_nothing_more(site: Site, config: Config) -> None:
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")
    words = [f"kata{number}" for number in range(6)]
    with new_postgresql() as url:
        config = msgspec.structs.replace(config, database_url=url)
        Store.upgrade(url, config.home)
        plan_words(config, words)

        def answer(request: Request) -> Answer:
            if request.word == "kata2":
                end_connections(url, "pantau crawl lazada %")
            return good(request.word)

        site.answer = answer
        ended = run(config)
        assert ended.failed and "in the database is gone" in str(ended.reason)
        assert site.words() == words[:3], "the page in flight is the last"
        site.answer = lambda request: good(request.word)
        run(config)
        assert site.words() == words
        assert set(states_of(config).values()) == {("sampled", None)}


def test_a_run_whose_parent_died_too_is_buried(
    site: Site, config: Config, planned: Planned, runs: Runs
) -> None:
    planned(["batik"])
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        run_id = store.runs.start(
            "crawl", Origin.simulated, datetime.now(UTC), week=WEEK, platform="lazada"
        )
    with EvidenceStore(config.evidence, run=run_id) as evidence:
        for number in range(3):
            evidence.keep(
                week=WEEK, platform="lazada", url=f"https://a/{number}", status=200, headers=[],
                body=b"", at=None,
            )  # fmt: skip
    run(config)
    dead = runs()[-1]
    assert (dead.outcome, dead.reason) == (RunOutcome.failed, "killed")
    assert dead.counts["requests"] == 3


def test_a_live_crawl_without_a_contact_does_not_start(config: Config, planned: Planned) -> None:
    live = msgspec.structs.replace(config, demo_url=None)
    with pytest.raises(ConfigError, match=r"pantau\.toml: contact"):
        crawl(live, ["lazada"], WEEK)


def test_pages_of_inspectors_are_left_to_them(site: Site, config: Config) -> None:
    plan_words(config, ["batik", "hijab", "kain"], inspected={"hijab"})
    run(config)
    assert "hijab" not in site.words()
    assert [state for state, _ in states_of(config).values()] == ["sampled", "planned", "sampled"]


def test_simulated_and_live_are_never_mixed(site: Site, config: Config, planned: Planned) -> None:
    planned(["batik"])
    run(config)
    asked = len(site.asked)
    night = [(datetime.now(JAKARTA) + timedelta(hours=hours)).time() for hours in (2, 3)]
    closed = with_crawl(config, night_from=night[0], night_until=night[1])
    live = msgspec.structs.replace(closed, demo_url=None, contact="a@example.id")
    ended = run(live)
    assert ended.failed
    assert "simulated" in (ended.reason or "")
    assert len(site.asked) == asked


@pytest.fixture
def live(site: Site, config: Config, registry: Callable[[str, str], Path]) -> Config:
    """A live configuration; the platform is our own server, under its own name."""
    return msgspec.structs.replace(
        config,
        demo_url=None,
        own_hosts=("127.0.0.1",),
        contact="pantau@example.id",
        registry=registry(
            'hosts = ["www.lazada.co.id"]', 'hosts = ["www.lazada.co.id", "127.0.0.1"]'
        ),
        crawl=Crawl(delay=0.4, jitter=0.25, night_from=time_of_day(0), night_until=time_of_day(0)),
    )


def plan_live(site: Site, live: Config, words: list[str]) -> None:
    """The plan of a live store, with addresses of our own server."""
    url = f"{site.url}/{LAZADA}/catalog/?ajax=true&page=1&q={{}}"
    plan_words(live, words, url=url, origin=Origin.live)


def test_a_live_run_takes_its_time(site: Site, live: Config) -> None:
    site.robots = lambda host: (200, {}, b"User-agent: *\nCrawl-delay: 0.6\nDisallow: /x\n")
    plan_live(site, live, ["batik", "hijab", "kain"])
    assert run(live).counts["sampled"] == 3
    gaps = [later - early for early, later in pairwise(site.times)]
    assert min(gaps) >= 0.3  # asked 0.6 s apart; a busy machine takes them in later or earlier
    with Store.open(live.database_url, origin=Origin.live) as store:
        assert {seen.origin for seen in store.observations.of_week(WEEK)} == {Origin.live}
    asked = len(site.asked)
    simulation = run(msgspec.structs.replace(live, demo_url=site.url))
    assert simulation.failed
    assert "simulated" in (simulation.reason or "")
    assert len(site.asked) == asked


def test_a_live_run_waits_for_the_night(site: Site, live: Config) -> None:
    night = {
        "night_from": (datetime.now(JAKARTA) + timedelta(hours=2)).time(),
        "night_until": (datetime.now(JAKARTA) + timedelta(hours=3)).time(),
    }
    plan_live(site, live, ["batik"])
    ended = run(with_crawl(live, **night))
    assert ended.outcome is RunOutcome.stopped
    opens = night["night_from"].strftime("%H:%M")
    assert ended.reason
    assert re.fullmatch(rf"outside the night window, which opens \S+ {opens} WIB", ended.reason)
    assert site.asked == []


def test_a_child_does_not_outlive_its_parent(
    site: Site, config: Config, planned: Planned, states: StatesOf, tmp_path: Path
) -> None:
    planned([f"kata{number}" for number in range(9)])
    (tmp_path / "config.json").write_bytes(config_bytes(config))
    parent = f"""
from pathlib import Path
from monitor.crawl.process import config_from, crawl
crawl(config_from(Path({str(tmp_path / "config.json")!r}).read_bytes()), ["lazada"], {WEEK!r})
"""
    started = subprocess.Popen([sys.executable, "-c", parent])

    def answer(request: Request) -> Answer | None:
        if request.word == "kata2":
            started.kill()
            started.wait()
        if request.word >= "kata2":
            time.sleep(0.5)
        return good(request.word)

    site.answer = answer
    started.wait(180)
    with locked_within(config, seconds=120):
        pass
    fetched = [state for state, _ in states().values()]
    done = fetched.count("sampled")
    assert 3 <= done < 9
    assert fetched == ["sampled"] * done + ["planned"] * (9 - done)


@contextlib.contextmanager
def locked_within(config: Config, seconds: float) -> Iterator[None]:
    """Hold the platform's lock as soon as its run lets go of it."""
    until = time.monotonic() + seconds
    while True:
        try:
            with platform_lock(config, "lazada"):
                yield
                return
        except LockedError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_week_without_a_plan_is_named(config: Config) -> None:
    ended = run(config)
    assert ended.reason == f"{WEEK}: has no plan; run: pantau plan --week {WEEK}"


def test_pages_with_too_few_listings_fail_the_run(
    site: Site, config: Config, planned: Planned
) -> None:
    site.answer = lambda request: good(request.word, count=1)
    planned([f"kata{number}" for number in range(6)])
    ended = run(config)
    assert ended.failed
    assert "are expected" in (ended.reason or "")


def test_two_runs_of_a_platform_do_not_overlap(
    site: Site, config: Config, planned: Planned
) -> None:
    planned(["batik"])
    with platform_lock(config, "lazada"):
        holder = f"the crawl of lazada is running already, as process {os.getpid()}"
        assert str(run(config).reason).startswith(holder)
        with pytest.raises(LockedError, match=holder), platform_lock(config, "lazada"):
            pass
    assert run(config).counts["sampled"] == 1
