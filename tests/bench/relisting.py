"""Relisting, measured on pairs built from the listings of tokopedia_umkm_2026.

A true pair is a listing and itself offered anew: words dropped, added, swapped or misspelt, the
price moved, another id, sometimes another seller or image. A false pair is what resembles a
listing most: the nearest title of the same shop, and of another shop. The shops of one half fit
the coefficients (``python -m tests.bench.relisting`` prints them), the other half measures.
"""

from __future__ import annotations

import csv
import hashlib
import random
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from monitor.classify import relisting
from monitor.model import Listing

SOURCE = Path(__file__).resolve().parents[3] / "shared/datasets/tokopedia_umkm_2026/listings.csv"
PROMOTION = (
    *("ready stock", "terbaru 2026", "promo", "best seller", "murah", "original", "premium"),
    *("cod", "grosir", "viral", "termurah", "gratis ongkir", "new arrival", "kualitas terbaik"),
)
PAIRS = 3_000
PICTURES_RECOGNISED, PICTURES_CONFUSED = 0.519, 0.003
SIZE = 50_000

Row = dict[str, object]


def listings(half: int) -> list[Listing]:
    """The listings of the shops whose hash is even (0) or odd (1)."""
    found: dict[str, Listing] = {}
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            shop = dict(p.split("=", 1) for p in row["extra"].split(";") if "=" in p).get("shop_id")
            if shop and hashlib.sha256(shop.encode()).digest()[0] % 2 == half:
                found[row["title"].lower()] = Listing(
                    platform="tokopedia",
                    item_id=str(number),
                    title=row["title"],
                    price=Decimal(row["price"]) if row["price"] else None,
                    currency="IDR",
                    seller_id=shop,
                    image_url=f"https://images.example/{number:012d}.jpg",
                )
    return list(found.values())


def anew(listing: Listing, dice: random.Random) -> Listing:
    """The listing as somebody would offer it again."""
    words = listing.title.split()
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        change = dice.randrange(4)
        place = dice.randrange(len(words))
        if change == 0 and len(words) > 3:
            del words[place]
        elif change == 1:
            words.insert(dice.choice((0, len(words))), dice.choice(PROMOTION))
        elif change == 2 and len(words) > 2:
            words.insert(dice.randrange(len(words)), words.pop(place))
        elif change == 3 and len(words[place]) > 4:
            at = dice.randrange(1, len(words[place]) - 1)
            words[place] = words[place][:at] + words[place][at + 1 :]
    title = " ".join(words)
    return replace(
        listing,
        item_id=f"new-{listing.item_id}",
        title=title.upper() if dice.random() < 0.2 else title,
        price=listing.price and (listing.price * dice.choice((90, 95, 100, 100, 105)) / 100),
        seller_id=listing.seller_id if dice.random() < 0.7 else f"shop-{dice.random()}",
        image_url=_image(listing, dice),
    )


def _image(listing: Listing, dice: random.Random) -> str | None:
    chance = dice.random()
    if chance < 0.4:
        return listing.image_url
    return None if chance < 0.7 else f"https://images.example/{dice.getrandbits(60)}.jpg"


def lookalikes(
    known: list[Listing], chosen: list[int], *, same_shop: bool
) -> list[tuple[int, int]]:
    """For each chosen listing the one of the same (or another) shop with the likest title."""
    shops = np.array([listing.seller_id for listing in known])
    titles = [" ".join(sorted(listing.title.lower().split())) for listing in known]
    found = []
    for start in range(0, len(chosen), 500):
        part = chosen[start : start + 500]
        near = process.cdist([titles[i] for i in part], titles, scorer=fuzz.ratio, dtype=np.uint8)
        near[(shops[part][:, None] == shops) != same_shop] = 0
        near[np.arange(len(part)), part] = 0
        best = near.argmax(axis=1)
        found += [
            (i, int(j)) for i, j, k in zip(part, best, near.max(axis=1), strict=True) if k > 0
        ]
    return found


