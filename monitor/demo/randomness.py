"""Repeatable random numbers: each follows from its key alone, in any order, on any machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_T = TypeVar("_T")
_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def hash_of(*key: object) -> int:
    """A 64-bit hash of the key's ``repr``; the same on every machine, unlike ``hash``."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest())


def splitmix64(state: int) -> int:
    """64 mixed bits from 64 bits (SplitMix64, Steele et al. 2014)."""
    state = (state + _GAMMA) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def uniform(*key: object) -> float:
    """A number in [0, 1) that follows from the key."""
    return hash_of(*key) / (1 << 64)


class RandomStream:
    """A sequence of random numbers that follows from one key."""

    def __init__(self, *key: object) -> None:
        self._state = hash_of(*key)

    def bits(self) -> int:
        """The next 64 random bits."""
        self._state = (self._state + _GAMMA) & _MASK
        return splitmix64(self._state)

    def random(self) -> float:
        """A number in [0, 1)."""
        return self.bits() / (1 << 64)

    def chance(self, probability: float) -> bool:
        """True with the probability."""
        return self.random() < probability

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        return low + self.bits() % (high - low + 1)

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options, each equally likely."""
        return options[self.bits() % len(options)]

    def shuffled(self, options: Sequence[_T]) -> list[_T]:
        """All options in a random order."""
        return sorted(options, key=lambda _: self.bits())
