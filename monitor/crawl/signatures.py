"""The signatures of refusals, and what of the platforms was never held against a real page.

Nothing of Scrapy is imported here.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from monitor.model import UnitState, Value

SIGNATURES = Path(__file__).parent / "data" / "refusals.toml"


class Refusal(Value):
    """A signature; every condition that is given must hold.

    ``url``, ``text`` and ``failure`` are patterns (``text`` for HTML, ``failure`` for the words of
    a network error), ``json`` and ``xpath`` must find something. A ``bare`` signature counts only
    where the page holds no listings; ``platforms`` empty means any. An ``unproven`` one is known
    from reports alone: no capture of such an answer was ever held against it.
    """

    id: str
    platforms: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    url: str | None = None
    text: str | None = None
    json: str | None = None
    xpath: str | None = None
    failure: str | None = None
    bare: bool = False
    unproven: bool = False
    state: UnitState = UnitState.blocked


@cache
def refusals() -> tuple[Refusal, ...]:
    """The signatures of ``data/refusals.toml``, in the order in which they are tried."""
    return msgspec.convert(
        tomllib.loads(SIGNATURES.read_text("utf-8"))["refusal"], tuple[Refusal, ...]
    )


def unproven_parts() -> dict[str, tuple[str, ...]]:
    """What each platform's attribute ``unproven`` names, by platform; and reported refusals.

    The attribute is read from the source of the modules: to import them takes Scrapy, and a second.
    """
    parts = {}
    for module in sorted(Path(str(files("spiders"))).glob("*.py")):
        if unproven := next(_unproven(module), ()):
            parts[module.stem] = unproven
    if reported := tuple(refusal.id for refusal in refusals() if refusal.unproven):
        parts["refusals"] = reported
    return parts


def _unproven(module: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and "unproven" in map(ast.unparse, node.targets):
            yield ast.literal_eval(node.value)
