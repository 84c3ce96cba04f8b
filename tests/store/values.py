"""Values the tests of the store are made of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from monitor.model import (
    Answer,
    Case,
    CaseEvent,
    Cell,
    Classification,
    Cluster,
    CrossBorder,
    EditionKind,
    EntryKind,
    Findings,
    Label,
    LabelKind,
    Listing,
    Mark,
    Origin,
    Plan,
    PlannedUnit,
    ResponseRecord,
    RobotsDecision,
    SampledPage,
    Signal,
    Stratum,
    UnitState,
    Verdict,
    Versions,
)
from monitor.store import Store

WEEK = "2026-W47"
MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


def listing(item: str = "101", **changes: Any) -> Listing:
    known: dict[str, Any] = {
        "platform": "lazada",
        "item_id": item,
        "title": f"Mukena bordir {item}",
        "url": f"https://www.lazada.co.id/products/i{item}.html?spm=a2o4j",
        "image_url": f"https://id-live.slatic.net/p/{item}.jpg",
        "price": Decimal("129900"),
        "currency": "IDR",
        "seller_id": "77",
        "seller_name": "Toko Contoh",
        "official_store": False,
        "ship_from": "Luar Negeri",
        "ship_from_country": "CN",
        "cross_border_flag": True,
        "category_id": "3030",
        "category_path": "Fashion > Muslim",
        "brand": "No Brand",
        "rating": 4.5,
        "sold": 12,
        "rank": 1,
        "sponsored": False,
    }
    return Listing(**known | changes)


def unit(
    number: int = 0, week: str = WEEK, platform: str = "lazada", **changes: Any
) -> PlannedUnit:
    known: dict[str, Any] = {
        "id": f"{week}/{platform}/kata-{number}/1",
        "week": week,
        "platform": platform,
        "cluster": Cluster.textile_fashion,
        "stratum": Stratum.head,
        "entry_id": f"kata-{number}",
        "kind": EntryKind.keyword,
        "query": f"mukena {number}",
        "page": 1,
        "url": f"https://www.lazada.co.id/catalog/?q=mukena+{number}&page=1",
        "position": number,
        "probability": 0.5,
    }
    return PlannedUnit(**known | changes)


def plan(units: int | tuple[PlannedUnit, ...] = 3, week: str = WEEK, **changes: Any) -> Plan:
    known: dict[str, Any] = {
        "week": week,
        "frame_version": "f1",
        "seed": 20210803,
        "drawn_at": MONDAY - timedelta(hours=3),
        "units": (
            tuple(unit(number, week) for number in range(units))
            if isinstance(units, int)
            else units
        ),
    }
    return Plan(**known | changes)


def received(body: str = "page", **changes: Any) -> ResponseRecord:
    known: dict[str, Any] = {
        "url": "https://www.lazada.co.id/catalog/",
        "size": len(body),
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
        "status": 200,
        "content_type": "text/html",
        "evidence": "lazada-1.warc.gz#0",
    }
    return ResponseRecord(**known | changes)


def page(planned: PlannedUnit | None = None, body: str = "page", **changes: Any) -> SampledPage:
    known: dict[str, Any] = {
        "platform": "lazada",
        "url": planned.url if planned else "https://www.lazada.co.id/catalog/?q=batik",
        "state": UnitState.sampled,
        "origin": Origin.live if planned else Origin.saved,
        "unit_id": planned.id if planned else None,
        "observed_at": MONDAY,
        "robots": RobotsDecision(
            allowed=True, robots_url="https://www.lazada.co.id/robots.txt", fetched_at=MONDAY
        ),
        "received": received(body),
        "listings": (listing("101"), listing("102", rank=2)),
        "total_results": 4000,
        "parser": "1",
    }
    known |= changes
    if known["state"] is not UnitState.sampled:
        known |= {"listings": (), "total_results": None}
    return SampledPage(**known)


def decision(**changes: Any) -> Classification:
    known: dict[str, Any] = {
        "cluster": Cluster.textile_fashion,
        "cluster_score": 0.97,
        "cross_border": CrossBorder.cross_border,
        "cross_border_score": 0.99,
        "classifier": "c1",
        "category": "mukena",
        "imported_goods": None,
        "signals": (Signal(kind="ship_from", text="Luar Negeri"),),
    }
    return Classification(**known | changes)


def cell(**changes: Any) -> Cell:
    known: dict[str, Any] = {
        "week": WEEK,
        "platform": "lazada",
        "cluster": Cluster.textile_fashion,
        "policy": "akar-2021",
        "primary": True,
        "planned": 60,
        "sampled": 55,
        "places": 2200,
        "flagged": 210,
        "suspected": 12,
        "audited": 40,
        "confirmed": 18,
        "coverage": 0.95,
        "estimate": 0.0931,
        "low": 0.07,
        "high": 0.12,
        "tolerance": 0.01,
        "verdict": Verdict.non_compliant,
    }
    return Cell(**known | changes)


OFFER = listing("10101")


def case(*events: CaseEvent, **changes: Any) -> Case:
    known: dict[str, Any] = {
        "id": "lazada-10101",
        **{name: getattr(OFFER, name) for name in ("platform", "item_id", "title", "url")},
        **{name: getattr(OFFER, name) for name in ("seller_name", "ship_from", "price")},
        "currency": OFFER.currency,
        "cluster": Cluster.textile_fashion,
        "category": None,
        "policies": ("akar-2021",),
        "seller_key": OFFER.seller_id,
        "mark": Mark.dispatch,
        "is_proven": True,
        "judged_by": 2,
        "third_look": False,
        "first_seen": MONDAY,
        "confirmed": MONDAY,
        "last_seen": MONDAY,
        "weeks": (),
        "events": events,
    }
    return Case(**known | changes)


def findings(**changes: Any) -> Findings:
    known: dict[str, Any] = {
        "week": WEEK,
        "edition": EditionKind.provisional,
        "origin": Origin.live,
        "as_of": MONDAY,
        "platforms": (),
        "policies": (),
        "cells": (cell(), cell(platform="shopee", estimate=None, low=None, high=None)),
        "listings": (),
        "coverage": (),
        "cases": (case(),),
        "versions": Versions(software="0.1", parser="1", classifier="c1", frame="f", registry="r"),
    }
    return Findings(**known | changes)


SELLER = "Toko Rahasia Guangzhou"


def fill(store: Store) -> None:
    store.plans.save(plan())
    run = store.runs.start("crawl", Origin.live, MONDAY)
    items = (
        listing("10101", seller_id="770077", seller_name=SELLER, title="Mukena bordir"),
        listing(
            "10202",
            seller_id="770077",
            seller_name=SELLER,
            title=f"Gamis {SELLER.lower()} (asli)",
            rank=2,
        ),
    )
    store.pages.save(run, page(unit(), listings=items))
    signal = Signal(kind="seller_name", text=SELLER)
    store.classifications.save(
        (number, decision(signals=(signal,))) for number, _ in store.classifications.pending("c1")
    )
    store.screens.freeze(WEEK, "c1")
    store.annotators.invite("sari", "a" * 64, MONDAY)
    first = next(store.observations.of_week(WEEK))
    store.labels.append(
        Label(
            platform="lazada",
            item_id="10101",
            version=first.version,
            week=WEEK,
            annotator="sari",
            kind=LabelKind.first,
            at=MONDAY,
            answer=Answer.yes,
            note=SELLER,
        )
    )
