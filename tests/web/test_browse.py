"""An inspector's own window on a virtual display: five pages by key presses alone."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from monitor.config import Config, PantauError
from monitor.crawl.person import ACCOUNT_CORNER
from monitor.demo import DemoServer
from monitor.model import Mode, Role, UnitRecord, UnitState
from monitor.operate.browse import browse, browse_for
from monitor.operate.desk import InspectionDesk
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import invite

PLATFORM = "lazada"


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen that nobody sees."""
    if not (shutil.which("Xvfb") and shutil.which("chromium")):
        if os.environ.get("PANTAU_REQUIRE_CHROMIUM"):
            pytest.fail("no Xvfb or no chromium on this machine")
        pytest.skip("no Xvfb or no chromium on this machine; apt-get install xvfb chromium")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        monkeypatch.setenv("DISPLAY", f":{numbers.readline().strip()}")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    yield
    server.terminate()
    server.wait()


def sit(
    keys: str, config: Config, registry: Registry, store: Store, name: str = "Ani"
) -> list[str]:
    """What is said to an inspector who presses these keys and no more."""
    said: list[str] = []
    with pressed(keys) as read:
        browse(config, registry, store, PLATFORM, name, language="en", say=said.append, keys=read)
    return said


@contextmanager
def pressed(keys: str) -> Iterator[int]:
    """A file descriptor that hands on these keys and no more."""
    read, write = os.pipe()
    os.write(write, keys.encode())
    os.close(write)
    try:
        yield read
    finally:
        os.close(read)


@pytest.mark.browser
@pytest.mark.usefixtures("display")
def test_five_pages_by_key_presses_alone(
    config: Config, registry: Registry, store: Store, desk: InspectionDesk,
    worklist: list[UnitRecord], shops: DemoServer,
) -> None:  # fmt: skip
    units = [record.unit for record in worklist if record.unit.platform == PLATFORM]
    asked_before = shops.requests[PLATFORM]
    said = sit("tot" + "OT" + "\nt" + "os" + "ot" + "or" + "q", config, registry, store)

    assert said[2] == "  Press O first."
    taken = [record for record in desk.worklist(units[0].week) if record.state.speaks]
    assert [record.unit.id for record in taken] == [units[i].id for i in (0, 1, 2, 4)]
    assert all(record.mode is Mode.inspector and record.places for record in taken)
    assert all(record.robots and record.robots.allowed is not None for record in taken)
    states = {record.unit.id: record.state for record in desk.worklist(units[0].week)}
    assert states[units[3].id] is UnitState.planned, "put off"
    assert states[units[5].id] is UnitState.blocked
    pages = [page for page in store.desk.taken(desk.now() - timedelta(days=1)) if page.state.speaks]
    assert len(pages) == 4
    for page in pages:
        assert page.screenshot and page.logged_in is None
        with Image.open(config.evidence / page.screenshot) as picture:
            assert picture.height > 900, "the whole page"
            part, height = ACCOUNT_CORNER
            corner = (int(picture.width * (1 - part)) + 2, 2, picture.width - 2, height - 2)
            assert len(picture.crop(corner).getcolors() or ()) == 1
    assert "Unit " in said[0] and units[0].query in said[0]
    # Six keys opened six pages: no other result page was asked for.
    assert shops.requests[PLATFORM] == asked_before + 6


@pytest.mark.browser
@pytest.mark.usefixtures("display")
def test_what_shows_nothing_leaves_its_unit_open(
    config: Config, registry: Registry, store: Store, desk: InspectionDesk,
    worklist: list[UnitRecord],
) -> None:  # fmt: skip
    said = sit("oe", config, registry, store)
    assert said[-1] == f"{PLATFORM}: no page with listings was taken yet"
    assert not any(record.state.speaks for record in desk.worklist(worklist[0].unit.week))


