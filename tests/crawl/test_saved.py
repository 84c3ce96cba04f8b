"""Saved files in every format: what is taken in, what is refused, and what is kept out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import brotli
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scrapy.http import TextResponse
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.config import PantauError
from monitor.crawl.parsing import judge
from monitor.crawl.reprocess import reprocess
from monitor.crawl.saved import Summary, capture, formats, from_evidence, ingest
from monitor.crawl.saved.page_cases import case_response, expectation, expectation_file
from monitor.crawl.saved.privacy import safe_body, safe_headers, safe_url
from monitor.crawl.spider import load_spiders
from monitor.evidence import EvidenceStore
from monitor.evidence.warc import records
from monitor.model import (
    Cluster,
    EntryKind,
    Listing,
    Mode,
    Origin,
    Plan,
    PlannedUnit,
    SampledPage,
    Stratum,
    UnitState,
    to_json,
)
from monitor.registry import Registry, load_registry, page_url
from monitor.store import Store

PAGES = Path(__file__).resolve().parent.parent / "pages"
LAZADA = (PAGES / "lazada/catalogue.json").read_bytes()
CARDS = (PAGES / "lazada/rendered_cards.html").read_bytes()
NOTHING = (PAGES / "lazada/nothing_found.html").read_bytes()
SHOPEE = (PAGES / "shopee/search_flat_2020.json").read_bytes()
URL = "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=sandal"
SEEN = datetime(2026, 11, 18, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK = "2026-W47"
SECRET = "rahasia-0123456789"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}") as opened:
        opened.plans.save(Plan(week=WEEK, frame_version="f", seed=1, drawn_at=NOW, units=(unit(),)))
        yield opened


def unit() -> PlannedUnit:
    return PlannedUnit(
        id=f"{WEEK}/lazada/sandal/1",
        week=WEEK,
        platform="lazada",
        cluster=Cluster.textile_fashion,
        stratum=Stratum.head,
        entry_id="sandal",
        kind=EntryKind.keyword,
        query="sandal",
        page=1,
        url=URL,
        position=1,
        probability=1.0,
    )


class Taken:
    """What an ingest gave: its summary, its lines, its pages."""

    def __init__(self, registry: Registry, paths: list[Path], **options: Any) -> None:
        self.pages: list[SampledPage] = []
        self.summary: Summary = ingest(
            paths, registry=registry, on_page=self.pages.append, now=lambda: NOW, **options
        )

    @property
    def lines(self) -> list[str]:
        return [file.line for file in self.summary.files]


def har(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode()


def entry(url: str, body: bytes, *, coded: bool = False, **changes: Any) -> dict[str, Any]:
    text = base64.b64encode(body).decode() if coded else body.decode()
    content = {"size": len(body), "mimeType": "application/json", "text": text}
    return {
        "startedDateTime": SEEN.isoformat(),
        "request": {
            "method": "GET",
            "url": url,
            "headers": [{"name": "Cookie", "value": f"sid={SECRET}"}],
        },
        "response": {
            "status": 200,
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "Set-Cookie", "value": f"_tb_token_={SECRET}"},
            ],
            "content": content | ({"encoding": "base64"} if coded else {}),
        },
    } | changes


def warc(*records: tuple[str, bytes, dict[str, str]], packed: bool = True) -> bytes:
    buffer = BytesIO()
    writer = WARCWriter(buffer, gzip=packed)
    for url, body, fields in records:
        http = StatusAndHeaders("200 OK", list(fields.items()), protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                length=len(body),
                http_headers=http,
                warc_headers_dict={"WARC-Date": "2026-11-18T03:04:05Z"},
            )
        )
    return buffer.getvalue()


def wacz(*members: tuple[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members:
            package.writestr(name, data)
    return buffer.getvalue()


def mhtml(body: bytes, date: str = "Wed, 18 Nov 2026 03:04:05 -0000") -> bytes:
    html = base64.encodebytes(body).decode()
    return (
        "From: <Saved by Blink>\r\n"
        "Snapshot-Content-Location: https://www.lazada.co.id/catalog/?page=1&q=sandal\r\n"
        f"Subject: Jual sandal\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--b--"\r\n\r\n'
        "----b--\r\nContent-Type: text/html\r\nContent-ID: <frame-1@mhtml.blink>\r\n"
        "Content-Transfer-Encoding: base64\r\nContent-Location: https://www.lazada.co.id/catalog/\r\n"
        f"\r\n{html}\r\n----b----\r\n"
    ).encode()


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


FORMATS = {
    "log.har": har(entry(URL, LAZADA)),
    "coded.har": har(entry(URL, LAZADA, coded=True)),
    "a.warc": warc((URL, LAZADA, {}), packed=False),
    "a.warc.gz": warc((URL, LAZADA, {})),
    "gzip.warc.gz": warc((URL, gzip.compress(LAZADA), {"Content-Encoding": "gzip"})),
    "brotli.warc.gz": warc((URL, brotli.compress(LAZADA), {"Content-Encoding": "br"})),
    "taken-off.warc.gz": warc((URL, LAZADA, {"Content-Encoding": "gzip"})),
    "a.wacz": wacz(("archive/data.warc.gz", warc((URL, LAZADA, {})))),
    "page.mhtml": mhtml(CARDS),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_dated_matched_and_kept(
    name: str, tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path, name, FORMATS[name])
    taken = Taken(registry, [path], store=store, evidence=tmp_path / "evidence")
    assert taken.summary.exit_code == 0, taken.lines
    (page,) = taken.pages
    assert (page.state, page.origin) == (UnitState.sampled, Origin.saved)
    assert (page.mode, store.units.of_week(WEEK)[0].mode) == (Mode.inspector, Mode.inspector)
    assert (page.unit_id, page.observed_at, len(page.listings)) == (unit().id, SEEN, 2)
    assert page.received is not None
    assert len(page.received.sha256) == 64
    found = list(store.observations.of_week(WEEK))
    assert [x.unit_id for x in found] == [unit().id] * 2
    assert not store.units.pending(WEEK)
    assert page.received.evidence is not None
    kept = EvidenceStore(tmp_path / "evidence").read(page.received.evidence)
    again = judge(load_spiders()["lazada"], from_evidence(kept).as_response())
    assert again.listings == page.listings


def test_saved_by_hand_knows_its_address_and_not_its_time(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    note = b"<!-- saved from url=(0055)https://www.lazada.co.id/catalog/?page=1&q=sandal -->\n"
    path = saved(tmp_path, "a.html", note + CARDS)
    (page,) = Taken(registry, [path], store=store).pages
    assert (page.unit_id, page.observed_at) == (None, None)
    (page,) = Taken(registry, [path], store=store, week=WEEK).pages
    assert (page.unit_id, page.observed_at) == (unit().id, None)
    (page,) = Taken(registry, [path], observed_at=SEEN).pages
    assert (page.unit_id, page.observed_at) == (None, SEEN)


def test_page_of_another_week_is_outside_the_plan(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path, "a.har", har(entry(URL, LAZADA)))
    (page,) = Taken(registry, [path], store=store, week="2026-W40").pages
    assert page.unit_id is None


def test_other_page_of_the_entry_is_outside_the_plan(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path, "a.har", har(entry(URL.replace("page=1", "page=2"), LAZADA)))
    taken = Taken(registry, [path], store=store)
    assert taken.pages[0].unit_id is None
    assert "2 listings, unplanned, 2026-11-18T03:04:05+00:00" in taken.lines[0]


OWN = PAGES / "lazada/item_page.html"
OWN_URL = "https://www.lazada.co.id/products/kain-tenun-i7000000020-s9000000020.html"


def test_own_page_of_a_listing_is_a_visit(tmp_path: Path, registry: Registry, store: Store) -> None:
    beside = CARDS[CARDS.index(b"<body") :]
    page = OWN.read_bytes().replace(b"</body></html>", beside)
    path = saved(tmp_path, "a.har", har(entry(URL, LAZADA), entry(OWN_URL, page)))
    taken = Taken(registry, [path], store=store, evidence=tmp_path / "evidence")
    assert "own page of 7000000020, visit, 2026-11-18" in taken.lines[0]
    [visit] = store.visits.of_week(WEEK)
    assert (visit.platform, visit.item_id, visit.state) == ("lazada", "7000000020", "sampled")
    assert (visit.origin, visit.mode, visit.visited_at) == ("saved", "inspector", SEEN)
    assert visit.listing
    assert visit.listing.title == "Kain Tenun Troso"
    assert visit.received
    assert EvidenceStore(tmp_path / "evidence").read(visit.received.evidence or "").url == OWN_URL
    # What is recommended beside it was on no result page.
    assert {seen.query for seen in store.observations.of_week(WEEK)} == {"sandal"}
    Taken(registry, [path], store=store, evidence=tmp_path / "evidence")
    assert len(store.visits.of_week(WEEK)) == 1


def test_own_page_without_a_time_is_left_aside_with_the_reason(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    note = f"<!-- saved from url=(0075){OWN_URL} -->".encode()
    path = saved(tmp_path, "in/lazada/own.html", note + OWN.read_bytes())
    taken = Taken(registry, [tmp_path / "in"], store=store)
    assert taken.lines == [
        "lazada/own.html: skipped: own page of 7000000020: its time is not known; "
        "give --observed-at"
    ]
    assert Taken(registry, [path], store=store).summary.exit_code == 1
    assert Taken(registry, [path], store=store, observed_at=SEEN).summary.exit_code == 0
    assert len(store.visits.of_week(WEEK)) == 1


SEARCHES = {
    "lazada": (LAZADA, "https://www.lazada.co.id/tag/kain-batik/?q=kain+batik&page=2"),
    "shopee": (SHOPEE, "https://shopee.co.id/search?keyword=kain%20batik&page=1"),
    "tokopedia": (
        (PAGES / "tokopedia/rendered_v4.html").read_bytes(),
        "https://www.tokopedia.com/search?st=&q=kain%20batik&page=2",
    ),
    "blibli": (
        (PAGES / "blibli/listing.json").read_bytes(),
        "https://www.blibli.com/backend/search/products?page=2&start=40&searchTerm=kain%20batik",
    ),
}


@pytest.mark.parametrize("platform", SEARCHES)
@pytest.mark.parametrize(
    ("old", "new", "matches"),
    [
        ("kain", "kain", True),
        ("//", "//user@", True),
        ("batik&", "batik&utm_source=a&", True),
        ("kain", "kaos", False),
        ("page=", "sort=termurah&page=", False),
        ("page=", "page=1", False),
        ("page=", "ukuran=20&page=", False),
    ],
)
def test_page_saved_at_another_address_is_the_unit_of_its_entry_and_page(
    tmp_path: Path, registry: Registry, platform: str, old: str, new: str, matches: bool
) -> None:
    known = registry.platforms[platform]
    planned = replace(
        unit(),
        id=f"{WEEK}/{platform}/kain-batik/2",
        platform=platform,
        query="kain batik",
        page=2,
        url=page_url(known, EntryKind.keyword, "kain batik", 2),
    )
    body, url = SEARCHES[platform]
    path = saved(tmp_path, "a.har", har(entry(url.replace(old, new), body)))
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}") as store:
        plan = Plan(week=WEEK, frame_version="f", seed=1, drawn_at=NOW, units=(planned,))
        store.plans.save(plan)
        [page] = Taken(registry, [path], store=store).pages
    assert (page.unit_id == planned.id) is matches


def test_nothing_that_logs_a_person_in_is_kept(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    body = LAZADA.replace(b'{\n "mods"', b'{"csrfToken": "%s", "mods"' % SECRET.encode(), 1)
    url = f"{URL}&access_token={SECRET}&sign={SECRET}#{SECRET}"
    archive = warc(
        (url, gzip.compress(body), {"Content-Encoding": "gzip", "Set-Cookie": f"sid={SECRET}"})
    )
    paths = [
        saved(tmp_path, "in/a.har", har(entry(url, body))),
        saved(tmp_path, "in/a.warc.gz", archive),
    ]
    taken = Taken(registry, paths, store=store, evidence=tmp_path / "evidence")
    assert [page.url for page in taken.pages] == [URL, URL]
    for page in taken.pages:
        assert page.received is not None
        assert page.received.sha256_kept not in {None, page.received.sha256}
    kept = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    kept.append(tmp_path / "pantau.db")
    assert len(kept) >= 2
    for path in kept:
        data = path.read_bytes()
        if path.name.endswith(".gz"):
            data = gzip.decompress(data)
        assert SECRET.encode() not in data, path.name
    assert all("1 personal values taken out" in line for line in taken.lines)


def test_what_is_not_secret_stays() -> None:
    assert safe_url("https://u:p@a.example/b?q=batik%20tulis&page=2") == (
        "https://a.example/b?q=batik%20tulis&page=2"
    )
    fields = [("Content-Type", "text/html"), ("X-CSRF-Token", "a"), ("Authorization", "b")]
    assert safe_headers(fields) == (("Content-Type", "text/html"),)
    for path in PAGES.glob("*/*"):
        assert safe_body(path.read_bytes()) == (path.read_bytes(), 0), path.name


PRIVATE: dict[str, str] = {
    "jwt": '{"jwt": "%s"}',
    "key of an API": '{"a": [{"apikey": "%s"}]}',
    "cookie of Shopee": '{"SPC_EC": "%s"}',
    "device": '{"deviceId": "%s"}',
    "e-mail": '{"email": "%s"}',
    "telephone": '{"seller": {"phoneNumber": "%s"}}',
    "account": '{"currentUser": {"profile": {"fullName": "%s"}}}',
    "address": '{"shippingAddress": {"street": "%s"}}',
    "address of the account": '{"user": {"address1": ["%s"]}}',
    "number": '{"user": {"phone": {"number": "%s"}}}',
    "JSON in a string": '{"state": "{\\"a\\": {\\"accessToken\\": \\"%s\\"}}"}',
    "address in JSON": '{"next": "https://a.id/?q=1&access_token=%s"}',
    "script of JSON": '<script type="application/json">{"user": {"name": "%s"}}</script>',
    "script": "<script>window.a = {csrfToken: '%s'};</script>",
    "assignment": '<script>SPC_EC = "%s"</script>',
    "script without an end": '<script>var jwt = "%s"',
    "meta": '<meta name="csrf-token" content="%s">',
    "meta, turned round": "<meta content='%s' name='csrf-token'>",
    "form": '<input type="hidden" name="_csrf" value="%s">',
    "password": "<input type=password value=%s>",
    "link": '<a href="/keluar?session_id=%s&amp;a=1">Keluar</a>',
}


@pytest.mark.parametrize("case", PRIVATE)
def test_what_tells_of_the_person_is_taken_out_and_counted(case: str) -> None:
    safe, count = safe_body((PRIVATE[case] % SECRET).encode())
    assert SECRET.encode() not in safe
    assert count == 1
    assert safe_body(safe) == (safe, 0)


@pytest.mark.parametrize("name", ["Location", "Link", "Refresh", "Content-Location"])
def test_addresses_in_headers_have_no_private_parameters(name: str) -> None:
    fields = [(name, f"<https://a.id/masuk?code={SECRET}&email={SECRET}&q=batik>; rel=next")]
    [(_, field)] = safe_headers(fields)
    assert SECRET not in field
    assert "q=batik" in field


def test_a_sellers_name_and_what_a_listing_says_stay() -> None:
    page = {"seller": {"name": "Toko Token", "location": "China"}, "name": "Buku alamat email"}
    body = json.dumps(page).encode()
    assert safe_body(body) == (body, 0)


@pytest.mark.parametrize("form", ["{}", "<html><script>window.pageData = {};\n</script></html>"])
def test_a_seller_under_the_key_user_stays_and_the_visitor_does_not(
    form: str, tmp_path: Path, registry: Registry, store: Store
) -> None:
    """As the evidence keeps a result page that names both by the same key."""
    visitor = {"name": SECRET, "address": {"street": SECRET}}
    planted = {
        "itemId": "70", "name": "Kain", "itemUrl": "//www.lazada.co.id/products/kain-i70.html",
        "user": {"name": "Toko Berkah", "user": {"nickname": "Toko Solo"}},
        "buyer": visitor, "email": SECRET, "brandName": "</script>",
    }  # fmt: skip
    page = {"user": visitor | {"seen": [planted]}, "mods": {"listItems": [planted]}}
    body = form.replace("{}", json.dumps(page).replace("</", "<\\/")).encode()
    safe, count = safe_body(body, load_spiders()["lazada"].listing_keys)
    assert count == 8
    path = saved(tmp_path, "in/a.har", har(entry(URL, body)))
    taken = Taken(registry, [path], store=store, evidence=tmp_path / "evidence", platform="lazada")
    assert "8 personal values taken out" in taken.lines[0]
    [archive] = (tmp_path / "evidence").rglob("*.gz")
    [(_, record)] = records(archive)
    page_again = judge(load_spiders()["lazada"], from_evidence(record).as_response())
    assert [listing.brand for listing in page_again.listings] == ["</script>"]
    for kept in (safe, record.body):
        assert SECRET.encode() not in kept
        assert kept.count(b'"Toko Berkah"') == kept.count(b'"Toko Solo"') == 2


def test_nothing_found_counts_beside_a_page_with_listings_only(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    found = entry(URL, NOTHING)
    other = entry(URL.replace("sandal", "batik"), LAZADA)
    alone = saved(tmp_path, "alone.har", har(found))
    assert Taken(registry, [alone]).pages == [], "beside the plan, a page without listings"
    (page,) = Taken(registry, [alone], store=store).pages
    assert (page.state, page.reason) == (UnitState.blocked, "soft-block")
    both = saved(tmp_path, "both.har", har(found, other))
    page = Taken(registry, [both], store=store).pages[0]
    assert (page.state, page.reason) == (UnitState.empty, None)


def test_refused_page_is_a_result(tmp_path: Path, registry: Registry) -> None:
    path = saved(tmp_path, "a.html", (PAGES / "shopee/shell.html").read_bytes())
    taken = Taken(registry, [path], platform="shopee")
    assert taken.summary.exit_code == 1
    assert taken.pages[0].state is UnitState.blocked
    assert "shopee, blocked, empty-shell, unplanned, undated" in taken.lines[0]
    assert Taken(registry, [tmp_path], platform="shopee").summary.exit_code == 0


REFUSED = b'{"error": 90309999, "action_type": 2}'
SEARCH = "https://shopee.co.id/api/v4/search/search_items?keyword=kopi"
OTHER = URL.replace("sandal", "batik")
DENIED = b"<title>Access Denied</title>Access Denied <p>Reference&#32;&#35;18&#46;2d351ab8</p>"


@pytest.mark.parametrize(
    "name, archive, refusals",
    [
        ("a.har", har(entry(SEARCH, REFUSED)), "shopee (shopee-error)"),
        ("a.warc.gz", warc((SEARCH, REFUSED, {})), "shopee (shopee-error)"),
        (
            "a.wacz",
            wacz(("archive/data.warc.gz", warc((SEARCH, REFUSED, {})))),
            "shopee (shopee-error)",
        ),
        (
            "two.har",
            har(entry(SEARCH, REFUSED), entry(OTHER, DENIED), entry(SEARCH, DENIED)),
            "shopee (shopee-error), lazada (akamai-denied), shopee (akamai-denied)",
        ),
    ],
)
def test_an_archive_of_nothing_but_refusals_says_so(
    name: str, archive: bytes, refusals: str, tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path / "lama", name, archive)
    taken = Taken(registry, [path.parent], store=store)
    assert taken.summary.exit_code == 1
    assert taken.lines == [f"lama/{name}: failed: only refusals in it: {refusals}"]
    assert taken.pages == []
    beside = saved(tmp_path, "beside.har", har(entry(SEARCH, REFUSED), entry(URL, LAZADA)))
    [page] = Taken(registry, [beside], store=store).pages
    assert page.platform == "lazada"


def test_a_refusal_saved_for_a_planned_page_is_its_state(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    paths = [
        saved(tmp_path, "a.mhtml", mhtml(DENIED)),
        saved(tmp_path, "a.har", har(entry(URL, DENIED))),
    ]
    taken = Taken(registry, paths, store=store)
    assert [file.outcome for file in taken.summary.files] == ["failed", "failed"]
    assert all("lazada, blocked, akamai-denied, " in line for line in taken.lines)
    [unit] = store.units.of_week(WEEK)
    assert (unit.state, unit.reason) == (UnitState.blocked, "akamai-denied")


BROKEN = [
    ("empty.json", b"", "failed: empty file"),
    ("cut.json", SHOPEE[: len(SHOPEE) // 2], "failed: broken JSON: "),
    ("noise.json", b"\x8f\x00\x01" * 100, "failed: no listing page: neither JSON nor HTML"),
    ("noise.html", b"<" + b"\x8f\x00\x01<p" * 100, "failed: no listing page: no listings"),
    ("other.json", b'{"a": [1, 2]}', "failed: no listing page: no listings"),
    ("table.csv", b"a,b\n", "failed: no listing page: .csv files are not read"),
    ("a.har", b"{}", "failed: no HAR: log.entries is missing"),
    ("cut.har", har(entry(URL, LAZADA))[:-9], "failed: no HAR: "),
    ("a.wacz", b"PK\x03\x04nonsense", "failed: no WACZ: "),
    ("none.wacz", wacz(("datapackage.json", b"{}")), "failed: no WACZ: no WARC file in it"),
    ("a.mhtml", b"From: nobody\r\n\r\nhello", "failed: no MHTML: no part of it is HTML"),
    ("a.warc.gz", b"nonsense" * 50, "its first record cannot be read: damaged"),
]


@pytest.mark.parametrize(("name", "data", "line"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_bad_file_is_named_with_its_reason(
    name: str, data: bytes, line: str, tmp_path: Path, registry: Registry
) -> None:
    bad = saved(tmp_path, f"lama/{name}", data)
    good = saved(tmp_path, "lama/zz.json", SHOPEE)
    taken = Taken(registry, [bad, good])
    assert taken.summary.exit_code == 1
    assert taken.lines[0].startswith(f"lama/{name}: ")
    assert line in taken.lines[0]
    assert taken.lines[1].startswith("lama/zz.json: shopee, 2 listings")
    assert len(taken.pages) == 1


def test_file_that_is_not_there(tmp_path: Path, registry: Registry) -> None:
    taken = Taken(registry, [tmp_path / "lama" / "gone"])
    assert taken.lines == ["lama/gone: failed: cannot be read: No such file or directory"]


def test_in_a_folder_what_is_no_listing_page_is_skipped(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "lama"
    for name, data, line in BROKEN:
        if "no listing page" in line:
            saved(folder, name, data)
    saved(folder, ".hidden.json", b"")
    saved(folder, "zz.json", SHOPEE)
    taken = Taken(registry, [folder])
    assert taken.summary.exit_code == 0
    assert taken.summary.counts == {"skipped": 4, "taken": 1, "pages": 1, "listings": 2}


def test_ten_megabytes_of_noise(tmp_path: Path, registry: Registry) -> None:
    noise = bytes(range(256)) * 40_000
    paths = [saved(tmp_path, name, noise) for name in ("a.json", "b.html", "c.har", "d.mhtml")]
    taken = Taken(registry, [*paths, saved(tmp_path, "zz.json", SHOPEE)])
    assert [file.outcome for file in taken.summary.files] == ["failed"] * 4 + ["taken"]


def without(key: str, listings: slice) -> bytes:
    document = json.loads(SHOPEE)
    for item in document["items"][listings]:
        del item[key]
    return json.dumps(document).encode()


@pytest.mark.parametrize("key, field", [("itemid", "item_id"), ("name", "title")])
def test_nothing_of_a_broken_page_is_stored(
    key: str, field: str, tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path, "a.json", without(key, slice(2)))
    taken = Taken(registry, [path], store=store, evidence=tmp_path / "evidence")
    assert taken.summary.exit_code == 1
    assert f"shopee, broken, nothing stored: {field}: listing 1: missing" in taken.lines[0]
    assert taken.pages == []
    with sqlite3.connect(tmp_path / "pantau.db") as connection:
        assert connection.execute("select count(*) from response").fetchone() == (0,)


@pytest.mark.parametrize(
    "payload, reason, item_id",
    [
        (without("itemid", slice(1, 2)), "item_id: listing 2: missing", None),
        (
            SHOPEE.replace(b"2990000000,", b'"Rp29.900",', 1),
            "price: listing 2: 'Rp29.900' is",
            "5000000002",
        ),
    ],
)
def test_one_odd_listing_is_an_unreadable_place_of_its_page(
    payload: bytes,
    reason: str,
    item_id: str | None,
    tmp_path: Path,
    registry: Registry,
    store: Store,
) -> None:
    path, evidence = saved(tmp_path, "a.json", payload), tmp_path / "evidence"
    taken = Taken(registry, [path], store=store, evidence=evidence, observed_at=SEEN)
    assert taken.summary.exit_code == 0
    assert "shopee, 1 listing, 1 unreadable, unplanned" in taken.lines[0]
    [page] = store.pages.of_week(WEEK)
    [unreadable] = page.unreadable
    assert unreadable.place == 2
    assert unreadable.reason.startswith(reason)
    assert unreadable.item_id == item_id
    again = reprocess(store, evidence, load_spiders(), WEEK)
    assert (again.pages, again.same) == (1, 1)


def test_sister_site_is_kept_without_a_time(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    abroad = LAZADA.replace(b"www.lazada.co.id", b"www.lazada.sg")
    baht = LAZADA.replace(b'"Rp26.350"', '"฿26,350"'.encode())
    singapore = SHOPEE.replace(b'"IDR"', b'"SGD"')
    paths = [
        saved(tmp_path, "sg.json", abroad),
        saved(tmp_path, "sg.har", har(entry("https://www.lazada.sg/catalog/?q=a", LAZADA))),
        saved(tmp_path, "sgd.json", singapore),
        saved(tmp_path, "baht.json", baht),
    ]
    taken = Taken(registry, paths, store=store, observed_at=SEEN, week=WEEK)
    assert [page.observed_at for page in taken.pages] == [None] * 4
    assert [page.unit_id for page in taken.pages] == [None] * 4
    assert [line.partition("undated ")[2] for line in taken.lines] == [
        "(www.lazada.sg is no host of lazada)",
        "(www.lazada.sg is no host of lazada)",
        "(priced in SGD)",
        "(priced in THB)",
    ]


def test_page_of_another_platform(tmp_path: Path, registry: Registry) -> None:
    path = saved(tmp_path, "lazada/a.json", SHOPEE)
    taken = Taken(registry, [path], platform="lazada")
    assert taken.lines == ["lazada/a.json: failed: looks like shopee, not lazada"]
    (page,) = Taken(registry, [path]).pages
    assert page.platform == "shopee"
    with pytest.raises(PantauError, match="--platform ebay: unknown; choose from aliexpress"):
        Taken(registry, [path], platform="ebay")


def test_har_with_one_bad_entry(tmp_path: Path, registry: Registry) -> None:
    bad = entry(URL, LAZADA, coded=True)
    bad["response"]["content"]["text"] = "!!!"
    beside = entry("https://www.lazada.co.id/api/user", b'{"error": 1}')
    foreign = entry("https://www.example.org/", b"<p>lazada</p>")
    broken = entry(URL, b'{"mods": {"listItems": [{"itemId": "1"}]}}')
    log = har(bad, entry(URL, LAZADA), beside, foreign, broken, {"request": {}})
    taken = Taken(registry, [saved(tmp_path, "a.har", log)])
    assert len(taken.pages) == 1
    assert taken.summary.exit_code == 1
    line = taken.lines[0]
    assert "entry 0 cannot be read" in line
    assert "entry 1 lazada, 2 listings" in line
    assert "entry 4 lazada, broken, nothing stored: title: listing 1: missing" in line
    assert "entry 5 cannot be read" in line


def test_archive_that_ends_in_the_middle_gives_what_came_before(
    tmp_path: Path, registry: Registry
) -> None:
    whole = warc((URL, LAZADA, {}), (URL.replace("=1", "=2"), LAZADA, {}))
    path = saved(tmp_path, "a.warc.gz", whole[:-400])
    taken = Taken(registry, [path])
    assert [page.url for page in taken.pages] == [URL]
    assert taken.summary.exit_code == 1


def test_packages_that_unpack_to_too_much_are_refused(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = wacz(("archive/a.warc", b"\0" * 5_000_000))
    monkeypatch.setattr(formats, "LARGEST_FILE", 1_000_000)
    taken = Taken(registry, [saved(tmp_path, "a.wacz", bomb)])
    assert "failed: unpacks to more than" in taken.lines[0]


def test_body_that_unpacks_to_too_much_is_refused(tmp_path: Path, registry: Registry) -> None:
    bomb = gzip.compress(b" " * (17 * 2**20))
    record = warc((URL, bomb, {"Content-Encoding": "gzip"}), (URL, LAZADA, {}))
    taken = Taken(registry, [saved(tmp_path, "a.warc.gz", record)])
    assert "record 0 cannot be read: a body larger than 16 MiB" in taken.lines[0]
    assert len(taken.pages) == 1


def test_time_that_is_yet_to_come(tmp_path: Path, registry: Registry) -> None:
    log = har(entry(URL, LAZADA, startedDateTime="2027-01-01T00:00:00Z"))
    taken = Taken(registry, [saved(tmp_path, "a.har", log)])
    assert "is yet to come" in taken.lines[0]
    assert taken.pages == []


def test_time_given_that_is_yet_to_come(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(PantauError, match=r"--observed-at 2026-11-21T00:00:00\S+: is yet to come"):
        Taken(registry, [tmp_path], observed_at=datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    "changes",
    [
        {"startedDateTime": "0001-01-01T00:00:00+14:00"},
        {"startedDateTime": "yesterday"},
        {"startedDateTime": 5},
        {"request": {"url": "http://[::1"}},
        {"request": {"url": {"a": 1}}},
        {"response": {"status": "200", "content": {}}},
        {"response": {"status": 200, "content": {"text": "{}"}, "headers": [1]}},
        {"response": None},
    ],
)
def test_entry_of_another_shape_is_named_and_the_others_taken(
    changes: dict[str, Any], tmp_path: Path, registry: Registry
) -> None:
    log = har(entry(URL, LAZADA, **changes), entry(URL, LAZADA))
    taken = Taken(registry, [saved(tmp_path, "a.har", log)])
    assert "entry 0 cannot be read: " in taken.lines[0]
    assert "entry 1 lazada, 2 listings" in taken.lines[0]


def test_lines_cannot_be_smuggled_into_the_evidence(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    odd = entry(f"{URL}&a=1\r\nX-Evil: 1\ud800", LAZADA)
    odd["response"]["headers"].append({"name": "X-A\r\nX-Evil", "value": "1\r\n\r\n<p>"})
    path = saved(tmp_path, "a.har", har(odd))
    (page,) = Taken(registry, [path], store=store, evidence=tmp_path / "evidence").pages
    assert page.received is not None
    assert page.received.evidence is not None
    kept = EvidenceStore(tmp_path / "evidence").read(page.received.evidence)
    assert kept.body == LAZADA
    assert "X-Evil" not in {name for name, _ in kept.headers}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed")


@given(st.data())
@hypothesis.settings(max_examples=150)
def test_changed_bytes_never_break_it(
    folder: Path, registry: Registry, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(FORMATS)))
    body = bytearray(FORMATS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(1, len(body)))
    path = saved(folder, name, bytes(body[:cut]))
    taken = Taken(registry, [path])
    assert taken.summary.exit_code in {0, 1}
    assert "\n" not in taken.lines[0]


def test_times_without_a_zone_are_unknown(tmp_path: Path, registry: Registry) -> None:
    log = har(entry(URL, LAZADA, startedDateTime="2026-11-18T03:04:05"))
    paths = [
        saved(tmp_path, "a.har", log),
        saved(tmp_path, "a.mhtml", mhtml(CARDS, "a while ago")),
    ]
    assert [page.observed_at for page in Taken(registry, paths).pages] == [None, None]


def test_dry_run_gives_json_lines(tmp_path: Path, registry: Registry) -> None:
    (page,) = Taken(registry, [saved(tmp_path, "a.json", SHOPEE)]).pages
    lines = [json.loads(to_json(listing)) for listing in page.listings]
    assert list(lines[0]) == list(Listing.__struct_fields__)
    assert [line["price"] for line in lines] == ["85000", "29900"]
    assert [line["cross_border_flag"] for line in lines] == [False, True]
    assert page.listings[0].price == Decimal(85000)


def test_run_is_in_the_ledger(tmp_path: Path, registry: Registry, store: Store) -> None:
    Taken(registry, [saved(tmp_path, "a.json", SHOPEE)], store=store)
    (run,) = store.runs.newest("ingest")
    assert (run.origin, run.outcome) == (Origin.saved, "done")
    assert run.counts == {"taken": 1, "pages": 1, "listings": 2}


def test_twice_is_once(tmp_path: Path, registry: Registry, store: Store) -> None:
    path = saved(tmp_path, "a.har", har(entry(URL, LAZADA)))
    for _ in range(2):
        Taken(registry, [path], store=store)
    assert len(list(store.observations.of_week(WEEK))) == 2


def test_capture_makes_a_page_of_the_tests(
    tmp_path: Path, registry: Registry, store: Store
) -> None:
    path = saved(tmp_path, "a.warc.gz", FORMATS["brotli.warc.gz"])
    (page,) = Taken(registry, [path], store=store, evidence=tmp_path / "evidence").pages
    assert page.received is not None
    assert page.received.evidence is not None
    kept = EvidenceStore(tmp_path / "evidence").read(page.received.evidence)
    made = capture(kept, "lazada", "sandal", tmp_path / "pages")
    assert made == tmp_path / "pages/lazada/sandal.json"
    spider = load_spiders()["lazada"]
    text = made.read_text(encoding="utf-8")
    listings = spider.listings(TextResponse("https://saved.example/", body=LAZADA))
    for before, after in zip(listings, spider.listings(case_response(made)), strict=True):
        assert (after.title, after.price, after.ship_from) == (
            before.title,
            before.price,
            before.ship_from,
        )
        assert before.seller_name
        assert before.seller_name not in text
        assert before.item_id not in text
    expected = json.loads(expectation_file(made).read_text(encoding="utf-8"))
    assert expected == expectation(spider, case_response(made))
    assert "| lazada/sandal.json |" in (tmp_path / "pages/SOURCES.md").read_text(encoding="utf-8")
    with pytest.raises(PantauError, match=r"sandal\.json: exists"):
        capture(kept, "lazada", "sandal", tmp_path / "pages")


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_utf_16_is_read(coding: str, tmp_path: Path, registry: Registry) -> None:
    words = LAZADA.decode().encode(coding)
    plain = Taken(registry, [saved(tmp_path, "lazada/b.json", LAZADA)])
    taken = Taken(registry, [saved(tmp_path, "lazada/a.json", words)])
    assert taken.pages[0].listings == plain.pages[0].listings
    assert taken.pages[0].received.sha256 == hashlib.sha256(words).hexdigest()


def test_brotli_that_begins_as_a_list_does_is_read(tmp_path: Path, registry: Registry) -> None:
    body = brotli.compress(LAZADA + b" " * 100_000, quality=5)
    assert body.startswith(b"[")
    record = warc((URL, body, {"Content-Encoding": "br"}))
    assert len(Taken(registry, [saved(tmp_path, "a.warc.gz", record)]).pages) == 1


def test_a_name_cannot_command_the_terminal(tmp_path: Path, registry: Registry) -> None:
    taken = Taken(registry, [saved(tmp_path, "\x1b[31mmerah\u202e.json", b"{")])
    assert taken.lines[0].isprintable()
