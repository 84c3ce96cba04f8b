"""Where a crawl goes, and how long and how much it reads there."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from scrapy.resolver import dnscache
from twisted.internet import reactor
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.network import AddressError, PublicResolver, is_public, on_site, require_port
from monitor.crawl.process import crawl
from monitor.crawl.settings import DOWNLOAD_MAXSIZE
from monitor.model import Origin, RunOutcome
from tests.crawl.site import (
    BLIBLI,
    JSON,
    LAZADA,
    WEEK,
    Answer,
    Planned,
    Request,
    Site,
    StatesOf,
    good,
    plan_live,
    states_of,
    with_crawl,
)

in_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine"),
]
INNER = "127.0.0.2"
"""An address of this machine that no test allows."""


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254",
        "172.16.0.1", "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.251", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "fc00::1", "fd12::1",
        "fe80::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "103.10.0.1", "172.32.0.1", "2606:4700::1111"])
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)


def looked_up(name: str, **options: Any) -> object:
    """What the resolver gives for a name that it need not ask anybody about."""
    answers: list[object] = []
    resolver = PublicResolver(reactor, 10, 5.0, **options)  # type: ignore[arg-type]
    resolver.getHostByName(name).addBoth(answers.append)
    [answer] = answers
    return answer


def test_a_name_is_judged_by_the_address_it_has_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrapy's resolver takes what it knows from ``dnscache``, as here twice for one name."""
    monkeypatch.setitem(dnscache, "toko.example", "103.10.0.1")
    assert looked_up("toko.example") == "103.10.0.1"
    monkeypatch.setitem(dnscache, "toko.example", "169.254.169.254")
    answer = looked_up("toko.example")
    assert isinstance(answer, Failure)
    assert answer.check(DNSLookupError)
    assert "toko.example" in PublicResolver.refused
    assert looked_up("toko.example", own_hosts=["toko.example"]) == "169.254.169.254"


@pytest.mark.parametrize(
    "url", ["https://a.id:8443/", "http://a.id:22/", "http://a.id:99999/", "ftp://a.id/"]
)
def test_only_the_ports_of_the_web_are_asked(url: str) -> None:
    with pytest.raises(AddressError, match="port"):
        require_port(url, ())
    require_port(url, ("a.id",))


@pytest.mark.parametrize(
    "url", ["https://a.id/", "http://a.id", "http://a.id:80/", "https://a:443"]
)
def test_the_ports_of_the_web_are_asked(url: str) -> None:
    require_port(url, ())


def test_a_site_is_its_host_and_what_is_below_it() -> None:
    assert on_site("https://m.toko.id/x", ["www.toko.id"])
    assert not on_site("https://eviltoko.id/x", ["www.toko.id"])


@contextmanager
def listening(port: int = 0) -> Iterator[tuple[str, list[object]]]:
    """A server of ``INNER`` with the connections that it got."""
    connections: list[object] = []
    with socket.socket() as server:
        try:
            server.bind((INNER, port))
        except PermissionError:
            pytest.skip(f"port {port} is not ours to listen on")
        server.listen()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connections.append(server.accept())

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://{INNER}:{server.getsockname()[1]}", connections
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def inner_is_the_platform(live: Config) -> Config:
    """A live configuration by which ``INNER`` is a host of Lazada too."""
    assert live.registry
    file = live.registry / "platforms.toml"
    text = file.read_text().replace(f'hosts = ["{LAZADA}"', f'hosts = ["{LAZADA}", "{INNER}"')
    file.write_text(text)
    return live


@pytest.mark.parametrize("port", [80, 0])
@pytest.mark.parametrize("of_robots_txt", [True, False])
def test_a_redirect_into_the_inner_network_is_not_followed(
    port: int, of_robots_txt: bool, site: Site, inner_is_the_platform: Config
) -> None:
    live = with_crawl(inner_is_the_platform, browser=False)
    with listening(port) as (inner, connections):
        if of_robots_txt:
            site.robots = lambda host: (302, {"Location": f"{inner}/robots.txt"}, b"")
        site.answer = lambda request: (302, {"Location": f"{inner}/{LAZADA}/catalog/"}, b"")
        plan_live(site, live, ["batik"])
        crawl(live, ["lazada"], WEEK)
    assert connections == []
    assert states_of(live, origin=Origin.live) == {"batik": ("disallowed", "robots-unreachable")}


