"""The shapes of the pages that spiders are held against: of the tests, and of public captures."""

from __future__ import annotations

from pathlib import Path

from scrapy.http import TextResponse

from monitor.crawl.parsing import judge, judge_item, recognise
from monitor.crawl.saved.page_cases import case_files, case_response
from monitor.crawl.shapes import SHAPES, Shape, shape_of, shapes_json
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
    for path in case_files(folder):
        if path.parent.name not in spiders:
            continue
        response = case_response(path)
        platform = recognise(response, spiders) or path.parent.name
        role = role_of(spiders[platform], response)
        if role and (shape := shape_of(spiders[platform], response, role, f"{prefix}/{path.stem}")):
            shapes.setdefault(platform, []).append(shape)
    return shapes


def written(*parts: dict[str, list[Shape]]) -> dict[str, list[Shape]]:
    """The shapes of several folders in one."""
    names = sorted({name for part in parts for name in part})
    return {name: [shape for part in parts for shape in part.get(name, [])] for name in names}


if __name__ == "__main__":
    captures = PAGES.parents[1].parent / "shared" / "captures"
    if not captures.is_dir():
        raise SystemExit(f"{captures}: is not there, and its shapes would be lost")
    every_shape = written(shapes_in(PAGES, "pages"), shapes_in(captures, "captures"))
    SHAPES.write_text(shapes_json(every_shape), encoding="utf-8")
