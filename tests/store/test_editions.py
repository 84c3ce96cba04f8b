"""Editions are frozen; policies and frames are kept as they were worded."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.model import (
    EditionKind,
    Origin,
    Policy,
    PolicyKind,
    PolicyScope,
    Source,
    Text,
    Verdict,
    Verification,
    to_json,
)
from monitor.registry import Permission, Registry, load_registry
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, cell, findings

Rows = Callable[..., list[tuple[object, ...]]]


def test_an_edition_is_read_byte_for_byte(store: Store) -> None:
    store.editions.save(findings())
    store.editions.save(findings())
    found = store.editions.latest(WEEK)
    assert found is not None
    assert to_json(found) == to_json(findings())
    assert store.editions.latest("2026-W48") is None
    assert store.editions.latest(WEEK, EditionKind.final) is None


def test_the_counts_and_limits_of_a_cell_stand_in_the_view(store: Store, rows: Rows) -> None:
    counts = {"screened": 240, "flagged_offers": 50, "checked": 31, "marked_sellers": 5}
    counts["third_looks"] = 1
    limits = {"judged_low": 0.06, "level": 0.99, "high_with_refused": 0.2}
    store.editions.save(findings(cells=(cell(**counts, **limits),)))
    query = f"SELECT {', '.join(counts | limits)} FROM estimates"
    assert rows(query) == [tuple((counts | limits).values())]


def test_the_latest_edition_is_read(store: Store) -> None:
    final = findings(edition=EditionKind.final, as_of=MONDAY + timedelta(days=4))
    corrected = findings(edition=EditionKind.corrected, as_of=MONDAY + timedelta(days=9))
    for each in (corrected, findings(), final):
        store.editions.save(each)
    assert store.editions.latest(WEEK) == corrected
    assert store.editions.latest(WEEK, EditionKind.final) == final
    assert store.editions.all() == tuple(
        (WEEK, each.edition, each.as_of) for each in (findings(), final, corrected)
    )


def test_an_edition_of_another_version_is_named(store: Store, rows: Rows) -> None:
    rows(
        "INSERT INTO edition (week, kind, as_of, origin, sha256, findings, saved_at) VALUES"
        " (:week, 'final', :at, 'live', :sha256, '{\"week\": 47}', :at)",
        week=WEEK, at="2026-11-27 00:00:00", sha256="0" * 64,
    )  # fmt: skip
    with pytest.raises(StoreError, match=f"edition of {WEEK} was frozen by another version"):
        store.editions.latest(WEEK)


def test_findings_are_packed_and_plain_ones_are_read(store: Store, rows: Rows) -> None:
    store.editions.save(findings())
    ((packed,),) = rows("SELECT findings FROM edition")
    assert zlib.decompress(b64decode(str(packed))) == to_json(findings())
    before = findings(edition=EditionKind.final, as_of=MONDAY + timedelta(days=4))
    rows(
        "INSERT INTO edition (week, kind, as_of, origin, sha256, findings, saved_at) VALUES"
        " (:week, 'final', :at, 'live', :sha256, :plain, :at)",
        week=WEEK, at="2026-11-27 00:00:00", sha256="0" * 64, plain=to_json(before).decode(),
    )  # fmt: skip
    assert store.editions.latest(WEEK, EditionKind.final) == before, "of an earlier Pantau"


def test_an_edition_is_frozen(store: Store, rows: Rows) -> None:
    store.editions.save(findings())
    with pytest.raises(StoreError, match=f"provisional edition of {WEEK} as of .* is frozen"):
        store.editions.save(findings(cells=()))
    for sql in ("UPDATE edition SET findings = '{}'", "DELETE FROM cell", "DELETE FROM edition"):
        with pytest.raises(Exception, match="only ever appended"):
            rows(sql)


def test_findings_can_be_emptied_and_nothing_else(store: Store, rows: Rows) -> None:
    final = findings(edition=EditionKind.final, as_of=MONDAY + timedelta(days=4))
    for each in (findings(), final):
        store.editions.save(each)
    name = (WEEK, EditionKind.provisional, MONDAY)
    hash_before = store.editions.sha256(*name)
    assert store.editions.remove_findings([name]) > 100
    assert store.editions.removed() == {name}
    assert store.editions.latest(*name) is None
    assert store.editions.latest(WEEK) == final
    assert store.editions.sha256(*name) == hash_before
    assert rows("SELECT count(*) FROM cell") == [(4,)]
    for change in ("sha256 = '0', findings = ''", "kind = 'final', findings = ''"):
        with pytest.raises(Exception, match="only ever appended"):
            rows(f"UPDATE edition SET {change} WHERE kind = 'provisional'")


def test_an_edition_with_a_broken_cell_leaves_nothing(store: Store) -> None:
    with pytest.raises(StoreError, match="ck_cell_interval_order"):
        store.editions.save(findings(cells=(cell(low=0.5, high=0.1),)))
    assert store.editions.all() == ()


def test_simulated_findings_stay_out(store: Store) -> None:
    store.editions.save(findings())
    with pytest.raises(StoreError, match="takes no simulated data"):
        store.editions.save(findings(week="2026-W48", origin=Origin.simulated))


def test_estimates_show_the_newest_edition(store: Store, rows: Rows) -> None:
    store.editions.save(findings())
    later = MONDAY + timedelta(days=4)
    low = cell(estimate=0.02, low=0.0, high=0.04, verdict=Verdict.breaches_found)
    store.editions.save(findings(edition=EditionKind.final, as_of=later, cells=(low,)))
    found = rows("SELECT platform, edition, estimate, verdict FROM estimates")
    assert found == [("lazada", "final", 0.02, "breaches_found")]


def policy(**changes: Any) -> Policy:
    known: dict[str, Any] = {
        "id": "akar-2021",
        "title": Text(id="Komitmen AKAR", en="AKAR commitment"),
        "kind": PolicyKind.promise,
        "scope": PolicyScope.seller_cross_border,
        "platforms": ("lazada",),
        "verification": Verification.press,
        "sources": (Source(title="Siaran pers", publisher="Kementerian"),),
        "from_": datetime(2021, 8, 2, 17, tzinfo=UTC),
    }
    return Policy(**known | changes)


def test_every_wording_of_a_policy_is_kept(store: Store, rows: Rows) -> None:
    confirmed = policy(confirmed_by="Direktur", confirmed_on=date(2026, 11, 1))
    for policies in ((policy(),), (policy(), confirmed), (confirmed,)):
        store.registries.save(replace(load_registry(), policies=policies))
    found = rows("SELECT policy, confirmed_by FROM policy_version ORDER BY confirmed_by IS NULL")
    assert found == [("akar-2021", "Direktur"), ("akar-2021", None)]


def test_the_registry_is_kept_as_it_was_used(store: Store, rows: Rows) -> None:
    registry = load_registry()
    letter = Permission(
        platform="lazada", who="Lazada", reference="L-1", date=date(2026, 1, 2), paths=("/catalog",)
    )
    known = {name: getattr(registry, name) for name in registry.__struct_fields__}
    registry = Registry(**known | {"permissions": (letter,)})
    for _ in range(2):
        store.registries.save(registry)
    assert rows("SELECT count(*) FROM platform") == [(len(registry.platforms),)]
    assert rows("SELECT count(*) FROM policy_version") == [(len(registry.policies),)]
    assert rows("SELECT count(*) FROM entry") == [
        (len(registry.frame.entries) + len(registry.frame.second_way),)
    ]
    assert rows("SELECT version FROM frame_version") == [(registry.frame.version,)]
    assert rows("SELECT platform, reference FROM permission") == [("lazada", "L-1")]
