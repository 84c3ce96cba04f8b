"""`pantau train` in a home: the shipped model, and what the home's own listings add to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from monitor.classify import corpus, text
from monitor.classify.corpus import CorpusError, TrainingTitle
from monitor.classify.model import TitleModel
from monitor.classify.paths import decide_path
from monitor.classify.train import (
    TEST_FOLD,
    Material,
    Scores,
    fit_of,
    require_solver,
    scores,
)
from monitor.model import Cluster, Listing, Value
from monitor.registry import Registry

LEAST = 500
JUDGED, BY_PATH = "labels", "category paths"
WEIGHTS = {JUDGED: 3.0, BY_PATH: 1.0}
SURE_ENOUGH = 0.99


class Retraining(Value):
    """A model for a home, and what both it and the present one make of the held-out listings.

    ``examples`` are the titles learned from, by where their cluster comes from; ``present`` and
    ``new`` have the same rows, all first.
    """

    packed: bytes
    sha256: str
    examples: dict[str, int]
    held_out: int
    present: tuple[Scores, ...]
    new: tuple[Scores, ...]

    @property
    def worse(self) -> str | None:
        """In what the new model is worse than the present one; None where it is not."""
        was, now = self.present[0], self.new[0]
        if now.right < was.right:
            return f"{now.right} of {now.rows} held-out titles right, {was.right} at present"
        if now.macro_f1 < was.macro_f1:
            return f"macro-F1 {now.macro_f1:.3f} on held-out titles, {was.macro_f1:.3f} at present"
        if now.confident_right < min(was.confident_right, SURE_ENOUGH):
            return (
                f"of the titles scored 0.9 or more {now.confident_right:.2%} are right,"
                f" {was.confident_right:.2%} at present"
            )
        return None


def own_examples(rows: Iterable[tuple[Listing, Cluster | None]]) -> list[TrainingTitle]:
    """Titles of a store's listings, each with what people said it is, that teach a cluster.

    A person's word counts first, then a category path that decides on its own (none that sellers
    misuse, none that is misspelt). A shop's titles with the same words are one example, the last
    one; what people said of one of them stands. Titles of a seller nobody knows are a group of
    their own by their words, so that variants of one offer share a fold.
    """
    examples: dict[tuple[str, bytes], TrainingTitle] = {}
    for listing, judged in rows:
        cluster, source = judged, JUDGED
        if judged is None:
            path = decide_path(listing.category_path) if listing.category_path else None
            cluster, source = path.cluster if path and path.trusted else None, BY_PATH
        words = b" ".join(sorted(text.encode([listing.title])[:-1].split()))
        if cluster is None or cluster is Cluster.unknown or not words:
            continue
        seller = listing.seller_id or listing.seller_name
        shop = f"{listing.platform}/{seller or words.decode()}"
        earlier = examples.get((shop, words))
        if earlier is None or source == JUDGED or earlier.source != JUDGED:
            examples[shop, words] = TrainingTitle(
                title=listing.title,
                cluster=cluster,
                source=source,
                weight=WEIGHTS[source],
                shop=shop,
            )
    return list(examples.values())


def retrain(rows: Sequence[TrainingTitle], registry: Registry, present: TitleModel) -> Retraining:
    """A model for a home: the shipped one, adapted to ``rows`` (``own_examples``).

    A fifth of the shops, always the same, is never learned from: on their titles the new model and
    the ``present`` one are compared. Raises ``CorpusError`` where there is too little to learn
    from.
    """
    require_solver()
    if len(rows) < LEAST:
        raise CorpusError(
            f"{len(rows)} titles of this store have a category path that decides or a label,"
            f" {LEAST} are wanted; crawl more weeks first"
        )
    base = TitleModel.packaged()
    fold = np.array([corpus.fold_of(row.shop or row.title) for row in rows])
    training = Material(rows, corpus.aids(registry), fold, base)
    held_out = np.flatnonzero(training.fold == TEST_FOLD)
    if not len(held_out) or len(held_out) == len(rows):
        raise CorpusError("all titles of this store are of too few shops to compare models on")
    fit = training.fit(TEST_FOLD)
    packed = training.pack(fit, training.calibration())
    new = TitleModel(packed)
    sources = np.array([rows[i].source for i in held_out.tolist()])
    everything = {"all": np.ones(len(held_out), bool)}

    def scored(model: TitleModel) -> tuple[Scores, ...]:
        margins = training.margins(fit_of(model), TEST_FOLD)
        return scores(sources, margins, training.target[held_out], model.coefficients, everything)

    return Retraining(
        packed=packed,
        sha256=new.digest,
        examples=dict(
            Counter(row.source for row, k in zip(rows, fold, strict=True) if k != TEST_FOLD)
        ),
        held_out=len(held_out),
        present=scored(present),
        new=scored(new),
    )
