"""The decisions about a listing: cluster and category, where it is offered from, its condition."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from monitor.classify.condition import (
    NOTHING_SAID,
    ConditionPhrase,
    condition_phrases,
    decide_condition,
)
from monitor.classify.lexicon import TermList, best
from monitor.classify.model import FREQUENT, Batch, Floats, Integers, TitleModel
from monitor.classify.model_file import CLUSTERS
from monitor.classify.origin import (
    CrossBorderDecision,
    OriginSignals,
    WeakSignal,
    decide_cross_border,
    language_signal,
    phrases,
)
from monitor.classify.paths import PathDecision, decide_path, names
from monitor.model import Classification, Cluster, CrossBorder, Listing, Signal, to_json
from monitor.registry import INDONESIA, Registry, load_registry

_Label = TypeVar("_Label")
CODE = "6"
BATCH = 4_000
UNSURE = 0.5
CONFIDENT = 0.9
UNKNOWN = len(CLUSTERS)

_CLUSTER_OF = (*CLUSTERS, Cluster.unknown)
_NO_BRAND = {"no brand", "tidak ada merek", "oem", "none", "-", "unknown", "other"}
_NAMED_BY_POLICY = 1 << 24
_WORD = 1 << 20
"""What a term's rank gains if a policy names its commodity, and by each of its words."""
_NO_REASON = (Signal(kind="title", text="no telling words"),)


class _PathReading(NamedTuple):
    """What a category path says: decision, category (index, -1 for none) and the reason to show."""

    decision: PathDecision | None
    category: int
    signal: Signal


class _TitleHints(NamedTuple):
    """What phrases of a title say of its origin: weak signals, and words of imported stock."""

    weak: tuple[WeakSignal, ...]
    import_words: str | None


