"""Every known refusal and change, from the planned unit to `pantau status`, over a real server."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from monitor.config import Config
from monitor.crawl.process import crawl
from monitor.crawl.spider import load_spiders
from monitor.model import CollectedBy, Origin
from monitor.operate.anomalies import find_anomalies
from monitor.operate.status import status_lines
from monitor.registry import InspectionBasis, Registry, load_registry
from monitor.store import Store
from monitor.store.signals import signal_rates
from tests.crawl.site import (
    JSON,
    LISTINGS,
    WEEK,
    Answer,
    Site,
    good,
    item_id,
    plan_words,
    states_of,
)

HTML = {"Content-Type": "text/html"}
SEARCHES = {
    "shopee": "https://shopee.co.id/api/v4/search/search_items?keyword={0}&q={0}",
    "tiktokshop": "https://shop-id.tokopedia.com/c/{0}/1?q={0}",
    "blibli": "https://www.blibli.com/c/2/{0}/54912?q={0}",
    "lazada": "https://www.lazada.co.id/catalog/?ajax=true&page=1&q={0}",
    "tokopedia": "https://www.tokopedia.com/find/{0}?page=1&q={0}",
}


def html(body: str, status: int = 200) -> Answer:
    return status, HTML, body.encode()


def data(document: object) -> Answer:
    return 200, JSON, json.dumps(document).encode()


def sent_on(address: str) -> Answer:
    return 302, {"Location": address}, b""


AKAMAI = (
    "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1> You don't have"
    " permission to access this server.<P>Reference&#32;&#35;18&#46;2d351ab8</BODY></HTML>"
)
REFUSALS: dict[str, tuple[str, Answer]] = {
    "shopee-login-redirect": (
        "shopee",
        sent_on("/buyer/login?next=https%3A%2F%2Fshopee.co.id%2Fsearch"),
    ),
    "shopee-verify": ("shopee", sent_on("/verify/traffic/error?is_logged_in=false")),
    "shopee-error": ("shopee", data({"error": 90309999, "action_type": 2})),
    "shopee-captcha": ("shopee", html('<div id="main"><div class="captcha-slider"></div></div>')),
    "tiktokshop-captcha": (
        "tiktokshop",
        html('<div id="captcha_verify_container"><p>Verify to continue:</p></div>'),
    ),
    "akamai-denied": ("blibli", html(AKAMAI)),
    "cloudflare-challenge": ("blibli", html("<title>Just a moment...</title>")),
    "punish-page": (
        "lazada",
        html("<script>location='//x/_____tmd_____/punish?x'</script><!--rgv587_flag:sm-->"),
    ),
    "punish-url": (
        "lazada",
        sent_on("//www.lazada.co.id//catalog/_____tmd_____/punish?x5secdata="),
    ),
    "punish-json": ("lazada", data({"ret": ["RGV587_ERROR::SM::x"], "data": {"url": "x"}})),
    "punish-code": ("lazada", data({"ret": ["FAIL_SYS_ILLEGAL_ACCESS::x"]})),
    "tokopedia-error": (
        "tokopedia",
        data([{"errors": [{"message": "x"}], "data": {"searchProductV5": None}}]),
    ),
    "forbidden-page": ("tokopedia", html("<title>429 Too Many Requests</title>")),
}
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def status(config: Config, registry: Registry | None = None) -> list[str]:
    """What ``pantau status`` says of the week, once it is over."""
    registry = registry or load_registry()
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        return list(status_lines(config, (), registry, store, WEEK, LATER))


ROBOTS = b"User-agent: *\nDisallow: /buyer/\nDisallow: /verify/\nAllow: /\n"


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_is_stored_as_one(reason: str, site: Site, config: Config) -> None:
    platform, answer = REFUSALS[reason]
    site.robots = lambda host: (200, {}, ROBOTS)
    site.answer = lambda request: answer if request.word == "kopi" else html("<p></p>")
    plan_words(config, ["kopi"], platform, SEARCHES[platform])
    crawl(config, [platform], WEEK)
    assert states_of(config, platform) == {"kopi": ("blocked", reason)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        assert list(store.observations.of_week(WEEK)) == []
        [page] = store.pages.of_week(WEEK)
    assert (page.state, page.reason, page.listings) == ("blocked", reason, ())
    assert f"{WEEK} {platform}: 1 blocked; 0 listings seen" in status(config)
    assert f"  {platform}: {WEEK}: no unit answered (1 blocked)" in status(config)
    access = f"{WEEK} {platform}: refuses the crawler; write a letter that asks for access first"
    assert access in status(config)


def test_inspectors_may_look_where_that_was_decided(site: Site, config: Config) -> None:
    site.answer = lambda request: REFUSALS["shopee-verify"][1]
    plan_words(config, ["kopi"], "shopee", SEARCHES["shopee"])
    crawl(config, ["shopee"], WEEK)
    registry = load_registry()
    assert any("once that is decided and recorded" in line for line in status(config))
    basis = InspectionBasis(
        platforms=("shopee",), who="Direktur", reference="ND-7", date=date(2026, 11, 22)
    )
    decided = replace(registry, inspection_bases=(basis,))
    may_look = f"{WEEK} shopee: without access inspectors may look (ND-7): set collection ="
    assert any(line.startswith(may_look) for line in status(config, decided))
    shopee = replace(registry.platforms["shopee"], collection=CollectedBy.both)
    asked = replace(decided, platforms={**registry.platforms, "shopee": shopee})
    assert not any("inspectors may look" in line for line in status(config, asked))


def test_a_virtual_item_of_shopee_is_no_refusal(site: Site, config: Config) -> None:
    site.answer = lambda request: data({"error": 266900504, "data": None})
    plan_words(config, ["kopi"], "shopee", SEARCHES["shopee"])
    crawl(config, ["shopee"], WEEK)
    ((state, _),) = states_of(config, "shopee").values()
    assert state == "unparseable"


def test_a_changed_envelope_is_read_and_told_once(site: Site, config: Config) -> None:
    def moved(word: str) -> Answer:
        status, headers, body = good(word)
        return status, headers, body.replace(b'"listItems"', b'"payloads"')

    site.answer = lambda request: moved(request.word)
    plan_words(config, ["kopi", "teh"])
    crawl(config, ["lazada"], WEEK)
    assert states_of(config) == {"kopi": ("sampled", None), "teh": ("sampled", None)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        (run,) = store.runs.newest("crawl")
        ranks = [seen.listing.rank for seen in store.observations.of_week(WEEK)]
    assert (run.outcome, run.reason) == ("done", "unknown envelope: mods.payloads[]")
    assert run.counts["unknown_envelopes"] == 2
    assert sum("unknown envelope: mods.payloads[]" in line for line in status(config)) == 1
    assert f"{WEEK} lazada: 2 sampled; 80 listings seen" in status(config)
    assert sorted(rank or 0 for rank in ranks) == sorted([*range(1, LISTINGS + 1)] * 2)


def test_a_field_that_vanished_is_trouble(site: Site, config: Config) -> None:
    def without_places(word: str) -> Answer:
        status, headers, body = good(word)
        return status, headers, body.replace(b'"location"', b'"place_v2"')

    site.answer = lambda request: without_places(request.word)
    plan_words(config, ["kopi"])
    crawl(config, ["lazada"], WEEK)
    registry = load_registry()
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        (rates,) = signal_rates(store, registry, WEEK).values()
        assert [rate.field for rate in rates if rate.is_lost] == ["ship_from"]
        assert {rate.field: rate.share for rate in rates}["price"] == 1
        assert find_anomalies(store, registry, WEEK, LATER) == {
            "lazada": f"lazada: {WEEK}: ship_from in 0% of 40 listings"
        }
    assert f"  lazada: {WEEK}: ship_from in 0% of 40 listings" in status(config)


def test_one_odd_listing_is_a_position_that_is_unknown(site: Site, config: Config) -> None:
    def odd(word: str) -> Answer:
        status, headers, body = good(word)
        places = {"teh": 1, "susu": 3}.get(word, 0)
        return status, headers, body.replace(b'"26350.00"', b'["26350.00"]', places)

    site.answer = lambda request: odd(request.word)
    plan_words(config, ["kopi", "teh", "susu"])
    [ended] = crawl(config, ["lazada"], WEEK)
    assert (ended.outcome, ended.counts["unreadable"]) == ("done", 1)
    states = states_of(config)
    assert states["kopi"] == states["teh"] == ("sampled", None)
    assert states["susu"][0] == "unparseable"
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        ranks = [
            seen.listing.rank for seen in store.observations.of_week(WEEK) if seen.query == "teh"
        ]
        positions = [position for page in store.pages.of_week(WEEK) for position in page.unreadable]
    assert ranks == [*range(2, LISTINGS + 1)]
    assert [(position.place, position.item_id) for position in positions] == [
        (1, item_id("teh", 0))
    ]
    assert positions[0].reason.startswith("price: listing 1: ['26350.00'] is no number")
    seen = f"{WEEK} lazada: 2 sampled, 1 unparseable; 79 listings seen, 1 unreadable"
    assert seen in status(config)


def test_recommendations_in_place_of_results_are_no_positions(site: Site, config: Config) -> None:
    cards = [{"itemid": n, "shopid": 1, "name": f"Kain {n}"} for n in range(1, 41)]
    site.answer = lambda request: data({"data": {"units": [{"item": card} for card in cards]}})
    plan_words(config, ["kopi"], "shopee", SEARCHES["shopee"])
    crawl(config, ["shopee"], WEEK)
    assert states_of(config, "shopee") == {"kopi": ("unparseable", "no ranked listings")}


def test_every_platform_with_searches_has_a_spider() -> None:
    assert SEARCHES.keys() <= load_spiders().keys()
