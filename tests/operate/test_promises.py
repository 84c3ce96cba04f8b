"""`pantau promise keep`: a saved page becomes evidence of a promise, and a change is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.crawl.saved import SavedError
from monitor.crawl.saved.promise import address_key, read_promise
from monitor.crawl.saved_responses import LARGEST_BODY
from monitor.evidence import EvidenceStore
from monitor.operate.retention import _proof_files
from monitor.registry import load_registry
from monitor.store import Store

(POLICY,) = load_registry().policy("lazada-2023-all")
ADDRESS = POLICY.sources[0].url or ""
PAGE = f"""<!doctype html><html><head><title>x</title><link rel="canonical" href="{ADDRESS}">
<script>var ad = 1;</script><style>p {{}}</style></head><body><h1>Lazada Tutup</h1>
<p>{POLICY.quotation}</p><p>Baris <b>kedua</b>
di sini</p><ul><li>satu<li>dua</ul><script>document.write("no")</script></body></html>"""


def keep(home: Path, file: Path, *options: str) -> tuple[int, list[str]]:
    arguments = ["promise", "keep", str(file), *options]
    outcome = CliRunner().invoke(main, arguments, env={"PANTAU_HOME": str(home)})
    return outcome.exit_code, outcome.output.splitlines()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_the_text_is_what_a_reader_sees(saved: Path) -> None:
    document = read_promise(saved, ())
    assert document.url == ADDRESS
    assert document.lines == (
        "Lazada Tutup",
        POLICY.quotation,
        "Baris kedua di sini",
        "satu",
        "dua",
    )


def test_a_page_is_kept_and_its_change_is_told(saved: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert keep(home, saved) == (0, [f"{POLICY.id}: kept {ADDRESS}, the first page of it, 5 lines"])
    code, lines = keep(home, saved, "--observed-at", "2026-11-02")
    assert code == 0
    assert f"kept {ADDRESS} as of 2026-11-02, before the newest page of it, of " in lines[0]
    assert ", the same text as on " in keep(home, saved)[1][0]
    saved.write_text(PAGE.replace(str(POLICY.quotation), "Kami buka lagi"), encoding="utf-8")
    code, lines = keep(home, saved)
    assert code == 0
    assert "CHANGED since" in lines[0]
    assert lines[0].endswith(": 1 lines gone, 1 new")
    assert lines[1:] == [
        f"- {POLICY.quotation}",
        "+ Kami buka lagi",
        f"{POLICY.id}: the words that the registry quotes stand on it no more",
    ]
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        pages = store.promise_pages.all()
        assert _proof_files(store) == {page.evidence.rpartition("#")[0] for page in pages}
    assert [page.observed_at is None for page in pages] == [True, False, True, True]
    record = EvidenceStore(home / "evidence").read(pages[-1].evidence)
    assert record.body == saved.read_bytes()
    assert record.url == ADDRESS
    verified = CliRunner().invoke(main, ["evidence", "verify"], env={"PANTAU_HOME": str(home)})
    assert (verified.exit_code, verified.output) == (0, "the evidence is whole\n")
    (home / "evidence" / pages[0].evidence.rpartition("#")[0]).unlink()
    verified = CliRunner().invoke(main, ["evidence", "verify"], env={"PANTAU_HOME": str(home)})
    assert verified.exit_code == 1
    assert "missing" in verified.output


def test_a_source_of_two_policies_is_kept_under_both(saved: Path, tmp_path: Path) -> None:
    (ban,) = load_registry().policy("used-clothing-ban")
    saved.write_text(PAGE.replace(ADDRESS, ban.sources[0].url or ""), encoding="utf-8")
    code, lines = keep(tmp_path, saved)
    assert code == 0
    assert [line.partition(":")[0] for line in lines] == [
        "used-clothing-ban",
        "used-clothing-pact-2023",
    ]


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        (PAGE.replace(ADDRESS, "https://lain.example/1"), (), "is the source of no policy"),
        (PAGE.replace("canonical", "other"), (), "give --url"),
        (PAGE, ("--policy", "tidak-ada"), "no such policy"),
        (PAGE, ("--observed-at", "2999-01-01"), "yet to come"),
        ('{"data": []}', (), "no page with text"),
        ("<html><body><script>x</script></body></html>", (), "no page with text"),
        ("", (), "empty file"),
    ],
)
def test_what_cannot_be_placed_is_refused_and_nothing_is_kept(
    saved: Path, tmp_path: Path, text: str, options: tuple[str, ...], problem: str
) -> None:
    saved.write_text(text, encoding="utf-8")
    code, lines = keep(tmp_path, saved, *options)
    assert code == 1
    assert problem in "\n".join(lines)
    assert not list((tmp_path / "evidence").glob("*/*"))


@pytest.mark.parametrize("url", ["notaurl", "ftp://lazada.example/a", "https://", "http://[1"])
def test_what_is_no_address_is_wrong_usage(saved: Path, tmp_path: Path, url: str) -> None:
    code, lines = keep(tmp_path / "home", saved, "--url", url)
    assert (code, lines[-1]) == (
        2,
        f"Error: Invalid value for '--url': {url!r} is no address such as"
        " https://platform.example/terms",
    )
    assert not (tmp_path / "home").exists()


def test_a_file_that_is_not_read_is_refused_with_the_mend(saved: Path, tmp_path: Path) -> None:
    code, lines = keep(tmp_path, saved.rename(tmp_path / "janji.pdf"))
    assert code == 1
    assert lines == [
        f"Error: {tmp_path / 'janji.pdf'}: no page of a promise: .pdf files are not read; save it"
        " as .html, .mhtml, .har or .warc"
    ]
    large = tmp_path / "large.html"
    large.write_text(PAGE + " " * LARGEST_BODY, encoding="utf-8")
    code, lines = keep(tmp_path, large)
    assert code == 1
    assert lines[-1].endswith("16 MiB; save the page alone, with no pictures inside")


def test_terms_of_sellers_are_kept_under_the_policy_that_is_named(
    saved: Path, tmp_path: Path
) -> None:
    saved.write_text(PAGE.replace("canonical", "other"), encoding="utf-8")
    url = "https://lazada.example/aturan-penjual?token=rahasia"
    code, lines = keep(tmp_path, saved, "--url", url, "--policy", POLICY.id)
    assert code == 0
    assert lines[0].startswith(f"{POLICY.id}: kept https://lazada.example/aturan-penjual, ")


def test_an_archive_of_several_pages_needs_the_one_that_is_a_source(tmp_path: Path) -> None:
    har = tmp_path / "pages.har"
    har.write_text(_har(ADDRESS, "https://lain.example/1"), encoding="utf-8")
    assert read_promise(har, [ADDRESS]).url == ADDRESS
    with pytest.raises(SavedError, match="2 pages in it"):
        read_promise(har, [])


def _har(*addresses: str) -> str:
    import json

    entries = [
        {
            "startedDateTime": "2026-11-02T09:00:00+07:00",
            "request": {"url": address, "method": "GET"},
            "response": {
                "status": 200,
                "headers": [{"name": "Content-Type", "value": "text/html"}],
                "content": {"mimeType": "text/html", "text": f"<body><p>{address}</p></body>"},
            },
        }
        for address in addresses
    ]
    return json.dumps({"log": {"entries": entries}})


def test_addresses_are_compared_without_what_varies() -> None:
    assert address_key("https://www.Koran.example/a/?page=2#x") == "koran.example/a"
    assert address_key("http://koran.example/a") != address_key("http://koran.example/b")