class Classifier:
    """Classifies listings; make one with ``load``. Not for use by several threads at once."""

    def __init__(self, model: TitleModel, registry: Registry) -> None:
        self._model = model
        self._abroad = _abroad(registry)
        self._home = registry.country
        categories = [c for cluster in registry.clusters for c in cluster.categories]
        named = _named_by_policies(registry)
        terms = [(term, k) for k, category in enumerate(categories) for term in category.terms]
        self._category_ids = [category.id for category in categories]
        self._cluster_of_category = np.array([CLUSTERS.index(c.cluster) for c in categories])
        self._category_is_named = np.array([category.id in named for category in categories], bool)
        self._terms = [term for term, _ in terms]
        self._category_of_term = np.array([k for _, k in terms], np.int64)
        self._commodities = _term_list(self._terms, misspelt=True)
        self._title_phrases = phrases("title")
        self._seller_phrases = phrases("seller")
        self._title_terms = _term_list([phrase.phrase for phrase in self._title_phrases])
        self._seller_terms = _term_list([phrase.phrase for phrase in self._seller_phrases])
        self._condition_phrases = condition_phrases()
        self._condition_terms = _term_list([said.phrase for said in self._condition_phrases])
        self._path_reading = lru_cache(maxsize=20_000)(self._read_path)
        self._seller_signals = lru_cache(maxsize=50_000)(self._read_seller)
        self._title_reasons = lru_cache(maxsize=100_000)(self._reasons_of_title)
        self.version = _version(model, registry)

    @classmethod
    def load(cls, registry: Registry | None = None, model: Path | None = None) -> Classifier:
        """With ``registry`` (the packaged one by default) and a home's ``model`` file.

        Where there is no such file the shipped model decides. Raises ``ModelError`` for one that
        cannot be used.
        """
        title_model = TitleModel.of_home(model) if model else TitleModel.packaged()
        return cls(title_model, registry or load_registry())

    @property
    def model(self) -> str:
        """The SHA-256 (hex) of the title model's file."""
        return self._model.digest

    def classify(self, listing: Listing) -> Classification:
        """Both decisions about one listing."""
        return self.classify_many((listing,))[0]

    def classify_many(self, listings: Sequence[Listing]) -> list[Classification]:
        """Both decisions about each listing, in order; much faster a listing than ``classify``."""
        decisions: list[Classification] = []
        for start in range(0, len(listings), BATCH):
            decisions += self._classify_batch(listings[start : start + BATCH])
        return decisions

    def clusters(self, titles: Sequence[str]) -> list[tuple[Cluster, float]]:
        """Cluster and score of titles alone."""
        decisions: list[tuple[Cluster, float]] = []
        for start in range(0, len(titles), BATCH):
            cluster, score = self._decide(self._model.read(titles[start : start + BATCH]))
            clusters = [_CLUSTER_OF[k] for k in cluster.tolist()]
            decisions += zip(clusters, score.tolist(), strict=True)
        return decisions

    def _decide(self, batch: Batch) -> tuple[Integers, Floats]:
        """The cluster (index, ``UNKNOWN`` for none) and its score for each title of a batch.

        Unknown is a title scored below ``UNSURE``, and one that has neither a commodity's term
        nor a word that is frequent in the training titles and may say what is offered.
        """
        margins = self._model.margins(batch)
        score = np.round(self._model.confidence(margins), 4)
        flags = batch.reduce(np.bitwise_or, batch.words.flags[batch.ids])
        unknown = score < UNSURE
        # N-grams of a word nobody knows can look like a cluster; alone they are no reason for one.
        untold = flags & FREQUENT == 0
        if (untold & ~unknown).any():
            untold[batch.row[self._commodities.find(batch).start]] = False
            unknown |= untold
        return np.where(unknown, UNKNOWN, margins.argmax(axis=1)), np.where(unknown, 0.0, score)

    def _classify_batch(self, listings: Sequence[Listing]) -> Iterator[Classification]:
        """Both decisions about each listing, with the reasons that a reader is shown.

        The reasons of the cluster come first (path, then terms or telling word of the title), then
        those of the cross-border status.
        """
        readings = [
            self._path_reading(listing.category_path) if listing.category_path else None
            for listing in listings
        ]
        batch = self._model.read([_classified_text(listing) for listing in listings])
        cluster, score = self._decide(batch)
        for i, reading in enumerate(readings):
            if reading is not None and reading.decision is not None:
                cluster[i], score[i] = _combine(reading.decision, int(cluster[i]), float(score[i]))
        first, second = self._best_terms(batch, cluster)
        word = self._telling_words(batch, cluster, first)
        hints = self._title_hints(batch)
        condition_words = self._condition_words(batch)
        decided = (cluster.tolist(), score.tolist(), first.tolist(), second.tolist(), word.tolist())
        rows = zip(listings, readings, *decided, strict=True)
        for i, (listing, reading, k, cluster_score, term, other_term, word_id) in enumerate(rows):
            category, reasons = self._title_reasons(term, other_term, batch.words.spelled[word_id])
            if reading is not None:
                category = self._choose_category(reading.category, category, k)
                reasons = (reading.signal, *reasons)
            hint = hints.get(i)
            origin = self._cross_border(listing, hint)
            category_id = self._category_ids[category] if category >= 0 else None
            goods = NOTHING_SAID
            if i in condition_words or listing.condition:
                goods = decide_condition(
                    listing,
                    _CLUSTER_OF[k],
                    category_id,
                    condition_words.get(i, ()),
                    _imported_because(listing, origin, hint),
                )
            yield Classification(
                cluster=_CLUSTER_OF[k],
                cluster_score=cluster_score,
                cross_border=origin.status,
                cross_border_score=origin.score,
                classifier=self.version,
                category=category_id,
                imported_goods=origin.imported_goods,
                condition=goods.condition,
                prohibited=goods.prohibited,
                signals=(*reasons, *origin.signals, *goods.signals) or _NO_REASON,
            )

    def _best_terms(self, batch: Batch, cluster: Integers) -> tuple[Integers, Integers]:
        """The best and second-best term of each title among those of its cluster, -1 for none.

        One whose commodity a policy names comes first, then the longest, then the earliest.
        """
        matches = self._commodities.find(batch)
        row, category = batch.row[matches.start], self._category_of_term[matches.value]
        fits = self._cluster_of_category[category] == cluster[row]
        row, term, category = row[fits], matches.value[fits], category[fits]
        rank = matches.length[fits] * _WORD - matches.start[fits]
        rank += self._category_is_named[category] * _NAMED_BY_POLICY
        first = best(len(cluster), row, rank, term)
        others = term != first[row]
        return first, best(len(cluster), row[others], rank[others], term[others])

    def _telling_words(self, batch: Batch, cluster: Integers, first_term: Integers) -> Integers:
        """The word that spoke most for the cluster, in titles without a term; 0 elsewhere."""
        untold = ((first_term < 0) & (cluster != UNKNOWN))[batch.row]
        index = np.flatnonzero(untold & (batch.words.flags[batch.ids] > 0))
        ids, row = batch.ids[index], batch.row[index]
        weights = batch.words.vectors[ids]
        lead = weights[np.arange(len(ids)), cluster[row]] - weights.mean(axis=1)
        return np.maximum(best(len(cluster), row, lead, ids), 0)

    def _title_hints(self, batch: Batch) -> dict[int, _TitleHints]:
        """What phrases say of the origin, for each title (by index) that has any."""
        matches = self._title_terms.find(batch)
        phrases_of: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for row, phrase in zip(
            batch.row[matches.start].tolist(), matches.value.tolist(), strict=True
        ):
            phrases_of[row][phrase] = None
        hints = {}
        for row, indices in phrases_of.items():
            matched = [self._title_phrases[index] for index in indices]
            weak = tuple(("title_words", p.phrase, p.weight) for p in matched if p.weight)
            import_words = ", ".join(p.phrase for p in matched if p.imported) or None
            hints[row] = _TitleHints(weak, import_words)
        return hints

    def _condition_words(self, batch: Batch) -> dict[int, tuple[ConditionPhrase, ...]]:
        """The phrases that speak of condition, for each title (by index) that has any."""
        matches = self._condition_terms.find(batch)
        phrases_of: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for row, phrase in zip(
            batch.row[matches.start].tolist(), matches.value.tolist(), strict=True
        ):
            phrases_of[row][phrase] = None
        return {
            row: tuple(self._condition_phrases[index] for index in indices)
            for row, indices in phrases_of.items()
        }

    def _cross_border(self, listing: Listing, hints: _TitleHints | None) -> CrossBorderDecision:
        """The cross-border status of a listing; ``hints`` are those of its title."""
        weak = hints.weak if hints else ()
        if not listing.title.isascii() and (language := language_signal(listing.title)):
            weak = (*weak, language)
        if listing.seller_name:
            weak = (*weak, *self._seller_signals(listing.seller_name))
        return decide_cross_border(
            OriginSignals(
                listing.platform in self._abroad,
                listing.cross_border_flag,
                listing.ship_from_country,
                listing.ship_from,
                listing.imported_flag,
                weak,
                hints.import_words if hints else None,
                self._home,
            )
        )

    def _read_seller(self, name: str) -> tuple[WeakSignal, ...]:
        """The first weighty phrase of a seller's name as a weak signal, if there is one."""
        matches = self._seller_terms.find(self._model.read([name]))
        matched = [self._seller_phrases[index] for index in dict.fromkeys(matches.value.tolist())]
        return tuple(("seller_name", p.phrase, p.weight) for p in matched if p.weight)[:1]

    def _read_path(self, path: str) -> _PathReading:
        """What a category path says; its category is the last one that a name of it tells."""
        decision = decide_path(path)
        levels = names(path)
        category = -1
        if decision is not None and levels:
            cluster = np.full(len(levels), CLUSTERS.index(decision.cluster))
            first, _ = self._best_terms(self._model.read(levels), cluster)
            categories = self._category_of_term[first[first >= 0]].tolist()
            category = categories[-1] if categories else -1
        return _PathReading(decision, category, Signal(kind="category_path", text=_shown(path)))

    def _reasons_of_title(
        self, term: int, other_term: int, word: bytes
    ) -> tuple[int, tuple[Signal, ...]]:
        """Return the category that a title names, and the reason for the title's cluster.

        ``term`` is the index of the best term, ``other_term`` of the second best; -1 is none. With
        a ``term``, the category is that of ``term`` alone, as an index into the categories; the
        reason is one signal of kind ``title`` with the texts of the terms, joined by a comma.
        Without one, the category is -1; the reason is one signal of kind ``title_word`` with
        ``word``, the word that spoke most for the cluster, or none where ``word`` is empty.
        """
        if term >= 0:
            terms = ", ".join(self._terms[index] for index in (term, other_term) if index >= 0)
            return int(self._category_of_term[term]), (Signal(kind="title", text=terms),)
        spelled = word.decode("utf-8", "replace")
        return -1, (Signal(kind="title_word", text=spelled),) if spelled else ()

    def _choose_category(self, of_path: int, of_title: int, cluster: int) -> int:
        """The path's category, unless the title names one that policies name and the path none."""
        if of_path < 0 or (cluster != UNKNOWN and self._cluster_of_category[of_path] != cluster):
            return of_title
        named = self._category_is_named
        return of_title if of_title >= 0 and named[of_title] and not named[of_path] else of_path


