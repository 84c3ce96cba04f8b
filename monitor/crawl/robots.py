"""robots.txt before every request (RFC 9309), with the decision and the rule that made it.

Stricter than the RFC in one point: 401, 403 and 429 on robots.txt itself mean "disallow". A
platform's recorded permission overrides a disallow for the paths it names, and is named itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy.exceptions import IgnoreRequest

from monitor.config import JAKARTA
from monitor.crawl import settings
from monitor.crawl.transport import TLS
from monitor.model import RobotsDecision

if TYPE_CHECKING:
    from monitor.registry import Permission

AGENT = "PantauImpor"

FORBIDDEN = "robots"
UNREACHABLE = "robots-unreachable"
REFUSED = "robots-refused"

Fetched = tuple[int | None, bytes]
"""Status (None: no usable answer) and body of a robots.txt."""
Fetch = Callable[[str], Awaitable[Fetched]]
"""Fetches a robots.txt; raises ``UnverifiedError``."""


class UnverifiedError(Exception):
    """The certificate of robots.txt's server was refused."""


class Disallowed(IgnoreRequest):
    """robots.txt does not let this request out; ``reason`` is one of the codes above.

    It is ``TLS`` where the server of robots.txt did not prove who it is.
    """

    def __init__(self, decision: RobotsDecision, reason: str) -> None:
        super().__init__(f"{reason}: {decision.rule or decision.robots_url}")
        self.decision = decision
        self.reason = reason


@dataclass(frozen=True)
class Rules:
    """One host's robots.txt as fetched; ``verdict`` None where its rules decide."""

    url: str
    fetched_at: datetime
    text: str = ""
    verdict: bool | None = None
    reason: str = FORBIDDEN
    uses: int = 0

    @classmethod
    def of(cls, url: str, status: int | None, body: bytes, at: datetime) -> Rules:
        """What a response to the request for robots.txt means.

        A page of HTML in its place is a refusal in disguise (a captcha, a log-in), not the absence
        of rules.
        """
        if status is not None and 200 <= status < 300:
            text = body.decode("utf-8", "replace").removeprefix("\ufeff")
            if text.lstrip().startswith("<"):
                return cls(url, at, verdict=False, reason=REFUSED)
            return cls(url, at, text)
        if status in (401, 403, 429):
            return cls(url, at, verdict=False, reason=REFUSED)
        if status is not None and 400 <= status < 500:
            return cls(url, at, verdict=True)
        return cls(url, at, verdict=False, reason=UNREACHABLE)

    def allows(self, url: str) -> bool:
        return _parsed(self.text).can_fetch(url, AGENT) if self.verdict is None else self.verdict

    def crawl_delay(self) -> float | None:
        return _parsed(self.text).crawl_delay(AGENT)

    def rule(self, url: str, allowed: bool) -> str | None:
        """The line that decides about ``url``: the longest that matches. None without one."""
        kind = "allow" if allowed else "disallow"
        matching = [
            (len(path), field == "allow", f"{field.capitalize()}: {path}")
            for field, path in _own_lines(self.text)
            if path and _matches(path, url)
        ]
        line = max(matching)[2] if matching else None
        return line if line and line.lower().startswith(kind) else None


class Robots:
    """What robots.txt of every host says, fetched again after a day or a number of decisions."""

    def __init__(
        self,
        hosts: Sequence[str],
        permissions: Sequence[Permission] = (),
        *,
        now: Callable[[], datetime],
        max_uses: int = settings.ROBOTS_MAX_USES,
    ) -> None:
        self._hosts = set(hosts)
        self._permissions = permissions
        self._now = now
        self._max_uses = max_uses
        self._rules: dict[str, Rules] = {}

    async def decide(self, url: str, fetch: Fetch) -> tuple[RobotsDecision, Rules]:
        """The decision about ``url``; robots.txt is fetched where it is not known."""
        parts = urlsplit(url)
        rules = await self._current(f"{parts.scheme}://{parts.netloc}/robots.txt", fetch)
        allowed = rules.allows(url)
        permission = None if allowed else self._permission(parts.hostname or "", parts.path)
        decision = RobotsDecision(
            allowed=allowed or permission is not None,
            robots_url=rules.url,
            rule=rules.rule(url, allowed) if rules.verdict is None else None,
            fetched_at=rules.fetched_at,
            permission=permission,
        )
        return decision, rules

    async def _current(self, url: str, fetch: Fetch) -> Rules:
        known = self._rules.get(url)
        now = self._now()
        age = timedelta(seconds=settings.ROBOTS_MAX_AGE)
        if known is None or known.uses >= self._max_uses or now - known.fetched_at >= age:
            try:
                status, body = await fetch(url)
                fresh = Rules.of(url, status, body, self._now())
            except UnverifiedError:
                fresh = Rules(url, self._now(), verdict=False, reason=TLS)
            kept = (
                known is not None and fresh.reason == UNREACHABLE and now - known.fetched_at < age
            )
            known = replace(known, uses=0) if known is not None and kept else fresh
        known = replace(known, uses=known.uses + 1)
        self._rules[url] = known
        return known

    def _permission(self, host: str, path: str) -> str | None:
        today = self._now().astimezone(JAKARTA).date()
        for given in self._permissions:
            in_time = given.date <= today and (given.until is None or today <= given.until)
            if in_time and host in self._hosts and path.startswith(given.paths):
                return f"{given.who}, {given.reference}"
        return None


@lru_cache(maxsize=64)
def _parsed(text: str) -> Protego:
    return Protego.parse(text)


@lru_cache(maxsize=4096)
def _pattern(path: str) -> Protego:
    return Protego.parse(f"User-agent: *\nDisallow: {path}\n")


def _matches(path: str, url: str) -> bool:
    return not _pattern(path).can_fetch(url, AGENT)


def _own_lines(text: str) -> Iterator[tuple[str, str]]:
    """Allow and disallow lines of the groups for our agent, else of those for everybody."""
    groups = list(_groups(text))
    ours = [lines for agents, lines in groups if any(_is_ours(agent) for agent in agents)]
    for lines in ours or [lines for agents, lines in groups if "*" in agents]:
        yield from lines


def _is_ours(agent: str) -> bool:
    return agent != "*" and bool(agent) and AGENT.lower().startswith(agent)


def _groups(text: str) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    agents: list[str] = []
    lines: list[tuple[str, str]] = []
    for raw in text.splitlines():
        field, _, value = (part.strip() for part in raw.partition("#")[0].partition(":"))
        field = field.lower()
        if field == "user-agent":
            if lines:
                yield agents, lines
                agents, lines = [], []
            agents.append(value.lower())
        elif field in ("allow", "disallow"):
            lines.append((field, value))
    yield agents, lines