@pytest.mark.browser
@pytest.mark.usefixtures("display", "desk", "worklist")
def test_ctrl_c_is_a_key_that_ends_the_sitting(
    config: Config, registry: Registry, store: Store
) -> None:
    ours, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    said: list[str] = []

    def press(line: str) -> None:
        """Press keys once the sitting has begun."""
        if not said:
            os.write(ours, b"xt\x03o")
        said.append(line)

    browse(config, registry, store, PLATFORM, "Ani", language="en", say=press, keys=terminal)
    assert said[-1] == "  Press O first.", "o came after the end"
    assert termios.tcgetattr(terminal) == before
    for end in (ours, terminal):
        os.close(end)


@pytest.mark.browser
@pytest.mark.usefixtures("display", "desk")
def test_pages_of_a_servers_desk_are_taken_from_another_machine(
    registry: Registry, store: Store, config: Config, worklist: list[UnitRecord],
    shops: DemoServer, address: str, tmp_path: Path,
) -> None:  # fmt: skip
    units = [record.unit for record in worklist if record.unit.platform == PLATFORM]
    link = invite(store, "Ani", address, Role.inspector)
    there = Config(home=tmp_path / "laptop", database_url="sqlite://", demo_url=shops.url)
    said: list[str] = []
    with pressed("ots" + "or" + "q") as keys:
        browse_for(
            there, registry, link, PLATFORM,
            language="en", logged_in=True, say=said.append, keys=keys,
        )  # fmt: skip
    states = {record.unit.id: record for record in InspectionDesk(
        config, registry, store).worklist(units[0].week)}  # fmt: skip
    taken = states[units[0].id]
    assert taken.state is UnitState.sampled
    assert taken.places > 0
    assert taken.robots is not None
    assert states[units[1].id].state is UnitState.planned, "put off"
    assert states[units[2].id].state is UnitState.blocked
    pages = store.desk.taken(config.now() - timedelta(days=1))
    [page] = [page for page in pages if page.unit_id == units[0].id]
    assert page.logged_in
    assert page.screenshot
    assert (config.evidence / page.screenshot).is_file()
    assert f"Unit {said[0].split()[1]} of {len(worklist)}: “{units[0].query}”" in said[0]
    assert not (there.home / "pantau.db").exists()
    assert not any(link.rpartition("/")[2] in line for line in said)


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("https://pantau.example/inspect/", "--link: is no personal link"),
        ("{address}/m/nobodys", "{address}: This link is not valid"),
        ("{reader}", "{address}: This room is not open to you"),
        ("http://127.0.0.1:9/m/x", "http://127.0.0.1:9: cannot be reached"),
    ],
)
def test_a_desk_that_refuses_is_told_without_the_link(
    config: Config, registry: Registry, store: Store, desk: InspectionDesk, address: str,
    link: str, message: str,
) -> None:  # fmt: skip
    reader = invite(store, "Rini", address, Role.reader)
    with pytest.raises(PantauError) as told:
        browse_for(
            config, registry, link.format(address=address, reader=reader), PLATFORM,
            language="en", say=print,
        )  # fmt: skip
    assert re.match(message.format(address=address), str(told.value))
    assert "/m/" not in str(told.value) or link.startswith("https")
    assert reader.rpartition("/")[2] not in str(told.value)


def test_a_week_without_a_plan_names_the_mend(
    config: Config, registry: Registry, store: Store
) -> None:
    invite(store, "Ani", role=Role.inspector)
    with pytest.raises(PantauError, match=r"there is no plan yet; draw it with: pantau plan$"):
        sit("", config, registry, store)


@pytest.mark.parametrize(
    ("name", "display", "message"),
    [
        ("Cici", ":99", "--name Cici: is no inspector; there are: Ani, Budi; invite one with: "),
        ("Ani", None, "there is no display to open a window on; run it on a desktop"),
        ("Ani", ":999", "no window opens: is the display there, and is another sitting "),
    ],
)
def test_without_an_inspector_or_a_display_nothing_begins(
    config: Config, registry: Registry, store: Store, desk: InspectionDesk,
    monkeypatch: pytest.MonkeyPatch, name: str, display: str | None, message: str, tmp_path: Path,
) -> None:  # fmt: skip
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(PantauError, match="^" + message.replace("'", ".")):
        sit("", config, registry, store, name)
