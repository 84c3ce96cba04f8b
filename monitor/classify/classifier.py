"""Both decisions about a listing: its cluster and category, and where it is offered from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from monitor.classify.lexicon import Terms, best
from monitor.classify.model import CLUSTERS, KNOWN, Batch, Floats, Integers, TitleModel
from monitor.classify.origin import Evidence, Origin, decide_origin, language_signal, phrases
from monitor.classify.paths import PathDecision, decide_path, names
from monitor.model import Classification, Cluster, CrossBorder, Listing, Signal, to_json
from monitor.registry import Registry, load_registry

CODE = "4"
BATCH = 4_000
UNSURE = 0.5
CONFIDENT = 0.9
UNKNOWN = len(CLUSTERS)

_ANSWERS = (*CLUSTERS, Cluster.unknown)
_NO_BRAND = {"no brand", "tidak ada merek", "oem", "none", "-", "unknown", "other"}
_NAMED = 1 << 24
_WORD = 1 << 20
_NOTHING = Origin(CrossBorder.unknown, 0.0, None, ())
_WORDLESS = (Signal(kind="title", text="no telling words"),)

Hint = tuple[str, str, float]


class _Path(NamedTuple):
    decision: PathDecision | None
    category: int
    signal: Signal


class _Hints(NamedTuple):
    weak: tuple[Hint, ...]
    imported: str | None


class Classifier:
    """Classifies listings; make one with ``load``. Not for use by several threads at once."""

    def __init__(self, model: TitleModel, registry: Registry) -> None:
        self._model = model
        self._abroad = _abroad(registry)
        categories = [c for cluster in registry.clusters for c in cluster.categories]
        self._category = [c.id for c in categories]
        terms = [(term, k) for k, c in enumerate(categories) for term in c.terms]
        self._term = [term for term, _ in terms]
        self._commodities = Terms(((t, i) for i, t in enumerate(self._term)), misspelt=True)
        named = _named(registry)
        self._of_term = np.array([k for _, k in terms], np.int64)
        self._cluster = np.array([CLUSTERS.index(c.cluster) for c in categories], np.int64)
        self._named = np.array([c.id in named for c in categories], bool)
        self._phrases = phrases("title")
        self._hints = Terms(((p.phrase, i) for i, p in enumerate(self._phrases)))
        self._trades = phrases("seller")
        self._sellers = Terms(((p.phrase, i) for i, p in enumerate(self._trades)))
        self._by_path = lru_cache(maxsize=20_000)(self._read_path)
        self._by_seller = lru_cache(maxsize=50_000)(self._read_seller)
        self._by_terms = lru_cache(maxsize=100_000)(self._name_terms)
        self.version = _version(model, registry)

    @classmethod
    def load(cls, registry: Registry | None = None, model: Path | None = None) -> Classifier:
        """With ``registry`` (the packaged one by default) and a home's ``model`` file.

        Where there is no such file the shipped model decides. Raises ``ModelError`` for one that
        cannot be used.
        """
        chosen = TitleModel.of_home(model) if model else TitleModel.packaged()
        return cls(chosen, registry or load_registry())

    @property
    def model(self) -> str:
        """The SHA-256 (hex) of the title model's file."""
        return self._model.digest

    def classify(self, listing: Listing) -> Classification:
        """Both decisions about one listing."""
        return self.classify_many((listing,))[0]

    def classify_many(self, listings: Sequence[Listing]) -> list[Classification]:
        """Both decisions about each listing, in order; much faster a listing than ``classify``."""
        decided: list[Classification] = []
        for start in range(0, len(listings), BATCH):
            decided += self._batch(listings[start : start + BATCH])
        return decided

    def clusters(self, titles: Sequence[str]) -> list[tuple[Cluster, float]]:
        """Cluster and score of titles alone."""
        decided: list[tuple[Cluster, float]] = []
        for start in range(0, len(titles), BATCH):
            batch = self._model.read(titles[start : start + BATCH])
            cluster, score = self._decide(batch)
            decided += zip([_ANSWERS[k] for k in cluster.tolist()], score.tolist(), strict=True)
        return decided

    def _decide(self, batch: Batch) -> tuple[Integers, Floats]:
        margins = self._model.margins(batch)
        score = np.round(self._model.confidence(margins), 4)
        flags = batch.reduce(np.bitwise_or, batch.words.flags[batch.ids])
        unknown = score < UNSURE
        for i in np.flatnonzero(~unknown & (flags & KNOWN == 0)).tolist():
            ids = batch.ids[batch.first[i] : batch.first[i] + batch.count[i]]
            unknown[i] = not self._commodities.numbers(batch.words)[ids].any()
        return np.where(unknown, UNKNOWN, margins.argmax(axis=1)), np.where(unknown, 0.0, score)

    def _batch(self, listings: Sequence[Listing]) -> Iterator[Classification]:
        paths = [self._by_path(li.category_path) if li.category_path else None for li in listings]
        batch = self._model.read([_words_of(listing) for listing in listings])
        cluster, score = self._decide(batch)
        for i, path in enumerate(paths):
            if path is not None and path.decision is not None:
                cluster[i], score[i] = _combine(path.decision, int(cluster[i]), float(score[i]))
        first, second = self._matched(batch, cluster)
        word = self._strongest(batch, cluster, first)
        hints = self._hinted(batch)
        decided = (cluster.tolist(), score.tolist(), first.tolist(), second.tolist())
        rows = zip(listings, paths, *decided, word.tolist(), strict=True)
        for i, (listing, path, k, sure, one, two, strongest) in enumerate(rows):
            category, title = self._by_terms(one, two, batch.words.spelled[strongest])
            why = title
            if path is not None:
                category = self._choose(path.category, category, k)
                why = (path.signal, *why)
            origin = self._origin(listing, hints.get(i))
            yield Classification(
                cluster=_ANSWERS[k],
                cluster_score=sure,
                cross_border=origin.status,
                cross_border_score=origin.score,
                classifier=self.version,
                category=self._category[category] if category >= 0 else None,
                imported_goods=origin.imported_goods,
                signals=(*why, *origin.signals) if origin.signals else why or _WORDLESS,
            )

    def _matched(self, batch: Batch, cluster: Integers) -> tuple[Integers, Integers]:
        """The best and second-best term of each title among those of its cluster, -1 for none."""
        found = self._commodities.find(batch)
        row = batch.row[found.at]
        category = self._of_term[found.value]
        fits = self._cluster[category] == cluster[row]
        row, value, category = row[fits], found.value[fits], category[fits]
        rank = found.length[fits] * _WORD + self._named[category] * _NAMED - found.at[fits]
        first = best(len(cluster), row, rank, value)
        others = value != first[row]
        return first, best(len(cluster), row[others], rank[others], value[others])

    def _strongest(self, batch: Batch, cluster: Integers, first: Integers) -> Integers:
        """The word that spoke most for the cluster, in titles without a term; 0 elsewhere."""
        wanted = ((first < 0) & (cluster != UNKNOWN))[batch.row]
        wanted = np.flatnonzero(wanted)
        wanted = wanted[batch.words.flags[batch.ids[wanted]] > 0]
        ids, row = batch.ids[wanted], batch.row[wanted]
        weights = batch.words.vectors[ids]
        lead = weights[np.arange(len(ids)), cluster[row]] - weights.mean(axis=1)
        return np.maximum(best(len(cluster), row, lead, ids), 0)

    def _hinted(self, batch: Batch) -> dict[int, _Hints]:
        found = self._hints.find(batch)
        hits: dict[int, list[int]] = {}
        for row, value in zip(batch.row[found.at].tolist(), found.value.tolist(), strict=True):
            hits.setdefault(row, []).append(value)
        return {row: self._hint(values) for row, values in hits.items()}

    def _hint(self, values: list[int]) -> _Hints:
        told = [self._phrases[value] for value in dict.fromkeys(values)]
        weak = tuple(("title_words", p.phrase, p.weight) for p in told if p.weight)
        return _Hints(weak, ", ".join(p.phrase for p in told if p.imported) or None)

    def _origin(self, listing: Listing, hints: _Hints | None) -> Origin:
        if hints is None and listing.title.isascii() and self._silent(listing):
            return _NOTHING
        weak = hints.weak if hints else ()
        if not listing.title.isascii() and (language := language_signal(listing.title)):
            weak = (*weak, language)
        if listing.seller_name:
            weak = (*weak, *self._by_seller(listing.seller_name))
        return decide_origin(
            Evidence(
                listing.platform in self._abroad,
                listing.cross_border_flag,
                listing.ship_from_country,
                listing.ship_from,
                listing.imported_flag,
                weak,
                hints.imported if hints else None,
            )
        )

    def _silent(self, listing: Listing) -> bool:
        """Whether nothing but the title could tell where the listing comes from."""
        return (
            listing.cross_border_flag is None
            and listing.ship_from is None
            and listing.ship_from_country is None
            and listing.seller_name is None
            and listing.imported_flag is None
            and listing.platform not in self._abroad
        )

    def _read_seller(self, name: str) -> tuple[Hint, ...]:
        found = self._sellers.find(self._model.read([name]))
        told = [self._trades[value] for value in dict.fromkeys(found.value.tolist())]
        return tuple(("seller_name", p.phrase, p.weight) for p in told if p.weight)[:1]

    def _read_path(self, path: str) -> _Path:
        decision = decide_path(path)
        levels = names(path)
        category = -1
        if decision is not None and levels:
            batch = self._model.read(levels)
            k = CLUSTERS.index(decision.cluster)
            first, _ = self._matched(batch, np.full(len(levels), k))
            named = [int(self._of_term[term]) for term in first if term >= 0]
            category = named[-1] if named else -1
        return _Path(decision, category, Signal(kind="category_path", text=_shown(path)))

    def _name_terms(self, one: int, two: int, word: bytes) -> tuple[int, tuple[Signal, ...]]:
        if one >= 0:
            told = ", ".join(self._term[term] for term in (one, two) if term >= 0)
            return int(self._of_term[one]), (Signal(kind="title", text=told),)
        spelled = word.decode("utf-8", "replace")
        return -1, (Signal(kind="title_word", text=spelled),) if spelled else ()

    def _choose(self, of_path: int, of_title: int, cluster: int) -> int:
        """The path's category, unless the title names one that policies name and the path none."""
        if of_path < 0 or (cluster != UNKNOWN and self._cluster[of_path] != cluster):
            return of_title
        if of_title >= 0 and self._named[of_title] and not self._named[of_path]:
            return of_title
        return of_path


