"""How many results a platform claims for each search of the frame."""

from __future__ import annotations

from monitor.store import Store


def result_counts(store: Store, platform: str) -> dict[str, int]:
    """The newest claim for each query, by query; one that no page told is left out."""
    counts: dict[str, int] = {}
    for week in store.plans.weeks():
        for record in store.units.of_week(week, platform):
            if record.total_results is not None:
                counts[record.unit.query] = record.total_results
    return dict(sorted(counts.items()))
