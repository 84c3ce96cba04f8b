"""Retention and sealing: what may go, what stays, and that verification knows the difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config import previous_week, week_of
from monitor.demo import DemoServer
from monitor.evidence import EvidenceStore, seal
from monitor.evidence.anchors import lay_anchor, verify_all
from monitor.model import Answer, Label, LabelKind, Observation, Origin
from monitor.operate.run_log import recorded
from monitor.store import Store

from .conftest import Run, add_settings

THIS = week_of(datetime.now(UTC))
OLD = previous_week(THIS, 10)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as opened:
        yield opened


def keep(folder: Path, week: str, name: str) -> Path:
    """A response kept in an evidence file of its own."""
    with EvidenceStore(folder, run=name) as evidence:
        received = evidence.keep(
            week=week,
            platform="lazada",
            url=f"https://www.lazada.co.id/{name}",
            status=200,
            headers=[("Content-Type", "text/html")],
            body=name.encode(),
            at=datetime.now(UTC),
        )
    assert received.evidence
    return folder / received.evidence.rpartition("#")[0]


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
    said = pantau("evidence", "prune", "--dry-run")
    assert "would remove" in said.stdout
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


def test_what_somebody_called_a_breach_stays(
    home: Path, pantau: Run, marketplaces: DemoServer
) -> None:
    folder, week = home / "evidence", marketplaces.week
    pantau("plan", demo=marketplaces)
    pantau("crawl", demo=marketplaces)
    later = previous_week(week, -20)
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        seen = next(
            one for one in store.observations.of_week(week) if one.listing.platform == "lazada"
        )
        store.annotators.invite("a", "0" * 64, datetime.now(UTC))
        store.labels.append(label(seen, week))
        with recorded(
            store, "release", Origin.simulated, week=week,
            versions={"edition": "final", "as_of": datetime.now(UTC).isoformat(), "by": "me"},
        ):  # fmt: skip
            pass
    done = pantau("evidence", "prune", "--older-than", "4", "--week", later, demo=marketplaces)
    assert done.returncode == 0, done.stderr
    left = {path.name.partition("-")[0] for path in (folder / week).glob("*.warc.gz")}
    assert left == {"lazada"}
    assert "1 kept as proof" in done.stdout
    assert pantau("evidence", "verify", demo=marketplaces).returncode == 0


def label(seen: Observation, week: str) -> Label:
    return Label(
        platform=seen.listing.platform,
        item_id=seen.listing.item_id,
        version=seen.version,
        week=week,
        annotator="a",
        kind=LabelKind.first,
        at=datetime.now(UTC),
        cross_border=Answer.yes,
    )


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