def _words_of(listing: Listing) -> str:
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
    plain = "".join(c for c in path if c.isprintable())
    return " › ".join(" ".join(part.split()) for part in plain.replace("›", ">").split(">"))[:160]


def _abroad(registry: Registry) -> set[str]:
    """Platforms that sell across the border openly."""
    return {p.id for p in registry.platforms.values() if p.role == "reference"}


def _named(registry: Registry) -> set[str]:
    """Categories that a policy names."""
    return {name for policy in registry.policies for name in policy.categories}


def _version(model: TitleModel, registry: Registry) -> str:
    """A hash over all that decides: model, code, word files, and the registry as far as it does."""
    digest = hashlib.sha256(CODE.encode() + model.digest.encode())
    for cluster in registry.clusters:
        digest.update(to_json(cluster))
    for which in (_abroad(registry), _named(registry)):
        digest.update(msgspec.json.encode(sorted(which)))
    for name in ("categories.toml", "origins.toml"):
        digest.update((resources.files("monitor.classify") / "data" / name).read_bytes())
    return digest.hexdigest()[:12]


def classify_listings(
    classifier: Classifier, listings: Iterable[tuple[int, Listing]]
) -> Iterator[tuple[int, Classification]]:
    """Classifies a stream of numbered listings in batches, in order, with bounded memory."""
    numbers: list[int] = []
    held: list[Listing] = []
    for number, listing in listings:
        numbers.append(number)
        held.append(listing)
        if len(held) == BATCH:
            yield from zip(numbers, classifier.classify_many(held), strict=True)
            numbers, held = [], []
    if held:
        yield from zip(numbers, classifier.classify_many(held), strict=True)
