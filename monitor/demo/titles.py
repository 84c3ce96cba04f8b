"""Titles as sellers write them: slang, typing errors, stuffed keywords, emoji, translations."""

from __future__ import annotations

from monitor.demo.randomness import RandomStream
from monitor.demo.vocabulary import Product, SellerPhrases
from monitor.model import Cluster

KEYWORD = 0.93
"""Share of foreign sellers' titles that end with the commodity's name in Indonesian."""


def compose_title(
    product: Product, phrases: SellerPhrases, stream: RandomStream, *, foreign: bool
) -> str:
    """A title; foreign sellers mostly write translated or English ones, some write like locals.

    Nearly all of them add the word that their goods are searched by.
    """
    is_translated = stream.chance(0.65 if foreign else 0.06)
    title = (_translated if is_translated else _local)(product, phrases, stream)
    if foreign and stream.chance(KEYWORD):
        return f"{title} {product.keyword.title()}"
    return title


def _local(product: Product, phrases: SellerPhrases, stream: RandomStream) -> str:
    """A title as an Indonesian seller writes it."""
    if product.series and stream.chance(0.12):
        name = f"{stream.pick(product.series)} Series by {stream.pick(phrases.brand)}"
    elif stream.chance(0.2):
        name = " ".join(stream.shuffled(product.names)[:3])
    else:
        name = stream.pick(product.names)
    if stream.chance(0.1):
        name = _misspelt(name, stream)
    parts = [name, *stream.shuffled(product.details)[: stream.whole(1, 3)]]
    is_plain = product.condition is None  # words of others would say what the goods are not
    if stream.chance(0.25) and is_plain:
        parts.insert(0, stream.pick(phrases.hype))
    if stream.chance(0.3) and product.cluster is not Cluster.food_beverage:
        parts.append(stream.pick(phrases.colour))
    if stream.chance(0.08) and is_plain:
        parts.insert(stream.whole(1, len(parts)), stream.pick(phrases.imported))
    if stream.chance(0.3):
        parts.append(f"{stream.pick('-|~')} {stream.pick(phrases.tail)}")
    if stream.chance(0.15):
        emoji = stream.pick(phrases.emoji)
        parts = [emoji, *parts, emoji]
    title = " ".join(parts)
    casing = stream.random()
    if casing < 0.15:
        return title.upper()
    return title.title() if casing < 0.55 else title


def _translated(product: Product, phrases: SellerPhrases, stream: RandomStream) -> str:
    """A title in English or translated from it, as foreign sellers write it."""
    parts = [stream.pick(product.en)]
    if stream.chance(0.5) and product.condition is None:
        parts.insert(0, stream.pick(phrases.foreign_lead))
    if stream.chance(0.3):
        parts.append(stream.pick(product.details))
    if product.condition is None:
        parts += stream.shuffled(phrases.foreign_tail)[: stream.whole(0, 2)]
    return " ".join(parts)


def _misspelt(name: str, stream: RandomStream) -> str:
    """The name with a letter left out, two exchanged or one doubled; none of them at a space."""
    if len(name) < 5:
        return name + name[-1]
    at = stream.whole(1, len(name) - 3)
    if " " in name[at : at + 2]:
        return name
    typo = stream.random()
    if typo < 0.4:
        return name[:at] + name[at + 1 :]
    if typo < 0.7:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at] + name[at:]


def seller_name(
    phrases: SellerPhrases, stream: RandomStream, *, foreign: bool, posing: bool = False
) -> str:
    """A seller's name; a ``posing`` foreign seller mostly takes a local one."""
    if foreign and not (posing and stream.chance(0.7)):
        return stream.pick(phrases.shop_foreign) + stream.pick(phrases.shop_foreign_end)
    start = stream.pick(phrases.shop_start) + " " if stream.chance(0.7) else ""
    return start + stream.pick(phrases.shop_core) + stream.pick(phrases.shop_end)
