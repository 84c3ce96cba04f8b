"""Findings as JSON without a seller: what names it goes, every figure stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from monitor.model import CaseKey, Cluster, case_id, to_json
from monitor.store.pseudonyms import ERASED_URL, LISTING_TEXTS, Names

_PICTURES = {"screenshot", "thumbnail"}
_NOTE_TEXTS = {"url", "title", "seller", "item", "item_id", "listing"}
_PAGES = {"own_page_url": "own_page_pointer", "result_page_url": "result_page_pointer"}
_ADDRESSES = {"url", *_PAGES}
_ITEMS = {"relisted_from", "ref"}
_WORDS = {"text", "note"}


def document_without(document: str, platform: str, items: Collection[str], names: Names) -> str:
    """An edition's findings as JSON in which no offer of ``items`` names its seller.

    It is worked on as it stands, so that editions of earlier versions keep what they have.
    """
    if not any(_in_json(word) in document for word in (*items, *names.words)):
        return document
    findings = msgspec.json.decode(document)
    rewritten = _Document(platform, frozenset(items), names).without(findings)
    return document if rewritten == findings else to_json(rewritten).decode()


def _in_json(word: str) -> str:
    """A word as it stands within a JSON string."""
    return msgspec.json.encode(word).decode()[1:-1]


class _Document:
    def __init__(self, platform: str, items: frozenset[str], names: Names) -> None:
        self.platform, self.items, self.names = platform, items, names

    def without(self, part: Any) -> Any:
        """A part of the findings; only what is of the seller's offers is changed."""
        if isinstance(part, list):
            return [self.without(element) for element in part]
        if not isinstance(part, dict):
            return part
        if self._is_theirs(part) or self._is_theirs(part.get("listing")):
            return {name: self._blotted(name, value, part) for name, value in part.items()}
        if set(part) == {"code", "values"}:
            texts = {
                name: self.names.blotted(text) if name in _NOTE_TEXTS else text
                for name, text in part["values"].items()
            }
            return part | {"values": texts}
        return {
            name: self._corrections(value) if name == "corrections" else self.without(value)
            for name, value in part.items()
        }

    def _corrections(self, sentences: Any) -> Any:
        """What a corrected edition says in words, in each language."""
        return [
            {language: self.names.blotted(text) for language, text in sentence.items()}
            for sentence in sentences
        ]

    def _is_theirs(self, part: Any) -> bool:
        return (
            isinstance(part, dict)
            and part.get("platform") == self.platform
            and part.get("item_id") in self.items
        )

    def _blotted(self, name: str, value: Any, holder: dict[str, Any]) -> Any:
        """The value of a field of an offer, a case or a change of the seller's."""
        names = self.names
        if isinstance(value, dict):
            return {
                key: self._blotted(key, part, value | {"in": name}) for key, part in value.items()
            }
        if isinstance(value, list):
            is_words = name == "notes"
            return [
                names.blotted(part) if is_words and isinstance(part, str)
                else self._blotted(name, part, holder)
                for part in value
            ]  # fmt: skip
        if not isinstance(value, str):
            return value
        if name == "id":
            question = Cluster(holder.get("cluster", Cluster.unknown)).question
            return case_id(CaseKey(self.platform, names.item(holder["item_id"]), question))
        if name in _ADDRESSES and ("archive" in holder or "own_page_url" in holder):
            return self._address(name, value, holder)
        if name in _PICTURES:
            return None
        if name in _ITEMS:
            return names.item(value)
        if name in _WORDS:
            return names.blotted(value)
        field = "seller_id" if name == "seller_key" else name
        return names.field(field, value) if field in LISTING_TEXTS else value

    def _address(self, name: str, value: str, holder: dict[str, Any]) -> str | None:
        """The address of a page that is cited; a case without one of its offer has its page's."""
        if name == "url" and "own_page_url" in holder:
            return ERASED_URL if holder["own_page_url"] else None
        pointer = holder.get(_PAGES.get(name, "archive"))
        is_own = name == "own_page_url" or holder.get("in") == "own_page"
        return ERASED_URL if is_own or pointer in self.names.pages else value
