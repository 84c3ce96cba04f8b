"""The title model: hashed n-grams, one linear score a cluster, a calibrated confidence."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from monitor.classify import features, text
from monitor.listing import Cluster, PantauError

CLUSTERS = (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts, Cluster.other)
MAX_WORDS = 400_000
FILE = "title_model.npz"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class ModelError(PantauError):
    """The model file is missing or of another shape; the message says how to mend it."""


class Words:
    """The words seen so far, with their hashes and summed weights; grows batch by batch.

    ``vectors`` has one row a word: the four cluster weights summed over its n-grams, and how
    many n-grams it has. ``lettered`` is 1 for a word of two or more signs that is no number,
    ``known`` 1 for such a word whose hash is in ``frequent``, the words of the training titles.
    """

    def __init__(self, weights: NDArray[np.float32], frequent: features.Hashes) -> None:
        self._weights = weights
        self._frequent = frequent
        self.ids: dict[bytes, int] = {text.SEPARATOR: 0}
        self.spelled: list[bytes] = [text.SEPARATOR]
        self.hashes: features.Hashes = np.zeros(1024, np.uint64)
        self.vectors: Floats = np.zeros((1024, len(CLUSTERS) + 1))
        self.lettered: Floats = np.zeros(1024)
        self.known: Floats = np.zeros(1024)

    def read(self, titles: Sequence[str]) -> Integers:
        """The words of the titles as ids, every title followed by 0; learns unseen words."""
        found = text.words(titles)
        ids = self.ids
        fresh = list(dict.fromkeys(word for word in found if word not in ids))
        if fresh:
            self._learn(fresh)
        return np.fromiter(map(ids.__getitem__, found), np.int64, len(found))

    def _learn(self, fresh: list[bytes]) -> None:
        start, stop = len(self.spelled), len(self.spelled) + len(fresh)
        self.ids.update(zip(fresh, range(start, stop), strict=True))
        self.spelled += fresh
        if stop > len(self.hashes):
            room = 2 * stop
            self.hashes = np.resize(self.hashes, room)
            self.vectors = np.resize(self.vectors, (room, self.vectors.shape[1]))
            self.lettered = np.resize(self.lettered, room)
            self.known = np.resize(self.known, room)
        hashes, buckets, counts = features.hash_words(fresh)
        self.hashes[start:stop] = hashes
        first = np.cumsum(counts) - counts
        self.vectors[start:stop, :-1] = np.add.reduceat(
            self._weights[buckets].astype(np.float64), first
        )
        self.vectors[start:stop, -1] = counts
        self.lettered[start:stop] = [len(word) > 1 and not word.isdigit() for word in fresh]
        self.known[start:stop] = self.lettered[start:stop] * np.isin(hashes, self._frequent)


class Batch:
    """Titles as words: ``ids`` of all words in a row, ``first`` and ``count`` of each title."""

    def __init__(self, words: Words, titles: Sequence[str]) -> None:
        self.words = words
        read = words.read(titles)
        ends = np.nonzero(read == 0)[0]
        self.count: Integers = np.diff(ends, prepend=-1) - 1
        self.ids: Integers = read[read != 0]
        self.first: Integers = np.cumsum(self.count) - self.count
        self.row: Integers = np.repeat(np.arange(len(titles)), self.count)

    def sums(self, values: Floats) -> Floats:
        """``values``, one row a word of the batch, summed a title; zero for an empty title."""
        total = np.zeros((len(self.count), values.shape[1]))
        filled = self.count > 0
        if filled.any():
            total[filled] = np.add.reduceat(values, self.first[filled])
        return total


class TitleModel:
    """Scores titles. ``known`` holds the hashes of words frequent in training, sorted."""

    def __init__(self, data: bytes) -> None:
        try:
            stored = np.load(io.BytesIO(data), allow_pickle=False)
            self._weights: NDArray[np.float32] = stored["weights"].astype(np.float32)
            self._bias: Floats = stored["bias"].astype(np.float64)
            self._confidence: Floats = stored["confidence"].astype(np.float64)
            self.known: features.Hashes = stored["known"]
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{FILE}: not a title model ({error}); run: pantau train") from error
        if self._weights.shape != (features.BUCKETS, len(CLUSTERS)):
            raise ModelError(f"{FILE}: made for other features; run: pantau train")
        self.digest = hashlib.sha256(data).hexdigest()
        self.words = Words(self._weights, self.known)

    @classmethod
    def packaged(cls) -> TitleModel:
        """The model shipped with the package."""
        file = resources.files("monitor.classify") / "data" / FILE
        try:
            return cls(file.read_bytes())
        except FileNotFoundError as error:
            raise ModelError(f"{FILE}: missing from the package; run: pantau train") from error

    def read(self, titles: Sequence[str]) -> Batch:
        """The titles as words; forgets all words first when too many are remembered."""
        if len(self.words.spelled) > MAX_WORDS:
            self.words = Words(self._weights, self.known)
        return Batch(self.words, titles)

    def margins(self, batch: Batch) -> Floats:
        """Scores (titles × clusters): sum over n-grams and word pairs / √(their number) + bias."""
        total = batch.sums(batch.words.vectors[batch.ids])
        scores, counts = total[:, :-1], total[:, -1]
        pair = np.nonzero(batch.row[1:] == batch.row[:-1])[0]
        hashes = batch.words.hashes[batch.ids]
        buckets = features.hash_pairs(hashes[pair], hashes[pair + 1])
        weights = np.zeros((len(batch.ids), len(CLUSTERS)))
        weights[pair] = self._weights[buckets]
        scores += batch.sums(weights)
        counts = counts + np.maximum(batch.count - 1, 0)
        return scores / np.sqrt(np.maximum(counts, 1))[:, None] + self._bias

    def confidence(self, margins: Floats) -> Floats:
        """Probability that the best cluster is right, by its margin and its lead (n titles)."""
        ordered = np.sort(margins, axis=1)
        best, lead = ordered[:, -1], ordered[:, -1] - ordered[:, -2]
        return confidence(self._confidence, best, lead)


def confidence(coefficients: Floats, best: Floats, lead: Floats) -> Floats:
    """Logistic calibration: 1 / (1 + exp(-(a + b·best + c·lead)))."""
    a, b, c = coefficients
    value: Floats = 1 / (1 + np.exp(-np.clip(a + b * best + c * lead, -30, 30)))
    return value
