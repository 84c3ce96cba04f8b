"""Change of a cell's share since the week or the quarter before, allowing for what both share.

Labels that carry over and listings that stay make two weeks' errors correlated, or two quarters';
entries do not, as core ones are certain and the rotating ones are drawn anew each week. The
interval is MOVER's (Zou and Donner, Statist. Med. 27, 2008) with the correlation estimated from the
linearised contributions of the listings labelled in both: it builds on the limits of each, so it
does not collapse where nothing was found.
"""

from __future__ import annotations

import math

from scipy import special

from monitor.estimate.intervals import DRAWS
from monitor.estimate.prepare import Prepared
from monitor.estimate.twophase import Estimate, estimate, interval
from monitor.estimate.values import Settings
from monitor.model import Answer, Change


def change_between(
    now: Prepared, before: Prepared, since: str, settings: Settings, draws: int = DRAWS
) -> Change | None:
    """Difference now − before at ``settings.level``; None where either has no estimate.

    ``since`` names the week or quarter before. Where a point estimate would be borrowed, only the
    limits of the difference are given.
    """
    later, earlier = estimate(now.sample), estimate(before.sample)
    if later is None or earlier is None:
        return None
    limits = [
        interval(prepared.sample, settings.level, least_icc=settings.least_icc, draws=draws)
        for prepared in (now, before)
    ]
    rho = correlation((now, later), (before, earlier))
    low, high = mover(
        (later.share, limits[0].low, limits[0].high),
        (earlier.share, limits[1].low, limits[1].high),
        rho,
    )
    borrowed = now.is_borrowed or before.is_borrowed
    difference = later.share - earlier.share
    return Change(
        since=since,
        difference=None if borrowed else difference,
        low=low,
        high=high,
        p_value=p_value(difference, low, high, settings.level),
    )


def p_value(difference: float, low: float, high: float, level: float = 0.95) -> float:
    """Two-sided p-value of "no change" from the limits of a difference at ``level``.

    MOVER's limits are normal ones with a standard error of their own on each side; the one between
    the difference and 0 counts.
    """
    margin = difference - low if difference > 0.0 else high - difference
    if margin <= 0.0:
        return 1.0 if difference == 0.0 else 0.0
    quantile = special.ndtri((1.0 + level) / 2.0)
    return float(2.0 * special.ndtr(-abs(difference) / margin * quantile))


def mover(
    first: tuple[float, float, float], second: tuple[float, float, float], rho: float
) -> tuple[float, float]:
    """Limits of first − second from (estimate, low, high) of each and their correlation."""
    a, a_low, a_high = first
    b, b_low, b_high = second

    def half(x: float, y: float) -> float:
        """Distance of a limit from the difference, for distances ``x`` and ``y`` of its terms."""
        return math.sqrt(max(x * x + y * y - 2.0 * rho * x * y, 0.0))

    difference = a - b
    return difference - half(a - a_low, b_high - b), difference + half(a_high - a, b - b_low)


def correlation(now: tuple[Prepared, Estimate], before: tuple[Prepared, Estimate]) -> float:
    """Correlation of two errors through listings labelled for both, in [−1, 1].

    0 where a variance is 0: then nothing tells, and independence is the wider assumption as long
    as shared listings pull both estimates the same way.
    """
    if now[1].variance <= 0.0 or before[1].variance <= 0.0:
        return 0.0
    later, earlier = _contributions(*now), _contributions(*before)
    covariance = sum(later[item] * earlier[item] for item in later if item in earlier)
    return max(-1.0, min(1.0, covariance / math.sqrt(now[1].variance * before[1].variance)))


def _contributions(prepared: Prepared, estimated: Estimate) -> dict[str, float]:
    """Contributions of labels to the estimation error, by item id."""
    items: dict[str, float] = {}
    for labels, terms in ((prepared.drawn, estimated.drawn), (prepared.pooled, estimated.pool)):
        clear = [label for label in labels if label.outcome is not Answer.cannot_tell]
        for label, term in zip(clear, terms.tolist(), strict=True):
            items[label.item_id] = items.get(label.item_id, 0.0) + term
    return items
