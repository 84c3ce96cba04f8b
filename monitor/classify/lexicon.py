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
from monitor.classify.model import Batch, Integers, Words

_SHIFT = 20
_LEAST = 6
_LIKENESS = 0.84


class Found(NamedTuple):
    """Terms found: position of the first word in the batch, value, length in words."""

    at: Integers
    value: Integers
    length: Integers


class Terms:
    """Terms with a number each, looked up in batches of titles.

    A word of six letters or more that is neither known to the model nor in a term stands for the
    term's word it resembles (optimal string alignment similarity of 0.84 or more, same first
    letter: one slip in six to twelve letters).
    """

    def __init__(self, terms: Iterable[tuple[str, int]]) -> None:
        self._numbers: dict[bytes, int] = {}
        edges: dict[int, int] = {}
        ends: dict[int, int] = {}
        nodes = 0
        for term, value in terms:
            node = 0
            for word in text.words([term])[:-1]:
                number = self._numbers.setdefault(word, len(self._numbers) + 1)
                edge = node << _SHIFT | number
                if edge not in edges:
                    nodes += 1
                    edges[edge] = nodes
                node = edges[edge]
            if node:
                ends.setdefault(node, value)
        self.edges: Integers = np.array(sorted(edges), np.int64)
        self._targets: Integers = np.array([edges[e] for e in sorted(edges)], np.int64)
        self._ends: Integers = np.full(nodes + 1, -1, np.int64)
        self._ends[list(ends)] = list(ends.values())
        self._letters: dict[str, list[str]] = {}
        for word in self._numbers:
            spelled = word.decode()
            if len(spelled) >= _LEAST - 1 and spelled.isalpha():
                self._letters.setdefault(spelled[0], []).append(spelled)
        self._read = 0
        self._of_word: Integers = np.zeros(1024, np.int64)
        self._words: Words | None = None

    def numbers(self, words: Words) -> Integers:
        """The number of the term word that each word is or resembles, 0 for none."""
        if words is not self._words:
            self._words, self._read = words, 0
        spelled = words.spelled
        if len(spelled) > len(self._of_word):
            self._of_word = np.resize(self._of_word, 2 * len(spelled))
        if self._read < len(spelled):
            fresh = spelled[self._read :]
            exact = [self._numbers.get(word, 0) for word in fresh]
            known = words.known[self._read : len(spelled)]
            for i in np.nonzero(known == 0)[0].tolist():
                if not exact[i] and len(fresh[i]) >= _LEAST:
                    exact[i] = self._nearest(fresh[i])
            self._of_word[self._read : len(spelled)] = exact
            self._read = len(spelled)
        return self._of_word

    def _nearest(self, word: bytes) -> int:
        spelled = word.decode("utf-8", "replace")
        if not spelled.isalpha():
            return 0
        found = process.extractOne(
            spelled,
            self._letters.get(spelled[0], ()),
            scorer=OSA.normalized_similarity,
            score_cutoff=_LIKENESS,
        )
        return self._numbers[found[0].encode()] if found else 0

    def find(self, batch: Batch) -> Found:
        """Every term in the titles that no longer one covers."""
        numbers = self.numbers(batch.words)[batch.ids]
        at = np.nonzero(numbers)[0]
        node = np.zeros(len(at), np.int64)
        places, values, lengths = [], [], []
        length = 0
        while len(at):
            length += 1
            node = self._step(node, numbers[at + length - 1])
            alive = node > 0
            at, node = at[alive], node[alive]
            value = self._ends[node]
            ending = value >= 0
            places.append(at[ending])
            values.append(value[ending])
            lengths.append(np.full(int(ending.sum()), length))
            more = at + length < len(numbers)
            at, node = at[more], node[more]
            same = batch.row[at] == batch.row[at + length]
            at, node = at[same], node[same]
        if not places:
            empty: Integers = np.zeros(0, np.int64)
            return Found(empty, empty, empty)
        at, length_of = np.concatenate(places), np.concatenate(lengths)
        bare = ~_covered(at, length_of, len(numbers))
        return Found(at[bare], np.concatenate(values)[bare], length_of[bare])

    def _step(self, node: Integers, number: Integers) -> Integers:
        edge = node << _SHIFT | number
        index = np.minimum(np.searchsorted(self.edges, edge), len(self.edges) - 1)
        hit = (self.edges[index] == edge) & (number > 0)
        return np.where(hit, self._targets[index], 0)


def _covered(at: Integers, length: Integers, size: int) -> NDArray[np.bool_]:
    """Which terms lie inside a longer one."""
    end = np.zeros(size + 1, np.int64)
    np.maximum.at(end, at, at + length)
    hidden = end[at] > at + length
    for back in range(1, int(length.max(initial=1))):
        hidden |= (at >= back) & (end[at - back] >= at + length)
    return hidden


def best(
    rows: int, row: Integers, rank: Integers | NDArray[np.float64], value: Integers
) -> Integers:
    """The value of the highest rank in each of ``rows`` rows, -1 where there is none."""
    order = np.lexsort((rank, row))
    row, value = row[order], value[order]
    found = np.full(rows, -1, np.int64)
    found[row] = value
    return found
