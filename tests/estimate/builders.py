"""Cells built by hand: a plan of entries, what stood on their pages, labels of an audit sample."""

from collections.abc import Mapping, Sequence

from monitor.estimate import (
    AuditedListing,
    CellData,
    CellEstimate,
    Position,
    Settings,
    estimate_week,
)
from monitor.model import (
    Answer,
    Cluster,
    ScreenStratum,
    Stratum,
    UnitRecord,
    UnitState,
)
from tests.builders import WEEK, planned_unit

STRATA = {
    "f": ScreenStratum.flagged,
    "u": ScreenStratum.unknown,
    "d": ScreenStratum.domestic,
}


LISTED = (Stratum.head, Stratum.tail, Stratum.synonym)
"""The strata of the list, of which shares are."""


def unit(number: int, state: UnitState, week: str, frame: Sequence[Stratum]) -> UnitRecord:
    return UnitRecord(
        state=state,
        unit=planned_unit(number, week=week, stratum=frame[number % len(frame)]),
    )


def audited(
    item: str,
    stratum: str = "d",
    outcome: str = "no",
    *,
    week: str = WEEK,
    cluster: Cluster = Cluster.crafts,
    probability: float = 0.1,
    classifier: str = "c1",
    foreign: Answer | None = None,
) -> AuditedListing:
    return AuditedListing(
        week=week,
        cluster=cluster,
        item_id=item,
        version=f"v-{item}",
        stratum=STRATA[stratum],
        probability=probability,
        outcome=Answer(outcome),
        classifier=classifier,
        foreign=foreign,
    )


def cell_data(
    pages: Sequence[str],
    labels: Mapping[tuple[int, int], str] | Sequence[AuditedListing] = (),
    *,
    week: str = WEEK,
    missing: Mapping[int, UnitState] | None = None,
    frame: Sequence[Stratum] = LISTED,
    tolerance: float = 0.01,
    primary: bool = True,
    may_accuse: bool = True,
    policy: str = "janji",
    platform: str = "toko",
    page_kept: bool = True,
    marked: bool = True,
    sellers: int = 60,
    third_look: bool = False,
) -> CellData:
    """``pages[i]`` spells what stood on entry i's page (``f``, ``u``, ``d``); items are ``i-j``.

    What a label says breaches is confirmed, if its page was kept, and its page bears the platform's
    mark if ``marked``; a third person says so, too, if ``third_look``. The offers of entry i are
    those of seller i modulo ``sellers``.
    """
    missing = missing or {}
    breaching = {x.item_id for x in labels if isinstance(x, AuditedListing) and x.outcome == "yes"}
    return CellData(
        week=week,
        platform=platform,
        cluster=Cluster.crafts,
        policy=policy,
        tolerance=tolerance,
        primary=primary,
        may_accuse=may_accuse,
        classifier="c1",
        units=tuple(
            unit(i, missing.get(i, UnitState.sampled), week, frame) for i in range(len(pages))
        ),
        positions=tuple(
            Position(
                entry_id=f"e{i}",
                item_id=f"{i}-{j}",
                version=f"v-{i}-{j}",
                stratum=STRATA[kind],
                breach=kind == "f",
                confirmed=page_kept and f"{i}-{j}" in breaching,
                marked=marked,
                third_look=third_look,
                seller_id=f"s{i % sellers}",
            )
            for i, page in enumerate(pages)
            if i not in missing
            for j, kind in enumerate(page)
        ),
        audited=tuple(labels) if not isinstance(labels, Mapping) else (),
    )


def estimate_cell(data: CellData, level: float = 0.95) -> CellEstimate:
    """One cell by itself, at a two-sided ``level``."""
    (estimated,) = estimate_week([data], settings=Settings(level=level))
    return estimated
