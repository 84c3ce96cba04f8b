"""The lists of listings: their order, their pages, and what the first page shows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import filterfalse

from monitor.model import CitedPage, CrossBorder, Findings, FlaggedListing, Value

from .summary import WeekSummary
from .view import ordered_policies

# How many listings of each list the first page shows, and how many a further page holds.
SHOWN = {
    "evidence": 30,
    "compared": 6,
    "waiting": 6,
    "suspected": 6,
    "imported": 6,
    "gone": 12,
    "unplanned": 12,
}
PAGE_SIZE = 250
_STATUSES = tuple(CrossBorder)

ListingLists = Mapping[str, tuple[FlaggedListing, ...]]


class ListingPage(Value):
    """A further page of a long list: ``number`` of ``pages``, both counted from 1.

    ``start`` is the number of its first listing within the list, ``file`` its file name.
    """

    kind: str
    number: int
    pages: int
    start: int
    listings: tuple[FlaggedListing, ...]
    file: str


class PlatformEvidence(Value):
    """A platform's part of the evidence: its size, where it begins, what the first page shows."""

    platform: str
    total: int
    confirmed: int
    start: int
    shown: tuple[FlaggedListing, ...]


def listing_lists(findings: Findings, summary: WeekSummary) -> ListingLists:
    """Every list of an edition's listings by its kind, in the order of the page.

    The evidence stands by platform in the order of the summary, of each platform what is confirmed
    first, then by policy and score; pages outside the plan begin with what is cross-border. What a
    platform shows that marketplaces are only ``compared`` with is no evidence, and apart.
    """
    references = {platform.id for platform in findings.platforms if platform.is_reference}
    platforms = {platform.finding.id: rank for rank, platform in enumerate(summary.platforms)}
    policies = {policy.id: rank for rank, policy in enumerate(ordered_policies(findings.policies))}

    def order(entry: FlaggedListing) -> tuple[int, str, bool, int, float]:
        """The sort key of an entry of the evidence."""
        platform = entry.listing.platform
        policy = min((policies.get(name, len(policies)) for name in entry.policies), default=99)
        score = -entry.classification.cross_border_score
        rank = platforms.get(platform, len(platforms))
        return rank, platform, not entry.confirmed, policy, score

    def status(entry: FlaggedListing) -> int:
        """The sort key of an entry outside the plan."""
        return _STATUSES.index(entry.classification.cross_border)

    def is_compared(entry: FlaggedListing) -> bool:
        """Whether the entry is of a platform that others are compared with."""
        return entry.listing.platform in references

    flagged = sorted(findings.listings, key=order)
    return {
        "evidence": tuple(filterfalse(is_compared, flagged)),
        "compared": tuple(filter(is_compared, (*flagged, *findings.gone))),
        "waiting": findings.waiting,
        "suspected": findings.suspected,
        "imported": findings.imported,
        "gone": tuple(filterfalse(is_compared, findings.gone)),
        "unplanned": tuple(sorted(findings.unplanned_listings, key=status)),
    }


def evidence_by_platform(evidence: Sequence[FlaggedListing]) -> tuple[PlatformEvidence, ...]:
    """The evidence a platform, each with its share of what the first page has room for."""
    groups: dict[str, list[FlaggedListing]] = {}
    for entry in evidence:
        groups.setdefault(entry.listing.platform, []).append(entry)
    room = max(5, SHOWN["evidence"] // max(1, len(groups)))
    if len(evidence) <= SHOWN["evidence"]:
        room = SHOWN["evidence"]
    parts, start = [], 1
    for platform, entries in groups.items():
        part = PlatformEvidence(
            platform=platform,
            total=len(entries),
            confirmed=sum(entry.is_proven for entry in entries),
            start=start,
            shown=tuple(entries[:room]),
        )
        parts.append(part)
        start += len(entries)
    return tuple(parts)


def result_page_of(entry: FlaggedListing) -> CitedPage:
    """The result page that an entry was seen on; an older edition tells only its hash and place."""
    return entry.result_page or CitedPage(sha256=entry.sha256, archive=entry.evidence)


def page_of(number: int) -> int:
    """The page of a long list, counted from 1, that holds its listing ``number``."""
    return (number - 1) // PAGE_SIZE + 1


def page_file(kind: str, page: int, lang: str) -> str:
    """The file name of a page of a long list."""
    return f"{kind}-{page}.{lang}.html"


def listing_pages(
    kind: str, listings: Sequence[FlaggedListing], lang: str
) -> tuple[ListingPage, ...]:
    """The further pages of a list that is too long for the first page; none where it is short."""
    if len(listings) <= SHOWN[kind]:
        return ()
    pages = page_of(len(listings))
    return tuple(
        ListingPage(
            kind=kind,
            number=number,
            pages=pages,
            start=(number - 1) * PAGE_SIZE + 1,
            listings=tuple(listings[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
            file=page_file(kind, number, lang),
        )
        for number in range(1, pages + 1)
    )