def _imported_because(
    listing: Listing, origin: CrossBorderDecision, hints: _TitleHints | None
) -> str | None:
    """Why goods are known to come from abroad: the seller, the platform's flag, or words."""
    if origin.status is CrossBorder.cross_border:
        return "from abroad"
    if listing.imported_flag:
        return "imported by the platform's flag"
    # A flag that says otherwise is stronger than words.
    return hints.import_words if hints and listing.imported_flag is None else None


def _term_list(terms: Sequence[str], *, misspelt: bool = False) -> TermList:
    """The terms, each with its index as value."""
    return TermList(((term, index) for index, term in enumerate(terms)), misspelt=misspelt)


def _classified_text(listing: Listing) -> str:
    """The title, with the brand where no category path tells more."""
    brand = listing.brand
    if brand and not listing.category_path and brand.lower() not in _NO_BRAND:
        return f"{listing.title} {brand}" if brand not in listing.title else listing.title
    return listing.title


def _combine(path: PathDecision, cluster: int, score: float) -> tuple[int, float]:
    """Cluster and score from a path and what the title says."""
    named = CLUSTERS.index(path.cluster)
    if cluster == named:
        return named, max(path.score, score)
    if path.trusted:
        return named, path.score if cluster == UNKNOWN or score < CONFIDENT else CONFIDENT
    return (cluster, score) if cluster != UNKNOWN and score >= CONFIDENT else (named, path.score)


