"""The evidence of one listing, gathered from the store, as a package to hand over."""

from __future__ import annotations

from pathlib import Path

from monitor.crawl.evidence import EvidenceError, pack
from monitor.store import Store


def pack_listing(store: Store, folder: Path, name: str, out: Path) -> Path:
    """Write the WACZ of ``platform/item_id`` to ``out``: every page it was seen on, every visit.

    Raises ``EvidenceError`` where the store does not know it or no evidence of it was kept.
    """
    platform, _, item_id = name.partition("/")
    seen = store.listing_history(platform, item_id)
    visits = [
        visit
        for week in store.weeks()
        for visit in store.visits(week)
        if (visit.platform, visit.item_id) == (platform, item_id)
    ]
    if not seen and not visits:
        raise EvidenceError(f"{name}: no such listing; write it as platform/item_id")
    pages = {one.received.evidence: one.received for one in seen if one.received}
    newest = seen[-1].listing if seen else next((v.listing for v in visits if v.listing), None)
    if newest is None:
        raise EvidenceError(f"{name}: was visited, but never read")
    return pack(folder, out, listing=newest, pages=tuple(pages.values()), visits=visits)
