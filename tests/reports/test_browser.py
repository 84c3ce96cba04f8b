"""The pages in a real Chromium: accessible, quiet, never wider than the screen, and on paper."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from monitor.model import Findings
from reports.archive import write_index
from reports.cases import case_file, write_case
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import write_letter
from reports.pdf import write_pdf

from .weeks import case_record, flagged

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chromium")]
needs_font = pytest.mark.skipif(
    sys.platform == "linux"
    and not os.environ.get("PANTAU_REQUIRE_CHROMIUM")
    and not any(Path("/usr/share/fonts").rglob("LiberationSans-*")),
    reason="pages are laid out for Liberation Sans: apt-get install fonts-liberation",
)
SIZES = {"desktop": (1440, 1000), "phone": (390, 844)}


@pytest.fixture(scope="module")
def site(weeks: dict[str, Findings], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of page in both languages, with pictures and a long list."""
    root = tmp_path_factory.mktemp("site")
    (root / "pictures").mkdir()
    (root / "pictures" / "900003.jpg").write_bytes(b"")
    shown = {name: weeks[name] for name in ("corrected", "provisional", "empty")}
    for lang in ("id", "en"):
        for name, findings in shown.items():
            write_edition(findings, root / "all" / name, lang=lang, media=root / "pictures")
        for platform in ("lapak-contoh", "luar-seberang"):
            write_letter(weeks["rich"], platform, root / "letters", lang)
        write_index(root / "all", lang=lang)
    for case in weeks["rich"].cases[3:6]:
        folder = (root / "all" / case_file(case.id)).parent
        folder.mkdir(parents=True)
        Image.new("RGB", (900, 700), "white").save(folder / "own_page-1.webp")
        write_case(weeks["rich"], case_record(case), folder)
    for lang in ("id", "en"):
        write_edition(weeks["rich"], root / "public", lang=lang, public=True)
    return root


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
@pytest.mark.parametrize("lang", ["id", pytest.param("en", marks=pytest.mark.long)])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_axe_finds_no_violation(
    chromium: Browser, site: Path, size: str, lang: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )
    tab = context.new_page()
    end = "" if lang == "id" else ".en"
    pages = [
        f"all/corrected/index{end}.html",
        f"all/empty/index{end}.html",
        f"all/corrected/press{end}.html",
        f"all/empty/press{end}.html",
        f"all/index{end}.html",
        f"all/platforms/lapak-contoh/index{end}.html",
        f"letters/letter-lapak-contoh.{lang}.html",
        f"letters/letter-luar-seberang.{lang}.html",
        f"all/{case_file('lapak-contoh-900004', lang)}",
    ]
    if (size, scheme) in {("desktop", "light"), ("phone", "dark")}:
        pages += [
            f"all/provisional/index{end}.html",
            f"all/corrected/offers{end}.html",
            f"all/corrected/sellers{end}.html",
            f"public/index{end}.html",
        ]
    for page in pages:
        tab.goto((site / page).as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        violations = Axe().run(tab)
        assert violations.violations_count == 0, f"{page}\n{violations.generate_report()}"
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
    context.close()


def test_no_page_asks_for_anything_or_breaks_its_own_policy(chromium: Browser, site: Path) -> None:
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    for path in sorted(site.rglob("*.html")):
        tab.goto(path.as_uri())
    assert complaints == []
    assert all(url.startswith(site.as_uri()) for url in asked)
    context.close()


def test_a_picture_beside_the_page_is_shown(
    chromium: Browser, rich: Findings, tmp_path: Path
) -> None:
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c4944415408d763f8cfc00000030101001 8dd8db00000000049454e44ae426082".replace(" ", "")
    )
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "900003.png").write_bytes(pixel)
    entry = replace(rich.listings[0], thumbnail="900003.png")
    first = write_edition(replace(rich, listings=(entry,)), tmp_path / "out", media=tmp_path / "m")
    tab = chromium.new_page()
    failed: list[str] = []
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.on("console", lambda message: failed.append(message.text))
    tab.goto(f"{first.with_name('offers.html').as_uri()}#offer-1")
    tab.locator(".offer img").scroll_into_view_if_needed()
    tab.wait_for_load_state()
    assert failed == []
    assert tab.evaluate("document.querySelector('.offer img').getBoundingClientRect().width") > 50
    tab.close()


def test_the_archive_is_searched_and_reads_without_script(chromium: Browser, site: Path) -> None:
    page = (site / "all" / "index.html").as_uri()
    tab = chromium.new_page()
    tab.goto(page)
    everything = tab.locator("article:visible").count()
    tab.get_by_role("searchbox").fill("sementara tidak terukur")
    matching = tab.locator("article:visible").count()
    assert 0 < matching < everything
    assert tab.get_by_role("status").inner_text() == f"{matching} edisi cocok"
    tab.close()
    bare = chromium.new_context(java_script_enabled=False).new_page()
    bare.goto(page)
    assert bare.locator("article:visible").count() == everything
    assert bare.locator("form:visible").count() == 0
    bare.context.close()


@needs_font
def test_the_first_page_is_short(chromium: Browser, rich: Findings, tmp_path: Path) -> None:
    """The week of a simulation, with twelve promises, ends before 9,000 pixels on a wide screen."""
    promises = tuple(
        replace(rich.policies[0], id=f"p-{number}", primary_for=()) for number in range(8)
    )
    listings = tuple(
        flagged(number, platform, confirmed=number < 20)
        for platform in ("lapak-contoh", "kedai-umpama")
        for number in range(60)
    )
    week = replace(rich, listings=listings, policies=(*rich.policies, *promises))
    tab = chromium.new_page(viewport={"width": 1440, "height": 1000})
    tab.goto(write_edition(week, tmp_path).as_uri())
    assert tab.evaluate("document.documentElement.scrollHeight") <= 9000
    tab.close()


