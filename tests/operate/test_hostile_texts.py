"""Hostile titles, sellers and addresses from a saved page to all that is written of them."""

from __future__ import annotations

import csv
import gzip
import json
import re
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from lxml import etree
from msgspec.structs import replace
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from pypdf import PdfReader

from monitor.cli import main
from monitor.config import previous_week, week_of
from monitor.crawl.fields import LONGEST_TEXT
from monitor.demo import DemoServer
from monitor.demo.shops import HOSTS, Lazada, ShopRequest, ShopResponse
from monitor.model import Answer, LabelKind, Mark
from monitor.operate.editions import differences
from monitor.process import PYTHON_MODULE
from monitor.registry import load_registry
from monitor.store import Store
from monitor.web import invite
from reports.messages import ReportError
from reports.pdf import browser
from tests.audit.conftest import create_app, serving
from tests.hostile_texts import ADDRESSES, TEXTS

from .conftest import environment, label

pytestmark = pytest.mark.long

WEEK = previous_week(week_of(datetime.now(UTC)))
FIRST = 7_000_000
SITE = "https://www.lazada.co.id"
SETTINGS = """
[crawl]
browser = false
[confirmations.lazada-2021-akar]
by = "Petugas Satu"
on = 2026-01-05
"""
FRAME = """\
cell_entries = 1

[[entries]]
cluster = "textile_fashion"
stratum = "head"
core = true
platforms = ["lazada"]
queries = ["batik"]
"""
LISTINGS = [
    (text, f"{SITE}/products/batik-i{FIRST + number}.html") for number, text in enumerate(TEXTS)
] + [(f"address {number}", address) for number, address in enumerate(ADDRESSES)]


class HostileShop(Lazada):
    """Lazada with nothing but hostile listings: all on one result page, each with its own page."""

    def respond(self, request: ShopRequest) -> ShopResponse:
        """The result page, or the own page whose number the path ends with."""
        own = re.search(r"(\d{7})\.html$", request.path)
        if own is None:
            payload = {
                "mods": {
                    "listItems": [node(number, *each) for number, each in enumerate(LISTINGS)]
                },
                "mainInfo": {"totalResults": f"{len(LISTINGS)}"},
            }
            return page(f"<script>window.pageData = {script(payload)};</script>")
        number = int(own[1]) - FIRST
        return own_page(node(number, *LISTINGS[number]))


def page(scripts: str) -> ShopResponse:
    """A page of the site that holds data alone."""
    return ShopResponse(f"<html><body>Lazada{scripts}</body></html>".encode())


def script(document: object) -> str:
    """A document as JavaScript that cannot end its script element; ASCII, for half surrogates."""
    return json.dumps(document).replace("<", "\\u003c")


def node(number: int, text: str, address: str) -> dict[str, Any]:
    """A listing of Lazada's result page, from abroad by its place."""
    return {
        "itemId": str(FIRST + number),
        "name": f"{text} kain batik tulis {number}",
        "itemUrl": address,
        "image": address,
        "price": "26350.00",
        "sellerName": f"{text} toko {number}",
        "sellerId": f"{number + 1}",
        "brandName": text,
        "location": "China",
    }


def own_page(listing: dict[str, Any]) -> ShopResponse:
    """The own page of a listing of the result page."""
    fields = {
        "primaryKey": {"itemId": listing["itemId"]},
        "product": {"title": listing["name"], "brand": {"name": listing["brandName"]}},
        "seller": {"name": listing["sellerName"], "sellerId": listing["sellerId"]},
    }
    product = {
        "@type": "Product",
        "sku": listing["itemId"],
        "name": listing["name"],
        "offers": {
            "@type": "Offer",
            "price": "26350",
            "priceCurrency": "IDR",
            "shippingDetails": {"shippingOrigin": {"addressCountry": "CN"}},
        },
    }
    module = {"data": {"root": {"fields": fields}}}
    return page(
        f"<script>var __moduleData__ = {script(module)};</script>"
        f'<script type="application/ld+json">{script(product)}</script>'
    )


