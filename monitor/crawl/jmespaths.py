"""JMESPaths (https://jmespath.org) as Python functions: a week's pages ask them a million times."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial, reduce
from itertools import chain
from typing import Any

import jmespath
from jmespath.parser import ParsedResult

Find = Callable[[Any], Any]
"""Takes a document and returns what an expression finds in it."""


class _Functions(jmespath.functions.Functions):  # type: ignore[misc]
    @jmespath.functions.signature({"types": [], "variadic": True})  # type: ignore[untyped-decorator]
    def _func_merge(self, *parts: Any) -> dict[str, Any]:
        """The objects among ``parts`` in one; one odd node of a page must not lose the others."""
        return {key: part[key] for part in parts if isinstance(part, dict) for key in part}


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def search(path: str, document: Any) -> Any:
    """What a JMESPath finds in a document.

    Raises ``ValueError`` where the document holds other types than the expression needs.
    """
    return finder(path)(document)


@cache
def finder(path: str) -> Find:
    """A function that finds in a document what a JMESPath finds, as ``search`` does.

    All but function calls, ``!``, slices and comparisons of order is compiled to Python. Raises
    ``TypeError`` for what is no JMESPath.
    """
    try:
        parsed = jmespath.compile(path).parsed
    except jmespath.exceptions.JMESPathError as error:
        raise TypeError(f"{path}: is no JMESPath: {error}") from error
    return _compiled(parsed)


def names_in(path: str) -> frozenset[str]:
    """The names in a JMESPath: those of its keys, and more that do no harm."""
    return frozenset(re.findall(r"[^\W\d]\w*", path))


def _compiled(node: dict[str, Any]) -> Find:
    """A node of a parsed JMESPath as a function; one of a kind that is rare is interpreted."""
    kind, operand = node["type"], node.get("value")
    compiler = _COMPILERS.get(f"{kind} {operand}" if kind == "comparator" else kind)
    if compiler is None:
        return partial(_interpreted, ParsedResult(kind, node))
    return compiler(operand, *map(_compiled, node.get("children", ())))


def _interpreted(expression: ParsedResult, document: Any) -> Any:
    try:
        return expression.search(document, options=_OPTIONS)
    except jmespath.exceptions.JMESPathTypeError as error:
        raise ValueError(f"unexpected type: {error}") from error


def _is_something(value: Any) -> bool:
    """Whether JMESPath takes it for true: anything but null, false and what is empty."""
    return bool(value or (value == 0 and value is not False))


def _field(key: str) -> Find:
    return lambda document: document.get(key) if isinstance(document, dict) else None


def _index(index: int) -> Find:
    def find(document: Any) -> Any:
        exists = isinstance(document, list) and -len(document) <= index < len(document)
        return document[index] if exists else None

    return find


def _chain(_: None, first: Find, *others: Find) -> Find:
    return reduce(_then, others, first)


def _then(first: Find, second: Find) -> Find:
    return lambda document: second(first(document))


def _either(_: None, first: Find, second: Find) -> Find:
    def find(document: Any) -> Any:
        value = first(document)
        return value if _is_something(value) else second(document)

    return find


def _both(_: None, first: Find, second: Find) -> Find:
    def find(document: Any) -> Any:
        value = first(document)
        return second(document) if _is_something(value) else value

    return find


def _comparison(operator: str, first: Find, second: Find) -> Find:
    def find(document: Any) -> bool:
        """Whether both find the same, or not the same; 1 is not true, nor 0 false."""
        left, right = first(document), second(document)
        is_same = bool(left == right) and isinstance(left, bool) == isinstance(right, bool)
        return is_same == (operator == "eq")

    return find


def _projection(_: None, base: Find, part: Find, condition: Find = lambda element: True) -> Find:
    def find(document: Any) -> list[Any] | None:
        """The part of each element that meets the condition, without nulls; None of no list."""
        elements = base(document)
        if not isinstance(elements, list):
            return None
        parts = (part(element) for element in elements if _is_something(condition(element)))
        return [value for value in parts if value is not None]

    return find


def _flatten(_: None, base: Find) -> Find:
    def find(document: Any) -> list[Any] | None:
        """The elements of a list, those of lists in it in their place; None of no list."""
        elements = base(document)
        if not isinstance(elements, list):
            return None
        parts = (element if isinstance(element, list) else [element] for element in elements)
        return [*chain.from_iterable(parts)]

    return find


_COMPILERS: dict[str, Callable[..., Find]] = {
    "field": _field,
    "current": lambda _: lambda document: document,
    "identity": lambda _: lambda document: document,
    "literal": lambda literal: lambda document: literal,
    "index": _index,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "or_expression": _either,
    "and_expression": _both,
    "comparator eq": _comparison,
    "comparator ne": _comparison,
    "projection": _projection,
    "filter_projection": _projection,
    "flatten": _flatten,
}
"""How a kind of node is compiled, from its value and what its children compile to."""
