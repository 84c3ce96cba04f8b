"""Writing an edition: its pages, its findings and the documents beside them."""

from __future__ import annotations

from pathlib import Path

from monitor.listing import Findings, to_json

from .page import Pages, main_file


def write_edition(
    findings: Findings, out: Path, *, lang: str = "id", public: bool = False, pdf: bool = False
) -> Path:
    """Write an edition into the folder ``out`` and return its first page.

    The same findings give the same bytes (but for a PDF, which carries its time). Raises
    ``ReportError``.
    """
    pages = Pages(findings, lang).render()
    out.mkdir(parents=True, exist_ok=True)
    (out / "findings.json").write_bytes(to_json(findings))
    for name, text in pages.items():
        (out / name).write_text(text, encoding="utf-8")
    return out / main_file(lang)
