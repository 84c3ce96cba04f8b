"""The data of a page without people: which texts name them, and what becomes of each text.

A text is replaced where it names somebody. Where nobody knows what it is, it is invented anew:
under a key that no known page has, in an object that stands there, and in what a seller wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.crawl.documents import first_json
from monitor.crawl.fields import PRODUCT, PRODUCT_DESCRIPTION, SCHEMA_ORG
from monitor.crawl.jmespaths import names_in
from monitor.crawl.saved.invented import Inventor
from monitor.crawl.saved.privacy import STRIPPED
from monitor.crawl.shapes import known_shapes
from monitor.crawl.spider import PlatformSpider

LEAST = 3
"""Characters of a word that is replaced inside other texts, too; shorter ones only as the whole."""
LEAST_ID = 5
"""Characters of an id that is replaced."""
_OWNER = re.compile(
    r"^(?:.*(?:seller|shop|store|merchant|vendor|toko|penjual)(?:_?(?:info|data|model|detailed"
    r"|detail|v2))?|user|owner|author|reviewer|customer|buyer|account|member|creator)$",
    re.IGNORECASE,
)
"""Keys of objects that are about a seller or a person."""
_OWNER_WORDS = re.compile(
    r"(?:seller|shop|store|merchant|vendor|penjual|toko|user|owner|author|reviewer|buyer|nick"
    r"|account|contact)_?(?:name|nama|title|alias|slug|domain|url|link|code|id|avatar|logo|desc"
    r"|description|tagline|display_?name)$|^(?:author|reviewer|username|nickname|pic_?name)$",
    re.IGNORECASE,
)
"""Keys whose texts name a seller or a person, wherever they stand."""
_OWN_WORDS = re.compile(
    r"^(?:(?:full|first|last|nick|display|real|user)?_?name|title|alias|slug|domain|url|link|id"
    r"|code|uid|phone|avatar|logo|portrait|description|tagline|shop_?url|\w*_?id)$",
    re.IGNORECASE,
)
"""Keys of an object about a seller whose texts name them."""
_CONTACT = re.compile(
    r"e[-_]?mail|phone|telp|mobile|msisdn|whats?app|^wa$|address(?:_?line\d?)?$|alamat|street|jalan"
    r"|postal|zip_?code|latitude|longitude|^lat$|^lng$|^lon$|npwp|^nik$|^ktp$",
    re.IGNORECASE,
)
"""Keys of what reaches a person."""
_PLACES = re.compile(r"^(?:city|province|country|region|kota|provinsi|district)", re.IGNORECASE)
_TRACKING = re.compile(
    r"trace|track|session|request_?id|pvid|^scm$|^spm$|fingerprint|visitor|cookie|token|^sn$|nonce"
    r"|signature|utlogmap|click_?url|query_?string|experiment|abtest",
    re.IGNORECASE,
)
"""Keys of what tells the visit."""
_OFFER_IDS = re.compile(
    r"^(?:n?id|item_?id|item_?sku|product_?id|sku_?id|sku|default_?sku|formatted_?id|model_?id"
    r"|tts\w*id|master_?product_?id|order_?id)$",
    re.IGNORECASE,
)
_THING = re.compile(
    r"categor|brand|badge|label|image|tag|filter|option|facet|city|location|voucher|promo|icon"
    r"|media|rating|review|paging|sort",
    re.IGNORECASE,
)
"""Keys of objects whose ids are of no offer."""
_CACHE_KEY = re.compile(r"\d{5}|[$(/:]")
"""A key that may hold an id or a name, as those of a cache do."""
_PROSE = re.compile(r"descr|deskripsi|paragraph|comment|ulasan|review_?text", re.IGNORECASE)
"""Keys of what people wrote freely; ``_PROSE_TITLES`` are the titles of such a row."""
_PROSE_TITLES = {"deskripsi", "description"}
_PLAIN_KEY = re.compile(r"[A-Za-z_$@][\w$@]*")
"""A key as programs write it; another one may be a name."""
_ANYWHERE = ("@context", "@type", "type", "typename", "__typename", "__ref", "id", "generated")
"""Keys of schema.org and of caches."""
_ID = re.compile(r"[\w-]*\d[\w-]*")
_ADDRESS = re.compile(r"^(?:https?:)?//|^/")
_OPEN = re.compile(r"(\w+)(?:\[\])?\.(?:values\(@\)|\*)")
_PRICE = re.compile(r"(?:Rp|(?:US ?)?\$) ?\d[\d.,]*")
_LONGEST_KEY = 40
_LONGEST_COUNT = 9
"""Characters of a number or a text in tracking that tells no visit."""


@dataclass(frozen=True)
class Minting:
    """How the texts of a page are changed: ``change`` replaces names, ``inventor`` invents anew.

    ``keys`` are those of known pages, ``listing_keys`` as of the spider, ``open_keys`` those below
    which keys may be any. ``inventions`` are the words, folded, of the names that ``change`` puts
    in place of others.
    """

    change: Callable[[str], str]
    inventor: Inventor
    keys: frozenset[str]
    listing_keys: tuple[frozenset[str], ...]
    open_keys: frozenset[str]
    inventions: frozenset[str] = frozenset()

    def invented(self, text: str) -> str:
        """A text of the same shape without any word of it; a price stays."""
        if _PRICE.fullmatch(text.strip()):
            return text
        return self.inventor.name(self.change(text))


def keys_of(spider: type[PlatformSpider]) -> frozenset[str]:
    """The keys that known pages of a platform have, and those that its spider looks at."""
    keys: set[str] = set(_ANYWHERE)
    keys.update(*map(names_in, _paths_of(spider)), *spider.listing_keys)
    keys.update(*(field.keys for field in (*spider.fields.values(), *PRODUCT.values())))
    for shape in known_shapes().get(spider.name, ()):
        if shape.form != "cards":
            keys.update(*(key.split(".") for key in shape.keys))
    return frozenset(keys)


def open_keys_of(spider: type[PlatformSpider]) -> frozenset[str]:
    """The keys below which a spider takes whatever key there is."""
    return frozenset(name for path in _paths_of(spider) for name in _OPEN.findall(path))


def _paths_of(spider: type[PlatformSpider]) -> tuple[str, ...]:
    """All JMESPaths by which a spider looks at a document."""
    return (
        spider.listing_node, SCHEMA_ORG, PRODUCT_DESCRIPTION,
        *spider.listing_paths, *spider.unranked_paths, *spider.item_paths,
        *spider.description_paths, *spider.attribute_paths, *spider.gone_paths,
        *spider.total_paths, *spider.foreign_total_paths, *spider.card_detail_paths,
    )  # fmt: skip


def _is(kind: re.Pattern[str], key: str) -> bool:
    """Whether a key is of a kind; the long ones of a cache, which quote a request, are of none."""
    return len(key) <= _LONGEST_KEY and bool(kind.search(key))


def naming(node: Any, *, owner: bool, thing: bool = False) -> Iterator[tuple[bool, str]]:
    """The texts of a document that name people, each with whether it is an id.

    ``owner``: the node is about a seller or a person; ``thing``: about a kind of goods, a brand or
    a picture, whose ids are not those of an offer.
    """
    if isinstance(node, list):
        for part in node:
            yield from naming(part, owner=owner, thing=thing)
    if not isinstance(node, dict) or node.get("type") == "id":
        return  # the reference of a cache names an entry of it
    for key, part in node.items():
        if isinstance(part, dict | list):
            is_owner = _is(_OWNER, key) and not _is(_CONTACT, key)
            yield from naming(part, owner=is_owner, thing=_is(_THING, key))
        elif isinstance(part, str | int) and not isinstance(part, bool):
            words = str(part).strip()
            names = (
                _OWNER_WORDS.search(key) or _is(_OWNER, key) or (owner and _OWN_WORDS.search(key))
            )
            if _ID.fullmatch(words) and (names or (not thing and _OFFER_IDS.search(key))):
                yield True, words
            elif _names_somebody(key, words, names=bool(names)):
                yield False, words


def _names_somebody(key: str, words: str, *, names: bool) -> bool:
    """Whether a text is a name, or reaches a person; ``names``: its key says that it is a name."""
    if words in {"", STRIPPED} or words.isdigit():
        return False
    if _is(_CONTACT, key):
        return len(words) >= LEAST
    return names and not _ADDRESS.search(words)


def changed(node: Any, minting: Minting, key: str = "", *, unknown: bool = False) -> Any:
    """A document with its texts changed; numbers that are ids, too.

    ``key`` is that under which it stands. ``unknown``: no known page has that key, so that its
    texts are invented. A listing in it is known again by its own keys.
    """
    if isinstance(node, str):
        nested = first_json(node) if node[:1] in {"{", "["} else None
        if isinstance(nested, dict | list):
            return json.dumps(changed(nested, minting, unknown=unknown), ensure_ascii=False)
        return minting.invented(node) if unknown else minting.change(node)
    if isinstance(node, list):
        return [changed(part, minting, key, unknown=unknown) for part in node]
    if isinstance(node, int) and not isinstance(node, bool):
        is_long = unknown and len(str(node)) >= LEAST_ID
        digits = minting.inventor.word(str(node)) if is_long else minting.change(str(node))
        return int(digits) if digits.isdigit() else node
    if not isinstance(node, dict):
        return node
    is_known = not unknown or any(keys <= node.keys() for keys in minting.listing_keys)
    is_prose = str(node.get("title")).casefold() in _PROSE_TITLES
    fields = {}
    for name, part in node.items():
        is_open = key in minting.open_keys and _is_nested(part)
        is_open |= "ROOT_QUERY" in node or name.isdigit() or bool(_CACHE_KEY.search(name))
        is_unknown = not is_known or not (name in minting.keys or is_open)
        is_unknown |= is_prose and name != "title"
        new_name = name if name in minting.keys else minting.change(name)
        fields[new_name] = _changed_field(name, part, minting, unknown=is_unknown)
    return fields


def _is_nested(node: Any) -> bool:
    """Whether a node is an object that holds further ones."""
    return isinstance(node, dict) and any(isinstance(part, dict | list) for part in node.values())


def may_name(key: str, keys: frozenset[str]) -> bool:
    """Whether a key that no known page has is not written as programs write keys."""
    is_worded = len(key) >= LEAST_ID and any(char.isalpha() for char in key)
    is_known = key in keys or _is(_CACHE_KEY, key) or _PLAIN_KEY.fullmatch(key)
    return is_worded and len(key) <= _LONGEST_KEY and not is_known


def keys_in(node: Any) -> Iterator[str]:
    """All keys of a document, those in texts that are documents themselves included."""
    if isinstance(node, str) and node[:1] in {"{", "["}:
        node = first_json(node)
    if isinstance(node, dict):
        yield from node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from keys_in(part)


def _changed_field(key: str, part: Any, minting: Minting, *, unknown: bool) -> Any:
    """What stands under a key: tracking is stripped, what reaches people is invented."""
    if _is(_TRACKING, key):
        return _untraced(part, minting)
    if isinstance(part, bool) or part is None:
        return part
    if _is(_CONTACT, key) and isinstance(part, str):
        return minting.inventor.name(part)
    if _is(_CONTACT, key) and isinstance(part, int | float):
        return 0
    if _is(_CONTACT, key) and isinstance(part, dict):
        return {
            name: minting.change(words)
            if not isinstance(words, str) or _PLACES.search(name)
            else minting.inventor.name(words)
            for name, words in part.items()
            if isinstance(words, str)
        }
    return changed(part, minting, key, unknown=unknown or _is(_PROSE, key))


def _untraced(part: Any, minting: Minting) -> Any:
    """What stands under a key of tracking, without its words and long numbers."""
    if isinstance(part, dict):
        return {minting.change(key): _untraced(inner, minting) for key, inner in part.items()}
    if isinstance(part, list):
        return [_untraced(inner, minting) for inner in part]
    if isinstance(part, str) and len(part) > _LONGEST_COUNT:
        return STRIPPED
    if isinstance(part, str):
        return minting.change(part)
    is_long = isinstance(part, int | float) and len(str(part)) > _LONGEST_COUNT
    return 0 if is_long else part