def _shown(path: str) -> str:
    """A path as a reader is shown it: printable, at most 160 characters."""
    plain = "".join(c for c in path if c.isprintable())
    return " › ".join(" ".join(part.split()) for part in plain.replace("›", ">").split(">"))[:160]


def _abroad(registry: Registry) -> set[str]:
    """Platforms that sell across the border openly."""
    return {p.id for p in registry.platforms.values() if p.role == "reference"}


def _named_by_policies(registry: Registry) -> set[str]:
    """Categories that a policy names."""
    return {name for policy in registry.policies for name in policy.categories}


def _version(model: TitleModel, registry: Registry) -> str:
    """A hash over all that decides: model, code, word files, and the registry as far as it does."""
    digest = hashlib.sha256(CODE.encode() + model.digest.encode())
    for cluster in registry.clusters:
        digest.update(to_json(cluster))
    for ids in (_abroad(registry), _named_by_policies(registry)):
        digest.update(msgspec.json.encode(sorted(ids)))
    if registry.country != INDONESIA:
        digest.update(to_json(registry.country))
    for name in ("categories.toml", "condition.toml", "origins.toml"):
        digest.update((resources.files("monitor.classify") / "data" / name).read_bytes())
    return digest.hexdigest()[:12]


def classify_listings(
    classifier: Classifier, listings: Iterable[tuple[_Label, Listing]], size: int = BATCH
) -> Iterator[tuple[_Label, Classification]]:
    """Classifies a stream of labelled listings, ``size`` at a time, in order."""
    labelled = iter(listings)
    while batch := list(islice(labelled, size)):
        decisions = classifier.classify_many([listing for _, listing in batch])
        yield from zip([label for label, _ in batch], decisions, strict=True)
