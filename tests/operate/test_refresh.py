"""Labels and registry changes after an edition: counted at last, never over what was let out."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.config import previous_week, week_of
from monitor.demo import DemoServer
from monitor.model import Answer, EditionKind, Findings, LabelKind, to_json
from monitor.operate.notify import SentAlert, counts_trouble, open_counts_troubles
from monitor.registry import PACKAGED
from monitor.store import Store

from .conftest import FRAME, Webhook, add_settings, environment, label

WEEK = previous_week(week_of(datetime.now(UTC)))
AKAR = '[confirmations.lazada-2021-akar]\nby = "Petugas Satu"\non = 2026-01-05\n'
Do = Callable[..., Result]


def do_in(home: Path, demo: DemoServer | None = None) -> Do:
    """Runs ``pantau`` in a home, in this process."""

    def do(*arguments: str, **settings: str) -> Result:
        plain = {"PANTAU_DEMO_URL": None, "PANTAU_HANDOVER": None, "PANTAU_NOTIFY": None}
        return CliRunner(env=plain | environment(home, demo) | settings).invoke(main, arguments)

    return do


@pytest.fixture(scope="module")
def labelled_from(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a week that was crawled and drawn, and its final edition without a label."""
    home = tmp_path_factory.mktemp("template") / "home"
    (home / "registry").mkdir(parents=True)
    (home / "registry" / "frame.toml").write_text(FRAME, encoding="utf-8")
    with DemoServer(seed=7, week=WEEK) as demo:
        for command in ("plan", "crawl", "audit draw --no-visit", "report --edition final"):
            (home / "pantau.toml").write_text(f'registry = "{home}/registry"\n', encoding="utf-8")
            done = do_in(home, demo)(*command.split(), "--week", WEEK)
            assert done.exit_code == 0, done.output
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        for name in ("satu", "dua"):
            secret = hashlib.sha256(name.encode()).hexdigest()
            store.annotators.invite(name, secret, datetime.now(UTC))
    return home


