"""Counts of searches as weights of the frame: read from a CSV, recorded, and applied to entries."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated

import msgspec
from msgspec.structs import replace

from monitor.config import PantauError
from monitor.model import Entry, EntryKind, ListWeights, Value

FILE = "searches.toml"
LARGEST = 10**12
"""Above any number of searches or results."""
_COUNT = re.compile(r"\d+|\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")


class QueryLogError(PantauError):
    """A table of counts cannot be read or used; the message says what to do."""


class QueryLog(Value):
    """How often each query was counted, by whom (``source``), up to a day (``date``)."""

    source: Annotated[str, msgspec.Meta(min_length=1)]
    date: date
    platforms: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    counts: dict[str, Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]]


def read_counts(text: str) -> dict[str, int]:
    """The counts in a CSV with the columns ``query`` and ``count`` (or ``;`` between them).

    Raises ``QueryLogError`` naming the line that is wrong.
    """
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in first else ",")
    header = [cell.strip().casefold() for cell in next(rows, [])]
    if not {"query", "count"} <= {*header}:
        raise QueryLogError("line 1: name the columns query and count")
    column, amount = header.index("query"), header.index("count")
    counts: dict[str, int] = {}
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise QueryLogError(
                f"line {rows.line_num}: {len(cells)} cells under {len(header)} columns;"
                " put words with a comma in quotes"
            )
        query, words = folded(cells[column]), cells[amount].strip()
        if not query:
            raise QueryLogError(f"line {rows.line_num}: no query; write it or take the line out")
        if not _COUNT.fullmatch(words) or (count := int(re.sub(r"\D", "", words))) > LARGEST:
            raise QueryLogError(
                f"line {rows.line_num}: {words!r:.40} is no count; write a number such as 1200"
            )
        if query in counts:
            raise QueryLogError(f"line {rows.line_num}: {query!r:.60} twice; add them up")
        counts[query] = count
    if not any(counts.values()):
        raise QueryLogError("no query with a count over 0; nothing can be weighed by it")
    return counts


def folded(query: str) -> str:
    """A query as it is compared: lower case, one space between words."""
    return " ".join(query.casefold().split())


def toml_of(log: QueryLog) -> str:
    """A log as an entry of ``searches.toml``."""

    def text(words: str) -> str:
        """Words as a TOML string."""
        return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")

    counts = "".join(f"{text(query)} = {count}\n" for query, count in log.counts.items())
    return (
        f"\n[[query_log]]\nsource = {text(log.source)}\ndate = {log.date}\n"
        f"platforms = [{', '.join(map(text, log.platforms))}]\n"
        f"[query_log.counts]\n{counts}"
    )


def weigh(
    entries: Iterable[Entry], logs: Iterable[QueryLog]
) -> tuple[tuple[Entry, ...], tuple[ListWeights, ...]]:
    """The entries with weights in proportion to counts, and where these come from.

    Of a platform the newest log counts. Within a platform and cluster the weights are 1 on average,
    to six digits. A keyword that the log does not name, or names with 0, counts as the smallest one
    that it names there, and a category page or feed as the mean; where it names none, the weights
    stay as they are.
    """
    entries = tuple(entries)
    newest: dict[str, QueryLog] = {}
    for log in sorted(logs, key=lambda log: log.date):
        newest |= dict.fromkeys(log.platforms, log)
    lists: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        lists[entry.platform, entry.cluster].append(entry)
    weights: dict[tuple[str, str], float] = {}
    sources = []
    for (platform, cluster), listed in lists.items():
        if platform not in newest:
            continue
        log = newest[platform]
        counted = {folded(query): count for query, count in log.counts.items()}
        named = {e.id: n for e in listed if (n := counted.get(folded(e.query), 0))}
        if not named:
            continue
        for entry_id, weight in _weights(listed, named):
            weights[platform, entry_id] = weight
        sources.append(
            ListWeights(
                name=f"{platform}/{cluster}",
                source=log.source,
                date=log.date,
                entries=len(listed),
                named=len(named),
            )
        )
    weighed = tuple(
        replace(entry, weight=weights.get((entry.platform, entry.id), entry.weight))
        for entry in entries
    )
    return weighed, tuple(sources)


def _weights(listed: list[Entry], named: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    """The weight of each entry of a list, of which some are ``named`` with a count over 0."""
    sizes: dict[str, float] = dict(named)
    for entry in listed:
        if entry.id not in named and entry.kind is EntryKind.keyword:
            sizes[entry.id] = min(named.values())
    mean = sum(sizes.values()) / len(sizes)
    for entry in listed:
        yield entry.id, float(f"{sizes.get(entry.id, mean) / mean:.6g}")
