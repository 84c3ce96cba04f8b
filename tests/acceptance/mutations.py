"""Real captures, damaged at random: wrong types, huge numbers, half characters, missing keys."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.spider import PlatformSpider

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**64, 10**40, 1e308, 5e-324, float("inf"), float("nan"), "", " ", "0",
    "NaN", "9" * 400, "Rp", "Rp.,.,", "Rp1.000.000.000.000.000", "9,9,9,9rb", "\u0663", "\x00",
    "\ud800", "x\udfffy", "javascript:alert(1)", "http://[", "https://a:b:c/", "- -",
    "A" * 70_000, [], {},
    [[]], [None], [{}], {"": None}, {"__ref": "ROOT_QUERY"}, {"type": "id", "id": "ROOT_QUERY"},
    {"@type": "Product"}, list(range(50)),
)  # fmt: skip
"""What takes the place of a part of a payload."""

Path_ = tuple[str | int, ...]


def damaged(
    folder: Path, spider: type[PlatformSpider], number: int, seed: int
) -> Iterator[tuple[str, TextResponse]]:
    """``number`` damaged responses of a platform, each with the capture it was made from.

    ``folder`` holds the platform's captures. A third of the payloads stand in a script of a page.
    """
    chance = random.Random(seed)
    captures = [path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".html"}]
    payloads = {path: json.loads(path.read_bytes()) for path in captures if path.suffix == ".json"}
    places = {path: [*_paths(payload)] for path, payload in payloads.items()}
    scripts = (*spider.listing_scripts, *spider.item_scripts)
    for _ in range(number):
        path = chance.choice(captures)
        if path not in payloads:
            yield path.name, HtmlResponse("https://x.example/", body=_cut(path, chance))
            continue
        payload = copy.deepcopy(payloads[path])
        for _ in range(chance.choice((1, 1, 2, 6))):
            _damage(payload, chance.choice(places[path]), chance)
        body = json.dumps(payload)
        if chance.random() < 1 / 3:
            name = chance.choice(scripts)
            kind = f' type="{name}"' if "/" in name else ""
            script = body if kind else f"{name}={body};"
            page = f"<html><body><script{kind}>{script}</script></body></html>"
            yield path.name, HtmlResponse("https://x.example/", body=page.encode())
        else:
            yield path.name, TextResponse("https://x.example/", body=body.encode())


def _paths(node: Any, path: Path_ = ()) -> Iterator[Path_]:
    if path:
        yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    for key, part in parts:
        if isinstance(part, dict | list):
            yield from _paths(part, (*path, key))
        else:
            yield (*path, key)


def _damage(payload: Any, path: Path_, chance: random.Random) -> None:
    """Put something odd in a place, or take it away; a place that is gone stays so."""
    try:
        for key in path[:-1]:
            payload = payload[key]
        if chance.random() < 0.2:
            del payload[path[-1]]
        else:
            payload[path[-1]] = copy.deepcopy(chance.choice(ODD))
    except (KeyError, IndexError, TypeError):
        return


def _cut(path: Path, chance: random.Random) -> bytes:
    """A page without a stretch of it."""
    body = path.read_bytes()
    start = chance.randrange(len(body))
    return body[:start] + body[start + chance.randrange(2000) :]
