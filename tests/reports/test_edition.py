"""Rendering an edition: pure, complete, self-contained."""

from __future__ import annotations

import json
import re
from pathlib import Path

from monitor.listing import Findings, from_json
from reports.edition import write_edition


def test_same_findings_give_the_same_bytes(any_week: Findings, tmp_path: Path) -> None:
    first = write_edition(any_week, tmp_path / "a")
    again = write_edition(
        from_json((tmp_path / "a" / "findings.json").read_bytes(), Findings), tmp_path / "b"
    )
    assert first.read_bytes() == again.read_bytes()


def test_the_page_asks_nobody_for_anything(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path).read_text()
    assert "<script" not in page
    assert " style=" not in page
    assert not re.findall(r'(?:src|srcset|data|poster)="(?!media/)', page)
    assert "@import" not in page
    assert "url(" not in page
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_findings_json_has_the_promised_cells(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path)
    cells = json.loads((tmp_path / "findings.json").read_bytes())["cells"]
    promised = (
        "week platform cluster policy planned sampled places flagged audited confirmed "
        "coverage estimate low high tolerance verdict"
    )
    assert set(promised.split()) <= cells[0].keys()
    assert len(cells) == len(rich.cells)
