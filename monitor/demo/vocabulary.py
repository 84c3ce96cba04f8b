"""The simulated catalogue's own vocabulary, read from ``data/vocabulary.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import msgspec

from monitor.model import Cluster, Condition, Value


class Product(Value):
    """A kind of goods: its names, foreign names, words that lead to it, price range in rupiah.

    ``keyword`` is the commodity's name that foreign sellers add so that they are found; ``echoes``
    names the clusters whose result pages it strays onto; ``path`` is the platform's category, from
    the widest. ``shelf`` is the group of the frame whose queries it answers, its own cluster where
    None. ``condition`` is that of goods that say so; ``used_import``: they are used clothes, and
    imported or from a bale by their own words.
    """

    id: str
    keyword: str
    cluster: Cluster
    path: str
    names: tuple[str, ...]
    en: tuple[str, ...]
    details: tuple[str, ...]
    search: tuple[str, ...]
    series: tuple[str, ...]
    price: tuple[int, int]
    category: str
    echoes: tuple[Cluster, ...] = ()
    shelf: Cluster | None = None
    condition: Condition | None = None
    used_import: bool = False


class SellerPhrases(Value):
    """What sellers put around the name of their goods, and what they call themselves."""

    hype: tuple[str, ...]
    emoji: tuple[str, ...]
    tail: tuple[str, ...]
    colour: tuple[str, ...]
    imported: tuple[str, ...]
    foreign_lead: tuple[str, ...]
    foreign_tail: tuple[str, ...]
    shop_start: tuple[str, ...]
    shop_core: tuple[str, ...]
    shop_end: tuple[str, ...]
    shop_foreign: tuple[str, ...]
    shop_foreign_end: tuple[str, ...]
    brand: tuple[str, ...]


class Towns(Value):
    """Indonesian cities (kota) and regencies (kabupaten)."""

    cities: tuple[str, ...]
    regencies: tuple[str, ...]


class GoodsVocabulary(Value):
    """All products, sellers' phrases and towns. A product's index is part of its stock numbers."""

    product: tuple[Product, ...]
    phrases: SellerPhrases
    towns: Towns


@cache
def vocabulary() -> GoodsVocabulary:
    """The packaged vocabulary."""
    file = Path(__file__).parent / "data" / "vocabulary.toml"
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), GoodsVocabulary)


def tokens(text: str) -> tuple[str, ...]:
    """The words of a query, path or title, in lower case."""
    return tuple(re.findall(r"[^\W_]+", text.lower()))


def canonical(query: str) -> str:
    """One spelling for a query however a URL carries it: ``batik-tulis``."""
    return "-".join(tokens(query))
