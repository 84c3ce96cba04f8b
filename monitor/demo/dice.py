"""Repeatable chance: every draw follows from its key alone, in any order and on any machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_T = TypeVar("_T")
_MASK = (1 << 64) - 1


def digest(*key: object) -> int:
    """64 bits that follow from the key."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest())


def mixed(state: int) -> int:
    """64 bits from 64 bits (SplitMix64, Steele et al. 2014)."""
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def roll(*key: object) -> float:
    """A number in [0, 1) that follows from the key."""
    return digest(*key) / (1 << 64)


class Dice:
    """A stream of draws from one key."""

    def __init__(self, *key: object) -> None:
        self._state = digest(*key)

    def bits(self) -> int:
        """64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        return mixed(self._state)

    def random(self) -> float:
        """A number in [0, 1)."""
        return self.bits() / (1 << 64)

    def chance(self, share: float) -> bool:
        """True in ``share`` of all draws."""
        return self.random() < share

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        return low + self.bits() % (high - low + 1)

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options."""
        return options[self.bits() % len(options)]

    def shuffled(self, options: Sequence[_T]) -> list[_T]:
        """The options in another order."""
        return sorted(options, key=lambda _: self.bits())
