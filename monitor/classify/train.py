"""`pantau train`: rebuilds the shipped title model, the same bytes from the same data."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from monitor.classify import corpus, features
from monitor.classify.corpus import TrainingTitle
from monitor.classify.model import (
    Batch,
    Floats,
    TitleModel,
    WordVocabulary,
    best_and_lead,
    confidence,
)
from monitor.classify.model_file import BUCKETS, CLUSTERS, SCHEME
from monitor.model import Value
from monitor.registry import Registry, load_registry

COST = 1.0
SCALE = 1 / 6
FREQUENT_FROM = 3
"""Titles in which a frequent word stands at least."""
TEST_FOLD = 0
LEAST_WRONG = 20


class Scores(Value):
    """How one data set's held-out rows were decided."""

    source: str
    rows: int
    right: int
    macro_f1: float
    f1: dict[str, float]
    confident: float
    confident_right: float


class TrainingReport(Value):
    """What a training run used and measured, on groups held out of all tuning."""

    examples: dict[str, int]
    scores: tuple[Scores, ...]
    calibration: tuple[float, float, float]
    sha256: str
    size: int


class Fit(Value):
    """Weights (buckets × clusters) and bias of a linear fit."""

    weights: NDArray[np.float32]
    bias: Floats


class Material:
    """Everything to train on: ``rows`` with a fold each, and ``aids``, which are in no fold.

    With ``base`` a fit learns what to add to the scores of that model, else everything.
    """

    def __init__(
        self,
        rows: Sequence[TrainingTitle],
        aids: Sequence[TrainingTitle],
        fold: NDArray[np.int64],
        base: TitleModel | None = None,
    ) -> None:
        self.rows, self.aids = rows, aids
        self.fold = np.concatenate([fold, np.full(len(aids), -1)])
        examples = [*rows, *aids]
        self.matrix = _Matrix([example.title for example in examples])
        self.target = np.array([CLUSTERS.index(example.cluster) for example in examples])
        self.weight = np.array([example.weight for example in examples])
        self._base = base

    def fit(self, *held_out_folds: int) -> Fit:
        """A fit on all rows but those of the folds held out."""
        used = ~np.isin(self.fold, held_out_folds)
        return _fit(self.matrix, used, self.target, self.weight, self._base)

    def margins(self, fit: Fit, fold: int) -> Floats:
        """The scores a fit gives the rows of a fold."""
        return self.matrix.margins(fit, self.fold == fold)

    def calibration(self) -> Floats:
        """Coefficients of the confidence, from out-of-fold scores of all but the test fold.

        Those of ``base`` where too few of these are wrong to learn from.
        """
        margins = np.zeros((len(self.fold), len(CLUSTERS)))
        for fold in range(1, corpus.FOLDS):
            margins[self.fold == fold] = self.margins(self.fit(TEST_FOLD, fold), fold)
        tuned = self.fold > 0
        wrong = (margins.argmax(axis=1) != self.target)[tuned].sum()
        if self._base is not None and wrong < LEAST_WRONG:
            return self._base.coefficients
        return _calibrate(margins[tuned], self.target[tuned])

    def pack(self, fit: Fit, calibration: Floats) -> bytes:
        """The model file."""
        frequent = set(self.matrix.frequent())
        if self._base is not None:
            frequent.update(self._base.frequent.split())
        frequent -= corpus.telling_nothing()
        target = io.BytesIO()
        np.savez_compressed(
            target,
            features=_bytes(SCHEME.encode()),
            base=_bytes(self._base.digest.encode() if self._base is not None else b""),
            weights=fit.weights.astype(np.float16),
            bias=np.round(fit.bias, 6),
            confidence=calibration,
            frequent=_bytes(b" ".join(sorted(frequent))),
        )
        return target.getvalue()


def material(datasets: Path, registry: Registry | None = None) -> Material:
    """The labelled rows under ``datasets``, and the reference lists."""
    rows = corpus.labelled(datasets)
    return Material(
        rows, corpus.reference(datasets, registry or load_registry()), corpus.folds(rows)
    )


def train(datasets: Path, out: Path, *, registry: Registry | None = None) -> TrainingReport:
    """Trains the model to ship on every row under ``datasets`` and writes it to ``out``.

    Scores come from a fit without the test fold; the calibration from out-of-fold scores of the
    other folds; the written model from all rows. Needs scikit-learn
    (extra `train`). Raises ``CorpusError`` where the data cannot be read.
    """
    require_solver()
    training = material(datasets, registry)
    calibration = training.calibration()
    test = np.flatnonzero(training.fold == TEST_FOLD).tolist()
    margins = training.margins(training.fit(TEST_FOLD), TEST_FOLD)
    sources = np.array([training.rows[i].source for i in test])
    packed = training.pack(training.fit(), calibration)
    out.write_bytes(packed)
    a, b, c = calibration.tolist()
    groups = {"all Indonesian": sources != "lazada_cikm2017"}
    return TrainingReport(
        examples=dict(Counter(row.source for row in (*training.rows, *training.aids))),
        scores=scores(sources, margins, training.target[test], calibration, groups),
        calibration=(a, b, c),
        sha256=TitleModel(packed).digest,
        size=len(packed),
    )


def require_solver() -> None:
    """Raises ``CorpusError`` where there is no scikit-learn."""
    if find_spec("sklearn") is None:
        raise corpus.CorpusError(
            "scikit-learn is missing: pip install --require-hashes -r constraints.txt"
        )


