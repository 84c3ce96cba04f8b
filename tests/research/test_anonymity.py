"""A row of the public tier is one of many, and no sum is another for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Cluster
from monitor.research.anonymity import Coarsened, Subject, coarsen, sellers, traits_of

SUBJECTS = st.lists(
    st.builds(
        Subject,
        cell=st.sampled_from([("2026-W45", "toko", "crafts"), ("2026-W45", "toko", "other")]),
        stratum=st.sampled_from([("flagged", "suspected"), ("domestic", "domestic")]),
        seller=st.integers(0, 12),
        category=st.sampled_from([None, "batik", "hijab"]),
        listing_cluster=st.sampled_from(list(Cluster)),
        price=st.none() | st.sampled_from([Decimal(9_000), Decimal(99_999), Decimal(2_000_000)]),
        rank=st.none() | st.integers(1, 60),
        official_store=st.sampled_from([None, False, True]),
        weight=st.none() | st.floats(0.1, 20),
    ),
    max_size=60,
)


def sums(rows: Iterable[tuple[Subject, float | None]]) -> dict[tuple[object, ...], float]:
    """Weights added up by what the estimates are computed from."""
    totals: dict[tuple[object, ...], float] = defaultdict(float)
    for subject, weight in rows:
        totals[subject.cell, subject.stratum] += weight or 0.0
    return totals


@given(subjects=SUBJECTS, k=st.integers(2, 6))
def test_each_class_has_enough_sellers_and_every_sum_stays(subjects: list[Subject], k: int) -> None:
    coarsened = list(coarsen(subjects, k))
    assert sorted(map(repr, subjects)) == sorted(repr(row.subject) for row in coarsened)
    classes: dict[tuple[object, ...], list[Coarsened]] = defaultdict(list)
    for row in coarsened:
        classes[row.subject.cell, row.traits, row.steps].append(row)
    of_cell: dict[object, list[Subject]] = defaultdict(list)
    for subject in subjects:
        of_cell[subject.cell].append(subject)
    for (cell, traits, steps), rows in classes.items():
        if sellers(row.subject for row in rows) < k:
            assert sellers(of_cell[cell]) < k, "only where the cell has not enough"
            assert (traits.category, traits.price_band, traits.official_store) == ("any",) * 3
            assert steps == 4
        weights: dict[object, set[float | None]] = defaultdict(set)
        for row in rows:
            weights[row.subject.stratum].add(row.weight)
        assert all(len(alike - {None}) <= 1 for alike in weights.values()), "none stands out"
    before = sums((subject, subject.weight) for subject in subjects)
    after = sums((row.subject, row.weight) for row in coarsened)
    assert before.keys() == after.keys()
    assert all(isclose(before[key], after[key], rel_tol=1e-9) for key in before)


def test_bands_begin_at_their_limit_and_unknown_stays_unknown() -> None:
    def traits(price: int | None, rank: int | None, step: int = 0) -> tuple[object, object]:
        subject = Subject(
            cell=("w", "p", "c"),
            stratum=("flagged", "suspected"),
            seller=1,
            category=None,
            listing_cluster=Cluster.crafts,
            price=None if price is None else Decimal(price),
            rank=rank,
            official_store=None,
            weight=1.0,
        )
        made = traits_of(subject, step)
        return made.price_band, made.position_band

    assert traits(24_999, 10) == ("<25k", "1-10")
    assert traits(25_000, 11) == ("25k-50k", "11-20")
    assert traits(1_000_000, 41) == ("1m+", "41+")
    assert traits(None, None) == (None, None)
    assert traits(99_999, 5, 1) == ("<100k", "any")
    assert traits(None, 5, 1) == (None, "any")
    assert traits(99_999, 5, 2) == ("any", "any")
