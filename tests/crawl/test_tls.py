"""A live crawl believes a server only where its certificate proves who it is."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import CrawlResult, crawl
from monitor.evidence.warc import records
from monitor.model import Origin, RunOutcome
from monitor.store import Store
from tests.crawl.site import (
    BLIBLI,
    LAZADA,
    WEEK,
    Answer,
    Request,
    SecureSite,
    Site,
    States,
    plan_live,
    states_of,
    with_crawl,
)

PemOf = Callable[[str], Path]
"""The PEM file of a kind of certificate."""
LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


def in_chromium(test: Any) -> Any:
    skip = pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
    return pytest.mark.browser(skip(test))


class Certificate:
    """A certificate with its key, signed by ``issuer`` or by itself; ``days`` from today."""

    def __init__(
        self,
        name: str,
        names: Sequence[x509.GeneralName] = (),
        issuer: Certificate | None = None,
        days: tuple[int, int] = (-2, 2),
    ) -> None:
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

    def write(self, path: Path) -> Path:
        """Certificate and key as one PEM file."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(self.signed.public_bytes(Encoding.PEM) + key)
        return path


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PemOf:
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


def server_context(path: Path) -> ssl.SSLContext:
    """A server's TLS context without session tickets: each connection shows its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(path)
    return context


def robots_then(context: ssl.SSLContext, path: Path) -> Callable[[str], Answer]:
    """robots.txt, after which every new connection is shown another certificate."""

    def robots(host: str) -> Answer:
        context.load_cert_chain(path)
        return 200, {"Connection": "close"}, b"User-agent: *\nAllow: /\n"

    return robots


def run(live: Config, platform: str = "lazada") -> tuple[CrawlResult, States]:
    """How a crawl ended, Blibli's in the browser; then state and reason of each word's unit."""
    [ended] = crawl(with_crawl(live, browser=platform == "blibli"), [platform], WEEK)
    return ended, states_of(live, platform, Origin.live)


UNPROVEN = [
    "self-signed", "another host's", "expired", "not valid yet", "without a name",
    "unreadable name",
]  # fmt: skip


@pytest.mark.parametrize("kind", UNPROVEN)
def test_a_platform_that_does_not_prove_who_it_is_is_unreachable(
    kind: str, certificate: PemOf, secure_site: SecureSite, live: Config
) -> None:
    site = secure_site(server_context(certificate(kind)))
    plan_live(site, live, ["batik", "hijab"])
    ended, states = run(live)
    assert states == {"batik": ("unreachable", "tls"), "hijab": ("planned", None)}
    assert (ended.outcome, ended.reason) == (RunOutcome.stopped, "unreachable: tls")
    assert ended.counts["requests"] == 1
    assert not list(live.evidence.glob("*/*.gz"))


def test_an_authority_that_the_system_trusts_vouches_for_a_platform(
    certificate: PemOf, secure_site: SecureSite, live: Config
) -> None:
    site = secure_site(server_context(certificate("valid")))
    plan_live(site, live, ["batik"])
    ended, states = run(live)
    assert states == {"batik": ("sampled", None)}, ended
    with Store.open(live.database_url, origin=Origin.live) as store:
        assert {seen.origin for seen in store.observations.of_week(WEEK)} == {Origin.live}


def test_an_unknown_authority_vouches_for_nobody(
    certificate: PemOf, secure_site: SecureSite, live: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = secure_site(server_context(certificate("valid")))
    monkeypatch.delenv("SSL_CERT_FILE")
    plan_live(site, live, ["batik"])
    assert run(live)[1] == {"batik": ("unreachable", "tls")}
    assert site.asked == []


@pytest.mark.parametrize("kind", ["self-signed", "another host's"])
def test_a_page_behind_another_certificate_than_robots_txt_is_not_asked_again(
    kind: str, certificate: PemOf, secure_site: SecureSite, live: Config
) -> None:
    context = server_context(certificate("valid"))
    site = secure_site(context)
    site.robots = robots_then(context, certificate(kind))
    plan_live(site, live, ["batik"])
    ended, states = run(live)
    assert states == {"batik": ("unreachable", "tls")}
    assert (ended.counts["requests"], ended.counts.get("retries")) == (2, None)
    assert len(list(live.evidence.glob("*/*.gz"))) == 1


def test_a_redirect_to_a_server_that_does_not_prove_who_it_is_is_not_followed(
    certificate: PemOf, secure_site: SecureSite, live: Config
) -> None:
    site = secure_site(server_context(certificate("valid")))
    other = secure_site(server_context(certificate("self-signed")))
    site.answer = lambda request: (302, {"Location": f"{other.url}{request.path}"}, b"")
    plan_live(site, live, ["batik"])
    assert run(live)[1] == {"batik": ("unreachable", "tls")}
    assert other.asked == []


# --- the same in the browser ----------------------------------------------------------------------


def html(body: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>Jual</title></head><body>{body}</body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8", "Connection": "close"}, page.encode()


CARDS = "".join(
    f'<a class="elf-product-card" href="/p/kain/ps--ABC-{number}">'
    f'<span class="els-product__title">Kain {number}</span>'
    f'<span class="els-product__fixed-price">Rp26.350</span></a>'
    for number in range(24)
)
SCRIPT = f'document.getElementById("main").innerHTML = {json.dumps(CARDS)}'.encode()


Blibli = tuple[Site, ssl.SSLContext]


@pytest.fixture
def blibli(certificate: PemOf, secure_site: SecureSite) -> Blibli:
    """A Blibli whose cards come by script, with the TLS context that it serves from."""
    context = server_context(certificate("valid"))
    site = secure_site(context)

    def answer(request: Request) -> Answer | None:
        if request.path.endswith(".js"):
            return 200, {"Content-Type": "text/javascript"}, SCRIPT
        return html(f'<p id="main">Memuat…</p><script src="/{BLIBLI}/kartu.js"></script>')

    site.answer = answer
    return site, context


@in_chromium
def test_an_authority_that_the_system_trusts_vouches_for_a_page_in_the_browser(
    blibli: Blibli, live: Config
) -> None:
    site, _ = blibli
    plan_live(site, live, ["batik"], "blibli")
    ended, states = run(live, "blibli")
    assert states == {"batik": ("sampled", None)}, ended


@in_chromium
@pytest.mark.parametrize("kind", ["self-signed", "another host's", "expired", "without a name"])
def test_a_page_in_the_browser_needs_a_certificate_too(
    kind: str, blibli: Blibli, certificate: PemOf, live: Config
) -> None:
    site, context = blibli
    site.robots = robots_then(context, certificate(kind))
    plan_live(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert [record.url for path in live.evidence.glob("*/*.gz") for _, record in records(path)] == [
        f"{site.url}/robots.txt"
    ]


@in_chromium
def test_a_page_whose_script_comes_from_an_unproven_server_is_unreachable(
    blibli: Blibli, certificate: PemOf, live: Config
) -> None:
    """No reading of such a page says anything about the platform, a block least of all."""
    site, context = blibli
    shown = site.answer

    def answer(request: Request) -> Answer | None:
        context.load_cert_chain(certificate("expired"))
        return shown(request)

    site.answer = answer
    plan_live(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert not any(path.endswith(".js") for _, path in site.asked)


@in_chromium
def test_a_script_whose_robots_txt_comes_from_an_unproven_server_is_not_asked_for(
    blibli: Blibli, certificate: PemOf, secure_site: SecureSite, live: Config
) -> None:
    site, _ = blibli
    other = secure_site(server_context(certificate("self-signed")))
    site.answer = lambda request: html(
        f'<p id="main">Memuat…</p><script src="{other.url}/{BLIBLI}/kartu.js"></script>'
    )
    plan_live(site, live, ["batik"], "blibli")
    assert run(live, "blibli")[1] == {"batik": ("unreachable", "tls")}
    assert other.asked == []
