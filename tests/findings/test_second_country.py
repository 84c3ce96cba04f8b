"""Another country by data alone: from its plan to its report, with nothing of Indonesia in it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from monitor.classify.locations import locate
from monitor.cli import main
from monitor.config import load_config, week_start
from monitor.model import (
    Answer,
    CrossBorder,
    DetailVisit,
    EditionKind,
    Label,
    LabelKind,
    Listing,
    Mark,
    Origin,
    Question,
    ResponseRecord,
    UnitState,
    Verdict,
)
from monitor.registry import RegistryError, load_registry
from monitor.store import Store

NUSARA = Path(__file__).parents[1] / "registry" / "nusara"
NOW = datetime.now(UTC).replace(microsecond=0)
WEEK = "2026-W40"
OBSERVED = week_start(WEEK) + timedelta(days=2)
PLACES = ("Tessar", "Kota Orvel", "Lumira Bay, Nusara", "Jakarta", "China")
"""Where every fifth offer of a page ships from; Jakarta is a place that nobody there knows."""


def result_page(url: str) -> dict[str, object]:
    """A catalogue page in the shape of the platform that is known, with the country's words."""
    query = parse_qs(urlsplit(url).query)["q"][0]
    start = int(hashlib.sha256(query.encode()).hexdigest()[:6], 16) * 100
    offers = [
        {
            "name": f"{query.title()} nr {number}",
            "nid": str(start + number),
            "itemId": str(start + number),
            "itemUrl": f"//www.lazada.example/products/x-i{start + number}.html",
            "priceShow": f"RM{20 + number}.50",
            "price": f"{20 + number}.50",
            "location": PLACES[number % 5],
            "sellerName": f"Hamar {number}",
            "sellerId": f"9{start + number}",
        }
        for number in range(25)
    ]
    return {"mods": {"listItems": offers}, "mainInfo": {"totalResults": "25", "page": "1"}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that watches the country, with every planned page handed in."""
    folder = tmp_path_factory.mktemp("nusara")
    (folder / "pantau.toml").write_text(f'registry = "{NUSARA}"\n', encoding="utf-8")
    assert run(folder, "policy", "check").exit_code == 0
    assert run(folder, "plan", "--week", WEEK).exit_code == 0
    with Store.of_home(load_config({"PANTAU_HOME": str(folder)})) as store:
        urls = [record.unit.url for record in store.units.of_week(WEEK)]
    assert len(urls) == 24
    entries = [
        {
            "startedDateTime": OBSERVED.isoformat(),
            "request": {"url": url},
            "response": {"status": 200, "content": {"text": json.dumps(result_page(url))}},
        }
        for url in urls
    ]
    har = folder / "pages.har"
    har.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    taken = run(folder, "ingest", str(har), "--week", WEEK)
    assert taken.exit_code == 0, taken.output
    drawn = run(folder, "audit", "draw", "--week", WEEK, "--budget", "60", "--no-visit")
    assert drawn.exit_code == 0, drawn.output
    return folder


def run(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"PANTAU_HOME": str(home)}).invoke(main, arguments)


def look_at(store: Store) -> None:
    """Two people judge what was drawn by where its own page says that it ships from."""
    sample = store.audit_samples.of_week(WEEK)
    assert sample is not None
    shown = {seen.key: seen.listing for seen in store.screens.of_week(WEEK)}
    crawl = store.runs.start("crawl", Origin.live, NOW)
    people = ("ani", "budi")
    for name in people:
        store.annotators.invite(name, hashlib.sha256(name.encode()).hexdigest(), NOW)
    for item in sample.items:
        listing = shown[item.key]
        foreign = listing.ship_from == "China"
        body = hashlib.sha256(item.item_id.encode()).hexdigest()
        own_page = Listing(
            platform="lazada",
            item_id=item.item_id,
            title=listing.title,
            ship_from_country="CN" if foreign else "XN",
        )
        store.visits.save(
            crawl,
            DetailVisit(
                platform="lazada",
                item_id=item.item_id,
                url=f"https://www.lazada.example/products/-i{item.item_id}.html",
                week=WEEK,
                state=UnitState.sampled,
                origin=Origin.live,
                visited_at=OBSERVED + timedelta(hours=3),
                received=ResponseRecord(
                    url="https://www.lazada.example/",
                    size=1,
                    sha256=body,
                    status=200,
                    evidence=f"{body[:8]}.warc.gz#0",
                ),
                listing=own_page,
            ),
        )
        for second, name in enumerate(people):
            store.labels.append(
                Label(
                    platform="lazada",
                    item_id=item.item_id,
                    version=item.version,
                    week=WEEK,
                    annotator=name,
                    kind=LabelKind.second if second else LabelKind.first,
                    at=NOW - timedelta(minutes=2) + timedelta(seconds=second),
                    answer=Answer.yes if foreign else Answer.no,
                    cluster=item.cluster if foreign else None,
                    mark=Mark.dispatch if foreign else None,
                )
            )


def test_the_country_is_watched_from_plan_to_report(home: Path) -> None:
    config = load_config({"PANTAU_HOME": str(home)})
    with Store.of_home(config) as store:
        screen = list(store.screens.of_week(WEEK))
        status = {}
        for seen in screen:
            status.setdefault(seen.listing.ship_from, set()).add(seen.status)
        assert status == {
            "Tessar": {CrossBorder.domestic},
            "Kota Orvel": {CrossBorder.domestic},
            "Lumira Bay, Nusara": {CrossBorder.domestic},
            "Jakarta": {CrossBorder.unknown},
            "China": {CrossBorder.cross_border},
        }
        assert {seen.listing.currency for seen in screen} == {"MYR"}
        look_at(store)
    made = run(home, "report", "--week", WEEK, "--edition", "final", "--lang", "en")
    assert made.exit_code == 0, made.output
    page = Path(made.stdout.splitlines()[0]).read_text(encoding="utf-8")
    assert "Pasar Nusara" in page and "Nusara bans foreign sellers" in page
    with Store.of_home(config) as store:
        findings = store.editions.latest(WEEK, EditionKind.final)
    assert findings is not None
    (cell,) = (cell for cell in findings.cells if cell.primary)
    assert (cell.policy, cell.verdict) == ("nusara-2025-ban", Verdict.non_compliant)
    assert cell.low is not None and cell.high is not None and cell.low < 0.2 < cell.high + 0.02
    assert {entry.listing.ship_from for entry in findings.listings} == {"China"}
    assert "outside_java" not in {indicator.name for indicator in findings.indicators}
    assert {case.policies for case in findings.cases} == {("nusara-2025-ban",)}


def test_a_country_of_dispatch_is_abroad_unless_it_is_the_one_that_is_watched() -> None:
    page = Listing(platform="lazada", item_id="1", title="Velun", ship_from_country="XN")
    assert not page.bears_mark_of(Question.cross_border, "XN")
    assert page.bears_mark_of(Question.cross_border)
    country = load_registry(NUSARA).country
    names = ("Tessar", "Tesar", "Indonesia", "Kota Bandung", "Bali, Nusara", "Shenzhen")
    places = [locate(name, country) for name in names]
    assert [place and place.country for place in places] == ["XN", "XN", "ID", None, "XN", "CN"]
    assert locate("Kota Bandung") is not None


def test_a_marketplace_of_another_country_is_refused(tmp_path: Path) -> None:
    text = (NUSARA / "platforms.toml").read_text(encoding="utf-8")
    for wrong, problem in (
        (text.replace('country = "XN"\n', 'country = "ID"\n'), "is not the home country 'XN'"),
        (text.replace("[[country]]", '[[country]]\ncode = "ID"\n[[country]]'), "written twice"),
        (text.replace("places = [", "places = [] # ["), "places: missing"),
    ):
        (tmp_path / "platforms.toml").write_text(wrong, encoding="utf-8")
        for name in ("policies", "clusters", "frame"):
            (tmp_path / f"{name}.toml").write_bytes((NUSARA / f"{name}.toml").read_bytes())
        with pytest.raises(RegistryError, match=problem):
            load_registry(tmp_path)
