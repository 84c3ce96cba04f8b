"""A week released in both tiers, once for all tests that read it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor.config import Config
from monitor.operate.editions import edition_classifier
from monitor.research import ReleaseKey, export, make_key
from monitor.store import Store
from tests.research.weeks import invented, make_week, registry


class Released(NamedTuple):
    """A home, and the two releases of its week."""

    config: Config
    key: ReleaseKey
    public: Path
    restricted: Path


def release(config: Config, folder: Path, key: ReleaseKey | None = None, *formats: str) -> Path:
    """A release of all weeks of a home."""
    with Store.of_home(config, create=False) as store:
        return export(
            config,
            registry(),
            store,
            folder,
            classifier_of=partial(edition_classifier, store),
            key=key,
            formats=("csv", *formats),
        )


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The invented week of two platforms."""
    folder = tmp_path_factory.mktemp("research")
    config = make_week(folder / "home", {name: invented(name) for name in ("lazada", "shopee")})
    key = make_key(folder / "release.key")
    return Released(
        config,
        key,
        release(config, folder / "public", None, "parquet"),
        release(config, folder / "restricted", key, "parquet"),
    )