class Home:
    """A home with a week of hostile listings: crawled, visited, labelled and reported."""

    def __init__(self, folder: Path, demo: DemoServer) -> None:
        self.folder, self._demo = folder, demo

    @property
    def edition(self) -> Path:
        return self.folder / "reports" / WEEK / "final"

    @property
    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.folder / 'pantau.db'}")

    def __call__(self, *arguments: object) -> str:
        """What ``pantau`` prints here."""
        plain = {"PANTAU_HANDOVER": None, "PANTAU_NOTIFY": None}
        done = CliRunner(env=plain | environment(self.folder, self._demo)).invoke(
            main, [*map(str, arguments)], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("hostile") / "home"
    (folder / "registry").mkdir(parents=True)
    (folder / "registry" / "frame.toml").write_text(FRAME, encoding="utf-8")
    settings = f'registry = "{folder}/registry"\n{SETTINGS}'
    (folder / "pantau.toml").write_text(settings, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, DemoServer(week=WEEK) as demo:
        patch.setitem(HOSTS, "www.lazada.co.id", HostileShop())
        patch.setattr("monitor.sampling.audit.FLAGGED_A_CELL", len(LISTINGS))
        pantau = Home(folder, demo)
        for command in ("plan", "crawl", "audit draw"):
            pantau(*command.split(), "--week", WEEK)
        with pantau.store as store:
            sample = store.audit_samples.of_week(WEEK)
            assert sample and len(sample.items) == len(LISTINGS)
            invite(store, "satu")
            pantau("audit", "export", "satu", folder / "sheet.csv", "--week", WEEK)
            for name, kind in (("satu", LabelKind.first), ("dua", LabelKind.second)):
                invite(store, name)
                for item in sample.items:
                    answer = label(WEEK, item.key, name, Answer.yes, kind=kind)
                    store.labels.append(replace(answer, mark=Mark.dispatch, note=TEXTS[0]))
        pantau("report", "--edition", "final", "--week", WEEK, "--letter", "lazada", "--pdf")
        yield pantau


def readable(text: str) -> str:
    """What an eye can read of a text, each space as one."""
    parts = (char if char.isprintable() and char != "\ufffd" else " " for char in text)
    return " ".join("".join(parts).split())


TITLES = [readable(node(number, *each)["name"])[:150] for number, each in enumerate(LISTINGS)]
"""What is to be read of each title, at least."""


_LOADED = """() => [...document.querySelectorAll("*")].flatMap(node => [...node.attributes])
    .filter(({name, value}) => name.startsWith("on")
        || ["href", "src", "action", "srcdoc"].includes(name) && /^\\s*[jv]\\w+:/i.test(value))
    .map(({name, value}) => `${name}=${value}`)"""
"""Attributes of a document that run something."""


class Watched:
    """A tab in which a page may run nothing and ask for addresses that begin with ``own`` only."""

    def __init__(self, tab: Tab, own: str) -> None:
        self.tab, self._own = tab, own
        self.events: list[str] = []
        tab.on("request", lambda request: self._note(request.url))
        tab.on("dialog", lambda dialog: self._note(dialog.message))
        tab.context.on("page", lambda window: self._note(f"window {window.url}"))

    def _note(self, event: str) -> None:
        if not event.startswith(self._own):
            self.events.append(event)

    def show(self, address: str) -> str:
        """The text of a page after it was touched; fails where anything ran or was fetched."""
        self.tab.goto(address)
        self.tab.mouse.move(200, 400)
        self.tab.keyboard.press("Tab")
        assert self.tab.evaluate("window.owned") is None, address
        assert self.tab.evaluate(_LOADED) == []
        assert self.events == []
        return readable(self.tab.evaluate("document.body.textContent"))


@pytest.fixture(scope="module")
def chromium(home: Home) -> Iterator[Browser]:
    """A Chromium; begun after the home, since no other loop runs beside Playwright's."""
    with ExitStack() as stack:
        try:
            launched = stack.enter_context(browser())
        except ReportError as error:
            pytest.skip(str(error))
        yield launched


Watch = Callable[[str], Watched]


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watch]:
    """Opens a tab that may ask for addresses with the given beginning only."""
    with ExitStack() as stack:
        yield lambda own: Watched(stack.enter_context(chromium.new_page()), own)


def test_the_store_holds_each_text_and_no_address_that_is_none(home: Home) -> None:
    with home.store as store:
        listings = [each.listing for each in store.observations.of_week(WEEK)]
    assert [readable(listing.title)[:150] for listing in listings] == TITLES
    assert max(len(listing.title) for listing in listings) == LONGEST_TEXT
    for listing in listings:
        assert not listing.url or listing.url.startswith("https://")


def hidden(text: str, titles: Iterable[str] = TITLES) -> list[str]:
    """The titles that a text does not show."""
    return [title for title in titles if title not in text]


@pytest.mark.browser
def test_pages_of_the_report_run_nothing(home: Home, watched: Watch) -> None:
    tab = watched("file:")
    reports = home.folder / "reports"
    cases = sorted(reports.glob("cases/*/index.html"))
    assert len(cases) > 5
    pages = [*home.edition.glob("*.html"), reports / "index.html", *cases[:6]]
    assert hidden(" ".join(tab.show(page.as_uri()) for page in pages)) == []


@pytest.mark.browser
def test_the_letter_names_each_confirmed_listing(home: Home, watched: Watch) -> None:
    with home.store as store:
        edition = store.editions.latest(WEEK)
    assert edition
    confirmed = [
        readable(entry.listing.title)[:60].strip()
        for entry in edition.listings
        if entry.confirmed and "lazada-2021-akar" in entry.policies
    ]
    assert len(confirmed) >= len(TEXTS) - 1, "the longest title is cut before its goods"
    text = watched("file:").show((home.edition / "letter-lazada.id.html").as_uri())
    assert hidden(text, confirmed) == []


@pytest.mark.browser
def test_the_printed_documents_have_no_action_but_plain_links(home: Home) -> None:
    printed = [*home.edition.glob("*.pdf")]
    assert len(printed) == 3
    texts = []
    for path in printed:
        reader = PdfReader(path)
        assert not {"/OpenAction", "/AA", "/Names"} & reader.root_object.keys()
        for page in reader.pages:
            for reference in page.get("/Annots", ()):
                action = reference.get_object().get("/A", {})
                assert action.get("/S") in {None, "/URI", "/GoTo"}
                assert action.get("/URI", "https://").startswith(("https://", "file://"))
        texts += [page.extract_text() for page in reader.pages]
    assert "kain batik tulis" in "".join(texts)


def test_the_feed_is_well_formed(home: Home) -> None:
    feed = etree.parse(home.folder / "reports" / "feed.xml")
    assert feed.findtext("{*}entry/{*}title")


def test_cells_of_the_workbook_are_texts(home: Home) -> None:
    book = load_workbook(next(home.edition.glob("pantau-*.xlsx")))
    types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert types <= set("snbd"), "no formula among them"
    header, *rows = book.worksheets[3].iter_rows()
    heading = "Judul sebagaimana ditayangkan"
    titles = [row[[cell.value for cell in header].index(heading)] for row in rows]
    assert {cell.data_type for cell in titles} == {"s"}
    assert sorted(readable(unescape(cell.value))[:150] for cell in titles) == sorted(TITLES)


def rows_of(text: str, delimiter: str = ",") -> list[list[str]]:
    """The rows of a CSV, all as long as its heading, in none of whose cells a formula begins."""
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in chain.from_iterable(rows):
        # Where ";" is the list separator a spreadsheet parts cells there and at line breaks.
        for part in re.split(r"[;\t\r\n]", cell):
            number = re.fullmatch(r"-?[\d.,e-]+", part)
            assert number or not part.lstrip(" \ufeff\u200b").startswith(tuple("=+-@＝")), cell
    return rows


def titles_in(text: str, column: str) -> list[str]:
    """What is to be read of the titles of a CSV, without the quotes before formulas."""
    header, *rows = rows_of(text)
    cells = [row[header.index(column)] for row in rows]
    return sorted(readable(_QUOTE.sub(r"\1", cell))[:150] for cell in cells)


_QUOTE = re.compile(r"(^|[;\t\r\n])'(?=[\s\ufeff\u200b]*[=+\-@＝\t\r\n])")


def test_rows_of_csv_hold(home: Home) -> None:
    rows_of((home.edition / "cells.id.csv").read_text("utf-8-sig"), ";")
    assert titles_in((home.edition / "listings.csv").read_text("utf-8-sig"), "title") == sorted(
        TITLES
    )


def test_rows_of_the_sheet_for_annotators_hold(home: Home) -> None:
    assert titles_in((home.folder / "sheet.csv").read_text("utf-8-sig"), "judul") == sorted(TITLES)


def test_rows_of_a_release_for_research_hold(home: Home, tmp_path: Path) -> None:
    home("db", "key", tmp_path / "key")
    home(
        "db", "export", tmp_path / "release", "--tier", "restricted", "--key-file", tmp_path / "key"
    )
    files = [*(tmp_path / "release").glob("data/*.csv.gz")]
    assert files
    for path in files:
        rows_of(gzip.decompress(path.read_bytes()).decode())


def test_a_packed_listing_holds_its_text_as_json(home: Home, tmp_path: Path) -> None:
    for number in (0, TEXTS.index("../../../../etc/passwd\x00.html"), len(TEXTS) - 1):
        out = tmp_path / f"{number}.wacz"
        home("evidence", "pack", f"lazada/{FIRST + number}", "--out", out)
        with zipfile.ZipFile(out) as package:
            names = package.namelist()
            lines = package.read("pages/pages.jsonl").decode().strip().split("\n")
        pages = [json.loads(line) for line in lines]
        assert {readable(page["title"])[:150] for page in pages[1:]} == {TITLES[number]}
        assert all(re.fullmatch(r"(\w+/)?[\w.-]+", name) for name in names)


def test_no_command_hands_the_terminal_a_control_character(home: Home) -> None:
    archives = [*home.folder.glob("evidence/*/lazada-*.warc.gz")]
    for command in (
        ("status", "--week", WEEK),
        ("audit", "status", "--week", WEEK),
        ("report", "--verify", WEEK),
        ("reprocess", "--dry-run"),
        ("evidence", "verify"),
        ("ingest", *archives, "--dry-run"),
        ("ingest", *archives, "--dry-run", "--format", "jsonl"),
    ):
        printed = home(*command)
        assert all(line.isprintable() for line in printed.split("\n")), command
    listings = [json.loads(line) for line in printed.split("\n") if line.startswith("{")]
    assert sorted({readable(listing["title"])[:150] for listing in listings}) == sorted(TITLES)


def test_a_difference_between_editions_is_told_in_printable_words(home: Home) -> None:
    with home.store as store:
        stored = store.editions.latest(WEEK)
    assert stored
    control = next(entry for entry in stored.listings if "\x1b" in entry.listing.title)
    changed = replace(stored, listings=(replace(control, label=control.listing.title),))
    other = replace(stored, listings=(control,))
    assert all(line.isprintable() for line in differences(other, changed))


@pytest.mark.browser
def test_pages_for_annotators_run_nothing(home: Home, watched: Watch) -> None:
    with home.store as store:
        link = urlsplit(invite(store, "satu")).path
        application = create_app(store, WEEK, home.folder / "evidence", load_registry())
        with serving(application) as address:
            tab = watched(address)
            tab.show(f"{address}{link}")
            assert hidden(tab.show(f"{address}/audit/answers")) == []
            shown = (tab.show(f"{address}/audit/?at={number}") for number in range(len(TITLES)))
            assert hidden(" ".join(shown)) == []


@pytest.mark.browser
@pytest.mark.skipif(not find_spec("datasette"), reason="Datasette is not installed")
def test_explored_tables_run_nothing(home: Home, watched: Watch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    exploring = subprocess.Popen(
        [
            *PYTHON_MODULE,
            "monitor",
            "db",
            "explore",
            "--with-sellers",
            "--port",
            address.rpartition(":")[2],
        ],
        env=environment(home.folder, None),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert exploring.stderr
    while "running on" not in exploring.stderr.readline():
        assert exploring.poll() is None
    try:
        tab = watched(address)
        assert hidden(tab.show(f"{address}/pantau/observations?_size=200")) == []
    finally:
        exploring.terminate()
        exploring.communicate(timeout=60)
