"""Rows of the tables that both tiers have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from monitor.config import JAKARTA
from monitor.findings.inputs import EditionInputs
from monitor.findings.releases import releases
from monitor.model import EditionKind, Findings, UnitRecord
from monitor.registry import Registry
from monitor.research.tables import CELLS, ESTIMATES
from monitor.store import Store

Row = dict[str, Any]


def edition_ids(store: Store) -> dict[tuple[str, EditionKind, datetime], str]:
    """The id of each edition by week, kind and time: its folder below the reports."""
    numbers: dict[tuple[str, EditionKind], int] = {}
    ids = {}
    for week, kind, as_of in store.editions.all():
        number = numbers[week, kind] = numbers.get((week, kind), 0) + 1
        ids[week, kind, as_of] = f"{week}/{kind}" + (f"-{number}" if number > 1 else "")
    return ids


def edition_row(store: Store, edition: str, findings: Findings, sha256: str, newest: bool) -> Row:
    """The row of an edition."""
    versions = findings.versions
    let_out = {(release.edition, release.as_of) for release in releases(store, findings.week)}
    return {
        "edition": edition,
        "week": findings.week,
        "kind": findings.edition,
        "as_of": findings.as_of,
        "is_newest": newest,
        "was_released": (findings.edition, findings.as_of) in let_out,
        "sha256": sha256,
        **{name: getattr(versions, name)
           for name in ("software", "parser", "classifier", "frame", "registry")},
        "seed": None if versions.seed is None else str(versions.seed),
    }  # fmt: skip


def estimate_rows(edition: str, findings: Findings) -> Iterator[Row]:
    """A row for each cell of an edition, as it was frozen."""
    for cell in findings.cells:
        named = {"edition": edition, "is_primary": cell.primary,
                 "reason": cell.reason.code if cell.reason else None}  # fmt: skip
        yield named | {name: getattr(cell, name) for name in ESTIMATES.names if name not in named}


def cell_rows(edition: str, inputs: EditionInputs) -> Iterator[Row]:
    """A row for each cell of an edition: what its verdict is held to."""
    for cell in inputs.cells:
        named = {"edition": edition, "obstacle": cell.obstacle.code if cell.obstacle else None}
        yield named | {name: getattr(cell, name) for name in CELLS.names if name not in named}


def unit_rows(units: Iterable[UnitRecord]) -> Iterator[Row]:
    """A row for each planned page; an entry that is drawn for certain is of the core."""
    for record in units:
        unit = record.unit
        yield {
            "unit": unit.id,
            "entry": unit.entry_id,
            "entry_core": unit.probability >= 1.0,
            "order": unit.position,
            **{name: getattr(unit, name) for name in (
                "week", "platform", "cluster", "stratum", "kind", "query", "page", "probability",
                "weight", "collection", "inspector_probability")},
            **{name: getattr(record, name) for name in (
                "state", "mode", "reason", "places", "unreadable", "refused_crawler",
                "total_results")},
        }  # fmt: skip


def policy_rows(registry: Registry) -> Iterator[Row]:
    """A row for each wording of each policy."""
    for policy_id in dict.fromkeys(policy.id for policy in registry.policies):
        for wording, policy in enumerate(registry.policy(policy_id), 1):
            floor = policy.price_floor
            yield {
                "policy": policy.id,
                "wording": wording,
                "title_id": policy.title.id,
                "title_en": policy.title.en,
                **{name: " ".join(map(str, getattr(policy, name))) or None for name in
                   ("platforms", "clusters", "categories", "exempt_categories")},
                "price_floor": floor.amount if floor else None,
                "price_floor_currency": floor.currency if floor else None,
                "in_force_from": policy.from_ and policy.from_.astimezone(JAKARTA).date(),
                # ``until`` is the first moment after; the day before its moment is the last one.
                "in_force_until": policy.until
                and (policy.until.astimezone(JAKARTA) - timedelta(microseconds=1)).date(),
                **{name: getattr(policy, name) for name in
                   ("kind", "scope", "tolerance", "verification", "may_accuse", "announced",
                    "legal_basis")},
            }  # fmt: skip


def fill_rate_rows(edition: str, findings: Findings) -> Iterator[Row]:
    """A row for each platform and field of an edition."""
    for platform, rates in findings.signals.items():
        for rate in rates:
            shown = {name: getattr(rate, name) for name in
                     ("field", "listings", "share", "usual", "is_lost")}  # fmt: skip
            yield {"edition": edition, "platform": platform} | shown


def relisting_rows(edition: str, findings: Findings) -> Iterator[Row]:
    """A row for each platform of an edition with a take-down."""
    for relisting in findings.relisting:
        names = ("platform", "weeks", "taken_down", "relisted", "rate", "low", "watched",
                 "offer_weeks")  # fmt: skip
        yield {"edition": edition} | {name: getattr(relisting, name) for name in names}


def rate_rows(registry: Registry) -> Iterator[Row]:
    """A row for each rate of exchange."""
    for rate in registry.rates:
        yield {"currency": rate.currency, "from": rate.from_, "until": rate.until,
               "rupiah": rate.per_unit, "source": rate.source}  # fmt: skip
