"""The week's sample: which result pages to fetch, drawn before the first fetch.

Strata are platform × cluster × (head | tail | synonym). Core entries are certain; of the others
a sample without replacement is taken in each stratum, with probability proportional to their
weights: n / N where all weigh alike. Chance comes from SHA-256 alone: each entry gets the hash of
``seed/frame version/week/draw/platform/entry`` as its random number, and the n first of a Pareto
sample are taken, which are the n smallest where all weigh alike. So anybody can repeat a draw in
any language, and no version of Python changes it. Inspectors are asked for fewer pages than the
crawler, by the same hashes: of a platform that both are asked for, the smaller draw is a simple
random part of the larger one.

After the list comes the second way of looking: category pages, asked of the crawler alone, on at
most a fifth of a platform's requests and never at the cost of the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil, floor
from typing import TypeVar

from msgspec.structs import replace

from monitor.config import PantauError, week_start
from monitor.model import Cluster, CollectedBy, Entry, Mode, Plan, PlannedUnit, Shortfall, Value
from monitor.registry import Registry, page_url
from monitor.sampling.sizes import inclusion, pareto_rank

T = TypeVar("T")
LIST_PAGES_PER_CATEGORY_PAGE = 4
"""Pages of the list for each one of the second way of looking: that is at most a fifth of all."""
SETTINGS = {Mode.crawler: "crawl.weekly_requests", Mode.inspector: "inspect.weekly_units"}
"""Which setting limits the pages that are asked of a mode."""
Chance = Callable[[str], float]


class SamplingError(PantauError):
    """A plan cannot be drawn; the message names the setting or option and the mend."""


class Group(Value):
    """Entries that are drawn together: the core or the rotating ones of a stratum.

    ``take`` is the number of entries to draw from them.
    """

    entries: tuple[Entry, ...]
    take: int

    @property
    def requests(self) -> int:
        """How many pages they may cost in a week at most."""
        return self.take * max(entry.pages for entry in self.entries)

    @property
    def cluster(self) -> Cluster:
        """The product group of its entries."""
        return self.entries[0].cluster

    @property
    def core(self) -> bool:
        """Whether its entries are wanted every week."""
        return self.entries[0].core


def draw_plan(
    registry: Registry,
    week: str,
    seed: int,
    drawn_at: datetime,
    platforms: Collection[str] | None = None,
    *,
    budget: int | Mapping[str, int] | None = None,
    inspector_units: int | None = None,
    least_entries: int = 1,
) -> Plan:
    """The units of ``week`` in permuted order; the same inputs always give the same plan.

    ``budget`` limits the crawler's requests to every platform, or to those it names; where the
    frame wants more, fewer entries are taken (``within_budget``), and ``Plan.shortfalls`` says so.
    ``inspector_units`` is the same limit for the pages that inspectors are asked for. Neither cuts
    a cluster below ``least_entries``, the fewest that can be measured, while another has more.
    Raises ``SamplingError``.
    """
    try:
        week_start(week)
    except ValueError as error:
        raise SamplingError(f"week: {error}") from error
    chance = _chance(f"{seed}/{registry.frame.version}/{week}")
    units: list[PlannedUnit] = []
    second_way: list[PlannedUnit] = []
    shortfalls: list[Shortfall] = []
    for name in _platforms(registry, platforms):
        limit = budget if budget is None or isinstance(budget, int) else budget.get(name)
        collection = registry.platforms[name].collection
        full = wanted_groups(registry, name)
        groups = {
            mode: within_budget(name, full, most, mode, least_entries=least_entries)
            for mode, most in ((Mode.crawler, limit), (Mode.inspector, inspector_units))
            if collection.includes(mode)
        }
        crawled = groups.get(Mode.crawler, full)
        if limit is not None and crawled != full:
            asked, drawn = (sum(group.requests for group in cut) for cut in (full, crawled))
            shortfalls.append(Shortfall(platform=name, asked=asked, drawn=drawn, budget=limit))
        for number, group in enumerate(full):
            takes = {mode: cut[number].take for mode, cut in groups.items()}
            units += _draw(registry, week, group, takes, chance)
        if Mode.crawler in groups:
            requests = sum(group.requests for group in crawled)
            most = requests // LIST_PAGES_PER_CATEGORY_PAGE
            most = most if limit is None else min(most, limit - requests)
            second_way += _draw_second_way(registry, week, name, most, chance)
    second_way.sort(key=lambda unit: chance(f"order/{unit.id}"))
    return Plan(
        week=week,
        frame_version=registry.frame.version,
        seed=seed,
        drawn_at=drawn_at,
        units=permute(units, chance)
        + tuple(replace(unit, position=n) for n, unit in enumerate(second_way, len(units))),
        shortfalls=tuple(shortfalls),
        lists=registry.frame.lists,
    )


def wanted_groups(registry: Registry, platform: str) -> tuple[Group, ...]:
    """What the frame wants of a platform each week: all core entries, and rotating ones up to
    ``cell_entries`` a cluster, shared out to the strata by the size of their pools."""
    groups: list[Group] = []
    entries = [entry for entry in registry.frame.entries if entry.platform == platform]
    for cell in _by(entries, lambda entry: entry.cluster):
        pools = [tuple(pool) for pool in _by(cell, lambda e: (e.stratum, not e.core))]
        core = [Group(entries=pool, take=len(pool)) for pool in pools if pool[0].core]
        rotating = [pool for pool in pools if not pool[0].core]
        room = registry.frame.cell_entries - sum(group.take for group in core)
        takes = apportion(room, [len(pool) for pool in rotating])
        groups += core
        groups += (Group(entries=p, take=n) for p, n in zip(rotating, takes, strict=True))
    return tuple(groups)


def apportion(total: int, sizes: Sequence[int]) -> list[int]:
    """``total`` shared out to pools by size (largest remainder), each from one to its size."""
    total = max(min(total, sum(sizes)), len(sizes))
    ideal = [total * size / sum(sizes) for size in sizes]
    parts = [max(1, floor(share)) for share in ideal]
    while gap := total - sum(parts):
        step = 1 if gap > 0 else -1
        movable = [i for i, part in enumerate(parts) if 1 <= part + step <= sizes[i]]
        parts[max(movable, key=lambda i: step * (ideal[i] - parts[i]))] += step
    return parts


def within_budget(
    platform: str,
    groups: tuple[Group, ...],
    limit: int | None,
    mode: Mode = Mode.crawler,
    *,
    least_entries: int = 1,
) -> tuple[Group, ...]:
    """The groups with fewer entries taken where they ask for more than ``limit`` pages of a mode.

    Rotating entries go first, in proportion, down to half of what was wanted: beyond that their
    weights would cost more precision than the certain ones are worth. Then an entry goes from the
    cluster with most above ``least_entries``, in proportion within it, so that all keep alike room
    for pages that are refused. Below ``least_entries`` a cluster goes only where all are there.
    """
    if limit is None:
        return groups
    takes = [group.take for group in groups]
    excess = sum(group.requests for group in groups) - limit
    half = [group.take if group.core else ceil(group.take / 2) for group in groups]
    ones = [1] * len(groups)

    def surplus(i: int) -> int:
        """Entries that the cluster of a group has above the fewest that can be measured."""
        cluster = groups[i].cluster
        taken = zip(groups, takes, strict=True)
        return sum(take for group, take in taken if group.cluster is cluster) - least_entries

    for floors, keeps_least in ((half, True), (ones, True), (ones, False)):
        evens_out = floors is ones and keeps_least
        while excess > 0:
            surpluses = [surplus(i) for i in range(len(groups))]
            movable = [
                i
                for i, floor_ in enumerate(floors)
                if takes[i] > floor_ and (surpluses[i] > 0 or not keeps_least)
            ]
            if not movable:
                break
            largest = max(
                movable,
                key=lambda i: (surpluses[i] * evens_out, (takes[i] - 1) / groups[i].take),
            )
            takes[largest] -= 1
            excess -= groups[largest].requests // groups[largest].take
    if excess > 0:
        setting = SETTINGS[mode]
        raise SamplingError(
            f"{setting.partition('.')[2]}: {limit} are too few for {platform}, whose strata need "
            f"{limit + excess}; raise {setting} in pantau.toml"
        )
    return tuple(replace(group, take=take) for group, take in zip(groups, takes, strict=True))


def least_budget(groups: Iterable[Group], least_entries: int) -> int:
    """The fewest pages that leave each cluster ``least_entries``, or all that it wants if fewer."""
    budget = 0
    for of_cluster in _by(groups, lambda group: group.cluster):
        wanted = sum(group.take for group in of_cluster)
        pages = max(group.requests // group.take for group in of_cluster)
        budget += min(least_entries, wanted) * pages
    return budget


def permute(units: Iterable[PlannedUnit], chance: Chance) -> tuple[PlannedUnit, ...]:
    """Units in a random order that spreads every stratum of a platform evenly over the run.

    A run cut short thus loses about the same share of each stratum, and random units of it.
    """
    spread: list[tuple[float, str, PlannedUnit]] = []
    for stratum in _by(units, lambda unit: (unit.platform, unit.cluster, unit.stratum)):
        shuffled = sorted(stratum, key=lambda unit: chance(f"order/{unit.id}"))
        for index, unit in enumerate(shuffled):
            share_of_run = (index + chance(f"place/{unit.id}")) / len(shuffled)
            spread.append((share_of_run, unit.id, unit))
    spread.sort(key=lambda entry: entry[:2])
    return tuple(replace(unit, position=n) for n, (_, _, unit) in enumerate(spread))


def _platforms(registry: Registry, chosen: Collection[str] | None) -> tuple[str, ...]:
    framed = tuple(dict.fromkeys(entry.platform for entry in registry.frame.entries))
    if chosen is None:
        return framed
    if strangers := sorted({*chosen} - {*framed}):
        raise SamplingError(
            f"platform: {', '.join(strangers)}: no entries in frame.toml; "
            f"those with entries are {', '.join(framed)}"
        )
    return tuple(name for name in framed if name in chosen)


def _draw(
    registry: Registry, week: str, group: Group, takes: Mapping[Mode, int], chance: Chance
) -> Iterator[PlannedUnit]:
    """The units of a group's entries, of which each mode is asked for the first ``takes``."""
    most = max(takes.values())
    probability = inclusion({entry.id: entry.weight for entry in group.entries}, most)
    chances = {e.id: chance(f"draw/{e.platform}/{e.id}") for e in group.entries}
    ranks = {name: (pareto_rank(probability[name], u), u) for name, u in chances.items()}
    drawn = sorted(group.entries, key=lambda entry: ranks[entry.id])[:most]
    # Of those drawn, chance / probability is uniform: the first of them are a random part.
    drawn.sort(key=lambda entry: chances[entry.id] / probability[entry.id])
    for number, entry in enumerate(drawn):
        modes = [mode for mode, take in takes.items() if number < take]
        inspected = takes[Mode.inspector] / most if Mode.inspector in modes else None
        for page in range(1, entry.pages + 1):
            yield PlannedUnit(
                id=f"{week}/{entry.platform}/{entry.id}/{page}",
                week=week,
                platform=entry.platform,
                cluster=entry.cluster,
                stratum=entry.stratum,
                entry_id=entry.id,
                kind=entry.kind,
                query=entry.query,
                page=page,
                url=page_url(registry.platforms[entry.platform], entry.kind, entry.query, page),
                position=0,
                probability=probability[entry.id],
                weight=entry.weight,
                core=entry.core,
                collection=CollectedBy.both if len(modes) > 1 else CollectedBy(modes[0].value),
                inspector_probability=inspected and probability[entry.id] * inspected,
            )


