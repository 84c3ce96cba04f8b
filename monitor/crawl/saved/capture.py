"""A stored response as a page of the tests."""

from __future__ import annotations

from pathlib import Path

from monitor.config import PantauError
from monitor.crawl.documents import is_json
from monitor.crawl.saved.privacy import safe_body
from monitor.crawl.saved_responses import from_evidence
from monitor.crawl.spider import load_spiders
from monitor.evidence import WarcRecord


def capture(
    record: WarcRecord, platform: str, case: str, pages: Path = Path("tests/pages")
) -> Path:
    """Write ``<pages>/<platform>/<case>.json`` or ``.html``; the tests then ask for a review.

    Raises ``PantauError`` where that page exists or the response cannot be read.
    """
    saved = from_evidence(record)
    suffix = ".json" if is_json(saved.as_response()) else ".html"
    path = pages / platform / f"{case}{suffix}"
    if path.exists():
        raise PantauError(f"{path}: exists; choose another name for the case")
    path.parent.mkdir(parents=True, exist_ok=True)
    spider = load_spiders().get(platform)
    path.write_bytes(safe_body(saved.body, spider.listing_keys if spider else ())[0])
    return path
