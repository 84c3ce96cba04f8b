"""The lists of listings: their order, their pages, and what the first page shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.model import CrossBorder, Findings, FlaggedListing, Value

from .answer import answer
from .view import promises

SHOWN = {"evidence": 30, "suspected": 6, "imported": 6, "gone": 12, "unplanned": 12}
PAGE = 250
_STATUSES = tuple(CrossBorder)


class Chunk(Value):
    """A page of a long list of listings; ``start`` numbers its first entry from 1."""

    kind: str
    page: int
    pages: int
    start: int
    listings: tuple[FlaggedListing, ...]


def lists(findings: Findings) -> dict[str, tuple[FlaggedListing, ...]]:
    """Every list of listings by its kind, what is confirmed first."""
    return {
        "evidence": _by_platform(findings),
        "suspected": findings.suspected,
        "imported": findings.imported,
        "gone": findings.gone,
        "unplanned": tuple(sorted(findings.unplanned_listings, key=_foreign_first)),
    }


def _foreign_first(entry: FlaggedListing) -> int:
    return _STATUSES.index(entry.classification.cross_border)


def _by_platform(findings: Findings) -> tuple[FlaggedListing, ...]:
    """Platforms in the order of the answer; of each what is confirmed first, then by policy."""
    platforms = {one.platform.id: at for at, one in enumerate(answer(findings).platforms)}
    policies = {policy.id: at for at, policy in enumerate(promises(findings.policies))}

    def order(entry: FlaggedListing) -> tuple[int, str, bool, int, float]:
        named = entry.listing.platform
        first = min((policies.get(name, len(policies)) for name in entry.policies), default=99)
        sure = -entry.classification.cross_border_score
        return platforms.get(named, len(platforms)), named, not entry.confirmed, first, sure

    return tuple(sorted(findings.listings, key=order))


class EvidenceGroup(Value):
    """A platform's evidence: its size, the part the first page shows, where it begins."""

    platform: str
    total: int
    confirmed: int
    start: int
    shown: tuple[FlaggedListing, ...]

    @property
    def page(self) -> int:
        """The page of the long list on which it begins."""
        return (self.start - 1) // PAGE + 1


def evidence_groups(listings: Sequence[FlaggedListing]) -> tuple[EvidenceGroup, ...]:
    """The evidence a platform, each with its share of what the first page has room for."""
    groups: dict[str, list[FlaggedListing]] = {}
    for entry in listings:
        groups.setdefault(entry.listing.platform, []).append(entry)
    whole = len(listings) <= SHOWN["evidence"]
    room = max(5, SHOWN["evidence"] // max(1, len(groups)))
    made, start = [], 1
    for platform, entries in groups.items():
        made.append(
            EvidenceGroup(
                platform=platform,
                total=len(entries),
                confirmed=sum(entry.confirmed for entry in entries),
                start=start,
                shown=tuple(entries if whole else entries[:room]),
            )
        )
        start += len(entries)
    return tuple(made)


def chunks(kind: str, listings: Sequence[FlaggedListing]) -> Iterator[Chunk]:
    """The pages of a list that is too long for the first page; none where it is short."""
    if len(listings) <= SHOWN[kind]:
        return
    starts = range(0, len(listings), PAGE)
    for page, start in enumerate(starts, 1):
        part = tuple(listings[start : start + PAGE])
        yield Chunk(kind=kind, page=page, pages=len(starts), start=start + 1, listings=part)
