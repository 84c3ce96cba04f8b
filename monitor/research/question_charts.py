"""The charts of the explorer's questions: Vega-Lite specifications of the columns they answer with.

One platform stands below the other on a common axis, narrow enough for a phone. What was not
measured is marked as that, so that no gap reads as a zero.
"""

from __future__ import annotations

from typing import Any

from monitor.model import Value

_WIDTH = 230
_SHARE = {"format": ".1~%", "tickCount": 3}
_INK, _SOFT, _BAND = "var(--ink)", "var(--ink-soft)", "var(--band)"
_CROSS = "M-0.7,-0.7L0.7,0.7M0.7,-0.7L-0.7,0.7"
_MEASURED = [{"filter": "isValid(datum.low) && isValid(datum.high)"}]
_UNMEASURED = [{"filter": "!isValid(datum.low) || !isValid(datum.high)"}]
_ESTIMATED = [{"filter": "isValid(datum.estimate)"}]
_FIGURE = "var(--state-sampled)"
_ENDS = {"labelOverlap": True, "labelAngle": 0, "labelExpr": "slice(datum.value, 2)", "title": None}


class QuestionChart(Value):
    """What of an answer is drawn: a Vega-Lite specification without data, and what it shows."""

    caption: str
    spec: dict[str, Any]


def _by_platform(spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The same chart for each platform, one below the other."""
    header = {"title": None, "labelAnchor": "start", "labelFontSize": 12,
              "labelFontWeight": "bold", "labelColor": _INK}  # fmt: skip
    facet = {"field": "platform", "type": "nominal", "header": header}
    return {"facet": facet, "columns": 1, "spacing": 14, "spec": spec, **more}


def _names(field: str) -> dict[str, Any]:
    axis = {"title": None, "domain": False, "ticks": False, "labelColor": _INK, "labelLimit": 130}
    return {"field": field, "type": "nominal", "axis": axis}


def _amount(field: str, title: str, **axis: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "axis": {"title": title, **axis}}


def _bars(names: str, amount: dict[str, Any]) -> dict[str, Any]:
    bar = {"type": "bar", "color": _FIGURE}
    encoding = {"y": _names(names), "x": amount}
    spec = {"width": _WIDTH, "height": {"step": 20}, "mark": bar, "encoding": encoding}
    return _by_platform(spec, resolve={"scale": {"y": "independent"}})


def _intervals() -> dict[str, Any]:
    """An interval a group and the estimate on it, or that nothing was measured."""
    line = {"type": "rule", "color": _BAND, "strokeWidth": 6}
    dot = {"type": "point", "filled": True, "color": _INK, "size": 60, "opacity": 1}
    words = {"type": "text", "text": "not measured", "align": "left", "color": _SOFT}
    y = _names("cluster")
    layers = [
        {"transform": _MEASURED, "mark": line,
         "encoding": {"y": y, "x": _amount("low", "share", **_SHARE), "x2": {"field": "high"}}},
        {"transform": _ESTIMATED, "mark": dot,
         "encoding": {"y": y, "x": _amount("estimate", "share", **_SHARE)}},
        {"transform": _UNMEASURED, "mark": words,
         "encoding": {"y": y, "x": {"datum": 0, "type": "quantitative"}}},
    ]  # fmt: skip
    spec = {"width": _WIDTH, "height": {"step": 22}, "layer": layers}
    return _by_platform(spec, resolve={"scale": {"y": "independent"}})


def _over_weeks() -> dict[str, Any]:
    """A panel a platform and group: the interval of each week, and the estimate on it."""
    x = {"field": "week", "type": "ordinal", "axis": _ENDS}
    bar = {"type": "rule", "color": _BAND, "strokeWidth": 5}
    dot = {"type": "point", "filled": True, "color": _INK, "size": 26, "opacity": 1}
    cross = {"type": "point", "shape": _CROSS, "color": _SOFT, "size": 30, "opacity": 1}
    layers = [
        {"transform": _MEASURED, "mark": bar,
         "encoding": {"x": x, "y": _amount("low", "share", **_SHARE), "y2": {"field": "high"}}},
        {"transform": _ESTIMATED, "mark": dot,
         "encoding": {"x": x, "y": _amount("estimate", "share", **_SHARE)}},
        {"transform": _UNMEASURED, "mark": cross,
         "encoding": {"x": x, "y": {"datum": 0, "type": "quantitative"}}},
    ]  # fmt: skip
    spec = {"width": _WIDTH, "height": 60, "layer": layers}
    panel = "datum.platform + ', ' + replace(datum.cluster, '_', ' ')"
    chart = _by_platform(spec, transform=[{"calculate": panel, "as": "panel"}])
    chart["facet"]["field"] = "panel"
    return chart


def _seen_and_unseen() -> dict[str, Any]:
    """What became of a week's planned pages, one bar a week."""
    words = ["answered", "refused", "failed"]
    colours = ["var(--state-sampled)", "var(--state-blocked)", "var(--state-unreachable)"]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "labelColor": _INK}
    encoding = {
        "x": {"field": "week", "type": "ordinal", "axis": _ENDS},
        "y": {"aggregate": "sum", **_amount("pages", "pages", tickCount=3)},
        "color": {"field": "outcome", "type": "nominal", "legend": legend, "sort": words,
                  "scale": {"domain": words, "range": colours}},
        "order": {"field": "rank", "type": "quantitative"},
    }  # fmt: skip
    rank = "indexof(['answered', 'refused', 'failed'], datum.outcome)"
    transform = [{"fold": words, "as": ["outcome", "pages"]}, {"calculate": rank, "as": "rank"}]
    spec = {"width": _WIDTH, "height": 70, "mark": {"type": "bar"}, "encoding": encoding}
    return _by_platform(spec, transform=transform)


CHARTS = {
    "verdicts": QuestionChart(
        caption="Bar: 95 % interval of the share that breaches; dot: the estimate.",
        spec=_intervals(),
    ),
    "all_weeks": QuestionChart(
        caption="Bar: 95 % interval of a week's share; dot: the estimate; cross: not measured.",
        spec=_over_weeks(),
    ),
    "unseen": QuestionChart(
        caption="Planned pages of each week; those that nobody fetched are not drawn.",
        spec=_seen_and_unseen(),
    ),
    "flagged_share": QuestionChart(
        caption="Weighted share of positions that the screen flagged.",
        spec=_bars("cluster", _amount("flagged_share", "share", **_SHARE)),
    ),
    "reasons": QuestionChart(
        caption="Offers with a reason; one with two reasons is in two bars.",
        spec=_bars("reason", _amount("offers", "offers", tickCount=3)),
    ),
    "cases": QuestionChart(
        caption="Cases as the newest edition has them.",
        spec=_bars("state", _amount("cases", "cases", tickCount=3)),
    ),
}
"""By the id of the question."""
