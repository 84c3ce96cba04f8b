"""Two weeks of a platform with a known number of new and of vanished offers in breach.

Offers stand on entries whose shares differ, at one position or at several; some leave and others
come. The screen flags some of those in breach and a few that are not, and listings are drawn from
its two sides with probability proportional to their positions, as an audit sample is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate import AuditedListing
from monitor.estimate.offers import offers_in_breach
from monitor.findings.offers import offer_groups
from monitor.model import Answer, Cluster, ScreenStratum, Value

WEEK, BEFORE = "2026-W47", "2026-W46"
ENTRIES, PLACES, WINDOW = 60, 20, 13


class OffersWorld(Value):
    """One situation of a platform over two weeks.

    ``share`` of the offers breach, with an intra-entry correlation of ``icc``; ``stays`` is the
    chance that an offer is still seen a week later. The screen flags ``sensitivity`` of those in
    breach, ``new_sensitivity`` of the new ones where that is given, and ``false_flags`` of the
    others. ``labels`` are flagged and unflagged ones of a week, ``unclear`` the share of them that
    cannot tell.
    """

    name: str
    share: float
    icc: float = 0.1
    stays: float = 0.8
    sensitivity: float = 0.9
    new_sensitivity: float | None = None
    false_flags: float = 0.002
    labels: tuple[int, int] = (36, 36)
    unclear: float = 0.0


OFFER_WORLDS: tuple[OffersWorld, ...] = (
    OffersWorld(name="clean", share=0.0),
    OffersWorld(name="clean, false flags 3 %", share=0.0, false_flags=0.03),
    OffersWorld(name="share .5 %", share=0.005),
    OffersWorld(name="share 2 %", share=0.02),
    OffersWorld(name="share 2 %, icc .6", share=0.02, icc=0.6),
    OffersWorld(name="share 2 %, false flags 3 %", share=0.02, false_flags=0.03),
    OffersWorld(name="share 10 %, icc .3", share=0.1, icc=0.3),
    OffersWorld(name="share 10 %, half of the offers leave", share=0.1, stays=0.5),
    OffersWorld(name="share 10 %, few labels", share=0.1, labels=(9, 9)),
    OffersWorld(name="share 10 %, 5 % unclear", share=0.1, unclear=0.05),
    OffersWorld(name="share 10 %, blind screen", share=0.1, sensitivity=0.2),
    OffersWorld(name="share 10 %, new ones hide", share=0.1, new_sensitivity=0.2),
)


class Offers(NamedTuple):
    """A week's offers, one row each: its id, whether it breaches, is flagged, its positions."""

    ids: tuple[str, ...]
    breaching: np.ndarray
    flagged: np.ndarray
    positions: np.ndarray

    def some(self, rows: np.ndarray) -> Offers:
        """Those of some rows."""
        return Offers(
            tuple(np.array(self.ids)[rows].tolist()), *(column[rows] for column in self[1:])
        )


class OffersOutcome(NamedTuple):
    """Shares of repetitions in which the truth lay within the limits, and median widths."""

    new: float
    left: float
    new_width: float
    left_width: float


def simulate_offers(world: OffersWorld, repetitions: int, seed: int = 1) -> OffersOutcome:
    """Repeat two weeks of a world, each with numbers of its own."""
    rows = np.array(
        [_two_weeks(world, np.random.default_rng([seed, number])) for number in range(repetitions)]
    )
    truth, low, high = (rows[:, :, column] for column in range(3))
    covered = ((low <= truth) & (truth <= high)).mean(axis=0)
    widths = np.median(high - low, axis=0)
    return OffersOutcome(*covered.tolist(), *widths.tolist())


def _two_weeks(world: OffersWorld, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """(truth, low, high) of new offers in breach, and of those that left."""
    shares = _entry_shares(world, rng)
    before = _offers(world, shares, ENTRIES * PLACES, "a", rng, world.sensitivity)
    staying = rng.random(len(before.ids)) < world.stays
    hiding = world.sensitivity if world.new_sensitivity is None else world.new_sensitivity
    new = _offers(world, shares, int((~staying).sum()), "b", rng, hiding)
    kept = before.some(staying)
    now = Offers(
        kept.ids + new.ids, *(np.concatenate(pair) for pair in zip(kept[1:], new[1:], strict=True))
    )
    left = before.some(~staying)
    window = [
        label
        for back in range(2, WINDOW)
        for label in _labels(world, before, previous_week(WEEK, back), rng)
    ]
    of_before, of_now = (
        _labels(world, offers, week, rng) for offers, week in ((before, BEFORE), (now, WEEK))
    )
    return [
        (
            int(group.breaching.sum()),
            *offers_in_breach(*offer_groups(_strata(group), of_week, [*window, *labels])),
        )
        for group, of_week, labels in (
            (new, of_now, [*of_before, *of_now]),
            (left, of_before, of_before),
        )
    ]


def _entry_shares(world: OffersWorld, rng: np.random.Generator) -> np.ndarray:
    if not world.share:
        return np.zeros(ENTRIES)
    size = (1.0 - world.icc) / world.icc
    return rng.beta(world.share * size, (1.0 - world.share) * size, ENTRIES)


def _offers(
    world: OffersWorld,
    shares: np.ndarray,
    number: int,
    prefix: str,
    rng: np.random.Generator,
    sensitivity: float,
) -> Offers:
    breaching = rng.random(number) < shares[rng.integers(ENTRIES, size=number)]
    flagged = rng.random(number) < np.where(breaching, sensitivity, world.false_flags)
    ids = tuple(f"{prefix}{row}" for row in range(number))
    return Offers(ids, breaching, flagged, 1 + rng.poisson(0.3, number))


def _strata(offers: Offers) -> dict[str, ScreenStratum]:
    sides = (ScreenStratum.domestic, ScreenStratum.flagged)
    return {item: sides[int(flag)] for item, flag in zip(offers.ids, offers.flagged, strict=True)}


def _labels(
    world: OffersWorld, offers: Offers, week: str, rng: np.random.Generator
) -> list[AuditedListing]:
    """Labels of a week, drawn on each side of the screen with the chance that positions give."""
    labels = []
    for is_flagged, number in zip((True, False), world.labels, strict=True):
        rows = np.flatnonzero(offers.flagged == is_flagged)
        if not len(rows):
            continue
        chances = np.minimum(1.0, number * offers.positions[rows] / offers.positions[rows].sum())
        for row, chance in zip(rows, chances, strict=True):
            if rng.random() < chance:
                labels.append(_label(world, offers, int(row), week, float(chance), rng))
    return labels


def _label(
    world: OffersWorld,
    offers: Offers,
    row: int,
    week: str,
    chance: float,
    rng: np.random.Generator,
) -> AuditedListing:
    answer = Answer.yes if offers.breaching[row] else Answer.no
    label = AuditedListing(
        week=week,
        cluster=Cluster.crafts,
        item_id=offers.ids[row],
        version="v",
        stratum=ScreenStratum.flagged if offers.flagged[row] else ScreenStratum.domestic,
        probability=chance,
        outcome=answer,
    )
    is_unclear = rng.random() < world.unclear
    return replace(label, outcome=Answer.cannot_tell) if is_unclear else label
