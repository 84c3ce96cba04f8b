"""Findings for the report's tests: every platform, seller and number here is invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.model import (
    AccuracyCard,
    AnnotatorErrors,
    AuditQuality,
    Case,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    Cell,
    Change,
    ChangeCounts,
    ChangedOffer,
    CitedPage,
    Classification,
    Cluster,
    CoverageRow,
    CrossBorder,
    EditionKind,
    ErrorRate,
    ErrorRow,
    Findings,
    FlaggedListing,
    Indicator,
    Listing,
    ListingState,
    ListWeights,
    Mark,
    MedianPrice,
    ModeComparison,
    ModeCounts,
    Money,
    Note,
    NumberCount,
    NumberKind,
    Origin,
    PersonErrors,
    PlatformFinding,
    PlatformReply,
    Policy,
    PolicyKind,
    PolicyScope,
    Portion,
    Prohibited,
    PromiseHistory,
    Question,
    ReasonCount,
    Relisting,
    ReplacedEdition,
    Season,
    SeasonChange,
    Sensitivity,
    SharedErrors,
    Sighting,
    SignAccuracy,
    Signal,
    SignalPrecision,
    SignalRate,
    Source,
    Stratum,
    Text,
    TrendPoint,
    UnitState,
    Unplanned,
    Verdict,
    Verification,
    Versions,
    case_id,
    from_json,
    to_json,
)
from reports.contexts import CaseRecord, PageProof

WEEK, BEFORE = "2026-W47", "2026-W46"
AS_OF = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
TEXTILE, FOOD, CRAFTS = Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts
TITLES = {
    TEXTILE: ("Gamis anak motif bunga", "Kemeja batik lengan panjang", "Kerudung voal polos"),
    FOOD: ("Permen buah kering 500 g", "Teh herbal celup", "Mi kuah pedas instan"),
    CRAFTS: ("Keranjang anyaman rotan", "Ukiran kayu meja", "Gantungan kunci rajut"),
}

MEASURED_ERRORS = AnnotatorErrors(
    since="2025-W48",
    controls=240,
    people=(
        PersonErrors(
            person=1,
            missed=ErrorRate(answered=120, wrong=3, low=0.0052, high=0.0713),
            false_yes=ErrorRate(answered=120, wrong=1, low=0.0002, high=0.0456),
        ),
        PersonErrors(
            person=2, missed=ErrorRate(answered=90, wrong=0, low=0.0, high=0.0402), false_yes=None
        ),
    ),
    pairs=(
        SharedErrors(
            people=(1, 2), controls=180, both=1, either=4, correlation=0.36, low=-0.02, high=0.8
        ),
    ),
    false_confirmations=1.24,
    false_confirmations_low=0.04,
    false_confirmations_high=17.5,
)
"""What controls say of two annotators."""
FEW_CONTROLS = AnnotatorErrors(
    since="2025-W48",
    controls=10,
    people=(PersonErrors(person=1, missed=None, false_yes=None),),
    pairs=(SharedErrors(people=(1, 2), controls=9, both=0, either=0),),
)
"""Too few controls to tell anything."""


def moment(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def policies() -> tuple[Policy, ...]:
    news = Source(
        title="Lapak Contoh menutup akses penjual luar negeri",
        publisher="Harian Rekaan",
        date=date(2021, 8, 3),
        url="https://berita.example/lapak-contoh-akar",
    )
    return (
        Policy(
            id="umpama-2021-13cat",
            title=Text(id="Umpama menutup 13 kategori", en="Umpama closes 13 categories"),
            kind=PolicyKind.promise,
            scope=PolicyScope.seller_cross_border,
            platforms=("kedai-umpama",),
            verification=Verification.press,
            sources=(replace(news, title="Umpama menutup 13 kategori"),),
            categories=("hijab", "batik", "mukena"),
            primary_for=(TEXTILE, CRAFTS),
            announced=date(2021, 5, 18),
            from_=datetime(2021, 5, 18, tzinfo=UTC),
            confirmed_by="Petugas Rekaan",
            confirmed_on=date(2026, 11, 1),
        ),
        Policy(
            id="contoh-2021-akar",
            akar=True,
            title=Text(
                id="AKAR: Lapak Contoh memblokir penjual luar negeri pada tiga kelompok barang",
                en="AKAR: Lapak Contoh blocks foreign sellers in three product groups",
            ),
            kind=PolicyKind.promise,
            scope=PolicyScope.seller_cross_border,
            platforms=("lapak-contoh",),
            verification=Verification.press,
            sources=(news,),
            clusters=(TEXTILE, FOOD, CRAFTS),
            primary_for=(TEXTILE, FOOD, CRAFTS),
            announced=date(2021, 8, 3),
            from_=datetime(2021, 8, 3, tzinfo=UTC),
            also_covered_by=("contoh-2023-all",),
            quotation="Seluruh penjual luar negeri pada tiga kelompok ini kami tutup.",
            confirmed_by="Petugas Rekaan",
            confirmed_on=date(2026, 11, 1),
        ),
        Policy(
            id="contoh-2023-all",
            title=Text(
                id="Lapak Contoh menutup semua penjualan langsung dari luar negeri",
                en="Lapak Contoh ends all direct sales from abroad",
            ),
            kind=PolicyKind.promise,
            scope=PolicyScope.seller_cross_border,
            platforms=("lapak-contoh",),
            verification=Verification.press,
            sources=(replace(news, date=date(2023, 9, 30)),),
            from_=datetime(2023, 9, 29, 17, tzinfo=UTC),
            confirmed_by="Petugas Rekaan",
            confirmed_on=date(2026, 11, 1),
        ),
        Policy(
            id="misal-nocb",
            title=Text(id="Niaga Misal tanpa lintas batas", en="Niaga Misal has no cross-border"),
            kind=PolicyKind.promise,
            scope=PolicyScope.seller_cross_border,
            platforms=("niaga-misal",),
            verification=Verification.press,
            sources=(replace(news, title="Niaga Misal: semua penjual lokal", url=None),),
            primary_for=(TEXTILE, FOOD, CRAFTS),
            from_=datetime(2023, 7, 26, tzinfo=UTC),
        ),
        Policy(
            id="rekaan-31-2023-art19",
            title=Text(
                id="Peraturan Rekaan 31/2023 Pasal 19", en="Mock Regulation 31/2023 Art. 19"
            ),
            kind=PolicyKind.regulation,
            scope=PolicyScope.price_floor,
            platforms=(),
            verification=Verification.gazette,
            sources=(replace(news, title="Naskah Peraturan Rekaan 31/2023"),),
            exempt_categories=("books",),
            primary_for=(TEXTILE,),
            price_floor=Money(amount=Decimal(100), currency="USD"),
            from_=datetime(2023, 9, 26, tzinfo=UTC),
            legal_basis="Peraturan Rekaan 31/2023",
        ),
        Policy(
            id="andai-closed",
            title=Text(id="Balai Andai berhenti beroperasi", en="Balai Andai ceases to operate"),
            kind=PolicyKind.closure,
            scope=PolicyScope.platform,
            platforms=("balai-andai",),
            verification=Verification.press,
            sources=(replace(news, title="Balai Andai tutup"),),
            from_=datetime(2023, 3, 31, tzinfo=UTC),
        ),
    )


def cell(platform: str, cluster: Cluster, policy: str, verdict: Verdict, **changes: Any) -> Cell:
    """A cell with 1,210 positions on 31 of 32 pages, unless told otherwise."""
    fields: dict[str, Any] = {
        "primary": True,
        "planned": 32,
        "sampled": 31,
        "places": 1210,
        "flagged": 0,
        "suspected": 4,
        "audited": 60,
        "confirmed": 0,
        "coverage": 31 / 32,
        "tolerance": 0.01,
        **share(None, None, None),
        **changes,
    }
    fields.setdefault("screened", fields["flagged"] + fields["suspected"])
    fields.setdefault("marked_sellers", min(fields["confirmed"], 5))
    return Cell(
        week=WEEK, platform=platform, cluster=cluster, policy=policy, verdict=verdict, **fields
    )


def counts(flagged: int, audited: int, confirmed: int) -> dict[str, Any]:
    """What was flagged, audited and confirmed in a cell."""
    return {"flagged": flagged, "audited": audited, "confirmed": confirmed}


def judged(low: float, level: float = 0.9875) -> dict[str, Any]:
    """The lower limit a cell is judged by, with its level."""
    return {"judged_low": low, "level": level}


def share(estimate: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    """A cell's estimate with its interval."""
    return {"estimate": estimate, "low": low, "high": high}


