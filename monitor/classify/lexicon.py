"""Terms found in titles: the words commodities go by, over whole batches at once.

Terms are sequences of words in a trie. All titles of a batch walk it together: level n holds,
for every word position, the node reached by the n words that start there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from monitor.classify import text
from monitor.classify.model import LETTERED, Batch, Integers, Words

_SHIFT = 20
_LEAST = 6
_LIKENESS = 0.83


class Found(NamedTuple):
    """Terms found: position of the first word in the batch, value, length in words."""

    at: Integers
    value: Integers
    length: Integers


def _ends_of(word: str) -> tuple[str, str]:
    """First three letters, and first letter with the last three: one slip leaves one of them."""
    return word[:3], f"{word[0]}…{word[-3:]}"


class Terms:
    """Terms with a value each, looked up in batches of titles.

    Where ``misspelt`` is set, a word of six letters or more that is neither known to the model
    nor in a term stands for the term's word it resembles (optimal string alignment similarity of
    0.83 or more, same first letter: one slip in six to eleven letters).
    """

    def __init__(self, terms: Iterable[tuple[str, int]], *, misspelt: bool = False) -> None:
        self._misspelt = misspelt
        self._numbers: dict[bytes, int] = {}
        edges: dict[int, int] = {}
        ends: dict[int, int] = {}
        for term, value in terms:
            node = 0
            for word in text.encode([term])[:-1].split():
                number = self._numbers.setdefault(word, len(self._numbers) + 1)
                node = edges.setdefault(node << _SHIFT | number, len(edges) + 1)
            ends.setdefault(node, value)
        self._roots: Integers = np.zeros(len(self._numbers) + 1, np.int64)
        for edge, node in edges.items():
            if edge >> _SHIFT == 0:
                self._roots[edge] = node
        inner = sorted(edge for edge in edges if edge >> _SHIFT)
        self._edges: Integers = np.array([*inner, 1 << 62], np.int64)
        self._targets: Integers = np.array([*(edges[edge] for edge in inner), 0], np.int64)
        self._ends: Integers = np.full(len(edges) + 1, -1, np.int64)
        self._ends[list(ends)] = list(ends.values())
        self._leads = np.zeros(len(edges) + 1, bool)
        self._leads[[edge >> _SHIFT for edge in inner]] = True
        self._alike: dict[str, list[str]] = {}
        for word in self._numbers:
            spelled = word.decode()
            if len(spelled) >= _LEAST - 1 and spelled.isalpha():
                for part in _ends_of(spelled):
                    self._alike.setdefault(part, []).append(spelled)
        self._read = 0
        self._of_word: Integers = np.zeros(1024, np.int64)
        self._words: Words | None = None

    def numbers(self, words: Words) -> Integers:
        """The number of the term word that each word is or resembles, 0 for none."""
        if words is not self._words:
            self._words, self._read = words, 0
        total = len(words.spelled)
        if self._read < total:
            fresh = words.spelled[self._read :]
            exact = [self._numbers.get(word, 0) for word in fresh]
            if self._misspelt:
                for i in np.flatnonzero(words.flags[self._read : total] == LETTERED).tolist():
                    if not exact[i] and len(fresh[i]) >= _LEAST and fresh[i].isalpha():
                        exact[i] = self._nearest(fresh[i].decode())
            if total > len(self._of_word):
                self._of_word = np.pad(self._of_word, (0, 2 * total - len(self._of_word)))
            self._of_word[self._read : total] = exact
            self._read = total
        return self._of_word

    def _nearest(self, word: str) -> int:
        head, tail = _ends_of(word)
        alike = [*self._alike.get(head, ()), *self._alike.get(tail, ())]
        if not alike:
            return 0
        found = process.extractOne(
            word, alike, scorer=OSA.normalized_similarity, score_cutoff=_LIKENESS
        )
        return self._numbers[found[0].encode()] if found else 0

    def find(self, batch: Batch) -> Found:
        """Every term in the titles that no longer one covers, in the order of the words."""
        numbers = self.numbers(batch.words)[batch.ids]
        at = np.flatnonzero(numbers)
        node = self._roots[numbers[at]]
        at, node = at[node > 0], node[node > 0]
        places, values, lengths = [], [], []
        length = 1
        while len(at):
            value = self._ends[node]
            places.append(at[value >= 0])
            values.append(value[value >= 0])
            lengths.append(np.full(len(values[-1]), length))
            more = np.flatnonzero(self._leads[node] & (at + length < len(numbers)))
            at, node = at[more], node[more]
            node = self._step(node, numbers[at + length], batch.row[at] == batch.row[at + length])
            at, node = at[node > 0], node[node > 0]
            length += 1
        if not places:
            empty: Integers = np.zeros(0, np.int64)
            return Found(empty, empty, empty)
        found = Found(np.concatenate(places), np.concatenate(values), np.concatenate(lengths))
        return _uncovered(found, len(numbers))

    def _step(self, node: Integers, number: Integers, same: NDArray[np.bool_]) -> Integers:
        edge = node << _SHIFT | number
        index = np.searchsorted(self._edges, edge)
        hit = (self._edges[index] == edge) & (number > 0) & same
        return np.where(hit, self._targets[index], 0)


def _uncovered(found: Found, size: int) -> Found:
    """The terms that do not lie inside a longer one, in the order of the words."""
    at, value, length = found
    end = np.zeros(size, np.int64)
    np.maximum.at(end, at, at + length)
    hidden = end[at] > at + length
    for back in range(1, int(length.max(initial=1))):
        hidden |= (at >= back) & (end[np.maximum(at - back, 0)] >= at + length)
    bare = np.flatnonzero(~hidden)
    bare = bare[np.argsort(at[bare], kind="stable")]
    return Found(at[bare], value[bare], length[bare])


def best(
    rows: int, row: Integers, rank: Integers | NDArray[np.float32], value: Integers
) -> Integers:
    """The value of the highest rank in each of ``rows`` rows, -1 where there is none.

    ``row`` ascends. Of equal ranks the first counts.
    """
    found = np.full(rows, -1, np.int64)
    if len(row):
        first = np.flatnonzero(np.diff(row, prepend=-1))
        highest = np.maximum.reduceat(rank, first)
        count = np.diff(first, append=len(row))
        top = np.flatnonzero(rank == np.repeat(highest, count))[::-1]
        found[row[top]] = value[top]
    return found
