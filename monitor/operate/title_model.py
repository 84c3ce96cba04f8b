"""Which title model decides in a home."""

from __future__ import annotations

from monitor.classify.model_file import ModelFile
from monitor.config import Config

OTHER_BASE = ", trained on top of another shipped model than this version's"


def describe_model(config: Config) -> str:
    """Which title model decides in this home. Raises ``ModelError`` for one that cannot."""
    model = ModelFile.of_home(config.title_model)
    if not model.base:
        return f"the shipped one, {model.digest[:12]}"
    suffix = "" if model.base == ModelFile.packaged().digest else OTHER_BASE
    return f"{config.title_model}, {model.digest[:12]}{suffix}"
