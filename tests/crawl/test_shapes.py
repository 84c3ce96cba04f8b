"""The known shapes are those of the pages that the spiders are held against."""

from __future__ import annotations

from monitor.crawl.shapes import known_shapes, nearest, shape_of
from monitor.crawl.spider import load_spiders
from monitor.model import PageRole
from tests.shapes import PAGES, case_response, shapes_in


def test_the_shapes_of_the_test_pages_are_known() -> None:
    for platform, shapes in shapes_in(PAGES, "pages").items():
        known = {shape.name: shape for shape in known_shapes()[platform]}
        for shape in shapes:
            assert known.get(shape.name) == shape, (
                f"{platform} {shape.name}: run make shapes, with ../shared beside the project"
            )
        names = {shape.name for shape in shapes}
        assert {name for name in known if name.startswith("pages/")} == names


def test_a_page_is_most_like_itself() -> None:
    spider = load_spiders()["lazada"]
    response = case_response(PAGES / "lazada/catalogue.json")
    shape = shape_of(spider, response, PageRole.listings)
    assert shape
    like = nearest(shape, known_shapes()["lazada"])
    assert like
    assert (like[0].name, like[1]) == ("pages/catalogue", 1.0)
