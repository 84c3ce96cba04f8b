"""What a home holds of one seller: its store, and the editions whose documents name an offer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from monitor.model import Findings, Value
from monitor.operate.publication import edition_number
from monitor.store import Store
from monitor.store.sellers import StoredSeller


class SellerEdition(Value):
    """An edition that names offers of a seller: how many it lists, and how many are cases."""

    week: str
    edition: str
    offers: int
    cases: int


class SellerAnswer(Value):
    """The answer to a seller who asks what is held: the store's record, and the editions."""

    record: StoredSeller
    editions: tuple[SellerEdition, ...]

    @property
    def lines(self) -> Iterator[str]:
        """The answer in lines of text, a kind of data a line; offers and pages only counted."""
        record = self.record
        pages = record.pages
        shared = sum(page.is_shared for page in pages)
        yield f"platform: {record.platform}"
        yield f"ids: {', '.join(record.ids) or 'none shown'}"
        yield f"names: {', '.join(record.names) or 'none shown'}"
        yield f"weeks: {' to '.join(dict.fromkeys(record.weeks)) or 'no page told its time'}"
        yield f"offers: {len(record.items)}, in {len(record.contents)} contents"
        yield f"positions on result pages: {sum(count for _, count, *_ in record.contents)}"
        yield f"pages kept as evidence: {len(pages)}, {shared} of them show other sellers, too"
        yield f"labels of people: {record.labels}"
        yield f"entries about cases: {record.events}"
        for edition in self.editions:
            yield (
                f"edition {edition.week} {edition.edition}: names {edition.offers} offers,"
                f" {edition.cases} cases"
            )


def answer_seller(store: Store, platform: str, seller: str) -> SellerAnswer | None:
    """What is held of a seller, by the platform's id or the name as shown; None where nothing is.

    Editions are read one after the other, so that years of them need no more memory than one.
    """
    record = store.sellers.record(platform, seller)
    if record is None:
        return None
    return SellerAnswer(record=record, editions=tuple(_editions(store, record)))


def _editions(store: Store, record: StoredSeller) -> Iterator[SellerEdition]:
    keys = {(record.platform, item) for item in record.items}
    for week, kind, as_of in store.editions.all():
        findings = store.editions.latest(week, kind, as_of)
        if findings is None:
            continue
        offers = keys & _named_offers(findings)
        cases = sum(case.listing_key in keys for case in findings.cases)
        if offers or cases:
            number = edition_number(store, findings)
            yield SellerEdition(
                week=week,
                edition=kind if number == 1 else f"{kind}-{number}",
                offers=len(offers),
                cases=cases,
            )


def _named_offers(findings: Findings) -> set[tuple[str, str]]:
    """The platforms and items that an edition lists, in whatever list."""
    lists = (
        findings.listings, findings.suspected, findings.imported, findings.gone,
        findings.unplanned_listings, findings.waiting, findings.used_clothing,
    )  # fmt: skip
    return {(entry.listing.platform, entry.listing.item_id) for entry in chain(*lists)}
