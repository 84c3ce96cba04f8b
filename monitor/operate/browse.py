"""A sitting of an inspector in a browser of their own, page by page and key by key."""

from __future__ import annotations

import os
import select
import sys
import tempfile
import termios
import tty
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Error as PlaywrightError

from monitor.config import Config, PantauError, week_of
from monitor.crawl.person import PersonalBrowser, personal_browser
from monitor.model import AskedPage, JudgedFiles, RobotsDecision, Role, UnitState
from monitor.operate.desk import InspectionDesk
from monitor.operate.remote_desk import RemoteWorklist
from monitor.registry import Platform, Registry
from monitor.store import Store
from monitor.web.inspect import PlatformWorklist
from monitor.web.messages import PageMessages

ENTERED = {"r": UnitState.blocked, "e": UnitState.empty}
OPEN, TAKE, SKIP, END = "o", "t", "s", "q"
ENDS = {END, "\x03", "\x04"}
"""Also what a terminal hands on for Ctrl-C and Ctrl-D."""


class Worklist(Protocol):
    """One platform's pages that wait for an inspector: of this home, or of a server's desk."""

    def pages(self) -> tuple[AskedPage, ...]:
        """The next unit, from now on this inspector's; all own pages where no unit is open."""

    def take(
        self,
        asked_id: str,
        files: Sequence[tuple[str, Path]],
        *,
        logged_in: bool | None = None,
        robots: RobotsDecision | None = None,
        screenshot: bytes | None = None,
    ) -> JudgedFiles:
        """Hand in files."""

    def enter(self, unit_id: str, state: UnitState) -> None:
        """Enter what was met without a page; raises ``PantauError`` where that may not be."""

    def put_off(self, unit_id: str) -> None:
        """Put a unit at the end of the worklist."""


class Sitting:
    """Works off a platform's open units, then the own pages of drawn listings, for an inspector.

    Each page is opened, and taken, by a key of ``keys``, the file descriptor of a terminal or of
    what stands in for it; ``say`` hears what comes next and what became of it.
    """

    def __init__(
        self,
        worklist: Worklist,
        *,
        messages: PageMessages,
        keys: int,
        say: Callable[[str], None],
        logged_in: bool | None = None,
    ) -> None:
        self._worklist = worklist
        self._messages = messages
        self._keys = keys
        self._say = say
        self._logged_in = logged_in

    def run(self, browser: PersonalBrowser) -> None:
        """Go on until nothing is left, the inspector ends it, or the window is closed."""
        passed: set[str] = set()
        try:
            while asked := self._next_page(passed):
                self._say(
                    self._messages(
                        "browse.unit", number=asked.number, units=asked.units,
                        query=asked.query, page=asked.page,
                    )
                    if asked.is_unit
                    else self._messages("browse.own_page", title=asked.title)
                )  # fmt: skip
                if not self._work(browser, asked):
                    return
                if not asked.is_unit:
                    passed.add(asked.id)
            self._say(self._messages["browse.done"])
        except PlaywrightError as error:
            if "has been closed" not in error.message:
                raise
            self._say(self._messages["browse.closed"])

    def _next_page(self, passed: Set[str]) -> AskedPage | None:
        """The next page that was not passed in this sitting."""
        return next((page for page in self._worklist.pages() if page.id not in passed), None)

    def _work(self, browser: PersonalBrowser, asked: AskedPage) -> bool:
        """A page that is asked for, key by key; False where the inspector ends the sitting."""
        robots: RobotsDecision | None = None
        self._say(self._messages("browse.keys_closed", url=asked.url))
        for key in self._pressed(browser):
            if key in ENDS:
                return False
            if key == SKIP:
                if asked.is_unit:
                    self._worklist.put_off(asked.id)
                return True
            if key in {OPEN, "\n", "\r"}:
                robots = self._open(browser, asked.url)
            elif key in {TAKE, *ENTERED} and robots is None:
                self._say(self._messages["browse.not_opened"])
            elif key == TAKE and robots:
                if self._take(browser, asked, robots):
                    return True
            elif asked.is_unit and key in ENTERED and self._enter(asked, ENTERED[key]):
                return True
        return False

    def _open(self, browser: PersonalBrowser, url: str) -> RobotsDecision:
        robots = browser.robots(url)
        answer = "robots_allows" if robots.allowed else "robots_forbids"
        self._say(self._messages(f"browse.{answer}", rule=robots.rule or "–"))
        try:
            browser.open(url)
        except PantauError as error:
            self._say(f"{error}")
        self._say(self._messages["browse.keys_open"])
        return robots

    def _take(self, browser: PersonalBrowser, asked: AskedPage, robots: RobotsDecision) -> bool:
        """Hand in what the window received; whether that answers what was asked for."""
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "browse.har"
            log.write_bytes(browser.log())
            try:
                judged = self._worklist.take(
                    asked.id, [(log.name, log)], logged_in=self._logged_in,
                    robots=robots, screenshot=browser.screenshot(),
                )  # fmt: skip
            except PantauError as error:
                self._say(f"{error}")
                return False
        for line in judged.lines:
            self._say(line)
        return judged.is_answered

    def _enter(self, asked: AskedPage, state: UnitState) -> bool:
        try:
            self._worklist.enter(asked.id, state)
        except PantauError as error:
            self._say(f"{error}")
            return False
        self._say(self._messages[f"browse.entered_{state}"])
        return True

    def _pressed(self, browser: PersonalBrowser) -> Iterator[str]:
        """Each key as it is pressed, until there are no more; the window goes on meanwhile."""
        while True:
            browser.wait()
            if select.select([self._keys], [], [], 0)[0]:
                pressed = os.read(self._keys, 1)
                if not pressed:
                    return
                yield pressed.decode("ascii", "replace").lower()


