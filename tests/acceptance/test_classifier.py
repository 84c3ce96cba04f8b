"""The classifier against the real data sets: places, paths, and held-out titles."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from monitor.classify import corpus
from monitor.classify.classifier import Classifier
from monitor.classify.locations import locate
from monitor.classify.model import TitleModel
from monitor.classify.model_file import CLUSTERS
from monitor.classify.train import TEST_FOLD, Material, f1_of, material
from monitor.model import Cluster, Condition, Listing
from monitor.registry import load_registry

pytestmark = pytest.mark.acceptance

ABROAD = {"Luar Negeri", "Singapore", "China", "Hong Kong", "Overseas"}
PLACE = re.compile(r"(?:^|;)(?:shop_city|shop_location|location)=([^;]+)")


@pytest.fixture(scope="module")
def datasets(shared: Path) -> Path:
    return shared / "datasets"


def rows(datasets: Path) -> Iterator[dict[str, str]]:
    for file in sorted(datasets.glob("*/listings.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def test_every_shop_location_is_placed(datasets: Path) -> None:
    matches = [PLACE.search(row["extra"]) for row in rows(datasets)]
    places = [match[1] for match in matches if match]
    assert len(places) > 15_000
    locations = {place: locate(place) for place in set(places)}
    unplaced = sum(locations[place] is None for place in places)
    assert unplaced / len(places) < 0.001
    abroad = {name for name, place in locations.items() if place and place.country != "ID"}
    assert abroad <= ABROAD


def test_every_stored_category_path_is_decided_as_labelled(datasets: Path) -> None:
    classifier = Classifier.load()
    labelled = corpus.labelled(datasets)
    decided = classifier.classify_many(
        [
            Listing(platform="tokopedia", item_id="1", title=row.title, category_path=row.path)
            for row in labelled
        ]
    )
    right = [d.cluster is row.cluster for d, row in zip(decided, labelled, strict=True)]
    assert np.mean(right) >= 0.99


@pytest.fixture(scope="module")
def training(datasets: Path) -> Material:
    pytest.importorskip("sklearn", reason="training needs scikit-learn")
    return material(datasets)


@pytest.fixture(scope="module")
def held_out(training: Material) -> tuple[list[corpus.TrainingTitle], list[tuple[Cluster, float]]]:
    model = TitleModel(training.pack(training.fit(TEST_FOLD), training.calibration()))
    test = [training.rows[i] for i in np.flatnonzero(training.fold == TEST_FOLD).tolist()]
    return test, Classifier(model, load_registry()).clusters([row.title for row in test])


@pytest.mark.parametrize(
    ("source", "least"),
    [
        ("tokopedia_umkm_2026", 0.93),
        ("prdect_id_2022", 0.86),
        ("tokopedia_reviews_2019", 0.97),
        ("lazada_cikm2017", 0.93),
    ],
)
def test_macro_f1_of_held_out_groups(
    held_out: tuple[list[corpus.TrainingTitle], list[tuple[Cluster, float]]],
    source: str,
    least: float,
) -> None:
    pairs = [(row.cluster, d[0]) for row, d in zip(*held_out, strict=True) if row.source == source]
    true = np.array([CLUSTERS.index(cluster) for cluster, _ in pairs])
    got = np.array([CLUSTERS.index(d) if d in CLUSTERS else -1 for _, d in pairs])
    assert np.mean([f1_of(got == k, true == k) for k in np.unique(true)]) >= least


def test_confidence_of_held_out_titles(
    held_out: tuple[list[corpus.TrainingTitle], list[tuple[Cluster, float]]],
) -> None:
    home = [
        (decided is row.cluster, score)
        for row, (decided, score) in zip(*held_out, strict=True)
        if row.source != "lazada_cikm2017"
    ]
    sure = [right for right, score in home if score >= 0.9]
    assert len(sure) / len(home) >= 0.85
    assert np.mean(sure) >= 0.99
    assert abs(np.mean([s for _, s in home]) - np.mean([r for r, _ in home])) < 0.02


def test_no_shop_and_no_near_duplicate_stands_on_both_sides(training: Material) -> None:
    fold = training.fold[: len(training.rows)].tolist()
    shops: dict[str, set[int]] = {}
    for row, k in zip(training.rows, fold, strict=True):
        if row.shop:
            shops.setdefault(row.shop, set()).add(k)
    assert all(len(folds) == 1 for folds in shops.values())
    assert np.bincount(fold, minlength=corpus.FOLDS).min() > 4_000


def test_training_is_reproducible(training: Material) -> None:
    first, second = training.fit(TEST_FOLD, 1, 2, 3), training.fit(TEST_FOLD, 1, 2, 3)
    calibration = np.array([0.0, 0.0, 3.0])
    assert training.pack(first, calibration) == training.pack(second, calibration)


def test_no_title_of_the_data_sets_is_called_used_clothing(datasets: Path) -> None:
    """They hold used electronics, books and drums, and no used clothing."""
    classifier = Classifier.load()
    listings = [
        Listing(
            platform="tokopedia",
            item_id="1",
            title=row["title"],
            category_path=row["category_path"] or None,
        )
        for row in rows(datasets)
    ]
    decisions = classifier.classify_many(listings)
    used = [decision for decision in decisions if decision.condition is Condition.used]
    assert len(listings) > 39_000
    assert len(used) >= 30
    assert [decision for decision in decisions if decision.prohibited] == []
