"""A pseudonym in the place of all that names a seller, in an offer or in any text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from monitor.model import (
    Listing,
    Signal,
)
from monitor.model.shop_names import names_a_shop, without_names

ERASED_URL = "urn:pantau:erased"
"""What stands in the place of an address that led to an erased seller."""
PREFIX = "erased-"
"""How the pseudonym of an erased seller begins."""
LISTING_TEXTS = (
    "item_id", "title", "url", "image_url", "seller_id", "seller_name", "ship_from", "brand",
    "category_path",
)  # fmt: skip
"""Fields of a ``Listing`` that may name its seller."""


@dataclass(frozen=True)
class Names:
    """What names a seller: ids, names as shown, addresses of offers; and the pseudonym instead.

    ``pages`` are the places in the evidence of pages that show this seller alone.
    """

    pseudonym: str
    ids: frozenset[str]
    names: frozenset[str]
    urls: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()

    @property
    def words(self) -> tuple[str, ...]:
        """Ids and names."""
        return (*sorted(self.ids), *sorted(self.names))

    def blotted(self, text: str) -> str:
        """A text in which neither id, name nor address can be read."""
        for url in sorted(self.urls, key=len, reverse=True):
            text = text.replace(url, ERASED_URL)
        for seller_id in self.ids:
            alone = rf"(?<![^\W_]){re.escape(seller_id)}(?![^\W_])"
            text = re.sub(alone, self.pseudonym, text)
        return without_names(text, sorted(self.names))

    def item(self, item_id: str) -> str:
        """The id of an offer; where the seller's own id is a part of it, with the pseudonym."""
        for seller_id in self.ids:
            if item_id.startswith(f"{seller_id}-"):
                return f"{self.pseudonym}{item_id.removeprefix(seller_id)}"
        return item_id

    def field(self, name: str, text: str) -> str | None:
        """A text of an offer of the seller's, by the field of ``Listing`` it stands in.

        Addresses go, as they lead to the seller's page.
        """
        if name in {"url", "image_url"}:
            return None
        if name in {"seller_id", "seller_name"}:
            return self.pseudonym
        if name == "item_id":
            return self.item(text)
        if name == "brand" and names_a_shop(text, self.names):
            return None
        return self.blotted(text)

    def listing(self, listing: Listing) -> Listing:
        """An offer of the seller's without the seller."""
        texts = ((name, getattr(listing, name)) for name in LISTING_TEXTS)
        return replace(listing, **{name: text and self.field(name, text) for name, text in texts})

    def signals(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        """The reasons of a decision, whose words may name the seller."""
        return tuple(replace(signal, text=self.blotted(signal.text)) for signal in signals)
