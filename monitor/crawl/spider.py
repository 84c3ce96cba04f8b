"""The base of every platform: what a page shows, read from declared paths and fields.

A platform is one module in ``spiders/``: where its pages keep the listings, and how each field of
``Listing`` is read. The same code serves a live crawl, a saved page and old evidence, so nothing
here reads a clock, a setting, a database or the network.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
import scrapy
from scrapy.http import Response, TextResponse
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from monitor.classify.displayed import OwnTexts
from monitor.config import PantauError
from monitor.crawl import fields as read
from monitor.crawl.cards import Cards
from monitor.crawl.documents import documents, groups_with, is_json, readable
from monitor.crawl.fields import PRODUCT, PRODUCT_DESCRIPTION, SCHEMA_ORG, Fields
from monitor.crawl.jmespaths import names_in, search
from monitor.model import Listing, Money, UnreadablePosition, Value

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


UNREADABLE_SHARE = 0.05
"""Share of a page's positions above which unreadable listings, if more than one, spoil the page."""

_NOT_RANKED = re.compile(
    r"(?i:recom|rcmd|similar|related|history|viewed|wishlist)|(?<![a-z])(?:ads?|Ads?)(?![a-z])|[a-z]Ads"
)
"""Paths of groups that no search ranked; ``payloads`` is no group of advertisements."""


class SpiderError(PantauError):
    """A platform's module declares what no platform has; the message names module and attribute."""


class PageError(ValueError):
    """A page that cannot be read: its URL, the field, and what is wrong with it."""

    def __init__(self, url: str, field: str, problem: str) -> None:
        super().__init__(f"{url}: {field}: {problem}")
        self.url, self.field, self.problem = url, field, problem


class ShownPage(Value):
    """What a result page shows: listings, and between them the positions that cannot be read.

    ``envelope`` is where the listings stand, if none of the declared paths leads there. Of
    ``nodes`` listings in the page's data ``keys`` counts those that have each key; a key of an
    object in a listing is written after a point (``shop.city``).
    """

    listings: tuple[Listing, ...] = ()
    unreadable: tuple[UnreadablePosition, ...] = ()
    envelope: str | None = None
    nodes: int = 0
    keys: dict[str, int] = msgspec.field(default_factory=dict)


