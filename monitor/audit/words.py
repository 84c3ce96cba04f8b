"""The words of the pages in Indonesian and English."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("id", "en")


class Words:
    """Words of one language by dotted key; a missing key raises ``KeyError``."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._words = _load(self.language)

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)


@cache
def _load(language: str) -> dict[str, str]:
    text = files("monitor.audit").joinpath("words.toml").read_text(encoding="utf-8")
    flat: dict[str, str] = {}
    for key, found in tomllib.loads(text)[language].items():
        if isinstance(found, dict):
            flat |= {f"{key}.{inner}": word for inner, word in found.items()}
        else:
            flat[key] = found
    return flat