def cells() -> tuple[Cell, ...]:
    """Cells with every verdict but ``screened``."""
    up = Change(since=BEFORE, difference=0.021, low=0.004, high=0.039, significant=True)
    flat = Change(since=BEFORE, difference=-0.001, low=-0.006, high=0.004, significant=False)
    blocked = Note(code="low_coverage", values={"coverage": "9%", "floor": "60%"})
    few: dict[str, Any] = {"sampled": 3, "coverage": 3 / 32, "places": 96, "audited": 0}
    none: dict[str, Any] = {"sampled": 0, "coverage": 0.0, "places": 0, "audited": 0}
    none["suspected"] = 0
    pooled: dict[str, Any] = {"label_weeks": ("2026-W35", WEEK)}
    textile = counts(71, 84, 12) | share(0.052, 0.031, 0.081)
    empty = share(None, 0.0, 0.019) | judged(0.0) | {"high_with_refused": 0.049}
    empty["change"] = replace(flat, difference=None)
    unclear = {"unclear_as_no": 0.049, "unclear_as_yes": 0.056, "change": up}
    food = counts(9, 66, 2) | share(0.0081, 0.0014, 0.0212) | {"change": flat}
    clean = {"audited": 420, "change": flat} | share(0.0004, 0.0, 0.0082)
    waiting = counts(14, 40, 3) | share(0.012, 0.003, 0.029)
    lapak, kedai, akar = "lapak-contoh", "kedai-umpama", "contoh-2021-akar"
    compliant, unmeasured = Verdict.compliant, Verdict.not_measurable
    unconfirmed, unsampled = Note(code="policy_unconfirmed"), Note(code="nothing_sampled")
    return (
        cell(
            lapak,
            TEXTILE,
            akar,
            Verdict.non_compliant,
            **textile,
            **unclear,
            **pooled,
            **judged(0.027),
        ),
        cell(lapak, FOOD, akar, Verdict.breaches_found, **food, **pooled, **judged(0.0009)),
        cell(lapak, CRAFTS, akar, Verdict.none_found, **empty, **pooled),
        cell(lapak, TEXTILE, "contoh-2023-all", Verdict.non_compliant, primary=False, **textile),
        cell(kedai, TEXTILE, "umpama-2021-13cat", compliant, **clean, **judged(0.0)),
        cell(kedai, CRAFTS, "umpama-2021-13cat", unmeasured, reason=blocked, **few),
        cell(
            "niaga-misal",
            TEXTILE,
            "misal-nocb",
            Verdict.unconfirmed_policy,
            reason=unconfirmed,
            **waiting,
        ),
        cell(
            "luar-seberang",
            TEXTILE,
            "rekaan-31-2023-art19",
            unmeasured,
            reason=unsampled,
            **none,
        ),
    )