class _Matrix:
    """Titles × buckets: how often each feature occurs, and each title's number of features."""

    def __init__(self, titles: Sequence[str]) -> None:
        words = WordVocabulary(np.zeros((BUCKETS, len(CLUSTERS)), np.float32), b"")
        batch = Batch(words, titles)
        vocabulary = len(words.spelled)
        buckets, counts = features.hash_grams(words.spelled, words.hashes[:vocabulary])
        spelled = sp.csr_array(
            (np.ones(len(buckets)), buckets, np.concatenate([[0], np.cumsum(counts)])),
            shape=(vocabulary, BUCKETS),
        )
        used = sp.csr_array(
            (np.ones(len(batch.ids)), (batch.row, batch.ids)), shape=(len(titles), vocabulary)
        )
        first, pairs = batch.pairs()
        self.counts = used @ spelled + sp.csr_array(
            (np.ones(len(pairs)), (batch.row[first], pairs)), shape=(len(titles), BUCKETS)
        )
        number = used @ counts + np.maximum(batch.count - 1, 0)
        self._norm = np.sqrt(np.maximum(number, 1))
        self._used, self._words = used, words

    def design(self, rows: NDArray[np.int64] | NDArray[np.bool_], idf: Floats) -> sp.csr_array:
        """The design matrix of some rows: features weighted by ``idf``, titles by their length."""
        design = sp.csr_array(self.counts[rows].multiply(idf[None, :]))
        design.data *= np.repeat(SCALE / self._norm[rows], np.diff(design.indptr))
        design.indices = design.indices.astype(np.int32)
        design.indptr = design.indptr.astype(np.int32)
        return design

    def margins(self, fit: Fit, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Floats:
        """The scores (titles × clusters) that a fit gives some rows."""
        sums = self.counts[rows] @ fit.weights.astype(np.float64)
        scaled: Floats = sums / self._norm[rows][:, None] + fit.bias
        return scaled

    def frequent(self) -> list[bytes]:
        """The words that stand in at least three titles."""
        often = np.asarray((self._used > 0).sum(axis=0)).ravel() >= FREQUENT_FROM
        return [self._words.spelled[i] for i in np.flatnonzero(often).tolist()]


def fit_of(model: TitleModel) -> Fit:
    """The weights and bias of a model."""
    return Fit(weights=model.weights, bias=model.bias.astype(np.float64))


def _fit(
    matrix: _Matrix,
    used: NDArray[np.bool_],
    target: NDArray[np.int64],
    weight: Floats,
    base: TitleModel | None,
) -> Fit:
    """A linear fit; with ``base`` its four scores stand beside the n-grams as features.

    Both are linear in the same n-grams, so what comes out is one linear model again. What the rows
    do not speak of stays as in ``base``, since the solver keeps weights it does not need at zero
    (an adaptive SVM, Yang, Yan and Hauptmann, ACM Multimedia 2007).
    """
    from sklearn.svm import LinearSVC

    rows = used.nonzero()[0]
    present = (matrix.counts[rows] > 0).astype(np.float64)
    frequency = np.asarray(present.T @ weight[rows])
    idf = np.where(frequency > 0, np.log((1 + weight[rows].sum()) / (1 + frequency)) + 1, 0.0)
    design = matrix.design(rows, idf)
    if base is not None:
        base_margins = matrix.margins(fit_of(base), rows)
        design = sp.csr_array(sp.hstack([design, sp.csr_array(base_margins)]))
    machine = LinearSVC(C=COST, random_state=0)
    machine.fit(design, target[rows], sample_weight=weight[rows])
    weights = (machine.coef_[:, :BUCKETS] * idf[None, :] * SCALE).T
    bias = machine.intercept_
    if base is not None:
        mix = machine.coef_[:, BUCKETS:].T
        weights = weights + base.weights @ mix
        bias = bias + base.bias @ mix
    return Fit(weights=weights.astype(np.float16).astype(np.float32), bias=bias)


def _calibrate(margins: Floats, target: NDArray[np.int64]) -> Floats:
    """Coefficients of the confidence, by logistic regression of right on best margin and lead."""
    from sklearn.linear_model import LogisticRegression

    best, lead = best_and_lead(margins)
    right = margins.argmax(axis=1) == target
    logistic = LogisticRegression(C=1e3).fit(np.stack([best, lead], axis=1), right)
    return np.round(np.concatenate([logistic.intercept_, logistic.coef_[0]]), 4)


def scores(
    sources: NDArray[np.str_],
    margins: Floats,
    target: NDArray[np.int64],
    calibration: Floats,
    groups: dict[str, NDArray[np.bool_]],
) -> tuple[Scores, ...]:
    """Of ``groups`` of rows, then of each source, by the rows' scores and true clusters."""
    sure = confidence(calibration, margins) >= 0.9
    decided = margins.argmax(axis=1)
    groups = groups | {str(name): sources == name for name in np.unique(sources)}
    return tuple(
        _score(name, decided[part], target[part], sure[part]) for name, part in groups.items()
    )


def _score(
    name: str, decided: NDArray[np.int64], target: NDArray[np.int64], sure: NDArray[np.bool_]
) -> Scores:
    """How the rows of one group were decided; ``sure`` are those scored 0.9 or more."""
    f1 = {CLUSTERS[k].value: f1_of(decided == k, target == k) for k in np.unique(target)}
    return Scores(
        source=name,
        rows=len(target),
        macro_f1=round(float(np.mean(list(f1.values()))), 4),
        f1={cluster: round(score, 4) for cluster, score in f1.items()},
        right=int((decided == target).sum()),
        confident=round(float(sure.mean()), 4),
        confident_right=round(float((decided == target)[sure].mean()), 4) if sure.any() else 0.0,
    )


def f1_of(decided: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """F1 of one class: 2·hits / (decided + true)."""
    both = int(decided.sum() + true.sum())
    return 2 * int((decided & true).sum()) / both if both else 0.0


def _bytes(text: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text, np.uint8)
