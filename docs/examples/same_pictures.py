"""Which visited offers on different platforms show the same picture?

    python same_pictures.py pantau.db
    python same_pictures.py postgresql+psycopg://USER@HOST/DATABASE

A line for each pair of offers on two platforms whose pictures' numbers (``picture_hash`` of the
view ``visits``) differ by at most 40 bits of 256 in shape and 12 levels of 255 in colour: the
limits of docs/classifier.md. The distances are computed here, since SQL has no word for them that
SQLite and PostgreSQL share.

What it does not show: a factory's picture is used by many sellers, so one picture is no proof of
one seller, nor of goods from abroad; a picture that was cut, framed or mirrored is not found;
offers that were not visited, or whose picture was not asked for, have no number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import create_engine

SHAPE_DIGITS, SHAPE_BITS, COLOUR_LEVELS = 64, 40, 12
QUERY = """SELECT platform, item_id, title, picture_hash FROM visits
WHERE state = 'sampled' ORDER BY visited_at"""

Pair = tuple[str, str, int, int]
"""Two offers, and by how many bits and levels their pictures differ."""


def read(database: str) -> pd.DataFrame:
    """The visited offers with a number, each as it was last visited."""
    if "://" not in database and not Path(database).is_file():
        sys.exit(f"{database}: no such file")
    url = database if "://" in database else f"sqlite:///{Path(database).resolve()}"
    engine = create_engine(url)
    try:
        offers = pd.read_sql_query(QUERY, engine)
    except pd.errors.DatabaseError:
        sys.exit(f"{database}: no store with the view visits; run pantau db upgrade")
    finally:
        engine.dispose()
    last = offers.drop_duplicates(["platform", "item_id"], keep="last")
    last = last.dropna(subset=["picture_hash"])
    is_number = last["picture_hash"].astype(str).str.fullmatch("[0-9a-f]{160}")
    for offer in last[~is_number].itertuples():
        print(f"{offer.platform}/{offer.item_id}: its picture_hash is no number; left out")
    return last[is_number].reset_index(drop=True)


def pairs(offers: pd.DataFrame) -> Iterator[Pair]:
    """The pairs on two platforms with one picture."""
    if offers.empty:
        return
    numbers = np.stack([np.frombuffer(bytes.fromhex(n), np.uint8) for n in offers["picture_hash"]])
    shapes, colours = np.split(numbers, [SHAPE_DIGITS // 2], axis=1)
    names = (offers["platform"] + "/" + offers["item_id"]).to_numpy()
    platforms = offers["platform"].to_numpy()
    for at in range(len(offers) - 1):
        bits = np.bitwise_count(shapes[at] ^ shapes[at + 1 :]).sum(axis=1)
        levels = np.abs(colours[at].astype(int) - colours[at + 1 :]).max(axis=1)
        near = (bits <= SHAPE_BITS) & (levels <= COLOUR_LEVELS)
        for other in np.flatnonzero(near & (platforms[at] != platforms[at + 1 :])):
            yield names[at], names[at + 1 + other], int(bits[other]), int(levels[other])


def main(database: str) -> int:
    """Print the pairs; how many offers had a number comes first."""
    offers = read(database)
    print(f"{len(offers)} visited offers have a picture's number")
    for one, other, bits, levels in pairs(offers):
        print(f"{one} {other}: {bits} bits and {levels} levels apart")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
