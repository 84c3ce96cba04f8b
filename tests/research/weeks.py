"""A small week in a real store, from plan to final edition, to release for research."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from monitor.config import Config, Confirmation, week_start
from monitor.model import (
    Answer,
    Cluster,
    DetailVisit,
    EditionKind,
    Label,
    LabelKind,
    Listing,
    Mark,
    Origin,
    Plan,
    PlannedUnit,
    ResponseRecord,
    SampledPage,
    Stratum,
    UnitState,
    to_json,
)
from monitor.operate.editions import draw_week, make_edition
from monitor.registry import Registry, load_registry
from monitor.store import Store
from tests.builders import planned_unit

WEEK = "2026-W45"
ENTRIES = 24
Keep = Callable[[str, str, bytes], ResponseRecord]
"""Keeps the body of a page of a platform under its address."""
CLUSTERS = {"lazada": Cluster.textile_fashion, "shopee": Cluster.crafts}
PEOPLE = ("ani", "budi")


def start_of(week: str) -> datetime:
    """When the pages of a week were met."""
    return week_start(week).astimezone(UTC) + timedelta(hours=20)


START = start_of(WEEK)


def registry() -> Registry:
    """The registry with two promises confirmed, so that they may accuse."""
    confirmed = Confirmation(by="Pejabat", on=date(2026, 1, 5))
    promises = ("lazada-2021-akar", "shopee-2023-all")
    return load_registry(confirmations=dict.fromkeys(promises, confirmed))


def invented(platform: str) -> list[Listing]:
    """Six offers a page; about one in five ships from abroad, some tell no price or seller."""
    listings = []
    for number in range(6 * ENTRIES):
        foreign = number % 5 == 0
        listings.append(
            Listing(
                platform=platform,
                item_id=f"{platform[:2]}{1000 + number}",
                title=f"Kemeja batik lengan panjang {number} Toko Rahasia-{number % 7} asli",
                price=None if number % 11 == 0 else Decimal(20_000 + 7_000 * (number % 40)),
                currency="IDR",
                seller_id=None if number % 13 == 0 else f"s{number % 7}",
                seller_name=None if number % 13 == 0 else f"Toko.Rahasia {number % 7}",
                ship_from="Tiongkok" if foreign else "Kab. Banjar",
                ship_from_country="CN" if foreign else None,
                cross_border_flag=foreign,
                brand=f"TOKO RAHASIA {number % 7}" if number % 3 else "Sarinah",
                rank=number % 6 + 1,
                sold=number,
            )
        )
    return listings


def make_week(
    folder: Path,
    listings: Mapping[str, Sequence[Listing]],
    origin: Origin = Origin.live,
    kinds: Sequence[EditionKind] = (EditionKind.provisional, EditionKind.final),
    keep: Keep | None = None,
    week: str = WEEK,
) -> Config:
    """A home whose store has editions of ``week``, made from these listings.

    ``keep`` keeps the body of a page in the evidence; without it there is none.
    """
    keep = keep or (lambda platform, url, body: received(url))
    config = Config(home=folder, database_url=f"sqlite:///{folder / 'pantau.db'}")
    known = registry()
    units = [unit for platform in listings for unit in _units(platform, week)]
    units = [replace(unit, position=number) for number, unit in enumerate(units)]
    with Store.of_home(config) as store:
        drawn_at = start_of(week) - timedelta(hours=5)
        store.plans.save(
            Plan(week=week, frame_version="f", seed=1, drawn_at=drawn_at, units=tuple(units))
        )
        run = store.runs.start("crawl", origin, start_of(week))
        for number, unit in enumerate(units):
            offers = listings[unit.platform][number % ENTRIES :: ENTRIES]
            state = UnitState.blocked if number % 12 == 5 else UnitState.sampled
            store.pages.save(run, replace(_page(unit, offers, state, keep), origin=origin))
        draw_week(config, known, store, week, 120)
        _label(store, run, origin, keep, week)
        for kind in kinds:
            make_edition(config, known, store, week, kind)
    return config


def _units(platform: str, week: str) -> list[PlannedUnit]:
    cluster = CLUSTERS.get(platform, Cluster.textile_fashion)
    return [
        planned_unit(
            number,
            id=f"{week}/{platform}/e{number}/1",
            week=week,
            platform=platform,
            cluster=cluster,
            stratum=Stratum.head if number % 2 else Stratum.tail,
            probability=1.0 if number < 16 else 0.25,
            weight=1.0 + number % 3,
        )
        for number in range(ENTRIES)
    ]


def _page(
    unit: PlannedUnit, listings: Sequence[Listing], state: UnitState, keep: Keep
) -> SampledPage:
    is_read = state is UnitState.sampled and bool(listings)
    return SampledPage(
        platform=unit.platform,
        url=unit.url,
        state=state if is_read or state is not UnitState.sampled else UnitState.empty,
        origin=Origin.live,
        unit_id=unit.id,
        reason=None if state is UnitState.sampled else "captcha",
        observed_at=start_of(unit.week),
        received=keep(unit.platform, unit.id, to_json(listings) if is_read else b"captcha"),
        listings=tuple(listings) if is_read else (),
        parser="1",
    )


def received(body: str) -> ResponseRecord:
    """A response whose body is its name."""
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    return ResponseRecord(url="https://toko.example/", size=len(body), sha256=sha256, status=200,
                          evidence=f"{sha256[:8]}.warc.gz#0")  # fmt: skip


def _label(store: Store, run: int, origin: Origin, keep: Keep, week: str) -> None:
    """Both people look at every drawn listing, and at the own page of each foreign one."""
    sample = store.audit_samples.of_week(week)
    assert sample
    at = datetime.now(UTC) - timedelta(minutes=1)
    for person in PEOPLE:
        store.annotators.invite(person, hashlib.sha256(person.encode()).hexdigest(), start_of(week))
    shown = {at.key: at.listing for at in store.screens.of_week(week)}
    visited = set()
    for order, item in enumerate(sample.items):
        listing = shown[item.key]
        foreign = bool(listing.cross_border_flag) or listing.ship_from == "China"
        if foreign and item.listing_key not in visited:
            visited.add(item.listing_key)
            store.visits.save(run, replace(_visit(listing, keep, week), origin=origin))
        answer = Answer.yes if foreign and order % 9 else Answer.no
        if order % 23 == 7:
            answer = Answer.cannot_tell
        for second, person in enumerate(PEOPLE):
            store.labels.append(
                Label(
                    platform=item.platform,
                    item_id=item.item_id,
                    version=item.version,
                    week=week,
                    annotator=person,
                    kind=LabelKind.second if second else LabelKind.first,
                    at=at + timedelta(seconds=second),
                    answer=answer,
                    cluster=item.cluster if answer is Answer.yes else None,
                    mark=Mark.dispatch if answer is Answer.yes else None,
                )
            )


def _visit(listing: Listing, keep: Keep, week: str) -> DetailVisit:
    name = f"own page of {listing.item_id}" + ("" if week == WEEK else f" in {week}")
    return DetailVisit(
        platform=listing.platform,
        item_id=listing.item_id,
        url=f"https://{listing.platform}.example/{listing.item_id}",
        week=week,
        state=UnitState.sampled,
        origin=Origin.live,
        visited_at=start_of(week) + timedelta(hours=1),
        received=keep(listing.platform, name, to_json(listing)),
        listing=listing,
        picture_hash=picture_number(listing),
    )


def picture_number(listing: Listing) -> str:
    """The number of an invented picture: one of all offers with a title."""
    return (hashlib.sha256(listing.title.encode()).hexdigest() * 3)[:160]
