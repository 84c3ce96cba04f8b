"""A compiled JMESPath finds what the interpreter finds."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.jmespaths import search


def test_expression_that_is_none_stops_at_once() -> None:
    with pytest.raises(TypeError, match="is no JMESPath"):
        search("a[", {})


def test_a_merge_takes_the_objects_among_its_parts() -> None:
    assert search("merge(@, a, b)", {"a": 1, "b": {"a": 2}}) == {"a": 2, "b": {"a": 2}}
    assert search("[].merge(@, a)", [{"a": "x"}, {"a": {"c": 1}}]) == [
        {"a": "x"},
        {"a": {"c": 1}, "c": 1},
    ]


EXPRESSION = st.recursive(
    st.sampled_from(
        [
            "a",
            "b",
            "@",
            "[0]",
            "[-1]",
            "a[1]",
            "[].a",
            "[*].b",
            "[]",
            "[a, b]",
            "!a",
            "a == 'x'",
            "a != b",
            "[0] == `1`",
            "`0`",
        ]
    ),
    lambda part: (
        st.builds("({}) {} ({})".format, part, st.sampled_from(["||", "&&", "|", "==", "!="]), part)
        | st.builds("({})[?{}].{}".format, part, part, st.sampled_from("ab"))
        | st.builds("{}.b".format, part.filter(lambda path: path[-1] in "ab])"))
    ),
    max_leaves=6,
)
DOCUMENT = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 0.0, "", "x"]),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from("ab"), part),
)


@given(EXPRESSION, DOCUMENT)
def test_a_compiled_expression_finds_what_jmespath_finds(path: str, document: Any) -> None:
    expected = jmespath.compile(path).search(document)
    found = search(path, document)
    assert (found, type(found)) == (expected, type(expected))
