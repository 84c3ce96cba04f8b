"""No shop of the real captures can be read in a public release of them."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.crawl.saved import ingest
from monitor.model import EditionKind, Listing, SampledPage
from monitor.model.shop_names import letters, names_a_shop
from monitor.research.schema import Table
from monitor.research.tables import PUBLIC

from .conftest import release
from .test_package import rows
from .weeks import make_week, registry

pytestmark = pytest.mark.acceptance


def captured(shared: Path) -> dict[str, dict[str, Listing]]:
    """The listings of all captures by platform and item, of those that came as tables, too."""
    listings: dict[str, dict[str, Listing]] = defaultdict(dict)

    def take(page: SampledPage) -> None:
        for listing in page.listings:
            listings[listing.platform].setdefault(listing.item_id, listing)

    ingest([shared / "captures"], registry=registry(), on_page=take)
    for path in sorted((shared / "captures" / "tokopedia").glob("tokopedia_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                listings["tokopedia"][row["id"]] = Listing(
                    platform="tokopedia",
                    item_id=row["id"],
                    title=row["name"],
                    price=Decimal(row.get("price_number") or 50_000),
                    currency="IDR",
                    seller_id=row["shop_id"],
                    seller_name=row["shop_name"],
                    ship_from=row.get("shop_city") or None,
                    brand=row["shop_name"],
                )
    path = shared / "captures" / "lazada" / "lazada_id_store_watsons_2026-04_sample150.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            listings["lazada"][f"w{number}"] = Listing(
                platform="lazada",
                item_id=f"w{number}",
                title=row["nama_produk"],
                seller_name=row["nama_toko_lazada"],
                ship_from=row["lokasi"],
                brand=row["brand"],
            )
    return listings


def vocabulary(table: Table, column: str) -> set[str] | None:
    """All that a column may hold; None where that is no closed vocabulary."""
    (field,) = (field for field in table.fields if field.name == column)
    return set(field.codes) or None


def test_no_shop_and_no_brand_that_is_one(shared: Path, tmp_path: Path) -> None:
    listings = captured(shared)
    shops = {x.seller_name for of in listings.values() for x in of.values() if x.seller_name}
    brands = {x.brand for of in listings.values() for x in of.values() if x.brand}
    assert len(shops) > 200
    assert any("." in shop for shop in shops) and any(" " in shop for shop in shops)
    assert any(names_a_shop(brand, shops) for brand in brands)
    assert any(x.seller_name is None for of in listings.values() for x in of.values())
    week = {platform: list(of.values()) for platform, of in listings.items()}
    config = make_week(tmp_path / "home", week, kinds=[EditionKind.final])
    folder = release(config, tmp_path / "public")
    # Commodities are the registry's own words, and a shop may have taken one for its name.
    own_words = {*registry().categories, "any"}
    spelled = {letters(shop) for shop in shops} - {""}
    seen = set()
    for table in PUBLIC:
        words = {name: vocabulary(table, name) or set() for name in table.names}
        for row in rows(folder, table.name):
            seen |= {cell for name, cell in row.items() if cell not in words.get(name, own_words)}
            if table.name == "positions":
                assert row["category"] in {*own_words, ""}
    assert len(seen) > 300
    assert {cell for cell in seen - own_words if letters(cell) in spelled} == set()
    everything = "\n".join(map(letters, sorted(seen)))
    assert {shop for shop in spelled if len(shop) >= 6 and shop in everything} == set()
    assert len(rows(folder, "positions")) > 300
