"""The world of a seed stays the same: hashes of served pages.

``python -m tests.demo.test_golden`` renews them after a change that is meant.
"""

from __future__ import annotations

import json
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from monitor.demo import DemoServer

WEEK = "2026-W47"
GOLDEN = Path(__file__).with_name("golden.json")
URLS = (
    "www.lazada.co.id/catalog/?ajax=true&page=1&q=gamis%20wanita",
    "www.lazada.co.id/tag/kopi-bubuk/?page=2",
    "www.lazada.co.id/gambar-simulasi/1.png",
    "www.lazada.co.id/products/-i6000000001.html",
    "shopee.co.id/api/v4/search/search_items?by=relevancy&keyword=gamis&limit=60&newest=60",
    "shopee.co.id/search?keyword=gamis",
    "www.tokopedia.com/find/batik-tulis?page=1",
    "www.tokopedia.com/robots.txt",
    "gql.tokopedia.com/graphql/SearchProductV5Query?page=1&q=keripik",
    "www.blibli.com/jual/ukiran-kayu?page=1",
    "www.blibli.com/backend/search/products?page=1&searchTerm=mukena",
    "shop-id.tokopedia.com/c/shoes/601352?page=1",
    "www.aliexpress.com/w/wholesale-hijab.html?page=1",
)


def served_hashes() -> dict[str, str]:
    """The SHA-256 of each page of ``URLS`` under seed 1."""
    hashes = {}
    with DemoServer(seed=1, week=WEEK) as server:
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        for url in URLS:
            connection.request("GET", f"/{url}")
            hashes[url] = sha256(connection.getresponse().read()).hexdigest()
        connection.close()
    return hashes


def test_a_seed_serves_the_pages_it_always_served() -> None:
    golden_hashes = json.loads(GOLDEN.read_text("utf-8"))
    assert served_hashes() == golden_hashes, "if this is meant: python -m tests.demo.test_golden"


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(served_hashes(), indent=1) + "\n", "utf-8")
