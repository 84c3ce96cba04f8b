"""Text of outsiders in CSV, which a spreadsheet reads cell by cell."""

from __future__ import annotations

import re

# Where the list separator is ";", as in Indonesia, a spreadsheet parts CSV there whatever the
# quotes; so text after a separator or a line break may begin a cell, too.
_FORMULA = re.compile(r"^(?=[\t\r\n])|(^|[;\t\r\n])(?=[ \xa0\ufeff\u200b]*[=+\-@＝＋－＠])")


def no_formula(text: str) -> str:
    """The text with ``'`` before what a spreadsheet would take for a formula (CWE-1236)."""
    return _FORMULA.sub(r"\1'", text)
