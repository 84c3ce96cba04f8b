"""robots.txt before every request (RFC 9309), with the decision and the rule that made it.

Stricter than the RFC in one point: 401, 403 and 429 on robots.txt itself mean "disallow". A
platform's recorded permission overrides a disallow for the paths it names, and is named itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from protego import Protego
from protego._utils import _quote_path
from scrapy.exceptions import IgnoreRequest

from monitor.config import JAKARTA
from monitor.crawl import settings
from monitor.crawl.transport import TLS
from monitor.model import RobotsDecision
from monitor.model.vocabulary import ROBOTS_UNREACHABLE

if TYPE_CHECKING:
    from monitor.registry import Permission

AGENT = "PantauImpor"

FORBIDDEN = "robots"
UNREACHABLE = ROBOTS_UNREACHABLE
REFUSED = "robots-refused"

Fetched = tuple[int | None, bytes]
"""Status (None: no usable answer) and body of a robots.txt."""
Fetch = Callable[[str], Awaitable[Fetched]]
"""Fetches a robots.txt; raises ``UnverifiedError``."""


class UnverifiedError(Exception):
    """The certificate of robots.txt's server was refused."""


class Disallowed(IgnoreRequest):
    """robots.txt does not let a request for ``url`` out; ``reason`` is one of the codes above.

    It is ``TLS`` where the server of robots.txt did not prove who it is.
    """

    def __init__(self, url: str, decision: RobotsDecision, reason: str) -> None:
        super().__init__(f"{reason}: {decision.rule or decision.robots_url}")
        self.url = url
        self.decision = decision
        self.reason = reason


@dataclass(frozen=True)
class Rules:
    """One host's robots.txt as fetched; ``verdict`` None where its rules decide.

    ``reason`` is the code of a page that is not allowed, ``uses`` the decisions made since the
    fetch.
    """

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
        of rules. Of a longer one the whole lines in the first ``ROBOTS_BYTES`` count.
        """
        if status is not None and 200 <= status < 300:
            if len(body) > settings.ROBOTS_BYTES:
                body = body[: settings.ROBOTS_BYTES].rpartition(b"\n")[0]
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
        """Whether our crawler may ask for ``url``."""
        return _parsed(self.text).can_fetch(url, AGENT) if self.verdict is None else self.verdict

    def crawl_delay(self) -> float | None:
        """Seconds that robots.txt asks our crawler to wait between requests."""
        return _parsed(self.text).crawl_delay(AGENT)

    def rule(self, url: str) -> str | None:
        """The line that decides about ``url``, such as ``Disallow: /search``; None without one."""
        # Protego decides by these rules and has no public name for the one that matched.
        group = _parsed(self.text)._get_matching_rule_set(AGENT)
        quoted_url = _quote_path(url)
        for rule in group._rules if group else ():
            if rule.value.match(quoted_url):
                return f"{rule.field.capitalize()}: {unquote(rule.value._pattern)}"
        return None


@dataclass
class Robots:
    """What robots.txt of every host says, fetched again after a day or ``max_uses`` decisions.

    ``permissions`` count on ``hosts``, those of the platform.
    """

    hosts: Sequence[str]
    permissions: Sequence[Permission]
    now: Callable[[], datetime]
    max_uses: int = settings.ROBOTS_MAX_USES
    _rules: dict[str, Rules] = field(default_factory=dict)

    async def decide(self, url: str, fetch: Fetch) -> tuple[RobotsDecision, Rules]:
        """The decision about ``url``, and the rules of its host.

        ``fetch`` gets robots.txt where that is not known, or known for too long.
        """
        parts = urlsplit(url)
        rules = await self._current_rules(f"{parts.scheme}://{parts.netloc}/robots.txt", fetch)
        allowed = rules.allows(url)
        permission = None if allowed else self._permission(parts.hostname or "", parts.path)
        decision = RobotsDecision(
            allowed=allowed or permission is not None,
            robots_url=rules.url,
            rule=rules.rule(url) if rules.verdict is None else None,
            fetched_at=rules.fetched_at,
            permission=permission,
        )
        return decision, rules

    async def _current_rules(self, url: str, fetch: Fetch) -> Rules:
        """The rules of a robots.txt, counted as used once more; fetched again where that is due.

        Where it does not answer then, rules of less than ``ROBOTS_MAX_AGE`` go on (RFC 9309 2.4).
        """
        rules = self._rules.get(url)
        now = self.now()
        age = timedelta(seconds=settings.ROBOTS_MAX_AGE)
        fresh = rules is not None and now - rules.fetched_at < age
        if rules is None or not fresh or rules.uses >= self.max_uses:
            try:
                fetched = Rules.of(url, *await fetch(url), self.now())
            except UnverifiedError:
                fetched = Rules(url, self.now(), verdict=False, reason=TLS)
            outlives = rules is not None and fresh and fetched.reason == UNREACHABLE
            rules = replace(rules, uses=0) if rules is not None and outlives else fetched
        self._rules[url] = replace(rules, uses=rules.uses + 1)
        return self._rules[url]

    def _permission(self, host: str, path: str) -> str | None:
        """Who allowed this path in writing, and by which letter; None where nobody did."""
        today = self.now().astimezone(JAKARTA).date()
        for permission in self.permissions:
            ended = permission.until is not None and permission.until < today
            in_time = permission.date <= today and not ended
            if in_time and host in self.hosts and path.startswith(permission.paths):
                return f"{permission.who}, {permission.reference}"
        return None


@lru_cache(maxsize=64)
def _parsed(text: str) -> Protego:
    return Protego.parse(text)
