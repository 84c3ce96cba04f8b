"""Values that tests of several areas are made of; what a test is about, it names itself."""

from __future__ import annotations

from typing import Any

from monitor.model import (
    Classification,
    Cluster,
    CrossBorder,
    EntryKind,
    Listing,
    Observation,
    Origin,
    PlannedUnit,
    Stratum,
)

CRAFTS = Cluster.crafts
WEEK = "2026-W47"


def classification(status: CrossBorder | str, **changes: Any) -> Classification:
    """A certain decision; ``changes`` are fields of ``Classification``."""
    fields: dict[str, Any] = {
        "cluster": CRAFTS,
        "cluster_score": 1.0,
        "cross_border": CrossBorder(status),
        "cross_border_score": 1.0,
        "classifier": "c1",
    }
    return Classification(**fields | changes)


def observation(
    number: int,
    status: CrossBorder | str = "domestic",
    *,
    item: str | None = None,
    platform: str = "toko",
    cluster: Cluster = CRAFTS,
    offer: dict[str, Any] | None = None,
    decision: dict[str, Any] | None = None,
    **changes: Any,
) -> Observation:
    """Observation ``number`` of a listing screened as ``status``, on entry ``e<number>``.

    Its ``item`` id is the number unless given. ``offer``, ``decision`` and ``changes`` are fields
    of its ``Listing``, its ``Classification`` and the ``Observation`` itself.
    """
    item = str(number) if item is None else item
    listing = {"platform": platform, "item_id": item, "title": f"Kain {item}"}
    fields: dict[str, Any] = {
        "id": number,
        "listing_version_id": number,
        "version": f"v-{item}",
        "origin": Origin.live,
        "entry_id": f"e{number}",
        "cluster": cluster,
        "listing": Listing(**listing | (offer or {})),
        "classification": classification(status, **{"cluster": cluster} | (decision or {})),
    }
    return Observation(**fields | changes)


def planned_unit(number: int, **changes: Any) -> PlannedUnit:
    """The only page of keyword entry ``e<number>``; ``changes`` are fields of ``PlannedUnit``."""
    platform, week = changes.get("platform", "toko"), changes.get("week", WEEK)
    fields: dict[str, Any] = {
        "id": f"{week}/{platform}/e{number}/1",
        "week": week,
        "platform": platform,
        "cluster": CRAFTS,
        "stratum": Stratum.head,
        "entry_id": f"e{number}",
        "kind": EntryKind.keyword,
        "query": f"kain {number}",
        "page": 1,
        "url": f"https://{platform}.example/cari?q=kain+{number}",
        "position": number,
        "probability": 1.0,
    }
    return PlannedUnit(**fields | changes)
