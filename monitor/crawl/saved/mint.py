"""A stored response as a page that may be sent away: sellers and people are invented ones.

What names people is known by the spider's reading of the page, by the keys of its data, and by its
form (mail addresses, telephone numbers). It is replaced wherever it stands: in data, texts,
attributes and addresses. Scripts that no spider reads, comments and forms are left out. What the
goods are called stays, unless it names the seller.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import lxml.html
from scrapy.http import TextResponse

from monitor.crawl.documents import first_json, is_json, object_at, script_documents
from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.saved.invented import Inventor
from monitor.crawl.saved.privacy import STRIPPED, safe_body, safe_url
from monitor.crawl.spider import PlatformSpider
from monitor.model import Value

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
_ID = re.compile(r"[\w-]*\d[\w-]*")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_PHONE = re.compile(r"(?<![\d.])(?:\+?62|0)[\s-]?8\d{1,2}(?:[\s-]?\d{2,4}){2,3}(?!\d)")
_ADDRESS = re.compile(r"^(?:https?:)?//|^/")
_BEGIN, _END = r"(?:(?<![^\W_])|(?<=%[0-9a-fA-F]{2}))", r"(?![^\W_])"
"""Where a word begins and ends, also in a percent-encoded address."""
_WORD_BEGIN, _WORD_END = re.compile(_BEGIN), re.compile(_END)
_LEAST = 3
"""Characters of a word that is replaced inside other texts, too; shorter ones only as the whole."""
_LEAST_ID = 5
_LONGEST_KEY = 40
_LONGEST_COUNT = 9
"""Characters of a number or a text in tracking that tells no visit."""
_LEFT_OUT = ("style", "noscript", "iframe", "form", "input", "svg", "template")


class LeakError(ValueError):
    """A minted page still holds words that name people; the message counts them, and names none."""


class Minted(Value):
    """A page that names nobody: its body and address.

    ``names`` are the names and ids that stood on the page; they never leave this machine.
    """

    url: str
    body: bytes
    is_json: bool
    names: frozenset[str]


class Mint:
    """Mints pages of one platform; the same name becomes the same invented one on all of them."""

    def __init__(self, spider: type[PlatformSpider], secret: bytes) -> None:
        self.spider = spider
        self._secret = secret
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def look(self, response: TextResponse) -> None:
        """Learn from a page whom the pages of this batch name."""
        pages = (judge(self.spider, response, control=True), judge_item(self.spider, response))
        for listing in (listing for page in pages for listing in page.listings):
            self._names |= {listing.seller_name} if listing.seller_name else set()
            self._ids |= {word for word in (listing.seller_id, listing.item_id) if word}
            if listing.url and self.spider.name == "tokopedia":
                # Its addresses begin with the shop's own word.
                self._names.add(listing.url.split("/")[3] if listing.url.count("/") > 3 else "")
        for document in script_documents(response):
            for is_id, words in _naming(document, owner=False):
                (self._ids if is_id else self._names).add(words)
        self._names = {name for name in self._names if name.strip() and not self._is_public(name)}

    @property
    def people(self) -> frozenset[str]:
        """The names and ids that were learnt and are replaced; they never leave this machine."""
        return frozenset(self._names | {word for word in self._ids if len(word) >= _LEAST_ID})

    def _is_public(self, name: str) -> bool:
        """Whether a name is the platform's own."""
        return name.casefold().replace(" ", "") in {self.spider.name, f"{self.spider.name}.com"}

    def mint(self, response: TextResponse) -> Minted:
        """The page without the names that were learnt; raises ``LeakError`` where one is left."""
        body, _ = safe_body(response.body, ())
        safe = response.replace(body=body)
        self.look(safe)
        change = self._replacer()
        names = self.people
        if is_json(safe):
            document = _changed(json.loads(safe.text.lstrip("\ufeff")), change, self._inventor())
            text = json.dumps(document, ensure_ascii=False, indent=1)
        else:
            text = self._minted_html(safe, change)
        if leaks := leaks_in(text, names):
            raise LeakError(f"{len(leaks)} of {len(names)} names and ids are left on the page")
        url = change(safe_url(response.url))
        met = frozenset(leaks_in(safe.text, names))
        return Minted(url=url, body=text.encode(), is_json=is_json(safe), names=met)

    def words(self, text: str) -> str:
        """A text about these pages without the names that were learnt."""
        return self._replacer()(text)

    def _inventor(self) -> Inventor:
        return Inventor(self._secret, self._names | self._ids)

    def _replacer(self) -> Callable[[str], str]:
        """A function that replaces in a text whatever names people, whole words at a time."""
        inventor = self._inventor()
        words: dict[str, str] = {}
        for name in sorted(self._names):
            invented = inventor.name(name)
            for spelt, new in zip(_spellings(name), _spellings(invented), strict=True):
                words.setdefault(spelt.casefold(), new)
        ids = {word: inventor.word(word) for word in self._ids if len(word) >= _LEAST_ID}
        patterns = []
        if inside := [re.escape(word) for word in words if len(word) >= _LEAST]:
            ranked = "|".join(sorted(inside, key=len, reverse=True))
            patterns.append(f"{_BEGIN}(?P<name>{ranked}){_END}")
        if ids:
            ranked = "|".join(sorted(map(re.escape, ids), key=len, reverse=True))
            patterns.append(f"(?P<id>{ranked})")
        pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

        def one(match: re.Match[str]) -> str:
            """The invented word for one that was met."""
            if match.lastgroup == "id":
                return ids.get(match[0], inventor.word(match[0]))
            new = words[match[0].casefold()]
            return new.upper() if match[0].isupper() else new

        def change(text: str) -> str:
            """A text in which nobody is named."""
            if text.casefold() in words:
                return words[text.casefold()]
            text = pattern.sub(one, text) if pattern else text
            text = _MAIL.sub(lambda match: inventor.word(match[0]), text)
            return _PHONE.sub(lambda match: inventor.word(match[0]), text)

        return change

    def _minted_html(self, response: TextResponse, change: Callable[[str], str]) -> str:
        """A page with texts, attributes and the data that the spider reads changed."""
        tree = lxml.html.document_fromstring(response.body.decode("utf-8", "replace"))
        names = (*self.spider.listing_scripts, *self.spider.item_scripts)
        for element in list(tree.iter()):
            if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
                _drop(element)
            elif element.tag == "script":
                if (text := self._minted_script(element, names, change)) is None:
                    _drop(element)
                else:
                    element.text = text
                    _change_attributes(element, change)
            elif element.tag in {"meta", "link"}:
                _drop(element)
            else:
                element.text = change(element.text) if element.text else element.text
                _change_attributes(element, change)
            if element.tail:
                element.tail = change(element.tail)
        # Where the page was, which is not always where its own link says that it belongs.
        link = tree.makeelement(
            "link", {"rel": "canonical", "href": change(safe_url(response.url))}
        )
        head = tree.find("head")
        (head if head is not None else tree).insert(0, link)
        page: str = lxml.html.tostring(tree, encoding="unicode", doctype="<!doctype html>")
        return page + "\n"

    def _minted_script(
        self, element: Any, names: Iterable[str], change: Callable[[str], str]
    ) -> str | None:
        """The text of a script whose data a spider reads, changed; None for any other script."""
        text = element.text or ""
        for name in names:
            if name in {f"#{element.get('id')}", element.get("type")}:
                if (document := first_json(text)) is not None:
                    return _script_json(_changed(document, change, self._inventor()))
            elif match := re.search(rf"{re.escape(name)}\s*=\s*(?=[{{\[])", text):
                with contextlib.suppress(ValueError):
                    changed = _changed(object_at(text, match.end()), change, self._inventor())
                    return f"{name} = {_script_json(changed)};"
        return None


