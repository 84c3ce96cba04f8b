"""A payload is parsed once a page, however many readers ask for it."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chompjs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from monitor.config import Config
from monitor.crawl.documents import _DECODER, apollo, documents
from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.process import config_bytes
from monitor.crawl.spider import load_spiders
from tests.crawl.site import WEEK, Planned, Site

SPIDERS = load_spiders()
PAGES = Path(__file__).resolve().parent.parent / "pages"
CASES = sorted(
    path
    for path in PAGES.glob("*/*")
    if path.suffix in {".json", ".html"} and not path.name.endswith(".expected.json")
)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str | bytes]:
    """Counts how often the decoders, which still decode, were given each text."""
    counts: Counter[str | bytes] = Counter()

    def counting(decode: Callable[..., Any]) -> Callable[..., Any]:
        def decoded(text: str | bytes, *arguments: Any, **options: Any) -> Any:
            counts[text[sum(arguments) :]] += 1
            return decode(text, *arguments, **options)

        return decoded

    monkeypatch.setattr(json, "loads", counting(json.loads))
    monkeypatch.setattr(chompjs, "parse_js_object", counting(chompjs.parse_js_object))
    monkeypatch.setattr(_DECODER, "raw_decode", counting(_DECODER.raw_decode))
    return counts


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_judging_a_page_parses_each_of_its_documents_once(
    path: Path, parsed: Counter[str | bytes]
) -> None:
    response = HtmlResponse("https://saved.example/", body=path.read_bytes())
    spider = SPIDERS[path.parent.name]
    judge(spider, response)
    judge_item(spider, response)
    assert set(parsed.values()) <= {1}
    assert parsed or path.suffix == ".html"


def test_a_broken_payload_is_not_parsed_again(parsed: Counter[str | bytes]) -> None:
    response = HtmlResponse("https://saved.example/", body=b'{"items": [')
    assert str(judge(SPIDERS["shopee"], response).reason).startswith("document: cannot be read")
    assert list(parsed.values()) == [1]


@pytest.mark.parametrize(
    "body", [b'{"a":', b"[" * 100_000, (PAGES / "lazada/catalogue.json").read_bytes()]
)
def test_a_page_that_was_judged_is_let_go(body: bytes) -> None:
    response = HtmlResponse("https://x.example/", body=body)
    judge(SPIDERS["lazada"], response)
    kept = weakref.ref(response)
    del response
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize(
    ("script", "read"),
    [
        ('{"a": [1, "}"]};f()', {"a": [1, "}"]}),
        ('{a: \'{\', b: `]`, c: "\\"}"};f()', {"a": "{", "b": "]", "c": '"}'}),
        ("[{'a': 1}, {a: [2]}]\n", [{"a": 1}, {"a": [2]}]),
    ],
)
def test_an_object_ends_where_its_brackets_do(script: str, read: object) -> None:
    page = HtmlResponse("https://x.example/", body=f"<script>w.d = {script}</script>".encode())
    assert documents(page, ["w.d"]) == [read]


@pytest.mark.parametrize("script", ['{"a": [1', "{a: '}", '{"a": "b', "[{]"])
def test_an_object_that_never_ends_is_broken(script: str) -> None:
    page = HtmlResponse("https://x.example/", body=f"<script>w.d={script}</script>".encode())
    with pytest.raises(ValueError, match="never ends"):
        documents(page, ["w.d"])


def test_another_response_is_parsed_anew() -> None:
    pages = [HtmlResponse("https://a.example/", body=body) for body in (b'{"a": 1}', b'{"a": 2}')]
    assert [documents(page) for page in pages] == [[{"a": 1}], [{"a": 2}]]


RUN = """
import json, sys
from pathlib import Path
import chompjs
from monitor.crawl.child import crawl_platform
from monitor.crawl.process import config_from
texts = []
def counting(decode):
    def decoded(text, *arguments, **options):
        texts.append(text)
        return decode(text, *arguments, **options)
    return decoded
json.loads = counting(json.loads)
chompjs.parse_js_object = counting(chompjs.parse_js_object)
config = config_from(Path(sys.argv[1]).read_bytes())
crawl_platform(config, "lazada", sys.argv[2], lambda event: None)
print(sum(b"listItems" in str(text).encode() for text in texts), len(texts) - len(set(texts)))
"""


def test_a_run_parses_each_page_once(
    site: Site, config: Config, planned: Planned, tmp_path: Path
) -> None:
    words = ["batik", "hijab", "kain"]

    planned(words)
    (tmp_path / "config.json").write_bytes(config_bytes(config))
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "config.json"), WEEK],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [str(len(words)), "0"]


def test_references_that_unfold_without_end_are_refused() -> None:
    """Nine levels of ten references each are a billion objects, in 6 KB."""
    nodes = {
        f"n{level}": {f"k{link}": {"__ref": f"n{level + 1}"} for link in range(10)}
        for level in range(9)
    }
    with pytest.raises(ValueError, match="unfold to more than 200,000 objects"):
        apollo({"ROOT_QUERY": {"a": {"__ref": "n0"}}, **nodes})


def unfolded(document: Any, node: Any, ancestors: frozenset[str]) -> Any:
    """The node with what its references name, each unfolded anew."""
    if isinstance(node, list):
        return [unfolded(document, part, ancestors) for part in node]
    if not isinstance(node, dict):
        return node
    key = node.get("__ref")
    if key in document:
        return node if key in ancestors else unfolded(document, document[key], ancestors | {key})
    return {name: unfolded(document, part, ancestors) for name, part in node.items()}


KEYS = st.sampled_from(["ROOT_QUERY", "A", "B", "C", "D"])
PART = st.recursive(
    st.integers(0, 2) | st.fixed_dictionaries({"__ref": KEYS | st.just("gone")}),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from("xyz"), part),
    max_leaves=5,
)
NODE = st.dictionaries(st.sampled_from("xyz"), PART, max_size=3)


@given(st.dictionaries(KEYS, NODE, max_size=5), NODE)
def test_references_are_put_in_place_as_if_each_were_unfolded_anew(
    document: dict[str, Any], root: dict[str, Any]
) -> None:
    document["ROOT_QUERY"] = root
    assert apollo(document) == {
        key: unfolded(document, node, frozenset({key})) for key, node in document.items()
    }
