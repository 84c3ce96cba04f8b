"""The lists of listings: their order, and the explorer that shows them all in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import filterfalse, groupby, islice
from typing import NamedTuple

from monitor.model import (
    CitedPage,
    Cluster,
    CrossBorder,
    Findings,
    FlaggedListing,
    Listing,
    Question,
    Value,
    to_json,
)

from .edition_messages import EditionMessages
from .messages import shorten
from .summary import WeekSummary
from .view import ordered_policies

PROVEN_SHOWN = 3  # confirmed offers of each platform that the first page shows
PART_SIZE = 250  # offers that a part of the explorer holds
PART_BYTES = 1_900_000  # of a file that the explorer's script reads; a part is to stay below 2 MB
_STATUSES = tuple(CrossBorder)

ListingLists = Mapping[str, tuple[FlaggedListing, ...]]


class ExplorerOffer(NamedTuple):
    """An entry of the explorer: its ``number`` from 1, and the ``kind`` of list it stands in."""

    number: int
    kind: str
    entry: FlaggedListing

    @property
    def state(self) -> str:
        """Its kind; of the evidence ``confirmed``, ``judged`` or ``flagged``, and of used clothing
        the same with ``used_`` before it."""
        if self.kind not in {"evidence", "used_clothing"}:
            return self.kind
        judged = "judged" if self.entry.confirmed else "flagged"
        state = "confirmed" if self.entry.is_proven else judged
        return state if self.kind == "evidence" else f"used_{state}"


class OffersPart(Value):
    """A part of the explorer: ``number`` of ``parts``, both counted from 1, and its file name."""

    number: int
    parts: int
    offers: tuple[ExplorerOffer, ...]
    file: str


class PlatformEvidence(Value):
    """A platform's part of the evidence: its size, and what the first page shows of it."""

    platform: str
    total: int
    confirmed: int
    shown: tuple[ExplorerOffer, ...]


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
        "used_clothing": tuple(sorted(findings.used_clothing, key=order)),
    }


def evidence_by_platform(evidence: Iterable[FlaggedListing]) -> tuple[PlatformEvidence, ...]:
    """The evidence a platform; the first page shows some of its offers that are proven."""
    offers = (ExplorerOffer(number, "evidence", entry) for number, entry in enumerate(evidence, 1))
    groups = groupby(offers, key=lambda offer: offer.entry.listing.platform)
    parts = []
    for platform, group in groups:
        of_platform = tuple(group)
        proven = tuple(offer for offer in of_platform if offer.entry.is_proven)
        part = PlatformEvidence(
            platform=platform,
            total=len(of_platform),
            confirmed=len(proven),
            shown=proven[:PROVEN_SHOWN],
        )
        parts.append(part)
    return tuple(parts)


def shown_cluster(entry: FlaggedListing) -> Cluster:
    """The group under which the explorer finds an entry: used clothing by its question, all others
    by their goods."""
    if entry.question is Question.used_clothing:
        return Cluster.used_clothing
    return entry.judged_cluster or entry.classification.cluster


def result_page_of(entry: FlaggedListing) -> CitedPage:
    """The result page that an entry was seen on; an older edition tells only its hash and place."""
    return entry.result_page or CitedPage(sha256=entry.sha256, archive=entry.evidence)


def offers_file(lang: str, part: int = 1, kind: str = "html") -> str:
    """The file name of a part of the explorer, or of a file that its script reads (``js``)."""
    numbered = f"offers-{part}" if part > 1 or kind == "js" else "offers"
    return f"{numbered}.{kind}" if lang == "id" else f"{numbered}.{lang}.{kind}"


def offer_address(number: int, lang: str) -> str:
    """Where the explorer shows the offer ``number``."""
    return f"{offers_file(lang, (number - 1) // PART_SIZE + 1)}#offer-{number}"


def offers_parts(lists: ListingLists, lang: str) -> Iterator[OffersPart]:
    """The parts of the explorer, which holds all lists one after the other; none without offers."""
    parts = -(-sum(map(len, lists.values())) // PART_SIZE)
    offers = _all_offers(lists)
    for number in range(1, parts + 1):
        yield OffersPart(
            number=number,
            parts=parts,
            offers=tuple(islice(offers, PART_SIZE)),
            file=offers_file(lang, number),
        )


def offers_scripts(lists: ListingLists, messages: EditionMessages) -> Iterator[str]:
    """What the explorer's script reads of all offers, in files of at most 2 MB.

    A row an offer: number, platform, group, state, week first seen, title, seller, place of
    dispatch, price in words, score in percent, and what its seller is known by.
    """
    rows: list[str] = []
    size = 0
    for number, kind, entry in _all_offers(lists):
        listing, decision = entry.listing, entry.classification
        columns = (
            number,
            listing.platform,
            shown_cluster(entry),
            ExplorerOffer(number, kind, entry).state,
            entry.first_seen or "",
            shorten(listing.title),
            shorten(listing.seller_name or listing.seller_id),
            shorten(listing.ship_from),
            messages.money(listing.price, listing.currency),
            round(100 * decision.cross_border_score),
            seller_key(listing) or "",
        )
        row = to_json(columns).decode()
        size += len(row.encode()) + 2
        if size > PART_BYTES:
            yield _script(rows)
            rows, size = [], len(row.encode()) + 2
        rows.append(row)
    if rows:
        yield _script(rows)


def _script(rows: Iterable[str]) -> str:
    """A file that hands its rows to the explorer's script."""
    return "receive([\n" + ",\n".join(rows) + "\n]);\n"


def seller_key(listing: Listing) -> str | None:
    """What tells a platform's sellers apart: the id, else the name; None where neither is known."""
    seller = listing.seller_id or listing.seller_name
    return f"{listing.platform}/{shorten(seller)}" if seller else None


def _all_offers(lists: ListingLists) -> Iterator[ExplorerOffer]:
    """The entries of all lists, one after the other."""
    entries = ((kind, entry) for kind, listings in lists.items() for entry in listings)
    return (ExplorerOffer(number, kind, entry) for number, (kind, entry) in enumerate(entries, 1))
