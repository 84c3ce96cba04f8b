"""A simulation lives in the weeks it simulates, and its seed decides everything."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import (
    Config,
    ConfigError,
    PantauError,
    load_config,
    previous_week,
    week_of,
    week_start,
)
from monitor.demo import SHOPS
from monitor.estimate.controls import ControlLook, measured_errors
from monitor.evidence import EvidenceStore
from monitor.findings.annotators import control_looks
from monitor.model import Answer, CaseState, Origin, RunOutcome, ScreenStratum
from monitor.operate.simulation import ANNOTATORS, Simulation, calendar, complete_weeks
from monitor.registry import load_registry
from monitor.sampling.audit import OTHER_LISTINGS
from monitor.store import Store, StoreError
from reports.letters import letter

from .conftest import FRAME, environment, label

pytestmark = pytest.mark.long

CONFIRMED = '[confirmations.shopee-2023-all]\nby = "Petugas Satu"\non = 2026-01-05\n'
SIMULATED = {"PANTAU_DEMO_URL": "http://127.0.0.1:1"}


def simulated(out: Path) -> tuple[Path, Store]:
    """Two weeks of a small frame; the last report and the store."""
    registry = out / "home" / "registry"
    registry.mkdir(parents=True)
    (registry / "frame.toml").write_text(FRAME, encoding="utf-8")
    settings = f'registry = "{registry}"\n[crawl]\nbrowser = false\n{CONFIRMED}'
    (out / "home" / "pantau.toml").write_text(settings, encoding="utf-8")
    with (out / "steps.txt").open("w", encoding="utf-8") as steps:
        page = Simulation(out, seed=3, budget=12, say=lambda line: print(line, file=steps)).run(2)
    return page, Store.open(f"sqlite:///{out / 'home' / 'pantau.db'}")


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Path, Store], ...]:
    return tuple(simulated(tmp_path_factory.mktemp(name)) for name in ("one", "other"))


def test_the_second_week_has_controls_that_nobody_gets_wrong(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    (page, store), _ = twice
    week = page.parent.parent.name
    with store:
        sample = store.audit_samples.of_week(week)
        looks = list(control_looks(store, week, datetime.now(UTC)))
    assert sample and sample.controls
    assert len(looks) == len(ANNOTATORS) * len(sample.controls)
    assert not any(look.is_wrong for look in looks)
    assert shown(page)["annotator_errors"]["controls"] == len(sample.controls)
    plain = {"PANTAU_HOME": str(page.parents[3] / "home"), "PANTAU_DEMO_URL": None}
    for command, told in (
        (["audit", "status"], f"{ANNOTATORS[0]}: {len(sample.listings)} labelled"),
        (["status"], f"{ANNOTATORS[0]}: foreign missed not measured, too few"),
    ):
        done = CliRunner().invoke(main, [*command, "--week", week], env=plain)
        assert done.exit_code == 0, done.output
        assert told in done.output


def test_a_known_error_of_annotators_lies_in_its_interval() -> None:
    simulation = Simulation(Path(), seed=3, say=print, error=0.05)
    looks = [
        ControlLook(
            control=number,
            person=person,
            answer=simulation.answer(right, f"toko/{number}/control", person),
            right=right,
        )
        for number in range(520)
        for right in [Answer.no if number % 2 else Answer.yes]
        for person in ANNOTATORS[:2]
    ]
    errors = measured_errors(looks, "2025-W48", 200)
    assert errors
    for own in errors.people:
        for rate in (own.missed, own.false_yes):
            assert rate and rate.low <= simulation.error <= rate.high
    (pair,) = errors.pairs
    assert pair.low is not None and pair.high is not None
    assert pair.low <= 0.0 <= pair.high, "they err each by themselves"


def shown(page: Path) -> Any:
    """An edition's findings without where the evidence lies: run numbers and file offsets."""
    findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    for name in ("listings", "suspected", "imported", "gone", "unplanned_listings"):
        for entry in findings[name]:
            entry.pop("evidence")
            for cited in (entry["result_page"], entry["own_page"]):
                if cited:
                    cited.pop("archive")
    for case in findings["cases"]:
        del case["own_page_pointer"], case["result_page_pointer"]
    return findings