def flagged(number: int, platform: str = "lapak-contoh", **changes: object) -> FlaggedListing:
    cluster = (TEXTILE, TEXTILE, TEXTILE, FOOD)[number % 4]
    title = f"{TITLES[cluster][number % 3]} (contoh {number})"
    listing = Listing(
        platform=platform,
        item_id=str(900000 + number),
        title=title,
        url=f"https://{platform}.example/produk/{900000 + number}",
        price=Decimal(26350 + 1000 * number),
        currency="IDR",
        seller_id=f"s{number % 7}",
        seller_name=f"Toko Rekaan {number % 7}",
        official_store=number % 7 == 0,
        ship_from="Tiongkok" if number % 3 else "Overseas",
        ship_from_country="CN" if number % 3 else None,
        cross_border_flag=True,
        category_path="Fesyen > Busana Muslim",
        rank=number % 40 + 1,
    )
    fields: dict[str, object] = {
        "policies": ("contoh-2021-akar", "contoh-2023-all"),
        "state": ListingState.new if number % 2 else ListingState.still,
        "confirmed": number < 14,
        "first_seen": WEEK if number % 2 else "2026-W41",
        "origin": Origin.simulated,
        "found_at": (
            Sighting(
                unit_id=f"{WEEK}/{platform}/batik/1",
                query="batik tulis",
                rank=number % 40 + 1,
                observed_at=moment(17, 15) + timedelta(minutes=number % 300),
            ),
        )
        * (1 + number % 3),
    }
    return FlaggedListing(
        listing=listing,
        classification=Classification(
            cluster=cluster,
            cluster_score=0.97,
            cross_border=CrossBorder.cross_border,
            cross_border_score=0.99,
            classifier="cls-7",
            category="batik" if cluster is TEXTILE else None,
            signals=(
                Signal(kind="ship_from", text=listing.ship_from or ""),
                Signal(kind="title", text=title.split()[0].lower()),
            ),
        ),
        frame_cluster=cluster,
        sha256=digest(f"result {number // 9}"),
        evidence=f"2026-W47/{platform}.warc.gz#{number // 9 * 4096}",
        result_page=CitedPage(
            url=f"https://{platform}.example/cari?q=batik+tulis&halaman={1 + number // 9}",
            seen_at=moment(17, 15) + timedelta(minutes=number % 300),
            sha256=digest(f"result {number // 9}"),
            archive=f"2026-W47/{platform}.warc.gz#{number // 9 * 4096}",
        ),
        own_page=CitedPage(
            url=listing.url,
            seen_at=moment(23, 9) + timedelta(minutes=number),
            sha256=digest(f"own {platform} {number}"),
            archive=f"2026-W47/{platform}-9.warc.gz#{number * 8192}",
        ),
        **(fields | changes),  # type: ignore[arg-type]
    )


LIVES = (
    {},
    {"reported": 5},
    {"reported": 5, "answered": 9},
    {"reported": 5, "gone": 14},
    {"reported": 5, "gone": 10, "returned": 17},
    {"closed": 18},
    {"gone": 11, "relisted": 16},
)
"""What becomes of cases, each event with its day in November."""


def case(number: int, life: dict[str, int] | None = None, **changes: object) -> Case:
    """The case of ``flagged(number)``; its ``life`` is one of ``LIVES`` unless told otherwise."""
    entry = flagged(number)
    offer, own_page, result_page = entry.listing, entry.own_page, entry.result_page
    assert own_page and result_page
    words = {
        "reported": (None, "letters/2026-W44/letter-lapak-contoh.id.html"),
        "answered": ("Sedang kami telusuri. (contoh tanggapan)", None),
        "gone": (None, digest(f"gone {number}")),
        "returned": (None, digest(f"returned {number}")),
        "relisted": (None, str(950000 + number)),
        "closed": ("Penjual terbukti berdomisili di Bandung. (contoh alasan)", None),
    }
    happened = LIVES[number % len(LIVES)] if life is None else life
    fields: dict[str, object] = {
        "id": case_id(entry.case_key),
        **{name: getattr(offer, name) for name in ("platform", "item_id", "title", "url")},
        **{name: getattr(offer, name) for name in ("seller_name", "ship_from", "price")},
        "currency": offer.currency,
        "cluster": entry.classification.cluster,
        "category": entry.classification.category,
        "policies": entry.policies,
        "seller_key": offer.seller_id,
        "mark": Mark.dispatch,
        "is_proven": True,
        "judged_by": 2 + (number % 3 == 0),
        "third_look": number % 3 == 0,
        "first_seen": moment(2, 3),
        "confirmed": moment(3, 9),
        "last_seen": moment(17, 15),
        "weeks": ("2026-W45", "2026-W46", WEEK) if number % 2 == 0 else (WEEK,),
        "query": entry.found_at[0].query,
        "rank": offer.rank,
        "result_page_url": result_page.url,
        "result_page_sha256": result_page.sha256,
        "result_page_observed": result_page.seen_at,
        "result_page_pointer": result_page.archive,
        "own_page_url": own_page.url,
        "own_page_sha256": own_page.sha256,
        "own_page_observed": own_page.seen_at,
        "own_page_pointer": own_page.archive,
        "events": tuple(
            CaseEvent(
                kind=CaseEventKind(kind), at=moment(day), note=words[kind][0], ref=words[kind][1]
            )
            for kind, day in happened.items()
        ),
    }
    return Case(**(fields | changes))  # type: ignore[arg-type]


def cases() -> tuple[Case, ...]:
    """A case for each confirmed listing of the rich week, and one that a correction withdrew."""
    withdrawn = CaseEvent(kind=CaseEventKind.withdrawn, at=moment(20))
    return (*(case(number) for number in range(14)), case(302, events=(withdrawn,)))