def leaks_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names and ids that stand in a text as words, whatever their case.

    Shorter ones than are replaced inside of texts count only where they are a whole value.
    """
    folded = text.casefold()
    return [name for name in names if _stands_in(name.casefold(), folded)]


def _stands_in(name: str, text: str) -> bool:
    if name not in text:
        return False
    if len(name) < _LEAST:
        return f'"{name}"' in text
    starts = (match.start() for match in re.finditer(re.escape(name), text))
    return any(
        _WORD_BEGIN.match(text, at) and _WORD_END.match(text, at + len(name)) for at in starts
    )


def _spellings(name: str) -> tuple[str, ...]:
    """A name, and as addresses write it: joined by hyphens, underscores, plus signs or nothing."""
    words = re.findall(r"[^\W_]+", name)
    quoted = re.sub(r"\s+", "%20", name)
    lowered = [word.lower() for word in words]
    return (name, *(sign.join(lowered) for sign in ("-", "_", "+", "")), quoted)


def _is(kind: re.Pattern[str], key: str) -> bool:
    """Whether a key is of a kind; the long ones of a cache, which quote a request, are of none."""
    return len(key) <= _LONGEST_KEY and bool(kind.search(key))


def _naming(node: Any, *, owner: bool, thing: bool = False) -> Iterator[tuple[bool, str]]:
    """The texts of a document that name people, each with whether it is an id.

    ``owner``: the node is about a seller or a person; ``thing``: about a kind of goods, a brand or
    a picture, whose ids are not those of an offer.
    """
    if isinstance(node, list):
        for part in node:
            yield from _naming(part, owner=owner, thing=thing)
    if not isinstance(node, dict) or node.get("type") == "id":
        return  # the reference of a cache names an entry of it
    for key, part in node.items():
        if isinstance(part, dict | list):
            is_owner = _is(_OWNER, key) and not _is(_CONTACT, key)
            yield from _naming(part, owner=is_owner, thing=_is(_THING, key))
        elif isinstance(part, str | int) and not isinstance(part, bool):
            words = str(part).strip()
            names = _OWNER_WORDS.search(key) or (owner and _OWN_WORDS.search(key))
            if _ID.fullmatch(words) and (names or (not thing and _OFFER_IDS.search(key))):
                yield True, words
            elif _names_somebody(key, words, names=bool(names)):
                yield False, words


def _names_somebody(key: str, words: str, *, names: bool) -> bool:
    """Whether a text is a name, or reaches a person; ``names``: its key says that it is a name."""
    if words in {"", STRIPPED} or words.isdigit():
        return False
    if _is(_CONTACT, key):
        return len(words) >= _LEAST
    return names and not _ADDRESS.search(words)


def _changed(node: Any, change: Callable[[str], str], inventor: Inventor) -> Any:
    """A document with its texts changed; numbers that are ids, too. Keys stay."""
    if isinstance(node, str):
        nested = first_json(node) if node[:1] in {"{", "["} else None
        if isinstance(nested, dict | list):
            return json.dumps(_changed(nested, change, inventor), ensure_ascii=False)
        return change(node)
    if isinstance(node, list):
        return [_changed(part, change, inventor) for part in node]
    if isinstance(node, int) and not isinstance(node, bool):
        changed = change(str(node))
        return int(changed) if changed.isdigit() else node
    if not isinstance(node, dict):
        return node
    return {
        change(key) if _CACHE_KEY.search(key) else key: _changed_field(key, part, change, inventor)
        for key, part in node.items()
    }


def _changed_field(key: str, part: Any, change: Callable[[str], str], inventor: Inventor) -> Any:
    """What stands under a key: tracking is stripped, what reaches people is invented."""
    if _is(_TRACKING, key):
        return _untraced(part)
    if isinstance(part, bool) or part is None:
        return part
    if _is(_CONTACT, key) and isinstance(part, str):
        return inventor.name(part)
    if _is(_CONTACT, key) and isinstance(part, int | float):
        return 0
    if _is(_CONTACT, key) and isinstance(part, dict):
        return {
            name: change(words)
            if not isinstance(words, str) or _PLACES.search(name)
            else inventor.name(words)
            for name, words in part.items()
            if isinstance(words, str)
        }
    return _changed(part, change, inventor)


def _untraced(part: Any) -> Any:
    """What stands under a key of tracking, without its words and long numbers."""
    if isinstance(part, dict):
        return {key: _untraced(inner) for key, inner in part.items()}
    if isinstance(part, list):
        return [_untraced(inner) for inner in part]
    if isinstance(part, str) and len(part) > _LONGEST_COUNT:
        return STRIPPED
    is_long = isinstance(part, int | float) and len(str(part)) > _LONGEST_COUNT
    return 0 if is_long else part


def _script_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False).replace("</", "<\\/")


def _change_attributes(element: Any, change: Callable[[str], str]) -> None:
    for name, words in list(element.attrib.items()):
        if name.startswith("on"):
            del element.attrib[name]
        else:
            element.set(name, change(words))


def _drop(element: Any) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    tail, before = element.tail, element.getprevious()
    if tail:
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)
