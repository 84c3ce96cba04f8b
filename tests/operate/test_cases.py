"""Cases at the command line: reported once by letter and list, answered, closed, opened again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import load_config
from monitor.model import Answer, CaseKey, CaseState, EditionKind, Origin
from monitor.operate.case_pages import write_case_pages
from monitor.operate.cases import known_cases
from monitor.operate.delivery import release_edition
from monitor.operate.editions import make_edition
from monitor.registry import load_registry
from monitor.store import Store
from tests.findings.test_build import CROSS, Weeks

WEEK = "2026-W40"
AKAR = "lazada-2021-akar"
SETTINGS = (
    f'contact = "pantau@contoh.id"\n[confirmations.{AKAR}]\nby = "Pejabat"\non = 2026-01-05\n'
)

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with two offers of different sellers, confirmed, in an edition nobody released."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "pantau.toml").write_text(SETTINGS, encoding="utf-8")
    config = load_config({"PANTAU_HOME": str(folder)})
    registry = load_registry(config.registry, config.confirmations)
    with Store.of_home(config, origin=Origin.live) as store:
        weeks = Weeks(store)
        weeks.plan(WEEK, entries=2)
        for number in range(2):
            weeks.page(WEEK, {f"10{number}": CROSS}, number, seller=f"s{number}")
        weeks.draw(WEEK)
        for item in ("100", "101"):
            weeks.visit(WEEK, item, country="CN")
            weeks.label(WEEK, item, Answer.yes)
        findings, _ = make_edition(config, registry, store, WEEK, EditionKind.final)
        assert [case.id for case in findings.cases] == ["lazada-100", "lazada-101"]
    yield folder


@pytest.fixture
def pantau(home: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner(env={"PANTAU_HOME": str(home)}).invoke(main, ["case", *arguments])

    return run


def states(home: Path) -> dict[str, CaseState]:
    config = load_config({"PANTAU_HOME": str(home)})
    registry = load_registry(config.registry, config.confirmations)
    with Store.of_home(config) as store:
        return {case.item_id: case.state for case in known_cases(config, registry, store)}


def test_the_life_of_a_case_at_the_command_line(home: Path, pantau: Run) -> None:
    assert pantau("list").stdout == "0 cases\n", "nobody has the edition"
    refused = pantau("report", "lazada")
    assert (refused.exit_code, "pantau release" in refused.stderr) == (1, True)
    with Store.of_home(load_config({"PANTAU_HOME": str(home)})) as store:
        release_edition(store, WEEK, EditionKind.final, "Budi, Direktur")
    assert pantau("list", "--state", "open").stdout.endswith("2 cases, 2 open\n")

    draft = pantau("report", "lazada", "--draft")
    letter = Path(draft.stdout.splitlines()[0]).read_text(encoding="utf-8")
    assert "KONSEP" in letter and "lazada-100" in letter
    assert "lazada: a draft: no case entered as reported" in draft.stderr
    assert set(states(home).values()) == {CaseState.open}, "a draft enters nothing"

    sent = pantau("report", "lazada-100")
    path, rows, book = map(Path, sent.stdout.splitlines())
    assert (path.name, book.suffix) == ("letter-lazada.id.html", ".xlsx")
    assert path.with_name("letter-lazada.en.html").is_file()
    letter = path.read_text(encoding="utf-8")
    assert "KONSEP" not in letter and "lazada-101" not in letter
    assert "pantau@contoh.id" in letter and "Budi, Direktur" in letter
    (row,) = csv.DictReader(rows.read_text(encoding="utf-8-sig").splitlines())
    assert (row["case"], len(row["own_page_sha256"])) == ("lazada-100", 64)
    assert states(home) == {"100": CaseState.reported, "101": CaseState.open}

    page = home / "reports" / "cases" / "lazada-100" / "index.html"
    assert "Sudah dilaporkan kepada platform" in page.read_text(encoding="utf-8")
    assert f'href="../../{WEEK}/final/letter-lazada.id.html"' in page.read_text(encoding="utf-8")

    again = pantau("report", "lazada")
    assert "1 cases entered as reported, 1 named of an earlier letter" in again.stderr
    second = Path(again.stdout.splitlines()[0])
    assert second.name == "letter-lazada-2.id.html"
    assert second.read_text(encoding="utf-8").count("sudah disebut dalam surat") == 2
    drafted = pantau("report", "lazada", "--draft").stdout.splitlines()[0]
    assert Path(drafted).name == "letter-lazada-draft.id.html"
    assert "KONSEP" not in second.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == letter, "what was sent is not written over"
    with Store.of_home(load_config({"PANTAU_HOME": str(home)})) as store:
        events = store.case_events.all()
    assert [len(events[CaseKey("lazada", item)]) for item in ("100", "101")] == [1, 1]

    assert pantau("answer", "lazada-100", "--note", "diturunkan").exit_code == 0
    assert pantau("close", "lazada-101", "--reason", "penjual di Bandung").exit_code == 0
    assert states(home) == {"100": CaseState.answered, "101": CaseState.closed}
    shown = pantau("show", "lazada-101").stdout
    assert "closed: penjual di Bandung" in shown and "confirmed by two people" in shown
    refused = pantau("report", "lazada-101")
    assert (refused.exit_code, "is closed" in refused.stderr) == (1, True)
    assert pantau("close", "lazada-101", "--reason", "lagi").exit_code == 1
    late = pantau("answer", "lazada-101", "--note", "terlambat")
    assert (late.exit_code, "reopen lazada-101" in late.stderr) == (1, True)
    assert states(home)["101"] is CaseState.closed
    assert pantau("reopen", "lazada-101", "--reason", "keliru").exit_code == 0
    assert states(home)["101"] is CaseState.open


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "lazada-999"), 1),
        (("report", "tokobagus"), 1),
        (("list", "--platform", "tokobagus"), 1),
        (("close", "lazada-100", "--reason", " "), 2),
        (("report", "lazada", "--answer-by", "2020-01-01"), 2),
        (("report",), 2),
    ],
)
def test_what_cannot_be_meant_is_refused(
    pantau: Run, arguments: tuple[str, ...], code: int
) -> None:
    assert pantau(*arguments).exit_code == code


def test_pages_of_cases_are_made_once_and_no_older_state_covers_a_newer(home: Path) -> None:
    config = load_config({"PANTAU_HOME": str(home)})
    registry = load_registry(config.registry, config.confirmations)
    with Store.of_home(config) as store:
        findings = store.editions.latest(WEEK)
        assert findings
        cases, root = known_cases(config, registry, store), home / "pages"
        now = config.now()
        assert write_case_pages(config, store, findings, cases, now, root) == 2
        assert write_case_pages(config, store, findings, cases, now, root) == 0
        page = root / "cases" / "lazada-100" / "index.html"
        before = page.read_bytes()
        changed = [replace(case, events=()) for case in cases]
        assert write_case_pages(config, store, findings, changed, findings.as_of, root) == 0
        assert page.read_bytes() == before
        assert write_case_pages(config, store, findings, changed, config.now(), root) == 2
    assert "isi halaman tidak tersimpan lagi" in page.read_text(encoding="utf-8")


def test_a_letter_of_the_report_is_the_letter_of_the_cases(home: Path) -> None:
    run = CliRunner(env={"PANTAU_HOME": str(home)})
    written = run.invoke(main, ["report", "--week", WEEK, "--letter", "lazada"])
    assert written.exit_code == 0, written.output
    _, letter = written.stdout.splitlines()
    text = Path(letter).read_text(encoding="utf-8")
    assert "lazada-100" in text
