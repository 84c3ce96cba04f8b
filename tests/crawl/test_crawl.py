"""A platform's run against a real server: a child process, Scrapy, SQLite and WARC files."""

import contextlib
import gzip
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from monitor.config import JAKARTA, ConfigError
from monitor.crawl.evidence import Evidence, verify
from monitor.crawl.evidence.warc import records
from monitor.crawl.process import crawl
from monitor.listing import Origin, RunOutcome
from monitor.store import Store

WEEK = "2026-W47"
LAZADA = "www.lazada.co.id"


def run(config, platforms=("lazada",), **more):
    [result] = crawl(config, platforms, WEEK, **more)
    return result


def test_units_are_fetched_in_the_order_of_the_plan(site, config, planned, states, runs):
    words = ["hijab", "batik", "keripik"]
    planned(words)
    seen = []
    result = run(config, progress=seen.append)
    assert (result.outcome, result.reason) == (RunOutcome.done, None)
    assert site.asked[0] == (LAZADA, "/robots.txt")
    assert site.words() == words
    assert states() == dict.fromkeys(words, ("sampled", None))
    assert [event["event"] for event in seen] == ["run", "page", "page", "page", "end"]
    assert str(result) == "lazada: 3 sampled"
    [entry] = runs()
    assert entry.outcome is RunOutcome.done
    assert entry.counts["requests"] == 4
    assert entry.counts["listings"] == 120
    assert {"software", "parser", "registry"} <= set(entry.versions)


def test_everything_is_stored_with_its_evidence(site, config, planned):
    planned(["batik"])
    run(config)
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        [unit] = store.units(WEEK, "lazada")
        rows = list(store.observations(WEEK))
    assert unit.robots.allowed
    assert unit.robots.rule == "Allow: /"
    assert unit.robots.robots_url == f"https://{LAZADA}/robots.txt"
    assert abs(datetime.now(UTC) - unit.observed_at).total_seconds() < 60
    assert len(rows) == 40
    received = rows[0].received
    kept = Evidence(config.evidence).read(received.evidence)
    assert kept.url == unit.unit.url
    assert kept.body == site.good("batik")[2]
    urls = [one.url for path in config.evidence.glob("*/*.gz") for _, one in records(path)]
    assert urls == [f"https://{LAZADA}/robots.txt", unit.unit.url]


