"""Training rows: labelled titles of the data sets, names of category trees, our own word lists."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from msgspec.structs import replace
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.sparse.csgraph import connected_components

from monitor.classify.paths import decide_path
from monitor.model import Cluster, PantauError, Value
from monitor.registry import Registry

FOLDS = 5
NEAR = 85
CRAFT_NAMES = 0.3
NO_CLUSTER = "no_cluster"
TEST_ONLY = {"milk_health_2026"}
"""Sets that no training reads."""
WEIGHTS = {
    "prdect_id_2022": 3.0,
    "bps_blibli_bukalapak_2025": 2.0,
    "tokopedia_reviews_2019": 1.5,
    "tokopedia_elektronik_musik_2022": 0.25,
    "lazada_cikm2017": 0.7,
    "registry": 0.7,
    "tokopedia_tree": 0.1,
    "shopee_tree": 0.1,
    "kbli": 0.1,
}


class CorpusError(PantauError):
    """The training data cannot be read; names the file and the mend."""


class TrainingTitle(Value):
    """A title with its cluster. ``shop`` keeps a shop's titles in one fold, None if unknown."""

    title: str
    cluster: Cluster
    source: str
    weight: float = 1.0
    shop: str | None = None
    path: str | None = None


def labelled(datasets: Path) -> list[TrainingTitle]:
    """The labelled rows of every ``<set>/listings.csv`` to train on, by set and row."""
    files = [f for f in sorted(datasets.glob("*/listings.csv")) if f.parent.name not in TEST_ONLY]
    if not files:
        raise CorpusError(f"{datasets}: no <data set>/listings.csv in it; name the right folder")
    return [row for file in files for row in _labelled(file)]


def outside(datasets: Path) -> list[TrainingTitle]:
    """The rows of the ``TEST_ONLY`` sets, by set and row.

    Where a row has no label, the cluster of a category path that decides on its own is its label.
    """
    files = [datasets / name / "listings.csv" for name in sorted(TEST_ONLY)]
    return [row for file in files if file.is_file() for row in _labelled(file, by_path=True)]


def _labelled(file: Path, *, by_path: bool = False) -> Iterator[TrainingTitle]:
    """The labelled rows of one data set; with ``by_path`` those that a path labels as well."""
    source = file.parent.name
    for row in _rows(file):
        path = decide_path(row["category_path"]) if by_path else None
        label = row["cluster_label"] or (path.cluster if path and path.trusted else None)
        if label:
            extra = dict(pair.split("=", 1) for pair in row["extra"].split(";") if "=" in pair)
            yield TrainingTitle(
                title=row["title"],
                cluster=Cluster(label),
                source=source,
                weight=WEIGHTS.get(source, 1.0),
                shop=extra.get("shop_id"),
                path=row["category_path"] or None,
            )


def reference(datasets: Path, registry: Registry) -> list[TrainingTitle]:
    """Short titles that are no listings: ``aids``, and tree names and KBLI texts."""
    trees = datasets / "category_trees"
    names = _category_names(trees) if trees.is_dir() else ()
    return [*aids(registry), *(replace(row, weight=_weight(row)) for row in names)]


def aids(registry: Registry) -> list[TrainingTitle]:
    """Short titles everybody has: the registry's terms and the vocabulary."""
    rows = [*_vocabulary(), *_terms(registry)]
    return [replace(row, weight=_weight(row)) for row in rows]


def _weight(row: TrainingTitle) -> float:
    """Craft names weigh less: sellers put souvenirs and woven ware under food and fashion too."""
    scale = CRAFT_NAMES if row.cluster is Cluster.crafts else 1.0
    return WEIGHTS.get(row.source, 1.0) * scale


def telling_nothing() -> set[bytes]:
    """Words, as titles are read, that never say what is offered ("pria", "premium")."""
    return {term.encode() for section, term in _vocabulary_terms() if section == NO_CLUSTER}


def _vocabulary_terms() -> Iterator[tuple[str, str]]:
    """Each term of ``data/vocabulary.toml`` with the name of its section."""
    file = resources.files("monitor.classify") / "data" / "vocabulary.toml"
    for section, topics in tomllib.loads(file.read_text("utf-8")).items():
        for topic in topics.values():
            yield from ((section, term.strip()) for term in topic.split(","))


