"""Sellers who are planted all over a page, and the search for them in what is to be sent away."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import lxml.html

from monitor.demo.shops import ShopRequest, ShopResponse
from tests.plants import Plant, with_data

READ = 'Toko Ibu Sri & Rahayu "88"'
"""A seller in the place where the spider reads sellers, and in every other."""
UNREAD = "Kios Pak Darmawan 77"
"""A seller who stands only where no spider looks."""
_SCRIPT = re.compile(r"(<script\b[^>]*>.*?</script>)", re.DOTALL)


def slug_of(name: str) -> str:
    """A name as addresses write it."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def spellings(name: str) -> list[str]:
    """A name as texts, addresses and data write it."""
    return [
        name, name.lower(), slug_of(name), slug_of(name).replace("-", ""), quote(name),
        quote_plus(name), html.escape(name), json.dumps(name)[1:-1],
    ]  # fmt: skip


def sellers_planted(seller: str | None) -> Plant:
    """Pages on which ``seller``, whom the spider reads, is ``READ``, and both stand everywhere."""

    def plant(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """The answer with them."""
        if request.path == "/robots.txt":
            return answer
        answer = with_data(lambda document: _told(_sold_by(document, seller)), request, answer)
        if "html" not in answer.content_type:
            return answer
        text = answer.body.decode()
        if seller:
            parts = (
                part.replace(seller, json.dumps(READ)[1:-1])
                if part.startswith("<script")
                else part.replace(html.escape(seller), html.escape(READ)).replace(
                    slug_of(seller), slug_of(READ)
                )
                for part in _SCRIPT.split(text)
            )
            text = "".join(parts)
        return dataclasses.replace(answer, body=_drawn(text).encode())

    return plant


def _sold_by(document: Any, seller: str | None) -> Any:
    """A document in which ``seller`` is ``READ``, her addresses included."""
    if isinstance(document, str) and seller:
        return document.replace(seller, READ).replace(slug_of(seller), slug_of(READ))
    if isinstance(document, list):
        return [_sold_by(part, seller) for part in document]
    if isinstance(document, dict):
        return {key: _sold_by(part, seller) for key, part in document.items()}
    return document


def _told(document: Any, depth: int = 0) -> Any:
    """A document in whose objects both sellers stand under keys that no page has, and as keys."""
    if isinstance(document, list):
        return [_told(part, depth + 1) for part in document]
    if not isinstance(document, dict) or ("id" in document and document.get("type") == "id"):
        return document
    parts = {key: _told(part, depth + 1) for key, part in document.items()}
    if not depth or "ROOT_QUERY" in document or "listItems" in document:
        return parts
    return parts | {
        "pemilik": UNREAD,
        "ucapan": f"Salam dari {READ}, tetangga {UNREAD}",
        "lapak": {"name": UNREAD, "title": UNREAD, "url": f"//toko.example/{slug_of(UNREAD)}"},
        "alamat_web": f"https://toko.example/{slug_of(READ)}?s={quote_plus(UNREAD)}",
        "tersimpan": json.dumps({"pemilik": UNREAD, "kios": READ}),
        slug_of(UNREAD): 1,
        READ: 2,
    }


def _drawn(text: str) -> str:
    """A page on which both sellers stand in texts, attributes, addresses, scripts and comments."""
    tree = lxml.html.document_fromstring(text)
    for place in tree.xpath("//a[@href][position() < 3] | //h1 | //table | //body"):
        for name in (READ, UNREAD):
            mark = lxml.html.Element("em", {"class": "x9", "data-lapak": name, "title": name})
            mark.text = name
            link = lxml.html.Element("a", {"href": f"/etalase/{slug_of(name)}?s={quote(name)}"})
            link.text, link.tail = f"Kunjungi {name}", f" oleh {name} "
            mark.append(link)
            if place.tag == "body":
                place.append(mark)
            else:
                place.addnext(mark)
    page: str = lxml.html.tostring(tree, encoding="unicode", doctype="<!doctype html>")
    names = " ".join((READ, UNREAD))
    extra = (
        f"<!-- {names} --><noscript>{html.escape(names)}</noscript>"
        f"<script>var lapak = {json.dumps(names)};</script>"
        f'<form><input value="{html.escape(names)}"></form>'
        f'<meta name="author" content="{html.escape(names)}">'
    )
    return page.replace("</body>", f"{extra}</body>")


def seen_in(text: str, names: list[str]) -> list[str]:
    """Those of the names that a text holds in whatever spelling, escaped or not."""
    escaped = re.sub(
        r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text.replace("\\\\u", "\\u")
    )
    plain = html.unescape(html.unescape(unquote_plus(unquote_plus(escaped)))).casefold()
    joined = "".join(re.findall(r"[^\W_]+", plain.replace("\\", "")))
    return [name for name in names if "".join(re.findall(r"[^\W_]+", name.casefold())) in joined]
