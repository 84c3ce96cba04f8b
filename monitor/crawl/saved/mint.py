"""A stored response as a page that may be sent away: sellers and people are invented ones.

What names people is known by the spider's reading of the page, by the keys of its data, and by its
form (mail addresses, telephone numbers). It is replaced wherever it stands: in data, texts,
attributes and addresses. Texts of which nobody knows what they are, are invented anew
(``mint_data``, ``mint_page``). Scripts that no spider reads, comments and forms are left out. What
the goods are called stays, unless it names the seller.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import quote, quote_plus

from scrapy.http import TextResponse

from monitor.crawl.documents import is_json, script_documents
from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.saved.invented import Inventor
from monitor.crawl.saved.mint_data import (
    LEAST,
    LEAST_ID,
    Minting,
    changed,
    keys_in,
    keys_of,
    may_name,
    naming,
    open_keys_of,
)
from monitor.crawl.saved.mint_page import PageMinting, goods_texts
from monitor.crawl.saved.privacy import safe_body, safe_url
from monitor.crawl.spider import PlatformSpider
from monitor.model import Listing, UnitState, Value

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_PHONE = re.compile(r"(?<![\d.])(?:\+?62|0)[\s-]?8\d{1,2}(?:[\s-]?\d{2,4}){2,3}(?!\d)")
_BEGIN, _END = r"(?:(?<![^\W_])|(?<=%[0-9a-fA-F]{2}))", r"(?![^\W_])"
"""Where a word begins and ends, also in a percent-encoded address."""
_WORD_BEGIN, _WORD_END = re.compile(_BEGIN), re.compile(_END)
_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"%[0-9a-f]{2}")
_LONG_NUMBER = re.compile(r"\d{8,}")


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
        self._keys = keys_of(spider)
        self._names: set[str] = set()
        self._ids: set[str] = set()
        self._change: tuple[frozenset[str], Callable[[str], str]] | None = None

    def look(self, response: TextResponse) -> None:
        """Learn from a page whom the pages of this batch name."""
        for listing in self._listings(response):
            self._names |= {listing.seller_name} if listing.seller_name else set()
            self._ids |= {word for word in (listing.seller_id, listing.item_id) if word}
            if self.spider.name == "tokopedia":
                # Its addresses begin with the shop's own word.
                own_url = "" if listing.rank else response.url
                for url in (listing.url or "", own_url):
                    self._names.add(url.split("/")[3] if url.count("/") > 3 else "")
        for document in script_documents(response):
            self._names |= {key for key in keys_in(document) if may_name(key, self._keys)}
            for is_id, words in naming(document, owner=False):
                (self._ids if is_id else self._names).add(words)
        for address in () if is_json(response) else response.xpath("//a/@href").getall():
            self._ids |= set(_LONG_NUMBER.findall(address))
            if match := re.search(self.spider.item_id_pattern or r"(?!)()", address):
                self._ids.add(match[1])
        self._names = {name for name in self._names if name.strip() and not self._is_public(name)}

    def _listings(self, response: TextResponse) -> tuple[Listing, ...]:
        """What the spider reads of a page, as a result page and as an offer's own."""
        on_results = judge(self.spider, response, control=True).listings
        return (*on_results, *judge_item(self.spider, response).listings)

    @property
    def people(self) -> frozenset[str]:
        """The names and ids that were learnt and are replaced; they never leave this machine."""
        return frozenset(self._names | {word for word in self._ids if len(word) >= LEAST_ID})

    def _is_public(self, name: str) -> bool:
        """Whether a name is the platform's own."""
        return name.casefold().replace(" ", "") in {self.spider.name, f"{self.spider.name}.com"}

    def mint(self, response: TextResponse) -> Minted:
        """The page without the names that were learnt; raises ``LeakError`` where one is left."""
        body, _ = safe_body(response.body, ())
        safe = response.replace(body=body)
        self.look(safe)
        change, names = self._replacer(), self.people
        inventor = Inventor(self._secret, self._names | self._ids)
        inventions = frozenset(_LETTERS.findall(" ".join(map(change, self._names)).casefold()))
        minting = Minting(
            change,
            inventor,
            self._keys,
            self.spider.listing_keys,
            open_keys_of(self.spider),
            inventions,
        )
        if is_json(safe):
            document = changed(json.loads(safe.text.lstrip("\ufeff")), minting)
            text = json.dumps(document, ensure_ascii=False, indent=1)
        else:
            listings = self._listings(safe)
            texts = goods_texts(listings)
            addresses = tuple(listing.url for listing in listings if listing.url)
            is_refused = judge(self.spider, safe).state is UnitState.blocked
            page = PageMinting(self.spider, minting, texts, addresses, is_refused)
            text = page.page(safe)
        if leaks := leaks_in(text, names):
            raise LeakError(f"{len(leaks)} of {len(names)} names and ids are left on the page")
        url = change(safe_url(response.url))
        met = frozenset(leaks_in(safe.text, names))
        return Minted(url=url, body=text.encode(), is_json=is_json(safe), names=met)

    def words(self, text: str) -> str:
        """A text about these pages without the names that were learnt."""
        return self._replacer()(text)

    def _replacer(self) -> Callable[[str], str]:
        """A function that replaces in a text whatever was learnt so far to name people."""
        people = frozenset(self._names | self._ids)
        if self._change is None or self._change[0] != people:
            self._change = people, self._new_replacer()
        return self._change[1]

    def _new_replacer(self) -> Callable[[str], str]:
        """Such a function, which replaces whole words at a time."""
        inventor = Inventor(self._secret, self._names | self._ids)
        words: dict[str, str] = {}
        for name in sorted(self._names):
            invented = inventor.name(name)
            for spelt, new in zip(_spellings(name), _spellings(invented), strict=True):
                words.setdefault(spelt.casefold(), new)
        ids = {word: inventor.word(word) for word in self._ids if len(word) >= LEAST_ID}
        patterns = []
        if inside := [re.escape(word) for word in words if len(word) >= LEAST]:
            ranked = "|".join(sorted(inside, key=len, reverse=True))
            patterns.append(f"{_BEGIN}(?P<name>{ranked}){_END}")
        if ids:
            ranked = "|".join(sorted(map(re.escape, ids), key=len, reverse=True))
            patterns.append(f"(?P<id>{ranked})")
        pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
        first_words = {_TOKEN.search(word)[0] for word in words if _TOKEN.search(word)}  # type: ignore[index]

        def one(match: re.Match[str]) -> str:
            """The invented word for one that was met."""
            if match.lastgroup == "id":
                return ids.get(match[0], inventor.word(match[0]))
            new = words[match[0].casefold()]
            return new.upper() if match[0].isupper() else new

        @cache
        def change(text: str) -> str:
            """A text in which nobody is named."""
            text_words = _TOKEN.findall(_QUOTED.sub(" ", text.casefold()))
            if text.casefold() in words:
                return words[text.casefold()]
            # Most texts begin no name; the pattern is long.
            has_number = ids and any(char.isdigit() for char in text)
            if pattern and (has_number or not first_words.isdisjoint(text_words)):
                text = pattern.sub(one, text)
            text = _MAIL.sub(lambda match: inventor.word(match[0]), text)
            return _PHONE.sub(lambda match: inventor.word(match[0]), text)

        return change


def leaks_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names and ids that stand in a text as words, whatever their case.

    Shorter ones than are replaced inside of texts count only where they are a whole value.
    """
    folded = text.casefold()
    return [name for name in names if _stands_in(name.casefold(), folded)]


def _stands_in(name: str, text: str) -> bool:
    if name not in text:
        return False
    if len(name) < LEAST:
        return f'"{name}"' in text
    starts = (match.start() for match in re.finditer(re.escape(name), text))
    return any(
        _WORD_BEGIN.match(text, at) and _WORD_END.match(text, at + len(name)) for at in starts
    )


def _spellings(name: str) -> tuple[str, ...]:
    """A name, as addresses write it (joined by a sign or nothing, quoted), and as pages do."""
    lowered = [word.lower() for word in re.findall(r"[^\W_]+", name)]
    spaced = re.sub(r"\s+", "%20", name)
    escaped = (html.escape(name), html.escape(name, quote=False), json.dumps(name)[1:-1])
    joined = (sign.join(lowered) for sign in ("-", "_", "+", ""))
    return (name, *joined, spaced, quote(name), quote_plus(name), *escaped)
