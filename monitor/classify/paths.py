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
    words = [_SIGNS.sub(" ", _APOSTROPHE.sub("", level)).split() for level in levels]
    level_names = [" ".join(word for word in level if word not in _LINKS) for level in words]
    return [name for name in level_names if name]


@lru_cache(maxsize=1)
def _rules() -> dict[str, PathDecision]:
    """What each known name of a category means, from ``data/categories.toml``."""
    file = resources.files("monitor.classify") / "data" / "categories.toml"
    rules: dict[str, PathDecision] = {}
    for section, score in (("mixed", 0.8), ("trusted", 0.995)):
        for cluster, cluster_names in tomllib.loads(file.read_text("utf-8"))[section].items():
            for name in cluster_names.split(";"):
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
    for level in reversed(levels):
        if level in rules:
            return rules[level]
    for level in reversed(levels):
        if len(level) < 5:
            continue
        near = process.extractOne(level, rules.keys(), scorer=fuzz.ratio, score_cutoff=_MISSPELT)
        if near is not None:
            rule, score = rules[near[0]], rules[near[0]].score * near[1] / 105
            return PathDecision(cluster=rule.cluster, name=level, trusted=False, score=score)
    return None
