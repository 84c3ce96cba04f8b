"""After an erasure nothing of the home names the seller but sealed pages that show others, too."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import Config, previous_week, week_of, week_start
from monitor.evidence import EvidenceError, EvidenceStore, tombstones
from monitor.evidence.warc import records
from monitor.model import CaseEvent, CaseEventKind, EditionKind, Listing
from monitor.operate import erasure
from monitor.operate.archive import archive_before, unarchive
from monitor.operate.delivery import release_edition
from monitor.operate.editions import differences, rebuild_edition
from monitor.operate.erasure import ErasureOrder, erase_seller
from monitor.operate.erasure_plan import plan_erasure
from monitor.store import Store
from monitor.store.erasures import Erasure
from tests.operate.erasing import NAME, SELLER, WORDS, holders, make_home, offers
from tests.research.weeks import WEEK, registry

pytestmark = pytest.mark.long
ORDER = ErasureOrder(by="Ani, legal bureau", reason="request 14/2026", basis="article 15 (1) c")
WARC = f"evidence/{WEEK}/lazada-1.warc.gz"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose final edition is released, with cases on the seller's offers."""
    config = make_home(tmp_path_factory.mktemp("erasing"), offers()[:72])
    with Store.of_home(config, create=False) as store:
        release_edition(store, WEEK, EditionKind.final, "Kepala")
    return config.home


@pytest.fixture
def config(template: Path, tmp_path: Path) -> Config:
    """A copy of that home."""
    home = shutil.copytree(template, tmp_path / "home")
    return Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}")


def close_cases(config: Config) -> int:
    """Close the cases that stand on the seller's offers; returns how many."""
    with Store.of_home(config, create=False) as store:
        cases = plan_erasure(config, registry(), store, "lazada", SELLER).cases
        for case in cases:
            closed = CaseEvent(kind=CaseEventKind.closed, at=datetime.now(UTC), note=f"for {NAME}")
            store.case_events.append(case.key, closed)
    return len(cases)


def erase(config: Config, word: str = SELLER) -> Erasure:
    """Erase the seller from a home."""
    with Store.of_home(config, create=False) as store:
        plan = plan_erasure(config, registry(), store, "lazada", word)
        return erase_seller(config, registry(), store, plan, ORDER)


def pantau(config: Config, *arguments: str) -> Any:
    """A command in a home."""
    home = {"PANTAU_HOME": str(config.home), "PANTAU_DEMO_URL": None}
    return CliRunner().invoke(main, list(arguments), env=home)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of all files below a folder that a reader's connection does not make."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


def sellers(config: Config) -> dict[str | None, int]:
    """How many offers each seller of the week has."""
    counts: dict[str | None, int] = {}
    with Store.of_home(config, create=False) as store:
        for _, listing in store.listings.versions():
            counts[listing.seller_id] = counts.get(listing.seller_id, 0) + 1
    return counts


def test_a_standing_case_refuses_and_a_dry_run_changes_nothing(config: Config) -> None:
    before = hashes(config.home)
    with Store.of_home(config, create=False) as store:
        plan = plan_erasure(config, registry(), store, "lazada", SELLER)
        assert plan.cases
        with pytest.raises(erasure.ErasureError, match="cases stand") as refused:
            erase_seller(config, registry(), store, plan, ORDER)
        assert f"pantau case close {plan.cases[0].id} --reason" in str(refused.value)
    dry = pantau(config, "seller", "erase", f"lazada/{SELLER}")
    assert dry.exit_code == 1  # the cases
    assert f"offers: {len(plan.rows.items if plan.rows else ())}, in " in dry.output
    assert hashes(config.home) == before


def test_what_is_missing_is_told_and_nothing_done(config: Config) -> None:
    close_cases(config)
    before = hashes(config.home)
    with Store.of_home(config, create=False) as store:
        plan = plan_erasure(config, registry(), store, "lazada", SELLER)
        with pytest.raises(erasure.ErasureError, match="--basis"):
            erase_seller(config, registry(), store, plan, ORDER._replace(basis=None))
    assert pantau(config, "seller", "erase", f"lazada/{SELLER}", "--yes").exit_code == 2
    unknown = pantau(config, "seller", "erase", "lazada/'; DROP TABLE seller; --/../%")
    assert (unknown.exit_code, "nothing is stored" in unknown.output) == (1, True)
    assert pantau(config, "seller", "erase", "nope/1").exit_code == 2
    assert hashes(config.home) == before


def test_nothing_names_the_seller_any_more(config: Config) -> None:
    assert close_cases(config)
    before = sellers(config)
    held = holders(config.home)
    assert {"pantau.db", "logs/older.log.gz", WARC} <= held
    assert any(name.endswith(".xlsx") for name in held)
    copy = config.home / "copies" / "pantau-before.db"
    assert pantau(config, "db", "backup", str(copy)).exit_code == 0

    entry = erase(config)

    assert holders(config.home) == {WARC, "copies/pantau-before.db"}
    _only_shared_pages_hold_it(config)
    after = sellers(config)
    assert after.pop(entry.pseudonym) == before.pop(SELLER)
    assert after == before
    verified = pantau(config, "evidence", "verify")
    assert verified.exit_code == 0, verified.output
    assert f"whole, {len(tombstones(config.evidence))} erased" in verified.output
    with Store.of_home(config, create=False) as store:
        stored, rebuilt = rebuild_edition(registry(), store, WEEK)
        assert differences(stored, rebuilt) == ()
        assert store.erasures.hashes_before(WEEK, stored.edition, stored.as_of)
        plan_error = pantau(config, "seller", "show", f"lazada/{SELLER}")
        assert "was erased on" in plan_error.output
    page = config.reports / WEEK / "final" / "index.en.html"
    assert entry.pseudonym in (page.parent / "findings.json").read_text(encoding="utf-8")
    assert not (page.parent / "letter-lazada.id.pdf").exists()
    restored = pantau(config, "db", "restore", "--yes", str(copy))
    assert f"lazada/{SELLER}: was erased and is back" in restored.output


