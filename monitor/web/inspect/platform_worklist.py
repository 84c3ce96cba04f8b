"""One platform's open pages for one inspector: what is next, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from monitor.model import (
    AskedPage,
    JudgedFiles,
    OwnPage,
    Receipt,
    RobotsDecision,
    UnitRecord,
    UnitState,
)
from monitor.registry import Platform, visit_url
from monitor.store import Store
from monitor.web.inspect.lines import receipt_line
from monitor.web.messages import PageMessages

OWN_PAGES = 12
"""Own pages that an inspector holds at a time."""


class Desk(Protocol):
    """What the room needs of the desk behind it."""

    def now(self) -> datetime:
        """The time."""

    is_rehearsal: bool
    """Whether its marketplaces are simulated."""

    def require_basis(self) -> None:
        """Raise ``WebError`` where the desk may not be open."""

    def weeks(self) -> Sequence[str]:
        """The weeks whose pages are taken, the present one first."""

    def worklist(self, week: str) -> Sequence[UnitRecord]:
        """What inspectors are asked for, in the order of the plan."""

    def own_pages(self) -> Sequence[OwnPage]:
        """The own pages of drawn listings that are asked for."""

    def open_ids(self, week: str) -> frozenset[str]:
        """The units of the worklist that wait for an inspector."""

    def take(
        self,
        files: Sequence[tuple[str, Path]],
        inspector: int,
        logged_in: bool | None = None,
        *,
        robots: RobotsDecision | None = None,
        screenshot: bytes | None = None,
    ) -> Sequence[Receipt]:
        """Judge files and keep their pages."""

    def enter(self, unit_id: str, inspector: int, state: UnitState) -> None:
        """Enter what an inspector met without a page."""


class PlatformWorklist:
    """The pages of a platform that wait for an inspector, by the number of that person.

    ``messages`` say what became of a file.
    """

    def __init__(
        self,
        desk: Desk,
        store: Store,
        platform: Platform,
        inspector: int,
        messages: PageMessages,
    ) -> None:
        self._desk = desk
        self._store = store
        self._platform = platform
        self._inspector = inspector
        self._messages = messages

    def pages(self) -> tuple[AskedPage, ...]:
        """The next unit, from now on this inspector's, or the next own pages where none is open."""
        week = self._desk.weeks()[0]
        records = self._desk.worklist(week)
        open_ids = self._desk.open_ids(week)
        numbers = {record.unit.id: number for number, record in enumerate(records, 1)}
        units = [
            record.unit
            for record in records
            if record.unit.id in open_ids and record.unit.platform == self._platform.id
        ]
        claimed = self._store.desk.claim(units, self._inspector, self._desk.now(), 1)
        return tuple(
            AskedPage(
                id=unit.id,
                url=visit_url(self._platform, unit),
                number=numbers[unit.id],
                units=len(records),
                query=unit.query,
                page=unit.page,
            )
            for unit in claimed
        ) or tuple(
            AskedPage(id=own_page.url, url=own_page.url, title=own_page.title)
            for own_page in self._store.desk.claim_own_pages(
                [page for page in self._desk.own_pages() if page.platform == self._platform.id],
                self._inspector,
                self._desk.now(),
                OWN_PAGES,
            )
        )

    def take(
        self,
        asked_id: str,
        files: Sequence[tuple[str, Path]],
        *,
        logged_in: bool | None = None,
        robots: RobotsDecision | None = None,
        screenshot: bytes | None = None,
    ) -> JudgedFiles:
        """Hand in files by their names; the options are those of the desk."""
        receipts = self._desk.take(
            files, self._inspector, logged_in, robots=robots, screenshot=screenshot
        )
        waiting = {own_page.url for own_page in self._desk.own_pages()}
        waiting.update(*map(self._desk.open_ids, self._desk.weeks()))
        return JudgedFiles(
            lines=tuple(
                receipt_line(self._messages, receipt, self._platform.name) for receipt in receipts
            ),
            is_answered=asked_id not in waiting,
        )

    def enter(self, unit_id: str, state: UnitState) -> None:
        """Enter what was met without a page; raises ``PantauError``, as the desk does."""
        self._desk.enter(unit_id, self._inspector, state)

    def put_off(self, unit_id: str) -> None:
        """Put a unit at the end of the worklist."""
        self._store.desk.put_off(unit_id, self._inspector, self._desk.now())
