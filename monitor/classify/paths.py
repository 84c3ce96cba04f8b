"""Category paths: what a platform's own category says about the cluster."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources

from rapidfuzz import fuzz, process

from monitor.model import Cluster, Value

_LINKS = {"dan", "and", "the"}
_ARROWS = re.compile(r"[>›»|]")
_SLASHES = re.compile(r"[/\\]")
_APOSTROPHE = re.compile(r"['’`]")
_SIGNS = re.compile(r"[\W_]+")
_MISSPELT = 88.0


class PathDecision(Value):
    """What a path says: its cluster, the name that decided, and whether to trust sellers in it."""

    cluster: Cluster
    name: str
    trusted: bool
    score: float


def names(path: str) -> list[str]:
    """The names of a path from first to last: slugs, ``>`` paths and plain names all alike."""
    text = unicodedata.normalize("NFKD", path[:500]).lower()
    text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf"))
    levels = _ARROWS.split(text) if _ARROWS.search(text) else _SLASHES.split(text)
    cleaned = (_name(level) for level in levels)
    return [name for name in cleaned if name]


def _name(level: str) -> str:
    plain = _SIGNS.sub(" ", _APOSTROPHE.sub("", level)).strip()
    return " ".join(word for word in plain.split() if word not in _LINKS)


@lru_cache(maxsize=1)
def _rules() -> dict[str, PathDecision]:
    file = resources.files("monitor.classify") / "data" / "categories.toml"
    rules: dict[str, PathDecision] = {}
    for section, score in (("mixed", 0.8), ("trusted", 0.995)):
        for cluster, listed in tomllib.loads(file.read_text("utf-8"))[section].items():
            for name in listed.split(";"):
                key = " ".join(name.split())
                rules[key] = PathDecision(
                    cluster=Cluster(cluster), name=key, trusted=section == "trusted", score=score
                )
    return rules


def decide_path(path: str) -> PathDecision | None:
    """The cluster a category path names, None where it names none that is known.

    From the last name to the first an exact match decides; only then is a misspelt or reworded
    name looked for, with a lower score.
    """
    rules = _rules()
    levels = names(path)
    for i in range(len(levels) - 1, -1, -1):
        found = rules.get(levels[i])
        if found is not None:
            return found
    for level in reversed(levels):
        if len(level) < 5:
            continue
        near = process.extractOne(level, rules.keys(), scorer=fuzz.ratio, score_cutoff=_MISSPELT)
        if near is not None:
            found = rules[near[0]]
            return PathDecision(
                cluster=found.cluster, name=level, trusted=False, score=found.score * near[1] / 105
            )
    return None