class PlatformSpider(scrapy.Spider):
    """One platform. Subclasses declare; ``listings`` and ``detail`` are pure.

    ``docs/spiders.md`` lists the attributes. A JMESPath finds its nodes in the documents of a page;
    of several paths or documents the first that holds any counts.
    """

    markers: ClassVar[tuple[str, ...]] = ()
    """Words that stand in this platform's responses and in no other's."""
    unproven: ClassVar[tuple[str, ...]] = ()
    """What no capture of the platform confirms: its ``cards``, a listing's ``own page`` as HTML,
    the ``page data`` of a result page."""
    minimum_listings: ClassVar[int] = 1
    """Listings a full result page has at least; a run below it has failed."""
    no_results_texts: ClassVar[tuple[str, ...]] = ()
    """What the platform itself says, in lower case, when a search finds nothing."""
    default_currency: ClassVar[str | None] = "IDR"
    """The currency of a price that does not say its own."""
    listing_scripts: ClassVar[tuple[str, ...]] = ()
    """JavaScript variables, or types or ids of scripts with JSON, that hold a page's listings."""
    listing_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the listing nodes of a page, one a payload generation."""
    listing_node: ClassVar[str] = "@"
    """JMESPath from a node that ``listing_keys`` found to the one that the fields are read from."""
    unranked_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to listing nodes that the platform recommends: no search ranked them."""
    listing_keys: ClassVar[tuple[frozenset[str], ...]] = ()
    """Sets of keys; a node that has all of one is a listing, wherever it stands."""
    item_scripts: ClassVar[tuple[str, ...]] = ("application/ld+json",)
    """JavaScript variables, or types or ids of scripts with JSON, that hold a listing on its own
    page."""
    item_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the node of a listing's own page or answer, as a list of one."""
    plain_item_page: ClassVar[bool] = False
    """Whether a listing's own page is asked for without a browser first: some platforms refuse a
    browser and answer a plain request."""
    description_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the description of a listing on its own page or in its own answer: a text, or a
    list of texts that is empty where it is blank; null where the page has no such place. All that
    find anything count, and the description of a schema.org ``Product``."""
    attribute_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to lists of texts beside the description that say more of the goods."""
    item_words: ClassVar[Cards | None] = None
    """Where parts of a listing stand on its own page that the page's data lack."""
    item_id_pattern: ClassVar[str | None] = None
    """The id in the address of a listing's own page, as a pattern with one group; a page without
    data of the platform's own has it from there, else from the product's ``sku``."""
    gone_texts: ClassVar[tuple[str, ...]] = ()
    """What the platform itself says, in lower case and without its closing mark, on the page of a
    listing that is no longer offered."""
    gone_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to the node of a listing's own answer that says so, as a list of one."""
    total_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to how many results the platform says there are."""
    foreign_total_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to how many of them ship from abroad, by the platform's own count."""
    cards: ClassVar[Cards | None] = None
    """Where the parts of a listing stand on a rendered page."""
    card_detail_paths: ClassVar[tuple[str, ...]] = ()
    """JMESPaths to nodes, besides those of ``listing_paths``, that complete rendered cards."""
    fields: ClassVar[Fields]
    """How each field of ``Listing`` is read from a node or a card."""

    @classmethod
    def listings(cls, response: Response) -> tuple[Listing, ...]:
        """The listings of a page that can be read. Raises ``PageError``."""
        return cls.shown_page(response).listings

    @classmethod
    def shown_page(cls, response: Response) -> ShownPage:
        """The listings of a page, ranked from 1; of a listing's own page the one, unranked.

        Where cards are rendered they are the listings, and what the page's data hold of the same
        listing completes them; the cards of an own page are other offers. Raises ``PageError`` for
        data that cannot be read, and where more than one listing and more than
        ``UNREADABLE_SHARE`` of them, or all, cannot.
        """
        page = readable(response)
        documents = page_documents(page, cls.listing_scripts)
        nodes = first_nodes(cls.listing_paths, documents)
        if not nodes and first_nodes(cls.item_paths, page_documents(page, cls.item_scripts)):
            own = cls.detail(page)
            return ShownPage(listings=(own,) if own else ())
        unranked = [] if nodes else first_nodes(cls.unranked_paths, documents)
        envelope = None
        if not nodes and not unranked:
            envelope, nodes = cls._unknown_envelope(documents)
        in_data = [node for node in nodes if isinstance(node, dict)]
        details: dict[tuple[str, Any], Any] = {}
        if cards := cls.cards.nodes(page) if cls.cards and not is_json(page) else []:
            details = cls._by_name([*nodes, *first_nodes(cls.card_detail_paths, documents)])
            nodes, unranked = cards, []
        listings, unreadable, errors = [], [], []
        for place, node in enumerate([*nodes, *unranked], 1):
            try:
                row = cls._completed(node, details, page.url, None if unranked else place)
                listings.append(cls._listing(row, page.url))
            except PageError as error:
                _log.warning("%s", error)
                errors.append(error)
                unreadable.append(
                    UnreadablePosition(
                        place=place,
                        reason=f"{error.field}: {error.problem}",
                        item_id=cls._item_id(node),
                    )
                )
        tolerated = max(1, UNREADABLE_SHARE * (len(listings) + len(unreadable)))
        if errors and (not listings or len(errors) > tolerated):
            raise errors[0]
        return ShownPage(
            listings=tuple(listings),
            unreadable=tuple(unreadable),
            envelope=envelope,
            nodes=len(in_data),
            keys=key_counts(in_data),
        )

    @classmethod
    def shown_twice(
        cls, response: Response
    ) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
        """The place of each rendered card whose listing the page's data hold too, and both rows.

        Raises ``PageError``.
        """
        page = readable(response)
        cards = cls.cards.nodes(page) if cls.cards and not is_json(page) else []
        documents = page_documents(page, cls.listing_scripts) if cards else []
        nodes = first_nodes(cls.listing_paths, documents)
        details = cls._by_name([*nodes, *first_nodes(cls.card_detail_paths, documents)])
        for place, card in enumerate(cards, 1):
            row = cls._row(card, page.url, place)
            if (detail := cls._detail_of(row, details)) is not None:
                yield place, row, cls._row(detail, page.url, place)

    @classmethod
    def keys_read(cls) -> frozenset[str]:
        """The names of the keys that fields look at, or by which listings are found."""
        paths = (cls.listing_node, *cls.listing_paths, *cls.unranked_paths)
        return frozenset[str]().union(
            *(field.keys for field in cls.fields.values()), *map(names_in, paths), *cls.listing_keys
        )

    @classmethod
    def _unknown_envelope(cls, documents: list[Any]) -> tuple[str | None, list[Any]]:
        """The path and the nodes of the largest group that has the platform's keys.

        Groups whose path says that they are recommended or advertised are left out.
        """
        groups = {
            path: nodes
            for path, nodes in groups_with(documents, cls.listing_keys).items()
            if not _NOT_RANKED.search(path)
        }
        if not groups:
            return None, []
        path = max(groups, key=lambda path: len(groups[path]))
        return path, [search(cls.listing_node, node) for node in groups[path]]

    @classmethod
    def detail(cls, response: Response) -> Listing | None:
        """The listing of its own page; None where the page holds none. Raises ``PageError``.

        What the platform's own data leave open, a schema.org ``Product`` or the words of the page
        may tell; words alone make no listing.
        """
        page = readable(response)
        documents = page_documents(page, cls.item_scripts)
        row: dict[str, Any] = {"rank": None}
        for product in first_nodes((SCHEMA_ORG,), documents)[:1]:
            row = cls._row(product, page.url, None, PRODUCT)
            if cls.item_id_pattern:
                in_address = re.search(cls.item_id_pattern, page.url)
                row["item_id"] = in_address and in_address[1]
        for node in first_nodes(cls.item_paths, documents)[:1]:
            row = _filled(row, cls._row(node, page.url, None))
        if len(row) == 1:
            return None
        if cls.item_words and not is_json(page):
            for words in cls.item_words.nodes(page)[:1]:
                row = _filled(cls._row(words, page.url, None), row)
        return cls._listing(row, page.url)

    @classmethod
    def own_texts(cls, response: Response) -> OwnTexts | None:
        """What describes a listing on its own page; None where no place for that is known there."""
        documents = page_documents(readable(response), cls.item_scripts)
        description = _texts((*cls.description_paths, PRODUCT_DESCRIPTION), documents)
        if description is None:
            return None
        return OwnTexts(description, _texts(cls.attribute_paths, documents) or ())

    @classmethod
    def total_results(cls, response: Response) -> int | None:
        """How many results the platform itself says there are. Raises ``PageError``."""
        return cls._count(cls.total_paths, response)

    @classmethod
    def foreign_results(cls, response: Response) -> int | None:
        """How many of them it counts as shipped from abroad. Raises ``PageError``."""
        return cls._count(cls.foreign_total_paths, response)

    @classmethod
    def _count(cls, paths: tuple[str, ...], response: Response) -> int | None:
        documents = page_documents(readable(response), cls.listing_scripts) if paths else []
        for document in documents:
            for path in paths:
                with contextlib.suppress(ValueError):
                    if (count := read.count(path)(document)) is not None:
                        return int(count)
        return None

    @classmethod
    def says_gone(cls, response: Response) -> bool:
        """Whether a listing's own answer says that it is no longer offered. Raises ``PageError``.

        The words of a page are another matter: they may stand there without its data.
        """
        page = readable(response)
        return is_json(page) and bool(first_nodes(cls.gone_paths, page_documents(page, ())))

    @classmethod
    def _row(
        cls, node: Any, url: str, rank: int | None, fields: Fields | None = None
    ) -> dict[str, Any]:
        """The fields of a listing as read from its node, with its rank; unreadable ones left out.

        Raises ``PageError`` where a decisive field cannot be read.
        """
        row: dict[str, Any] = {"rank": rank}
        for name, field in (fields or cls.fields).items():
            try:
                row[name] = field(node)
            except (ValueError, AttributeError) as error:
                if name in _DECISIVE and not isinstance(error, read.ContradictionError):
                    raise PageError(url, name, f"listing {rank or 1}: {error}"[:200]) from error
                _log.warning("%s: %s: listing %s: %s", url, name, rank or 1, error)
        return row

    @classmethod
    def _item_id(cls, node: Any) -> str | None:
        """The id of a listing that cannot be read, if that much of it can."""
        with contextlib.suppress(ValueError, AttributeError):
            item_id: str | None = cls.fields["item_id"](node)
            return item_id
        return None

    @classmethod
    def _by_name(cls, details: list[Any]) -> dict[tuple[str, Any], Any]:
        """Nodes by item id and by address, under which a card finds what completes it."""
        nodes: dict[tuple[str, Any], Any] = {}
        for node in details:
            for key in ("item_id", "url"):
                with contextlib.suppress(KeyError, ValueError, AttributeError):
                    nodes.setdefault((key, cls.fields[key](node)), node)
        return nodes

    @classmethod
    def _completed(
        cls, node: Any, details: dict[tuple[str, Any], Any], url: str, rank: int | None
    ) -> dict[str, Any]:
        """The row of a node, filled from the detail of the same item id, else address."""
        row = cls._row(node, url, rank)
        detail = cls._detail_of(row, details)
        return row if detail is None else _filled(row, cls._row(detail, url, rank))

    @staticmethod
    def _detail_of(row: dict[str, Any], details: dict[tuple[str, Any], Any]) -> Any:
        names = [(key, row[key]) for key in ("item_id", "url") if row.get(key) is not None]
        return next((details[name] for name in names if name in details), None)

    @classmethod
    def _listing(cls, row: dict[str, Any], url: str) -> Listing:
        for name in ("item_id", "title"):
            if row.get(name) is None:
                raise PageError(url, name, f"listing {row['rank'] or 1}: missing")
        price: Any = row.get("price")
        currency = row.get("currency") or cls.default_currency
        if isinstance(price, Money):
            price, currency = price.amount, price.currency
        if price is None or currency == read.NO_CURRENCY:
            currency = None
        priced = {"price": price, "currency": currency}
        return Listing(platform=cls.name, **{**row, **priced})


