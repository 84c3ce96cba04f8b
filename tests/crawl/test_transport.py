from datetime import date, time
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from twisted.web.client import ResponseFailed

from monitor.config import Config, ConfigError, Confirmation, Crawl
from monitor.crawl.chromium import find_chromium, launch_options
from monitor.crawl.process import config_bytes, config_from, require_contact
from monitor.crawl.refusals import refusal_of_failure
from monitor.crawl.transport import reason_of, simulated, user_agent, words_of
from monitor.model import Origin


@pytest.fixture
def live(tmp_path):
    return Config(home=tmp_path, database_url="sqlite:///x.db")


def test_the_user_agent_names_page_and_contact(live):
    told = msgspec.structs.replace(live, contact="a@b.id", information_page="https://b.id/pantau")
    name = f"PantauImpor/{version('pantau-impor')}"
    assert user_agent(told) == f"{name} (+https://b.id/pantau; a@b.id)"
    assert user_agent(msgspec.structs.replace(live, contact="a@b.id")) == f"{name} (a@b.id)"


def test_a_contact_is_required_of_live_crawls_only(live):
    with pytest.raises(ConfigError, match=r"pantau\.toml: contact: missing"):
        require_contact(live)
    require_contact(msgspec.structs.replace(live, contact="a@b.id"))
    demo = msgspec.structs.replace(live, demo_url="http://127.0.0.1:8000")
    require_contact(demo)
    assert (live.origin, demo.origin) == (Origin.live, Origin.simulated)


@pytest.mark.parametrize(
    "url, there",
    [
        ("https://a.id/", "http://d:1/a.id/"),
        ("https://a.id", "http://d:1/a.id/"),
        ("https://a.id/x%20y?q=a%26b&p=1", "http://d:1/a.id/x%20y?q=a%26b&p=1"),
        ("https://a.id:444/x", "http://d:1/a.id:444/x"),
    ],
)
def test_where_a_request_goes_in_a_simulation(url, there):
    assert simulated(url, "http://d:1/") == there


@given(st.text(max_size=30), st.floats(0, 86_400))
def test_a_configuration_reaches_the_child_unchanged(contact, delay):
    config = Config(
        home=Path("/x/y"),
        database_url="sqlite:////x/y/pantau.db",
        contact=contact,
        registry=Path("/x/registry"),
        crawl=Crawl(delay=delay, night_from=time(23, 30)),
        confirmations={"akar": Confirmation(by="x", on=date(2026, 11, 1))},
    )
    line = config_bytes(config)
    assert line.count(b"\n") == 1
    assert config_from(line) == config


@pytest.mark.parametrize(
    "error, code",
    [
        (DownloadTimeoutError("took longer"), "timeout"),
        (CannotResolveHostError("x"), "dns"),
        (ResponseFailed([]), "connection-lost"),
        (PlaywrightTimeout("Timeout 30000ms exceeded"), "timeout"),
        (PlaywrightError("net::ERR_NAME_NOT_RESOLVED at https://x"), "dns"),
        (PlaywrightError("net::ERR_CERT_AUTHORITY_INVALID"), "tls"),
        (PlaywrightError("Route.fetch: certificate has expired\nCall log:\n  - GET"), "tls"),
        (PlaywrightError("net::ERR_SSL_PROTOCOL_ERROR at https://x"), "tls"),
        (
            PlaywrightError("net::ERR_CONNECTION_REFUSED at https://x/?q=SSL+certificate"),
            "connection-refused",
        ),
        (CannotResolveHostError("no results for https://x/?q=TLS"), "dns"),
        (PlaywrightError("Target page, context or browser has been closed"), "browser-crashed"),
        (PlaywrightError("Page crashed"), "browser-crashed"),
        (PlaywrightError("something new"), "browser-error"),
    ],
)
def test_the_code_of_a_failure(error, code):
    assert reason_of(error) == code


def test_a_stream_that_the_platform_cuts_is_a_refusal():
    error = PlaywrightError("net::ERR_HTTP2_PROTOCOL_ERROR at https://www.tokopedia.com/find/x")
    assert refusal_of_failure("tokopedia", words_of(error)).id == "stream-reset"


def test_words_of_an_error_hold_its_causes():
    try:
        try:
            raise ConnectionResetError("by peer")
        except ConnectionResetError as error:
            raise DownloadTimeoutError("late") from error
    except DownloadTimeoutError as error:
        assert words_of(error) == "DownloadTimeoutError: late < ConnectionResetError: by peer"


def test_a_chromium_is_found_where_it_is_named(tmp_path):
    named = tmp_path / "chromium"
    assert find_chromium({"PANTAU_CHROMIUM": str(named)}) is None
    named.touch()
    assert find_chromium({"PANTAU_CHROMIUM": str(named)}) == str(named)
    assert "--disable-background-networking" in launch_options(str(named))["args"]
