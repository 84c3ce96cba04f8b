"""Cross-border status of a listing, by strength of evidence."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from monitor.classify.places import ABROAD, HOME, country_of, locate, origins
from monitor.model import CrossBorder, Signal, Value

SUSPECT_FROM = 1.0
CONTRADICTION = 0.6
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN_SHARE = 0.3


class Evidence(NamedTuple):
    """What a page says about where a listing comes from; all that the decision depends on."""

    platform_abroad: bool
    flag: bool | None
    country: str | None
    location: str | None
    imported: bool | None
    weak: tuple[tuple[str, str, float], ...] = ()
    import_words: str | None = None


class Origin(NamedTuple):
    """The decision: status, how sure, whether a local seller's imported stock, and why."""

    status: CrossBorder
    score: float
    imported_goods: bool | None
    signals: tuple[Signal, ...]


@lru_cache(maxsize=50_000)
def decide_origin(evidence: Evidence) -> Origin:
    """The status by the strongest evidence there is.

    Strong are the platform's own flag, the place and the country it shows, its role as a
    cross-border shop. Where they contradict each other the platform is no witness for either side:
    ``suspected``, at a score of 0.6, with all of them among the signals. Weak signals (words,
    language, seller name) count only where no strong one speaks, and then give ``suspected`` from a
    total of 1.0, never more. The score is how sure the status is: 0 for ``unknown``.
    """
    signals: list[Signal] = []
    claims: list[tuple[bool, float]] = []
    if evidence.flag is not None:
        word = "cross-border" if evidence.flag else "domestic"
        signals.append(Signal(kind="platform_flag", text=word))
        claims.append((evidence.flag, 0.99))
    claims += _location(evidence, signals)
    if evidence.platform_abroad:
        signals.append(Signal(kind="platform", text="sells directly from abroad"))
        claims.append((True, 0.95))
    signals += (Signal(kind=kind, text=text) for kind, text, _ in evidence.weak)
    if evidence.import_words:
        signals.append(Signal(kind="import_words", text=evidence.import_words))
    if evidence.imported is not None:
        signals.append(Signal(kind="imported_flag", text="yes" if evidence.imported else "no"))
    status, score = _status(claims, evidence.weak)
    return Origin(status, score, _imported(status, evidence), tuple(signals))


def _location(evidence: Evidence, signals: list[Signal]) -> list[tuple[bool, float]]:
    claims: list[tuple[bool, float]] = []
    place = locate(evidence.location) if evidence.location else None
    country = country_of(evidence.country) if evidence.country else None
    if evidence.location and place:
        signals.append(Signal(kind="ship_from", text=_shown(evidence.location, place.country)))
        claims.append((place.country != HOME, place.score))
    # A country that says the same as the place adds nothing; one that contradicts it, all.
    if country and (place is None or (country == HOME) != (place.country == HOME)):
        signals.append(Signal(kind="ship_from", text=country))
        claims.append((country != HOME, 0.98))
    if not claims and (unread := evidence.location or evidence.country):
        signals.append(Signal(kind="ship_from_unknown", text=_clean(unread)))
    return claims


def _shown(location: str, country: str) -> str:
    return f"{_clean(location)} ({'abroad' if country == ABROAD else country})"


def _clean(location: str) -> str:
    return " ".join("".join(c for c in location if c.isprintable()).split())[:80]


def _status(
    claims: list[tuple[bool, float]], weak: tuple[tuple[str, str, float], ...]
) -> tuple[CrossBorder, float]:
    if claims:
        abroad = claims[0][0]
        if any(claim != abroad for claim, _ in claims):
            return CrossBorder.suspected, CONTRADICTION
        score = max(score for _, score in claims)
        return (CrossBorder.cross_border if abroad else CrossBorder.domestic), round(score, 3)
    total = sum(weight for _, _, weight in weak)
    if total >= SUSPECT_FROM:
        return CrossBorder.suspected, round(min(0.3 + 0.15 * total, 0.75), 3)
    return CrossBorder.unknown, 0.0


def _imported(status: CrossBorder, evidence: Evidence) -> bool | None:
    if status in (CrossBorder.cross_border, CrossBorder.suspected):
        return None
    if evidence.imported is not None:
        return evidence.imported
    return True if evidence.import_words else None


def language_signal(title: str) -> tuple[str, str, float] | None:
    """A title mostly in Chinese, Japanese or Korean script is a weak signal."""
    foreign = len(_HAN.findall(title[:500]))
    if foreign >= 3 and foreign >= _HAN_SHARE * sum(c.isalpha() for c in title[:500]):
        return ("title_language", "East Asian script", 1.0)
    return None


class Phrase(Value):
    """A phrase of titles or seller names, its weight, and whether it speaks of imported stock."""

    phrase: str
    weight: float
    imported: bool


def phrases(section: str) -> list[Phrase]:
    """The phrases of ``title`` or ``seller``; one listed twice keeps its highest weight."""
    found: dict[str, Phrase] = {}
    for group in origins()[section]:
        for phrase in group["phrases"]:
            before = found.get(phrase, Phrase(phrase=phrase, weight=0.0, imported=False))
            found[phrase] = Phrase(
                phrase=phrase,
                weight=max(before.weight, group["weight"]),
                imported=before.imported or group.get("imported", False),
            )
    return list(found.values())
