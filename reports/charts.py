"""Charts as inline SVG: Vega-Lite specifications, drawn offline by vl-convert.

The specifications are plain Vega-Lite, so no further library stands between them and the
renderer. Colours are CSS variables, which lets one picture serve light, dark and print. Axis
words come in through the data; text alternatives are the caller's, beside the numbers table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import vl_convert

from monitor.model import Cell, CoverageRow, TrendPoint, Verdict

INK, SOFT, RULE, BAND = "var(--ink)", "var(--ink-soft)", "var(--rule)", "var(--band)"
_CONFIG: dict[str, Any] = {
    "aria": False,
    "font": "Liberation Sans",
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "labelFontSize": 12,
        "tickColor": RULE,
        "domainColor": RULE,
        "gridColor": RULE,
        "titleColor": SOFT,
        "labelPadding": 4,
    },
}
_COMMA = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}
_POINT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]}
STATES = ("sampled", "empty", "blocked", "disallowed", "unreachable", "unparseable", "not_fetched")


def ceiling(shares: Sequence[float | None]) -> float:
    """The end of a common axis: the largest share, rounded up to a plain step, at least 2 %."""
    top = max([0.02, *(share for share in shares if share is not None)])
    steps = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    return next(step for step in steps if step >= min(top, 1.0))


def interval(cell: Cell, top: float, lang: str) -> str:
    """A cell's estimate and interval on the axis 0 to ``top``, with the tolerance dashed."""
    data = {"e": cell.estimate, "l": cell.low, "h": cell.high, "t": cell.tolerance}
    x = {"type": "quantitative", "scale": {"domain": [0, top], "nice": False}}
    axis = {"values": [0, top / 2, top], "format": ".1~%", "title": None, "grid": False}
    layer: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "color": INK, "strokeDash": [3, 3], "strokeWidth": 1.5},
            "encoding": {"x": {"field": "t", **x, "axis": axis}},
        }
    ]
    if cell.low is not None and cell.high is not None:
        layer.append(
            {
                "mark": {"type": "rule", "color": INK, "strokeWidth": 5, "strokeCap": "round"},
                "encoding": {"x": {"field": "l", **x}, "x2": {"field": "h"}},
            }
        )
    if cell.estimate is not None:
        point = {"type": "point", "shape": "circle", "size": 90, "strokeWidth": 2.5}
        point |= {"filled": True, "fill": "var(--paper)", "stroke": INK, "opacity": 1}
        layer.append({"mark": point, "encoding": {"x": {"field": "e", **x}}})
    frame = _frame(width=200, height=22, left=14, right=18, top=2, bottom=24)
    return draw(frame | {"data": {"values": [data]}, "layer": layer}, lang)


def trend(
    points: Sequence[TrendPoint],
    weeks: Sequence[str],
    tolerance: float,
    lang: str,
    prefix: str = "",
) -> str:
    """Estimates of one cell over ``weeks`` with their intervals; what was not measured is marked.

    ``prefix`` stands before a week's number on the axis. Each panel has its own axis, from zero,
    so that a small platform can be read too.
    """
    top = ceiling([point.high for point in points] + [tolerance * 1.2])
    rows = [
        {"w": point.week, "e": point.estimate, "l": point.low, "h": point.high}
        for point in points
        if point.estimate is not None
    ]
    marks = [
        {"w": point.week, "s": "screened" if point.verdict is Verdict.screened else "none"}
        for point in points
        if point.estimate is None
    ]
    ends = [weeks[0], weeks[len(weeks) // 2], weeks[-1]] if len(weeks) > 2 else list(weeks)
    x = {
        "field": "w",
        "type": "ordinal",
        "scale": {"type": "point", "domain": list(weeks), "padding": 0.4},
        "axis": {
            "values": ends,
            "labelExpr": f"{prefix!r} + slice(datum.value, 6)",
            "labelAngle": 0,
            "title": None,
            "grid": False,
        },
    }
    y = {
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"values": [0, top / 2, top], "format": ".1~%", "title": None, "domain": False},
    }
    shared = {"x": x}
    layer: list[dict[str, Any]] = [
        {
            "data": {"values": [{"t": tolerance}]},
            "mark": {"type": "rule", "color": INK, "strokeDash": [3, 3]},
            "encoding": {"y": {"field": "t", **y}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": BAND, "strokeWidth": 8},
            "encoding": shared | {"y": {"field": "l", **y}, "y2": {"field": "h"}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "color": INK, "size": 42, "opacity": 1},
            "encoding": shared | {"y": {"field": "e", **y}},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "point", "color": SOFT, "size": 40, "yOffset": -7, "opacity": 1},
            "encoding": shared
            | {
                "y": {"datum": 0, **y},
                "shape": {
                    "field": "s",
                    "type": "nominal",
                    "legend": None,
                    "scale": {"domain": ["none", "screened"], "range": [_CROSS, "circle"]},
                },
            },
        },
    ]
    return draw(
        _frame(width=250, height=96, left=42, right=16, top=10, bottom=24) | {"layer": layer}, lang
    )


def _frame(*, width: int, height: int, **padding: int) -> dict[str, Any]:
    """Fixed margins, so that charts one below the other share their axis."""
    return {"width": width, "height": height, "autosize": "none", "padding": padding}


_CROSS = "M-0.7,-0.7L0.7,0.7M0.7,-0.7L-0.7,0.7"


def coverage(row: CoverageRow, lang: str) -> str:
    """What became of a platform's planned units, as one bar of its whole plan."""
    values = [
        {"s": state, "n": getattr(row, state), "o": order} for order, state in enumerate(STATES)
    ]
    colours = [f"var(--state-{state.replace('_', '-')})" for state in STATES]
    bar = {"type": "bar", "height": 18, "stroke": INK, "strokeWidth": 1}
    spec = {
        "width": 220,
        "height": 20,
        "data": {"values": [value for value in values if value["n"]]},
        "mark": bar,
        "encoding": {
            "x": {
                "field": "n",
                "type": "quantitative",
                "stack": "zero",
                "axis": None,
                "scale": {"domain": [0, row.planned], "nice": False},
            },
            "order": {"field": "o"},
            "color": {
                "field": "s",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": list(STATES), "range": colours},
            },
        },
    }
    return draw(spec, lang)


def draw(spec: dict[str, Any], lang: str) -> str:
    """The SVG of a specification, without any identifier a second chart could clash with."""
    full = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "padding": 4,
        "config": _CONFIG,
        **spec,
    }
    return _drawn(msgspec.json.encode(full).decode(), lang)


@lru_cache(maxsize=512)
def _drawn(spec: str, lang: str) -> str:
    svg = vl_convert.vegalite_to_svg(spec, format_locale=_COMMA if lang == "id" else _POINT)
    svg = re.sub(r"<clipPath.*?</clipPath>|<defs></defs>| clip-path=\"[^\"]*\"", "", svg)
    svg = re.sub(r' (?:role|aria-[a-z]+|class|xmlns:xlink|version)="[^"]*"', "", svg)
    svg = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)
    return svg.replace("<svg ", '<svg class="chart" aria-hidden="true" focusable="false" ', 1)
