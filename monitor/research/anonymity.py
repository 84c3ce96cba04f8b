"""k-anonymity of the public tier's positions (Sweeney, IJUFKS 10, 2002) by making rows coarser.

Rows that look alike in all that could point to an offer are a class. Where a class has fewer than
``K`` sellers its rows are made coarser, step by step, until they look like enough others. Nothing
is dropped: week, platform, product group, screen stratum and status stay, from which the estimates
are computed; what a row weighs is averaged over the rows of its class and stratum, so that every
sum stays what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from decimal import Decimal

from monitor.model import Cluster, Value
from monitor.research.tables import ANY, COARSE_PRICE_BANDS, POSITION_BANDS, PRICE_BANDS

K = 5
"""Sellers that a class has at least; an offer whose seller is not shown counts as one."""
_POSITION_LIMITS = (10, 20, 40)
_PRICE_LIMITS = (25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
_COARSE_PRICE_LIMITS = (100_000,)


class Traits(Value):
    """What of a row could point to an offer; None is not known, ``any`` was made coarser."""

    category: str | None
    listing_cluster: str
    price_band: str | None
    position_band: str | None
    official_store: str | None


class Subject(Value):
    """A row before it is made coarser.

    ``cell`` and ``stratum`` are what stays as it is; ``seller`` is who must not be pointed to.
    """

    cell: tuple[str, str, str]
    stratum: tuple[str, str]
    seller: Hashable
    category: str | None
    listing_cluster: Cluster
    price: Decimal | None
    rank: int | None
    official_store: bool | None
    weight: float | None


class Coarsened(Value):
    """A row as it is published, and by how many steps it was made coarser."""

    subject: Subject
    traits: Traits
    steps: int
    weight: float | None


def traits_of(subject: Subject, step: int) -> Traits:
    """A row's traits after 0 to 4 steps: position and price, then the commodity, the rest."""
    official = {True: "yes", False: "no", None: None}[subject.official_store]
    fine, coarse = (_PRICE_LIMITS, PRICE_BANDS), (_COARSE_PRICE_LIMITS, COARSE_PRICE_BANDS)
    prices = [_band(subject.price, *bands) for bands in (fine, coarse)]
    return Traits(
        category=subject.category if step < 3 else ANY,
        listing_cluster=subject.listing_cluster.value if step < 4 else ANY,
        price_band=prices[step] if step < 2 else ANY,
        position_band=_band(subject.rank, _POSITION_LIMITS, POSITION_BANDS, up_to=True)
        if step == 0
        else ANY,
        official_store=official if step < 2 else ANY,
    )


STEPS = 5


def coarsen(subjects: Iterable[Subject], k: int = K) -> Iterator[Coarsened]:
    """Rows of which each class has ``k`` sellers or more.

    Only a cell with fewer than ``k`` sellers in all has a smaller class, whose rows say nothing but
    week, platform, product group, stratum and status, which the estimates count, too.
    """
    cells: dict[tuple[str, str, str], list[Subject]] = defaultdict(list)
    for subject in subjects:
        cells[subject.cell].append(subject)
    for cell in cells.values():
        for (traits, step), members in _classes(cell, k):
            yield from _averaged(members, traits, step)


def _classes(cell: Sequence[Subject], k: int) -> Iterator[tuple[tuple[Traits, int], list[Subject]]]:
    """The rows of a cell by what they look like once they are coarse enough."""
    classes: dict[tuple[Traits, int], list[Subject]] = {}
    remaining = list(cell)
    for step in range(STEPS):
        alike: dict[Traits, list[Subject]] = defaultdict(list)
        for subject in remaining:
            alike[traits_of(subject, step)].append(subject)
        remaining = []
        for traits, members in alike.items():
            if sellers(members) >= k or step == STEPS - 1:
                classes[traits, step] = members
            else:
                remaining += members
    coarsest = next((name for name in classes if name[1] == STEPS - 1), None)
    # The last rows, too few by themselves, take the smallest other classes along.
    while coarsest and sellers(classes[coarsest]) < k and len(classes) > 1:
        others = (name for name in classes if name != coarsest)
        smallest = min(others, key=lambda name: (len(classes[name]), repr(name)))
        classes[coarsest] += classes.pop(smallest)
    yield from classes.items()


def sellers(members: Iterable[Subject]) -> int:
    """How many sellers rows are of."""
    return len({subject.seller for subject in members})


def _averaged(members: Iterable[Subject], traits: Traits, step: int) -> Iterator[Coarsened]:
    strata: dict[tuple[object, ...], list[Subject]] = defaultdict(list)
    for subject in members:
        strata[*subject.stratum, subject.weight is None].append(subject)
    for alike in strata.values():
        weights = [subject.weight for subject in alike if subject.weight is not None]
        mean = sum(weights) / len(weights) if weights else None
        for subject in alike:
            yield Coarsened(subject=subject, traits=traits, steps=step, weight=mean)


def _band(
    amount: Decimal | int | None,
    limits: Sequence[int],
    names: Sequence[str],
    *,
    up_to: bool = False,
) -> str | None:
    """The band of an amount between limits; the limit is the last of its band with ``up_to``."""
    if amount is None:
        return None
    passed: Callable[[int], bool] = (
        (lambda limit: amount > limit) if up_to else (lambda limit: amount >= limit)
    )
    return names[sum(map(passed, limits))]