def _vocabulary() -> Iterator[TrainingTitle]:
    for section, term in _vocabulary_terms():
        if section != NO_CLUSTER:
            yield TrainingTitle(title=term, cluster=Cluster(section), source="vocabulary")


def _terms(registry: Registry) -> Iterator[TrainingTitle]:
    for cluster in registry.clusters:
        for category in cluster.categories:
            for term in category.terms:
                yield TrainingTitle(title=term, cluster=cluster.id, source="registry")


def _category_names(trees: Path) -> Iterator[TrainingTitle]:
    """Names of Tokopedia's and Shopee's categories, and texts of the classification KBLI."""
    tokopedia = trees / "tokopedia_tree_paths_2022_partial.txt"
    yield from _trusted_names(tokopedia.read_text("utf-8").splitlines(), "tokopedia_tree")
    for row in _rows(trees / "shopee_global_category_tree_2023.csv"):
        if row["suggested_cluster"] and row["confidence"] != "low":
            title, cluster = row["path_en"].split(" > ")[-1], Cluster(row["suggested_cluster"])
            yield TrainingTitle(title=title, cluster=cluster, source="shopee_tree")
    shopee = (row["path_id"] for row in _rows(trees / "shopee_id_tree_2022_partial.csv"))
    yield from _trusted_names(shopee, "shopee_tree")
    for row in _rows(trees / "kbli2020_codes_titles.csv"):
        if row["suggested_cluster"]:
            cluster = Cluster(row["suggested_cluster"])
            yield TrainingTitle(title=row["judul"], cluster=cluster, source="kbli")


def _trusted_names(paths: Iterable[str], source: str) -> Iterator[TrainingTitle]:
    """The last name of each path whose cluster sellers do not misuse."""
    for path in paths:
        decision = decide_path(path)
        if decision is not None and decision.trusted:
            title = path.split(" > ")[-1]
            yield TrainingTitle(title=title, cluster=decision.cluster, source=source)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def folds(rows: Iterable[TrainingTitle]) -> NDArray[np.int64]:
    """The fold (0 … 4) of each row. Rows of one shop, and near-duplicate titles, share a fold.

    Where a set tells the shop the shop groups; elsewhere titles of one set whose similarity
    (rapidfuzz ``ratio``) is at least 85 do. A group's fold comes from the hash of its smallest
    title hash, so it does not move when rows are added elsewhere.
    """
    rows = list(rows)
    pairs = np.array([*_same_group(rows)], np.int64).reshape(-1, 2)
    links = sp.coo_array((np.ones(len(pairs)), pairs.T), shape=(len(rows), len(rows)))
    _, groups = connected_components(links, directed=False)
    smallest: dict[int, str] = {}
    for group, row in zip(groups.tolist(), rows, strict=True):
        digest = hashlib.sha1(row.title.lower().encode(), usedforsecurity=False).hexdigest()
        smallest[group] = min(digest, smallest.get(group, digest))
    return np.array([fold_of(smallest[group]) for group in groups.tolist()], np.int64)


def fold_of(group: str) -> int:
    """The fold of everything that belongs to ``group``; the same in every training."""
    digest = hashlib.sha1(f"fold{group}".encode(), usedforsecurity=False).hexdigest()
    return int(digest, 16) % FOLDS


def _same_group(rows: list[TrainingTitle]) -> Iterator[tuple[int, int]]:
    """Indices of rows that belong together: of one shop, or with nearly the same title."""
    shops: dict[tuple[str, str], int] = {}
    loose: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if row.shop:
            yield i, shops.setdefault((row.source, row.shop), i)
        else:
            loose.setdefault(row.source, []).append(i)
    for members in loose.values():
        titles = [rows[i].title.lower() for i in members]
        for start in range(0, len(titles), 2000):
            near = process.cdist(
                titles[start : start + 2000],
                titles[start:],
                scorer=fuzz.ratio,
                score_cutoff=NEAR,
                dtype=np.uint8,
            )
            for a, b in zip(*np.nonzero(near), strict=True):
                yield members[start + a], members[start + b]
