"""The fault file: strict to read, and every fault as a visitor meets it."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.demo import DemoServer, Fault, FaultError, FaultKind, load_faults
from monitor.demo.shops import SHOPS
from monitor.registry import Registry

from .conftest import Visit

ROOT = Path(__file__).resolve().parents[2]
WEEK = "2026-W47"
LAZADA = "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=kopi"
LAZADA_PAGE = "https://www.lazada.co.id/catalog/?page=1&q=kopi"
SHOPEE = "https://shopee.co.id/api/v4/search/search_items?keyword=kopi&limit=60&newest=0"
TOKOPEDIA = "https://www.tokopedia.com/find/kopi?page=1"
BLIBLI = "https://www.blibli.com/jual/kopi?page=1"
TIKTOK = "https://shop-id.tokopedia.com/c/shoes/601352?page=1"
ALIEXPRESS = "https://www.aliexpress.com/w/wholesale-hijab.html?page=1"


Response = tuple[int, dict[str, str], bytes]


def fault(platform: str, kind: str, **more: object) -> Fault:
    return Fault(platform=platform, kind=FaultKind(kind), **more)  # type: ignore[arg-type]


def asked(visit: Visit, registry: Registry, faults: list[Fault], *urls: str) -> list[Response]:
    with DemoServer(seed=1, week=WEEK, faults=faults, registry=registry) as running:
        visitor = visit(running)
        return [visitor.ask(url) for url in urls]


def test_block_begins_after_n_requests_and_ends_after_count(
    visit: Visit, registry: Registry
) -> None:
    faults = [fault("lazada", "block", after=2, count=2)]
    answers = asked(visit, registry, faults, *[LAZADA] * 5)
    blocked = [b"RGV587_ERROR" in body for _, _, body in answers]
    assert blocked == [False, False, True, True, False]


def test_other_platforms_robots_and_pictures_do_not_count(visit: Visit, registry: Registry) -> None:
    urls = [
        "https://www.lazada.co.id/robots.txt",
        "https://www.lazada.co.id/gambar-simulasi/1.png",
        SHOPEE,
        LAZADA,
        LAZADA,
    ]
    answers = asked(visit, registry, [fault("lazada", "block", after=1)], *urls)
    assert [b"RGV587_ERROR" in body for _, _, body in answers] == [False] * 4 + [True]


def test_faults_can_be_limited_to_paths(visit: Visit, registry: Registry) -> None:
    faults = [fault("lazada", "server_error", paths=("/products",))]
    detail = "https://www.lazada.co.id/products/-i1.html"
    assert [answer[0] for answer in asked(visit, registry, faults, LAZADA, detail)] == [200, 503]


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        (LAZADA, 200, b"RGV587_ERROR"),
        (LAZADA_PAGE, 200, b"_____tmd_____/punish"),
        (SHOPEE, 200, b'"error": 90309999'),
        ("https://shopee.co.id/search?keyword=kopi", 200, b"Silakan log in"),
        (TOKOPEDIA, 403, b"403 Forbidden"),
        (BLIBLI, 403, b"403 Forbidden"),
        (TIKTOK, 404, b"404 Not Found"),
        (ALIEXPRESS, 200, b"nc_1_wrapper"),
    ],
)
def test_every_platform_blocks_in_its_own_way(
    visit: Visit, registry: Registry, url: str, status: int, words: bytes
) -> None:
    faults = [fault(platform, "block") for platform in SHOPS]
    ((got, headers, body),) = asked(visit, registry, faults, url)
    assert (got, words in body) == (status, True)
    assert headers["X-Pantau-Simulated"] == "1"


def test_soft_block_says_nothing_found(visit: Visit, registry: Registry) -> None:
    faults = [fault(platform, "soft_block") for platform in SHOPS]
    urls = [LAZADA, LAZADA_PAGE, SHOPEE, TOKOPEDIA, BLIBLI, TIKTOK, ALIEXPRESS]
    answers = [body for _, _, body in asked(visit, registry, faults, *urls)]
    assert json.loads(answers[0])["mods"]["listItems"] == []
    assert json.loads(answers[2])["items"] == []
    pages = [answers[1], *answers[3:]]
    for platform, body in zip(
        ("lazada", "tokopedia", "blibli", "tiktokshop", "aliexpress"), pages, strict=True
    ):
        assert SHOPS[platform].no_results.encode() in body, platform


def test_captcha_is_a_page_or_a_way_to_one(visit: Visit, registry: Registry) -> None:
    faults = [fault("shopee", "captcha"), fault("lazada", "captcha")]
    where = "https://shopee.co.id/verify/captcha?anti_bot_tracking_id=simulasi"
    first, second, third = asked(visit, registry, faults, SHOPEE, where, LAZADA)
    assert (first[0], first[1]["Location"]) == (302, where)
    assert b"nc_1_wrapper" in second[2]
    assert b"nc_1_wrapper" in third[2]


def test_too_many_requests_says_when_to_return(visit: Visit, registry: Registry) -> None:
    faults = [
        fault("lazada", "too_many", retry_after=7),
        fault("shopee", "server_error", status=502),
    ]
    first, second = asked(visit, registry, faults, LAZADA, SHOPEE)
    assert (first[0], first[1]["Retry-After"]) == (429, "7")
    assert second[0] == 502


def test_truncated_bodies_break_off(registry: Registry) -> None:
    with DemoServer(
        seed=1, week=WEEK, faults=[fault("lazada", "truncated")], registry=registry
    ) as demo:
        line = http.client.HTTPConnection(urlsplit(demo.url).netloc, timeout=60)
        line.request("GET", "/" + LAZADA.split("://")[1])
        with pytest.raises(http.client.IncompleteRead) as broken:
            line.getresponse().read()
        line.close()
    assert broken.value.partial.startswith(b'{"mods"')
    assert broken.value.expected


def test_slow_bodies_drip_but_arrive_whole(visit: Visit, registry: Registry) -> None:
    faults = [fault("lazada", "slow", seconds=0.08, count=1)]
    first, second = asked(visit, registry, faults, LAZADA, LAZADA)
    assert first[2] == second[2]


def test_a_slow_answer_does_not_hold_up_the_end(registry: Registry) -> None:
    with DemoServer(
        seed=1, week=WEEK, faults=[fault("lazada", "slow", seconds=600)], registry=registry
    ) as demo:
        line = http.client.HTTPConnection(urlsplit(demo.url).netloc, timeout=60)
        line.request("GET", "/" + LAZADA.split("://")[1])
        answer = line.getresponse()
        answer.read(10)
    line.close()
    answer.close()


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_a_new_layout_hides_what_readers_look_for(
    visit: Visit, registry: Registry, platform: str
) -> None:
    url = {
        "lazada": LAZADA,
        "shopee": SHOPEE,
        "tokopedia": TOKOPEDIA,
        "blibli": BLIBLI,
        "tiktokshop": TIKTOK,
        "aliexpress": ALIEXPRESS,
    }[platform]
    faults = [fault(platform, "new_layout", after=1)]
    usual, drifted = asked(visit, registry, faults, url, url)
    assert drifted[0] == 200
    assert len(drifted[2]) > 0.8 * len(usual[2])
    hidden = [word.encode() for word in SHOPS[platform].new_layout if word.encode() in usual[2]]
    assert hidden
    assert not any(word in drifted[2] for word in hidden)


def test_shells_and_walls(visit: Visit, registry: Registry) -> None:
    faults = [fault("blibli", "empty_shell"), fault("tokopedia", "login_wall")]
    shell, wall = asked(visit, registry, faults, BLIBLI, TOKOPEDIA)
    assert shell[0] == 200
    assert b'<div id="main"></div>' in shell[2]
    assert "Silakan log in dan coba lagi" in wall[2].decode()


def test_robots_changes_midway(visit: Visit, registry: Registry) -> None:
    robots = "https://www.lazada.co.id/robots.txt"
    faults = [
        fault("lazada", "robots", after=2, robots="User-agent: *\nDisallow: /\n"),
        fault("shopee", "robots", status=503),
    ]
    urls = [robots, LAZADA, robots, LAZADA, robots, "https://shopee.co.id/robots.txt", LAZADA]
    answers = asked(visit, registry, faults, *urls)
    texts = [answers[at][2].decode() for at in (0, 2, 4)]
    assert texts == [SHOPS["lazada"].robots] * 2 + ["User-agent: *\nDisallow: /\n"]
    assert answers[5][0] == 503
    assert answers[6][0] == 200


def test_the_example_in_the_manual_loads_and_has_every_kind(tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "demo.md").read_text("utf-8")
    path = tmp_path / "faults.toml"
    path.write_text(manual.partition("```toml\n")[2].partition("```")[0], "utf-8")
    faults = load_faults(path, SHOPS)
    assert {each.kind for each in faults} == set(FaultKind)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[fault]]\nplatform = "lazada"\nkind = "explode"', "fault 1: .*'explode'.*kind"),
        ('[[fault]]\nplatform = "temu"\nkind = "block"', "fault 1: platform 'temu': one of ali"),
        ('[[fault]]\nplatform = "lazada"\nkind = "block"\nafterr = 1', "unknown field `afterr`"),
        ('[[fault]]\nplatform = "lazada"\nkind = "block"\nafter = "3"', "Expected `int`.*after"),
        (
            '[[fault]]\nplatform = "lazada"\nkind = "block"\nafter = -1',
            "Expected `int` >= 0.*after",
        ),
        ('[[fault]]\nplatform = "lazada"\nkind = "block"\nstatus = 500', "status: only with kind"),
        ('[[fault]]\nplatform = "lazada"\nkind = "robots"', "robots: give its new text"),
        (
            '[[fault]]\nplatform = "lazada"\nkind = "server_error"\nstatus = 200',
            "Expected `int` >= 400.*status",
        ),
        (
            '[[fault]]\nplatform = "lazada"\nkind = "slow"\nseconds = 900.0',
            "Expected `float` <= 600.0.*seconds",
        ),
        ('[[fault]]\nkind = "slow"', "missing required field `platform`"),
        ('[fault]\nplatform = "lazada"\nkind = "block"', "in double brackets"),
        ("[[faults]]", "faults: unknown; write"),
        ("not toml", "cannot be read"),
    ],
)
def test_wrong_files_are_refused_with_entry_and_mend(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(FaultError, match=words) as refused:
        load_faults(path, SHOPS)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="cannot be read"):
        load_faults(tmp_path / "none.toml", SHOPS)


def test_servers_are_independent(registry: Registry, server: DemoServer, visit: Visit) -> None:
    asked(visit, registry, [fault("lazada", "block")], LAZADA)
    assert b"RGV587" not in visit(server).ask(LAZADA)[2]