def case_record(of_case: Case, **changes: object) -> CaseRecord:
    """What lies beside the page of a case: a picture of its own page, and none of the other."""
    fields: dict[str, object] = {
        "software": "0.1.0",
        "as_of": AS_OF,
        "case": of_case,
        "own_page": PageProof(picture="own_page-1.webp", words=("Tiongkok", "Toko Rekaan 1")),
        "result_page": PageProof(missing="blank"),
        "archive": f"{of_case.id}.wacz",
    }
    return CaseRecord(**(fields | changes))  # type: ignore[arg-type]


def local(number: int, status: CrossBorder, *, imported: bool | None = None) -> FlaggedListing:
    """A listing that breaches nothing: only suspected, or imported goods of a local seller."""
    entry = flagged(number, policies=(), confirmed=False)
    return replace(
        entry,
        listing=replace(
            entry.listing, cross_border_flag=None, ship_from="Kota Bandung", ship_from_country=None
        ),
        classification=replace(
            entry.classification,
            cross_border=status,
            cross_border_score=0.41,
            imported_goods=imported,
            signals=(Signal(kind="title", text="ready impor"),),
        ),
    )


def trend() -> tuple[TrendPoint, ...]:
    points = []
    for back in range(11, 0, -1):
        week = f"2026-W{47 - back}"
        for platform, cluster, policy, base in (
            ("lapak-contoh", TEXTILE, "contoh-2021-akar", 0.03),
            ("lapak-contoh", FOOD, "contoh-2021-akar", 0.008),
            ("kedai-umpama", TEXTILE, "umpama-2021-13cat", 0.003),
        ):
            gap = back in (4, 9) and platform == "lapak-contoh"
            share = base * (1 + (back * 7 % 5 - 2) / 8)
            shares = {} if gap else {"estimate": share, "low": share * 0.55, "high": share * 1.8}
            verdict = Verdict.not_measurable if gap else Verdict.breaches_found
            points.append(
                TrendPoint(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=policy,
                    verdict=verdict,
                    places=1200,
                    **shares,
                )
            )
    return tuple(points)


def coverage() -> tuple[CoverageRow, ...]:
    refused = ReasonCount(state=UnitState.blocked, reason="shopee-verify", units=29)
    robots = ReasonCount(state=UnitState.disallowed, reason="robots", units=32)
    rows = []
    for platform, cluster in (
        ("lapak-contoh", TEXTILE),
        ("lapak-contoh", FOOD),
        ("lapak-contoh", CRAFTS),
        ("kedai-umpama", TEXTILE),
        ("niaga-misal", TEXTILE),
    ):
        rows += [
            CoverageRow(
                platform=platform,
                cluster=cluster,
                stratum=stratum,
                planned=planned,
                sampled=planned - 1,
                empty=1,
                places=40 * (planned - 1),
            )
            for stratum, planned in ((Stratum.head, 14), (Stratum.tail, 12), (Stratum.synonym, 6))
        ]
    rows.append(
        CoverageRow(
            platform="kedai-umpama",
            cluster=CRAFTS,
            stratum=Stratum.head,
            planned=32,
            sampled=3,
            blocked=29,
            places=96,
            reasons=(refused,),
        )
    )
    rows.append(
        CoverageRow(
            platform="luar-seberang",
            cluster=TEXTILE,
            stratum=Stratum.head,
            planned=32,
            disallowed=32,
            reasons=(robots,),
        )
    )
    return tuple(rows)


def indicators() -> tuple[Indicator, ...]:
    return (
        Indicator(
            point=1,
            name="breach_share",
            platform="lapak-contoh",
            cluster=TEXTILE,
            value=0.052,
            low=0.031,
            high=0.081,
            n=1210,
        ),
        Indicator(
            point=1,
            name="price_ratio",
            platform="lapak-contoh",
            cluster=TEXTILE,
            value=0.62,
            low=0.51,
            high=0.78,
            unit="ratio",
            n=71,
        ),
        Indicator(
            point=2,
            name="domestic_top10",
            platform="lapak-contoh",
            value=0.88,
            low=0.84,
            high=0.91,
            n=310,
        ),
        Indicator(
            point=3,
            name="small_shops",
            platform="lapak-contoh",
            value=0.61,
            low=0.57,
            high=0.66,
            n=1210,
        ),
        *(
            Indicator(
                point=point,
                name=name,
                platform="lapak-contoh",
                value=share,
                low=share - 0.03,
                high=share + 0.05,
                n=n,
            )
            for point, name, share, n in (
                (1, "under_tenth", 0.04, 92),
                (2, "promoted_domestic", 0.71, 140),
                (2, "without_domestic", 0.05, 28),
                (3, "outside_java", 0.09, 890),
                (3, "new_shops", 0.12, 640),
            )
        ),
        Indicator(
            point=3, name="regencies", platform="lapak-contoh", value=74.0, unit="count", n=1010
        ),
        Indicator(
            point=4,
            name="missing_information",
            platform="lapak-contoh",
            reason=Note(code="not_visible"),
        ),
        Indicator(
            point=4,
            name="foreign_described",
            platform="lapak-contoh",
            value=0.46,
            low=0.29,
            high=0.64,
            n=38,
        ),
        Indicator(
            point=4,
            name="foreign_described",
            platform="kedai-umpama",
            reason=Note(code="place_unknown"),
        ),
    )


PLATFORMS = (
    PlatformFinding(
        id="lapak-contoh",
        name="Lapak Contoh",
        role="marketplace",
        reply=Text(
            id="Kami sedang menelusuri 12 penawaran yang disampaikan. (contoh tanggapan)",
            en="We are looking into the 12 offers that were reported. (example of a reply)",
        ),
        replied_on=date(2026, 11, 12),
    ),
    PlatformFinding(
        id="kedai-umpama",
        name="Kedai Umpama",
        role="marketplace",
        permissions=("Izin rekaan 12/2026",),
    ),
    PlatformFinding(id="niaga-misal", name="Niaga Misal", role="marketplace"),
    PlatformFinding(id="luar-seberang", name="Luar Seberang", role="reference"),
    PlatformFinding(
        id="balai-andai", name="Balai Andai", role="closed", closed_on=date(2023, 3, 31)
    ),
)
VERSIONS = Versions(
    software="0.1.0",
    parser="5",
    classifier="cls-7",
    frame="9f2c41aa03bd",
    registry="51c0de77ab12",
    seed=20210803,
)