def page_documents(page: TextResponse, names: tuple[str, ...]) -> list[Any]:
    """The page's documents of these names; raises ``PageError`` where one cannot be read."""
    try:
        return documents(page, names)
    except ValueError as error:
        raise PageError(page.url, "document", f"cannot be read: {error}"[:160]) from error


def first_nodes(paths: Iterable[str], documents: list[Any]) -> list[Any]:
    """What the first path finds that finds a list with anything in it, in any document."""
    for path in paths:
        for document in documents:
            with contextlib.suppress(ValueError):
                if (nodes := search(path, document)) and isinstance(nodes, list):
                    return nodes
    return []


def _texts(paths: Iterable[str], documents: list[Any]) -> tuple[str, ...] | None:
    """The texts that all paths find in all documents; None where none finds a text or a list."""
    texts: list[str] = []
    is_there = False
    for document in documents:
        for path in paths:
            with contextlib.suppress(ValueError):
                part = search(path, document)
                is_there |= isinstance(part, str | list)
                texts += (t for t in ([part] if isinstance(part, str) else part or ()) if t)
    return tuple(text for text in texts if isinstance(text, str)) if is_there else None


def key_counts(nodes: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many listings have each key, those of objects in them included.

    A key of such an object is not counted where the listing has the same value under its name.
    """
    counts: Counter[str] = Counter()
    for node in nodes:
        counts.update([*node])
        for key, part in node.items():
            if isinstance(part, dict):
                counts.update(
                    [f"{key}.{name}" for name in part if part[name] is not node.get(name)]
                )
    return dict(counts)


def _filled(row: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The row with what ``more`` says; what it leaves open stays."""
    return row | {key: field for key, field in more.items() if field is not None}


def load_spiders() -> dict[str, type[PlatformSpider]]:
    """Every platform in ``spiders/`` by its id, as Scrapy finds them.

    Raises ``SpiderError`` for an attribute that no platform has, such as a misspelt one.
    """
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders"]}))
    spiders = {name: loader.load(name) for name in sorted(loader.list())}
    platforms = {
        name: spider for name, spider in spiders.items() if issubclass(spider, PlatformSpider)
    }
    for spider in platforms.values():
        check_attributes(spider)
    return platforms


def check_attributes(spider: type[PlatformSpider]) -> None:
    """Raise ``SpiderError`` for a public attribute of the class that no platform has.

    The message names the module, the attribute and the attribute that is spelt most alike.
    """
    attributes = ["name", *PlatformSpider.__annotations__]
    for name in vars(spider):
        if not (name.startswith("_") or name in attributes or hasattr(PlatformSpider, name)):
            [nearest] = get_close_matches(name, attributes, n=1, cutoff=0)
            raise SpiderError(
                f"{spider.__module__}: {name}: is no attribute of a platform; "
                f"the nearest is {nearest}"
            )


def host_of(url: str) -> str:
    """The host of a URL, in lower case; empty where it has none or is no URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
