"""A home's own title model: trained on its store, installed, and set aside again."""

from __future__ import annotations

import shutil

from monitor.classify.corpus import TrainingTitle
from monitor.classify.model import TitleModel
from monitor.classify.model_file import ModelError
from monitor.classify.retrain import Retraining, own_examples, retrain
from monitor.config import Config, PantauError
from monitor.labels import resolve
from monitor.model import Question, VersionKey
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store

SET_ASIDE = "title_model.before.npz"


class TrainingError(PantauError):
    """The store holds nothing that a model could be trained on."""


def train_home(
    config: Config, registry: Registry, store: Store, *, even_if_worse: bool = False
) -> tuple[Retraining, bool]:
    """Train a title model on the store and install it, unless it is worse than the present one.

    Returns the new model with the comparison of both, and whether it was installed. The model it
    replaces is kept beside it. Raises ``TrainingError`` for an empty store, and for a simulated
    one, whose titles are invented.
    """
    if store.simulated is not False:
        what = "simulated data, which teach nothing about real titles"
        raise TrainingError(f"{config.home}: holds {what if store.simulated else 'no listing yet'}")
    try:
        present = TitleModel.of_home(config.title_model)
    except ModelError:
        present = TitleModel.packaged()
    titles = training_titles(store)
    with recorded(store, "train", store.origin, versions={"before": present.digest}) as run:
        retraining = retrain(titles, registry, present)
        install = even_if_worse or retraining.worse is None
        run.counts |= retraining.examples | {"held out": retraining.held_out}
        comparison = retraining.worse or "not worse"
        run.remark = f"title model {retraining.sha256[:12]}: {comparison}; " + (
            "installed" if install else "not installed"
        )
        if install:
            # Renamed into place, so that nobody ever reads half a model, or none.
            draft = config.title_model.with_suffix(".new")
            draft.write_bytes(retraining.packed)
            if config.title_model.exists():
                shutil.copy2(config.title_model, config.title_model.with_name(SET_ASIDE))
            draft.replace(config.title_model)
    return retraining, install


def training_titles(store: Store) -> list[TrainingTitle]:
    """The titles of a store whose cluster is known: from labels, else from their category path."""
    clusters = {
        key.version_key: label.cluster
        for key, label in resolve(store.labels.all()).items()
        if key.question is Question.cross_border
    }
    return own_examples(
        (listing, clusters.get(VersionKey(listing.platform, listing.item_id, version)))
        for version, listing in store.listings.versions()
    )


def set_model_aside(config: Config) -> bool:
    """Set this home's model aside, so that the shipped one decides; False where there is none."""
    if not config.title_model.exists():
        return False
    config.title_model.replace(config.title_model.with_name(SET_ASIDE))
    return True
