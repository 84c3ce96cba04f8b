"""The right of reply: asked before a release, answered, looked at again, and told on the page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.config import Config, load_config
from monitor.labels import resolve
from monitor.model import (
    Answer,
    CaseKey,
    CaseState,
    EditionKind,
    Findings,
    LabelKind,
    Origin,
    Role,
    to_json,
)
from monitor.operate.cases import known_cases
from monitor.operate.delivery import release_edition
from monitor.operate.editions import make_edition, rebuild_edition
from monitor.operate.publication import publish
from monitor.operate.reply_status import reply_lines
from monitor.operate.stale_editions import stale_edition
from monitor.registry import Registry, load_registry
from monitor.store import Store
from monitor.web.audit.week import WeekAudit
from reports.edition_messages import EditionMessages
from reports.next_steps import next_steps
from reports.page import SECTIONS
from reports.redact import redacted
from tests.findings.test_build import CROSS, Weeks

WEEK = "2026-W40"
ITEMS = ("100", "101", "102")

Run = Callable[..., Result]


class Home:
    """A home with three confirmed offers of different sellers in a final edition."""

    def __init__(self, folder: Path) -> None:
        (folder / "pantau.toml").write_text(
            'contact = "pantau@contoh.id"\n'
            '[confirmations.lazada-2021-akar]\nby = "Pejabat"\non = 2026-01-05\n',
            encoding="utf-8",
        )
        self.folder = folder
        self.config: Config = load_config({"PANTAU_HOME": str(folder)})
        self.registry: Registry = load_registry(self.config.registry, self.config.confirmations)
        with self.store(Origin.live) as store:
            weeks = Weeks(store)
            weeks.plan(WEEK, entries=3)
            for number, item in enumerate(ITEMS):
                weeks.page(WEEK, {item: CROSS}, number, seller=f"s{number}")
            weeks.draw(WEEK)
            for item in ITEMS:
                weeks.visit(WEEK, item, country="CN")
                weeks.label(WEEK, item, Answer.yes)
        self.edition()

    def store(self, origin: Origin | None = None) -> Store:
        return Store.of_home(self.config, origin=origin)

    def edition(self) -> Findings:
        with self.store() as store:
            findings, _ = make_edition(self.config, self.registry, store, WEEK, EditionKind.final)
            return findings

    def lines(self) -> list[str]:
        with self.store() as store:
            return list(reply_lines(store, self.config.now()))

    def run(self, *arguments: str) -> Result:
        environment = {"PANTAU_HOME": str(self.folder)}
        return CliRunner(env=environment).invoke(main, list(arguments))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def printed(findings: Findings, lang: str = "en") -> str:
    return " ".join(EditionMessages(findings, lang).reply_lines("lazada"))


def test_a_platform_is_asked_answers_and_is_told_of(home: Home) -> None:
    asked_of = home.edition()
    assert asked_of.replies == () and printed(asked_of) == ""
    (due,) = home.lines()
    assert due.endswith(f"3 cases to be put to it before the release: pantau reply ask lazada"
                        f" --week {WEEK}")  # fmt: skip
    steps = next_steps(EditionMessages(asked_of, "en"), {})
    assert steps[0] == (
        "Lazada: before this edition is released, ask it to answer; 3 open cases were not put to"
        " it yet."
    )

    draft = home.run("reply", "ask", "lazada", "--week", WEEK, "--draft")
    page = Path(draft.stdout.splitlines()[0])
    assert "KONSEP" in page.read_text(encoding="utf-8") and page.name.endswith("-draft.id.html")
    assert len(home.lines()) == 1 and home.run("reply", "list").stdout == "0 requests\n"

    sent = home.run("reply", "ask", "lazada", "--week", WEEK, "--days", "5", "--to", "Kantor L")
    assert sent.exit_code == 0, sent.output
    paths = [Path(line) for line in sent.stdout.splitlines()]
    assert [path.name for path in paths] == [
        "reply-lazada.id.html",
        "reply-lazada.en.html",
        "reply-cases-lazada.csv",
        "reply-cases-lazada.xlsx",
    ]
    packet = paths[1].read_text(encoding="utf-8")
    assert all(f"lazada-{item}" in packet for item in ITEMS) and "Kantor L" in packet
    assert "pantau@contoh.id" in packet and "DRAFT" not in packet
    with home.store() as store:
        (request,) = store.reply_requests.all(WEEK)
        assert request.sha256 == hashlib.sha256(paths[0].read_bytes()).hexdigest()
        assert (request.cases, request.addressee, request.as_of) == (3, "Kantor L", asked_of.as_of)
        assert (request.answer_by - request.asked_at.date()).days in {5, 6}
        stale = stale_edition(store, home.registry, WEEK)
        assert stale is not None and "1 requests for a reply or answers" in str(stale)
        assert known_cases(home.config, home.registry, store) == (), "nobody has the edition"
    (waiting,) = home.lines()
    assert "may answer until" in waiting and "0 of 3 cases answered" in waiting

    silent = home.edition()
    (reply,) = silent.replies
    assert (reply.cases, reply.answered, reply.asked_at) == (3, 0, request.asked_at)
    assert "was asked on" in printed(silent) and "No answer to a case" in printed(silent)
    assert "ditanya pada" in printed(silent, "id")

    assert (
        home.run("case", "answer", "lazada-100", "--note", "turun", "--taken-down").exit_code == 0
    )
    assert home.run("case", "answer", "lazada-101", "--note", "x", "--taken-down",
                    "--disputed").exit_code == 2  # fmt: skip
    disputed = home.run("case", "answer", "lazada-101", "--note", "di Bandung", "--disputed")
    assert f"{WEEK}: a third person looks at it again" in disputed.stdout
    answered = home.edition()
    assert "Cases it answered: 2 of 3; it says of 1 that they are taken down, and disputes 1." in (
        printed(answered)
    )
    states = {case.item_id: case.state for case in answered.cases}
    assert states == {
        "100": CaseState.answered, "101": CaseState.answered, "102": CaseState.open,
    }  # fmt: skip
    shown = redacted(answered)
    assert shown.replies == answered.replies and shown.cases == ()
    assert b"Bandung" not in to_json(shown), "its words are of the inside edition"

    with home.store() as store:
        stored, rebuilt = rebuild_edition(home.registry, store, WEEK, EditionKind.final)
        assert stored.as_of == answered.as_of and rebuilt == stored
    assert "replies" in SECTIONS


def test_what_came_later_changes_no_earlier_edition(home: Home) -> None:
    first = home.edition()
    assert home.run("reply", "ask", "lazada", "--week", WEEK).exit_code == 0
    assert home.run("case", "answer", "lazada-100", "--note", "turun").exit_code == 0
    with home.store() as store:
        stored, rebuilt = rebuild_edition(home.registry, store, WEEK)
        assert stored.as_of == first.as_of and rebuilt == stored and rebuilt.replies == ()
    second = home.edition()
    assert second.as_of > first.as_of and second.replies[0].answered == 1
    again = home.edition()
    assert again.as_of == second.as_of, "nothing came after it"

    with home.store() as store:
        release_edition(store, WEEK, EditionKind.final, "Budi")
    sent = home.run("case", "report", "lazada")
    assert "3 cases entered as reported" in sent.stderr, "an answer before it is no report"
    with home.store() as store:
        events = store.case_events.all()[CaseKey("lazada", "100")]
    assert [event.kind.value for event in events] == ["asked", "answered", "reported"]


@pytest.mark.parametrize("is_asked", [False, True])
def test_the_page_of_a_released_edition_says_whether_a_platform_was_asked(
    home: Home, is_asked: bool
) -> None:
    with home.store() as store:
        findings = home.edition()
        page = publish(home.config, store, findings, lang="en", pictures=False)
    assert "before this edition is released, ask it" in page.read_text(encoding="utf-8")
    assert "not asked to answer" not in page.read_text(encoding="utf-8")
    frozen = (page.parent / "findings.json").read_bytes()
    if is_asked:
        assert home.run("reply", "ask", "lazada", "--week", WEEK).exit_code == 0
    assert home.run("release", WEEK, "--by", "Budi, Direktur").exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "before this edition is released" not in text
    assert ("Lazada was not asked to answer before publication." in text) is not is_asked
    assert ("Lazada was asked on" in text) is is_asked
    assert "Budi, Direktur" in (page.parent / "press.en.html").read_text(encoding="utf-8")
    assert (page.parent / "findings.json").read_bytes() == frozen
    assert not (page.parent / "index.html").exists(), "in the languages that it has"


def test_a_disputed_case_is_looked_at_blind_by_a_third_person(home: Home) -> None:
    home.run("reply", "ask", "lazada", "--week", WEEK)
    home.run("case", "answer", "lazada-101", "--note", "di Bandung", "--disputed")
    with home.store() as store:
        audit = WeekAudit(store, home.registry, WEEK)
        work = audit.work()
        (key,) = work.disputed_cases
        assert (key.names[1], work.third_looks) == ("101", {key})
        first_two = {label.annotator for label in work.labels_of(key)}
        assert len(first_two) == 2
        assert not any(work.wants_label(key, name) for name in first_two)
        store.annotators.invite("Citra", "f" * 64, home.config.now(), frozenset({Role.annotator}))
        assert work.wants_label(key, "Citra")
        assert work.kind_for(key, "Citra") is LabelKind.second, "nothing tells them why"
        sampled = work.items[key]
        audit.append(audit.label(sampled, "Citra", LabelKind.second, Answer.no))
        assert WeekAudit(store, home.registry, WEEK).work().disputed_cases == set()
        assert resolve(store.labels.all())[key].answer is None, "people differ now"
    findings = home.edition()
    assert findings.replies[0].withdrawn == 1
    assert "1 case was withdrawn since." in printed(findings)
    assert [case.item_id for case in findings.cases] == ["100", "102"]


def test_what_cannot_be_meant_is_refused(home: Home) -> None:
    for platform, *options in (
        ("tokobagus", "--week", WEEK),
        ("lazada", "--week", "2026-W30"),
        ("bukalapak", "--week", WEEK),
    ):
        assert home.run("reply", "ask", platform, *options).exit_code == 1, platform
    assert home.run("reply", "ask", "lazada", "--week", WEEK, "--days", "0").exit_code == 2
    unasked = home.run("case", "answer", "lazada-100", "--note", "turun")
    assert (unasked.exit_code, "no such case" in unasked.stderr) == (1, True)

    released = home.run("release", WEEK, "--by", "Budi, Direktur")
    assert "lazada: was not asked about 3 of its cases" in released.stderr
    refused = home.run("reply", "ask", "lazada", "--week", WEEK)
    assert (refused.exit_code, "was released by Budi" in refused.stderr) == (1, True)
    assert home.lines() == []