def test_we_say_who_we_are_and_use_no_proxy(site, config, planned, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    planned(["batik"])
    page = "https://pantau.example/tentang"
    config = msgspec.structs.replace(config, contact="pantau@example.id", information_page=page)
    assert run(config).counts["sampled"] == 1
    agents = {headers["User-Agent"] for headers in site.headers}
    assert agents == {"PantauImpor/0.1.0 (+https://pantau.example/tentang; pantau@example.id)"}
    assert not any("Cookie" in headers for headers in site.headers)


def test_compressed_pages_are_hashed_as_they_came(site, config, planned):
    planned(["batik"])
    body = gzip.compress(site.good("batik")[2])
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    site.answer = lambda request: (200, headers, body)
    assert run(config).counts["listings"] == 40
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        received = next(iter(store.observations(WEEK))).received
    assert Evidence(config.evidence).read(received.evidence).body == body


FAULTS = {
    "slow": ("unreachable", "timeout"),
    "reset": ("unreachable", "connection-lost"),
    "half": ("unreachable", "truncated"),
    "broken": ("unreachable", "http-503"),
    "changed": ("unparseable", None),
    "gone": ("unreachable", "http-404"),
}


def drip(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(30):
            time.sleep(0.1)
            request.wfile.write(b" ")


def half(request):
    status, headers, body = request.site.good("half")
    request.close_connection = True
    return status, headers | {"Content-Length": str(len(body) + 500)}, body


def test_every_failure_has_its_state_and_reason(site, config, planned, states):
    faults = {
        "slow": drip,
        "reset": lambda request: None,
        "half": half,
        "broken": lambda request: (503, {}, b"maintenance"),
        "changed": lambda request: (200, {"Content-Type": "text/html"}, b"<p>Desain baru</p>"),
        "gone": lambda request: (404, {}, b"not here"),
    }
    fine = [f"ok{number}" for number in range(5)]
    planned([word for pair in zip(faults, [*fine, ""], strict=True) for word in pair if word])
    site.answer = lambda request: faults.get(request.word, lambda _: site.good(request.word))(
        request
    )
    result = run(config)
    found = states()
    for word, (state, reason) in FAULTS.items():
        assert found[word][0] == state, (word, found[word])
        assert reason is None or reason in found[word][1], (word, found[word])
    assert {found[word] for word in fine} == {("sampled", None)}
    assert result.outcome is RunOutcome.done
    assert site.words().count("broken") == site.words().count("half") == 3


def test_a_server_error_is_tried_again(site, config, planned, states):
    tries = iter([503, 500])
    site.answer = lambda request: (
        (next(tries, None) or 200, {}, b"")
        if (request.word == "batik" and site.words().count("batik") < 3)
        else site.good(request.word)
    )
    planned(["batik"])
    run(config)
    assert states() == {"batik": ("sampled", None)}


@pytest.mark.parametrize("asked, state", [("1", "sampled"), ("3600", "blocked")])
def test_retry_after_is_honoured_within_bounds(site, config, planned, states, asked, state):
    times = []

    def answer(request):
        times.append(time.monotonic())
        if len(times) == 1:
            return 429, {"Retry-After": asked}, b"slow down"
        return site.good(request.word)

    site.answer = answer
    planned(["batik"])
    run(config)
    assert states()["batik"][0] == state
    if state == "sampled":
        assert times[1] - times[0] >= 1.0
    else:
        assert len(times) == 1


def test_repeated_blocks_stop_the_run_and_the_rest_stays_planned(
    site, config, planned, states, runs
):
    words = [f"kata{number}" for number in range(8)]
    site.answer = lambda request: (
        site.good(request.word) if request.word < "kata3" else (403, {}, b"forbidden")
    )
    planned(words)
    result = run(config)
    assert not result.failed
    assert result.outcome is RunOutcome.stopped
    assert result.reason.startswith("refused: ")
    found = states()
    assert [found[word][0] for word in words] == ["sampled"] * 3 + ["blocked"] * 2 + ["planned"] * 3
    assert "3 still planned" in str(result)
    assert runs()[0].outcome is RunOutcome.stopped


def test_nothing_sampled_is_said(site, config, planned):
    site.answer = lambda request: (403, {}, b"forbidden")
    planned(["batik"])
    result = run(config)
    assert result.reason == "no page was sampled"


def test_a_captcha_page_is_a_block(site, config, planned, states):
    page = b'<html><body><div id="nc_1_wrapper"></div><script src="/_____tmd_____/punish"></script>'
    site.answer = lambda request: (200, {"Content-Type": "text/html"}, page)
    planned(["batik"])
    run(config)
    assert states()["batik"][0] == "blocked"


def test_an_empty_page_counts_as_empty_once_listings_follow(site, config, planned, states):
    site.answer = lambda request: (
        site.nothing() if request.word == "langka" else site.good(request.word)
    )
    planned(["langka", "batik"])
    run(config)
    assert states() == {"langka": ("empty", None), "batik": ("sampled", None)}
    assert site.words() == ["langka", "batik"]


def test_an_empty_page_at_the_end_asks_the_control_again(site, config, planned, states):
    site.answer = lambda request: (
        site.nothing() if request.word == "langka" else site.good(request.word)
    )
    planned(["batik", "langka"])
    result = run(config)
    assert states()["langka"] == ("empty", None)
    assert site.words() == ["batik", "langka", "batik"]
    assert result.counts["controls"] == 1


def test_a_soft_block_is_never_empty(site, config, planned, states):
    words = [f"kata{number}" for number in range(9)]
    site.answer = lambda request: (
        site.good(request.word) if len(site.words()) < 4 else site.nothing()
    )
    planned(words)
    result = run(config)
    found = states()
    assert [found[word][0] for word in words] == ["sampled"] * 3 + ["blocked"] * 3 + ["planned"] * 3
    assert found["kata3"] == ("blocked", "soft-block")
    assert result.reason == "refused: soft-block"


def test_a_platform_that_shows_nothing_from_the_start_is_blocked(site, config, planned, states):
    site.answer = lambda request: site.nothing()
    planned(["a", "b", "c", "d"])
    run(config)
    assert [state for state, _ in states().values()] == ["blocked"] * 3 + ["planned"]


def test_the_control_of_an_earlier_run_counts(site, config, planned, states):
    planned(["batik", "langka"])
    site.answer = lambda request: site.good(request.word) if request.word == "batik" else None
    stop = threading.Event()
    run(config, progress=lambda event: event["event"] == "page" and stop.set(), stop=stop)
    if states()["langka"][0] == "planned":
        site.answer = lambda request: (
            site.nothing() if request.word == "langka" else site.good(request.word)
        )
        run(config)
        assert states()["langka"] == ("empty", None)


def test_disallowed_pages_are_not_asked_for(site, config, planned, states):
    site.robots = lambda host: (200, {}, b"User-agent: *\nDisallow: /catalog/*q=rahasia\n")
    planned(["rahasia", "batik"])
    run(config)
    assert states() == {"rahasia": ("disallowed", "robots"), "batik": ("sampled", None)}
    assert site.words() == ["batik"]
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        robots = store.units(WEEK, "lazada")[0].robots
    assert (robots.allowed, robots.rule) == (False, "Disallow: /catalog/*q=rahasia")


@pytest.mark.parametrize(
    "status, state, reason, asked",
    [
        (404, "sampled", None, 2),
        (403, "disallowed", "robots-refused", 0),
        (500, "disallowed", "robots-unreachable", 0),
    ],
)
def test_what_the_answer_for_robots_txt_means(
    site, config, planned, states, status, state, reason, asked
):
    site.robots = lambda host: (status, {}, b"")
    planned(["batik", "hijab"])
    result = run(config)
    assert states()["batik"] == (state, reason)
    assert len(site.words()) == asked
    if reason == "robots-unreachable":
        assert result.reason == reason
        assert states()["hijab"] == ("planned", None)


def test_robots_txt_that_changes_midway_is_noticed(site, config, planned, states):
    forbidding = b"User-agent: PantauImpor\nDisallow: /\n"
    site.robots = lambda host: (200, {}, forbidding if len(site.words()) >= 10 else b"")
    words = [f"kata{number:02}" for number in range(40)]
    planned(words)
    run(config)
    found = [state for state, _ in states().values()]
    assert found == ["sampled"] * 25 + ["disallowed"] * 15


def test_redirects_stay_on_the_platform(site, config, planned, states):
    def answer(request):
        if request.word == "dalam" and "tag" not in request.path:
            return 302, {"Location": "/tag/dalam/?q=dalam&catalog_redirect_tag=true"}, b""
        if request.word == "luar":
            return 302, {"Location": "https://login.example.com/masuk"}, b""
        return site.good(request.word)

    site.answer = answer
    planned(["dalam", "luar", "batik"])
    run(config)
    assert states() == {
        "dalam": ("sampled", None), "luar": ("blocked", "offsite"), "batik": ("sampled", None)
    }  # fmt: skip
    assert {host for host, _ in site.asked} == {LAZADA}


def test_the_weekly_budget_counts_all_runs(site, config, planned, states):
    planned([f"kata{number}" for number in range(9)])
    crawl_config = msgspec.structs.replace(config.crawl, weekly_requests=4)
    small = msgspec.structs.replace(config, crawl=crawl_config)
    assert run(small).reason == "the week's 4 requests are used up"
    assert len(site.asked) == 4
    assert run(small).reason == "the week's 4 requests are used up"
    assert len(site.asked) == 4


def test_sigterm_finishes_the_page_in_flight(site, config, planned, states, runs):
    words = [f"kata{number}" for number in range(6)]
    planned(words)

    def answer(request):
        if request.word == "kata2":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.5)
        return site.good(request.word)

    site.answer = answer
    result = run(config)
    assert (result.outcome, result.reason) == (RunOutcome.stopped, "SIGTERM")
    assert [state for state, _ in states().values()] == ["sampled"] * 3 + ["planned"] * 3
    assert (runs()[0].outcome, runs()[0].reason) == (RunOutcome.stopped, "SIGTERM")
    site.answer = lambda request: site.good(request.word)
    assert run(config).counts["sampled"] == 3
    assert site.words() == words


def test_a_killed_crawl_resumes_at_the_first_planned_unit(site, config, planned, states, runs):
    words = [f"kata{number}" for number in range(6)]
    planned(words)

    def answer(request):
        if request.word == "kata3":
            assert runs()[0].outcome is RunOutcome.running
            [child] = children()
            os.kill(child, signal.SIGKILL)
            return None
        return site.good(request.word)

    site.answer = answer
    result = run(config)
    assert result.failed
    assert result.reason == "killed by SIGKILL"
    assert result.counts["sampled"] == 3
    [entry] = runs()
    assert (entry.outcome, entry.reason) == (RunOutcome.failed, "killed by SIGKILL")
    site.answer = lambda request: site.good(request.word)
    run(config)
    assert site.words() == [*words[:4], *words[3:]]
    assert set(states().values()) == {("sampled", None)}


def children():
    """Process ids of the children we started."""
    thread = threading.main_thread().native_id
    return [int(pid) for pid in Path(f"/proc/self/task/{thread}/children").read_text().split()]


def test_a_run_whose_parent_died_too_is_buried(site, config, planned, runs):
    planned(["batik"])
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        run_id = store.start_run(
            "crawl", Origin.simulated, datetime.now(UTC), week=WEEK, platform="lazada"
        )
    with Evidence(config.evidence, run=run_id) as evidence:
        for number in range(3):
            evidence.keep(
                week=WEEK, platform="lazada", url=f"https://a/{number}", status=200, headers=[],
                body=b"", at=None,
            )  # fmt: skip
    run(config)
    dead = runs()[-1]
    assert (dead.outcome, dead.reason) == (RunOutcome.failed, "killed")
    assert dead.counts["requests"] == 3


def test_a_live_crawl_without_a_contact_does_not_start(config, planned):
    live = msgspec.structs.replace(config, demo_url=None)
    with pytest.raises(ConfigError, match=r"pantau\.toml: contact"):
        crawl(live, ["lazada"], WEEK)


def test_simulated_and_live_are_never_mixed(site, config, planned):
    planned(["batik"])
    run(config)
    asked = len(site.asked)
    night = [(datetime.now(JAKARTA) + timedelta(hours=hours)).time() for hours in (2, 3)]
    closed = msgspec.structs.replace(config.crawl, night_from=night[0], night_until=night[1])
    live = msgspec.structs.replace(config, demo_url=None, contact="a@example.id", crawl=closed)
    result = run(live)
    assert result.failed
    assert "simulated" in result.reason
    assert len(site.asked) == asked


def test_a_week_without_a_plan_is_named(config):
    result = run(config)
    assert result.reason == f"{WEEK}: has no plan; run: pantau plan --week {WEEK}"


def test_pages_with_too_few_listings_fail_the_run(site, config, planned):
    site.answer = lambda request: site.good(request.word, count=1)
    planned([f"kata{number}" for number in range(6)])
    result = run(config)
    assert result.failed
    assert "are expected" in result.reason


def test_two_runs_of_a_platform_do_not_overlap(site, config, planned):
    from monitor.crawl.run import CrawlError, only_one

    planned(["batik"])
    with only_one(config.home, "lazada"):
        assert "is being crawled already" in run(config).reason
        with pytest.raises(CrawlError), only_one(config.home, "lazada"):
            pass
    assert run(config).counts["sampled"] == 1


def test_what_a_crawl_kept_is_sealed(site, config, planned):
    planned(["batik"])
    run(config)
    [path] = config.evidence.glob("*/*.gz")
    assert (config.evidence / f"manifest-{WEEK}.json").exists()
    assert verify(config.evidence) == []
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [problem.kind for problem in verify(config.evidence)] == ["changed"]
