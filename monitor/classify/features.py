"""Words of titles and their hashed n-grams, in numpy: what the title model is linear in.

A title's score is a sum over its words and pairs of neighbouring words, since n-grams stay
inside a word. So each word is taken apart once and remembered, and a title costs a few additions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.classify.model_file import BITS, GRAMS

MAX_WORD = 32

Hashes = NDArray[np.uint64]
Integers = NDArray[np.int64]

_BASE = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(29)
_SHIFT = np.uint64(64 - BITS)
_POWERS = np.array([pow(int(_BASE), k, 1 << 64) for k in range(MAX_WORD)], np.uint64)


class Split(NamedTuple):
    """Words of a batch in order: hash, first byte, length (at most 32 bytes); words a title."""

    hashes: Hashes
    start: Integers
    length: Integers
    words_a_title: Integers


def split(text: bytes) -> Split:
    """The words in ``text``: runs of bytes above 0x20; 0x1F ends a title (see ``text.encode``)."""
    codes = np.frombuffer(text, np.uint8)
    inside = np.zeros(len(codes) + 2, np.int8)
    inside[1:-1] = codes > 0x20
    edge = np.diff(inside)
    start = np.flatnonzero(edge == 1)
    length = np.minimum(np.flatnonzero(edge == -1) - start, MAX_WORD)
    until = np.searchsorted(start, np.flatnonzero(codes == 0x1F))
    first = np.cumsum(length) - length
    offset = np.arange(length.sum()) - np.repeat(first, length)
    byte = codes[np.repeat(start, length) + offset].astype(np.uint64)
    hashes = np.add.reduceat(byte * _POWERS[offset], first) if len(start) else byte
    return Split(stirred(hashes), start, length, np.diff(until, prepend=0))


def stirred(hashes: Hashes) -> Hashes:
    """Hashes with their bits stirred, so that the high ones can serve as an index."""
    product: Hashes = (hashes ^ (hashes >> _FOLD)) * _MIX
    return product


def hash_grams(words: Sequence[bytes], hashes: Hashes) -> tuple[Integers, Integers]:
    """The buckets of the words' features, word after word, and how many each word has.

    Features: the n-grams of the word between spaces, n = 3..5, and the word itself.
    """
    codes = np.frombuffer(b"".join([b" " + word + b" " for word in words]), np.uint8)
    length = np.fromiter(map(len, words), np.int64, len(words)) + 2
    owner = np.repeat(np.arange(len(words)), length)
    letters_left = np.repeat(np.cumsum(length), length) - np.arange(len(codes))
    buckets = [_bucket(hashes * _PAIR)]
    owners = [np.arange(len(words))]
    letters = codes.astype(np.uint64) + np.uint64(1)
    rolling = letters
    for n in range(2, max(GRAMS) + 1):
        rolling = rolling[:-1] * _BASE + letters[n - 1 :]
        if n in GRAMS:
            whole = np.flatnonzero(letters_left[: len(rolling)] >= n)
            buckets.append(_bucket(rolling[whole] * np.uint64(2 * n + 1)))
            owners.append(owner[whole])
    all_owners = np.concatenate(owners)
    order = np.argsort(all_owners, kind="stable")
    counts = np.bincount(all_owners, minlength=len(words))
    return np.concatenate(buckets)[order], counts


def hash_pairs(first: Hashes, second: Hashes) -> Integers:
    """The buckets of pairs of neighbouring words."""
    return _bucket(first * _PAIR ^ second)


def _bucket(hashes: Hashes) -> Integers:
    return (stirred(hashes) >> _SHIFT).astype(np.int64)


class Numbering:
    """Numbers 1, 2, … for hashes, looked up for a whole batch at once."""

    def __init__(self) -> None:
        self._hashes: Hashes = np.zeros(1, np.uint64)  # ascending, each once
        self._numbers: Integers = np.zeros(1, np.int64)

    def find(self, hashes: Hashes) -> Integers:
        """The number of each hash, 0 for one not yet numbered."""
        index = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        return np.where(self._hashes[index] == hashes, self._numbers[index], 0)

    def add(self, hashes: Hashes) -> None:
        """Numbers further hashes, all different and new, in their order."""
        count = len(self._hashes)
        merged = np.concatenate([self._hashes, hashes])
        numbers = np.concatenate([self._numbers, np.arange(count, count + len(hashes))])
        order = np.argsort(merged)
        self._hashes, self._numbers = merged[order], numbers[order]
