"""The desk over HTTP: the worklist, files that are handed in, forms, and what is refused."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor.config import Config
from monitor.demo import DemoServer
from monitor.model import OwnPage, Role, UnitRecord, UnitState
from monitor.operate.desk import InspectionDesk
from monitor.operate.pages import site_of_home
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import create_app, invite
from monitor.web.inspect.lines import LARGEST_UPLOAD
from monitor.web.inspect.pages import SUBJECT
from monitor.web.invitations import form_token
from tests.audit.test_pages import Client, hidden

from .conftest import Visit
from .test_desk import Sitting, observed

BOUNDARY = "batas"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
def ani(visit: Visit, worklist: list[UnitRecord]) -> Client:
    return visit("Ani", Role.inspector)


@pytest.fixture
def sitting(shops: DemoServer, tmp_path: Path) -> Sitting:
    return Sitting(shops, tmp_path)


def form_data(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A form of name, file name and content of each part."""
    lines = b""
    for name, filename, content in parts:
        file = "" if filename is None else f'; filename="{filename}"'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines += head.encode() + content + b"\r\n"
    return lines + f"--{BOUNDARY}--\r\n".encode()


def send(client: Client, body: bytes, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection(client.host, timeout=60)
    cookies = "; ".join(f"{name}={text}" for name, text in client.cookies.items())
    fields = {"Cookie": cookies, "Content-Type": KIND}
    fields |= {name.replace("_", "-"): field for name, field in headers.items()}
    connection.request("POST", "/inspect/files", body, fields)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def shown(page: str) -> list[str]:
    return re.findall(r'data-unit="([^"]*)"', page)


def test_the_worklist_is_the_plan_s_order_and_opens_in_a_new_tab(
    ani: Client, worklist: list[UnitRecord]
) -> None:
    _, page, _ = ani("/inspect/")
    assert shown(page) == [record.unit.id for record in worklist[:12]]
    assert f"0 dari {len(worklist)} selesai" in page
    links = re.findall(r'<a class="open" href="https://[^"]*"([^>]*)>', page)
    assert len(links) == 12
    assert all('target="_blank" rel="noopener noreferrer"' in link for link in links)
    _, page, _ = ani("/inspect/?platform=lazada&lang=en")
    assert {unit.split("/")[1] for unit in shown(page)} == {"lazada"}
    assert "Drop files here" in page


def test_files_of_one_form_are_each_one_line(
    ani: Client, sitting: Sitting, worklist: list[UnitRecord], store: Store, config: Config
) -> None:
    _, page, _ = ani("/inspect/")
    first, second = worklist[0].unit, worklist[40].unit
    parts = [("token", None, hidden(page, "token").encode()), ("logged_in", None, b"yes")]
    for name, url in (("a.har", first.url), ("../../b.har", second.url)):
        _, path = sitting.har(sitting.entry(url))
        parts.append(("files", name, path.read_bytes()))
    status, page = send(ani, form_data(*parts, ("files", "foto.png", b"\x89PNG")))
    assert status == 200
    lines = re.findall(r'<li class="[a-z_]*"><b>(.*?)</b> <small>(.*?)</small>', page)
    assert [name for _, name in lines] == ["a.har", "b.har", "foto.png"]
    assert lines[0][0].startswith(f"Satuan 1 dari {len(worklist)}: ")
    assert "yang tidak di layar Anda: diterima di sana" in lines[1][0]
    assert f"2 dari {len(worklist)} selesai" in page
    assert {observed(store, unit).state for unit in (first, second)} == {UnitState.sampled}
    since = datetime.now(UTC) - timedelta(days=1)
    assert [taken.logged_in for taken in store.desk.taken(since)] == [True, True]
    assert [*(config.home / "handed-in").iterdir()] == []


def test_a_form_that_is_not_ours_leaves_nothing(ani: Client, config: Config, store: Store) -> None:
    _, page, _ = ani("/inspect/")
    token = ("token", None, hidden(page, "token").encode())
    file = ("files", "a.har", b"{}")
    for body in (form_data(file), form_data(file, token), form_data(("token", None, b"x"), file)):
        assert send(ani, body)[0] == 403
    whole = form_data(token, file)
    assert send(ani, whole, Origin="https://penipu.example")[0] == 403
    assert send(ani, whole[:-9])[0] == 400
    assert send(ani, whole, Content_Type="text/plain")[0] == 400
    assert send(Client(f"http://{ani.host}"), whole)[0] == 403
    assert [*(config.home / "handed-in").iterdir()] == []
    assert store.runs.newest("inspect") == ()


def test_who_hangs_up_while_handing_in_leaves_nothing_and_is_no_error(
    config: Config, registry: Registry, store: Store
) -> None:
    app = create_app(site_of_home(config, registry, store, tuple(Role)))
    link = invite(store, "Ani", role=Role.inspector)
    sent: list[dict[str, object]] = []

    async def visit(method: str, path: str, *messages: dict[str, object], **headers: str) -> None:
        """One request of somebody who then is gone."""
        fields = {"host": "127.0.0.1", **headers}
        pending = [*messages, {"type": "http.disconnect"}]

        async def receive() -> Any:
            """What comes from the visitor."""
            return pending.pop(0)

        async def send(message: Any) -> None:
            """What goes to the visitor."""
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "root_path": "",
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()],
        }  # fmt: skip
        await app(scope, receive, send)

    asyncio.run(visit("GET", urlsplit(link).path))
    cookies = [v for k, v in sent[0]["headers"] if k == b"set-cookie"]  # type: ignore[attr-defined]
    cookie = cookies[0].decode().partition(";")[0]
    token = form_token(cookie.partition("=")[2], SUBJECT).encode()
    start = form_data(("token", None, token), ("files", "a.har", b"{}"))
    piece = {"type": "http.request", "body": start[:-20], "more_body": True}
    form = {"content_type": KIND, "content_length": str(len(start)), "cookie": cookie}
    asyncio.run(visit("POST", "/inspect/files", piece, **form))
    assert sent[-2]["status"] == 400
    assert [*(config.home / "handed-in").iterdir()] == []


