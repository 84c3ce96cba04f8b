"""The shapes of the pages that spiders are held against: of the tests, and of public captures."""

from __future__ import annotations

import re
from pathlib import Path

from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.parsing import judge, judge_item, recognise
from monitor.crawl.shapes import Shape, shape_of
from monitor.crawl.spider import PlatformSpider, load_spiders
from monitor.model import PageRole, UnitState

PAGES = Path(__file__).parent / "pages"


def role_of(spider: type[PlatformSpider], response: TextResponse) -> PageRole | None:
    """What a page is: a result page, or an own page; None where it shows no listing."""
    shown = judge(spider, response, control=True)
    if any(listing.rank is not None for listing in shown.listings):
        return PageRole.listings
    own = judge_item(spider, response)
    return PageRole.own_page if own.state is UnitState.sampled else None


def shapes_in(folder: Path, prefix: str) -> dict[str, list[Shape]]:
    """The shapes of the pages in a folder by platform, named ``<prefix>/<file>``."""
    spiders = load_spiders()
    shapes: dict[str, list[Shape]] = {}
    for path in sorted(folder.glob("*/*")):
        is_page = path.suffix in {".json", ".html"} and ".expected" not in path.name
        if not is_page or path.parent.name not in spiders:
            continue
        body = path.read_bytes()
        kind = HtmlResponse if path.suffix == ".html" else TextResponse
        link = re.search(rb'<link rel="canonical" href="([^"]+)"', body)
        response = kind(link[1].decode() if link else "https://saved.example/", body=body)
        platform = recognise(response, spiders) or path.parent.name
        role = role_of(spiders[platform], response)
        if role and (shape := shape_of(spiders[platform], response, role, f"{prefix}/{path.stem}")):
            shapes.setdefault(platform, []).append(shape)
    return shapes


def written(*parts: dict[str, list[Shape]]) -> dict[str, list[Shape]]:
    """The shapes of several folders in one."""
    names = sorted({name for part in parts for name in part})
    return {name: [shape for part in parts for shape in part.get(name, [])] for name in names}