@pytest.fixture
def home(labelled_from: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    shutil.copytree(labelled_from, folder)
    (folder / "pantau.toml").write_text(f'registry = "{folder}/registry"\n', encoding="utf-8")
    return folder


@pytest.fixture
def pantau(home: Path) -> Do:
    return do_in(home)


@pytest.fixture
def audited(home: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        yield store


def label_twice(store: Store, number: int) -> None:
    """Two people say of a listing of the audit sample that it is a local seller's."""
    sample = store.audit_samples.of_week(WEEK)
    assert sample
    item = sample.items[number]
    listing = (item.platform, item.item_id, item.version)
    for name, kind in (("satu", LabelKind.first), ("dua", LabelKind.second)):
        store.labels.append(label(WEEK, listing, name, Answer.no, kind=kind))


def kinds(store: Store) -> list[EditionKind]:
    """The kinds of the week's editions, oldest first."""
    return [kind for week, kind, _ in store.editions.all() if week == WEEK]


def newest(store: Store) -> Findings:
    """The week's newest edition."""
    findings = store.editions.latest(WEEK)
    assert findings
    return findings


def test_labels_after_the_edition_make_another_one(home: Path, pantau: Do, audited: Store) -> None:
    assert "came after" not in pantau("status").stdout
    label_twice(audited, 0)
    stale = f"{WEEK}: 2 labels came after the final edition; the daemon makes it again"
    assert stale in pantau("status").stdout
    done = pantau("report", "--late")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{home}/reports/{WEEK}/final-2/index.html"
    assert "came after" not in pantau("status").stdout
    again = pantau("report", "--late")
    assert (again.exit_code, again.stdout) == (0, ""), "nothing new came"
    assert pantau("report", "--late", "--public").exit_code == 2
    shutil.rmtree(home / "reports" / WEEK / "final-2")
    assert pantau("report", "--late").stdout.startswith(f"{home}/reports/{WEEK}/final-2/")
    assert kinds(audited) == [EditionKind.final, EditionKind.final]
    run = audited.runs.newest("late")[0]
    assert (run.reason, run.counts) == (None, {})


def test_a_released_edition_stays_and_its_correction_says_what_changed(
    home: Path, pantau: Do, audited: Store
) -> None:
    add_settings(home, "[handover]\npdf = false\n")
    pantau("release", WEEK, "--by", "Petugas Satu")
    label_twice(audited, 0)
    done = pantau("report", "--late")
    page = Path(done.stdout.splitlines()[-1])
    assert page.parent.name == "corrected", done.stderr
    findings = newest(audited)
    assert findings.edition is EditionKind.corrected
    corrections = [text.en for text in findings.corrections]
    assert corrections[0].startswith("This edition replaces the final edition as of ")
    assert "The audit counts 2 labels; before: 0." in corrections
    assert corrections[0] in page.parent.joinpath("findings.json").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert escape(findings.corrections[1].id) in text
    assert 'href="../final/index.html"' in text, "the edition that it replaces"
    assert "Petugas Satu" in text
    assert pantau("report", "--verify", WEEK).exit_code == 0
    (run,) = audited.runs.newest("late")
    assert f"pantau release {WEEK}" in (run.reason or "")
    pantau("release", WEEK, "--by", "Petugas Satu")
    pantau("report", "--late")
    assert audited.runs.newest("late")[0].reason is None


def test_what_is_corrected_and_corrected_back_is_a_third_edition(
    home: Path, pantau: Do, audited: Store
) -> None:
    plain = (home / "pantau.toml").read_text(encoding="utf-8")
    pantau("release", WEEK, "--by", "Petugas Satu")
    add_settings(home, AKAR)
    assert "a change of the registry came after" in pantau("status").stdout
    second = pantau("report", "--late").stdout.splitlines()[-1]
    (home / "pantau.toml").write_text(plain, encoding="utf-8")
    third = pantau("report", "--late").stdout.splitlines()[-1]
    folders = [Path(page).parent.name for page in (second, third)]
    assert folders == ["corrected", "corrected-2"]
    assert kinds(audited) == [EditionKind.final, EditionKind.corrected, EditionKind.corrected]
    first = audited.editions.latest(WEEK, EditionKind.final)
    assert first
    assert newest(audited).cells == first.cells
    assert len(newest(audited).corrections) == 2, "as the released one said"


def test_what_reads_the_same_is_no_new_edition(home: Path, pantau: Do, audited: Store) -> None:
    clusters = (PACKAGED / "clusters.toml").read_text(encoding="utf-8")
    more = clusters.replace('terms = ["', 'terms = ["sebutan baru", "', 1)
    assert more != clusters
    (home / "registry" / "clusters.toml").write_text(more, encoding="utf-8")
    assert "a change of the registry came after" in pantau("status").stdout
    done = pantau("report", "--late")
    assert done.stdout.splitlines()[-1] == f"{WEEK}: nothing that the edition says has changed"
    assert kinds(audited) == [EditionKind.final]
    assert "came after" not in pantau("status").stdout


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise
def test_a_correction_goes_out_by_itself_where_editions_do(
    home: Path, pantau: Do, audited: Store, webhook: Webhook
) -> None:
    add_settings(home, "[handover]\npdf = false\nautomatic = true\n")
    label_twice(audited, 0)
    channel = {"PANTAU_HANDOVER": webhook.url}
    pantau("report", "--late", **channel)
    let_go = ("release", WEEK, "--edition", "final", "--by", "schedule", "--audited")
    assert pantau(*let_go, **channel).exit_code == 0
    label_twice(audited, 1)
    webhook.broken = True
    failed = pantau("report", "--late", **channel)
    assert failed.exit_code == 1
    assert "not delivered" in failed.stderr
    webhook.broken = False
    for _ in range(2):
        assert pantau("report", "--late", **channel).exit_code == 0
    assert len(webhook.messages) == 2, "the edition and its correction, each once"
    assert json.loads(
        (home / "public" / WEEK / "corrected" / "findings.json").read_text(encoding="utf-8")
    )["corrections"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise
def test_a_week_in_trouble_waits_for_a_person(home: Path, pantau: Do, audited: Store) -> None:
    label_twice(audited, 0)
    pantau("report", "--late")
    # What the daemon told of that week's counts, and what of another week's.
    told = [
        SentAlert(
            line=f"lazada: {week}: 4 listings a unit, usually 38",
            at=datetime.now(UTC),
            trouble=counts_trouble("lazada"),
        )
        for week in (WEEK, "2026-W01")
    ]
    alarms = home / "alarms.json"
    alarms.write_bytes(to_json(told[:1]))
    held = pantau("release", WEEK, "--edition", "final", "--by", "schedule", "--audited")
    assert (held.exit_code, told[0].line in held.stderr) == (1, True)
    alarms.write_bytes(to_json(told[1:]))
    assert open_counts_troubles(alarms, WEEK, datetime.now(UTC)) == []
    # The registry expects of every listing what no result page of the platform tells.
    platforms = (PACKAGED / "platforms.toml").read_text(encoding="utf-8")
    sampled = next(record for record in audited.units.of_week(WEEK) if record.places)
    head = f'id = "{sampled.unit.platform}"\n'
    text = re.sub(r"floors = .*\n", "", platforms)
    floors = "floors = { cross_border_flag = 1.0, category = 1.0, ship_from = 1.0 }\n"
    (home / "registry" / "platforms.toml").write_text(
        text.replace(head, head + floors), encoding="utf-8"
    )
    refused = pantau("release", WEEK, "--edition", "final", "--by", "schedule", "--audited")
    assert refused.exit_code == 1
    assert "stays here until a person has looked at it" in refused.stderr
    assert pantau("release", WEEK, "--edition", "final", "--by", "Petugas").exit_code == 0


def test_editions_before_the_window_wait_for_a_person(
    home: Path, pantau: Do, audited: Store
) -> None:
    label_twice(audited, 0)
    add_settings(home, "[schedule]\nlate_weeks = 0\n")
    assert pantau("report", "--late").stdout == ""
    by_hand = f"make it again with: pantau report --week {WEEK} --edition final"
    assert by_hand in pantau("status").stdout
