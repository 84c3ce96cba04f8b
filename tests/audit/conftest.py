"""A store with a week that was crawled, screened and drawn, and the pages served over it."""

import hashlib
import shutil
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn
from msgspec.structs import replace
from starlette.applications import Starlette

from monitor.model import (
    Answer,
    AuditSample,
    Classification,
    Cluster,
    CrossBorder,
    DetailVisit,
    EntryKind,
    Label,
    LabelKind,
    Listing,
    Origin,
    Plan,
    PlannedUnit,
    ResponseRecord,
    SampledListing,
    SampledPage,
    Stratum,
    UnitState,
)
from monitor.registry import Registry, load_registry
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from monitor.web import Site, invite
from monitor.web import create_app as create_site_app
from monitor.web.audit import LabelPages
from monitor.web.audit.pages import page_order

REGISTRY = load_registry()
WEEK = "2026-W47"
MONDAY = datetime(2026, 11, 16, 15, tzinfo=UTC)
GOODS = [
    ("Mukena katun Jepang motif bunga, tas senada", "Fashion > Muslim > Mukena", "189000"),
    ("Batik tulis lasem asli pewarna alam", "Fashion > Batik", "1250000"),
    ("Keripik tempe sagu 250 g", "Makanan > Camilan", "18500"),
    ("Tas rotan bulat anyaman Bali", "Kerajinan > Anyaman", "96000"),
]


def listing(number: int, platform: str = "lazada") -> Listing:
    title, category, price = GOODS[number % 4]
    abroad = number % 3 == 0
    return Listing(
        platform=platform,
        item_id=str(7_000_000_000 + number),
        title=f"{title} {number}",
        price=Decimal(price),
        currency="IDR",
        seller_id=str(number),
        seller_name="Guangzhou Fashion Store" if abroad else "Toko Berkah Solo",
        official_store=False,
        ship_from="Luar Negeri" if abroad else "Kota Surakarta",
        ship_from_country="CN" if abroad else "ID",
        cross_border_flag=True if abroad else None,
        category_path=category,
        rating=4.7,
        sold=1200 + number,
    )


def unit(
    number: int, platform: str = "lazada", cluster: Cluster = Cluster.textile_fashion
) -> PlannedUnit:
    return PlannedUnit(
        id=f"{WEEK}/{platform}/kata-{number}/1",
        week=WEEK,
        platform=platform,
        cluster=cluster,
        stratum=Stratum.head,
        entry_id=f"kata-{number}",
        kind=EntryKind.keyword,
        query=f"kata {number}",
        page=1,
        url=f"https://www.lazada.co.id/catalog/?q=kata+{number}&page=1",
        position=number,
        probability=1.0,
    )


