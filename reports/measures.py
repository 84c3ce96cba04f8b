"""The indicators of the four PMSE points, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from monitor.model import Cluster, Indicator, Note, Value, to_json

from .answer import CLUSTERS


class Measure(Value):
    """One measure of a PMSE point on a platform, by cluster (``None``: all clusters).

    Platforms on which it is not known for one ``reason`` stand together.
    """

    name: str
    platforms: tuple[str, ...]
    by_cluster: dict[str, Indicator]
    reason: Note | None = None


def indicator_clusters(indicators: Iterable[Indicator]) -> tuple[Cluster | None, ...]:
    """The clusters that have an indicator, in their order; None (all of them) last."""
    found = {indicator.cluster for indicator in indicators}
    known = tuple(cluster for cluster in CLUSTERS if cluster in found)
    return (*known, None) if None in found else known


def indicator_points(indicators: Iterable[Indicator]) -> dict[int, dict[str, list[Measure]]]:
    """The measures of each PMSE point by name, all four points present."""
    grouped: dict[int, dict[str, dict[str, list[Indicator]]]] = {1: {}, 2: {}, 3: {}, 4: {}}
    for one in indicators:
        platforms = grouped.setdefault(one.point, {}).setdefault(one.name, {})
        platforms.setdefault(one.platform, []).append(one)
    return {
        point: {name: list(_measures(name, platforms)) for name, platforms in names.items()}
        for point, names in grouped.items()
    }


def _measures(name: str, platforms: Mapping[str, list[Indicator]]) -> Iterator[Measure]:
    unknown: dict[bytes, tuple[Note, list[str]]] = {}
    for platform, found in platforms.items():
        if reason := _only_reason(found):
            unknown.setdefault(to_json(reason), (reason, []))[1].append(platform)
        else:
            by_cluster = {str(one.cluster): one for one in found}
            yield Measure(name=name, platforms=(platform,), by_cluster=by_cluster)
    for reason, left in unknown.values():
        yield Measure(name=name, platforms=tuple(left), by_cluster={}, reason=reason)


def _only_reason(indicators: Iterable[Indicator]) -> Note | None:
    """The one reason for which none of them has a value, or None."""
    found = [one.reason if one.value is None else None for one in indicators]
    return found[0] if all(reason == found[0] for reason in found) else None