def test_cases_are_reported_and_seen_to_be_gone(twice: tuple[tuple[Path, Store], ...]) -> None:
    """Both weeks are released, so the second knows what became of the first one's cases."""
    (page, store), _ = twice
    with store:
        findings = store.editions.latest(page.parent.parent.name)
    assert findings
    gone = [case for case in findings.cases if case.state is CaseState.gone]
    assert gone and any(case.state is CaseState.reported for case in findings.cases)
    assert all(case.reported_at and case.days_to_take_down is not None for case in gone)
    pages = page.parents[2] / "cases"
    for case in findings.cases:
        text = (pages / case.id / "index.html").read_text(encoding="utf-8")
        assert (case.own_page_sha256 or "-") in text
        assert (pages / case.id / f"{case.platform}-{case.item_id}.wacz").is_file()


def test_the_same_seed_gives_the_same_report(twice: tuple[tuple[Path, Store], ...]) -> None:
    (page, _), (other_page, _) = twice
    assert shown(page)["trend"], "the week before is in it"
    assert shown(page) == shown(other_page)


def test_a_letter_cites_the_own_pages_that_the_evidence_holds(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    """Every hash is that of the record it names, and no two rows have one but of the same page."""
    (page, store), _ = twice
    with store:
        findings = store.editions.latest(page.parent.parent.name)
    assert findings
    evidence = EvidenceStore(page.parents[3] / "home" / "evidence")
    confirmed = [entry for entry in findings.listings if entry.confirmed]
    assert len(confirmed) > 1
    for entry in findings.listings:
        for cited in filter(None, (entry.own_page, entry.result_page)):
            record = evidence.read(cited.archive or "")
            assert hashlib.sha256(record.body).hexdigest() == cited.sha256
            assert record.url == cited.url
            assert cited.seen_at and cited.seen_at.utcoffset() == timedelta(0)
        assert entry.result_page
        assert (entry.result_page.sha256, entry.result_page.archive) == (
            entry.sha256,
            entry.evidence,
        )
    for entry in confirmed:
        assert entry.proof
        assert entry.listing.item_id in (entry.proof.url or "")
    text = letter(findings, "shopee")
    rows = re.findall(r"<tr><th scope=\"row\"><code>.*?</tr>", text)
    proofs = [re.findall(r"<code>([0-9a-f]{64})</code>", row) for row in rows]
    assert rows
    assert all(len(hashes) == 1 for hashes in proofs)
    assert len({hashes[0] for hashes in proofs}) == len(rows)


def test_an_edition_is_what_the_store_gives_as_of_its_time(
    twice: tuple[tuple[Path, Store], ...], tmp_path: Path
) -> None:
    """A label given later changes nothing in it, a changed observation does and is named."""
    (page, _), _ = twice
    week, home = page.parent.parent.name, tmp_path / "home"
    shutil.copytree(page.parents[3] / "home", home)
    plain = {"PANTAU_HANDOVER": None, "PANTAU_NOTIFY": None, "PANTAU_DEMO_URL": None}
    runner = CliRunner(env=plain | environment(home, None))

    def verify(*options: str, of: str = week) -> Result:
        return runner.invoke(main, ["report", "--verify", of, *options])

    assert verify(of=previous_week(week)).exit_code == 0, "later weeks are not in it"
    for options in ((), ("--edition", "final"), ("--edition", "provisional")):
        equal = verify(*options)
        assert equal.exit_code == 0, equal.output
        assert "is what the store gives" in equal.stdout
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        editions = store.editions.all()
        sample = store.audit_samples.of_week(week)
        assert sample
        for drawn in sample.items:
            item = (drawn.platform, drawn.item_id, drawn.version)
            store.labels.append(label(week, item, "simulated-c", Answer.no))
    assert verify().exit_code == 0
    with closing(sqlite3.connect(home / "pantau.db")) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (trigger,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE observation SET rank = rank + 100")
        database.commit()
    changed = verify()
    assert changed.exit_code == 1
    first, *_ = changed.stderr.splitlines()
    assert re.match(r"listings\[0\]\.\S+: \d+, now 1\d\d", first), changed.stderr
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert store.editions.all() == editions, "nothing was written"
    assert verify("--pdf").exit_code == 2
    assert runner.invoke(main, ["report", "--verify", "2026-W01"]).exit_code == 1


def test_the_truth_tells_what_was_served_and_what_changed(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    (page, store), _ = twice
    truth = json.loads((page.parents[3] / "truth.json").read_text(encoding="utf-8"))
    assert (truth["world"], truth["seed"]) == ("plain", 3)
    assert {cell["platform"] for cell in truth["cells"]} >= {"lazada", "shopee"}
    week = page.parent.parent.name
    offers = {
        (each["week"], each["platform"], each["entry"], each["page"]): each["offers"]
        for each in truth["pages"]
        if each["answered"]
    }
    with store:
        for record in store.units.of_week(week):
            unit = record.unit
            seen = [
                observation.listing.item_id
                for observation in store.observations.of_week(week)
                if observation.unit_id == unit.id
            ]
            assert offers[week, unit.platform, unit.entry_id, unit.page] == seen
    entries = {
        platform: {e for w, p, e, _ in offers if (w, p) == (week, platform)}
        & {e for w, p, e, _ in offers if (w, p) == (previous_week(week), platform)}
        for platform in SHOPS
    }
    assert {each["week"] for each in truth["changes"]} == {week}
    for each in truth["changes"]:
        assert each["entries"] == len(entries[each["platform"]])


def test_the_last_step_names_every_cell_with_confirmed_offers(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    (page, _), _ = twice
    *_, last_step = (page.parents[3] / "steps.txt").read_text(encoding="utf-8").splitlines()
    confirmed = [
        f"{cell['platform']} {cell['cluster']} {cell['verdict']}"
        for cell in shown(page)["cells"]
        if cell["primary"] and cell["confirmed"]
    ]
    assert confirmed
    assert last_step == f"{page.parent.parent.name} report: {', '.join(confirmed)}"


def test_labels_go_where_a_policy_may_accuse(twice: tuple[tuple[Path, Store], ...]) -> None:
    """Of the simulated marketplaces nobody verified what Tokopedia and Blibli promised."""
    (page, store), _ = twice
    with store:
        sample = store.audit_samples.of_week(page.parent.parent.name)
    assert sample is not None
    others = [item for item in sample.items if item.platform in {"tokopedia", "blibli"}]
    assert len(others) <= OTHER_LISTINGS
    assert {item.stratum for item in others} <= {ScreenStratum.flagged}


def test_labels_name_commodities_and_confirm_the_promise_that_names_them(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    (page, store), _ = twice
    with store:
        labels = store.labels.all()
    named = {label.category for label in labels if label.platform == "shopee" and label.category}
    assert named & {"hijab", "muslim_bottoms_men"}
    assert not any(label.category for label in labels if label.answer is not Answer.yes)
    promise = [cell for cell in shown(page)["cells"] if cell["policy"] == "shopee-2021-13cat"]
    assert sum(cell["confirmed"] for cell in promise) > 0


def test_every_time_belongs_to_the_week_and_its_timetable(
    twice: tuple[tuple[Path, Store], ...],
) -> None:
    (page, store), _ = twice
    week = page.parent.parent.name
    start = week_start(week)
    end = start + timedelta(weeks=1)
    with store:
        seen = [observation.observed_at for observation in store.observations.of_week(week)]
        assert all(at and start <= at < end for at in seen)
        assert len(set(seen)) > 1, "a crawl takes its time"
        visited = [visit.visited_at for visit in store.visits.of_week(week) if visit.visited_at]
        labelled = [label.at for label in store.labels.all(week)]
        (_, _, provisional), (_, _, final) = [
            edition for edition in store.editions.all() if edition[0] == week
        ]
        runs = [run for run in store.runs.newest(week=week) if run.finished_at]
    assert visited
    assert labelled
    steps = [end, provisional, *sorted(visited), *sorted(labelled), final]
    assert steps == sorted(steps)
    assert final < start + timedelta(weeks=2)
    assert final <= datetime.now(UTC), "nothing lies ahead"
    assert all(start <= run.started_at <= (run.finished_at or start) <= final for run in runs)


def test_a_week_is_simulated_when_its_final_edition_is_due(tmp_path: Path) -> None:
    config = load_config({"PANTAU_HOME": str(tmp_path), **SIMULATED})
    registry = load_registry()
    week = "2026-W45"
    due = calendar(config, registry, week)["final"].now()
    assert week_of(due) == previous_week(week, -1)
    before = complete_weeks(config, registry, due - timedelta(minutes=1), 2)
    assert before == [previous_week(week, 2), previous_week(week)]
    assert complete_weeks(config, registry, due, 2) == [previous_week(week), week]


def test_a_clock_of_its_own_is_for_simulated_marketplaces_only(tmp_path: Path) -> None:
    then = datetime(2026, 11, 9, tzinfo=UTC)
    live = load_config({"PANTAU_HOME": str(tmp_path)})
    assert abs(live.now() - datetime.now(UTC)) < timedelta(hours=1)
    with pytest.raises(ConfigError, match="only for simulated"):
        replace_clock(live, then)
    simulated = load_config({"PANTAU_HOME": str(tmp_path), **SIMULATED})
    assert replace_clock(simulated, then).now() == then
    (tmp_path / "pantau.toml").write_text("simulated_now = 2026-11-09T00:00:00Z\n")
    with pytest.raises(ConfigError, match="correct or remove `simulated_now`"):
        load_config({"PANTAU_HOME": str(tmp_path), **SIMULATED})


def replace_clock(config: Config, then: datetime) -> Config:
    return replace(config, simulated_now=then)


def test_one_folder_holds_the_marketplaces_of_one_demo(tmp_path: Path) -> None:
    """A second demo of another seed would go on in the first one's frozen week."""
    (tmp_path / "home").mkdir()
    note = tmp_path / "home" / "simulation.json"
    note.write_text('{"seed": 1, "world": "plain", "inspect": true}')
    with pytest.raises(PantauError, match="holds a simulation of seed 1, world plain, inspect "):
        Simulation(tmp_path, seed=1, say=print).run(1)
    assert not (tmp_path / "home" / "pantau.db").exists()


def test_a_simulated_run_meets_no_live_store(tmp_path: Path) -> None:
    config = load_config({"PANTAU_HOME": str(tmp_path), **SIMULATED})
    with Store.open(config.database_url) as store:
        store.runs.start("plan", Origin.live, datetime.now(UTC))
    with pytest.raises(StoreError, match="holds real data"):
        Store.open(config.database_url, origin=config.origin)


def test_a_simulation_that_is_ended_says_so_and_writes_no_report(home: Path) -> None:
    out = home.parent
    command = [sys.executable, "-m", "monitor", "demo", "--budget", "12", "--out", str(out)]
    with subprocess.Popen(
        command, env=environment(home, None), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as demo:
        assert demo.stdout
        assert b"plan" in demo.stdout.readline()
        demo.send_signal(signal.SIGTERM)
        *_, last_line = demo.stdout
    assert demo.returncode == 1
    assert re.match(rb"Error: (ended by SIGTERM|.* crawl: cut off: .*)", last_line)
    assert not list((out / "reports").iterdir())
    assert (home / "reports").samefile(out / "reports"), "where the commands of the home look"
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert not store.editions.all()
        assert all(run.outcome is not RunOutcome.running for run in store.runs.newest())
