"""A sitting of an inspector in a browser of their own, page by page and key by key."""

from __future__ import annotations

import os
import select
import sys
import tempfile
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from monitor.config import Config, PantauError, week_of
from monitor.crawl.person import PersonalBrowser, personal_browser
from monitor.model import OwnPage, PlannedUnit, RobotsDecision, Role, UnitState
from monitor.operate.desk import InspectionDesk
from monitor.registry import Platform, Registry, visit_url
from monitor.store import Store
from monitor.web.inspect import receipt_line
from monitor.web.messages import PageMessages

ENTERED = {"r": UnitState.blocked, "e": UnitState.empty}
OPEN, TAKE, SKIP, END = "o", "t", "s", "q"
ENDS = {END, "\x03", "\x04"}
"""Also what a terminal hands on for Ctrl-C and Ctrl-D."""


class Sitting:
    """Works off a platform's open units, then the own pages of drawn listings, for an inspector.

    Each page is opened, and taken, by a key of ``keys``, the file descriptor of a terminal or of
    what stands in for it; ``say`` hears what comes next and what became of it.
    """

    def __init__(
        self,
        desk: InspectionDesk,
        store: Store,
        platform: Platform,
        inspector: int,
        *,
        messages: PageMessages,
        keys: int,
        say: Callable[[str], None],
        logged_in: bool | None = None,
    ) -> None:
        self._desk = desk
        self._store = store
        self._platform = platform
        self._inspector = inspector
        self._messages = messages
        self._keys = keys
        self._say = say
        self._logged_in = logged_in

    def run(self, browser: PersonalBrowser) -> None:
        """Go on until nothing is left, the inspector ends it, or the window is closed."""
        try:
            while unit := self._next_unit():
                if not self._work_unit(browser, unit):
                    return
            for own_page in self._desk.own_pages():
                if own_page.platform == self._platform.id:
                    self._say(self._messages("browse.own_page", title=own_page.title))
                    if not self._work_page(browser, own_page, own_page.url):
                        return
            self._say(self._messages["browse.done"])
        except PlaywrightError as error:
            if "has been closed" not in error.message:
                raise
            self._say(self._messages["browse.closed"])

    def _next_unit(self) -> PlannedUnit | None:
        """The next unit of the worklist, from now on this inspector's."""
        week = self._desk.weeks()[0]
        open_ids = self._desk.open_ids(week)
        units = [
            record.unit
            for record in self._desk.worklist(week)
            if record.unit.id in open_ids and record.unit.platform == self._platform.id
        ]
        claimed = self._store.desk.claim(units, self._inspector, self._desk.now(), 1)
        return claimed[0] if claimed else None

    def _work_unit(self, browser: PersonalBrowser, unit: PlannedUnit) -> bool:
        """One unit until it is answered or put off; False where the inspector ends the sitting."""
        worklist = self._desk.worklist(unit.week)
        number = [record.unit.id for record in worklist].index(unit.id) + 1
        self._say(self._messages(
            "browse.unit", number=number, units=len(worklist), query=unit.query, page=unit.page,
        ))  # fmt: skip
        return self._work_page(browser, unit, visit_url(self._platform, unit))

    def _work_page(self, browser: PersonalBrowser, asked: PlannedUnit | OwnPage, url: str) -> bool:
        """A page that is asked for, key by key; False where the inspector ends the sitting."""
        unit = asked if isinstance(asked, PlannedUnit) else None
        robots: RobotsDecision | None = None
        self._say(self._messages("browse.keys_closed", url=url))
        for key in self._pressed(browser):
            if key in ENDS:
                return False
            if key == SKIP:
                if unit:
                    self._store.desk.put_off(unit.id, self._inspector, self._desk.now())
                return True
            if key in {OPEN, "\n", "\r"}:
                robots = self._open(browser, url)
            elif robots is None:
                self._say(self._messages["browse.not_opened"])
            elif key == TAKE:
                if self._take(browser, asked, robots):
                    return True
            elif unit and key in ENTERED and self._enter(unit, ENTERED[key]):
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

    def _take(
        self, browser: PersonalBrowser, asked: PlannedUnit | OwnPage, robots: RobotsDecision
    ) -> bool:
        """Hand in what the window received; whether that answers what was asked for."""
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "browse.har"
            log.write_bytes(browser.log())
            receipts = self._desk.take(
                [(log.name, log)], self._inspector, self._logged_in,
                robots=robots, screenshot=browser.screenshot(),
            )  # fmt: skip
        for receipt in receipts:
            self._say(receipt_line(self._messages, receipt, self._platform.name))
        if isinstance(asked, OwnPage):
            return asked not in self._desk.own_pages()
        return asked.id not in self._desk.open_ids(asked.week)

    def _enter(self, unit: PlannedUnit, state: UnitState) -> bool:
        try:
            self._desk.enter(unit.id, self._inspector, state)
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
    if platform not in registry.platforms:
        known = ", ".join(registry.platforms)
        raise PantauError(f"{platform}: no such platform; there are {known}")
    people = {p.name: p.roles for p in store.annotators.people() if Role.inspector in p.roles}
    if name not in people:
        raise PantauError(
            f"--name {name}: is no inspector; there are: {', '.join(people) or 'none'}; "
            "invite one with: pantau invite NAME --role inspector"
        )
    roles = people[name]
    week = week_of(config.now())
    if all(record.unit.platform != platform for record in desk.worklist(week)):
        raise PantauError(f"{platform}: inspectors are asked for none of its pages in {week}")
    sitting = Sitting(
        desk,
        store,
        registry.platforms[platform],
        roles[Role.inspector],
        messages=PageMessages(language),
        keys=sys.stdin.fileno() if keys is None else keys,
        say=say,
        logged_in=logged_in,
    )
    profile = config.home / "browser" / str(roles[Role.inspector])
    profile.mkdir(mode=0o700, parents=True, exist_ok=True)
    permissions = [p for p in registry.permissions if p.platform == platform]
    hosts = registry.platforms[platform].hosts
    with (
        personal_browser(config, hosts, permissions, profile) as browser,
        _single_keys(sys.stdin.fileno() if keys is None else keys),
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
