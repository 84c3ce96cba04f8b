"""The indicators of the four PMSE points, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from monitor.model import Cluster, Indicator, Note, Value, to_json

from .summary import CLUSTERS


class Measure(Value):
    """One measure of a PMSE point on a platform, by cluster (``None``: all clusters).

    Platforms on which it is not known for one ``reason`` stand together.
    """

    name: str
    platforms: tuple[str, ...]
    by_cluster: dict[str, Indicator]
    reason: Note | None = None


DISPLAYED = ("described", "country", "number")
"""The measures of what own pages show, each by origin: a table of their own."""
ORIGINS = ("foreign", "domestic")


def displayed_rows(
    indicators: Iterable[Indicator],
) -> dict[tuple[str, str], dict[str, Indicator]]:
    """The indicators of what own pages show by measure, of each platform and origin."""
    rows: dict[tuple[str, str], dict[str, Indicator]] = {}
    for indicator in indicators:
        origin, _, measure = indicator.name.partition("_")
        if is_displayed(indicator):
            rows.setdefault((indicator.platform, origin), {})[measure] = indicator
    return rows


def is_displayed(indicator: Indicator) -> bool:
    """Whether an indicator is one of what own pages show."""
    origin, _, measure = indicator.name.partition("_")
    return origin in ORIGINS and measure in DISPLAYED


def indicator_clusters(indicators: Iterable[Indicator]) -> tuple[Cluster | None, ...]:
    """The clusters that have an indicator, in their order; None (all of them) last."""
    measured = {each.cluster for each in indicators if not is_displayed(each)}
    return tuple(cluster for cluster in (*CLUSTERS, None) if cluster in measured)


def indicator_points(indicators: Iterable[Indicator]) -> dict[int, dict[str, list[Measure]]]:
    """The measures of each PMSE point by name, all four points present."""
    points: dict[int, dict[str, dict[str, list[Indicator]]]] = {1: {}, 2: {}, 3: {}, 4: {}}
    for indicator in indicators:
        if is_displayed(indicator):
            continue
        platforms = points.setdefault(indicator.point, {}).setdefault(indicator.name, {})
        platforms.setdefault(indicator.platform, []).append(indicator)
    return {
        point: {name: list(_measures(name, platforms)) for name, platforms in names.items()}
        for point, names in points.items()
    }


def _measures(name: str, platforms: Mapping[str, list[Indicator]]) -> Iterator[Measure]:
    """A measure a platform where it has a value, then one for each reason why it has none."""
    unknown: dict[bytes, tuple[Note, list[str]]] = {}
    for platform, indicators in platforms.items():
        reasons = [i.reason if i.value is None else None for i in indicators]
        reason = reasons[0] if all(other == reasons[0] for other in reasons) else None
        if reason:
            unknown.setdefault(to_json(reason), (reason, []))[1].append(platform)
        else:
            by_cluster = {str(indicator.cluster): indicator for indicator in indicators}
            yield Measure(name=name, platforms=(platform,), by_cluster=by_cluster)
    for reason, names in unknown.values():
        yield Measure(name=name, platforms=tuple(names), by_cluster={}, reason=reason)
