"""Hashed n-grams of words, in numpy: what the title model is linear in.

A title's score is a sum over its words and pairs of neighbouring words, since n-grams stay
inside a word. So each word is hashed once and remembered, and a title costs a few additions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.classify.text import MAX_WORD

GRAMS = (3, 4, 5, 6)
BITS = 18
BUCKETS = 1 << BITS

Hashes = NDArray[np.uint64]
Buckets = NDArray[np.int64]

_BASE = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(64 - BITS)
_POWERS = np.array([pow(0x100000001B3, k, 1 << 64) for k in range(MAX_WORD + 3)], np.uint64)


def _bucket(hashes: Hashes) -> Buckets:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _MIX
    return (mixed >> _SHIFT).astype(np.int64)


def hash_words(words: Sequence[bytes]) -> tuple[Hashes, Buckets, NDArray[np.int64]]:
    """A hash a word, the buckets of its features, and how many features each word has.

    Features: the n-grams of the word between spaces, n = 3..6, and the word itself. The buckets
    of one word stand together, in the order of the words.
    """
    padded = [b" " + word[:MAX_WORD] + b" " for word in words]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    text = np.frombuffer(b"".join(padded), np.uint8).astype(np.uint64) + np.uint64(1)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    owner = np.repeat(np.arange(len(padded)), lengths)
    offset = np.arange(len(text)) - starts[owner]
    whole: Hashes = np.add.reduceat(text * _POWERS[offset], starts) if len(padded) else text
    room = ends[owner] - np.arange(len(text))
    found, owners = [_bucket(whole * _PAIR)], [np.arange(len(padded))]
    rolling = text.copy()
    for n in range(2, max(GRAMS) + 1):
        rolling = rolling[:-1] * _BASE + text[n - 1 :] if len(rolling) > 1 else rolling[:0]
        if n in GRAMS:
            inside = np.nonzero(room[: len(rolling)] >= n)[0]
            found.append(_bucket(rolling[inside] * np.uint64(2 * n + 1)))
            owners.append(owner[inside])
    order = np.argsort(np.concatenate(owners), kind="stable")
    counts = np.bincount(np.concatenate(owners), minlength=len(padded))
    return whole, np.concatenate(found)[order], counts


def hash_pairs(left: Hashes, right: Hashes) -> Buckets:
    """The buckets of pairs of neighbouring words."""
    return _bucket(left * _PAIR ^ (right + _MIX))