def pairs(half: int, seed: int = 7) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    """Features, whether true, and the kind of each pair of one half of the shops."""
    dice = random.Random(seed + half)
    known = listings(half)
    chosen = dice.sample(range(len(known)), min(PAIRS, len(known)))
    again = [anew(known[i], dice) for i in chosen]
    parts = [
        ("true", known, again, [(i, k) for k, i in enumerate(chosen)]),
        ("same shop", known, known, lookalikes(known, chosen[: PAIRS // 2], same_shop=True)),
        ("other shop", known, known, lookalikes(known, chosen[PAIRS // 2 :], same_shop=False)),
    ]
    features, kinds = [], []
    for kind, gone, new, where in parts:
        blurred = new if kind == "true" else [replace(x, image_url=_image_of(x, dice)) for x in new]
        features.append(relisting.features(gone, blurred, np.array(where)))
        kinds += [kind] * len(where)
    return np.concatenate(features), np.array([k == "true" for k in kinds]), kinds


def _image_of(listing: Listing, dice: random.Random) -> str | None:
    return None if dice.random() < 0.5 else listing.image_url


def fit() -> tuple[float, ...]:
    """The coefficients, from the shops of the first half."""
    from sklearn.linear_model import LogisticRegression

    features, true, _ = pairs(0)
    logistic = LogisticRegression(C=100, class_weight="balanced", max_iter=2000)
    logistic.fit(features, true)
    return tuple(np.round([*logistic.intercept_, *logistic.coef_[0]], 3).tolist())


def measured(*, with_pictures: bool = False) -> dict[str, float]:
    """Precision and recall at the threshold, over the shops of the second half.

    ``with_pictures``: numbers of all pictures are known, and take as many pairs for one picture, by
    chance, as ``python -m tests.bench pictures`` finds over all changes.
    """
    features, true, kinds = pairs(1)
    if with_pictures:
        chance = np.random.default_rng(1).random(len(true))
        is_alike = chance < np.where(true, PICTURES_RECOGNISED, PICTURES_CONFUSED)
        image = relisting.FEATURES.index("same image")
        features[:, image] = np.maximum(features[:, image], is_alike)
    bias, *weights = relisting.COEFFICIENTS
    taken = 1 / (1 + np.exp(-(bias + features @ np.array(weights)))) >= relisting.THRESHOLD
    same = np.array([kind == "same shop" for kind in kinds])
    other = np.array([kind == "other shop" for kind in kinds])
    return {
        "precision": float((taken & true).sum() / taken.sum()),
        "recall": float(taken[true].mean()),
        "taken of same-shop lookalikes": float(taken[same].mean()),
        "taken of other-shop lookalikes": float(taken[other].mean()),
    }


def run() -> Iterator[Row]:
    """One row a figure; nothing (and a word on stderr) where the data sets are not here."""
    if not SOURCE.is_file():
        sys.stderr.write(f"relisting: no data set {SOURCE}\n")
        return
    for name, value in measured().items():
        yield _row(f"relisting: {name}", round(value, 4), "share")
    for name, value in measured(with_pictures=True).items():
        yield _row(f"relisting: with pictures: {name}", round(value, 4), "share")
    yield _row(
        "relisting: two whole lists", round(_large(), 1), f"s of one core for {SIZE} x {SIZE}"
    )


def _large() -> float:
    dice = random.Random(3)
    known = [*listings(0), *listings(1)]
    gone = [replace(dice.choice(known), item_id=f"g{i}") for i in range(SIZE)]
    new = [replace(anew(dice.choice(known), dice), item_id=f"n{i}") for i in range(SIZE)]
    started = time.process_time()
    relisting.relistings(gone, new)
    return time.process_time() - started


def _row(name: str, value: float, unit: str) -> Row:
    return {"name": name, "value": value, "unit": unit, "reference": None, "ratio": None}


if __name__ == "__main__":
    sys.stdout.write(f"COEFFICIENTS = {fit()}\n")
