"""Every reason that the crawl records for a page has words in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from monitor import crawl
from monitor.crawl import network, robots, transport
from monitor.crawl.refusals import refusals
from monitor.crawl.spider import load_spiders
from monitor.findings.gather import AFTER_THE_SCREEN
from reports.messages import LANGUAGES, Messages

COMPUTED = {
    "refusal.id": {refusal.id for refusal in refusals()},
    "sent_on.id": {refusal.id for refusal in refusals() if refusal.url},
    "refusal.reason": {robots.FORBIDDEN, robots.REFUSED, robots.UNREACHABLE, transport.TLS},
    "reason_of(error)": {
        *transport._CODES.values(),
        *transport._BROWSER_CODES.values(),
        network.NOT_PUBLIC,
        network.OTHER_PORT,
        transport.TLS,
        "browser-error",
        "connection-lost",
    },
    "f'http-{response.status}'": {"http-404", "http-500"},
    "f'{error.field}: {error.problem}'": {"price: listing 3: missing"},
    "page.reason": {"gone"},
    "live.reason": {"gone"},
    "code": {"redirects", "offsite"},
}
"""What a reason that the code works out can be, by the expression."""
PARAMETERS = {"reason", "problem"}


def recorded_reasons() -> Iterator[tuple[str, set[str]]]:
    """Each reason given to a page in the sources of the crawl: where, and what it can be."""
    for path in sorted(Path(crawl.__path__[0]).glob("*.py")):
        module = import_module(f"monitor.crawl.{path.stem}") if path.stem[0] != "_" else crawl
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            given = [word.value for word in call.keywords if word.arg == "reason"]
            if call.func.id == "_without_listings":
                given = call.args[2:]
            elif call.func.id != "Page":
                continue
            for expression in given:
                source = ast.unparse(expression)
                if isinstance(expression, ast.Constant):
                    yield path.name, {str(expression.value)}
                elif source.isupper():
                    yield path.name, {getattr(module, source)}
                elif source not in PARAMETERS:
                    yield path.name, COMPUTED[source]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_of_the_crawl_has_words(lang: str) -> None:
    messages = Messages(lang)
    recorded = list(recorded_reasons())
    assert len(recorded) >= len(COMPUTED)
    reasons = set().union(*(codes for _, codes in recorded), {AFTER_THE_SCREEN})
    reasons |= COMPUTED["refusal.reason"]
    quoted = {reason for reason in reasons if f"refusal.{reason}" not in messages}
    assert quoted == {"http-404", "http-500", "price: listing 3: missing"}
    for reason in reasons - quoted:
        assert messages.obstacle(reason) != reason
    assert messages.obstacle("http-404") == "HTTP 404"
    assert "“price: listing 3: missing”" in messages.obstacle("price: listing 3: missing")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_unproven_part_of_a_spider_has_words(lang: str) -> None:
    parts = {part for spider in load_spiders().values() for part in spider.unproven}
    assert len(parts) > 2
    assert not [part for part in parts if f"note_value.{part}" not in Messages(lang)]
