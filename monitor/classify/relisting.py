"""Relisting: a listing that vanished, offered anew under another id or other words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from monitor.classify.picture_hash import difference
from monitor.classify.text import plain
from monitor.model import Listing, ListingKey, Value

THRESHOLD = 0.9
RAREST = 4
SHARED_BY = 60
CHUNK = 200_000
COEFFICIENTS = (-49.399, 12.509, 29.153, 1.526, 10.215, 15.19)
FEATURES = (
    "title, words sorted",
    "title, words shared",
    "numbers in common",
    "price",
    "same image",
)

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\w*\d\w*")
_SIZE = re.compile(r"([._](\d+x\d+\w*|tn|thumb|jpe?g|png|webp|avif|gif))+_?$", re.IGNORECASE)

Floats = NDArray[np.float64]
Pairs = NDArray[np.int64]
_Key = tuple[str, str, str]


class Relisted(Value):
    """A new listing taken for a gone one, with the probability that it is the same offer."""

    gone: str
    new: str
    platform: str
    score: float


def image_key(url: str | None) -> str | None:
    """The name of an image without host, folder, size and format; None for no usable name."""
    if not url:
        return None
    name = urlsplit(url).path.rsplit("/", 1)[-1].split("~")[0].split("@")[0]
    key = _SIZE.sub("", name.replace("_.", "."))
    return key.lower() if len(key) >= 8 else None


def relistings(
    gone: Sequence[Listing],
    new: Sequence[Listing],
    threshold: float = THRESHOLD,
    picture_hashes: Mapping[ListingKey, str] = MappingProxyType({}),
) -> list[Relisted]:
    """Which of ``new`` are offers of ``gone`` again, best score first.

    Only listings of one platform with different ids are compared, and of those only pairs that
    share an image, a seller or one of the four rarest words of the new title (a word at most 60
    gone titles have), so 50,000 listings on each side stay feasible. Each listing is in one pair
    at most. ``picture_hashes`` are the numbers of listings' pictures, where they are known: two
    that differ little count as the same image, whatever its name. The score is calibrated on pairs
    built from the data sets (see ``docs/classifier.md``).
    """
    gone_offers, new_offers = (
        [_read(listing, picture_hashes.get(listing.key)) for listing in side]
        for side in (gone, new)
    )
    pairs = np.array(_candidates(gone_offers, new_offers), np.int64).reshape(-1, 2)
    # Fifty thousand listings on each side give millions of pairs; a chunk's features fit in memory.
    chunks = [pairs[start : start + CHUNK] for start in range(0, len(pairs), CHUNK)]
    scores = np.concatenate(
        [np.zeros(0), *(_score(gone_offers, new_offers, chunk) for chunk in chunks)]
    )
    used_gone, used_new = set[int](), set[int]()
    relisted: list[Relisted] = []
    for k in np.argsort(-scores, kind="stable").tolist():
        if scores[k] < threshold:
            break
        i, j = pairs[k].tolist()
        if i not in used_gone and j not in used_new:
            used_gone.add(i)
            used_new.add(j)
            relisted.append(
                Relisted(
                    gone=gone[i].item_id,
                    new=new[j].item_id,
                    platform=new[j].platform,
                    score=round(float(scores[k]), 4),
                )
            )
    return relisted


def features(gone: Sequence[Listing], new: Sequence[Listing], pairs: Pairs) -> Floats:
    """One row a pair of indices into ``gone`` and ``new``: ``FEATURES`` in [0, 1]."""
    return _features([_read(listing) for listing in gone], [_read(li) for li in new], pairs)


class _Offer(NamedTuple):
    platform: str
    item_id: str
    title: str
    numbers: frozenset[str]
    price: float | None
    currency: str | None
    seller: str | None
    image: str | None
    picture_hash: str | None


def _read(listing: Listing, picture_hash: str | None = None) -> _Offer:
    """What of a listing is compared: its title in plain words, numbers, price, seller and image."""
    title = " ".join(_WORD.findall(plain(listing.title).lower()))
    return _Offer(
        platform=listing.platform,
        item_id=listing.item_id,
        title=title,
        numbers=frozenset(_NUMBER.findall(title)),
        price=None if listing.price is None else float(listing.price),
        currency=listing.currency,
        seller=listing.seller_id or listing.seller_name,
        image=image_key(listing.image_url),
        picture_hash=picture_hash,
    )


def _score(gone: Sequence[_Offer], new: Sequence[_Offer], pairs: Pairs) -> Floats:
    bias, *weights = COEFFICIENTS
    probability: Floats = 1 / (
        1 + np.exp(-(bias + _features(gone, new, pairs) @ np.array(weights)))
    )
    return probability


def _features(gone: Sequence[_Offer], new: Sequence[_Offer], pairs: Pairs) -> Floats:
    offers = [(gone[i], new[j]) for i, j in pairs.tolist()]
    old_titles, new_titles = [old.title for old, _ in offers], [new.title for _, new in offers]
    columns = [
        process.cpdist(old_titles, new_titles, scorer=fuzz.token_sort_ratio) / 100,
        process.cpdist(old_titles, new_titles, scorer=fuzz.token_set_ratio) / 100,
        [_numbers_in_common(old, new) for old, new in offers],
        [_price_ratio(old, new) for old, new in offers],
        [float(_is_same_image(old, new)) for old, new in offers],
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _numbers_in_common(old: _Offer, new: _Offer) -> float:
    """Share of the words with digits that both titles have; 1 where neither has any."""
    union = old.numbers | new.numbers
    return len(old.numbers & new.numbers) / len(union) if union else 1.0


def _is_same_image(old: _Offer, new: _Offer) -> bool:
    """Whether the images have one name, or numbers that differ little."""
    if old.image is not None and old.image == new.image:
        return True
    if old.picture_hash is None or new.picture_hash is None:
        return False
    return difference(old.picture_hash, new.picture_hash).is_small


def _price_ratio(old: _Offer, new: _Offer) -> float:
    """Smaller price over greater; a half where they cannot be compared."""
    if not old.price or not new.price or old.currency != new.currency:
        return 0.5
    return min(old.price, new.price) / max(old.price, new.price)


def _candidates(gone: Sequence[_Offer], new: Sequence[_Offer]) -> list[tuple[int, int]]:
    """Indices of pairs that share an image, a seller or a rare word of the title."""
    index: defaultdict[_Key, list[int]] = defaultdict(list)
    for i, offer in enumerate(gone):
        for key in [*_keys(offer), *_words(offer)]:
            index[key].append(i)
    candidates: list[tuple[int, int]] = []
    for j, offer in enumerate(new):
        shared = sorted((len(index[key]), key) for key in _words(offer) if key in index)
        rare = [key for often, key in shared[:RAREST] if often <= SHARED_BY]
        near = {i for key in [*_keys(offer), *rare] for i in index.get(key, ())}
        candidates += ((i, j) for i in sorted(near) if gone[i].item_id != offer.item_id)
    return candidates


def _keys(offer: _Offer) -> list[_Key]:
    marks = (
        ("image", offer.image),
        ("picture", offer.picture_hash),
        ("seller", offer.seller),
    )
    return [(offer.platform, kind, mark) for kind, mark in marks if mark]


def _words(offer: _Offer) -> list[_Key]:
    return [(offer.platform, "word", word) for word in set(offer.title.split())]
