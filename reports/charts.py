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
_CROSS = "M-0.7,-0.7L0.7,0.7M0.7,-0.7L-0.7,0.7"
STATES = ("sampled", "empty", "blocked", "disallowed", "unreachable", "unparseable", "not_fetched")


def ceiling(shares: Sequence[float | None]) -> float:
    """The end of a common axis: the largest share, rounded up to a plain step, at least 2 %."""
    top = max([0.02, *(share for share in shares if share is not None)])
    steps = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    return next(step for step in steps if step >= min(top, 1.0))


def interval(cell: Cell, top: float, lang: str) -> str:
    """A cell's estimate and interval on the axis 0 to ``top``, with the tolerance dashed."""
    axis = _share_axis(top, grid=False)
    tolerance = {"type": "rule", "color": INK, "strokeDash": [3, 3], "strokeWidth": 1.5}
    layers = [_layer(tolerance, x={"field": "tolerance", **axis})]
    if cell.low is not None and cell.high is not None:
        line = {"type": "rule", "color": INK, "strokeWidth": 5, "strokeCap": "round"}
        layers.append(_layer(line, x={"field": "low", **axis}, x2={"field": "high"}))
    if cell.estimate is not None:
        dot = {"type": "point", "shape": "circle", "size": 90, "strokeWidth": 2.5}
        dot |= {"filled": True, "fill": "var(--paper)", "stroke": INK, "opacity": 1}
        layers.append(_layer(dot, x={"field": "estimate", **axis}))
    shares = {name: getattr(cell, name) for name in ("estimate", "low", "high", "tolerance")}
    frame = _frame(width=200, height=22, left=14, right=18, top=2, bottom=24)
    return draw(frame | {"data": {"values": [shares]}, "layer": layers}, lang)


def whiskers(cells: Sequence[tuple[str, Cell]], lang: str, width: int = 620) -> str:
    """Estimates and intervals of cells on one axis, a row a cell under its name, in their order.

    A tick in each row is the tolerance of its policy; without an estimate the interval is alone.
    ``width`` is that of the axis in pixels, names not counted.
    """
    rows = [
        {
            "name": name,
            **{key: getattr(cell, key) for key in ("estimate", "low", "high", "tolerance")},
        }
        for name, cell in cells
    ]
    top = ceiling([share for _, cell in cells for share in (cell.high, cell.tolerance)])
    x = _share_axis(top)
    names = {"labelLimit": 320, "labelFontSize": 13, "labelColor": INK, "ticks": False}
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [row["name"] for row in rows],
        "axis": {**names, "title": None, "domain": False, "labelPadding": 10},
    }
    line = {"type": "rule", "color": INK, "strokeWidth": 5, "strokeCap": "round"}
    dot = {"type": "point", "shape": "circle", "size": 100, "strokeWidth": 2.5}
    dot |= {"filled": True, "fill": "var(--paper)", "stroke": INK, "opacity": 1}
    tick = {"type": "tick", "color": "var(--grave)", "thickness": 3, "size": 22}
    estimated = [row for row in rows if row["estimate"] is not None]
    layers = [
        _layer(line, rows, y=y, x={"field": "low", **x}, x2={"field": "high"}),
        _layer(tick, rows, y=y, x={"field": "tolerance", **x}),
        _layer(dot, estimated, y=y, x={"field": "estimate", **x}),
    ]
    return draw({"width": width, "height": {"step": 28}, "layer": layers}, lang)


def bars(counts: Sequence[tuple[str, int]], lang: str) -> str:
    """A bar a name, in their order, each with its count behind it."""
    rows = [{"name": name, "count": count} for name, count in counts]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [name for name, _ in counts],
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 280},
    }
    x = {"field": "count", "type": "quantitative", "axis": None}
    text = {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12}
    layers = [
        _layer({"type": "bar", "color": "var(--state-sampled)"}, rows, y=y, x=x),
        _layer(text, rows, y=y, x=x, text={"field": "count", "format": ",d"}),
    ]
    return draw({"width": 420, "height": {"step": 24}, "layer": layers}, lang)


