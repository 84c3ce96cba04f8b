"""The inspection desk of a home: judges what is handed in, and enters what people were refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from msgspec.structs import replace

from monitor.config import JAKARTA, Config, PantauError, previous_week, week_of
from monitor.crawl.details import target_of
from monitor.crawl.parsing import CONTRADICTION, SOFT_BLOCK
from monitor.crawl.saved import (
    Intake,
    NoBodiesError,
    NoListingPageError,
    OnlyRefusalsError,
    SavedError,
    SavedPage,
    TooLargeError,
    keep_page,
    read_pages,
    whole_pages,
)
from monitor.crawl.spider import load_spiders
from monitor.crawl.version import PARSER
from monitor.evidence import EvidenceStore
from monitor.model import (
    Mode,
    Origin,
    OwnPage,
    Receipt,
    ReceiptKind,
    RobotsDecision,
    SampledPage,
    UnitRecord,
    UnitState,
)
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import WebError

REFUSED, NOTHING = "inspector-refused", "inspector-empty"
"""Reasons of what an inspector enters without a page."""
TAKEN_SINCE = timedelta(days=21)
"""How far back what was handed in is looked at: longer than a week can still be collected."""
_FAILURES = {
    NoBodiesError: ReceiptKind.no_bodies,
    TooLargeError: ReceiptKind.too_large,
    NoListingPageError: ReceiptKind.no_page,
    OnlyRefusalsError: ReceiptKind.check_page,
}


class InspectionDesk:
    """What inspectors are asked for, and the taking of what they bring.

    One file is judged at a time; ``inspector`` is always the number of a person.
    """

    def __init__(self, config: Config, registry: Registry, store: Store) -> None:
        self._config = config
        self._registry = registry
        self._store = store
        self.is_rehearsal = config.demo_url is not None
        self._origin = Origin.simulated if self.is_rehearsal else Origin.saved
        self._spiders = load_spiders()
        self._lock = Lock()

    def now(self) -> datetime:
        """The time of the home."""
        return self._config.now()

    def require_basis(self) -> None:
        """Refuse to open the desk of a live store without the decision that it rests on.

        Raises ``WebError`` naming the platforms that inspectors are asked for without a recorded
        legal basis today; a rehearsal needs none.
        """
        if self.is_rehearsal:
            return
        today = self.now().astimezone(JAKARTA).date()
        platforms = {record.unit.platform for record in self.worklist(week_of(self.now()))}
        lacking = [
            platform
            for platform in sorted(platforms)
            if self._registry.inspection_basis(platform, today) is None
        ]
        if lacking:
            raise WebError(
                f"{', '.join(lacking)}: no legal basis is recorded by which inspectors collect "
                "pages; record it as [[inspection_basis]] in permissions.toml"
            )

    def weeks(self) -> tuple[str, ...]:
        """The weeks whose pages are taken: this one, and the last one until its audit is drawn."""
        week = week_of(self._config.now())
        before = previous_week(week)
        is_open = self._store.plans.of_week(before) and not self._store.audit_samples.of_week(
            before
        )
        return (week, before) if is_open else (week,)

    def worklist(self, week: str) -> list[UnitRecord]:
        """What inspectors are asked for in a week, in the order of the plan."""
        return [
            record
            for record in self._store.units.of_week(week)
            if record.unit.collection.includes(Mode.inspector)
        ]

    def open_ids(self, week: str) -> frozenset[str]:
        """The units of the worklist that no inspector has met yet."""
        return frozenset(unit.id for unit in self._store.units.pending(week, mode=Mode.inspector))

    def own_pages(self) -> list[OwnPage]:
        """The drawn listings of the last week whose own pages inspectors are asked for.

        They are of platforms that inspectors collect, and none of their own pages was kept yet.
        """
        week = previous_week(week_of(self.now()))
        sample = self._store.audit_samples.of_week(week)
        if sample is None:
            return []
        visited_keys = {visit.key for visit in self._store.visits.of_week(week) if visit.listing}
        drawn = {item.observation_id: place for place, item in enumerate(sample.items)}
        pages = {}
        for observation in self._store.screens.of_observations(drawn):
            listing = observation.listing
            platform = self._registry.platforms.get(listing.platform)
            if listing.key in visited_keys or platform is None:
                continue
            target = target_of(listing, platform.detail)
            if target and platform.collection.includes(Mode.inspector):
                pages[drawn[observation.id]] = OwnPage(
                    platform=target.platform,
                    item_id=target.item_id,
                    title=listing.title,
                    url=target.url,
                )
        return [page for _, page in sorted(pages.items())]

    def answered(self) -> dict[str, int]:
        """The units that an inspector's page answers, with the inspector's number."""
        since = self._config.now() - TAKEN_SINCE
        return {
            page.unit_id: page.inspector
            for page in self._store.desk.taken(since)
            if page.unit_id and page.state.speaks and page.struck_at is None
        }

    def take(
        self,
        files: Sequence[tuple[str, Path]],
        inspector: int,
        logged_in: bool | None = None,
        *,
        robots: RobotsDecision | None = None,
        screenshot: bytes | None = None,
    ) -> list[Receipt]:
        """Judge files by their names, keep their pages without personal data; a receipt for each.

        ``robots`` is what robots.txt says of the address that was opened, ``screenshot`` a picture
        (PNG) of what it showed, where they are known. ``logged_in`` is what the inspector says,
        None where they were not asked. Nothing of a file is kept but pages of platforms. Raises
        ``PantauError`` where store or evidence cannot be written.
        """
        config, store = self._config, self._store
        weeks = self.weeks()
        versions = {"parser": PARSER}
        with (
            self._lock,
            recorded(
                store, "inspect", self._origin, week=weeks[0], versions=versions, now=config.now
            ) as run,
            EvidenceStore(config.evidence, run=run.number) as evidence,
        ):
            intake = Intake(
                spiders=self._spiders,
                platforms=self._registry.platforms,
                now=config.now(),
                store=store,
                run_id=run.number,
                evidence=evidence,
                controls=self._controls(weeks),
                origin=self._origin,
                robots=robots,
                screenshot=screenshot,
            )
            receipts = [
                receipt
                for name, path in files
                for receipt in _gathered(self._receipts(name, path, intake, inspector, logged_in))
            ]
            run.counts |= {
                "pages": sum(receipt.kind.is_taken for receipt in receipts),
                "listings": sum(receipt.listings for receipt in receipts),
            }
        return receipts

    def enter(self, unit_id: str, inspector: int, state: UnitState) -> None:
        """Enter that an inspector was refused a unit (``blocked``) or told of nothing (``empty``).

        Raises ``PantauError`` for a unit nobody is asked for or that is answered, and for
        ``empty`` while no page of the platform has shown a listing: who refuses visitors says the
        same to everybody.
        """
        weeks = self.weeks()
        records = (record for week in weeks for record in self.worklist(week))
        record = next((record for record in records if record.unit.id == unit_id), None)
        if record is None or unit_id not in self.open_ids(record.unit.week):
            raise PantauError(f"{unit_id}: is not open")
        unit = record.unit
        if state is UnitState.empty and unit.platform not in self._controls(weeks):
            raise PantauError(f"{unit.platform}: no page with listings was taken yet")
        config, store = self._config, self._store
        with recorded(
            store, "inspect", self._origin, week=unit.week, platform=unit.platform, now=config.now
        ) as run:
            page = SampledPage(
                platform=unit.platform,
                url=unit.url,
                state=state,
                origin=self._origin,
                mode=Mode.inspector,
                reason=NOTHING if state is UnitState.empty else REFUSED,
                unit_id=unit.id,
                observed_at=config.now(),
                parser=PARSER,
            )
            if (response_id := store.pages.save(run.number, page)) is not None:
                store.desk.record(response_id, unit.id, inspector, config.now())

    def _controls(self, weeks: Sequence[str]) -> frozenset[str]:
        """Platforms of which a page with listings was taken in these weeks."""
        return frozenset(
            record.unit.platform
            for week in weeks
            for record in self.worklist(week)
            if record.state is UnitState.sampled
        )

    def _receipts(
        self, name: str, path: Path, intake: Intake, inspector: int, logged_in: bool | None
    ) -> Iterator[Receipt]:
        """What became of each page of a file, or of the file."""
        weeks = self.weeks()
        try:
            pages, damage = read_pages(path, intake)
        except SavedError as error:
            kind = _FAILURES.get(type(error), ReceiptKind.broken)
            yield Receipt(file=name, kind=kind, reason=str(error))
            return
        numbered = {
            record.unit.id: (number, week)
            for week in weeks
            for number, record in enumerate(self.worklist(week), 1)
        }
        drawn_items = {(page.platform, page.item_id) for page in self.own_pages()}
        judged = {
            number: _judged(page, weeks, numbered.keys(), drawn_items)
            for number, page in _without_twins(pages).items()
        }
        kept = {
            number: page
            for number, (page, kind) in judged.items()
            if kind not in {ReceiptKind.another_week, ReceiptKind.broken}
        }
        for number, (page, kind) in judged.items():
            if number not in kept:
                yield self._receipt(name, page, kind, numbered)
        for number, page in whole_pages(path, kept):
            kind = judged[number][1]
            by = self.answered().get(page.unit.id) if page.unit else None
            if by is not None:
                yield self._receipt(name, page, ReceiptKind.here_already, numbered, by=by)
                continue
            stripped, response_id, picture = keep_page(page, intake)
            unit_id = page.unit.id if page.unit else None
            if response_id is not None:
                self._store.desk.record(
                    response_id, unit_id, inspector, self.now(), stripped, logged_in, *picture
                )
            kind = kind if response_id is not None else ReceiptKind.here_already
            yield self._receipt(name, page, kind, numbered, stripped=stripped)
        if damage:
            yield Receipt(file=name, kind=ReceiptKind.broken, reason=damage[0])

    def _receipt(
        self,
        name: str,
        page: SavedPage,
        kind: ReceiptKind,
        numbered: dict[str, tuple[int, str]],
        *,
        stripped: int = 0,
        by: int | None = None,
    ) -> Receipt:
        unit = page.unit
        number, week = numbered[unit.id] if unit else (None, None)
        return Receipt(
            file=name,
            kind=kind,
            platform=page.platform,
            unit_id=unit.id if unit else None,
            number=number,
            units=sum(other == week for _, other in numbered.values()) if week else None,
            query=unit.query if unit else None,
            page=unit.page if unit else None,
            listings=len(page.page.listings),
            stripped=stripped,
            week=week_of(page.seen) if page.seen else None,
            by=by,
            reason=page.page.reason,
        )


def _gathered(receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """The receipts of a file, one for all its pages outside the worklist of which the same became.

    A log holds what a site's scripts asked for besides, such as the next page.
    """
    alike: dict[tuple[object, ...], Receipt] = {}
    for receipt in receipts:
        key = (receipt.kind, receipt.platform, receipt.unit_id, receipt.week, receipt.reason)
        if other := alike.get(key):
            receipt = replace(
                receipt,
                pages=other.pages + receipt.pages,
                listings=other.listings + receipt.listings,
                stripped=other.stripped + receipt.stripped,
            )
        alike[key] = receipt
    # First what asks for something, last what is no page of the worklist.
    yield from sorted(alike.values(), key=_rank)


def _rank(receipt: Receipt) -> int:
    if receipt.kind in {ReceiptKind.unplanned, ReceiptKind.here_already}:
        return 2
    return int(receipt.kind.is_taken)


def _without_twins(pages: dict[int, SavedPage]) -> dict[int, SavedPage]:
    """The pages of a file, each once: a log holds a page's document beside the answers from which
    the document was made. Of each unit that which shows most, and nothing that only repeats it."""
    best: dict[str, int] = {}
    for number, page in pages.items():
        if page.unit:
            other = best.setdefault(page.unit.id, number)
            if len(page.page.listings) > len(pages[other].page.listings):
                best[page.unit.id] = number
    items = {
        number: {listing.item_id for listing in page.page.listings}
        for number, page in pages.items()
    }
    return {
        number: page
        for number, page in pages.items()
        if number in best.values()
        or not (
            page.unit
            or (items[number] and any(items[number] <= items[other] for other in best.values()))
        )
    }


def _judged(
    page: SavedPage, weeks: Sequence[str], asked: Collection[str], drawn_items: Set[tuple[str, str]]
) -> tuple[SavedPage, ReceiptKind]:
    """A page as it is kept, and what it is; only what answers a unit of the worklist keeps it."""
    state = page.page.state
    if state is UnitState.unparseable:
        contradicts = (page.page.reason or "").startswith(CONTRADICTION)
        kind = ReceiptKind.contradicts if contradicts else ReceiptKind.broken
        return page._replace(unit=None), kind
    if page.seen and week_of(page.seen) not in weeks and not page.is_item_page:
        return page._replace(unit=None), ReceiptKind.another_week
    if page.is_item_page:
        is_wanted = (page.platform, page.page.listings[0].item_id) in drawn_items
        return page, ReceiptKind.own_page if is_wanted else ReceiptKind.unplanned
    if state is UnitState.blocked:
        kind = (
            ReceiptKind.shows_nothing if page.page.reason == SOFT_BLOCK else ReceiptKind.check_page
        )
        return page._replace(unit=None), kind
    if page.seen is None:
        return page._replace(unit=None), ReceiptKind.undated
    if page.unit is None or page.unit.id not in asked:
        return page._replace(unit=None), ReceiptKind.unplanned
    empty = state is UnitState.empty
    return page, ReceiptKind.nothing_found if empty else ReceiptKind.counted