def promise_pages() -> tuple[PromiseHistory, ...]:
    """Pages of one promise that changed, of another that did not, and of one kept once."""
    address = "https://berita.example/lapak-contoh-akar"
    changed = PromiseHistory(
        policy="contoh-2021-akar",
        url=address,
        pages=3,
        first=moment(2),
        last=moment(16),
        same_since=moment(16),
        changed_after=moment(9),
        gone=("Seluruh penjual luar negeri pada tiga kelompok ini kami tutup.",),
        added=("Sebagian penjual luar negeri <b>kami tutup</b>.",),
        more=2,
        quotation_gone=True,
    )
    same = replace(
        changed,
        policy="contoh-2023-all",
        same_since=moment(2),
        changed_after=None,
        gone=(),
        added=(),
        more=0,
        quotation_gone=False,
    )
    once = replace(same, url="https://berita.example/aturan-penjual", pages=1, last=moment(2))
    return changed, same, once


def rich_week() -> Findings:
    return Findings(
        promise_pages=promise_pages(),
        week=WEEK,
        edition=EditionKind.final,
        origin=Origin.simulated,
        as_of=AS_OF,
        previous_week=BEFORE,
        platforms=PLATFORMS,
        policies=policies(),
        cells=cells(),
        listings=tuple(flagged(number) for number in range(34)),
        suspected=tuple(local(number, CrossBorder.suspected) for number in range(100, 105)),
        imported=tuple(
            local(number, CrossBorder.domestic, imported=True) for number in range(200, 204)
        ),
        gone=(
            flagged(300, state=ListingState.not_seen, confirmed=False, found_at=()),
            flagged(301, state=ListingState.confirmed_gone, confirmed=False, found_at=()),
        ),
        unplanned=(
            Unplanned(
                platform="kedai-umpama",
                pages=2,
                listings=64,
                cross_border=1,
                undated=20,
                suspected=3,
            ),
        ),
        unplanned_listings=(flagged(400, "kedai-umpama", policies=(), confirmed=False),),
        coverage=coverage(),
        changes=(
            ChangeCounts(
                platform="lapak-contoh",
                since=BEFORE,
                new=17,
                still=16,
                not_seen=4,
                confirmed_gone=2,
                relisted=1,
                newly_watched=4,
                entries=28,
                new_low=15,
                new_high=31,
                left_low=3,
                left_high=12,
            ),
        ),
        relisting=(
            Relisting(
                platform="lapak-contoh",
                weeks=6,
                taken_down=5,
                relisted=1,
                rate=0.2,
                low=0.0051,
                watched=4,
                offer_weeks=11,
            ),
        ),
        trend=trend(),
        indicators=indicators(),
        prices=tuple(
            MedianPrice(
                platform="lapak-contoh",
                category=category,
                origin=origin,
                median=median,
                low=median * 0.8,
                high=median * 1.3,
                n=41,
                shops=17,
            )
            for category, origin, median in (
                ("hijab", "foreign", 17500.0),
                ("hijab", "domestic", 32000.5),
                ("batik", "domestic", 149000.0),
            )
        ),
        registration_numbers=(
            NumberCount(platform="lapak-contoh", kind=NumberKind.pirt, offers=9, malformed=2),
            NumberCount(platform="lapak-contoh", kind=NumberKind.bpom_ml, offers=4, malformed=0),
        ),
        list_weights=(
            ListWeights(
                name="lapak-contoh/textile_fashion",
                source="panel rekaan",
                date=date(2026, 10, 31),
                entries=99,
                named=80,
            ),
        ),
        annotator_errors=MEASURED_ERRORS,
        audit=AuditQuality(
            drawn=300,
            labels=372,
            annotators=2,
            double_labelled=72,
            disagreements=3,
            cannot_tell=9,
            alpha=0.91,
            open_answers=12,
            precision=(
                SignalPrecision(signal="ship_from", labelled=64, correct=63, low=0.92, high=1.0),
                SignalPrecision(signal="title", labelled=31, correct=12, low=0.22, high=0.58),
            ),
        ),
        signals={
            "lapak-contoh": (
                SignalRate(field="ship_from", listings=840, share=0.87, usual=0.88, is_lost=False),
                SignalRate(
                    field="cross_border_flag", listings=840, share=1.0, usual=1.0, is_lost=False
                ),
                SignalRate(field="seller_id", listings=840, share=1.0, usual=1.0, is_lost=False),
                SignalRate(field="price", listings=840, share=1.0, usual=None, is_lost=False),
                SignalRate(field="category", listings=840, share=0.31, usual=0.97, is_lost=True),
            )
        },
        sensitivity=(
            Sensitivity(
                platform="lapak-contoh",
                cluster=Cluster.textile_fashion,
                policy="lapak-2021-tutup",
                rows=(
                    ErrorRow(error=0.0, low=0.041, high=0.098),
                    ErrorRow(error=0.001, low=0.04, high=0.099),
                    ErrorRow(error=0.005, low=0.037, high=0.103),
                    ErrorRow(error=0.01, low=0.033, high=0.108),
                ),
            ),
        ),
        versions=VERSIONS,
        previous_versions=replace(VERSIONS, classifier="cls-6"),
        notes=(Note(code="classifier_changed"),),
        categories={"batik": Text(id="Batik", en="Batik"), "hijab": Text(id="Hijab", en="Hijab")},
        cases=cases(),
    )


