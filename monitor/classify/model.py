"""The title model: hashed n-grams, one linear score a cluster, a calibrated confidence."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.classify import features, text
from monitor.classify.model_file import CLUSTERS, ModelFile

MAX_WORDS = 400_000

_Kind = TypeVar("_Kind", bound=np.generic)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


LETTERED, FREQUENT = 1, 2
"""Flags of a word."""


class WordVocabulary:
    """The words seen so far, taken apart once; grows batch by batch. Word 0 is no word.

    ``vectors`` has one row a word: the four cluster weights summed over its n-grams; ``grams``
    says how many those are. ``flags``: ``LETTERED`` for a word of two or more signs that is no
    number, ``FREQUENT`` for such a word that is ``frequent`` in the training titles.
    """

    def __init__(self, weights: NDArray[np.float32], frequent: bytes) -> None:
        self._weights = weights
        self._numbering = features.Numbering()
        self.spelled: list[bytes] = [b""]
        self.hashes: features.Hashes = np.zeros(1024, np.uint64)
        self.vectors: NDArray[np.float32] = np.zeros((1024, len(CLUSTERS)), np.float32)
        self.grams: Integers = np.zeros(1024, np.int64)
        self.flags: NDArray[np.uint8] = np.zeros(1024, np.uint8)
        self.numbers(frequent, features.split(frequent))
        self.flags[: len(self.spelled)] *= LETTERED | FREQUENT

    def numbers(self, encoded: bytes, words: features.Split) -> Integers:
        """The number of each word of encoded titles; learns those not seen before."""
        numbers = self._numbering.find(words.hashes)
        unseen = np.flatnonzero(numbers == 0)
        if len(unseen):
            hashes, first = np.unique(words.hashes[unseen], return_index=True)
            index = unseen[first]
            start, length = words.start[index].tolist(), words.length[index].tolist()
            spelled = [encoded[i : i + n] for i, n in zip(start, length, strict=True)]
            self._learn(spelled, hashes)
            numbers[unseen] = self._numbering.find(words.hashes[unseen])
        return numbers

    def _learn(self, spelled: list[bytes], hashes: features.Hashes) -> None:
        """Adds words not seen before, with the sum of their n-grams' weights."""
        start, stop = len(self.spelled), len(self.spelled) + len(spelled)
        self.spelled += spelled
        if stop > len(self.hashes):
            room = 2 * stop - len(self.hashes)
            self.hashes = np.pad(self.hashes, (0, room))
            self.vectors = np.pad(self.vectors, ((0, room), (0, 0)))
            self.grams = np.pad(self.grams, (0, room))
            self.flags = np.pad(self.flags, (0, room))
        buckets, counts = features.hash_grams(spelled, hashes)
        self._numbering.add(hashes)
        self.hashes[start:stop] = hashes
        self.vectors[start:stop] = np.add.reduceat(
            self._weights[buckets], np.cumsum(counts) - counts
        )
        self.grams[start:stop] = counts
        lettered = np.array([len(word) > 1 and not word.isdigit() for word in spelled], bool)
        self.flags[start:stop] = LETTERED * lettered


class Batch:
    """Titles as words: ``ids`` of all words in a row, ``first`` and ``count`` of each title."""

    def __init__(self, words: WordVocabulary, titles: Sequence[str]) -> None:
        encoded = text.encode(titles)
        split = features.split(encoded)
        self.words = words
        self.ids: Integers = words.numbers(encoded, split)
        self.count: Integers = split.words_a_title
        self.first: Integers = np.cumsum(self.count) - self.count
        self.row: Integers = np.repeat(np.arange(len(titles)), self.count)

    def pairs(self) -> tuple[Integers, Integers]:
        """Neighbouring words of one title: index of the first one, bucket of the pair."""
        first = np.flatnonzero(self.row[1:] == self.row[:-1])
        hashes = self.words.hashes[self.ids]
        return first, features.hash_pairs(hashes[first], hashes[first + 1])

    def reduce(self, operation: np.ufunc, numbers: NDArray[_Kind]) -> NDArray[_Kind]:
        """``numbers``, one a word of the batch, brought together a title; zero for no words."""
        total = np.zeros((len(self.count), *numbers.shape[1:]), numbers.dtype)
        filled = np.flatnonzero(self.count)
        if len(filled):
            total[filled] = operation.reduceat(numbers, self.first[filled])
        return total


class TitleModel:
    """Scores titles. ``frequent`` are the words of three or more training titles.

    ``base`` is the digest of the model this one was trained on top of, empty for the shipped one.
    Raises ``ModelError`` for bytes that are none of this version.
    """

    def __init__(self, packed: bytes) -> None:
        file = ModelFile(packed)
        self.base, self.digest = file.base, file.digest
        with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
            self.weights: NDArray[np.float32] = stored["weights"].astype(np.float32)
            self.bias: NDArray[np.float32] = stored["bias"].astype(np.float32)
            self.coefficients: Floats = stored["confidence"].astype(np.float64)
            self.frequent: bytes = stored["frequent"].tobytes()

    @cached_property
    def words(self) -> WordVocabulary:
        """The words met so far; at first the ``frequent`` ones."""
        return WordVocabulary(self.weights, self.frequent)

    @classmethod
    def packaged(cls) -> TitleModel:
        """The model shipped with the package."""
        return cls(ModelFile.packaged().packed)

    @classmethod
    def of_home(cls, file: Path) -> TitleModel:
        """The model in ``file`` where a home has one, else the shipped one."""
        return cls(ModelFile.of_home(file).packed)

    def read(self, titles: Sequence[str]) -> Batch:
        """The titles as words; forgets all words first when too many are remembered."""
        # Words of sellers never end; without a limit a daemon's memory would follow them.
        if len(self.words.spelled) > MAX_WORDS:
            self.words = WordVocabulary(self.weights, self.frequent)
        return Batch(self.words, titles)

    def margins(self, batch: Batch) -> NDArray[np.float32]:
        """Scores (titles × clusters): sum over n-grams and word pairs / √(their number) + bias."""
        vectors = batch.words.vectors[batch.ids]
        first, buckets = batch.pairs()
        vectors[first] += self.weights[buckets]
        sums = batch.reduce(np.add, vectors)
        grams = batch.reduce(np.add, batch.words.grams[batch.ids]) + np.maximum(batch.count - 1, 0)
        scale = np.sqrt(np.maximum(grams, 1)).astype(np.float32)
        scores: NDArray[np.float32] = sums / scale[:, None] + self.bias
        return scores

    def confidence(self, margins: NDArray[np.float32]) -> Floats:
        """Probability that the best cluster is right, by its margin and its lead (n titles)."""
        return confidence(self.coefficients, margins)


def confidence(coefficients: Floats, margins: NDArray[Any]) -> Floats:
    """Logistic calibration: 1 / (1 + exp(-(a + b·best margin + c·lead over the second)))."""
    a, b, c = coefficients
    best, lead = best_and_lead(margins)
    probability: Floats = 1 / (1 + np.exp(-np.clip(a + b * best + c * lead, -30.0, 30.0)))
    return probability


def best_and_lead(margins: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The highest margin of each title, and its lead over the second."""
    ordered = np.sort(margins, axis=1)
    return ordered[:, -1], ordered[:, -1] - ordered[:, -2]
