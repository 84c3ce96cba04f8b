"""The inspectors' room: the worklist, the drop zone, and what was taken."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.config import PantauError
from monitor.model import Receipt, Role, UnitState, Value, to_json
from monitor.registry import Registry, visit_url
from monitor.store import Store, TakenPage
from monitor.web.inspect.lines import LARGEST_UPLOAD, counted, receipt_line
from monitor.web.inspect.platform_worklist import Desk, PlatformWorklist
from monitor.web.inspect.uploads import TOO_LARGE, receive_files
from monitor.web.invitations import Visitor, form_token
from monitor.web.messages import PageMessages, duration
from monitor.web.site import JSON, ROOMS, Site, require_token, wants_json

HOME = ROOMS[Role.inspector]
SUBJECT = "inspect"
BATCH = 12
"""Units that an inspector is shown, and holds, at a time."""
SHOWN_DAYS = 21
LONGEST_BREAK = 600.0
"""Seconds between two pages from which an inspector was doing something else."""
LEAST_INTERVALS = 5
_STATES = {"refused": UnitState.blocked, "empty": UnitState.empty}


class WorkUnit(Value):
    """A unit as the worklist shows it, with its number there."""

    id: str
    number: int
    platform: str
    query: str
    page: int
    url: str


class DeskPages:
    """The endpoints of the desk; files wait in ``folder`` while they are judged."""

    role = Role.inspector
    refusals = frozenset(
        {TOO_LARGE, "inspect.not_open", "inspect.not_yours", "inspect.no_platform"}
    )

    def __init__(self, site: Site, desk: Desk, registry: Registry, folder: Path) -> None:
        self._site = site
        self._desk = desk
        self._folder = folder
        self._registry = registry
        self._platforms = {platform.id: platform.name for platform in registry.platforms.values()}

    @property
    def _store(self) -> Store:
        return self._site.store

    def routes(self) -> Sequence[BaseRoute]:
        """All routes."""
        return [
            Route("/", self.show_worklist),
            Route("/next", self.next_pages),
            Route("/files", self.take, methods=["POST"]),
            Route("/enter", self.enter, methods=["POST"]),
            Route("/undo", self.undo, methods=["POST"]),
        ]

    def _inspector(self, request: Request) -> Visitor:
        """Who asks; refuses others, and everybody while the desk may not be open."""
        visitor = self._site.visitor(request, self.role)
        self._desk.require_basis()
        return visitor

    async def show_worklist(self, request: Request) -> Response:
        """The next units of whoever asks, theirs for half an hour, and what they handed in.

        ``?platform=ID`` shows one platform's alone.
        """
        visitor = self._inspector(request)
        return self._worklist(request, visitor, ())

    async def take(self, request: Request) -> Response:
        """Judges files and shows what became of each; nothing of them stays but what was taken."""
        visitor = self._inspector(request)
        inspector = visitor.roles[self.role]
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            check_token = partial(require_token, visitor=visitor, subject=SUBJECT)
            form = await receive_files(request, Path(folder), check_token)
            if wants_json(request):
                judged = await run_in_threadpool(
                    self._platform_worklist(request, inspector).take,
                    form.asked,
                    form.files,
                    logged_in=form.is_logged_in,
                    robots=form.robots(),
                    screenshot=form.screenshot(),
                )
                return Response(to_json(judged), media_type=JSON)
            receipts = await run_in_threadpool(
                self._desk.take, form.files, inspector, form.is_logged_in
            )
        return self._worklist(request, visitor, receipts)

    async def next_pages(self, request: Request) -> Response:
        """What ``pantau inspect browse`` of another machine asks for: ``?platform=ID`` is next.

        The answer is JSON: ``token`` for the forms to come, and ``pages`` (``AskedPage``).
        """
        visitor = self._inspector(request)
        worklist = self._platform_worklist(request, visitor.roles[self.role])
        pages = await run_in_threadpool(worklist.pages)
        token = form_token(visitor.session, SUBJECT)
        return Response(to_json({"token": token, "pages": pages}), media_type=JSON)

    def _platform_worklist(self, request: Request, inspector: int) -> PlatformWorklist:
        platform = self._registry.platforms.get(request.query_params.get("platform", ""))
        if platform is None:
            raise HTTPException(404, "inspect.no_platform")
        return PlatformWorklist(
            self._desk, self._store, platform, inspector, self._site.messages(request)
        )

    async def enter(self, request: Request) -> Response:
        """Enters a refusal, or that the site says there is nothing; or puts a unit off."""
        self._inspector(request)
        visitor, form = await self._site.form(request, self.role, SUBJECT)
        unit_id, inspector = form.get("unit", ""), visitor.roles[self.role]
        if own_page := form.get("own"):
            asked = {f"{page.platform}/{page.item_id}": page.key for page in self._desk.own_pages()}
            if own_page not in asked or form.get("act") != "skip":
                raise HTTPException(409, "inspect.not_open")
            self._store.desk.put_off_own_page(asked[own_page], inspector, self._desk.now())
            return RedirectResponse(HOME, 303)
        if unit_id not in frozenset().union(*map(self._desk.open_ids, self._desk.weeks())):
            raise HTTPException(409, "inspect.not_open")
        act = form.get("act", "")
        if act == "skip":
            self._store.desk.put_off(unit_id, inspector, self._desk.now())
        elif act in _STATES:
            try:
                await run_in_threadpool(self._desk.enter, unit_id, inspector, _STATES[act])
            except PantauError as error:
                raise HTTPException(409, "inspect.not_open") from error
        else:
            raise HTTPException(400, "forged")
        return RedirectResponse(HOME, 303)

    async def undo(self, request: Request) -> Response:
        """Strikes out a page of the visitor's own, whose unit then waits again."""
        visitor, form = await self._site.form(request, self.role, SUBJECT)
        text = form.get("page", "")
        try:
            number = int(text) if text.isascii() and text.isdecimal() else -1
            self._store.desk.strike_out(number, visitor.roles[self.role], self._desk.now())
        except PantauError as error:
            raise HTTPException(409, "inspect.not_yours") from error
        return RedirectResponse(HOME, 303)

    def _worklist(
        self, request: Request, visitor: Visitor, receipts: Sequence[Receipt]
    ) -> Response:
        messages = self._site.messages(request)
        week = self._desk.weeks()[0]
        inspector = visitor.roles[self.role]
        records = self._desk.worklist(week)
        numbers = {record.unit.id: number for number, record in enumerate(records, 1)}
        open_ids = self._desk.open_ids(week)
        chosen = request.query_params.get("platform")
        waiting = [record.unit for record in records if record.unit.id in open_ids]
        wanted = [unit for unit in waiting if chosen in {None, "", unit.platform}]
        # What was on screen when the files were handed in, before the next units are claimed.
        shown = self._store.desk.held(inspector, self._desk.now()) if receipts else ()
        units = self._store.desk.claim(wanted, inspector, self._desk.now(), BATCH)
        taken = [
            page
            for page in self._store.desk.taken(self._desk.now() - timedelta(days=SHOWN_DAYS))
            if page.inspector == inspector and page.unit_id
        ]
        pace = median_pace(taken)
        context = {
            "week": week,
            "has_plan": self._store.plans.of_week(week) is not None,
            "is_rehearsal": self._desk.is_rehearsal,
            "token": form_token(visitor.session, SUBJECT),
            "limit": LARGEST_UPLOAD,
            "done": len(records) - len(waiting),
            "total": len(records),
            "left": pace and duration(messages, pace * len(waiting)) if waiting else None,
            "platforms": {
                unit.platform: self._platforms.get(unit.platform, unit.platform) for unit in waiting
            },
            "chosen": chosen,
            "units": [
                WorkUnit(
                    id=unit.id,
                    number=numbers[unit.id],
                    platform=self._platforms.get(unit.platform, unit.platform),
                    query=unit.query,
                    page=unit.page,
                    url=visit_url(self._registry.platforms[unit.platform], unit),
                )
                for unit in units
            ],
            "own_pages": [
                (page, self._name(page.platform))
                for page in self._store.desk.claim_own_pages(
                    self._desk.own_pages(), inspector, self._desk.now(), BATCH
                )
            ],
            "receipts": [
                (receipt, receipt_line(messages, receipt, self._name(receipt.platform), shown))
                for receipt in receipts
            ],
            "taken": [(page, self._taken_line(messages, page, numbers)) for page in taken],
        }
        return self._site.page(request, "inspect/worklist.html", context, visitor=visitor)

    def _name(self, platform: str | None) -> str | None:
        return platform and self._platforms.get(platform, platform)

    def _taken_line(self, messages: PageMessages, page: TakenPage, numbers: dict[str, int]) -> str:
        number = numbers.get(page.unit_id or "")
        # Of the week before it is no longer on the worklist.
        where = messages("inspect.unit", number=number) if number else page.unit_id
        what = counted(messages, "listing", page.listings)
        if not page.state.speaks or not page.listings:
            entered = "refused" if page.state is UnitState.blocked else "empty"
            what = messages[f"inspect.entered_{entered}"]
        return f"{where} · {self._name(page.platform)} · {what}"


def median_pace(taken: Sequence[TakenPage]) -> float | None:
    """The median seconds from one page that an inspector was shown to the next.

    Breaks are left out; None where there are fewer than ``LEAST_INTERVALS``.
    """
    times = sorted(page.observed_at for page in taken if page.observed_at and page.unit_id)
    seconds = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    worked = [interval for interval in seconds if 0 < interval <= LONGEST_BREAK]
    return median(worked) if len(worked) >= LEAST_INTERVALS else None