def test_robots_txt_that_leads_to_another_site_is_not_followed(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    site.robots = lambda host: (
        (302, {"Location": "https://lain.example/robots.txt"}, b"")
        if host == LAZADA
        else (200, {}, b"User-agent: *\nAllow: /\n")
    )
    planned(["batik"])
    crawl(config, ["lazada"], WEEK)
    assert states() == {"batik": ("disallowed", "robots-unreachable")}
    assert site.asked == [(LAZADA, "/robots.txt")]


# --- slow, endless and huge answers ---------------------------------------------------------------


def dripping(request: Request) -> None:
    """An answer that never ends, a byte at a time."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        for _ in range(400):
            request.wfile.write(b" ")
            if request.site.closing.wait(0.05):
                break


def endless(request: Request) -> None:
    """An answer that never ends, as fast as it can."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        for _ in range(DOWNLOAD_MAXSIZE // 2**16 + 100):
            request.wfile.write(b" " * 2**16)


BOMB = gzip.compress(b" " * (DOWNLOAD_MAXSIZE + 1) + b" " * 2**26)


def bomb(request: Request) -> Answer:
    return 200, {**JSON, "Content-Encoding": "gzip"}, BOMB


HOSTILE: dict[str, tuple[Callable[[Request], Answer | None], str]] = {
    "dripping": (dripping, "timeout"),
    "endless": (endless, "too-large"),
    "bomb": (bomb, "too-large"),
}


@pytest.mark.parametrize("browser", [False, pytest.param(True, marks=in_chromium)])
def test_a_slow_an_endless_and_a_huge_answer_have_their_reason(
    browser: bool, site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    def answer(request: Request) -> Answer | None:
        kind = next((kind for kind in HOSTILE if kind in request.path), None)
        return HOSTILE[kind][0](request) if kind else good("batik")

    site.answer = answer
    platform, url = ("lazada", f"https://{LAZADA}/catalog/?q={{}}")
    if browser:
        platform, url = ("blibli", f"https://{BLIBLI}/jual/{{}}")
    planned(list(HOSTILE), platform=platform, url=url)
    crawl(with_crawl(config, browser=browser, timeout=3.0), [platform], WEEK)
    assert states(platform) == {
        kind: ("unreachable", reason) for kind, (_, reason) in HOSTILE.items()
    }


# --- the browser has no network -------------------------------------------------------------------


CARDS = "".join(
    f'<a class="elf-product-card" href="/p/kain/ps--ABC-{number}">'
    f'<span class="els-product__title">Kain {number}</span>'
    f'<span class="els-product__fixed-price">Rp26.350</span></a>'
    for number in range(24)
)
ESCAPES = """
const port = {port}, udp = {udp}, inner = "{inner}:" + port, tries = [
  () => new WebSocket("ws://" + inner + "/"),
  () => window.open("http://" + inner + "/jendela"),
  () => window.open("/{host}/jendela"),
  () => fetch("http://" + inner + "/", {{mode: "no-cors"}}),
  () => navigator.sendBeacon("http://" + inner + "/"),
  () => new EventSource("http://" + inner + "/"),
  () => new Worker("http://" + inner + "/kerja.js"),
  () => navigator.serviceWorker.register("/{host}/kerja.js"),
  () => {{
    const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:{inner}:" + udp}},
      {{urls: "turn:" + inner + "?transport=tcp", username: "a", credential: "b"}}]}});
    peer.createDataChannel("a");
    peer.createOffer().then(offer => peer.setLocalDescription(offer));
  }},
  () => {{
    for (const relation of ["preconnect", "dns-prefetch", "prefetch", "prerender"]) {{
      const link = document.createElement("link");
      link.rel = relation; link.href = "http://" + inner + "/"; document.head.append(link);
    }}
  }},
  () => {{
    const frame = document.createElement("iframe");
    frame.src = "http://" + inner + "/"; document.body.append(frame);
    const link = document.createElement("a");
    link.href = "/{host}/unduh.bin"; link.download = "unduh"; document.body.append(link);
    link.click();
  }},
];
for (const attempt of tries) try {{ Promise.resolve(attempt()).catch(() => 0); }} catch {{ }}
setTimeout(() => document.getElementById("main").innerHTML = {cards}, 1500);
"""


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_nothing_leaves_the_browser_but_what_is_fetched_for_it(site: Site, live: Config) -> None:
    """By no window, socket, worker, frame, beacon, WebRTC or look-up ahead."""
    with listening() as (inner, connections), socket.socket(type=socket.SOCK_DGRAM) as packets:
        packets.bind((INNER, 0))
        packets.setblocking(False)
        script = ESCAPES.format(
            inner=INNER,
            port=int(inner.rpartition(":")[2]),
            udp=packets.getsockname()[1],
            host=BLIBLI,
            cards=json.dumps(CARDS),
        )
        page = f'<html><title>Jual</title><body><p id="main">…</p><script>{script}</script>'
        site.answer = lambda request: (200, {"Content-Type": "text/html"}, page.encode())
        plan_live(site, live, ["batik"], "blibli")
        [ended] = crawl(with_crawl(live, browser=True), ["blibli"], WEEK)
        assert states_of(live, "blibli", Origin.live) == {"batik": ("sampled", None)}, ended
        with pytest.raises(BlockingIOError):
            packets.recv(1)
    assert connections == []
    assert site.asked == [(LAZADA, "/robots.txt"), (BLIBLI, "/jual/batik")]


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_a_page_that_is_a_download_ends_its_unit_and_not_the_run(site: Site, live: Config) -> None:
    attachment = {"Content-Type": "text/html", "Content-Disposition": "attachment; filename=a.html"}
    site.answer = lambda request: (200, attachment, b"<html><title>Jual</title>")
    plan_live(site, live, ["batik"], "blibli")
    [ended] = crawl(with_crawl(live, browser=True), ["blibli"], WEEK)
    assert ended.outcome is not RunOutcome.failed, ended
    [(state, _)] = states_of(live, "blibli", Origin.live).values()
    assert state != "planned"
