"""Releasing and handing over, to a real SMTP server and a real webhook."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from monitor.findings.releases import releases
from monitor.model import EditionKind, Findings, Origin, SampledPage, UnitState, from_json
from monitor.operate.delivery import final_release
from monitor.store import Store

from .conftest import Run, Webhook, add_settings

WEEK = "2026-W40"


class Mailbox:
    """Keeps the messages an SMTP server on loopback is given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield (
            box,
            f"mailto://127.0.0.1:{port}?from=pantau@ministry.example&to=desk@ministry.example",
        )
    finally:
        server.stop()


@pytest.fixture
def edition(home: Path, pantau: Run) -> Path:
    """A final edition of a week whose plan nobody could fetch."""
    assert pantau("plan", "--week", WEEK).returncode == 0
    report = pantau("report", "--week", WEEK, "--edition", "final")
    assert report.returncode == 0, report.stderr
    return Path(report.stdout.strip())


def test_a_released_edition_reaches_mailbox_and_webhook(
    home: Path, edition: Path, pantau: Run, mail: tuple[Mailbox, str], webhook: Webhook
) -> None:
    add_settings(home, "[handover]\npdf = false\nlanguage = 'en'\n")
    box, address = mail
    webhook.broken = True
    channels = {"PANTAU_HANDOVER": f"{address},{webhook.url}"}
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert final_release(store, WEEK) is None
    first = pantau("release", WEEK, "--by", "Petugas Satu, Ditjen PDN", **channels)
    assert first.returncode == 1, "one channel failed"
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert final_release(store, WEEK) == releases(store, WEEK)[0].at
    assert "json-" in first.stderr.splitlines()[-1]
    assert "Traceback" not in first.stderr
    webhook.broken = False
    again = pantau("release", WEEK, "--by", "somebody else", **channels)
    assert again.returncode == 0, again.stderr
    assert "was released by Petugas Satu" in again.stdout
    assert (len(box.messages), len(webhook.messages)) == (1, 1), "nobody got it twice"
    letter = box.messages[0]
    assert "2026" in letter["subject"]
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "measure" in body.get_content()
    (document,) = letter.iter_attachments()
    assert document.get_content_type() == "text/html"
    assert "Pantau" in document.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert webhook.messages[0]["attachments"][0]["mimetype"] == "text/html"
    findings = json.loads((home / "public" / WEEK / "final" / "findings.json").read_text())
    assert findings["withheld"] is not None, "what leaves the house names no seller"
    unproven = {"code": "unproven", "values": {"platform": "Lazada", "part": "own page"}}
    assert unproven in findings["notes"], "what no capture confirms is said"
    assert "Petugas Satu" in pantau("status", "--week", WEEK).stdout


def test_an_older_edition_does_not_go_out_after_a_newer_one(home: Path, pantau: Run) -> None:
    assert pantau("plan", "--week", WEEK).returncode == 0
    for kind in ("provisional", "final"):
        made = pantau("report", "--week", WEEK, "--edition", kind)
        assert made.returncode == 0, made.stderr
    by = ("--by", "Petugas Satu")
    assert pantau("release", WEEK, "--edition", "final", *by).returncode == 0
    refused = pantau("release", WEEK, "--edition", "provisional", *by)
    assert refused.returncode == 1
    assert "the final edition is released, which is newer than the provisional" in refused.stderr
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert [release.edition for release in releases(store, WEEK)] == ["final"]


def test_what_nobody_labelled_does_not_go_out_by_itself(edition: Path, pantau: Run) -> None:
    command = ("release", WEEK, "--edition", "final", "--by", "schedule", "--audited")
    refused = pantau(*command)
    assert refused.returncode == 1
    assert "nobody labelled" in refused.stderr
    assert pantau(*command[:-1]).returncode == 0, "a person may"


def test_there_must_be_an_edition_and_a_name(pantau: Run) -> None:
    missing = pantau("release", WEEK, "--by", "Petugas Satu")
    assert missing.returncode == 1
    assert f"pantau report --week {WEEK}" in missing.stderr
    assert pantau("release", WEEK).returncode == 2
    assert pantau("release", WEEK, "--by", " ").returncode == 2


