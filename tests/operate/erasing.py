"""A home with a seller to be erased: a week with editions, evidence, documents, letter, logs."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

from msgspec.structs import replace

from monitor.config import Config
from monitor.evidence import EvidenceStore, seal
from monitor.model import Listing, ResponseRecord
from monitor.operate.publication import publish
from monitor.store import Store
from tests.research.weeks import START, WEEK, invented, make_week

SELLER = "880031777"
NAME = "Butik Nirwana & Co"
SLUG = "butik-nirwana"
CONFIRMED = """
[confirmations.lazada-2021-akar]
by = "Pejabat"
on = 2026-01-05
[confirmations.shopee-2023-all]
by = "Pejabat"
on = 2026-01-05
"""
"""The confirmations of the registry that the week was made with."""
WORDS = (SELLER, NAME, "Butik Nirwana", "butik.nirwana", SLUG)


def offers() -> list[Listing]:
    """The invented offers of a platform, those of one seller under ``SELLER`` and ``NAME``."""
    listings = []
    for number, listing in enumerate(invented("lazada")):
        if listing.seller_id == "s3":
            listing = replace(
                listing,
                seller_id=SELLER,
                seller_name=NAME,
                title=f"Kemeja batik {number} butik.nirwana co asli",
                brand="BUTIK NIRWANA CO",
                url=f"https://lazada.example/{SLUG}/p{number}.html",
                image_url=f"https://img.example/{SLUG}/{number}.jpg",
            )
        listings.append(listing)
    return listings


def make_home(folder: Path, listings: list[Listing]) -> Config:
    """A home with the week of these offers on lazada, and all that is made of it."""
    (folder / "home").mkdir(parents=True)
    home = folder / "home"
    at = START.astimezone(UTC) + timedelta(minutes=1)
    with EvidenceStore(home / "evidence", run=1) as evidence:

        def keep(platform: str, url: str, body: bytes) -> ResponseRecord:
            address = f"https://{platform}.example/{url.replace(' ', '-')}"
            return evidence.keep(
                week=WEEK, platform=platform, url=address, status=200,
                headers=[("Content-Type", "application/json")], body=body, at=at,
            )  # fmt: skip

        config = make_week(home, {"lazada": listings}, keep=keep)
    (home / "pantau.toml").write_text(CONFIRMED, encoding="utf-8")
    seal(config.evidence, WEEK)
    with Store.of_home(config, create=False) as store:
        final = store.editions.latest(WEEK)
        assert final
        publish(config, store, final, lang="en", pictures=False)
    logs = home / "logs"
    logs.mkdir()
    (logs / "crawl-lazada-1.log").write_text(f"GET https://lazada.example/{SLUG}/p3.html\n{NAME}\n")
    with gzip.open(logs / "older.log.gz", "wb") as log:
        log.write(f"seller {SELLER}: 200\n".encode())
    letter = config.reports / WEEK / "final" / "letter-lazada.id.html"
    letter.write_text("<p>Butik Nirwana &amp; Co, lazada</p>", encoding="utf-8")
    letter.with_suffix(".pdf").write_bytes(b"%PDF-1.7 a print of the letter")
    return config


def texts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and all that is packed in it: gzip, zip, and editions in a database."""
    content = path.read_bytes()
    yield content
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    while content[:2] == b"\x1f\x8b":
        inflate = zlib.decompressobj(wbits=31)
        yield inflate.decompress(content)
        content = inflate.unused_data
    if content.startswith(b"SQLite format 3"):
        import re

        for packed in re.findall(rb"eJ[A-Za-z0-9+/]{200,}={0,2}", content):
            try:
                yield zlib.decompress(b64decode(packed[: len(packed) // 4 * 4]))
            except (ValueError, zlib.error):
                continue


def holders(folder: Path, words: tuple[str, ...] = WORDS) -> set[str]:
    """Files below a folder that hold one of the words, in whatever case."""
    spelled = [word.lower().encode() for word in words]
    spelled += [word.lower().replace("&", "&amp;").encode() for word in words]
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        for text in texts(path)
        if any(word in text.lower() for word in spelled)
    }
