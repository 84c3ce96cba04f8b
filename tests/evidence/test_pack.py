"""One listing's evidence as a WACZ."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest
from wacz.main import main
from wacz.validate import Validation
from warcio.archiveiterator import ArchiveIterator

from monitor.evidence import EvidenceError, EvidenceStore, archive_name, pack, seal
from monitor.model import DetailVisit, Listing, Origin, ResponseRecord, UnitState

WEEK = "2026-W47"
LISTING = Listing(platform="lazada", item_id="77/1", title="Kain batik", url="https://a/i77.html")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    with EvidenceStore(tmp_path / "evidence", run=1) as evidence:
        page, _other, detail = (
            evidence.keep(
                week=WEEK, platform="lazada", url=url, status=200, body=url.encode() * 9, at=None,
                headers=[("Content-Type", "text/html"), ("Set-Cookie", "sid=geheim")],
            )
            for url in ("https://a/?q=batik", "https://a/?q=other", "https://a/i77.html")
        )  # fmt: skip
        shot, sha256 = evidence.keep_file(week=WEEK, name="lazada-77.png", content=b"PNG")
    visit = DetailVisit(
        platform="lazada", item_id="77/1", url="https://a/i77.html", week=WEEK,
        state=UnitState.sampled, origin=Origin.live, received=detail, screenshot=shot,
        screenshot_sha256=sha256, listing=LISTING,
    )  # fmt: skip
    seal(tmp_path / "evidence", WEEK)
    out = tmp_path / "out" / "77.wacz"
    return pack(tmp_path / "evidence", out, listing=LISTING, pages=[page], visits=[visit])


@pytest.mark.filterwarnings("ignore")
def test_the_wacz_tool_validates_it(packed: Path) -> None:
    validation = Validation(str(packed))
    assert validation.check_required_contents() == 0
    assert validation.frictionless_validate()
    assert validation.check_file_paths()
    assert validation.check_file_hashes()
    assert validation.check_data_package_hash_and_sig()
    validation.dir.cleanup()


@pytest.mark.filterwarnings("ignore")
def test_the_wacz_tool_would_have_written_the_same(tmp_path: Path) -> None:
    """But for its own name, the compression of the index and the hashes that follow from it."""
    addresses = (
        "https://www.lazada.co.id/catalog/?q=Batik+tulis&page=1&ajax=true",
        "https://shopee.co.id/x-i.1.2?b=2&a=1",
        "https://www.blibli.com:443/jual/BATIK%20x?page=1&a",
        "http://127.0.0.1:8080/",
        "https://www2.tokopedia.com",
    )
    with EvidenceStore(tmp_path / "evidence", run=1) as evidence:
        pages = [
            evidence.keep(
                week=WEEK, platform="lazada", url=url, status=status, body=b"<p>", at=None,
                headers=[("Content-Type", "text/html; charset=utf-8")], rendered=rendered,
            )
            for url in addresses
            for status, rendered in ((200, False), (404, False), (200, True), (None, False))
        ]  # fmt: skip
    ours = pack(tmp_path / "evidence", tmp_path / "ours.wacz", listing=LISTING, pages=pages)
    own = unpacked(ours)
    for name in ("archive/lazada-77_1.warc.gz", "logs/listing.json", "pages/pages.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(own[name])
    theirs = tmp_path / "theirs.wacz"
    arguments = ["create", "-o", f"{theirs}", "--log-directory", f"{tmp_path / 'logs'}"]
    arguments += ["--pages", f"{tmp_path / 'pages/pages.jsonl'}", "--copy-pages"]
    arguments += ["--title", "lazada 77/1: Kain batik", "--hash-type", "sha256"]
    assert main([*arguments, f"{tmp_path / 'archive/lazada-77_1.warc.gz'}"]) == 0
    tools = unpacked(theirs)
    assert list(own) == list(tools)
    index = "indexes/index.cdx.gz"
    assert gzip.decompress(own[index]) == gzip.decompress(tools[index])
    package, tools_package = (json.loads(files["datapackage.json"]) for files in (own, tools))
    assert package.keys() == tools_package.keys()
    for resource, other in zip(package["resources"], tools_package["resources"], strict=True):
        assert resource.keys() == other.keys()
        if not resource["path"].startswith("indexes/"):
            assert resource == other
            assert own[resource["path"]] == tools[resource["path"]]
    lines, tools_lines = (files["indexes/index.idx"].split(b"{") for files in (own, tools))
    assert lines[:2] == tools_lines[:2]


def unpacked(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("item_id", ["../../x", "/etc/x", "a\x1b[31m\nb", "..", "x" * 300])
def test_an_id_never_leads_a_file_out_of_its_folder(item_id: str, tmp_path: Path) -> None:
    path = tmp_path / f"{archive_name('shopee', item_id)}.wacz"
    assert path.parent == tmp_path
    assert path.resolve().parent == tmp_path.resolve()
    assert path.name.isprintable()
    assert len(path.name) < 120


def test_it_holds_this_listing_and_no_other(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        listing = json.loads(archive.read("logs/listing.json"))
        with archive.open("archive/lazada-77_1.warc.gz") as file:
            headers = {
                record.rec_headers.get_header("WARC-Target-URI"): record.http_headers.headers
                for record in ArchiveIterator(file, check_digests="raise")
                if record.raw_stream.read()
            }
    assert {"logs/lazada-77.png", f"logs/manifest-{WEEK}.json"} <= set(names)
    assert listing["listing"]["title"] == "Kain batik"
    assert set(headers) == {"https://a/?q=batik", "https://a/i77.html"}
    assert all(fields == [("Content-Type", "text/html")] for fields in headers.values())


def test_a_listing_without_evidence_is_named(tmp_path: Path) -> None:
    page = ResponseRecord(url="https://a/", size=0, sha256="")
    with pytest.raises(EvidenceError, match="lazada/77/1: no evidence"):
        pack(tmp_path, tmp_path / "x.wacz", listing=LISTING, pages=[page])
