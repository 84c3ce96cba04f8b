"""Words of titles and their hashed n-grams, in numpy: what the title model is linear in.

A title's score is a sum over its words and pairs of neighbouring words, since n-grams stay
inside a word. So each word is taken apart once and remembered, and a title costs a few additions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GRAMS = (3, 4, 5)
BITS = 20
BUCKETS = 1 << BITS
MAX_WORD = 32
SCHEME = f"n-grams {min(GRAMS)}-{max(GRAMS)}, words, pairs; 2^{BITS} buckets; 1"
"""What a model's weights are for; raise its last number when features change otherwise."""

Hashes = NDArray[np.uint64]
Integers = NDArray[np.int64]

_BASE = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(29)
_SHIFT = np.uint64(64 - BITS)
_POWERS = np.array([pow(int(_BASE), k, 1 << 64) for k in range(MAX_WORD)], np.uint64)


class Split(NamedTuple):
    """Words of a batch in order: hash, first byte, length (at most 32), and words a title."""

    hashes: Hashes
    start: Integers
    length: Integers
    words: Integers


def split(data: bytes) -> Split:
    """The words in ``data``: runs of bytes above 0x20; 0x1F ends a title (see ``text.encode``)."""
    raw = np.frombuffer(data, np.uint8)
    inside = np.zeros(len(raw) + 2, np.int8)
    inside[1:-1] = raw > 0x20
    edge = np.diff(inside)
    start = np.flatnonzero(edge == 1)
    length = np.minimum(np.flatnonzero(edge == -1) - start, MAX_WORD)
    until = np.searchsorted(start, np.flatnonzero(raw == 0x1F))
    first = np.cumsum(length) - length
    offset = np.arange(int(length.sum())) - np.repeat(first, length)
    byte = raw[np.repeat(start, length) + offset].astype(np.uint64)
    hashes = np.add.reduceat(byte * _POWERS[offset], first) if len(start) else byte
    return Split(mixed(hashes), start, length, np.diff(until, prepend=0))


def mixed(hashes: Hashes) -> Hashes:
    """Hashes with their bits stirred, so that the high ones can serve as an index."""
    stirred: Hashes = (hashes ^ (hashes >> _FOLD)) * _MIX
    return stirred


def hash_grams(words: Sequence[bytes], hashes: Hashes) -> tuple[Integers, Integers]:
    """The buckets of the words' features, word after word, and how many each word has.

    Features: the n-grams of the word between spaces, n = 3..5, and the word itself.
    """
    text = np.frombuffer(b"".join([b" " + word + b" " for word in words]), np.uint8)
    length = np.fromiter(map(len, words), np.int64, len(words)) + 2
    owner = np.repeat(np.arange(len(words)), length)
    room = np.repeat(np.cumsum(length), length) - np.arange(len(text))
    buckets = [_bucket(hashes * _PAIR)]
    owners = [np.arange(len(words))]
    letters = text.astype(np.uint64) + np.uint64(1)
    rolling = letters
    for n in range(2, max(GRAMS) + 1):
        rolling = rolling[:-1] * _BASE + letters[n - 1 :]
        if n in GRAMS:
            whole = np.flatnonzero(room[: len(rolling)] >= n)
            buckets.append(_bucket(rolling[whole] * np.uint64(2 * n + 1)))
            owners.append(owner[whole])
    owned = np.concatenate(owners)
    order = np.argsort(owned, kind="stable")
    return np.concatenate(buckets)[order], np.bincount(owned, minlength=len(words))


def hash_pairs(left: Hashes, right: Hashes) -> Integers:
    """The buckets of pairs of neighbouring words."""
    return _bucket(left * _PAIR ^ right)


def _bucket(hashes: Hashes) -> Integers:
    return (mixed(hashes) >> _SHIFT).astype(np.int64)


class Numbering:
    """Numbers 1, 2, … for hashes: an open-addressing table probed for a whole batch at once."""

    def __init__(self) -> None:
        self.size = 0
        self._grow(16)

    def _grow(self, bits: int) -> None:
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._keys: Hashes = np.zeros(1 << bits, np.uint64)
        self._numbers: Integers = np.zeros(1 << bits, np.int64)

    def find(self, hashes: Hashes) -> Integers:
        """The number of each hash, 0 for one not yet numbered."""
        slot = (hashes >> self._shift).astype(np.int64)
        number = self._numbers[slot]
        astray = np.flatnonzero((self._keys[slot] != hashes) & (number != 0))
        while len(astray):
            slot[astray] = (slot[astray] + 1) & self._mask
            number[astray] = self._numbers[slot[astray]]
            wrong = self._keys[slot[astray]] != hashes[astray]
            astray = astray[wrong & (number[astray] != 0)]
        return number

    def add(self, hashes: Hashes) -> None:
        """Numbers further hashes, all different and new, in their order."""
        numbers = np.arange(self.size + 1, self.size + 1 + len(hashes))
        self.size += len(hashes)
        if 2 * self.size > self._mask:
            held = np.flatnonzero(self._numbers)
            hashes = np.concatenate([self._keys[held], hashes])
            numbers = np.concatenate([self._numbers[held], numbers])
            self._grow(max(16, (4 * self.size).bit_length()))
        slot = (hashes >> self._shift).astype(np.int64)
        left = np.arange(len(hashes))
        while len(left):
            free = left[self._numbers[slot[left]] == 0]
            _, first = np.unique(slot[free], return_index=True)
            taken = free[first]
            self._keys[slot[taken]] = hashes[taken]
            self._numbers[slot[taken]] = numbers[taken]
            left = np.setdiff1d(left, taken, assume_unique=True)
            slot[left] = (slot[left] + 1) & self._mask
