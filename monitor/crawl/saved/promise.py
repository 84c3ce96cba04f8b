"""A saved page of a promise: the one document in a file, and its readable text."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from monitor.crawl.documents import is_json
from monitor.crawl.saved.formats import READERS, responses
from monitor.crawl.saved.privacy import safe_body, safe_headers, safe_url
from monitor.crawl.saved_responses import SavedError, SavedResponse

_HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "select", "head"})
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "footer"),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol"),
        *("p", "pre", "section", "table", "td", "th", "tr", "ul", "body", "figure", "figcaption"),
    )
)


class PromiseDocument(NamedTuple):
    """The document of a file without the saver's personal data, and its text in lines.

    ``stripped`` is the body to keep in place of the one saved, None where nothing was taken out.
    """

    saved: SavedResponse
    url: str | None
    headers: tuple[tuple[str, str], ...]
    stripped: bytes | None
    lines: tuple[str, ...]


def read_promise(path: Path, addresses: Iterable[str]) -> PromiseDocument:
    """The page in a file; of several documents the one at one of ``addresses``.

    Raises ``SavedError`` for a file without a page of text, with several, or that is damaged.
    """
    if not path.name.lower().endswith(tuple(READERS)):
        raise SavedError(
            f"no page of a promise: {path.suffix or 'such'} files are not read; save it as .html,"
            " .mhtml, .har or .warc"
        )
    documents: list[PromiseDocument] = []
    for entry in responses(path):
        if not isinstance(entry, SavedResponse):
            raise SavedError(f"{entry.entry} cannot be read: {entry.reason}")
        if (entry.status or 200) >= 300 or is_json(entry.as_response()):
            continue
        document = _document(entry)
        if document.lines:
            documents.append(document)
    if len(documents) > 1:
        known = {address_key(address) for address in addresses}
        documents = [d for d in documents if d.url and address_key(d.url) in known] or documents
    if not documents:
        raise SavedError("no page with text in it")
    if len(documents) > 1:
        raise SavedError(f"{len(documents)} pages in it; save the one page by itself")
    return documents[0]


def address_key(url: str) -> str:
    """An address as it is compared: without scheme, ``www.``, query and a slash at its end."""
    bare = url.partition("://")[2].partition("?")[0].partition("#")[0].removeprefix("www.")
    return bare.rstrip("/").lower()


def _document(saved: SavedResponse) -> PromiseDocument:
    body, count = safe_body(saved.body)
    response = saved.as_response()
    url = saved.url or response.xpath("//link[@rel='canonical']/@href").get()
    if url is None or "://" not in url:
        url = response.xpath("//meta[@property='og:url']/@content").get()
    text = _Text()
    text.feed(saved._replace(body=body).as_response().text)
    text.close()
    return PromiseDocument(
        saved=saved,
        url=safe_url(url) if url and url.startswith(("http://", "https://")) else None,
        headers=safe_headers(saved.headers),
        stripped=body if count else None,
        lines=text.lines,
    )


class _Text(HTMLParser):
    """The text of a page as a reader sees it, a line a block; scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._hidden: list[str] = []

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that hold anything."""
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        return tuple(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line."""
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            if tag == "body":
                self._hidden.clear()  # a head that was never closed
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A block ends a line."""
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Words that are shown; a line break in them is a space."""
        if not self._hidden:
            self._parts.append(" ".join(data.split("\n")))
