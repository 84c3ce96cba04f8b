"""Pictures of kept pages: nothing runs, nothing is asked for, and the words are pointed at."""

from __future__ import annotations

import gzip
import io

import pytest
from PIL import Image

from monitor.crawl.chromium import find_chromium
from monitor.crawl.pictures import Picture, PictureSubject, picture_of, take_pictures
from monitor.evidence import WarcRecord

HTML = (("Content-Type", "text/html; charset=utf-8"),)
OWN = """<!doctype html><meta http-equiv="refresh" content="0; url=https://elsewhere.example/">
<body style="margin:0"><h1>Hijab voal polos untuk harian</h1><p>Dikirim dari <b>Tiongkok</b></p>
<img src="http://127.0.0.1:9/a.png"><iframe src="file:///etc/passwd"></iframe>
<script>document.body.innerHTML = "<b>Tiongkok ran</b>".repeat(99)</script>"""
RESULTS = "<!doctype html><body>Tiongkok" + "".join(
    f"<div style='height:380px'>Barang {number} <i>Tiongkok</i></div>" for number in range(20)
)


def kept(body: bytes, *words: str, around: str | None = None, **headers: str) -> PictureSubject:
    fields = (*HTML, *((name.replace("_", "-"), text) for name, text in headers.items()))
    return PictureSubject(WarcRecord("file:///etc/passwd", 200, fields, body), words, around)


@pytest.fixture(scope="module")
def taken() -> dict[str, Picture | str]:
    if find_chromium() is None:
        pytest.skip("there is no Chromium")
    json = WarcRecord("https://x.example", 200, (("Content-Type", "application/json"),), b"[1]")
    pages = {
        "own": kept(gzip.compress(OWN.encode()), "Tiongkok", "Toko", content_encoding="gzip"),
        "script": kept(b"<body><div id=app></div><script>1</script>", "x"),
        "json": PictureSubject(json, ()),
        "broken": kept(b"\x1f\x8bno", content_encoding="gzip"),
        "results": kept(RESULTS.encode(), "Tiongkok", around="Barang 12"),
        "elsewhere": kept(RESULTS.encode(), "Tiongkok", around="Barang 99"),
    }
    return dict(take_pictures(pages))


def test_what_was_received_is_shown_and_its_words_are_pointed_at(
    taken: dict[str, Picture | str],
) -> None:
    picture = taken["own"]
    assert isinstance(picture, Picture)
    assert picture.words == ("Tiongkok",)
    image = Image.open(io.BytesIO(picture.image))
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or ()}
    assert any(red > 170 and green < 110 and blue < 60 for red, green, blue in colours)


def test_a_result_page_is_shown_around_the_offer(taken: dict[str, Picture | str]) -> None:
    picture = taken["results"]
    assert isinstance(picture, Picture)
    assert picture.words == ("Tiongkok",)
    assert Image.open(io.BytesIO(picture.image)).height < 1200


def test_without_the_offer_there_is_no_picture(taken: dict[str, Picture | str]) -> None:
    reasons = {name: why for name, why in taken.items() if not isinstance(why, Picture)}
    assert reasons == {
        "script": "blank", "json": "no_page", "broken": "no_page", "elsewhere": "blank",
    }  # fmt: skip


def test_without_chromium_every_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_CHROMIUM", "/nowhere/chromium")
    assert take_pictures({"own": kept(OWN.encode())}) == {"own": "no_chromium"}
    assert take_pictures({}) == {}


def test_a_kept_screenshot_is_made_smaller() -> None:
    png = io.BytesIO()
    Image.new("RGB", (2048, 9000), "red").save(png, "PNG")
    width, height = Image.open(io.BytesIO(picture_of(png.getvalue()).image)).size
    assert (width, height < 3000) == (921, True)
