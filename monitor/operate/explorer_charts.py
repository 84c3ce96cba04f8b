"""Drawing the answers to the explorer's questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from monitor.model import Value
from monitor.research.question_charts import CHARTS
from reports.charts import draw

MOST_ROWS = 5_000
"""Rows that Datasette shows, and a chart draws; of an answer with more no chart is drawn."""


class DrawnAnswer(Value):
    """A chart as SVG without scripts, and the sentence that says what it shows."""

    svg: Markup
    caption: str


def question_chart(
    question: str | None, rows: Sequence[Mapping[str, Any]], truncated: bool
) -> DrawnAnswer | None:
    """The chart of the answer to a canned question, from its rows as SQLite gives them.

    None where the question has no chart, and where there is nothing to draw or not all of it.
    """
    chart = CHARTS.get(question or "")
    if chart is None or not rows or truncated:
        return None
    answer = [{name: row[name] for name in row.keys()} for row in rows]  # noqa: SIM118 (sqlite3.Row)
    svg = draw(chart.spec | {"data": {"values": answer}}, "en")
    return DrawnAnswer(svg=Markup(svg), caption=chart.caption)  # noqa: S704 (drawn here)