def test_a_log_of_two_gigabytes_is_refused_before_it_is_read(ani: Client) -> None:
    connection = HTTPConnection(ani.host, timeout=60)
    connection.putrequest("POST", "/inspect/files")
    connection.putheader("Cookie", "; ".join(f"{k}={v}" for k, v in ani.cookies.items()))
    connection.putheader("Content-Type", KIND)
    connection.putheader("Content-Length", str(2 * 2**30))
    connection.endheaders()
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert answer.status == 413
    assert "256 MB" in page
    assert LARGEST_UPLOAD // 2**20 == 256


def test_refused_and_skipped_leave_the_screen(
    ani: Client, worklist: list[UnitRecord], store: Store
) -> None:
    _, page, _ = ani("/inspect/")
    form = {"token": hidden(page, "token")}
    first, second, third = (record.unit for record in worklist[:3])
    assert ani("/inspect/enter", form | {"unit": first.id, "act": "refused"})[0] == 303
    assert ani("/inspect/enter", form | {"unit": second.id, "act": "skip"})[0] == 303
    _, page, _ = ani("/inspect/")
    assert shown(page)[0] == third.id
    assert first.id not in page and second.id not in page
    assert observed(store, first).reason == "inspector-refused"
    for unit, act, status in (
        (first.id, "refused", 409),
        (third.id, "empty", 409),
        (third.id, "besar", 400),
        ("2026-W01/lazada/x/1", "skip", 409),
    ):
        assert ani("/inspect/enter", form | {"unit": unit, "act": act})[0] == status
    number = hidden(page, "page")
    assert ani("/inspect/undo", form | {"page": number})[0] == 303
    assert observed(store, first).state is UnitState.planned
    for wrong in (number, "", "-1", "9" * 12, "x"):
        assert ani("/inspect/undo", form | {"page": wrong})[0] == 409


def test_what_one_took_is_not_another_s_to_undo(
    ani: Client, visit: Visit, worklist: list[UnitRecord]
) -> None:
    form = {"token": hidden(ani("/inspect/")[1], "token")}
    ani("/inspect/enter", form | {"unit": worklist[0].unit.id, "act": "refused"})
    number = hidden(ani("/inspect/")[1], "page")
    budi = visit("Budi", Role.inspector)
    page = budi("/inspect/")[1]
    assert 'name="page"' not in page
    assert not set(shown(page)) & set(shown(ani("/inspect/")[1]))
    assert budi("/inspect/undo", {"token": hidden(page, "token"), "page": number})[0] == 409


def test_own_pages_are_shared_out_and_can_be_skipped(
    ani: Client, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [
        OwnPage(platform="lazada", item_id=f"{n:02d}", title=f"Judul {n:02d}", url="https://x.id/")
        for n in range(14)
    ]
    monkeypatch.setattr(InspectionDesk, "own_pages", lambda self: pages)
    page = ani("/inspect/")[1]
    assert re.findall(r"Judul (\d\d)</b>", page) == [f"{n:02d}" for n in range(12)]
    budi = visit("Budi", Role.inspector)
    assert re.findall(r"Judul (\d\d)</b>", budi("/inspect/")[1]) == ["12", "13"]
    form = {"token": hidden(page, "token"), "act": "skip"}
    assert ani("/inspect/enter", form | {"own": "lazada/00"})[0] == 303
    assert re.findall(r"Judul (\d\d)</b>", ani("/inspect/")[1])[-1] == "00"
    for wrong in ({"own": "lazada/99"}, {"own": "lazada/00", "act": "refused"}):
        assert ani("/inspect/enter", form | wrong)[0] == 409


def test_a_week_without_a_plan_names_what_makes_one(visit: Visit) -> None:
    assert "pantau plan" in visit("Ani", Role.inspector)("/inspect/")[1]
