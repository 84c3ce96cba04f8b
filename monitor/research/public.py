"""Rows of the public tier: no title, brand, address or seller, and nothing that leads to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np

from monitor.config import JAKARTA, week_of
from monitor.estimate import Settings
from monitor.estimate.prepare import look, prepare
from monitor.estimate.twophase import DOMESTIC, FLAGGED, UNKNOWN, LabelArrays
from monitor.estimate.verdicts import unmeasurable
from monitor.findings.inputs import EditionInputs
from monitor.model import Case, Cluster, Money, Observation, ScreenStratum, stratum_of
from monitor.registry import price_in
from monitor.registry.values import Rate
from monitor.research.anonymity import Coarsened, Subject, coarsen
from monitor.research.shared import Row
from monitor.research.tables import PUBLIC_CASES

_STRATA = {
    FLAGGED: ScreenStratum.flagged,
    UNKNOWN: ScreenStratum.unknown,
    DOMESTIC: ScreenStratum.domestic,
}


def position_rows(
    inputs: EditionInputs, rates: Iterable[Rate], settings: Settings, numbers: Iterator[int]
) -> Iterator[Row]:
    """A row for each position of a week's screen, coarse enough to be one of many."""
    rates, weights = tuple(rates), position_weights(inputs, settings)
    subjects = (
        _subject(screened.observation, inputs.findings.week, rates, weights)
        for screened in inputs.judged.screened
    )
    # In an order that says nothing of who stood before whom on a page.
    for coarsened in sorted(coarsen(subjects), key=_order):
        (week, platform, cluster), (stratum, status) = (
            coarsened.subject.cell,
            coarsened.subject.stratum,
        )
        yield {
            "row": next(numbers),
            "week": week,
            "platform": platform,
            "cluster": cluster,
            "screen": stratum,
            "cross_border": status,
            "weight": coarsened.weight,
            "coarsened": coarsened.steps,
            **{name: getattr(coarsened.traits, name) for name in (
                "category", "listing_cluster", "price_band", "position_band", "official_store")},
        }  # fmt: skip


def _order(coarsened: Coarsened) -> tuple[str, ...]:
    """What rows are sorted by: only what they show."""
    subject = coarsened.subject
    shown = (*subject.cell, *subject.stratum, coarsened.steps, coarsened.traits, coarsened.weight)
    return tuple(map(repr, shown))


def _subject(
    observation: Observation,
    week: str,
    rates: tuple[Rate, ...],
    weights: dict[tuple[str, Cluster | None, str | None], float],
) -> Subject:
    listing, decision = observation.listing, observation.classification
    seller = listing.seller_id or listing.seller_name
    day = observation.observed_at and observation.observed_at.astimezone(JAKARTA).date()
    price = None
    if listing.price is not None and listing.currency and day:
        shown = Money(amount=listing.price, currency=listing.currency)
        price = price_in("IDR", shown, day, rates)
    cell = (week, listing.platform, str(observation.cluster))
    return Subject(
        cell=cell,
        stratum=(str(stratum_of(observation)), str(observation.status)),
        seller=("seller", seller) if seller else ("offer", listing.item_id),
        category=decision.category if decision else None,
        listing_cluster=decision.cluster if decision else Cluster.unknown,
        price=price,
        rank=listing.rank,
        official_store=listing.official_store,
        weight=weights.get((listing.platform, observation.cluster, observation.entry_id)),
    )


def position_weights(
    inputs: EditionInputs, settings: Settings
) -> dict[tuple[str, Cluster | None, str | None], float]:
    """What a position of each platform, group and entry weighs in the estimates of its cells."""
    weights: dict[tuple[str, Cluster | None, str | None], float] = {}
    looked_at = set()
    for cell in inputs.cells:
        if (cell.platform, cell.cluster) in looked_at or not cell.positions:
            continue
        looked_at.add((cell.platform, cell.cluster))
        looked = look(cell, settings)
        for entry, weight in zip(looked.entries, looked.weights.tolist(), strict=True):
            weights[cell.platform, cell.cluster, entry] = weight
    return weights


def label_total_rows(edition: str, inputs: EditionInputs, settings: Settings) -> Iterator[Row]:
    """The labels of each cell that was measured, added up by screen stratum."""
    for cell in inputs.cells:
        if unmeasurable(cell, settings):
            continue
        sample = prepare(cell, settings).sample
        names = {name: getattr(cell, name) for name in ("platform", "cluster", "policy")}
        for basis, labels in (("drawn", sample.drawn), ("pool", sample.pool)):
            for row in _totals(labels):
                yield {"edition": edition, **names, "basis": basis} | row


def _totals(labels: LabelArrays) -> Iterator[Row]:
    for stratum, name in _STRATA.items():
        rows = labels.stratum == stratum
        if not rows.any():
            continue
        unclear, yes = labels.unclear & rows, labels.yes & ~labels.unclear & rows
        totals = {
            "weight_yes": yes,
            "weight_no": rows & ~yes & ~unclear,
            "weight_unclear": unclear,
        }
        yield {"screen": name, "labels": int(np.count_nonzero(rows))} | {
            column: float(labels.weight[chosen].sum()) for column, chosen in totals.items()
        }


def case_columns(case: Case) -> Row:
    """The columns of a case that say nothing of its offer; times as weeks."""
    times = {
        "confirmed_week": case.confirmed,
        "reported_week": case.reported_at,
        "gone_week": case.gone_at,
        "returned_week": case.returned_at,
    }
    weeks = {name: at and week_of(at) for name, at in times.items()}
    return weeks | {name: getattr(case, name) for name in (
        "platform", "cluster", "state", "is_proven", "days_to_take_down")}  # fmt: skip


def case_rows(cases: Iterable[Case]) -> Iterator[Row]:
    """A row for each case, numbered in an order that says nothing of its offer."""
    names = [name for name in PUBLIC_CASES.names if name != "number"]
    columns = [case_columns(case) for case in cases]
    in_order = sorted(columns, key=lambda row: tuple(repr(row[name]) for name in names))
    for number, row in enumerate(in_order, 1):
        yield {"number": number} | row


def anonymous_sample(rows: Iterable[Row]) -> Iterator[Row]:
    """The audit sample in an order that follows from what its rows show alone."""
    by_week: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_week[row["week"]].append(row)
    for week_rows in by_week.values():
        names = ("platform", "cluster", "screen", "probability", "answer", "answered_by")
        shown = [{name: row[name] for name in ("week", *names)} for row in week_rows]
        numbers = count(1)
        for row in sorted(shown, key=lambda row: tuple(repr(row[name]) for name in names)):
            yield {"number": next(numbers)} | row