def quarter_week() -> Findings:
    """The week that ends a quarter: every verdict of a season, and cells that have none."""
    quarter = Season(
        id="2026-Q4", weeks=12, missing=1, other_list=1, over=True, labels=298, sequence_low=0.0,
        sequence_high=0.0784,
    )  # fmt: skip
    running = Season(id="2026-W41..2026-W53", weeks=12, missing=1, labels=290)
    too_few = Note(code="few_weeks", values={"weeks": "5", "floor": "7"})
    seasons = {
        ("lapak-contoh", TEXTILE): replace(
            quarter, verdict=Verdict.non_compliant, confirmed=118, **share(0.047, 0.037, 0.06),
            **judged(0.035),
            change=SeasonChange(
                since="2026-Q3", estimate=0.021, low=0.008, high=0.034, direction="up"
            ),
        ),
        ("lapak-contoh", FOOD): replace(
            quarter, verdict=Verdict.within_tolerance, confirmed=9, **share(0.004, 0.001, 0.009),
            **judged(0.0008),
        ),
        ("lapak-contoh", CRAFTS): replace(
            quarter, verdict=Verdict.none_found, **share(None, 0.0, 0.008), **judged(0.0),
            high_with_refused=0.031,
            change=SeasonChange(since="2026-Q3", estimate=None, low=-0.009, high=0.006),
        ),
        ("kedai-umpama", TEXTILE): replace(
            quarter, verdict=Verdict.compliant, **share(None, 0.0, 0.0074), **judged(0.0)
        ),
        ("kedai-umpama", CRAFTS): replace(
            quarter, weeks=5, missing=9, labels=0, verdict=Verdict.not_measurable, reason=too_few
        ),
    }  # fmt: skip
    week = rich_week()
    return replace(
        week,
        week="2026-W53",
        previous_week="2026-W52",
        as_of=AS_OF + timedelta(weeks=6),
        changes=(),
        cells=tuple(
            replace(
                cell,
                week="2026-W53",
                change=None,
                label_weeks=None,
                season=season,
                rolling=season
                and replace(running, **share(season.estimate, season.low, season.high)),
            )
            for cell in week.cells
            for season in [seasons.get((cell.platform, cell.cluster)) if cell.primary else None]
        ),
        trend=tuple(
            replace(point, week=f"{point.week[:6]}{int(point.week[6:]) + 6}")
            for point in week.trend
        ),
    )


def running_quarter() -> Findings:
    """The same figures of a quarter that is not over; one group has too few weeks yet."""
    week = quarter_week()
    cells = [
        replace(
            cell, season=cell.season and replace(cell.season, over=False, verdict=None, change=None)
        )
        for cell in week.cells
    ]
    (few,) = (cell.season for cell in cells if cell.season and cell.season.reason)
    cells[1] = replace(cells[1], season=few)
    return replace(week, cells=tuple(cells))


def empty_week() -> Findings:
    return replace(
        rich_week(),
        edition=EditionKind.provisional,
        previous_week=None,
        cells=(),
        listings=(),
        suspected=(),
        imported=(),
        gone=(),
        unplanned=(),
        unplanned_listings=(),
        coverage=(),
        changes=(),
        relisting=(),
        trend=(),
        indicators=(),
        registration_numbers=(),
        prices=(),
        list_weights=(),
        audit=None,
        previous_versions=None,
        notes=(),
        cases=(),
    )


def blocked_week() -> Findings:
    rows = tuple(
        replace(
            row,
            sampled=0,
            empty=0,
            blocked=row.planned,
            disallowed=0,
            places=0,
            reasons=(
                ReasonCount(state=UnitState.blocked, reason="punish-page", units=row.planned),
            ),
        )
        for row in coverage()
    )
    dead = tuple(
        replace(
            cell,
            verdict=Verdict.not_measurable,
            sampled=0,
            places=0,
            flagged=0,
            suspected=0,
            screened=0,
            audited=0,
            confirmed=0,
            coverage=0.0,
            estimate=None,
            low=None,
            high=None,
            change=None,
            reason=Note(code="nothing_sampled"),
        )
        for cell in cells()
    )
    return replace(empty_week(), cells=dead, coverage=rows)


def provisional_week() -> Findings:
    screened = tuple(
        replace(
            cell,
            verdict=Verdict.screened,
            audited=0,
            confirmed=0,
            estimate=None,
            low=None,
            high=None,
            change=None,
            unclear_as_no=None,
            unclear_as_yes=None,
            label_weeks=None,
        )
        if cell.verdict is not Verdict.not_measurable
        else cell
        for cell in cells()
    )
    return replace(
        rich_week(),
        edition=EditionKind.provisional,
        cells=screened,
        audit=None,
        listings=tuple(replace(entry, confirmed=False) for entry in rich_week().listings),
    )


def single_platform() -> Findings:
    rich = rich_week()
    platform = "lapak-contoh"
    return replace(
        rich,
        platforms=rich.platforms[:1],
        cells=tuple(cell for cell in rich.cells if cell.platform == platform),
        coverage=tuple(row for row in rich.coverage if row.platform == platform),
        trend=tuple(point for point in rich.trend if point.platform == platform),
        unplanned=(),
        unplanned_listings=(),
    )


def huge_week(number: int) -> Findings:
    return replace(rich_week(), listings=tuple(flagged(index) for index in range(number)))


def saved_week() -> Findings:
    """Nothing planned; pages saved by an inspector, as in a first try-out."""
    rich = rich_week()
    return replace(
        empty_week(),
        origin=Origin.saved,
        unplanned=rich.unplanned,
        unplanned_listings=rich.unplanned_listings,
    )