@pytest.mark.long
def test_what_changes_after_a_release_is_a_correction(
    home: Path, edition: Path, pantau: Run
) -> None:
    done = pantau("release", WEEK, "--edition", "final", "--by", "Petugas Satu")
    assert done.returncode == 0, done.stderr
    assert "no channel" in done.stdout
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        run = store.runs.start(
            "crawl", Origin.live, store.runs.newest()[0].started_at, WEEK, "lazada"
        )
        unit = store.units.pending(WEEK, "lazada")[0]
        page = SampledPage(
            platform="lazada",
            url=unit.url,
            state=UnitState.blocked,
            origin=Origin.live,
            unit_id=unit.id,
            reason="captcha",
        )
        store.pages.save(run, page)
    for kind in ("final", "provisional", "final"):
        changed = pantau("report", "--week", WEEK, "--edition", kind)
        assert changed.returncode == 0, changed.stderr
    assert Path(changed.stdout.strip()).parent.name == "corrected"
    assert len(changed.stderr.splitlines()) == 1
    assert "was released" in changed.stderr
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        kinds = [kind for week, kind, _ in store.editions.all()]
        assert [release.edition for release in releases(store)] == [EditionKind.final]
        frozen = store.editions.latest(WEEK, EditionKind.final)
    assert kinds.count(EditionKind.final) == 1, "the released one stands"
    public = pantau("report", "--week", WEEK, "--edition", "final", "--public")
    assert public.stdout == f"{home}/public/{WEEK}/final/index.html\n", public.stderr
    written = from_json(
        Path(public.stdout.strip()).with_name("findings.json").read_bytes(), Findings
    )
    assert frozen
    assert (written.as_of, written.cells) == (frozen.as_of, frozen.cells)
    assert written.withheld is not None
    assert "the released final edition, as it is" in public.stderr


def test_a_correction_of_nothing_is_refused(home: Path, pantau: Run) -> None:
    assert pantau("plan", "--week", WEEK).returncode == 0
    refused = pantau("report", "--week", WEEK, "--edition", "corrected")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert f"pantau report --week {WEEK} --edition final" in refused.stderr
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert not store.editions.all()
    assert not (home / "reports").exists()


@pytest.mark.long
def test_the_report_and_letter_are_those_of_the_released_edition(
    home: Path, edition: Path, pantau: Run
) -> None:
    """A draft that was made after it, or before any release, goes into no letter unasked."""
    early = pantau("report", "--week", WEEK, "--letter", "lazada")
    assert early.returncode == 1
    assert f"pantau release {WEEK}" in early.stderr
    pantau("report", "--week", WEEK, "--edition", "provisional")
    pantau("release", WEEK, "--edition", "final", "--by", "Petugas Satu")
    taken = pantau("report", "--week", WEEK, "--letter", "lazada")
    assert taken.returncode == 0, taken.stderr
    page, letter = taken.stdout.splitlines()
    assert Path(page) == edition
    assert "KONSEP" not in Path(letter).read_text(encoding="utf-8")
    again = pantau("report", "--week", WEEK, "--edition", "corrected")
    assert (again.returncode, again.stdout) == (0, f"{edition}\n")
    assert "nothing changed" in again.stderr
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        kinds = [kind for _, kind, _ in store.editions.all()]
    assert kinds == [EditionKind.final, EditionKind.provisional]


@pytest.mark.parametrize("platform", ["tokobagus", "bukalapak"])
def test_a_letter_to_nobody_is_refused_before_anything_is_written(
    home: Path, pantau: Run, platform: str
) -> None:
    refused = pantau("report", "--week", WEEK, "--edition", "final", "--letter", platform)
    assert refused.returncode == 2
    assert "lazada" in refused.stderr
    assert not (home / "pantau.db").exists()


@pytest.mark.parametrize("option", [("--edition", "final"), ("--lang", "en"), ("--pdf",)])
def test_late_refuses_what_it_would_ignore(pantau: Run, option: tuple[str, ...]) -> None:
    assert pantau("report", "--late", *option).returncode == 2
