"""A live crawl believes a server only where its certificate proves who it is."""

import json
import ssl
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from monitor.config import Crawl
from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import crawl
from monitor.model import Origin, RunOutcome
from monitor.store import Store

WEEK = "2026-W47"
LAZADA = "www.lazada.co.id"
BLIBLI = "www.blibli.com"
LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


def in_chromium(test):
    skip = pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
    return pytest.mark.browser(skip(test))


class Certificate:
    """A certificate with its key, signed by ``issuer`` or by itself; ``days`` from today."""

    def __init__(self, name, names=(), issuer=None, days=(-2, 2)):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = issuer or self
        start, end = (datetime.now(UTC) + timedelta(days=day) for day in days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(signer.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(
                x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
            )
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        self.signed = builder.sign(signer.key, SHA256())

    def write(self, path):
        """Certificate and key as one PEM file."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(self.signed.public_bytes(Encoding.PEM) + key)
        return path


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """``certificate(kind)``: the PEM file of a server's certificate. The authority of those that
    are not self-signed is trusted by this machine's user, as ``SSL_CERT_FILE`` says it."""
    authority = Certificate("An authority")
    kinds = {
        "valid": Certificate("valid", [LOOPBACK], authority),
        "self-signed": Certificate("self-signed", [LOOPBACK]),
        "another host's": Certificate("127.0.0.1", [x509.DNSName(LAZADA)], authority),
        "expired": Certificate("expired", [LOOPBACK], authority, days=(-9, -1)),
        "not valid yet": Certificate("early", [LOOPBACK], authority, days=(1, 9)),
        "without a name": Certificate("127.0.0.1", [], authority),
        "unreadable name": Certificate("127.0.0.1", [x509.DNSName("*.*")], authority),
    }
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(authority.signed.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return lambda kind: kinds[kind].write(tmp_path / f"{kind}.pem")


def server_context(path):
    """A server's TLS context without session tickets: each connection shows its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(path)
    return context


def robots_then(context, path):
    """robots.txt, after which every new connection is shown another certificate."""

    def robots(host):
        context.load_cert_chain(path)
        return 200, {"Connection": "close"}, b"User-agent: *\nAllow: /\n"

    return robots


@pytest.fixture
def live(config, registry):
    """A live configuration; the platforms are our own server."""
    text = f'hosts = ["{LAZADA}"'
    folder = registry(text, f'{text}, "127.0.0.1"')
    platforms = folder / "platforms.toml"
    text = f'hosts = ["{BLIBLI}"'
    platforms.write_text(platforms.read_text().replace(text, f'{text}, "127.0.0.1"'))
    return msgspec.structs.replace(
        config,
        demo_url=None,
        contact="pantau@example.id",
        registry=folder,
        crawl=Crawl(delay=0.0, timeout=60.0, night_from=time(0), night_until=time(0)),
    )


def planned(site, live, words, platform="lazada"):
    paths = {
        "lazada": f"{LAZADA}/catalog/?ajax=true&page=1&q={{}}",
        "blibli": f"{BLIBLI}/jual/{{}}",
    }
    url = f"{site.url}/{paths[platform]}"
    site.plan(live, words, platform=platform, url=url, origin=Origin.live)


def run(live, platform="lazada"):
    """The result of a crawl, Blibli's in the browser; then state and reason of each word's unit."""
    crawl_config = msgspec.structs.replace(live.crawl, browser=platform == "blibli")
    [result] = crawl(msgspec.structs.replace(live, crawl=crawl_config), [platform], WEEK)
    with Store.open(live.database_url, origin=Origin.live) as store:
        return result, {
            unit.unit.query: (str(unit.state), unit.reason)
            for unit in store.units.of_week(WEEK, platform)
        }


UNPROVEN = [
    "self-signed", "another host's", "expired", "not valid yet", "without a name",
    "unreadable name",
]  # fmt: skip


@pytest.mark.parametrize("kind", UNPROVEN)
def test_a_platform_that_does_not_prove_who_it_is_is_unreachable(
    kind, certificate, secure_site, live
):
    site = secure_site(server_context(certificate(kind)))
    planned(site, live, ["batik", "hijab"])
    result, states = run(live)
    assert states == {"batik": ("unreachable", "tls"), "hijab": ("planned", None)}
    assert (result.outcome, result.reason) == (RunOutcome.stopped, "unreachable: tls")
    assert result.counts["requests"] == 1
    assert not list(live.evidence.glob("*/*.gz"))


def test_an_authority_that_the_system_trusts_vouches_for_a_platform(certificate, secure_site, live):
    site = secure_site(server_context(certificate("valid")))
    planned(site, live, ["batik"])
    result, states = run(live)
    assert states == {"batik": ("sampled", None)}, result
    with Store.open(live.database_url, origin=Origin.live) as store:
        assert {seen.origin for seen in store.observations.of_week(WEEK)} == {Origin.live}


def test_an_unknown_authority_vouches_for_nobody(certificate, secure_site, live, monkeypatch):
    site = secure_site(server_context(certificate("valid")))
    monkeypatch.delenv("SSL_CERT_FILE")
    planned(site, live, ["batik"])
    assert run(live)[1] == {"batik": ("unreachable", "tls")}
    assert site.asked == []


@pytest.mark.parametrize("kind", ["self-signed", "another host's"])
def test_a_page_behind_another_certificate_than_robots_txt_is_not_asked_again(
    kind, certificate, secure_site, live
):
    context = server_context(certificate("valid"))
    site = secure_site(context)
    site.robots = robots_then(context, certificate(kind))
    planned(site, live, ["batik"])
    result, states = run(live)
    assert states == {"batik": ("unreachable", "tls")}
    assert (result.counts["requests"], result.counts.get("retries")) == (2, None)
    assert len(list(live.evidence.glob("*/*.gz"))) == 1


def test_a_redirect_to_a_server_that_does_not_prove_who_it_is_is_not_followed(
    certificate, secure_site, live
):
    site = secure_site(server_context(certificate("valid")))
    other = secure_site(server_context(certificate("self-signed")))
    site.answer = lambda request: (302, {"Location": f"{other.url}{request.path}"}, b"")
    planned(site, live, ["batik"])
    assert run(live)[1] == {"batik": ("unreachable", "tls")}
    assert other.asked == []


# --- the same in the browser ----------------------------------------------------------------------


def html(body):
    page = f"<!DOCTYPE html><html><head><title>Jual</title></head><body>{body}</body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8", "Connection": "close"}, page.encode()


CARDS = "".join(
    f'<a class="elf-product-card" href="/p/kain/ps--ABC-{number}">'
    f'<span class="els-product__title">Kain {number}</span>'
    f'<span class="els-product__fixed-price">Rp26.350</span></a>'
    for number in range(24)
)
SCRIPT = f'document.getElementById("main").innerHTML = {json.dumps(CARDS)}'.encode()


@pytest.fixture
def blibli(certificate, secure_site):
    """A Blibli whose cards come by script, with the TLS context that it serves from."""
    context = server_context(certificate("valid"))
    site = secure_site(context)

    def answer(request):
        if request.path.endswith(".js"):
            return 200, {"Content-Type": "text/javascript"}, SCRIPT
        return html(f'<p id="main">Memuat…</p><script src="/{BLIBLI}/kartu.js"></script>')

    site.answer = answer
    return site, context


@in_chromium
def test_an_authority_that_the_system_trusts_vouches_for_a_page_in_the_browser(blibli, live):
    site, _ = blibli
    planned(site, live, ["batik"], "blibli")
    result, states = run(live, "blibli")
    assert states == {"batik": ("sampled", None)}, result


@in_chromium
@pytest.mark.parametrize("kind", ["self-signed", "another host's", "expired", "without a name"])
def test_a_page_in_the_browser_needs_a_certificate_too(
    kind, blibli, certificate, live, monkeypatch
):
    monkeypatch.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")  # Node would then take any certificate
    site, context = blibli
    site.robots = robots_then(context, certificate(kind))
    planned(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert site.asked == [(LAZADA, "/robots.txt")]


@in_chromium
def test_a_page_whose_script_comes_from_an_unproven_server_is_unreachable(
    blibli, certificate, live
):
    """No reading of such a page says anything about the platform, a block least of all."""
    site, context = blibli
    shown = site.answer

    def answer(request):
        context.load_cert_chain(certificate("expired"))
        return shown(request)

    site.answer = answer
    planned(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert not any(path.endswith(".js") for _, path in site.asked)


@in_chromium
def test_a_script_whose_robots_txt_comes_from_an_unproven_server_is_not_asked_for(
    blibli, certificate, secure_site, live
):
    site, _ = blibli
    other = secure_site(server_context(certificate("self-signed")))
    site.answer = lambda request: html(
        f'<p id="main">Memuat…</p><script src="{other.url}/{BLIBLI}/kartu.js"></script>'
    )
    planned(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert other.asked == []
