"""A page of HTML without people: what the spider read of goods stays, and what no one can mistake.

Every other text is invented anew, in the same shape: a seller's name may stand in any of them, and
most of all where the page is other than the spider believes.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import lxml.html
from scrapy.http import TextResponse

from monitor.crawl.documents import first_json, object_at
from monitor.crawl.saved.mint_data import Minting, changed
from monitor.crawl.saved.privacy import safe_url
from monitor.crawl.sentences import LONGEST_SENTENCE, SENTENCE_HINTS
from monitor.crawl.spider import PlatformSpider
from monitor.model import Listing

_PLAIN_WORD = re.compile(
    r"rp|us|usd|idr|rb|jt|k|terjual|sold|ulasan|reviews?|ads?|iklan|sponsored|promoted|dikirim|dari"
    r"|ships?|from|to|ke",
    re.IGNORECASE,
)
"""Words of a page that name nobody; with numbers they make prices, sales and places."""
_PATH_WORD = re.compile(
    r"products?|items?|pdp|ps?|[iscw]|find|jual|catalog|tag|search|html|wholesale|https?|www|com|co|id",
    re.IGNORECASE,
)
_STRUCTURE = re.compile(
    r"class|id|type|role|lang|dir|rel|charset|item(?:prop|scope|type)|scope|width|height"
    r"|aria-hidden|tabindex|data-(?:testid|sqe|qa-locator|tracking|spm)"
)
"""Attributes that say what an element is."""
_WORD = re.compile(r"[^\W\d_]+")
_PATH_PART = re.compile(r"(?<!%)(?<!%[0-9a-fA-F])[^\W\d_]++(?!=|%3[dD])")
"""A word of an address, without the names of its parameters."""
_ADDRESS = re.compile(r"^(?:https?:)?//|^/|^https?:")
_HOST = re.compile(r"(?:https?:)?//[^/]*")
_NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
LONGEST_REFUSAL = 3000
"""Characters of the words of a page that refuses."""
_LEFT_OUT = ("style", "noscript", "iframe", "form", "input", "svg", "template", "meta", "link")


def goods_texts(listings: Iterable[Listing]) -> frozenset[str]:
    """What was read of goods: their titles, places, brands and kinds, folded."""
    texts = set()
    for listing in listings:
        parts = (listing.title, listing.ship_from, listing.brand, listing.category_path or "")
        texts |= {folded(part) for part in parts if part}
    return frozenset(texts)


def folded(text: str) -> str:
    """A text without its case and its spaces at the ends and between lines."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class PageMinting:
    """How a page of HTML is changed; ``texts`` are those that were read of goods,
    ``addresses`` those of their own pages.

    On the page of a refusal (``is_refused``) the words stay by which it is known as one, as long as
    it is short: no offer stands there.
    """

    spider: type[PlatformSpider]
    minting: Minting
    texts: frozenset[str]
    addresses: tuple[str, ...] = ()
    is_refused: bool = False

    def page(self, response: TextResponse) -> str:
        """The page with texts, attributes and the data that the spider reads changed."""
        tree = lxml.html.document_fromstring(response.body.decode("utf-8", "replace"))
        if self.is_refused and len(folded(tree.text_content())) > LONGEST_REFUSAL:
            return replace(self, is_refused=False).page(response)
        for element in list(tree.iter()):
            if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
                _drop(element)
            elif element.tag == "script":
                self._change_script(element)
            else:
                element.text = self._text(element.text, element)
                self._change_attributes(element)
            if element.tail:
                element.tail = self._text(element.tail, element.getparent())
        # Where the page was, which is not always where its own link says that it belongs.
        href = self.minting.change(safe_url(response.url))
        link = tree.makeelement("link", {"rel": "canonical", "href": href})
        head = tree.find("head")
        (head if head is not None else tree).insert(0, link)
        page: str = lxml.html.tostring(tree, encoding="unicode", doctype="<!doctype html>")
        return page + "\n"

    def _text(self, text: str | None, element: Any) -> str | None:
        """A text between tags: as it is where it names nobody, else invented."""
        if not text or not text.strip():
            return text
        whole = self.minting.change(text)
        is_linked = element is not None and any(
            parent.tag == "a" for parent in (element, *element.iterancestors())
        )
        return whole if self._stays(text, sentence=not is_linked) else self.minting.invented(text)

    def _stays(self, text: str, *, sentence: bool) -> bool:
        words = folded(text)
        if self.is_refused:
            return True
        if words in self.texts or all(map(_PLAIN_WORD.fullmatch, _WORD.findall(text))):
            return True
        own_texts = (*self.spider.no_results_texts, *self.spider.gone_texts)
        if words.rstrip(".!") in own_texts:
            return True
        is_short = sentence and len(words) <= LONGEST_SENTENCE
        return is_short and any(hint in words for hint in SENTENCE_HINTS)

    def _change_attributes(self, element: Any) -> None:
        for name, words in list(element.attrib.items()):
            if name.startswith("on") or name == "style":
                del element.attrib[name]
            else:
                element.set(name, self._attribute(name, words))

    def _attribute(self, name: str, words: str) -> str:
        """An attribute: addresses and texts without people, what says what it is as it is."""
        if _STRUCTURE.fullmatch(name) or not _WORD.search(words):
            return self.minting.change(words)
        if words.startswith("data:"):
            return _NO_PICTURE
        if _ADDRESS.search(words):
            return self._address(words)
        prefix = match[0] if (match := re.match(r"[a-z]+-(?=.)", words)) else ""
        if self._stays(words, sentence=False):
            return self.minting.change(words)
        if prefix and self._stays(words.removeprefix(prefix), sentence=False):
            return prefix + self.minting.change(words.removeprefix(prefix))
        return self.minting.invented(words)

    @cached_property
    def _path_words(self) -> frozenset[str]:
        """Words of addresses that name nobody: those of goods, of the platform, and invented."""
        addresses = (self.minting.change(address).casefold() for address in self.addresses)
        goods_words = {word for text in (*self.texts, *addresses) for word in _WORD.findall(text)}
        host_words = _WORD.findall(" ".join((self.spider.name, *self.spider.markers)).casefold())
        return self.minting.inventions | goods_words | set(host_words)

    def _address(self, address: str) -> str:
        """An address whose words are those of goods and of paths; the others are invented."""
        if self.is_refused:
            return self.minting.change(address)
        host = match[0] if (match := _HOST.match(address)) else ""
        path = self.minting.change(address.removeprefix(host))

        def path_word(match: re.Match[str]) -> str:
            """A word of a path."""
            word = match[0].casefold()
            is_plain = _PATH_WORD.fullmatch(word) or word in self._path_words
            return match[0] if is_plain else self.minting.inventor.word(match[0])

        return self.minting.change(host) + _PATH_PART.sub(path_word, path)

    def _change_script(self, element: Any) -> None:
        """A script with its data changed; one whose data no spider reads is left out."""
        if (text := self._script(element)) is None:
            _drop(element)
            return
        element.text = text
        self._change_attributes(element)

    def _script(self, element: Any) -> str | None:
        text = element.text or ""
        for name in (*self.spider.listing_scripts, *self.spider.item_scripts):
            if name in {f"#{element.get('id')}", element.get("type")}:
                if (document := first_json(text)) is not None:
                    return _script_json(changed(document, self.minting))
            elif match := re.search(rf"{re.escape(name)}\s*=\s*(?=[{{\[])", text):
                with contextlib.suppress(ValueError):
                    document = changed(object_at(text, match.end()), self.minting)
                    return f"{name} = {_script_json(document)};"
        return None


def _script_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False).replace("</", "<\\/")


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