def png(width: int = 40, height: int = 30) -> bytes:
    """A small picture of two colours."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\xd0\x20\x20" * (width // 2) * 2 for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def received(body: str) -> ResponseRecord:
    return ResponseRecord(
        url="https://www.lazada.co.id/",
        size=len(body),
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        status=200,
    )


def fill(
    store: Store,
    evidence: Path,
    listings: int = 24,
    budget: int = 20,
    platform: str = "lazada",
    cluster: Cluster = Cluster.textile_fashion,
) -> AuditSample:
    """Four pages of offers, a third of them foreign; own pages of all drawn but one visited."""
    offers = [listing(number, platform) for number in range(listings)]
    units = tuple(unit(number, platform, cluster) for number in range(4))
    store.plans.save(Plan(week=WEEK, frame_version="f", seed=1, drawn_at=MONDAY, units=units))
    run = store.runs.start("crawl", Origin.live, MONDAY, week=WEEK)
    for number, each in enumerate(units):
        store.pages.save(
            run,
            SampledPage(
                platform=platform,
                url=each.url,
                state=UnitState.sampled,
                origin=Origin.live,
                unit_id=each.id,
                observed_at=MONDAY,
                received=received(f"page {number}"),
                listings=tuple(offers[number::4]),
                parser="1",
            ),
        )
    store.classifications.save(
        (
            row,
            Classification(
                cluster=Cluster.textile_fashion,
                cluster_score=0.9,
                cross_border=CrossBorder.cross_border if one.cross_border_flag else
                CrossBorder.domestic,
                cross_border_score=0.987654,
                classifier="c1",
            ),
        )
        for row, one in list(store.classifications.pending("c1"))
    )  # fmt: skip
    store.screens.freeze(WEEK, "c1")
    draw = draw_audit(
        store.screens.of_week(WEEK), week=WEEK, seed=1, drawn_at=MONDAY, budget=budget
    )
    store.audit_samples.save(draw)
    picture = evidence / WEEK / "own.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(png())
    by_id = {offer.item_id: offer for offer in offers}
    for number, item in enumerate(draw.items):
        store.visits.save(run, visit(by_id[item.item_id], number))
    return draw


def visit(offer: Listing, number: int) -> DetailVisit:
    gone = number == 3
    return DetailVisit(
        platform=offer.platform,
        item_id=offer.item_id,
        url=f"https://www.lazada.co.id/products/i{offer.item_id}.html",
        week=WEEK,
        state=UnitState.blocked if gone else UnitState.sampled,
        origin=Origin.live,
        visited_at=MONDAY,
        received=received(f"own {number}"),
        screenshot=None if gone else f"{WEEK}/own.png",
        screenshot_sha256=None if gone else hashlib.sha256(png()).hexdigest(),
        listing=None if gone else replace(offer, brand="Tanpa Merek", sold=None),
    )


def create_app(
    store: Store,
    week: str,
    evidence: Path,
    registry: Registry,
    final_release: Callable[[], datetime | None] = lambda: None,
) -> Starlette:
    """The pages with the labelling room alone."""
    site = Site(store)
    labels = LabelPages(site, registry, evidence, lambda: week, lambda week: final_release())
    labels.drawn()
    site.rooms = (labels,)
    return create_site_app(site)


class Audit(NamedTuple):
    """A week ready for labelling."""

    store: Store
    draw: AuditSample
    evidence: Path


def page_number(audit: Audit, place: int) -> int:
    """The number by which addresses name the listing at a place of the draw."""
    return page_order(audit.draw).index(audit.draw.items[place])


def place_of(audit: Audit, number: str | None) -> int:
    """The place in the draw of the listing that a page shows under a number; -1 for none."""
    return -1 if number is None else audit.draw.items.index(page_order(audit.draw)[int(number)])


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with a platform's store and its evidence, made once."""

    @cache
    def make(platform: str) -> Path:
        folder = tmp_path_factory.mktemp("audit")
        with Store.open(f"sqlite:///{folder / 'pantau.db'}") as store:
            fill(store, folder / "evidence", platform=platform)
        return folder

    return make


@pytest.fixture
def platform() -> str:
    """Whose listings are audited; a test that needs another platform is parametrized with it."""
    return "lazada"


@pytest.fixture
def audit(tmp_path: Path, filled: Callable[[str], Path], platform: str) -> Iterator[Audit]:
    folder = shutil.copytree(filled(platform), tmp_path / "home")
    with Store.open(f"sqlite:///{folder / 'pantau.db'}") as store:
        draw = store.audit_samples.of_week(WEEK)
        assert draw is not None
        yield Audit(store, draw, folder / "evidence")


Say = Callable[..., Label]


@pytest.fixture
def say(audit: Audit) -> Say:
    """Appends an answer about a drawn item."""

    def append(
        who: str,
        item: SampledListing,
        answer: str,
        kind: str = "first",
        *,
        minute: int = 0,
        cluster: Cluster = Cluster.crafts,
        category: str | None = None,
    ) -> Label:
        platform, item_id, version = item.key
        label = Label(
            platform=platform,
            item_id=item_id,
            version=version,
            week=WEEK,
            annotator=who,
            kind=LabelKind(kind),
            at=datetime(2026, 11, 23, 1, minute, tzinfo=UTC),
            answer=Answer(answer),
            cluster=cluster,
            category=category,
        )
        audit.store.labels.append(label)
        return label

    return append


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The address of pages on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def served(audit: Audit) -> Iterator[str]:
    """The address of the pages over ``audit``."""
    with serving(create_app(audit.store, WEEK, audit.evidence, REGISTRY)) as address:
        yield address


@pytest.fixture
def links(audit: Audit, served: str) -> dict[str, str]:
    """Personal links of two annotators."""
    return {name: invite(audit.store, name, served) for name in ("Ani", "Budi")}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine; apt-get install chromium")
    return found
