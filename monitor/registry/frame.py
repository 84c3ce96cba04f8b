"""Entries of the frame, written as lists of words, and the URLs they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote

import msgspec

from monitor.model import Cluster, Entry, EntryKind, PlannedUnit, Stratum, Value
from monitor.registry.values import Platform


class EntryList(Value):
    """Entries that share cluster, stratum and kind: one for each query on each platform.

    A keyword is what a shopper types; a category is the path that ``{query}`` stands for in the
    platform's URL template. ``weight`` is each entry's weight in the mean over the frame.
    """

    cluster: Cluster
    stratum: Stratum
    platforms: tuple[str, ...]
    queries: tuple[str, ...]
    kind: EntryKind = EntryKind.keyword
    core: bool = False
    weight: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)] = 1.0
    pages: Annotated[int, msgspec.Meta(ge=1)] = 1


def expand(lists: Iterable[EntryList]) -> tuple[Entry, ...]:
    """The entries, by platform and in the order of the file."""
    entries = [
        Entry(
            id=entry_id(entry_list.kind, query),
            platform=platform,
            cluster=entry_list.cluster,
            stratum=entry_list.stratum,
            kind=entry_list.kind,
            query=query,
            weight=entry_list.weight,
            core=entry_list.core,
            pages=entry_list.pages,
        )
        for entry_list in lists
        for platform in entry_list.platforms
        for query in entry_list.queries
    ]
    return tuple(sorted(entries, key=lambda entry: entry.platform))


def entry_id(kind: EntryKind, query: str) -> str:
    """``kata-batik-tulis`` for a keyword; categories and feeds say so in front."""
    prefix = {EntryKind.keyword: "kata", EntryKind.category: "kategori", EntryKind.feed: "feed"}
    return f"{prefix[kind]}-{slug(query)}"


def slug(words: str) -> str:
    """Lower-case words joined by hyphens, as platforms write them in paths."""
    return "-".join(re.findall(r"[^\W_]+", words.lower()))


def page_url(platform: Platform, kind: EntryKind, query: str, page: int) -> str:
    """URL of result page ``page`` (from 1); raises ``KeyError`` without a template of the kind."""
    return _filled(platform, platform.url_templates[kind], kind, query, page)


def other_urls(platform: Platform, kind: EntryKind, query: str, page: int) -> tuple[str, ...]:
    """Further URLs under which a shopper's browser meets that page."""
    templates = platform.other_url_templates.get(kind, ())
    return tuple(_filled(platform, template, kind, query, page) for template in templates)


def visit_url(platform: Platform, unit: PlannedUnit) -> str:
    """The address at which a person opens a unit: its own, or the page that asks an interface."""
    if "/api/" not in unit.url:
        return unit.url
    return next(iter(other_urls(platform, unit.kind, unit.query, unit.page)), unit.url)


def _filled(platform: Platform, template: str, kind: EntryKind, query: str, page: int) -> str:
    """A URL template filled for result page ``page`` (from 1) of a query."""
    return template.format(
        query=quote(query, safe="/" if kind is EntryKind.category else ""),
        slug=quote(slug(query)),
        id=quote(query.rpartition("/")[2]),
        page=page,
        page0=page - 1,
        start=(page - 1) * platform.page_size,
        size=platform.page_size,
    )
