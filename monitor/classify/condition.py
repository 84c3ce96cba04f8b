"""Whether goods are used or new, and whether they look like imported used clothing.

The platform's own field speaks first, then words of the title with their traps. Imported used
clothing is prohibited whoever sells it (see the registry): ``used`` and either ``imported`` or sold
by the bale make a candidate, ``used`` or a bale alone only a suspicion. A used garment of a private
person is not imported stock by itself.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple, get_args

from monitor.model import Cluster, Condition, Listing, Prohibited, Signal

WordKind = Literal["used", "used_bale", "bale", "imported", "new", "hint", "none"]
NOT_CLOTHING = frozenset({"shoes", "bags", "fashion_accessories", "home_textiles", "fabric"})
"""Commodities of the textile cluster that are no clothing."""

_USED: frozenset[WordKind] = frozenset({"used", "used_bale"})
_BALE: frozenset[WordKind] = frozenset({"bale", "used_bale"})
_IMPORTED: frozenset[WordKind] = frozenset({"imported"})
_NEW: frozenset[WordKind] = frozenset({"new"})
_HINT: frozenset[WordKind] = frozenset({"hint"})


class ConditionPhrase(NamedTuple):
    """A phrase of titles and what it says."""

    phrase: str
    kind: WordKind


class ConditionDecision(NamedTuple):
    """Condition, prohibited goods, and why."""

    condition: Condition
    prohibited: Prohibited | None
    signals: tuple[Signal, ...]


NOTHING_SAID = ConditionDecision(Condition.unknown, None, ())


@cache
def condition_phrases() -> tuple[ConditionPhrase, ...]:
    """The phrases of ``data/condition.toml``; one listed twice keeps its first kind."""
    file = resources.files("monitor.classify") / "data" / "condition.toml"
    lists = tomllib.loads(file.read_text(encoding="utf-8"))
    kinds: dict[str, WordKind] = {}
    for kind in get_args(WordKind):
        for phrase in lists[kind]:
            kinds.setdefault(phrase, kind)
    return tuple(ConditionPhrase(phrase, kind) for phrase, kind in kinds.items())


def decide_condition(
    listing: Listing,
    cluster: Cluster,
    category: str | None,
    phrases: tuple[ConditionPhrase, ...],
    imported_because: str | None,
) -> ConditionDecision:
    """Condition of a listing, and whether it looks like imported used clothing.

    ``phrases`` are those of its title, ``cluster`` and ``category`` what it was decided to be.
    ``imported_because`` says why it is known to be imported, None where nothing says so. A field
    and words, or words alone, that contradict each other leave the condition ``unknown``. Where
    the cluster is unknown there is no more than a suspicion, and none without a title.
    """
    used, new = _words(phrases, _USED), _words(phrases, _NEW)
    bale, hint = _words(phrases, _BALE), _words(phrases, _HINT)
    field = listing.condition
    says_used = bool(used) or field is Condition.used
    says_new = bool(new) or field is Condition.new
    condition = Condition.unknown
    if says_used != says_new:
        condition = Condition.used if says_used else Condition.new
    signals = [Signal(kind="condition_field", text=field.value)] if field else []
    signals += (
        Signal(kind=kind, text=words)
        for kind, words in (("used_words", used or hint), ("bale_words", bale), ("new_words", new))
        if words
    )
    imported = _words(phrases, _IMPORTED) or imported_because
    prohibited = None
    if listing.title.strip() and _may_be_clothing(cluster, category):
        is_certain = condition is Condition.used and cluster is Cluster.textile_fashion
        if is_certain and (bale or imported):
            prohibited = Prohibited.used_clothing
        elif says_used or (condition is not Condition.new and (bale or (hint and imported))):
            prohibited = Prohibited.suspected_used_clothing
    if prohibited and imported and not bale:
        signals.append(Signal(kind="used_import", text=imported))
    return ConditionDecision(condition, prohibited, tuple(signals))


def _words(phrases: tuple[ConditionPhrase, ...], kinds: frozenset[WordKind]) -> str:
    """The phrases of some kinds, joined by a comma."""
    return ", ".join(phrase.phrase for phrase in phrases if phrase.kind in kinds)


def _may_be_clothing(cluster: Cluster, category: str | None) -> bool:
    if cluster is Cluster.unknown:
        return True
    return cluster is Cluster.textile_fashion and category not in NOT_CLOTHING
