"""Real captures, damaged at random: wrong types, huge numbers, other shapes, broken bytes."""

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
    "file:///etc/passwd", "//", "https://x:99999/", "http://\u2100/", "../../x", "{{7*7}}", "=1+1",
    "\x1b[31m", "\u202egnp.exe", "\u2028", "\u00b2", "\u2167", "US $1", "1 - 2", "0.0000001", -0.0,
    "A" * 70_000, [], {},
    [[]], [None], [{}], {"": None}, {"__ref": "ROOT_QUERY"}, {"type": "id", "id": "ROOT_QUERY"},
    {"@type": "Product"}, list(range(50)),
)  # fmt: skip
"""What takes the place of a part of a payload."""
WORDS = (
    b'"\\ud800"', b"NaN", b"1e999", b'"\\u0000"', b"[" * 2000, b'{"a":' * 2000, b"1" * 5000,
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"<!--", b")]}'\n",
)  # fmt: skip
"""What comes between the bytes of a body."""

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
        try:
            body = json.dumps(payload)
        except RecursionError:
            continue
        if chance.random() < 1 / 3:
            name = chance.choice(scripts)
            kind = f' type="{name}"' if "/" in name else ""
            script = body if kind else f"{name}={body};"
            page = f"<html><body><script{kind}>{script}</script></body></html>"
            yield path.name, HtmlResponse("https://x.example/", body=page.encode())
        else:
            content = body.encode()
            if chance.random() < 1 / 4:
                content = _broken(content, chance)
            yield path.name, TextResponse("https://x.example/", body=content)


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
    """Put something odd in a place, give it another shape, or take it away.

    A place that is gone stays so.
    """
    whole = payload
    try:
        for key in path[:-1]:
            payload = payload[key]
        fate = chance.random()
        if fate < 0.2:
            del payload[path[-1]]
        elif fate < 0.4:
            payload[path[-1]] = _reshaped(payload[path[-1]], whole, chance)
        else:
            payload[path[-1]] = copy.deepcopy(chance.choice(ODD))
    except (KeyError, IndexError, TypeError):
        return


def _reshaped(node: Any, whole: Any, chance: random.Random) -> Any:
    """The same in another shape: nested, as list or object, as text or number, many times over."""
    fate = chance.randrange(5)
    if fate == 0:
        for _ in range(chance.choice((1, 2, 60))):
            node = [node] if chance.random() < 0.5 else {"a": node}
        return node
    if fate == 1 and isinstance(node, list):
        return {str(number): part for number, part in enumerate(node)}
    if fate == 2 and isinstance(node, list):
        return node + copy.deepcopy(node[:1]) * chance.choice((1, 3, 40))
    if fate == 3 and isinstance(node, str) and node.isascii() and node.isdecimal():
        return int(node[:50])
    if isinstance(node, dict):
        return list(node.values()) if chance.random() < 0.9 else copy.deepcopy(whole)
    return f"{node!s:.200}"


def _broken(body: bytes, chance: random.Random) -> bytes:
    """A body with bits turned, a word between its bytes, a part twice, or its end missing."""
    content, place = bytearray(body), chance.randrange(len(body))
    fate = chance.randrange(4)
    if fate == 0:
        for _ in range(chance.choice((1, 8, 64))):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif fate == 1:
        content[place:place] = chance.choice(WORDS)
    elif fate == 2:
        content[place:place] = content[place : place + 5000]
    else:
        del content[place:]
    return bytes(content)


def _cut(path: Path, chance: random.Random) -> bytes:
    """A page without a stretch of it."""
    body = path.read_bytes()
    start = chance.randrange(len(body))
    return body[:start] + body[start + chance.randrange(2000) :]
