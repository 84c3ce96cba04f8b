"""Cross-border status of a listing, by strength of what its page says."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from monitor.classify.locations import ABROAD, country_of, locate, origin_words
from monitor.model import CrossBorder, Signal, Value
from monitor.registry.values import INDONESIA, HomeCountry

SUSPECT_FROM = 1.0
CONTRADICTION = 0.6
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EAST_ASIAN_SHARE = 0.3


WeakSignal = tuple[str, str, float]
"""Kind, words, and weight towards ``suspected``."""


class OriginSignals(NamedTuple):
    """What a page says about where a listing comes from; all that the decision depends on."""

    platform_abroad: bool
    flag: bool | None
    country: str | None
    location: str | None
    imported: bool | None
    weak: tuple[WeakSignal, ...] = ()
    import_words: str | None = None
    home: HomeCountry = INDONESIA


class CrossBorderDecision(NamedTuple):
    """Status, how sure, whether a local seller's imported stock (None: not said), and why."""

    status: CrossBorder
    score: float
    imported_goods: bool | None
    signals: tuple[Signal, ...]


class _Claim(NamedTuple):
    """A strong signal: whether it says abroad, and how sure that is."""

    abroad: bool
    score: float


@lru_cache(maxsize=50_000)
def decide_cross_border(page: OriginSignals) -> CrossBorderDecision:
    """The status by the strongest signals there are.

    Strong are the platform's own flag, the place and the country it shows, its role as a
    cross-border shop. Where they contradict each other the platform is no witness for either side:
    ``suspected``, at a score of 0.6, with all of them among the signals. Weak signals (words,
    language, seller name) count only where no strong one speaks, and then give ``suspected`` from a
    total of 1.0, never more. The score is how sure the status is: 0 for ``unknown``.
    """
    signals: list[Signal] = []
    claims: list[_Claim] = []
    if page.flag is not None:
        flag = "cross-border" if page.flag else "domestic"
        signals.append(Signal(kind="platform_flag", text=flag))
        claims.append(_Claim(page.flag, 0.99))
    claims += _location_claims(page, signals)
    if page.platform_abroad:
        signals.append(Signal(kind="platform", text="sells directly from abroad"))
        claims.append(_Claim(True, 0.95))
    signals += (Signal(kind=kind, text=text) for kind, text, _ in page.weak)
    if page.import_words:
        signals.append(Signal(kind="import_words", text=page.import_words))
    if page.imported is not None:
        signals.append(Signal(kind="imported_flag", text="yes" if page.imported else "no"))
    status, score = _status(claims, page.weak)
    imported_goods = None
    if status not in (CrossBorder.cross_border, CrossBorder.suspected):
        by_words = True if page.import_words else None
        imported_goods = by_words if page.imported is None else page.imported
    return CrossBorderDecision(status, score, imported_goods, tuple(signals))


def _location_claims(page: OriginSignals, signals: list[Signal]) -> list[_Claim]:
    """What place and country claim; what there is to show of them is added to ``signals``."""
    claims: list[_Claim] = []
    home = page.home.code
    location = locate(page.location, page.home) if page.location else None
    country = country_of(page.country, page.home) if page.country else None
    if page.location and location:
        country_shown = "abroad" if location.country == ABROAD else location.country
        text = f"{_printable(page.location)} ({country_shown})"
        signals.append(Signal(kind="ship_from", text=text))
        claims.append(_Claim(location.country != home, location.score))
    # A country that says the same as the place adds nothing; one that contradicts it, all.
    if country and (location is None or (country == home) != (location.country == home)):
        signals.append(Signal(kind="ship_from", text=country))
        claims.append(_Claim(country != home, 0.98))
    if not claims and (unread := page.location or page.country):
        signals.append(Signal(kind="ship_from_unknown", text=_printable(unread)))
    return claims


def _printable(location: str) -> str:
    return " ".join("".join(c for c in location if c.isprintable()).split())[:80]


def _status(
    claims: list[_Claim], weak_signals: tuple[WeakSignal, ...]
) -> tuple[CrossBorder, float]:
    """The status and how sure it is."""
    if claims:
        abroad = claims[0].abroad
        if any(claim.abroad != abroad for claim in claims):
            return CrossBorder.suspected, CONTRADICTION
        score = max(claim.score for claim in claims)
        return (CrossBorder.cross_border if abroad else CrossBorder.domestic), round(score, 3)
    total = sum(weight for _, _, weight in weak_signals)
    if total >= SUSPECT_FROM:
        return CrossBorder.suspected, round(min(0.3 + 0.15 * total, 0.75), 3)
    return CrossBorder.unknown, 0.0


def language_signal(title: str) -> WeakSignal | None:
    """The weak signal of a title mostly in Chinese, Japanese or Korean script, else None."""
    characters = len(_EAST_ASIAN.findall(title[:500]))
    letters = sum(c.isalpha() for c in title[:500])
    if characters >= 3 and characters >= _EAST_ASIAN_SHARE * letters:
        return ("title_language", "East Asian script", 1.0)
    return None


class Phrase(Value):
    """A phrase of titles or seller names, its weight, and whether it speaks of imported stock."""

    phrase: str
    weight: float
    imported: bool


def phrases(section: str) -> list[Phrase]:
    """The phrases of ``title`` or ``seller``; one listed twice keeps its highest weight."""
    weights: defaultdict[str, float] = defaultdict(float)
    imported: set[str] = set()
    for group in origin_words()[section]:
        for phrase in group["phrases"]:
            weights[phrase] = max(weights[phrase], group["weight"])
        imported.update(group["phrases"] if group.get("imported") else ())
    return [
        Phrase(phrase=phrase, weight=weight, imported=phrase in imported)
        for phrase, weight in weights.items()
    ]