def browse(
    config: Config,
    registry: Registry,
    store: Store,
    platform: str,
    name: str,
    *,
    language: str,
    logged_in: bool | None = None,
    say: Callable[[str], None],
    keys: int | None = None,
) -> None:
    """Let an inspector work off a platform's pages in a window of Chromium.

    ``keys`` is a file descriptor, that of the terminal if not given. Raises ``PantauError`` for a
    platform that inspectors are not asked for, a name without the role, and where no window opens.
    """
    desk = InspectionDesk(config, registry, store)
    desk.require_basis()
    shown = _known(registry, platform)
    people = {p.name: p.roles for p in store.annotators.people() if Role.inspector in p.roles}
    if name not in people:
        raise PantauError(
            f"--name {name}: is no inspector; there are: {', '.join(people) or 'none'}; "
            "invite one with: pantau invite NAME --role inspector"
        )
    inspector = people[name][Role.inspector]
    week = week_of(config.now())
    if store.plans.of_week(week) is None:
        raise PantauError(f"{week}: there is no plan yet; draw it with: pantau plan")
    if all(record.unit.platform != platform for record in desk.worklist(week)):
        raise PantauError(f"{platform}: inspectors are asked for none of its pages in {week}")
    messages = PageMessages(language)
    worklist = PlatformWorklist(desk, store, shown, inspector, messages)
    terminal = sys.stdin.fileno() if keys is None else keys
    sitting = Sitting(
        worklist, messages=messages, keys=terminal, say=say, logged_in=logged_in
    )  # fmt: skip
    _sit(config, registry, shown, sitting, config.home / "browser" / str(inspector), terminal)


def browse_for(
    config: Config,
    registry: Registry,
    link: str,
    platform: str,
    *,
    address: str | None = None,
    language: str,
    logged_in: bool | None = None,
    say: Callable[[str], None],
    keys: int | None = None,
) -> None:
    """Let an inspector work off the pages of a server's desk, which their personal link opens.

    ``address`` is that of the server where the link names another. No store is needed on this
    machine. Raises ``PantauError`` where the server cannot be reached or refuses, and where no
    window opens.
    """
    shown = _known(registry, platform)
    worklist = RemoteWorklist(link, platform, language, address)
    terminal = sys.stdin.fileno() if keys is None else keys
    sitting = Sitting(
        worklist, messages=PageMessages(language), keys=terminal, say=say, logged_in=logged_in
    )  # fmt: skip
    _sit(config, registry, shown, sitting, config.home / "browser" / "desk", terminal)


def _known(registry: Registry, platform: str) -> Platform:
    if platform not in registry.platforms:
        known = ", ".join(registry.platforms)
        raise PantauError(f"{platform}: no such platform; there are {known}")
    return registry.platforms[platform]


def _sit(
    config: Config,
    registry: Registry,
    platform: Platform,
    sitting: Sitting,
    profile: Path,
    terminal: int,
) -> None:
    """One sitting in a window with a profile of its own."""
    profile.mkdir(mode=0o700, parents=True, exist_ok=True)
    permissions = [p for p in registry.permissions if p.platform == platform.id]
    with (
        personal_browser(config, platform.hosts, permissions, profile) as browser,
        _single_keys(terminal),
    ):
        sitting.run(browser)


@contextmanager
def _single_keys(terminal: int) -> Iterator[None]:
    """Let a terminal hand on each key at once; does nothing to what is no terminal.

    Ctrl-C is such a key, too: as a signal it would end the browser in the middle of a page.
    """
    if not os.isatty(terminal):
        yield
        return
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    flags = termios.tcgetattr(terminal)
    flags[3] &= ~termios.ISIG
    termios.tcsetattr(terminal, termios.TCSANOW, flags)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
