"""Real pages of the platforms make the round trip through the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.crawl.saved.ingest import ingest
from monitor.model import Listing, SampledPage
from monitor.registry import load_registry
from monitor.store import Store

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"


def content(listing: Listing) -> dict[str, object]:
    """A listing but for addresses, whose query strings make no version."""
    fields = set(listing.__struct_fields__) - {"url", "image_url"}
    known = {name: getattr(listing, name) for name in sorted(fields)}
    return known | {"price": listing.price and float(listing.price)}


@pytest.mark.acceptance
def test_every_captured_listing_comes_back(store: Store) -> None:
    if not CAPTURES.is_dir():
        pytest.skip(f"{CAPTURES} is not here")
    pages: list[SampledPage] = []
    folders = [folder for folder in CAPTURES.iterdir() if folder.is_dir()]
    for _ in range(2):
        pages.clear()
        summary = ingest(folders, registry=load_registry(), store=store, on_page=pages.append)
    assert summary.counts["listings"] > 600
    written = [listing for page in pages for listing in page.listings]
    read = [seen.listing for seen in store.observations.of_week(None, planned=False)]
    assert len(read) == len(written)
    assert sorted(map(str, map(content, read))) == sorted(map(str, map(content, written)))
    assert {seen.received for seen in store.observations.of_week(None)} == {
        page.received for page in pages if page.listings
    }