def replaced_edition(findings: Findings) -> ReplacedEdition:
    """What a correction replaces, with more changed offers of every kind than its top names."""
    changes = ("confirmed", "withdrawn", "added", "removed")
    offers = tuple(
        ChangedOffer(
            platform=entry.listing.platform,
            item_id=entry.listing.item_id,
            title=entry.listing.title,
            change=change,
            labelled=change != "confirmed",
            notes=("Halaman sendiri menyebut Shenzhen.",) if change == "withdrawn" else (),
        )
        for entry in findings.listings[:2]
        for change in changes
    )
    return ReplacedEdition(
        edition=EditionKind.final,
        as_of=findings.as_of,
        released_by="Petugas Satu, Direktorat Contoh",
        released_at=findings.as_of + timedelta(hours=2),
        offers=offers,
    )


def corrected_week() -> Findings:
    """A correction with every rare remark: relisting, labels, unknown places and numbers."""
    rich = rich_week()
    first, *others = rich.listings
    odd = replace(
        first,
        state=ListingState.relisted,
        relisted_from="800001",
        relisted_score=0.93,
        label="yes",
        judged_cluster=CRAFTS,
        thumbnail="900003.jpg",
        screenshot="900003-full.png",
        found_at=(Sighting(unit_id=None, query=None, rank=None, observed_at=None),),
        listing=replace(first.listing, title="", price=None, seller_name=None, seller_id=None),
        classification=replace(first.classification, signals=()),
    )
    sighting = replace(first.found_at[0], rank=None)
    searched = replace(others[0], found_at=(sighting,), state=ListingState.newly_watched)
    shares = {"estimate": None, "low": None, "high": None, "unclear_as_no": None}
    return replace(
        rich,
        edition=EditionKind.corrected,
        corrections=(
            Text(
                id="Edisi ini menggantikan edisi akhir.", en="This edition replaces the final one."
            ),
            Text(id="Dua label tertukar.", en="Two labels were swapped."),
        ),
        replaces=replaced_edition(rich),
        listings=(odd, searched, *others[1:]),
        cells=(
            replace(rich.cells[0], change=replace(change_down(), since="2025-W52")),
            replace(rich.cells[1], **shares, unclear_as_yes=None),
            *rich.cells[2:],
        ),
        trend=tuple(replace(point, verdict=Verdict.screened) for point in rich.trend),
        audit=replace(rich.audit, alpha=None) if rich.audit else None,
        policies=(
            replace(rich.policies[0], until=datetime(2027, 1, 1, tzinfo=UTC)),
            *rich.policies[1:],
            replace(
                rich.policies[0],
                id="tanpa-tanggal",
                from_=None,
                sources=(),
                verification=Verification.unverified,
                confirmed_by=None,
                primary_for=(),
            ),
        ),
        platforms=(*rich.platforms, PlatformFinding(id="baru", name="Baru", role="marketplace")),
    )


def change_down() -> Change:
    return Change(since=BEFORE, difference=-0.02, low=-0.03, high=-0.01)


UNESTIMATED: dict[str, Any] = {
    "estimate": None,
    "low": None,
    "high": None,
    "change": None,
    "reason": None,
}


def nothing_forbidden(
    findings: Findings, verdict: Verdict | None, screened: int | None
) -> Findings:
    """The week with ``screened`` positions a cell, of which no policy forbids any."""

    def bare(cell: Cell) -> Cell:
        bare = replace(cell, flagged=0, suspected=0, confirmed=0, screened=screened)
        if verdict is not None:
            return replace(bare, verdict=verdict, policy="misal-nocb", **UNESTIMATED)
        if cell.verdict in {Verdict.non_compliant, Verdict.breaches_found}:
            return replace(bare, verdict=Verdict.none_found)
        return bare

    return replace(
        findings,
        cells=tuple(map(bare, findings.cells)),
        listings=(),
        suspected=(),
        gone=(),
        changes=(),
    )


def unforbidden_weeks(rich: Findings, screened: int | None) -> dict[str, Findings]:
    """A week of every conclusion that speaks of flags."""
    early = replace(rich, edition=EditionKind.provisional, audit=None)
    return {
        "audited": nothing_forbidden(rich, None, screened),
        "waiting": nothing_forbidden(rich, Verdict.unconfirmed_policy, screened),
        "screened": nothing_forbidden(early, Verdict.screened, screened),
    }


WEEKS = {
    "rich": rich_week,
    "empty": empty_week,
    "blocked": blocked_week,
    "provisional": provisional_week,
    "single": single_platform,
    "saved": saved_week,
    "corrected": corrected_week,
}


def with_waiting(findings: Findings, number: int = 9) -> Findings:
    """The edition with offers that a promise without a date would forbid, three of them judged."""
    return replace(
        findings,
        waiting=tuple(
            flagged(
                8000 + index,
                "niaga-misal",
                policies=(),
                confirmed=False,
                label="yes" if index < 3 else None,
            )
            for index in range(number)
        ),
    )


