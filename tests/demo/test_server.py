"""The simulated marketplaces over real HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

from monitor.classify.picture_hash import difference, picture_hash
from monitor.demo import DemoServer
from monitor.demo.offers import week_number
from monitor.demo.pictures import goods_name
from monitor.demo.shops import HOSTS, SHOPS
from monitor.registry import Registry, page_url

from .conftest import Visit, Visitor

WEEK = "2026-W47"
LAZADA = "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=gamis%20wanita"
SHOPEE = (
    "https://shopee.co.id/api/v4/search/search_items?by=relevancy&keyword=gamis&limit=60&newest=0"
)


def test_same_seed_same_bytes(registry: Registry, visitor: Visitor, visit: Visit) -> None:
    with DemoServer(seed=1, week=WEEK, registry=registry) as again:
        other = visit(again)
        for url in (LAZADA, SHOPEE):
            assert visitor.body(url) == other.body(url)


def test_other_seed_other_bytes(registry: Registry, visitor: Visitor, visit: Visit) -> None:
    with DemoServer(seed=2, week=WEEK, registry=registry) as another:
        assert visit(another).body(LAZADA) != visitor.body(LAZADA)


def test_week_can_be_set_while_it_runs(registry: Registry, visit: Visit) -> None:
    with DemoServer(seed=1, week=WEEK, registry=registry) as running:
        visitor = visit(running)
        before = visitor.body(LAZADA)
        running.week = "2026-W48"
        assert visitor.body(LAZADA) != before
        running.week = WEEK
        assert visitor.body(LAZADA) == before
        with pytest.raises(ValueError, match="ISO week"):
            running.week = "next week"


def test_everything_is_marked_as_simulated(registry: Registry, visitor: Visitor) -> None:
    for platform in registry.platforms.values():
        for kind, template in platform.url_templates.items():
            if platform.id not in SHOPS or not template:
                continue
            _, headers, body = visitor.ask(page_url(platform, kind, "kopi", 1))
            assert headers["X-Pantau-Simulated"] == "1"
            if headers["Content-Type"].startswith("text/html"):
                assert b"SIMULASI" in body


def test_every_entry_of_the_frame_has_its_page(registry: Registry, visitor: Visitor) -> None:
    for entry in registry.frame.entries:
        platform = registry.platforms[entry.platform]
        if entry.platform in SHOPS and entry.core:
            status, _, body = visitor.ask(page_url(platform, entry.kind, entry.query, 1))
            assert status == 200, entry
            assert len(body) > 10_000, entry


def test_lazada_answers_json_page_and_tag(visitor: Visitor) -> None:
    listed = visitor.json(LAZADA)["mods"]["listItems"]
    assert len(listed) == 40
    for url in (
        "https://www.lazada.co.id/catalog/?page=1&q=gamis+wanita",
        "https://www.lazada.co.id/tag/gamis-wanita/?catalog_redirect_tag=true",
    ):
        text = visitor.text(url)
        data = json.loads(re.search(r"window\.pageData=(.*?);</script>", text)[1])
        assert [each["itemId"] for each in data["mods"]["listItems"]] == [
            each["itemId"] for each in listed
        ]


def test_shopee_pages_by_offset(visitor: Visitor) -> None:
    first = visitor.json(SHOPEE)["items"]
    second = visitor.json(SHOPEE.replace("newest=0", "newest=60"))["items"]
    assert len(first) == len(second) == 60
    assert not {each["itemid"] for each in first} & {each["itemid"] for each in second}


def test_shopee_page_holds_nothing_without_its_script(visitor: Visitor) -> None:
    text = visitor.text("https://shopee.co.id/search?keyword=gamis")
    assert '<div id="main"></div>' in text
    assert "item_basic" in text
    assert "shop_name" not in text


def test_unknown_words_get_the_sites_own_words(visitor: Visitor) -> None:
    empty = visitor.json(LAZADA.replace("gamis%20wanita", "zzqx"))
    assert empty == {"mods": {"listItems": []}, "mainInfo": {"totalResults": "0"}}
    text = visitor.text("https://www.lazada.co.id/catalog/?q=zzqx")
    assert SHOPS["lazada"].no_results in text
    shopee = visitor.json(SHOPEE.replace("gamis", "zzqx"))
    assert (shopee["items"], shopee["total_count"]) == ([], 0)


def test_own_pages_name_the_place_and_vanish_with_the_offer(
    visitor: Visitor, server: DemoServer
) -> None:
    for node in visitor.json(LAZADA)["mods"]["listItems"]:
        text = visitor.text("https:" + node["itemUrl"])
        assert node["location"] in text
    offers = server.catalogue.results("lazada", "gamis wanita", WEEK, 1, 40).shown
    assert any(each.offer.own_place for each in offers)
    text = visitor.text("https://www.lazada.co.id/products/-i6000000001.html")
    assert "Produk ini tidak lagi tersedia" in text
    status, _, _ = visitor.ask("https://www.blibli.com/p/kain/ps--SIM-00000-00001")
    assert status == 404


def test_most_own_pages_that_named_no_place_do_when_they_are_asked_for_again(
    visitor: Visitor, server: DemoServer
) -> None:
    catalogue = server.catalogue
    offers = {
        each.offer.item_id: each.offer
        for entry in catalogue.registry.frame.entries
        if entry.platform == "lazada"
        for each in catalogue.results("lazada", entry.query, WEEK, 1, 40).shown
    }
    silent = [offer for offer in offers.values() if offer.own_place is None]
    late = [offer for offer in silent if offer.late_place]
    assert 0.9 * len(silent) <= len(late) < len(offers) / 20
    address = f"https://www.lazada.co.id/products/-i{6_000_000_000 + late[0].item_id}.html"
    assert late[0].late_place and late[0].late_place not in visitor.text(address)
    server.again = True
    try:
        assert late[0].late_place in visitor.text(address)
    finally:
        server.again = False


def test_robots_pictures_and_strangers(visitor: Visitor) -> None:
    for host, shop in HOSTS.items():
        status, headers, body = visitor.ask(f"https://{host}/robots.txt")
        assert (status, body.decode()) == (200, shop.robots)
        assert headers["Content-Type"].startswith("text/plain")
    status, headers, body = visitor.ask("https://www.lazada.co.id/gambar-simulasi/1.png")
    assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    assert visitor.ask("https://example.com/")[0] == 404


def test_goods_have_one_picture_under_all_ids_and_on_all_platforms(
    visitor: Visitor, server: DemoServer
) -> None:
    lazada, blibli = SHOPS["lazada"], SHOPS["blibli"]
    stocks = [server.catalogue._stocks[shop.id] for shop in (lazada, blibli)]
    number = next(
        n for n in range(100) if all(stock.life(n, week_number(WEEK)) for stock in stocks)
    )
    offers = [stock.offer(number, week_number(WEEK)) for stock in stocks]
    week = next(
        w for w in range(week_number(WEEK), 0, -1)
        if stocks[0].life(number, w) not in (None, stocks[0].life(number, week_number(WEEK)))
    )  # fmt: skip
    earlier = stocks[0].offer(number, week)
    assert earlier.item_id != offers[0].item_id
    files = [(lazada, offers[0]), (blibli, offers[1]), (lazada, earlier)]
    shown = {
        visitor.ask(f"https://{shop.hosts[0]}{shop.picture(offer)}")[2] for shop, offer in files
    }
    file_name = goods_name(number)
    shown.add(visitor.ask(f"https://down-id.img.susercontent.com/file/{file_name}")[2])
    assert len(shown) == 1
    other = stocks[0].offer(next(
        n for n in range(number + 1, 200) if stocks[0].life(n, week_number(WEEK))
    ), week_number(WEEK))  # fmt: skip
    other_picture = visitor.ask(f"https://{lazada.hosts[0]}{lazada.picture(other)}")[2]
    assert not difference(picture_hash(other_picture), picture_hash(shown.pop())).is_small


def test_it_ends_cleanly_on_sigterm() -> None:
    code = (
        "from monitor.demo import serve_forever\n"
        "serve_forever(seed=1, week='2026-W47', ready=lambda url: print(url, flush=True))\n"
        "print('ended')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().strip() == "ended"
        assert process.wait(10) == 0


def test_a_taken_port_is_an_error(server: DemoServer, registry: Registry) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        DemoServer(port, registry=registry)


def test_the_front_page_leads_to_every_shop(server: DemoServer) -> None:
    with urlopen(server.url + "/") as answer:
        text = answer.read().decode()
    links = re.findall(r'href="([^"]+)"', text)
    assert len(links) == len(SHOPS)
    for link in links:
        with urlopen(server.url + link.replace("&amp;", "&")) as answer:
            assert answer.status == 200
            assert len(answer.read()) > 10_000
