"""The shape of a page: where its listings stand, which keys they have, which fields are read.

The shapes of all pages that we ever held a spider against are in ``data/shapes.json``: those of the
tests and those of public captures. A shape has names of keys and shares only, no word of a page.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from parsel import Selector
from scrapy.http import TextResponse

from monitor.crawl.cards import Cards
from monitor.crawl.documents import is_json, readable
from monitor.crawl.fields import SCHEMA_ORG
from monitor.crawl.parsing import Page, judge, judge_item
from monitor.crawl.spider import PageError, PlatformSpider, first_nodes, key_counts, page_documents
from monitor.model import PageRole, UnitState, Value, from_json

SHAPES = Path(__file__).parent / "data" / "shapes.json"
_PRICE = re.compile(r"(?:Rp|US ?\$)\s*\d")
_POSITIONAL = {"platform", "rank"}
"""Fields that are not read from a listing."""


class Shape(Value):
    """The shape of a page with listings, in its ``role``.

    ``form`` is ``json`` (an answer), ``data`` (scripts of a page) or ``cards`` (as drawn).
    ``place`` is the path on which the listings stand, None for cards. ``keys`` and ``fields`` are
    the shares of the listings that have each key and tell each field, in [0, 1].
    """

    name: str
    role: PageRole
    form: str
    place: str | None
    keys: dict[str, float]
    fields: dict[str, float]

    def likeness(self, other: Shape) -> float:
        """The share of keys that the two have in common, of all that either has, in [0, 1]."""
        union = self.keys.keys() | other.keys.keys()
        return len(self.keys.keys() & other.keys.keys()) / len(union) if union else 0.0


def shape_of(
    spider: type[PlatformSpider], response: TextResponse, role: PageRole, name: str = ""
) -> Shape | None:
    """The shape of a page as the spider reads it; None where it shows no listing."""
    is_own = role is PageRole.own_page
    page = judge_item(spider, response) if is_own else judge(spider, response, control=True)
    return shape_of_page(spider, response, role, page, name)


def shape_of_page(
    spider: type[PlatformSpider], response: TextResponse, role: PageRole, page: Page, name: str = ""
) -> Shape | None:
    """The shape of a page that was judged already; None where it shows no listing."""
    if page.state is not UnitState.sampled:
        return None
    body = readable(response)
    with contextlib.suppress(PageError):
        if role is PageRole.own_page:
            form, place, nodes = _own_node(spider, body)
        else:
            form, place, nodes = _listing_nodes(spider, body)
        if nodes or page.envelope is None:
            keys = _shares(key_counts(nodes), len(nodes))
        else:
            place, keys = page.envelope, _shares(page.keys, page.nodes)
        names = [name for name in page.listings[0].__struct_fields__ if name not in _POSITIONAL]
        counts = {
            field: sum(getattr(listing, field) is not None for listing in page.listings)
            for field in names
        }
        fields = _shares(counts, len(page.listings))
        return Shape(name=name, role=role, form=form, place=place, keys=keys, fields=fields)
    return None


def _shares(counts: dict[str, int], number: int) -> dict[str, float]:
    return {name: round(count / number, 3) for name, count in sorted(counts.items()) if count}


def _listing_nodes(
    spider: type[PlatformSpider], page: TextResponse
) -> tuple[str, str | None, list[dict[str, Any]]]:
    """Form, place and nodes of a result page; of cards the parts that are there."""
    if spider.cards and not is_json(page) and (cards := spider.cards.nodes(page)):
        return "cards", None, [_filled_parts(card) for card in cards]
    form = "json" if is_json(page) else "data"
    documents = page_documents(page, spider.listing_scripts)
    for path in (*spider.listing_paths, *spider.unranked_paths):
        if nodes := first_nodes((path,), documents):
            return form, path, _objects(nodes)
    return form, None, []


def _own_node(
    spider: type[PlatformSpider], page: TextResponse
) -> tuple[str, str | None, list[dict[str, Any]]]:
    """Form, place and node of a listing's own page."""
    form = "json" if is_json(page) else "data"
    documents = page_documents(page, spider.item_scripts)
    for path in (*spider.item_paths, SCHEMA_ORG):
        if nodes := first_nodes((path,), documents):
            return form, path, _objects(nodes[:1])
    return form, None, []


def _objects(nodes: Iterable[Any]) -> list[dict[str, Any]]:
    return [node for node in nodes if isinstance(node, dict)]


def _filled_parts(card: dict[str, str | None]) -> dict[str, str]:
    return {name: words for name, words in card.items() if words}


@cache
def known_shapes() -> dict[str, tuple[Shape, ...]]:
    """The shapes of all pages that a spider was ever held against, by platform."""
    return from_json(SHAPES.read_bytes(), dict[str, tuple[Shape, ...]])


def nearest(shape: Shape, shapes: Iterable[Shape]) -> tuple[Shape, float] | None:
    """The known shape of the same role with the most keys in common, and how like it is.

    Of equal ones that of the same form counts; None where no key is in common.
    """
    ranked = [
        (shape.likeness(candidate), candidate.form == shape.form, candidate)
        for candidate in shapes
        if candidate.role is shape.role
    ]
    likeness, _, best = max(ranked, key=lambda entry: entry[:2], default=(0.0, False, None))
    return (best, likeness) if best and likeness else None


def card_class(
    page: TextResponse, spider: type[PlatformSpider], addresses: Collection[str] = ()
) -> tuple[str, int] | None:
    """The element and class under which most links to own pages stand, as CSS, and how many.

    Such a link has the platform's id in its address, or is one of ``addresses``; where neither is
    there to tell, its words have a price. None where the page has no such link.
    """
    if is_json(page):
        return None
    counts: dict[str, int] = {}
    for link in page.xpath("//a[@href]"):
        if not _leads_to_offer(link, page, spider.item_id_pattern, addresses):
            continue
        for element in link.xpath("ancestor-or-self::*[@class or @data-testid][1]"):
            css = _css_of(element)
            counts[css] = counts.get(css, 0) + 1
    if not counts:
        return None
    css = max(counts, key=lambda name: counts[name])
    return css, counts[css]


def _leads_to_offer(
    link: Selector, page: TextResponse, pattern: str | None, addresses: Collection[str]
) -> bool:
    address = link.attrib["href"]
    if pattern and re.search(pattern, address):
        return True
    if addresses:
        return page.urljoin(address) in addresses
    return not pattern and bool(_PRICE.search(" ".join(link.xpath(".//text()").getall())))


def _css_of(element: Selector) -> str:
    """An element as CSS: by its first class, else by its test id."""
    names = element.attrib.get("class", "").split()
    if names:
        return f"{element.root.tag}.{names[0]}"
    test_id = element.attrib.get("data-testid")
    return f'[data-testid="{test_id}"]' if test_id else str(element.root.tag)


def declared(cards: Cards | None) -> str:
    """The selector of a platform's cards, in words."""
    return cards.css if cards else "none declared"


def shapes_json(shapes: dict[str, list[Shape]]) -> str:
    """The file ``data/shapes.json``: one shape a line, so that a change shows where it is."""
    platforms = []
    for platform, of_platform in sorted(shapes.items()):
        lines = ",\n".join(
            f"  {json.dumps(msgspec.to_builtins(shape), ensure_ascii=False)}"
            for shape in sorted(of_platform, key=lambda shape: shape.name)
        )
        platforms.append(f' "{platform}": [\n{lines}\n ]')
    return "{\n" + ",\n".join(platforms) + "\n}\n"