def trend(
    points: Sequence[TrendPoint],
    weeks: Sequence[str],
    tolerance: float,
    top: float,
    lang: str,
    prefix: str = "",
    *,
    band: Sequence[dict[str, Any]] = (),
) -> str:
    """Estimates of one cell over ``weeks`` with their intervals; what was not measured is marked.

    A week without a point estimate of its own has the interval alone.

    ``prefix`` stands before a week's number on the axis, which ends at ``top``; ``band`` are the
    limits of a season in each of its weeks.
    """
    measured = [
        {"week": point.week, "estimate": point.estimate, "low": point.low, "high": point.high}
        for point in points
        if point.high is not None
    ]
    estimated = [row for row in measured if row["estimate"] is not None]
    unmeasured = [
        {"week": point.week, "screened": point.verdict is Verdict.screened}
        for point in points
        if point.high is None
    ]
    ends = [weeks[0], weeks[len(weeks) // 2], weeks[-1]] if len(weeks) > 2 else list(weeks)
    label = f"{prefix!r} + slice(datum.value, 6)"
    x = {
        "field": "week",
        "type": "ordinal",
        "scale": {"type": "point", "domain": list(weeks), "padding": 0.4},
        "axis": {"values": ends, "labelExpr": label, "labelAngle": 0, "title": None, "grid": False},
    }
    y = _share_axis(top, domain=False)
    shape = {
        "field": "screened",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": [False, True], "range": [_CROSS, "circle"]},
    }
    dashes = {"type": "rule", "color": INK, "strokeDash": [3, 3]}
    bar = {"type": "rule", "color": BAND, "strokeWidth": 8}
    dot = {"type": "point", "filled": True, "color": INK, "size": 42, "opacity": 1}
    mark = {"type": "point", "color": SOFT, "size": 40, "yOffset": -7, "opacity": 1}
    over_weeks = {"type": "area", "color": BAND, "opacity": 0.35}
    layers = [
        _layer(over_weeks, list(band), x=x, y={"field": "low", **y}, y2={"field": "high"}),
        _layer(dashes, [{"tolerance": tolerance}], y={"field": "tolerance", **y}),
        _layer(bar, measured, x=x, y={"field": "low", **y}, y2={"field": "high"}),
        _layer(dot, estimated, x=x, y={"field": "estimate", **y}),
        _layer(mark, unmeasured, x=x, y={"datum": 0, **y}, shape=shape),
    ]
    frame = _frame(width=250, height=96, left=42, right=16, top=10, bottom=24)
    return draw(frame | {"layer": layers}, lang)


def coverage(row: CoverageRow, lang: str) -> str:
    """What became of a platform's planned units, as one bar of its whole plan."""
    parts = [
        {"state": state, "units": getattr(row, state), "order": order}
        for order, state in enumerate(STATES)
        if getattr(row, state)
    ]
    colours = [f"var(--state-{state.replace('_', '-')})" for state in STATES]
    length = {"field": "units", "type": "quantitative", "stack": "zero", "axis": None}
    colour = {"field": "state", "type": "nominal", "legend": None}
    bar = _layer(
        {"type": "bar", "height": 18, "stroke": INK, "strokeWidth": 1},
        parts,
        x={**length, "scale": {"domain": [0, row.planned], "nice": False}},
        order={"field": "order"},
        color={**colour, "scale": {"domain": list(STATES), "range": colours}},
    )
    return draw({"width": 220, "height": 20, **bar}, lang)


def _share_axis(top: float, **style: bool) -> dict[str, Any]:
    """A channel for shares, on an axis from 0 to ``top`` with three ticks in percent."""
    return {
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"values": [0, top / 2, top], "format": ".1~%", "title": None, **style},
    }


def _layer(
    mark: dict[str, Any], rows: Sequence[dict[str, Any]] | None = None, **encoding: dict[str, Any]
) -> dict[str, Any]:
    """A mark with its channels, and its own rows where they are not the chart's."""
    dataset = {} if rows is None else {"data": {"values": rows}}
    return {**dataset, "mark": mark, "encoding": encoding}


def _frame(*, width: int, height: int, **padding: int) -> dict[str, Any]:
    """Fixed margins, so that charts one below the other share their axis."""
    return {"width": width, "height": height, "autosize": "none", "padding": padding}


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
    """The SVG of a specification in JSON, kept, as many cells look the same."""
    svg = vl_convert.vegalite_to_svg(spec, format_locale=_COMMA if lang == "id" else _POINT)
    # Ids would clash between the charts of a page; what a chart says stands beside it.
    svg = re.sub(r"<clipPath.*?</clipPath>|<defs></defs>| clip-path=\"[^\"]*\"", "", svg)
    svg = re.sub(r' (?:role|aria-[a-z]+|class|xmlns:xlink|version)="[^"]*"', "", svg)
    svg = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)
    return svg.replace("<svg ", '<svg class="chart" aria-hidden="true" focusable="false" ', 1)
