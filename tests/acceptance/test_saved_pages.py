"""Real saved pages through ingest, classify and report, as a user does it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.model import CrossBorder
from monitor.store import Store

pytestmark = pytest.mark.acceptance


def listings_named(shared: Path) -> dict[str, int]:
    """How many listings SOURCES.md gives for each JSON or HTML file of Lazada and Shopee."""
    text = (shared / "captures" / "SOURCES.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ((?:lazada|shopee)/\S+\.(?:json|html)) \|.*\| (\d+) \| [^|]*\|$", text, re.MULTILINE
    )
    counts = {name: int(number) for name, number in rows if int(number)}
    del counts["lazada/lazada_itemUrl_location_param_samples.json"]  # excerpts of URLs, no page
    return counts


@pytest.fixture(scope="module")
def home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def pantau(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, arguments)],
        env={**os.environ, "PANTAU_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_page_is_taken_and_reported_as_unplanned(shared: Path, home: Path) -> None:
    captures = shared / "captures"
    taken = pantau(home, "ingest", captures / "lazada", captures / "shopee")
    assert (taken.returncode, taken.stderr) == (0, "")
    counts = dict(
        re.findall(r"^(\S+): \w+, (\d+) listings?, unplanned", taken.stdout, re.MULTILINE)
    )
    assert {name: int(number) for name, number in counts.items()} == listings_named(shared)
    skipped = set(taken.stdout.splitlines()) - {
        line for line in taken.stdout.splitlines() if "unplanned" in line
    }
    assert skipped
    assert all(": skipped: " in line for line in skipped)

    report = pantau(home, "report", "--lang", "en")
    assert report.returncode == 0, report.stderr
    page = Path(report.stdout.strip())
    findings = json.loads((page.parent / "findings.json").read_text(encoding="utf-8"))
    assert {row["platform"]: row["cross_border"] for row in findings["unplanned"]} == {
        "lazada": 0,
        "shopee": 1,
    }
    assert findings["cells"] == []
    assert findings["listings"] == [], "an undated page accuses nobody"
    assert findings["unplanned_listings"][0]["classification"]["cross_border"] == "cross_border"

    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        statuses = {
            seen.listing.item_id: seen.classification.cross_border
            for seen in store.observations.of_week(None, planned=False)
            if seen.classification and seen.listing.platform == "shopee"
        }
    raw = json.loads(
        (captures / "shopee" / "shopee_id_search_kaos_2020-05.json").read_text(encoding="utf-8")
    )
    for item in raw["items"]:
        foreign = statuses[str(item["itemid"])] is CrossBorder.cross_border
        assert foreign is (item["cb_option"] == 1)
