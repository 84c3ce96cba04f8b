"""Rendering an edition: pure, complete, self-contained, redacted alike in every document."""

from __future__ import annotations

import hashlib
import json
import re
import tracemalloc
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace
from parsel import Selector

from monitor.model import (
    Cluster,
    Findings,
    Origin,
    PolicyScope,
    Prohibited,
    Verdict,
    from_json,
    json_parts,
    to_json,
)
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.listings import PROVEN_SHOWN, listing_lists
from reports.messages import Messages, ReportError
from reports.page import SECTIONS, EditionPages
from reports.tables import LISTINGS, csv_parts, listing_rows, to_csv

GOLDEN = Path(__file__).parent / "golden"
LIMIT = 2_000_000


class Ids(HTMLParser):
    """Ids, local links and balance of a page."""

    void = frozenset({"meta", "br", "img", "input", "link", "hr", "path", "circle", "use", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def pages_of(findings: Findings, lang: str) -> dict[str, str]:
    """The pages of an edition by their file names, unwritten."""
    messages = EditionMessages(findings, lang)
    return dict(EditionPages(messages, listing_lists(findings, messages.summary)).render())


def test_same_findings_give_the_same_bytes(any_week: Findings, tmp_path: Path) -> None:
    write_edition(any_week, tmp_path / "a")
    stored = from_json((tmp_path / "a" / "findings.json").read_bytes(), Findings)
    write_edition(stored, tmp_path / "b")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("lang", ["id", "en"])
def test_golden_page(rich: Findings, tmp_path: Path, lang: str) -> None:
    """What the page was when somebody last looked at it; its style is known by its hash."""
    few = replace(rich, listings=rich.listings[:2], suspected=(), imported=(), gone=())
    page = write_edition(few, tmp_path, lang=lang).read_text(encoding="utf-8")
    page = re.sub(r"(?s)<style>.*?</style>", "<style>…</style>", page)
    golden = GOLDEN / f"page.{lang}.html"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(page, encoding="utf-8")
        pytest.fail(f"{golden} was missing and is written now; review it before proceeding")
    assert page == golden.read_text(encoding="utf-8"), (
        f"the page is not {golden}; where the change is meant, delete that file, run this test"
        " again to have it written, and review the difference before committing it"
    )


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_page_is_whole(any_week: Findings, tmp_path: Path, lang: str) -> None:
    page = Ids(write_edition(any_week, tmp_path, lang=lang).read_text(encoding="utf-8"))
    for path in tmp_path.glob("*.html"):
        other = Ids(path.read_text(encoding="utf-8"))
        assert not other.open
        assert len(other.ids) == len(set(other.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        elif "://" not in link:
            name, _, anchor = link.partition("#")
            assert (tmp_path / name).is_file(), link
            assert (
                not anchor
                or "=" in anchor
                or f'id="{anchor}"' in (tmp_path / name).read_text(encoding="utf-8")
            )
    shown_where_any = {name for name in ("unplanned", "waiting") if not getattr(any_week, name)}
    if not any(cell.cluster is Cluster.used_clothing for cell in any_week.cells):
        shown_where_any.add("used_clothing")
    optional = {"corrections", "downloads", *shown_where_any}
    assert set(SECTIONS) - optional <= set(page.ids)


def test_the_page_asks_nobody_for_anything(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path).read_text(encoding="utf-8")
    assert "<script" not in page
    assert " style=" not in page
    assert not re.findall(r'(?:src|srcset|data|poster)="(?!media/)', page)
    assert "@import" not in page
    assert "url(" not in page
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_findings_json_has_the_promised_cells(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path)
    cells = json.loads((tmp_path / "findings.json").read_bytes())["cells"]
    promised = (
        "week platform cluster policy planned sampled places flagged audited confirmed "
        "coverage estimate low high tolerance verdict"
    )
    assert set(promised.split()) <= cells[0].keys()
    assert len(cells) == len(rich.cells)


def test_the_page_gives_every_number_of_the_matrix(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path, lang="en").read_text(encoding="utf-8")
    matrix = page.split('id="matrix"')[1].split('id="changes"')[0]
    messages = Messages("en")
    for cell in rich.cells:
        if cell.primary and cell.verdict is not Verdict.not_measurable:
            assert messages.share(cell.estimate, 2) in matrix
            assert messages.interval(cell.low, cell.high, 2) in matrix
            assert messages.number(cell.places) in matrix


def test_akar_comes_first_among_the_promises(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path).read_text(encoding="utf-8")
    promises = page.split('id="promises"')[1].split('id="evidence"')[0]
    assert promises.index("p-contoh-2021-akar") < promises.index("p-umpama-2021-13cat")
    assert "Juga dicakup oleh" in promises


def test_evidence_stands_under_its_platform_confirmed_first(huge: Findings) -> None:
    other = tuple(
        replace(entry, listing=replace(entry.listing, platform="kedai-umpama"), confirmed=False)
        for entry in huge.listings[:400]
    )
    page = pages_of(replace(huge, listings=(*other, *huge.listings[:400])), "en")
    evidence = page["index.en.html"].split('id="evidence"')[1].split('id="suspected"')[0]
    first, second = evidence.split("<h3>")[1:]
    assert first.startswith("Lapak Contoh")
    assert "400 offers flagged, 14 confirmed" in first
    assert first.count(">confirmed<") == PROVEN_SHOWN
    assert 'href="offers.en.html#offer-1"' in first
    assert "400 offers flagged, 0 confirmed" in second
    assert 'href="offers.en.html#platform=kedai-umpama"' in second
    assert ">confirmed<" not in second
    part = page["offers.en.html"]
    assert part.index(">confirmed<") < part.index(">flagged, not confirmed<")
    assert 'id="offer-401"' in page["offers-2.en.html"]


def test_a_measure_unknown_everywhere_takes_one_line(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path, lang="en").read_text(encoding="utf-8")
    part = page.split('id="indicators"')[1].split('id="promises"')[0]
    assert part.count("Cross-border offers without the required information") == 1
    assert "Cannot be seen on public pages." in part
    assert "0.62×" in part
    assert "0.51×–0.78×" in part


def test_simulated_data_is_marked_in_every_document(huge: Findings, tmp_path: Path) -> None:
    some = replace(huge, listings=huge.listings[:300])
    write_edition(some, tmp_path)
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) == 5
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "<title>Data simulasi" in text
        assert 'class="simulated-bar"' in text
        assert 'content: "DATA SIMULASI"' in text
    live = write_edition(replace(some, origin=Origin.live), tmp_path / "live")
    assert "simulated-bar" not in live.read_text(encoding="utf-8").split("</style>")[1]


def test_a_provisional_edition_says_so(provisional: Findings, tmp_path: Path) -> None:
    page = write_edition(provisional, tmp_path).read_text(encoding="utf-8")
    assert "hasil saringan, belum diaudit" in page
    assert 'content: "DATA SIMULASI · BELUM DIAUDIT"' in page
    answer = page.split('id="answer"')[1].split('id="matrix"')[0]
    assert "melanggar" not in answer.lower()


def test_thousands_of_listings_are_paged(huge: Findings) -> None:
    pages = pages_of(huge, "id")
    assert max(len(text.encode()) for text in pages.values()) < LIMIT
    parts = [text for name, text in pages.items() if name.endswith(".html")]
    offers = sum(text.count('<li class="offer') for text in parts)
    rows = [row for name, text in pages.items() if name.endswith(".js") for row in rows_of(text)]
    assert [row[0] for row in rows] == list(range(1, offers + 1))
    assert offers > 5_000
    assert 'id="offer-5000"' in pages["offers-20.html"]


def test_findings_and_listings_are_written_in_parts(any_week: Findings) -> None:
    assert b"".join(json_parts(any_week)) == to_json(any_week)
    messages = EditionMessages(any_week, "id")
    rows = list(listing_rows(listing_lists(any_week, messages.summary)))
    header, *lines = to_csv(LISTINGS, rows).decode("utf-8-sig").splitlines()
    assert header.split(",") == list(LISTINGS)
    assert len(lines) >= len(rows)


def test_writing_many_offers_holds_none_of_the_text(huge: Findings) -> None:
    """A file of some MB passes through less than a fifth of it."""
    week = replace(huge, listings=huge.listings[:2000])
    messages = EditionMessages(week, "id")
    lists = listing_lists(week, messages.summary)
    for parts in (json_parts(week), csv_parts(LISTINGS, listing_rows(lists))):
        tracemalloc.start()
        size = sum(map(len, parts))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 1_000_000
        assert peak < size / 5


def rows_of(script: str) -> list[list[object]]:
    """The offers in a file that the explorer's script reads."""
    rows: list[list[object]] = json.loads(script.removeprefix("receive(").removesuffix(");\n"))
    return rows


def test_a_smaller_edition_leaves_no_part_of_a_larger_one(huge: Findings, tmp_path: Path) -> None:
    write_edition(replace(huge, listings=huge.listings[:600]), tmp_path)
    assert (tmp_path / "offers-3.html").is_file()
    write_edition(replace(huge, listings=huge.listings[:3]), tmp_path)
    explorer = {path.name for path in tmp_path.glob("offers*")}
    assert explorer == {"offers.html", "offers-1.js"}


def test_an_offer_links_its_case_where_cases_have_pages(rich: Findings, tmp_path: Path) -> None:
    first = write_edition(rich, tmp_path, cases="../../cases").read_text(encoding="utf-8")
    case = rich.cases[0]
    address = f'href="../../cases/{case.id}/index.html"'
    assert address in first
    assert address in (tmp_path / "offers.html").read_text(encoding="utf-8")
    assert case.id not in write_edition(rich, tmp_path / "bare").read_text(encoding="utf-8")
    public = write_edition(rich, tmp_path / "public", public=True, cases="../../cases")
    assert "cases" not in public.read_text(encoding="utf-8")
    assert not list(public.parent.glob("offers*"))


def test_long_texts_do_not_swell_a_page(rich: Findings) -> None:
    long = rich.listings[0]
    long = replace(
        long,
        listing=replace(long.listing, title="t" * 90_000, seller_name="s" * 90_000),
        policies=long.policies,
    )
    pages = pages_of(replace(rich, listings=(long,) * 500), "id")
    assert max(len(text.encode()) for text in pages.values()) < LIMIT


def test_the_public_edition_names_no_seller_link_or_photograph(
    rich: Findings, tmp_path: Path
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "900000.jpg").write_bytes(b"picture")
    shown = replace(rich.listings[0], thumbnail="900000.jpg")
    out = tmp_path / "public"
    write_edition(
        replace(rich, listings=(shown, *rich.listings[1:])),
        out,
        public=True,
        media=tmp_path / "media",
    )
    assert not (out / "media").exists()
    assert not (out / "listings.csv").exists()
    secrets = {"Toko Rekaan", "lapak-contoh.example", "900000", "Petugas Rekaan", "(contoh 1)"}
    secrets |= {rich.listings[0].sha256 or "-", "Gamis anak"}
    for path in out.iterdir():
        if path.suffix in {".html", ".json", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert not [secret for secret in secrets if secret in text], path.name
    stored = from_json((out / "findings.json").read_bytes(), Findings)
    assert stored.cells == rich.cells
    assert stored.withheld is not None
    assert stored.withheld.listings == len(rich.listings)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert f"{len(rich.listings)} penawaran ada dalam edisi lengkap" in page


@pytest.mark.parametrize("public_first", [True, False])
def test_public_and_full_editions_never_share_a_folder(
    rich: Findings, tmp_path: Path, public_first: bool
) -> None:
    write_edition(rich, tmp_path, public=public_first)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ReportError, match="a folder of its own"):
        write_edition(rich, tmp_path, public=not public_first)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_pictures_are_copied_beside_the_page_and_nothing_else(
    rich: Findings, tmp_path: Path
) -> None:
    media = tmp_path / "media-of-the-store"
    media.mkdir()
    (media / "900001.jpg").write_bytes(b"picture")
    (tmp_path / "secret.png").write_bytes(b"secret")
    listings = (
        replace(rich.listings[0], thumbnail="../secret.png"),
        replace(rich.listings[1], thumbnail="900001.jpg", screenshot="missing.png"),
    )
    first = write_edition(replace(rich, listings=listings), tmp_path / "out", media=media)
    assert [path.name for path in (tmp_path / "out" / "media").iterdir()] == ["900001.jpg"]
    page = (first.parent / "offers.html").read_text(encoding="utf-8")
    assert 'src="media/900001.jpg"' in page
    assert "secret.png" not in page
    assert "missing.png" not in page


def test_a_pdf_that_cannot_be_made_is_reported_and_the_rest_is_written(
    rich: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_CHROMIUM", str(tmp_path / "no-chromium"))
    warnings: list[str] = []
    first = write_edition(rich, tmp_path / "out", pdf=True, warn=warnings.append)
    assert len(warnings) == 1
    assert warnings[0].startswith("no PDF: no Chromium starts here")
    assert ".pdf" not in first.read_text(encoding="utf-8")


def test_an_unknown_language_writes_nothing(rich: Findings, tmp_path: Path) -> None:
    with pytest.raises(ReportError):
        write_edition(rich, tmp_path / "out", lang="jv")
    assert not (tmp_path / "out").exists()


def test_csp_allows_exactly_the_inline_style(rich: Findings, tmp_path: Path) -> None:
    import base64

    page = write_edition(rich, tmp_path).read_text(encoding="utf-8")
    style = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    csp = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert digest in csp.replace("&#43;", "+").replace("&#34;", '"').replace("&#39;", "'")
    assert "unsafe" not in csp


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_page_sets_counts_of_different_weeks_beside_each_other(
    rich: Findings, tmp_path: Path, lang: str
) -> None:
    """Confirmed and flagged rise with the audit and the plan, so those of earlier weeks are not
    shown: a page that shows one would not stay the same."""
    before = write_edition(rich, tmp_path, lang=lang).read_text(encoding="utf-8")
    points = tuple(replace(point, flagged=98765, confirmed=4321) for point in rich.trend)
    counted = write_edition(replace(rich, trend=points), tmp_path, lang=lang)
    assert counted.read_text(encoding="utf-8") == before
    shares = tuple(replace(point, estimate=0.4321, high=0.5) for point in rich.trend)
    estimated = write_edition(replace(rich, trend=shares), tmp_path, lang=lang)
    assert estimated.read_text(encoding="utf-8") != before


@pytest.mark.parametrize(
    ("lang", "words"),
    [("id", "mengikat siapa pun penjualnya"), ("en", "It binds whoever sells.")],
)
def test_of_goods_that_nobody_may_offer_the_edition_says_that_it_says_nothing(
    rich: Findings, tmp_path: Path, lang: str, words: str
) -> None:
    ban = replace(
        rich.policies[2],
        id="pakaian-bekas",
        scope=PolicyScope.prohibited_goods,
        prohibited=Prohibited.used_clothing,
    )
    week = replace(rich, policies=(*rich.policies, ban))
    page = Selector(write_edition(week, tmp_path, lang=lang).read_text(encoding="utf-8"))
    (told,) = page.css("#p-pakaian-bekas .result p").xpath("string()").getall()
    assert words in told
    goods = " ".join(page.css("#p-pakaian-bekas dd").xpath("string()").getall())
    assert {"id": "pakaian bekas impor", "en": "imported used clothing"}[lang] in goods
