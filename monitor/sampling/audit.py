"""The audit draw: which listings people look at, so that their labels speak for all places.

Labels are scarce, and an accusation needs few of them while an acquittal needs many: so flagged
listings come first, up to ``FLAGGED_A_CELL`` a cell, and the rest goes to unflagged ones, evenly
over the platforms, whose labels are pooled per platform.

Within platform × cluster × screen stratum, listing versions are drawn with probability
proportional to the places they take (Pareto sampling: Rosén, J. Statist. Plann. Inference 62,
1997), since a label serves all places of its version; the probability is thus that of each of
these places. Flagged listings keep one random number for good (Ohlsson's coordinated samples, in
Cox et al., Business Survey Methods, 1995), so that labels which carry over are used first and the
sample stays random; unflagged ones get a fresh one each week, because the pool of many weeks gains
only from listings that nobody has seen.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from monitor.config import PantauError
from monitor.model import AuditSample, Cluster, Observation, SampledListing, ScreenStratum, to_json

FLAGGED_A_CELL = 20
LEAST_A_STRATUM = 3

T = TypeVar("T")
Key = tuple[str, str, str]


class Pile(NamedTuple):
    """Where listings are drawn from: platform × cluster × screen stratum."""

    platform: str
    cluster: Cluster
    stratum: ScreenStratum


class At(NamedTuple):
    """A place by its unit and rank, which are the same in every store, and its observation."""

    unit: str
    rank: int
    id: int


Piles = Mapping[Pile, Mapping[Key, Sequence[At]]]
"""Of each pile the listing versions, and the places that show them."""


def draw_audit(
    screen: Iterable[Observation],
    *,
    week: str,
    seed: int,
    drawn_at: datetime,
    budget: int = 300,
    labelled: Collection[Key] = (),
    platforms: Collection[str] | None = None,
    flagged_only: Collection[str] = (),
) -> AuditSample:
    """The audit sample of a week from its frozen screen, in blind (random) order.

    ``budget`` counts listing versions that somebody must look at for the first time. Versions in
    ``labelled`` (platform, item id, content hash: answered in an earlier week) may be drawn too;
    their label carries over and costs nothing. Second looks come on top. ``platforms`` limits the
    draw to those whose cells are judged; of those in ``flagged_only`` no share can be estimated, so
    labels serve to confirm breaches only. The same screen, seed and week give the same draw,
    whatever the order of the observations. Raises ``ValueError`` for a negative budget.
    """
    if budget < 0:
        raise ValueError(f"budget: {budget} is negative")
    piles = _piles(screen, platforms)
    known = frozenset(labelled)
    flagged = {p: v for p, v in piles.items() if p.stratum is ScreenStratum.flagged}
    rest = {
        p: v
        for p, v in piles.items()
        if p.stratum is not ScreenStratum.flagged and p.platform not in flagged_only
    }
    available = len({key for pile in rest.values() for key in pile} - known)
    items = _flagged(flagged, seed, known, max(budget - budget // 2, budget - available))
    items += _unflagged(rest, f"{seed}/{week}", known, budget - _cost(items, known))
    items.sort(key=lambda item: _chance(seed, week, "order", *_key(item), item.cluster))
    draw = AuditSample(
        week=week, seed=seed, budget=budget, drawn_at=drawn_at, items=tuple(items), sha256=""
    )
    return replace(draw, sha256=draw_sha256(draw))


def draw_sha256(draw: AuditSample) -> str:
    """SHA-256, hex, over week, seed, budget and items: what may not change once labels exist."""
    return hashlib.sha256(to_json((draw.week, draw.seed, draw.budget, draw.items))).hexdigest()


def as_drawn(draw: AuditSample) -> AuditSample:
    """A stored draw; raises ``PantauError`` where it is not the one that was drawn."""
    if draw.sha256 != draw_sha256(draw):
        raise PantauError(
            f"{draw.week}: the drawn sample does not match its hash, so somebody changed it; "
            "restore a backup: pantau db restore"
        )
    return draw


def _piles(screen: Iterable[Observation], platforms: Collection[str] | None) -> Piles:
    piles: dict[Pile, dict[Key, list[At]]] = defaultdict(lambda: defaultdict(list))
    for seen in screen:
        listing = seen.listing
        if seen.cluster is None or (platforms is not None and listing.platform not in platforms):
            continue
        status = seen.classification.cross_border if seen.classification else None
        pile = Pile(listing.platform, seen.cluster, ScreenStratum.of(status))
        piles[pile][listing.platform, listing.item_id, seen.version].append(
            At(seen.unit_id or "", seen.rank or 0, seen.id)
        )
    return {pile: piles[pile] for pile in sorted(piles)}


def _flagged(piles: Piles, seed: int, known: frozenset[Key], limit: int) -> list[SampledListing]:
    """As many as ``FLAGGED_A_CELL`` of each cell, all cells alike, for ``limit`` new labels."""
    items: list[SampledListing] = []
    for each in range(1, FLAGGED_A_CELL + 1):
        more = [i for pile, v in piles.items() for i in _sample(pile, v, each, f"{seed}/flagged")]
        if _cost(more, known) > limit:
            break
        items = more
    return items


def _unflagged(piles: Piles, seed: str, known: frozenset[Key], limit: int) -> list[SampledListing]:
    """The rest of the budget over unflagged listings; more of them where labels carry over."""
    items: list[SampledListing] = []
    total = limit
    for _ in range(20):
        sizes = _shares(piles, total)
        more = [i for pile, v in piles.items() for i in _sample(pile, v, sizes[pile], seed)]
        cost = _cost(more, known)
        if cost > limit:
            break
        items = more
        if cost == limit or len(items) == sum(map(len, piles.values())):
            break
        total += limit - cost
    return items


def _shares(piles: Piles, total: int) -> dict[Pile, int]:
    """``total`` evenly over platforms; within one by places, a few at least of each pile."""
    groups: dict[str, list[Pile]] = defaultdict(list)
    for pile in piles:
        groups[pile.platform].append(pile)
    rooms = {name: sum(len(piles[pile]) for pile in group) for name, group in groups.items()}
    even = _share_out(total, dict.fromkeys(groups, 1.0), rooms)
    shares: dict[Pile, int] = {}
    for name, group in groups.items():
        places = {pile: float(sum(map(len, piles[pile].values()))) for pile in group}
        room = {pile: len(piles[pile]) for pile in group}
        first = _share_out(
            min(even[name], LEAST_A_STRATUM * len(group)),
            dict.fromkeys(group, 1.0),
            {pile: min(LEAST_A_STRATUM, size) for pile, size in room.items()},
        )
        shares |= _share_out(even[name], places, room, first)
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


def _sample(
    pile: Pile, versions: Mapping[Key, Sequence[At]], size: int, seed: str
) -> list[SampledListing]:
    """Pareto sample of ``size`` versions, with probability proportional to their places."""
    if size == 0:
        return []
    probability = _probabilities({key: len(at) for key, at in versions.items()}, size)
    ranks = []
    for key, chance in probability.items():
        u = _chance(seed, pile.cluster, key[0], key[1])
        odds = chance / (1.0 - chance) if chance < 1.0 else float("inf")
        ranks.append((u / (1.0 - u) / odds, key))
    return [
        SampledListing(
            observation_id=min(
                versions[key], key=lambda at: (_chance(seed, "place", at.unit, at.rank), at)
            ).id,
            platform=key[0],
            item_id=key[1],
            version=key[2],
            cluster=pile.cluster,
            stratum=pile.stratum,
            probability=probability[key],
        )
        for _, key in sorted(ranks)[:size]
    ]


def _probabilities(places: Mapping[Key, int], size: int) -> dict[Key, float]:
    """``size`` × places / all places; a version for which that exceeds 1 is certain."""
    certain: set[Key] = set()
    if size >= len(places):
        return dict.fromkeys(places, 1.0)
    while True:
        total = sum(n for key, n in places.items() if key not in certain)
        scale = (size - len(certain)) / total
        more = {key for key, n in places.items() if key not in certain and n * scale >= 1.0}
        if not more:
            break
        certain |= more
    return {key: 1.0 if key in certain else n * scale for key, n in places.items()}


def _cost(items: Iterable[SampledListing], known: frozenset[Key]) -> int:
    return len({_key(item) for item in items} - known)


def _key(item: SampledListing) -> Key:
    return item.platform, item.item_id, item.version


def _chance(*names: object) -> float:
    """A number in (0, 1) for each name: SHA-256, as in the plan."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> 12) + 0.5) / 2**52