def _only_shared_pages_hold_it(config: Config) -> None:
    """Records that name the seller are result pages with other sellers; its own are gone."""
    with Store.of_home(config, create=False) as store:
        restricted = store.restricted_pages()
        visits = {
            visit.received.evidence
            for visit in store.visits.of_week(WEEK)
            if visit.received and visit.url.startswith("urn:")
        }
    naming = {
        f"{WEEK}/lazada-1.warc.gz#{offset}"
        for offset, record in records(config.home / WARC)
        if any(word.lower().encode() in record.body.lower() for word in WORDS)
    }
    assert naming
    assert naming == restricted
    assert {stone.pointer for stone in tombstones(config.evidence)} == visits
    assert {stone.by for stone in tombstones(config.evidence)} == {ORDER.by}
    for pointer in visits:
        with pytest.raises(EvidenceError, match="was erased"):
            EvidenceStore(config.evidence).read(pointer or "")


def _shown(listings: list[Listing]) -> Listing:
    return next(listing for listing in listings if listing.seller_id == SELLER)


def test_reading_again_does_not_bring_the_seller_back(config: Config) -> None:
    close_cases(config)
    with Store.of_home(config, create=False) as store:
        (page,) = (
            page for page in store.pages.of_week(WEEK) if page.unit_id and "e3/" in page.unit_id
        )
    listings = tuple(offers()[3:72:24])
    assert SELLER in {listing.seller_id for listing in listings}
    before = sellers(config)
    entry = erase(config)
    again = replace(page, listings=listings, parser="2")
    with Store.of_home(config, create=False) as store:
        run = store.runs.start("reprocess", store.origin, datetime.now(UTC))
        store.pages.save(run, again)
    counts = sellers(config)
    assert counts[entry.pseudonym] == before[SELLER]
    assert SELLER not in counts
    assert holders(config.home) == {WARC}

    later = replace(again, unit_id=None, url="https://lazada.example/later", parser="2")
    with Store.of_home(config, create=False) as store:
        run = store.runs.start("crawl", store.origin, datetime.now(UTC))
        store.pages.save(run, replace(later, observed_at=datetime.now(UTC)))
    assert SELLER in sellers(config)
    assert erase(config).pseudonym == entry.pseudonym
    assert SELLER not in sellers(config)


STAGES = ("_clear_evidence", "_clear_files", "_rewritten", "_write_again")


@pytest.mark.parametrize("stage", STAGES)
def test_killed_half_way_it_ends_the_same(config: Config, stage: str) -> None:
    close_cases(config)
    original: Callable[..., Any] = getattr(erasure, stage)

    def then_die(*arguments: Any) -> None:
        list(original(*arguments) or ())
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        setattr(erasure, stage, then_die)
        erase(config)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    entry = erase(config)
    assert entry.done
    assert holders(config.home) == {WARC}
    _only_shared_pages_hold_it(config)
    assert pantau(config, "evidence", "verify").exit_code == 0
    with Store.of_home(config, create=False) as store:
        assert differences(*rebuild_edition(registry(), store, WEEK)) == ()
        assert [entry.done for entry in store.erasures.entries] == [True]
        assert all(rewritten.after for rewritten in entry.rewritten)


def test_an_archive_names_nobody_and_its_pages_stay_with_us(tmp_path: Path) -> None:
    """Positions in files are numbers; which pages showed the seller is known without them."""
    config = make_home(tmp_path, offers())
    with Store.of_home(config, create=False) as store:
        release_edition(store, WEEK, EditionKind.final, "Kepala")
    close_cases(config)
    late = week_start(WEEK) + timedelta(weeks=60)
    with Store.of_home(config, create=False) as store:
        others = tuple(offer for offer in offers()[:9] if offer.seller_id != SELLER)
        page = next(page for page in store.pages.of_week(WEEK) if page.received)
        assert page.received
        later = replace(
            page,
            unit_id=None,
            observed_at=late,
            listings=others,
            received=replace(page.received, sha256="f" * 64, evidence=None),
        )
        store.pages.save(store.runs.start("ingest", store.origin, late), later)
        before = store.erasing.rows("lazada", SELLER)
        assert archive_before(config, store, previous_week(week_of(late), 52), late) == (WEEK,)
        assert store.erasing.rows("lazada", SELLER) == before
    entry = erase(config)
    assert before
    assert holders(config.home) == {WARC}
    with Store.of_home(config, create=False) as store:
        # Pages that show nobody else are gone from the evidence; the others are handed to nobody.
        assert set(before.shared_pages.values()) <= store.restricted_pages()
        moved = sum(file.rows - file.retained for file in store.archive.files())
        assert unarchive(config, store, WEEK) * 2 == moved > 0
        shown = {seen.listing.seller_id for seen in store.observations.of_week(WEEK)}
        assert entry.pseudonym in shown
        assert SELLER not in shown
    assert holders(config.home) == {WARC}
