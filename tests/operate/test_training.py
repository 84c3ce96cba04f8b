"""``pantau train`` in a home: what it learns from, installs, refuses and undoes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from monitor.classify.corpus import fold_of
from monitor.classify.retrain import JUDGED
from monitor.config import load_config
from monitor.model import (
    Answer,
    Cluster,
    LabelKind,
    Listing,
    Origin,
    ResponseRecord,
    SampledPage,
    UnitState,
)
from monitor.operate.training import train_home, training_titles
from monitor.registry import load_registry
from monitor.store import Store

from .conftest import Run, label

pytestmark = pytest.mark.long

pytest.importorskip("sklearn", reason="training needs scikit-learn")

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PATHS = {"Glimora": "Fashion Muslim > Mukena", "Varuntak": "Makanan & Minuman"}
Offers = list[Listing]


def offers(*, swapped: bool = False, path: bool = True) -> Offers:
    """Forty shops' offers under names nobody knows; see ``tests/classify/test_retrain.py``."""
    listings = []
    for shop in range(40):
        seller = f"toko-{shop}"
        wrong = swapped and fold_of(f"shopee/{seller}") != 0
        for name, other in zip(PATHS, reversed(PATHS), strict=True):
            for letter in "abcdefghij":
                title = f"{name} seri {letter * 3} {seller}"
                listings.append(
                    Listing(
                        platform="shopee",
                        item_id=title,
                        title=title,
                        seller_id=seller,
                        category_path=PATHS[other if wrong else name] if path else None,
                    )
                )
    return listings


def put(home: Path, listings: Offers, origin: Origin = Origin.saved) -> Store:
    home.mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{home / 'pantau.db'}")
    run = store.runs.start("ingest", origin, NOW)
    url = f"https://shopee.co.id/{run}"
    received = ResponseRecord(url=url, size=1, sha256="0" * 64)
    page = SampledPage(
        platform="shopee",
        url=url,
        state=UnitState.sampled,
        origin=origin,
        observed_at=NOW,
        received=received,
        listings=tuple(listings),
        parser="test",
    )
    store.pages.save(run, page)
    return store


def test_a_home_learns_and_goes_back(pantau: Run, home: Path) -> None:
    put(home, offers()).close()
    shipped = pantau("config").stdout.splitlines()[-1]
    assert shipped.startswith("title model: the shipped one, ")
    trained = pantau("train")
    assert trained.returncode == 0, trained.stderr
    assert "by category paths" in trained.stdout
    assert "present → new: right" in trained.stdout
    file = home / "title_model.npz"
    assert file.is_file()
    assert pantau("config").stdout.splitlines()[-1].startswith(f"title model: {file}, ")
    assert f"ok       classifier: title model: {file}" in pantau("doctor").stdout
    rows = home / "rows.csv"
    rows.write_text("title\nGlimora seri zzz\n", encoding="utf-8")
    assert ",textile_fashion," in pantau("classify", str(rows)).stdout
    first = pantau("classify").stdout
    back = pantau("train", "--shipped")
    assert back.stdout.splitlines() == ["set aside", shipped]
    assert not file.exists()
    assert (home / "title_model.before.npz").is_file()
    assert ",textile_fashion," not in pantau("classify", str(rows)).stdout
    assert pantau("classify").stdout.split(":")[0] != first.split(":")[0], "another version"
    assert "no model of its own" in pantau("train", "--shipped").stdout


def test_a_worse_model_is_not_installed_silently(pantau: Run, home: Path) -> None:
    config = load_config({"PANTAU_HOME": str(home)})
    registry = load_registry()
    with put(home, offers()) as store:
        assert train_home(config, registry, store)[1]
    good = config.title_model.read_bytes()
    put(home, offers(swapped=True)).close()
    worse = pantau("train")
    assert worse.returncode == 1
    assert "not installed, worse than the present one" in worse.stderr
    assert "--even-if-worse" in worse.stderr
    assert config.title_model.read_bytes() == good
    with Store.open(config.database_url) as store:
        assert train_home(config, registry, store, even_if_worse=True)[1]
        remarks = [run.reason or "" for run in store.runs.newest("train")]
    assert config.title_model.read_bytes() != good
    assert (home / "title_model.before.npz").read_bytes() == good
    assert [line.rsplit("; ", 1)[1] for line in remarks] == [
        "installed",
        "not installed",
        "installed",
    ]


def test_labels_teach_where_no_path_does(home: Path) -> None:
    store = put(home, offers(path=False))
    for name in ("Petugas Satu", "Petugas Dua"):
        store.annotators.invite(name, sha256(name.encode()).hexdigest(), NOW)
    with store:
        for version, listing in list(store.listings.versions()):
            name = listing.title.split()[0]
            cluster = Cluster.textile_fashion if name == "Glimora" else Cluster.food_beverage
            key = (listing.platform, listing.item_id, version)
            first = label("2026-W47", key, "Petugas Satu", Answer.no, cluster=cluster)
            store.labels.append(first)
            if listing.seller_id == "toko-7":
                second = label(
                    "2026-W47",
                    key,
                    "Petugas Dua",
                    Answer.no,
                    kind=LabelKind.second,
                    cluster=Cluster.crafts,
                )
                store.labels.append(second)
        titles = training_titles(store)
    assert {row.source for row in titles} == {JUDGED}
    assert len(titles) == 780, "twenty on which two people differ teach nothing"
    assert {row.cluster for row in titles} == {Cluster.textile_fashion, Cluster.food_beverage}


def test_a_simulated_store_and_an_empty_one_teach_nothing(pantau: Run, home: Path) -> None:
    empty = pantau("train")
    assert empty.returncode == 1
    assert "no listing yet" in empty.stderr
    put(home, offers(), Origin.simulated).close()
    refused = pantau("train")
    assert refused.returncode == 1
    assert "simulated" in refused.stderr
    assert not (home / "title_model.npz").exists()


def test_too_little_says_how_much_is_wanted(pantau: Run, home: Path) -> None:
    put(home, offers()[:30]).close()
    refused = pantau("train")
    assert refused.returncode == 1
    assert "30 titles" in refused.stderr
    assert "500 are wanted" in refused.stderr


def test_a_broken_model_stops_the_classifier_with_the_mend(pantau: Run, home: Path) -> None:
    put(home, offers()).close()
    file = home / "title_model.npz"
    file.write_bytes(b"PK\x03\x04 half a file")
    for command in (["classify"], ["config"]):
        refused = pantau(*command)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert str(file) in line
        assert "pantau train --shipped" in line
    assert "failure  classifier" in pantau("doctor").stdout
    assert pantau("train", "--shipped").returncode == 0
    assert pantau("classify").returncode == 0


def test_datasets_and_out_go_together(pantau: Run, tmp_path: Path) -> None:
    assert pantau("train", "--out", str(tmp_path / "m.npz")).returncode == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = pantau("train", "--datasets", str(empty), "--out", str(tmp_path / "m.npz"))
    assert refused.returncode == 1
    assert "no <data set>/listings.csv" in refused.stderr
    shutil.rmtree(empty)
