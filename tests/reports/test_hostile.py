"""What strangers write into titles, sellers, addresses and categories stays what it is: text."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

from monitor.model import Findings, FlaggedListing, Sighting, Signal, Text
from reports.archive import write_index
from reports.contexts import safe_link
from reports.edition import write_edition
from reports.letters import write_letter
from tests.hostile_texts import ADDRESSES, TEXTS

# What is read from a page has no half surrogate, and its end is cut.
HOSTILE = tuple(text[:4000].encode("utf-8", "replace").decode() for text in TEXTS)


def hostile_listing(model: FlaggedListing, text: str, address: str) -> FlaggedListing:
    listing = replace(
        model.listing,
        item_id=text,
        title=text,
        url=address,
        image_url=address,
        seller_name=text,
        seller_id=text,
        ship_from=text,
        ship_from_country=text,
        currency=text,
        category_path=text,
        brand=text,
    )
    decision = replace(model.classification, category=text, signals=(Signal(kind=text, text=text),))
    return replace(
        model,
        listing=listing,
        classification=decision,
        found_at=(Sighting(unit_id=text, query=text, rank=1, observed_at=None),),
        thumbnail=text,
        screenshot=address,
        label=text,
        sha256=text,
        evidence=text,
        relisted_from=text,
    )


def hostile(rich: Findings) -> Findings:
    pairs = [(text, ADDRESSES[number % len(ADDRESSES)]) for number, text in enumerate(HOSTILE)]
    entries = tuple(hostile_listing(rich.listings[0], *pair) for pair in pairs)
    refused = rich.coverage[-2]
    reasons = tuple(replace(refused.reasons[0], reason=text) for text in HOSTILE[:6])
    return replace(
        rich,
        listings=entries,
        suspected=entries,
        imported=entries,
        gone=entries,
        unplanned_listings=entries,
        platforms=tuple(
            replace(platform, reply=Text(id=HOSTILE[0], en=HOSTILE[0]))
            for platform in rich.platforms
        ),
        coverage=(*rich.coverage[:-2], replace(refused, reasons=reasons), rich.coverage[-1]),
    )


@pytest.fixture(scope="module")
def written(rich: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hostile")
    write_edition(hostile(rich), out / "edition", media=out)
    write_letter(hostile(rich), "lapak-contoh", out / "letters")
    write_index(out)
    return out


def pages(out: Path) -> list[Path]:
    return sorted(out.rglob("*.html"))


def has_script(path: Path) -> bool:
    """Whether the page is the archive or the explorer, which filter by a script of ours."""
    return path.name.startswith("offers") or (path.parent / "feed.xml").exists()


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_plain_http_addresses_become_links(address: str) -> None:
    assert safe_link(address) is None


def test_plain_addresses_pass() -> None:
    address = "https://lapak-contoh.example/produk/1?a=b&c=%20#d"
    assert safe_link(address) == address
    assert safe_link("HTTP://lapak-contoh.example/") == "HTTP://lapak-contoh.example/"


def test_nothing_hostile_becomes_markup(written: Path) -> None:
    for path in pages(written):
        text = path.read_text(encoding="utf-8")
        body = re.sub(r"(?s)<script>.*?</script>", "", text) if has_script(path) else text
        for bad in ("<script", "<iframe", "<form action", "<base", "<svg onload", "<img src=x"):
            assert bad not in body, (path.name, bad)
        for href in re.findall(r'href="([^"]*)"', body):
            assert re.match(r"https?://|#|[\w./%-]+(#[\w=/%.-]+)?$", href), href
        assert not re.findall(r"<[^>]*\son\w+=", re.sub(r"&[^;]+;", "", body))


def test_links_away_give_nothing_away(written: Path) -> None:
    for path in pages(written):
        for tag in re.findall(r'<a [^>]*href="https?://[^>]*>', path.read_text(encoding="utf-8")):
            assert 'rel="noopener noreferrer nofollow"' in tag


def test_no_formula_starts_in_the_workbook(written: Path) -> None:
    path = next(written.rglob("*.xlsx"))
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in parts.read(name)
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_no_formula_starts_in_the_csv(written: Path) -> None:
    import csv
    import io

    for path in written.rglob("*.csv"):
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        for row in rows:
            for value in row:
                number = re.fullmatch(r"-?[\d.e-]+", value)
                assert number or not value.lstrip().startswith(("=", "+", "-", "@")), value


@pytest.mark.browser
def test_nothing_runs_in_chromium(written: Path, chromium: Browser) -> None:
    tab = chromium.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for path in pages(written):
        tab.goto(path.as_uri())
        tab.mouse.move(200, 400)
        tab.keyboard.press("Tab")
        assert tab.evaluate("window.owned") is None, path.name
        assert tab.evaluate("document.forms.length") == has_script(path)
    assert all(url.startswith("file:") for url in asked)
    tab.close()
