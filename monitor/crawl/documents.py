"""The documents inside a response: its JSON body, and the JavaScript objects of a page."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import chompjs
from scrapy.http import HtmlResponse, Response, TextResponse

LARGEST_CACHE = 200_000
"""Objects of an Apollo cache with its references put in place; a result page has some thousand."""

# Several readers ask for the same documents of a page, and parsing a large payload takes long.
# Of an error its words alone are kept: its traceback would hold the response for ever.
_PARSED: WeakKeyDictionary[TextResponse, dict[str, list[Any] | str]] = WeakKeyDictionary()


_DECODER = json.JSONDecoder(strict=False)
_OPENING = re.compile(r"[{\[]")
_MOST_TRIES = 40
"""Places of a script at which JSON is looked for; those of a broken one would be many and long."""
_TOKENS = re.compile(
    r"""[{}\[\]]|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`(?:[^`\\]|\\.)*+`|["'`]""", re.DOTALL
)
"""Brackets of a JavaScript object, its strings, in which brackets mean nothing, and lone quotes."""


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


def documents(response: TextResponse, names: Iterable[str] = ()) -> list[Any]:
    """The JSON body, or the named documents of an HTML page, in the order of the names.

    A name is a JavaScript variable (``window.pageData``), or the type (``application/ld+json``) or
    the id (``#__NEXT_DATA__``) of a script that holds JSON. Each document is parsed once a
    response, however often it is asked for. Raises ``ValueError`` for a JSON body or an object that
    is broken; a broken script is left out, since pages carry such scripts that nobody reads.
    """
    parsed = _PARSED.setdefault(response, {})
    nodes: list[Any] = []
    for name in ("",) if is_json(response) else names:
        if name not in parsed:
            try:
                parsed[name] = _documents(response, name)
            except ValueError as error:
                parsed[name] = str(error)
        if isinstance(outcome := parsed[name], str):
            raise ValueError(outcome)
        nodes += outcome
    return nodes


def _documents(response: TextResponse, name: str) -> list[Any]:
    """All documents of one name; the empty name is the body. Raises ``ValueError``."""
    try:
        if not name:
            return [response.json()]
        if "/" in name or name.startswith("#"):
            is_named = "@id=substring($name, 2) or @type=$name"
            scripts = response.xpath(f"//script[{is_named}]/text()", name=name).getall()
            return [node for script in scripts for node in _script_nodes(script)]
        if assignment := re.search(rf"{re.escape(name)}\s*=\s*(?=[{{\[])", response.text):
            return [apollo(object_at(response.text, assignment.end()))]
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return []


def object_at(page: str, start: int) -> Any:
    """The JavaScript object or list that begins at ``start``; raises ``ValueError``."""
    try:
        return _DECODER.raw_decode(page, start)[0]
    except json.JSONDecodeError:
        # Most are JSON. Of one that never ends chompjs 1.4 would keep a copy in memory.
        depth = 0
        for token in _TOKENS.finditer(page, start):
            if token[0] in {'"', "'", "`"}:
                break
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
            if not depth:
                return chompjs.parse_js_object(page[start : token.end()])
        raise ValueError("an object that never ends") from None


def _script_nodes(script: str) -> list[Any]:
    """What a script of JSON holds: one document, or those of its list; nothing if it is broken."""
    try:
        document = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return []
    return document if isinstance(document, list) else [document]


def groups_with(
    documents: Iterable[Any], keys: Iterable[frozenset[str]]
) -> dict[str, list[dict[str, Any]]]:
    """The objects that have all keys of one of the sets, by the path on which they stand.

    A path names the keys from the top of its document (``mods.listItems[]``). What stands inside
    such an object is not looked at. A group's objects are in the order of the document.
    """
    key_sets = tuple(keys)
    groups: dict[str, list[dict[str, Any]]] = {}
    pending: list[tuple[str, Any]] = [("", document) for document in reversed([*documents])]
    while pending:
        path, node = pending.pop()
        if isinstance(node, list):
            pending += [(f"{path}[]", part) for part in reversed(node)]
        elif isinstance(node, dict):
            if any(key_set <= node.keys() for key_set in key_sets):
                groups.setdefault(path, []).append(node)
            else:
                below = [(f"{path}.{key}".lstrip("."), part) for key, part in node.items()]
                pending += reversed(below)
    return groups


def script_documents(response: TextResponse) -> list[Any]:
    """The JSON of a body, or all JSON objects and lists that stand in the scripts of a page."""
    if is_json(response):
        document = first_json(response.text)
        return [] if document is None else [document]
    scripts = response.xpath("//script/text()").getall()
    return [document for script in scripts for document in _json_in(script)]


def _json_in(script: str) -> Iterator[Any]:
    """The JSON objects and lists of a script that are not empty, one behind the other."""
    position = 0
    for _ in range(_MOST_TRIES):
        if (opening := _OPENING.search(script, position)) is None:
            return
        try:
            document, position = _DECODER.raw_decode(script, opening.start())
        except (ValueError, RecursionError):
            position = opening.end()
            continue
        if document:
            yield document


def first_json(text: str) -> Any:
    """The JSON that a text begins with; None where it begins with none."""
    try:
        return _DECODER.raw_decode(text.lstrip("\ufeff \t\r\n"))[0]
    except (ValueError, RecursionError):
        return None


def lists_in(documents: Iterable[Any]) -> dict[str, list[dict[str, Any]]]:
    """The lists of objects in documents, by their paths; the references of a cache in place."""
    lists: dict[str, list[dict[str, Any]]] = {}
    with contextlib.suppress(ValueError):
        pending: list[tuple[str, Any]] = [("", apollo(document)) for document in documents]
        while pending:
            path, node = pending.pop()
            if isinstance(node, dict):
                pending += [(f"{path}.{key}".lstrip("."), part) for key, part in node.items()]
            elif isinstance(node, list) and node:
                if all(isinstance(part, dict) for part in node):
                    lists.setdefault(f"{path}[]", node)
                pending += [(f"{path}[]", part) for part in node[:1]]
    return lists


def apollo(document: Any) -> Any:
    """A normalised Apollo cache with its references put in place; anything else unchanged.

    References are ``{"type": "id", "id": key}`` (Apollo 2) or ``{"__ref": key}`` (Apollo 3); one
    that leads back to itself stays as it is. Raises ``ValueError`` where a few references unfold to
    more than ``LARGEST_CACHE`` objects.
    """
    if not isinstance(document, dict) or not isinstance(document.get("ROOT_QUERY"), dict):
        return document

    cache = _Cache(document)
    return {key: cache.entity(key, frozenset()) for key in document}


class _Cache:
    """An Apollo cache whose entities are unfolded: each once, where none below leads back."""

    def __init__(self, entities: dict[str, Any]) -> None:
        self.entities = entities
        self.unfolded: dict[str, tuple[Any, int]] = {}
        """What an entity is with its references in place, and of how many objects."""
        self.objects = 0
        self.cycles = 0

    def entity(self, key: str, ancestors: frozenset[str]) -> Any:
        """What a key of the cache holds; ``ancestors`` are the keys above it."""
        if key in self.unfolded:
            node, size = self.unfolded[key]
            self.objects += size
            return node
        objects, cycles = self.objects, self.cycles
        node = self.resolved(self.entities[key], ancestors | {key})
        if self.cycles == cycles:
            self.unfolded[key] = node, self.objects - objects
        return node

    def resolved(self, node: Any, ancestors: frozenset[str]) -> Any:
        """The node with what its references name, except ``ancestors``. Raises ``ValueError``."""
        if isinstance(node, list):
            return [self.resolved(part, ancestors) for part in node]
        if not isinstance(node, dict):
            return node
        self.objects += 1
        if self.objects > LARGEST_CACHE:
            raise ValueError(f"references unfold to more than {LARGEST_CACHE:,} objects")
        key = node.get("__ref") or (node.get("type") == "id" and node.get("id"))
        if not isinstance(key, str) or key not in self.entities:
            return {name: self.resolved(part, ancestors) for name, part in node.items()}
        if key in ancestors:
            self.cycles += 1
            return node
        return self.entity(key, ancestors)
