"""Fixtures of the report's tests: invented weeks, and a Chromium to open their pages in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from monitor.model import Findings
from reports.messages import ReportError
from reports.pdf import browser

from .weeks import WEEKS, blocked_week, empty_week, huge_week, provisional_week, rich_week


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with ExitStack() as stack:
        try:
            launched = stack.enter_context(browser())
        except ReportError as error:
            pytest.skip(str(error))
        yield launched


@pytest.fixture(scope="session")
def weeks() -> dict[str, Findings]:
    return {name: week() for name, week in WEEKS.items()}


@pytest.fixture(scope="session")
def rich() -> Findings:
    return rich_week()


@pytest.fixture(scope="session")
def empty() -> Findings:
    return empty_week()


@pytest.fixture(scope="session")
def blocked() -> Findings:
    return blocked_week()


@pytest.fixture(scope="session")
def provisional() -> Findings:
    return provisional_week()


@pytest.fixture(scope="session", params=sorted(WEEKS))
def any_week(request: pytest.FixtureRequest) -> Findings:
    week: Findings = WEEKS[request.param]()
    return week


@pytest.fixture(scope="session")
def huge() -> Findings:
    return huge_week(5_000)
