"""The base of every platform: what a page shows, read from declared places and fields.

A platform is one module in ``spiders/``: where its pages keep the listings, and how each field of
``Listing`` is read. The same code serves a live crawl, a saved page and old evidence, so nothing
here reads a clock, a setting, a database or the network.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from monitor.crawl import fields as read
from monitor.crawl.cards import Cards
from monitor.crawl.documents import documents, is_json, readable
from monitor.crawl.fields import PRODUCT, SCHEMA_ORG, Fields, search
from monitor.model import Listing, Money

__all__ = ["Cards", "Fields", "PageError", "PlatformSpider", "host_of", "load_spiders", "read"]

_log = logging.getLogger(__name__)

# A wrong one of these changes what a listing is accused of; any other unreadable field is null.
_DECISIVE = {
    "item_id",
    "title",
    "price",
    "currency",
    "ship_from",
    "ship_from_country",
    "cross_border_flag",
}


class PageError(ValueError):
    """A page that cannot be read: its URL, the field, and what is wrong with it."""

    def __init__(self, url: str, field: str, problem: str) -> None:
        super().__init__(f"{url}: {field}: {problem}")
        self.url, self.field, self.problem = url, field, problem


class PlatformSpider(scrapy.Spider):
    """One platform. Subclasses declare; ``listings`` and ``detail`` are pure."""

    markers: ClassVar[tuple[str, ...]] = ()
    """Words that stand in this platform's responses and in no other's."""
    minimum_listings: ClassVar[int] = 1
    """Listings a full result page has at least; a run below it has failed."""
    no_results: ClassVar[tuple[str, ...]] = ()
    """What the platform itself says, in lower case, when a search finds nothing."""
    currency: ClassVar[str | None] = "IDR"
    """The currency of a price that does not say its own."""
    embedded: ClassVar[tuple[str, ...]] = ()
    """JavaScript variables that hold the listings of an HTML page."""
    places: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the listing nodes of a page, one a payload generation; the first counts."""
    item_data: ClassVar[tuple[str, ...]] = ("window.pdpData", "application/ld+json")
    """JavaScript variables, or types of scripts with JSON, that hold a listing on its own page."""
    items: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the node of a listing's own page or answer, as a list of one."""
    item_url: ClassVar[str | None] = None
    """The id in the address of a listing's own page, as a pattern with one group; a page without
    data of the platform's own has it from there, else from the product's ``sku``."""
    gone: ClassVar[tuple[str, ...]] = ()
    """What the platform itself says, in lower case and without its closing mark, on the page of a
    listing that is no longer offered."""
    gone_data: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the node of a listing's own answer that says so, as a list of one."""
    known: ClassVar[str] = "`[]`"
    """JMESPath to further nodes that tell more about rendered cards."""
    total: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to how many results the platform says there are."""
    abroad: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to how many of them ship from abroad, by the platform's own count."""
    cards: ClassVar[Cards | None] = None
    fields: ClassVar[Fields]
    """How each field of ``Listing`` is read from a node or a card."""

    @classmethod
    def listings(cls, response: Response) -> tuple[Listing, ...]:
        """The listings of a page, ranked from 1; of a listing's own JSON the one, unranked.

        Where cards are rendered they are the places, and what the page's data know of the same
        listing completes them. Raises ``PageError``.
        """
        page = readable(response)
        found = cls._documents(page, cls.embedded)
        nodes = cls._first(cls.places, found)
        if cards := cls.cards.nodes(page) if cls.cards and not is_json(page) else []:
            rows = cls._completed(cards, [*nodes, *cls._first((cls.known,), found)], page.url)
        elif nodes:
            rows = [cls._row(node, page.url, rank) for rank, node in enumerate(nodes, 1)]
        else:
            own = cls._first(cls.items, found)[:1] if is_json(page) else []
            rows = [cls._row(node, page.url, None) for node in own]
        return tuple(cls._listing(row, page.url) for row in rows)

    @classmethod
    def detail(cls, response: Response) -> Listing | None:
        """The listing of its own page; None where the page holds none. Raises ``PageError``.

        What the platform's own data leave open, a schema.org ``Product`` on the page may tell.
        """
        page = readable(response)
        found = cls._documents(page, cls.item_data)
        row: dict[str, Any] = {"rank": None}
        for product in cls._first((SCHEMA_ORG,), found)[:1]:
            row = cls._row(product, page.url, None, PRODUCT)
            if cls.item_url:
                in_address = re.search(cls.item_url, page.url)
                row["item_id"] = in_address and in_address[1]
        for node in cls._first(cls.items, found)[:1]:
            row = _filled(row, cls._row(node, page.url, None))
        return cls._listing(row, page.url) if len(row) > 1 else None

    @classmethod
    def total_results(cls, response: Response) -> int | None:
        """How many results the platform itself says there are. Raises ``PageError``."""
        return cls._count(cls.total, response)

    @classmethod
    def foreign_results(cls, response: Response) -> int | None:
        """How many of them it counts as shipped from abroad. Raises ``PageError``."""
        return cls._count(cls.abroad, response)

    @classmethod
    def _count(cls, paths: tuple[str, ...], response: Response) -> int | None:
        if not paths:
            return None
        for document in cls._documents(readable(response), cls.embedded):
            for path in paths:
                with contextlib.suppress(ValueError):
                    if (found := read.count(path)(document)) is not None:
                        return int(found)
        return None

    @classmethod
    def says_gone(cls, response: Response) -> bool:
        """Whether a listing's own answer says that it is no longer offered. Raises ``PageError``.

        The words of a page are another matter: they may stand there without its data.
        """
        page = readable(response)
        found = cls._documents(page, ()) if is_json(page) else []
        return bool(cls._first(cls.gone_data, found))

    @classmethod
    def _documents(cls, page: TextResponse, names: tuple[str, ...]) -> list[Any]:
        try:
            return list(documents(page, names))
        except ValueError as error:
            raise PageError(page.url, "document", f"cannot be read: {error}"[:160]) from error

    @staticmethod
    def _first(paths: Iterable[str], found: list[Any]) -> list[Any]:
        for path in paths:
            for document in found:
                with contextlib.suppress(ValueError):
                    if (nodes := search(path, document)) and isinstance(nodes, list):
                        return nodes
        return []

    @classmethod
    def _row(
        cls, node: Any, url: str, rank: int | None, fields: Fields | None = None
    ) -> dict[str, Any]:
        row: dict[str, Any] = {"rank": rank}
        for name, field in (fields or cls.fields).items():
            try:
                row[name] = field(node)
            except (ValueError, AttributeError) as error:
                if name in _DECISIVE:
                    raise PageError(url, name, f"listing {rank or 1}: {error}") from error
                _log.warning("%s: %s: listing %s: %s", url, name, rank or 1, error)
        return row

    @classmethod
    def _completed(cls, cards: list[Any], known: list[Any], url: str) -> list[dict[str, Any]]:
        named: dict[str, Any] = {}
        for node in known:
            for key in ("item_id", "url"):
                with contextlib.suppress(KeyError, ValueError, AttributeError):
                    if (name := cls.fields[key](node)) is not None:
                        named.setdefault(f"{key} {name}", node)
        rows = []
        for rank, card in enumerate(cards, 1):
            row = cls._row(card, url, rank)
            names = (f"{key} {row.get(key)}" for key in ("item_id", "url"))
            node = next((named[name] for name in names if name in named), None)
            more = cls._row(node, url, rank) if node is not None else {}
            rows.append(_filled(row, more))
        return rows

    @classmethod
    def _listing(cls, row: dict[str, Any], url: str) -> Listing:
        for name in ("item_id", "title"):
            if row.get(name) is None:
                raise PageError(url, name, f"listing {row['rank'] or 1}: missing")
        price: Any = row.get("price")
        currency = row.get("currency") or cls.currency
        if isinstance(price, Money):
            price, currency = price.amount, price.currency
        priced = {"price": price, "currency": currency if price is not None else None}
        return Listing(platform=cls.name, **{**row, **priced})


def _filled(row: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return row | {key: value for key, value in more.items() if value is not None}


def load_spiders() -> dict[str, type[PlatformSpider]]:
    """Every platform in ``spiders/`` by its id, as Scrapy finds them."""
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders"]}))
    found = {name: loader.load(name) for name in sorted(loader.list())}
    return {name: spider for name, spider in found.items() if issubclass(spider, PlatformSpider)}


def host_of(url: str) -> str:
    """The host of a URL, in lower case; empty where it has none or is no URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
