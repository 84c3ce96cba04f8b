"""What robots.txt lets out, and which of its lines says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from monitor.crawl.robots import AGENT, FORBIDDEN, REFUSED, UNREACHABLE, Fetched, Robots, Rules
from monitor.model import RobotsDecision
from monitor.registry import Permission

SHARED = Path(__file__).parents[2].parent / "shared" / "captures" / "robots"
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
URL = "https://www.blibli.com"


def rules(text: str, status: int | None = 200) -> Rules:
    return Rules.of(f"{URL}/robots.txt", status, text.encode(), NOW)


@pytest.mark.parametrize(
    "status, allowed, reason",
    [
        (404, True, FORBIDDEN), (410, True, FORBIDDEN), (400, True, FORBIDDEN),
        (401, False, REFUSED), (403, False, REFUSED), (429, False, REFUSED),
        (500, False, UNREACHABLE), (503, False, UNREACHABLE), (302, False, UNREACHABLE),
        (None, False, UNREACHABLE),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int | None, allowed: bool, reason: str) -> None:
    fetched = rules("", status)
    assert (fetched.allows(f"{URL}/c/1"), fetched.reason) == (allowed, reason)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>captcha</html>", "\n <html>log in"])
def test_a_page_in_its_place_is_a_refusal(page: str) -> None:
    fetched = rules(page)
    assert (fetched.allows(f"{URL}/c/1"), fetched.reason) == (False, REFUSED)


TEXT = """\
User-agent: *
Disallow: /search
Disallow: /backend/search/*
Allow: /search/help
Disallow: /p/*?*
Allow: /p/*$
Crawl-delay: 2

User-agent: Googlebot
Disallow: /
"""


@pytest.mark.parametrize(
    "path, allowed, rule",
    [
        ("/search?q=batik", False, "Disallow: /search"),
        ("/search/help", True, "Allow: /search/help"),
        ("/backend/search/products?page=1", False, "Disallow: /backend/search/*"),
        ("/p/kain?x=1", False, "Disallow: /p/*?*"),
        ("/p/kain", True, "Allow: /p/*$"),
        ("/c/batik", True, None),
    ],
)
def test_the_rule_that_decides_is_named(path: str, allowed: bool, rule: str | None) -> None:
    fetched = rules(TEXT)
    assert fetched.allows(URL + path) is allowed
    assert fetched.rule(URL + path) == rule


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisalow: /x\n",
        "Useragent *\nDisallow /x\n",
        "User-agent: Pantau*\nDisallow: /x\n\nUser-agent: *\nAllow: /\n",
        "User-agent: Googlebot\nAllow: /x\nUser-agent: *\nSitemap: /s.xml\nDisallow: /x\n",
    ],
)
def test_a_line_that_only_a_lenient_reader_understands_is_named_too(text: str) -> None:
    fetched = rules(text)
    assert not fetched.allows(f"{URL}/x")
    assert fetched.rule(f"{URL}/x") == "Disallow: /x"


def test_a_group_of_our_own_replaces_the_one_for_all() -> None:
    fetched = rules(TEXT + "\nUser-agent: PantauImpor\nDisallow: /c/\nCrawl-delay: 9\n")
    assert fetched.allows(f"{URL}/search")
    assert not fetched.allows(f"{URL}/c/1")
    assert fetched.rule(f"{URL}/c/1") == "Disallow: /c/"
    assert fetched.crawl_delay() == 9.0
    assert rules(TEXT).crawl_delay() == 2.0


def test_the_whole_lines_in_the_first_500_kibibytes_count() -> None:
    padding = "# penuh\n" * 63_990
    fetched = rules(f"User-agent: *\n{padding}Disallow: /dekat\n" + "Disallow: /jauh\n" * 9)
    assert 500 * 1024 - 16 < len(fetched.text) <= 500 * 1024
    assert not fetched.allows(f"{URL}/dekat")
    assert fetched.text.splitlines()[-1] in {"Disallow: /dekat", "Disallow: /jauh"}
    far = rules(f"User-agent: *\n{padding * 2}Disallow: /jauh\n")
    assert far.allows(f"{URL}/jauh")


PATHS = st.lists(st.sampled_from(["a", "b", "/", "*", "$", "?q="]), min_size=1, max_size=6)
LINES = st.lists(
    st.tuples(st.sampled_from(["Allow", "Disallow"]), PATHS.map("".join)), min_size=1, max_size=6
)


@given(LINES, st.text("ab/?q=", max_size=8))
def test_a_named_rule_always_agrees_with_the_decision(
    lines: list[tuple[str, str]], path: str
) -> None:
    text = "User-agent: *\n" + "\n".join(f"{field}: /{rest}" for field, rest in lines)
    fetched, url = rules(text), f"{URL}/{path}"
    allowed = fetched.allows(url)
    assert allowed == Protego.parse(text).can_fetch(url, AGENT)
    rule = fetched.rule(url)
    assert rule is None or rule.startswith("Allow" if allowed else "Disallow")
    assert allowed or rule


class Host:
    """Serves robots.txt and counts how often it is asked."""

    def __init__(self, status: int = 200, body: str = TEXT) -> None:
        self.status, self.body, self.asked = status, body, 0

    async def __call__(self, url: str) -> Fetched:
        self.asked += 1
        return self.status, self.body.encode()


def decide(robots: Robots, host: Host, path: str = "/c/1", url: str = URL) -> RobotsDecision:
    return asyncio.run(robots.decide(url + path, host))[0]


def test_it_is_fetched_again_after_its_uses_and_after_a_day() -> None:
    now, host = [NOW], Host()
    robots = Robots(["www.blibli.com"], [], lambda: now[0], max_uses=3)
    for _ in range(3):
        decide(robots, host)
    assert host.asked == 1
    assert decide(robots, host).fetched_at == NOW
    assert host.asked == 2
    now[0] += timedelta(hours=24)
    assert decide(robots, host).fetched_at == now[0]
    assert host.asked == 3


def test_a_copy_of_today_outlives_a_failure_but_not_a_refusal() -> None:
    now, host = [NOW], Host()
    robots = Robots([], [], lambda: now[0], max_uses=1)
    assert decide(robots, host).allowed
    host.status = 503
    assert decide(robots, host).allowed
    now[0] += timedelta(hours=25)
    assert not decide(robots, host).allowed
    host.status = 200
    assert decide(robots, host).allowed
    host.status = 403
    assert not decide(robots, host).allowed


def permission(**more: Any) -> Permission:
    fields: dict[str, Any] = {
        "platform": "blibli", "who": "Bagian Hukum", "reference": "B-12/2026",
        "date": date(2026, 11, 1), "paths": ("/search", "/backend/"),
    }  # fmt: skip
    return Permission(**fields | more)


@pytest.mark.parametrize(
    "written, url, path, allowed",
    [
        (permission(), URL, "/search?q=a", True),
        (permission(), URL, "/p/kain?x=1", False),
        (permission(until=date(2026, 11, 21)), URL, "/search", True),
        (permission(until=date(2026, 11, 20)), URL, "/search", False),
        (permission(date=date(2026, 12, 1)), URL, "/search", False),
        (permission(), "https://elsewhere.example", "/search", False),
    ],
)
def test_a_permission_overrides_what_it_names_and_is_named(
    written: Permission, url: str, path: str, allowed: bool
) -> None:
    robots = Robots(["www.blibli.com"], [written], lambda: NOW)
    decision = decide(robots, Host(), path, url)
    assert decision.allowed is allowed
    assert decision.permission == ("Bagian Hukum, B-12/2026" if allowed else None)
    assert decision.rule
    assert decision.rule.startswith("Disallow: ")


def test_a_permission_is_not_named_where_none_is_needed() -> None:
    robots = Robots(["www.blibli.com"], [permission(paths=("/",))], lambda: NOW)
    assert decide(robots, Host(), "/c/1").permission is None


@pytest.mark.acceptance
@pytest.mark.skipif(not SHARED.exists(), reason="the shared captures are not here")
@pytest.mark.parametrize(
    "name, path, allowed",
    [
        ("tokopedia.robots.2026-09-03.star-section", "/find/batik?page=2", True),
        ("tokopedia.robots.2026-09-03.star-section", "/search?q=batik", False),
        ("tokopedia.robots.2026-09-03.star-section", "/graphql/SearchProduct", False),
        ("blibli.robots.2026-09-03", "/backend/search/products?page=1", False),
        ("blibli.robots.2026-09-03", "/c/1/batik/BA-1", True),
        ("shopee.robots.2026-09-03.star-section", "/api/v4/search/search_items?keyword=a", True),
    ],
)
def test_the_platforms_own_files(name: str, path: str, allowed: bool) -> None:
    text = (SHARED / f"{name}.txt").read_text(encoding="utf-8")
    fetched = rules(text)
    assert fetched.allows(f"{URL}{path}") is allowed
    assert allowed or fetched.rule(f"{URL}{path}")
