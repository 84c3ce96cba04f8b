"""A registry and a running demo for the tests of the simulated marketplaces."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor.demo import DemoServer
from monitor.model import Entry, PlannedUnit
from monitor.registry import Registry, load_registry, page_url

WEEK = "2026-W47"


class Visitor:
    """Asks a demo server for the pages of real URLs, over one connection."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self._line = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def ask(self, url: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of ``https://host/path?query``."""
        self._line.request("GET", "/" + url.split("://", 1)[1])
        answer = self._line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def body(self, url: str) -> bytes:
        """The body of a page that must be there."""
        status, _, body = self.ask(url)
        assert status == 200, (status, url)
        return body

    def text(self, url: str) -> str:
        """The body as text."""
        return self.body(url).decode()

    def json(self, url: str) -> Any:
        """The body as JSON."""
        return json.loads(self.body(url))

    def close(self) -> None:
        """Hangs up."""
        self._line.close()


Visit = Callable[[DemoServer], Visitor]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry()


@pytest.fixture(scope="session")
def server(registry: Registry) -> Iterator[DemoServer]:
    with DemoServer(seed=1, week=WEEK, registry=registry) as running:
        yield running


@pytest.fixture
def visitor(server: DemoServer) -> Iterator[Visitor]:
    visiting = Visitor(server)
    yield visiting
    visiting.close()


@pytest.fixture
def visit() -> Iterator[Visit]:
    visitors: list[Visitor] = []

    def visiting(server: DemoServer) -> Visitor:
        visitors.append(Visitor(server))
        return visitors[-1]

    yield visiting
    for visitor in visitors:
        visitor.close()


@pytest.fixture(scope="session")
def unit(registry: Registry) -> Callable[..., PlannedUnit]:
    """A planned unit of an entry, for page 1 of the week."""

    def planned(entry: Entry, week: str = WEEK, page: int = 1) -> PlannedUnit:
        return PlannedUnit(
            id=f"{week}/{entry.platform}/{entry.id}/{page}",
            week=week,
            platform=entry.platform,
            cluster=entry.cluster,
            stratum=entry.stratum,
            entry_id=entry.id,
            kind=entry.kind,
            query=entry.query,
            page=page,
            url=page_url(registry.platforms[entry.platform], entry.kind, entry.query, page),
            position=0,
            probability=1.0,
        )

    return planned


@pytest.fixture(scope="session")
def drawn_at() -> datetime:
    return datetime(2026, 11, 16, tzinfo=UTC)
