"""The documents inside a response: its JSON body, and the JavaScript objects of a page."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import chompjs
from scrapy.http import HtmlResponse, Response, TextResponse


def readable(response: Response) -> TextResponse:
    """The same response with text, whatever content type it was served with."""
    if isinstance(response, TextResponse):
        return response
    return HtmlResponse(
        response.url, status=response.status, headers=response.headers, body=response.body
    )


def is_json(response: TextResponse) -> bool:
    """Whether the body begins as JSON does, whatever its content type says."""
    return response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def json_body(response: TextResponse) -> Any:
    """The body as JSON; raises ``ValueError`` where it is cut off or is none."""
    try:
        return response.json()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def documents(response: TextResponse, embedded: Iterable[str] = ()) -> Iterator[Any]:
    """The JSON body, or the named objects of an HTML page, in the order of the names.

    A name is a JavaScript variable (``window.pageData``) or the type of a script that holds JSON
    (``application/ld+json``). A JSON body or an object that is broken raises ``ValueError``, a
    script that is none is left out: pages carry broken ones that nobody reads.
    """
    if is_json(response):
        yield json_body(response)
        return
    for name in embedded:
        if "/" in name:
            yield from _scripts(response, name)
        elif found := re.search(rf"{re.escape(name)}\s*=\s*(?=[{{\[])", response.text):
            yield apollo(chompjs.parse_js_object(response.text[found.end() :]))


def _scripts(response: TextResponse, kind: str) -> Iterator[Any]:
    for script in response.xpath("//script[@type=$kind]/text()", kind=kind).getall():
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(script, strict=False)
            yield from found if isinstance(found, list) else [found]


def apollo(document: Any) -> Any:
    """A normalised Apollo cache with its references put in place; anything else unchanged.

    References are ``{"type": "id", "id": key}`` (Apollo 2) or ``{"__ref": key}`` (Apollo 3); one
    that leads back to itself stays as it is.
    """
    if not isinstance(document, dict) or not isinstance(document.get("ROOT_QUERY"), dict):
        return document

    def resolved(value: Any, above: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [resolved(part, above) for part in value]
        if not isinstance(value, dict):
            return value
        key = value.get("__ref") or (value.get("type") == "id" and value.get("id"))
        if isinstance(key, str) and key in document:
            return value if key in above else resolved(document[key], above | {key})
        return {name: resolved(part, above) for name, part in value.items()}

    return {key: resolved(value, frozenset({key})) for key, value in document.items()}
