"""Retention and sealing: what may go, what stays, and that verification knows the difference."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import previous_week, week_of, week_start
from monitor.demo import DemoServer
from monitor.evidence import EvidenceError, EvidenceStore, remove, seal
from monitor.evidence.anchors import lay_anchor, verify_all
from monitor.model import (
    Answer,
    EditionKind,
    Origin,
    ResponseRecord,
    SampledPage,
    UnitState,
)
from monitor.operate.evidence_check import store_problems
from monitor.operate.retention import removable_findings
from monitor.operate.run_log import recorded
from monitor.store import Store
from tests.store.values import findings

from .conftest import Run, add_settings, label

THIS = week_of(datetime.now(UTC))
OLD = previous_week(THIS, 10)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as opened:
        yield opened


def keep(folder: Path, week: str, name: str) -> Path:
    """The file of a response kept in an evidence file of its own."""
    received = kept(folder, week, name)
    assert received.evidence
    return folder / received.evidence.rpartition("#")[0]


def kept(folder: Path, week: str, name: str) -> ResponseRecord:
    """A response kept in an evidence file of its own."""
    with EvidenceStore(folder, run=name) as evidence:
        return evidence.keep(
            week=week,
            platform="lazada",
            url=f"https://www.lazada.co.id/{name}",
            status=200,
            headers=[("Content-Type", "text/html")],
            body=name.encode(),
            at=datetime.now(UTC),
        )


def released(store: Store, week: str) -> None:
    about = {"edition": "final", "as_of": datetime.now(UTC).isoformat(), "by": "Petugas Satu"}
    with recorded(store, "release", Origin.live, week=week, versions=about):
        pass


def test_old_evidence_goes_and_verification_knows(home: Path, store: Store, pantau: Run) -> None:
    folder = home / "evidence"
    add_settings(home, "[retention]\nevidence_weeks = 8\n")
    released(store, OLD)
    released(store, THIS)
    goes = keep(folder, OLD, "old")
    waits = keep(folder, previous_week(THIS, 11), "unreleased")
    fresh = keep(folder, THIS, "fresh")
    preview = pantau("evidence", "prune", "--dry-run")
    assert "would remove" in preview.stdout
    assert goes.exists()
    done = pantau("evidence", "prune")
    assert done.returncode == 0, done.stderr
    assert [goes.exists(), waits.exists(), fresh.exists()] == [False, True, True]
    assert f"not released, so kept: {previous_week(THIS, 11)}" in done.stdout
    assert pantau("evidence", "verify").stdout == "the evidence is whole\n"
    fresh.unlink()
    missing = pantau("evidence", "verify")
    assert missing.returncode == 1
    assert fresh.name in missing.stderr


def test_without_a_limit_nothing_is_removed(home: Path, store: Store, pantau: Run) -> None:
    released(store, OLD)
    old = keep(home / "evidence", OLD, "old")
    assert pantau("evidence", "prune").returncode == 2
    assert old.exists()


@pytest.mark.long
def test_what_somebody_called_a_breach_stays(
    home: Path, pantau: Run, marketplaces: DemoServer
) -> None:
    folder, week = home / "evidence", marketplaces.week
    pantau("plan", demo=marketplaces)
    pantau("crawl", demo=marketplaces)
    later = previous_week(week, -20)
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        observations = store.observations.of_week(week)
        on_lazada = (entry for entry in observations if entry.listing.platform == "lazada")
        seen = next(on_lazada)
        listing = (seen.listing.platform, seen.listing.item_id, seen.version)
        store.annotators.invite("a", "0" * 64, datetime.now(UTC))
        store.labels.append(label(week, listing, "a", Answer.yes))
        with recorded(
            store, "release", Origin.simulated, week=week,
            versions={"edition": "final", "as_of": datetime.now(UTC).isoformat(), "by": "me"},
        ):  # fmt: skip
            pass
    done = pantau("evidence", "prune", "--older-than", "4", "--week", later, demo=marketplaces)
    assert done.returncode == 0, done.stderr
    platforms = {path.name.partition("-")[0] for path in (folder / week).glob("*.warc.gz")}
    assert platforms == {"lazada"}
    assert "1 kept as proof" in done.stdout
    assert pantau("evidence", "verify", demo=marketplaces).returncode == 0


def test_what_the_store_points_to_is_asked_for(home: Path, store: Store) -> None:
    folder = home / "evidence"
    run = store.runs.start("ingest", Origin.saved, datetime.now(UTC))
    files = [stored(store, run, folder, name) for name in ("a", "b", "c", "d")]
    assert list(store_problems(store, folder)) == []
    files[0].unlink()
    os.truncate(files[1], 0)
    remove(folder, files[2].relative_to(folder).as_posix(), reason="retention")
    problems = [(problem.file, problem.kind) for problem in store_problems(store, folder)]
    assert problems == [
        (f"{THIS}/{files[0].name}", "missing"),
        (f"{THIS}/{files[1].name}", "damaged"),
    ]
    shutil.rmtree(folder)
    (moved,) = store_problems(store, folder)
    assert (moved.file, moved.kind) == (str(folder), "missing")
    assert "none of the 4 files" in moved.detail


def stored(store: Store, run: int, folder: Path, name: str) -> Path:
    """A page in the store and its file."""
    received = kept(folder, THIS, name)
    page = SampledPage(
        platform="lazada",
        url=received.url,
        origin=Origin.saved,
        state=UnitState.unparseable,
        observed_at=datetime.now(UTC),
        received=received,
    )
    assert store.pages.save(run, page)
    assert received.evidence
    return folder / received.evidence.rpartition("#")[0]


def test_an_empty_folder_under_a_full_store_is_a_failure(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    runner, folder = CliRunner(), home / "evidence"
    run = store.runs.start("ingest", Origin.saved, datetime.now(UTC))
    gone = stored(store, run, folder, "a")
    stored(store, run, folder, "b")
    verified = runner.invoke(main, ["evidence", "verify"])
    assert verified.stdout == "nothing wrong was found in what could be checked\n"
    assert "not sealed yet" in verified.stderr
    remove(folder, gone.relative_to(folder).as_posix(), reason="retention")
    assert runner.invoke(main, ["evidence", "verify"]).exit_code == 0, "it went on purpose"
    again = runner.invoke(main, ["reprocess", "--week", THIS])
    assert again.exit_code == 0, "what retention removed is no failure"
    assert "of 1 more the evidence was removed" in again.stdout
    folder.rename(home / "moved")
    failed = runner.invoke(main, ["evidence", "verify"])
    assert (failed.exit_code, "put the folder back" in failed.stderr) == (1, True)
    doctor = runner.invoke(main, ["doctor"]).stdout
    assert "failure  evidence: " in doctor
    (home / "moved").rename(folder)
    store.close()
    (home / "pantau.db").unlink()
    alone = runner.invoke(main, ["evidence", "verify"])
    assert (alone.exit_code, "there is no database here" in alone.stderr) == (0, True)


def test_an_empty_manifest_names_its_mend(tmp_path: Path) -> None:
    keep(tmp_path, THIS, "a")
    seal(tmp_path, THIS)
    path = tmp_path / f"manifest-{THIS}.json"
    path.write_bytes(b"")
    (problem,) = verify_all(tmp_path, [])
    assert "is empty; restore it from a backup" in problem.detail
    with pytest.raises(EvidenceError, match="remove it"):
        seal(tmp_path, THIS)
    path.unlink()
    assert len(seal(tmp_path, THIS).files) == 1


def test_verification_tells_how_far_it_is(tmp_path: Path) -> None:
    sealed = keep(tmp_path, THIS, "a").stat().st_size
    seal(tmp_path, THIS)
    fresh = keep(tmp_path, THIS, "b").stat().st_size
    steps: list[tuple[int, int]] = []
    verify_all(tmp_path, [], lambda size, total: steps.append((size, total)))
    assert steps == [(sealed, sealed + fresh), (fresh, sealed + fresh)]


def test_an_anchor_holds_while_its_week_grows_and_finds_what_was_rewritten(tmp_path: Path) -> None:
    folder, edition = tmp_path / "evidence", tmp_path / "reports" / THIS / "final"
    edition.mkdir(parents=True)
    keep(folder, THIS, "a")
    anchor = lay_anchor(folder, THIS, edition)
    assert anchor is not None
    first = anchor.read_bytes()
    keep(folder, THIS, "b")
    lay_anchor(folder, THIS, edition)
    assert anchor.read_bytes() == first, "what was published stays"
    assert verify_all(folder, [tmp_path / "reports"]) == []
    # Somebody replaces a file and seals everything anew, as if it had always been so.
    (folder / f"manifest-{THIS}.json").unlink()
    next((folder / THIS).glob("lazada-a*")).unlink()
    keep(folder, THIS, "a2")
    seal(folder, THIS)
    (problem,) = verify_all(folder, [tmp_path / "reports"])
    assert problem.kind == "rewritten"


@pytest.mark.long
def test_a_week_by_hand_is_sealed_and_anchored(
    home: Path, pantau: Run, marketplaces: DemoServer
) -> None:
    week = marketplaces.week
    pantau("plan", demo=marketplaces)
    pantau("crawl", demo=marketplaces)
    manifest = json.loads((home / "evidence" / f"manifest-{week}.json").read_text())
    assert len(manifest["files"]) == 2, "a file a platform"
    page = Path(pantau("report", "--week", week, demo=marketplaces).stdout.strip())
    anchor = json.loads((page.parent / f"evidence-{week}.json").read_text())
    assert (anchor["week"], anchor["sha256"]) == (week, manifest["sha256"])
    assert pantau("evidence", "verify", demo=marketplaces).returncode == 0


def test_findings_that_nothing_rests_on_go(store: Store) -> None:
    """Released editions stay, what they were compared with, and the newest of each week."""
    weeks = [previous_week(OLD, back) for back in (3, 2, 1, 0)]
    for week in weeks:
        for days, kind in ((7, EditionKind.provisional), (15, EditionKind.final)):
            as_of = week_start(week) + timedelta(days=days)
            store.editions.save(findings(week=week, edition=kind, as_of=as_of, cells=(), cases=()))
    # The third week's provisional edition was released: the second's was the newest then.
    cited = (weeks[2], EditionKind.provisional, week_start(weeks[2]) + timedelta(days=7))
    about = {"edition": cited[1].value, "as_of": cited[2].isoformat(), "by": "Petugas Satu"}
    with recorded(store, "release", Origin.live, week=cited[0], versions=about):
        pass
    gone = {edition[:2] for edition in removable_findings(store, THIS, 4)}
    assert gone == {(week, EditionKind.provisional) for week in (weeks[0], weeks[3])}
    assert removable_findings(store, THIS, 40) == ()


@pytest.mark.long
def test_the_findings_that_went_are_named(
    store: Store, pantau: Run, home: Path, marketplaces: DemoServer
) -> None:
    for days, kind in ((7, EditionKind.provisional), (11, EditionKind.final)):
        as_of = week_start(OLD) + timedelta(days=days)
        store.editions.save(findings(week=OLD, edition=kind, as_of=as_of, cells=(), cases=()))
    assert pantau("db", "prune").returncode == 2
    add_settings(home, "[retention]\nfindings_weeks = 4\n")
    tried = pantau("db", "prune", "--dry-run").stdout
    assert tried.startswith(f"would remove {OLD} provisional as of ")
    assert store.editions.removed() == frozenset()
    assert pantau("db", "prune").stdout.startswith(f"removed {OLD} provisional as of ")
    assert pantau("db", "prune").stdout.startswith("findings of 0 editions")
    told = pantau("report", "--verify", OLD, "--edition", "provisional")
    assert told.returncode == 1
    assert "the findings of its provisional edition were removed by retention" in told.stderr
    listed = pantau("schedule", "list").stdout
    assert "prune-findings" in listed
