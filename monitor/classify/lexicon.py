"""Terms found in titles: the words commodities go by, over whole batches at once.

Terms are sequences of words in a trie. All titles of a batch walk it together: level n holds,
for every word, the node reached by the n words that start there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from monitor.classify import text
from monitor.classify.model import LETTERED, Batch, Integers, WordVocabulary

_SHIFT = 20
_LEAST_LETTERS = 6
_LEAST_SIMILARITY = 0.83


class TermMatches(NamedTuple):
    """Terms found in a batch: index of the first word, the term's value, length in words."""

    start: Integers
    value: Integers
    length: Integers


def _ends_of(word: str) -> tuple[str, str]:
    """First three letters, and first letter with the last three: one slip leaves one of them."""
    return word[:3], f"{word[0]}…{word[-3:]}"


class TermList:
    """Terms with a value each, looked up in batches of titles.

    Where ``misspelt`` is set, a word of six letters or more that is neither known to the model
    nor in a term stands for the term's word it resembles (optimal string alignment similarity of
    0.83 or more, same first letter: one slip in six to eleven letters).
    """

    def __init__(self, terms: Iterable[tuple[str, int]], *, misspelt: bool = False) -> None:
        self._misspelt = misspelt
        self._numbers: dict[bytes, int] = {}
        edges: dict[int, int] = {}
        leaves: dict[int, int] = {}
        for term, value in terms:
            node = 0
            for word in text.encode([term])[:-1].split():
                number = self._numbers.setdefault(word, len(self._numbers) + 1)
                node = edges.setdefault(node << _SHIFT | number, len(edges) + 1)
            leaves.setdefault(node, value)
        # An edge is (node, word); the sentinel keeps a search past the last one inside the array.
        self._edges: Integers = np.array([*sorted(edges), 1 << 62], np.int64)
        self._targets: Integers = np.array([*(edges[edge] for edge in sorted(edges)), 0], np.int64)
        self._values: Integers = np.full(len(edges) + 1, -1, np.int64)
        self._values[list(leaves)] = list(leaves.values())
        self._by_ends: dict[str, list[str]] = {}
        for word in self._numbers:
            spelled = word.decode()
            if len(spelled) >= _LEAST_LETTERS - 1 and spelled.isalpha():
                for ends in _ends_of(spelled):
                    self._by_ends.setdefault(ends, []).append(spelled)
        self._words: WordVocabulary | None = None
        self._words_read = 0
        self._number_of_word: Integers = np.zeros(1024, np.int64)

    def numbers(self, words: WordVocabulary) -> Integers:
        """The number of the term word that each word is or resembles, 0 for none."""
        if words is not self._words:
            self._words, self._words_read = words, 0
        total, read = len(words.spelled), self._words_read
        if read < total:
            fresh = words.spelled[read:]
            numbers = [self._numbers.get(word, 0) for word in fresh]
            if self._misspelt:
                for i in np.flatnonzero(words.flags[read:total] == LETTERED).tolist():
                    if not numbers[i] and len(fresh[i]) >= _LEAST_LETTERS and fresh[i].isalpha():
                        numbers[i] = self._nearest(fresh[i].decode())
            if total > len(self._number_of_word):
                room = 2 * total - len(self._number_of_word)
                self._number_of_word = np.pad(self._number_of_word, (0, room))
            self._number_of_word[read:total] = numbers
            self._words_read = total
        return self._number_of_word

    def _nearest(self, word: str) -> int:
        first, last = _ends_of(word)
        candidates = [*self._by_ends.get(first, ()), *self._by_ends.get(last, ())]
        nearest = process.extractOne(
            word, candidates, scorer=OSA.normalized_similarity, score_cutoff=_LEAST_SIMILARITY
        )
        return self._numbers[nearest[0].encode()] if nearest else 0

    def find(self, batch: Batch) -> TermMatches:
        """Every term in the titles that no longer one covers, in the order of the words."""
        numbers = self.numbers(batch.words)[batch.ids]
        start = np.flatnonzero(numbers)
        node = self._step(np.zeros(len(start), np.int64), numbers[start])
        matches = [np.zeros((3, 0), np.int64)]
        length = 1
        while len(start):
            value = self._values[node]
            ends = np.flatnonzero(value >= 0)
            matches.append(np.stack([start[ends], value[ends], np.full(len(ends), length)]))
            walking = np.flatnonzero((node > 0) & (start + length < len(numbers)))
            start, node = start[walking], node[walking]
            within = batch.row[start] == batch.row[start + length]
            node = np.where(within, self._step(node, numbers[start + length]), 0)
            start, node = start[node > 0], node[node > 0]
            length += 1
        return _uncovered(TermMatches(*np.concatenate(matches, axis=1)), len(numbers))

    def _step(self, node: Integers, number: Integers) -> Integers:
        """The node that each node's edge with a word leads to, 0 where it has no such edge."""
        edge = node << _SHIFT | number
        index = np.searchsorted(self._edges, edge)
        return np.where(self._edges[index] == edge, self._targets[index], 0)


def _uncovered(matches: TermMatches, words: int) -> TermMatches:
    """The terms that do not lie inside a longer one, in the order of the words."""
    start, value, length = matches
    end = np.zeros(words, np.int64)
    np.maximum.at(end, start, start + length)
    covered = end[start] > start + length
    for back in range(1, int(length.max(initial=1))):
        covered |= (start >= back) & (end[np.maximum(start - back, 0)] >= start + length)
    bare = np.flatnonzero(~covered)
    bare = bare[np.argsort(start[bare], kind="stable")]
    return TermMatches(start[bare], value[bare], length[bare])


def best(
    rows: int, row: Integers, rank: Integers | NDArray[np.float32], value: Integers
) -> Integers:
    """The value of the highest rank in each of ``rows`` rows, -1 where there is none.

    ``row`` ascends. Of equal ranks the first counts.
    """
    best_value = np.full(rows, -1, np.int64)
    if len(row):
        first = np.flatnonzero(np.diff(row, prepend=-1))
        highest = np.maximum.reduceat(rank, first)
        count = np.diff(first, append=len(row))
        top = np.flatnonzero(rank == np.repeat(highest, count))[::-1]
        best_value[row[top]] = value[top]
    return best_value
