"""A home's own title model: trained on its store, installed, and set aside again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from monitor.classify import ModelError
from monitor.classify.corpus import TrainingTitle
from monitor.classify.model import TitleModel
from monitor.classify.retrain import Retraining, own_examples, retrain
from monitor.config import Config, PantauError
from monitor.labels import resolve
from monitor.model import Cluster, Listing
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store

BEFORE = "title_model.before.npz"
OLDER = ", trained on top of another shipped model than this version's"


class TrainingError(PantauError):
    """This home's store is nothing to learn from."""


def learn(
    config: Config, registry: Registry, store: Store, *, even_if_worse: bool = False
) -> tuple[Retraining, bool]:
    """Train a model on the store and install it, unless it is worse than the present one.

    Returns what was trained and compared, and whether it is installed. The model it replaces is
    kept beside it. A simulated store is refused: what the simulation invents is no fact about
    titles.
    """
    if store.simulated is not False:
        what = "simulated data, which teach nothing about real titles"
        raise TrainingError(f"{config.home}: holds {what if store.simulated else 'no listing yet'}")
    present = _present(config)
    rows = taught(store)
    with recorded(store, "train", store.origin, versions={"before": present.digest}) as run:
        made = retrain(rows, registry, present)
        install = even_if_worse or made.worse is None
        run.counts |= made.examples | {"held out": made.held_out}
        run.remark = f"title model {made.sha256[:12]}: {made.worse or 'not worse'}; " + (
            "installed" if install else "not installed"
        )
        if install:
            _install(config.title_model, made.packed)
    return made, install


def taught(store: Store) -> list[TrainingTitle]:
    """The titles of a store that teach a cluster; what people agree on counts before the path."""
    said = {key: found.cluster for key, found in resolve(store.labels()).items()}

    def rows() -> Iterator[tuple[Listing, Cluster | None]]:
        for version, listing in store.contents():
            yield listing, said.get((listing.platform, listing.item_id, version))

    return own_examples(rows())


def _present(config: Config) -> TitleModel:
    """What decides now; the shipped model where this home's cannot be used."""
    try:
        return TitleModel.of_home(config.title_model)
    except ModelError:
        return TitleModel.packaged()


def _install(file: Path, data: bytes) -> None:
    """Put a model in place in one step: nobody ever reads half of one, or none."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(data)
    if file.exists():
        shutil.copy2(file, file.with_name(BEFORE))
    fresh.replace(file)


def go_back(config: Config) -> bool:
    """Set this home's model aside, so that the shipped one decides; False where there is none."""
    if not config.title_model.exists():
        return False
    config.title_model.replace(config.title_model.with_name(BEFORE))
    return True


def described(config: Config) -> str:
    """Which title model decides in this home. Raises ``ModelError`` for one that cannot."""
    model = TitleModel.of_home(config.title_model)
    if not model.base:
        return f"the shipped one, {model.digest[:12]}"
    older = "" if model.base == TitleModel.packaged().digest else OLDER
    return f"{config.title_model}, {model.digest[:12]}{older}"