def test_the_explorer_finds_in_all_parts_and_reads_without_script(
    chromium: Browser, rich: Findings, tmp_path: Path
) -> None:
    """Of 260 offers in two parts; the address holds the filter, and an offer shows its proof."""
    listings = tuple(flagged(number, first_seen=None) for number in range(260))
    write_edition(replace(rich, listings=listings, gone=()), tmp_path, lang="en")
    page = (tmp_path / "offers.en.html").as_uri()
    tab = chromium.new_page()
    tab.goto(page)
    rows = tab.locator("#matches tbody tr")
    expect(rows).to_have_count(50)
    assert tab.locator(".offer:visible").count() == 0
    tab.get_by_role("searchbox").fill("contoh 255")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").click()
    tab.wait_for_url(re.compile(r"offers-2\.en\.html#offer-256$"))
    expect(tab.locator(".offer:visible")).to_have_count(1)
    assert "2026-W47/lapak-contoh.warc.gz" in tab.locator(".offer:visible").inner_text()
    tab.goto(f"{page}#state=suspected")
    tab.reload()
    expect(rows).to_have_count(len(rich.suspected))
    tab.get_by_label("State").select_option("confirmed")
    expect(rows).to_have_count(14)
    tab.get_by_label("Seller", exact=True).fill("lapak-contoh/s3")
    expect(rows).to_have_count(2)
    assert "state=confirmed" in tab.url
    assert tab.get_by_role("status").inner_text().startswith("2 of 2 matching offers")
    tab.get_by_role("button", name="Show more").wait_for(state="hidden")
    tab.close()
    bare = chromium.new_context(java_script_enabled=False).new_page()
    bare.goto(page)
    assert bare.locator(".offer:visible").count() == 250
    assert bare.locator("form:visible").count() == 0
    bare.context.close()


def font_sizes(reader: PdfReader) -> Counter[float]:
    """How many characters are printed in which size, in points on the paper."""
    sizes: Counter[float] = Counter()

    def visit(text: str, scale: list[float], matrix: list[float], _: object, size: float) -> None:
        sizes[round(abs(size * matrix[3] * scale[3]), 1)] += len(text.strip())

    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    return sizes


@needs_font
def test_the_pdf_carries_running_heads_and_page_numbers(rich: Findings, tmp_path: Path) -> None:
    first = write_edition(rich, tmp_path, pdf=True)
    assert 'href="pantau-2026-W47.id.pdf"' in first.read_text(encoding="utf-8")
    reader = PdfReader(tmp_path / "pantau-2026-W47.id.pdf")
    number = len(reader.pages)
    assert number > 3
    for at, page in enumerate(reader.pages, 1):
        text = re.sub(r"\s+", " ", page.extract_text())
        assert "DATA SIMULASI" in text
        assert "Minggu 47 tahun 2026" in text
        assert f"Halaman {at} dari {number}" in text
        sides = {round(page.mediabox.width), round(page.mediabox.height)}
        assert sides == {595, 842}
    first_page, *others = (" ".join(page.extract_text().split()) for page in reader.pages)
    messages = EditionMessages(rich, "id")
    concluded = [sentence for _, sentence in messages.lead()]
    for sentence in (messages.headline(), messages.moment(rich.as_of), *concluded):
        assert sentence.replace("fi", "ﬁ") in first_page.replace("fi", "ﬁ")
    heads = "Platform Tekstil & fesyen Makanan & minuman Kerajinan"
    assert sum(text.count(heads) for text in (first_page, *others)) == 1, "no table goes on"
    sizes = font_sizes(reader)
    assert 9 <= sizes.most_common(1)[0][0] <= 10
    tiny = sum(number for size, number in sizes.items() if size < 6.5)
    assert tiny < 0.05 * sizes.total(), "nothing is shrunk to fit the paper"
    whole = " ".join(page.extract_text() for page in reader.pages)
    assert "Semua angka per baris" in whole
    assert "4,90%–5,60%" in whole  # what the screen folds away stands open on paper
    assert reader.outline
    sheet = PdfReader(tmp_path / "press.pdf").pages
    assert [(round(page.mediabox.width), round(page.mediabox.height)) for page in sheet] == [
        (595, 842)
    ]
    with Image.open(tmp_path / "press.png") as card:
        assert card.width == 1080


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize(
    "platform", ["lapak-contoh", "kedai-umpama", "niaga-misal", "luar-seberang"]
)
def test_letters_take_at_most_two_pages_and_their_annex_lies_across(
    rich: Findings, tmp_path: Path, platform: str, lang: str
) -> None:
    address = f"https://{platform}.example/{'panjang-' * 40}"
    long = tuple(replace(case, title="panjang " * 40, url=address) for case in rich.cases)
    path = write_letter(replace(rich, cases=long), platform, tmp_path, lang, pdf=True)
    shapes = [page.mediabox.width < page.mediabox.height for page in PdfReader(path).pages]
    upright = shapes.count(True)
    assert upright <= 2
    assert shapes == [True] * upright + [False] * (len(shapes) - upright)
    assert (False in shapes) is (platform == "lapak-contoh")


def test_printing_sends_nothing_and_runs_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<title>x</title><script>document.title='ran'</script><p>text</p>")
    assert "text" in PdfReader(write_pdf(page, tmp_path / "x.pdf")).pages[0].extract_text()