def with_checked(findings: Findings) -> Findings:
    """The edition with the offers behind the flagged positions counted, and those checked."""
    return replace(
        findings,
        cells=tuple(
            replace(cell, flagged_offers=(cell.flagged + 1) // 2, checked=cell.confirmed + 3)
            for cell in findings.cells
        ),
    )


def without_marks(findings: Findings, number: int) -> Findings:
    """The edition in which the first ``number`` confirmed offers lack the platform's mark."""
    confirmed = [entry.listing.item_id for entry in findings.listings if entry.confirmed]
    bare = set(confirmed[:number])
    entries = (
        replace(entry, marked=entry.listing.item_id not in bare) if entry.confirmed else entry
        for entry in findings.listings
    )
    cells = (
        replace(cell, marked_offers=max(0, cell.confirmed - number)) for cell in findings.cells
    )
    return replace(findings, listings=tuple(entries), cells=tuple(cells))


def before_pages_were_cited(findings: Findings) -> Findings:
    """The edition as it was stored before it named the pages that it cites."""
    document = msgspec.json.decode(to_json(findings))
    for name in ("listings", "suspected", "imported", "gone", "unplanned_listings"):
        for entry in document.get(name, ()):
            del entry["result_page"], entry["own_page"]
    for saved in document.get("unplanned", ()):
        saved.pop("suspected", None)
    return from_json(msgspec.json.encode(document), Findings)


def inspected_week() -> Findings:
    """The rich week, of which inspectors saw a part of one platform."""
    rich = rich_week()
    kedai = [row for row in rich.coverage if row.platform == "kedai-umpama"]
    rows = tuple(
        replace(
            row,
            modes=ModeCounts(crawler=21, inspector=14) if row is kedai[0] else ModeCounts(),
            refused_crawler=3 if row is kedai[0] else 0,
        )
        for row in rich.coverage
    )
    met = ModeComparison(
        platform="kedai-umpama",
        units=12,
        offers=400,
        seen_by_both=300,
        positions=ModeCounts(crawler=450, inspector=500),
        cross_border=ModeCounts(crawler=45, inspector=60),
    )
    return replace(rich, coverage=rows, compared=(met,), inspectors=3)


def refusing_week(basis: str | None) -> Findings:
    """The rich week, in which a platform refused the crawler; inspectors may look by ``basis``."""
    rich = rich_week()
    return replace(
        rich,
        coverage=tuple(
            replace(row, sampled=1, empty=0, blocked=2, not_fetched=row.planned - 3)
            if row.platform == "niaga-misal"
            else row
            for row in rich.coverage
        ),
        platforms=tuple(replace(p, inspection_basis=basis) for p in rich.platforms),
    )


def with_accuracy(findings: Findings) -> Findings:
    """The same week with the card of one platform, as labels of live weeks give it."""

    def portion(number: int, of: int, low: float, high: float) -> Portion:
        return Portion(number=number, of=of, low=low, high=high)

    none = portion(0, 0, 0.0, 1.0)
    card = AccuracyCard(
        platform="lapak-contoh",
        first_week="2026-W35",
        last_week=findings.week,
        listings=412,
        right=portion(171, 180, 0.907, 0.977),
        missed=portion(1, 160, 0.000, 0.034),
        missed_unknown=portion(4, 60, 0.018, 0.162),
        signs=(
            SignAccuracy(signal="platform_flag", right=portion(90, 90, 0.96, 1.0), missed=none),
            SignAccuracy(
                signal="ship_from",
                right=portion(81, 90, 0.819, 0.953),
                missed=portion(2, 9, 0.028, 0.600),
            ),
        ),
        double_labelled=200,
        disagreements=7,
        alpha=0.91,
        controls_missed=portion(2, 60, 0.001, 0.15),
        controls_false_yes=portion(0, 40, 0.0, 0.309),
        unknown=portion(402, 5200, 0.051, 0.112),
    )
    bare = replace(card, platform="kedai-umpama", signs=(), alpha=None, unknown=None)
    return replace(findings, accuracy=(card, bare))


def with_replies(findings: Findings, answered: int) -> Findings:
    """The same week after a platform was asked about five cases and answered some of them."""
    reply = PlatformReply(
        platform="lapak-contoh",
        asked_at=findings.as_of - timedelta(days=7),
        answer_by=findings.as_of.date() - timedelta(days=2),
        cases=5,
        answered=answered,
        taken_down=min(answered, 1),
        disputed=max(answered - 1, 0),
        withdrawn=max(answered - 1, 0),
    )
    return replace(findings, replies=(reply,))


def with_used_clothing(findings: Findings) -> Findings:
    """The same week with cells of used clothing: breaches, none audited, none confirmed.

    Of the breaching platform an open case, one of an offer whose page bears no mark, and one that
    is gone; all of offers that have cases of foreign sellers, too.
    """
    ban = replace(
        findings.policies[0],
        id="contoh-bekas",
        title=Text(id="Pakaian bekas impor dilarang", en="Imported used clothing is prohibited"),
        kind=PolicyKind.regulation,
        scope=PolicyScope.prohibited_goods,
        prohibited=Prohibited.used_clothing,
        platforms=("lapak-contoh", "kedai-umpama"),
        clusters=(),
        categories=(),
        akar=False,
    )
    used = Cluster.used_clothing
    breaching = counts(9, 31, 3) | share(0.21, 0.12, 0.31) | judged(0.1) | {"suspected": 400}
    offers = tuple(
        replace(
            flagged(number, policies=(ban.id,), confirmed=confirmed, marked=marked),
            frame_cluster=used,
        )
        for number, confirmed, marked in (
            (770_001, True, True),
            (770_002, False, None),
            (770_003, True, False),
        )
    )
    goods = tuple(
        case(
            number,
            life,
            id=case_id(CaseKey("lapak-contoh", str(900000 + number), Question.used_clothing)),
            cluster=used,
            policies=(ban.id,),
            mark=mark,
            is_proven=mark is not None,
        )
        for number, life, mark in (
            (1, {}, Mark.condition),
            (2, {}, None),
            (3, {"reported": 5, "gone": 14}, Mark.words),
        )
    )
    return replace(
        findings,
        policies=(*findings.policies, ban),
        cells=(
            *findings.cells,
            cell("lapak-contoh", used, ban.id, Verdict.breaches_found, **breaching),
            cell("kedai-umpama", used, ban.id, Verdict.screened, **counts(4, 0, 0)),
            cell("niaga-misal", used, ban.id, Verdict.unconfirmed_policy, **counts(4, 12, 2)),
        ),
        coverage=(*findings.coverage, replace(findings.coverage[0], cluster=used)),
        used_clothing=offers,
        cases=(*findings.cases, *goods),
    )