def _draw_second_way(
    registry: Registry, week: str, platform: str, most: int, chance: Chance
) -> Iterator[PlannedUnit]:
    """At most so many category pages of a platform, drawn at random, each as likely as another."""
    pages = [
        (entry, page)
        for entry in registry.frame.second_way
        if entry.platform == platform
        for page in range(1, entry.pages + 1)
    ]
    pages.sort(key=lambda drawn: chance(f"second/{platform}/{drawn[0].id}/{drawn[1]}"))
    for entry, page in pages[: max(most, 0)]:
        yield PlannedUnit(
            id=f"{week}/{platform}/{entry.id}/{page}",
            week=week,
            platform=platform,
            cluster=entry.cluster,
            stratum=entry.stratum,
            entry_id=entry.id,
            kind=entry.kind,
            query=entry.query,
            page=page,
            url=page_url(registry.platforms[platform], entry.kind, entry.query, page),
            position=0,
            probability=min(1.0, most / len(pages)),
            core=False,
        )


def _chance(seed: str) -> Chance:
    def chance(name: str) -> float:
        """A number in [0, 1) for each name: the first 53 bits of SHA-256 of ``seed/name``."""
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        return (int.from_bytes(digest[:8], "big") >> 11) / 2**53

    return chance


def _by(members: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Members with the same key together, groups and members in the order in which they come."""
    groups: dict[Hashable, list[T]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return list(groups.values())
