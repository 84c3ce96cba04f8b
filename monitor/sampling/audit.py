"""The audit sample: which listings people label, so that their labels speak for all positions.

Labels are scarce, and an accusation needs few of them while an acquittal needs many: so flagged
listings come first, up to ``FLAGGED_A_CELL`` a cell, and the rest goes to unflagged ones, evenly
over the platforms, whose labels are pooled per platform. Cells whose policy accuses nobody get
``OTHER_LISTINGS`` at most: a label there changes no verdict.

Within platform × cluster × screen stratum, listing versions are drawn with probability
proportional to the positions they take (Pareto sampling: Rosén, J. Statist. Plann. Inference 62,
1997), since a label serves all places of its version; the probability is thus that of each of
these positions. Flagged listings keep one random number for good (Ohlsson's coordinated samples, in
Cox et al., Business Survey Methods, 1995), so that labels which carry over are used first and the
sample stays random; unflagged ones get a fresh one each week, because the pool of many weeks gains
only from listings that nobody has seen.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from monitor.config import PantauError
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Control,
    LabelKey,
    Observation,
    Question,
    SampledListing,
    ScreenStratum,
    VersionKey,
    stratum_of,
    to_json,
)
from monitor.sampling.sizes import inclusion, pareto_rank

USED_CLOTHING_SHARE = 80 / 300
"""First labels for used clothing to those for who sells, which they come on top of."""
FLAGGED_A_CELL = 20
"""Flagged listing versions drawn from a platform × cluster at most."""
OTHER_LISTINGS = 10
"""Listing versions drawn at most from all cells together whose policy may not accuse."""
LEAST_A_STRATUM = 3
"""Unflagged listing versions drawn from each screen stratum of a cell, where the budget allows."""

Cells = Collection[tuple[str, Cluster]]
"""Platforms and clusters."""
T = TypeVar("T")


class Pile(NamedTuple):
    """Where listings are drawn from: platform × cluster × screen stratum."""

    platform: str
    cluster: Cluster
    stratum: ScreenStratum


class Showing(NamedTuple):
    """A position by its unit and rank, which are the same in every store, and its observation."""

    unit: str
    rank: int
    observation_id: int


Piles = Mapping[Pile, Mapping[VersionKey, Sequence[Showing]]]
"""Of each pile the listing versions, and the positions that show them."""


def draw_audit(
    screen: Iterable[Observation],
    *,
    week: str,
    seed: int,
    drawn_at: datetime,
    budget: int = 300,
    labelled: Collection[LabelKey] = (),
    platforms: Collection[str] | None = None,
    flagged_only: Collection[str] = (),
    accusable: Cells | None = None,
    known: Iterable[Control] = (),
    controls: int = 0,
) -> AuditSample:
    """The audit sample of a week from its frozen screen, in blind (random) order.

    ``budget`` counts listing versions that somebody must say for the first time who sells.
    Used clothing is drawn for by itself, on top of it (``USED_CLOTHING_SHARE``). Versions in
    ``labelled`` (answered to the same question in an earlier week) may be drawn too; their label
    carries over and costs nothing. Second labels come on top. ``platforms`` limits the sample to
    those whose cells are judged; of those in ``flagged_only`` no share can be estimated, so labels
    serve to confirm breaches only. ``accusable`` are the platforms and clusters whose primary
    policy may accuse; of the others only flagged listings are drawn, ``OTHER_LISTINGS`` at most.
    Where it is None, or no screened cell is accusable, all cells are drawn from alike.
    ``controls`` of the ``known`` listings are mixed in, half of them foreign, half clean, fewer
    where fewer are known; those of used clothing on top, in proportion to its labels.

    The same screen, seed and week give the same sample, whatever the order of the observations.
    Raises ``ValueError`` for a negative budget.
    """
    if budget < 0:
        raise ValueError(f"budget: {budget} is negative")
    all_piles = _piles(screen, platforms)
    if accusable is not None and not any((p.platform, p.cluster) in accusable for p in all_piles):
        accusable = None
    budgets = _budgets(budget, all_piles, accusable)
    listings: list[SampledListing] = []
    for question, of_question in budgets.items():
        listings += _draw(
            {pile: shown for pile, shown in all_piles.items() if pile.cluster.question is question},
            week=week,
            seed=seed,
            budget=of_question,
            answered={key.version_key for key in labelled if key.question is question},
            flagged_only=flagged_only,
            accusable=accusable,
        )
    known = tuple(known)
    mixed_in = [
        control
        for question, size in _shares_of_questions(controls).items()
        if question in budgets
        for control in _controls(
            [control for control in known if control.question is question],
            f"{seed}/{week}",
            size,
            len(listings),
        )
    ]
    listings.sort(key=lambda drawn: _chance(seed, week, "order", *drawn.key, drawn.cluster))
    sample = AuditSample(
        week=week,
        seed=seed,
        budget=budget,
        drawn_at=drawn_at,
        items=tuple(listings),
        sha256="",
        controls=tuple(mixed_in),
    )
    return replace(sample, sha256=draw_sha256(sample))


def used_clothing_budget(budget: int) -> int:
    """First labels of used clothing a week, on top of a ``budget`` of those for who sells."""
    return round(budget * USED_CLOTHING_SHARE)


def _shares_of_questions(number: int) -> dict[Question, int]:
    """A ``number`` for who sells, and what used clothing gets on top of it."""
    return {
        Question.cross_border: number,
        Question.used_clothing: used_clothing_budget(number),
    }


def _budgets(budget: int, piles: Piles, accusable: Cells | None) -> dict[Question, int]:
    """First labels for each question that the screen asks.

    A question of which no cell is accusable gets ``OTHER_LISTINGS`` at most.
    """
    questions = {pile.cluster.question for pile in piles}
    asked = {
        pile.cluster.question
        for pile in piles
        if accusable is None or (pile.platform, pile.cluster) in accusable
    }
    shares = _shares_of_questions(budget)
    return {
        question: share if question in asked else min(OTHER_LISTINGS, share)
        for question, share in shares.items()
        if question in questions
    }


def _draw(
    all_piles: Piles,
    *,
    week: str,
    seed: int,
    budget: int,
    answered: Set[VersionKey],
    flagged_only: Collection[str],
    accusable: Cells | None,
) -> list[SampledListing]:
    """The listings drawn for one question, in no order; see ``draw_audit``."""
    piles = {
        pile: versions
        for pile, versions in all_piles.items()
        if accusable is None or (pile.platform, pile.cluster) in accusable
    }
    flagged = {pile: v for pile, v in piles.items() if pile.stratum is ScreenStratum.flagged}
    unflagged = {
        pile: versions
        for pile, versions in piles.items()
        if pile not in flagged and pile.platform not in flagged_only
    }
    other_flagged = {
        pile: versions
        for pile, versions in all_piles.items()
        if pile not in piles and pile.stratum is ScreenStratum.flagged
    }
    listings = _others(other_flagged, seed, min(OTHER_LISTINGS, budget))
    remaining = budget - _cost(listings, answered)
    available = len({key for versions in unflagged.values() for key in versions} - answered)
    limit = max(remaining - remaining // 2, remaining - available)
    listings += _flagged(flagged, seed, answered, limit)
    remaining = budget - _cost(listings, answered)
    return listings + _unflagged(unflagged, f"{seed}/{week}", answered, remaining)


def draw_sha256(sample: AuditSample) -> str:
    """SHA-256, hex, over all that may not change once labels exist: week, seed, budget, items.

    Controls count, too, where there are any.
    """
    parts: tuple[object, ...] = (sample.week, sample.seed, sample.budget, sample.items)
    if sample.controls:
        parts += (sample.controls,)
    return hashlib.sha256(to_json(parts)).hexdigest()


def as_drawn(sample: AuditSample) -> AuditSample:
    """A stored audit sample; raises ``PantauError`` where it is not the one that was drawn."""
    if sample.sha256 != draw_sha256(sample):
        raise PantauError(
            f"{sample.week}: the drawn sample does not match its hash, so somebody changed it; "
            "restore a backup: pantau db restore"
        )
    return sample


def _controls(
    candidates: Iterable[Control], seed: str, size: int, listings: int
) -> tuple[Control, ...]:
    """``size`` controls at most, at random places among so many listings."""
    ordered = sorted(
        candidates, key=lambda control: _chance(seed, "control", *control.label_key.names)
    )
    halves = {Answer.yes: size // 2, Answer.no: size - size // 2}
    chosen = [
        control
        for answer, half in halves.items()
        for control in [control for control in ordered if control.answer is answer][:half]
        if listings
    ]
    return tuple(
        replace(
            control, after=int(_chance(seed, "after", *control.label_key.names) * (listings + 1))
        )
        for control in chosen
    )


def _piles(screen: Iterable[Observation], platforms: Collection[str] | None) -> Piles:
    """The screened observations by pile, without those outside ``platforms`` or the plan."""
    piles: dict[Pile, dict[VersionKey, list[Showing]]] = defaultdict(lambda: defaultdict(list))
    for observation in screen:
        platform, cluster = observation.listing.platform, observation.cluster
        if cluster is not None and (platforms is None or platform in platforms):
            pile = Pile(platform, cluster, stratum_of(observation))
            showing = Showing(observation.unit_id or "", observation.rank or 0, observation.id)
            piles[pile][observation.key].append(showing)
    return {pile: piles[pile] for pile in sorted(piles)}


def _others(piles: Piles, seed: int, size: int) -> list[SampledListing]:
    """``size`` flagged listing versions at most, evenly over the piles."""
    rooms = {pile: len(versions) for pile, versions in piles.items()}
    return _sample(piles, _share_out(size, dict.fromkeys(piles, 1.0), rooms), f"{seed}/flagged")


def _flagged(
    piles: Piles, seed: int, answered: Set[VersionKey], limit: int
) -> list[SampledListing]:
    """As many as ``FLAGGED_A_CELL`` of each cell, all cells alike, for ``limit`` new labels."""
    listings: list[SampledListing] = []
    for size in range(1, FLAGGED_A_CELL + 1):
        larger = _sample(piles, dict.fromkeys(piles, size), f"{seed}/flagged")
        if _cost(larger, answered) > limit:
            break
        listings = larger
    return listings


def _unflagged(
    piles: Piles, seed: str, answered: Set[VersionKey], limit: int
) -> list[SampledListing]:
    """Unflagged listings for ``limit`` new labels; more of them where labels carry over."""
    listings: list[SampledListing] = []
    total = limit
    # Each round adds what the labels carried over have saved; the savings shrink quickly.
    for _ in range(20):
        larger = _sample(piles, _shares(piles, total), seed)
        cost = _cost(larger, answered)
        if cost > limit:
            break
        listings = larger
        if cost == limit or len(listings) == sum(map(len, piles.values())):
            break
        total += limit - cost
    return listings


def _shares(piles: Piles, total: int) -> dict[Pile, int]:
    """``total`` evenly over platforms; within one by positions, a few at least of each pile."""
    groups: dict[str, list[Pile]] = defaultdict(list)
    for pile in piles:
        groups[pile.platform].append(pile)
    rooms = {name: sum(len(piles[pile]) for pile in group) for name, group in groups.items()}
    even = _share_out(total, dict.fromkeys(groups, 1.0), rooms)
    shares: dict[Pile, int] = {}
    for name, group in groups.items():
        positions = {pile: float(sum(map(len, piles[pile].values()))) for pile in group}
        room = {pile: len(piles[pile]) for pile in group}
        least = _share_out(
            min(even[name], LEAST_A_STRATUM * len(group)),
            dict.fromkeys(group, 1.0),
            {pile: min(LEAST_A_STRATUM, size) for pile, size in room.items()},
        )
        shares |= _share_out(even[name], positions, room, least)
    return shares


def _share_out(
    total: int,
    weights: Mapping[T, float],
    room: Mapping[T, int],
    least: Mapping[T, int] | None = None,
) -> dict[T, int]:
    """``total`` in whole numbers, one after the other to whoever has least for its weight."""
    shares = {name: (least or {}).get(name, 0) for name in weights}
    for _ in range(min(total, sum(room.values())) - sum(shares.values())):
        open_ = [name for name in weights if shares[name] < room[name]]
        shares[min(open_, key=lambda name: (shares[name] + 1) / weights[name])] += 1
    return shares


def _sample(piles: Piles, sizes: Mapping[Pile, int], seed: str) -> list[SampledListing]:
    """Pareto samples of listing versions, with probability proportional to their positions.

    ``sizes`` gives the number of versions of each pile. A version is drawn at one of its positions,
    chosen by chance.
    """
    listings = []
    for pile, versions in piles.items():
        counts = {key: len(showings) for key, showings in versions.items()}
        probability = inclusion(counts, sizes[pile]) if sizes[pile] else {}
        ranks = []
        for key, chance in probability.items():
            u = _chance(seed, pile.cluster, key.platform, key.item_id)
            ranks.append((pareto_rank(chance, u), key))
        for _, key in sorted(ranks)[: sizes[pile]]:
            showing = min(
                versions[key], key=lambda at: (_chance(seed, "place", at.unit, at.rank), at)
            )
            listings.append(
                SampledListing(
                    observation_id=showing.observation_id,
                    platform=key.platform,
                    item_id=key.item_id,
                    version=key.version,
                    cluster=pile.cluster,
                    stratum=pile.stratum,
                    probability=probability[key],
                )
            )
    return listings


def _cost(listings: Iterable[SampledListing], answered: Set[VersionKey]) -> int:
    """How many listing versions nobody has answered yet."""
    return len({drawn.key for drawn in listings} - answered)


def _chance(*names: object) -> float:
    """A number in (0, 1) for each name: SHA-256, as in the plan."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> 12) + 0.5) / 2**52
