"""How requests leave: who we say we are, and where they go when the marketplaces are simulated."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.web.client import ResponseFailed

from monitor.config import Config
from monitor.crawl.network import NOT_PUBLIC, AddressError, PublicResolver, require_port
from monitor.crawl.saved_responses import SavedError, TooLargeError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

CRASHED = "browser-crashed"
BROWSER_MEMORY = "browser-memory"
"""Reason of a page for which the browser took more memory than it may."""
TOO_LARGE = "too-large"
TLS = "tls"
"""Reason of a request whose server did not prove who it is, or no encryption was agreed with."""

_CODES: dict[type[Exception], str] = {
    DownloadTimeoutError: "timeout",
    CannotResolveHostError: "dns",
    DownloadConnectionRefusedError: "connection-refused",
    ResponseDataLossError: "truncated",
    DownloadCancelledError: TOO_LARGE,
    TunnelError: "proxy",
    TooLargeError: TOO_LARGE,
    SavedError: "content-coding",
}
FAILURES: tuple[type[Exception], ...] = (
    *_CODES,
    AddressError,
    ConnectError,
    ConnectionClosed,
    DownloadFailedError,
    OSError,
    PlaywrightError,
    ResponseFailed,
)
"""What a request that got no usable response raises."""
_BROWSER_CODES = {
    "ERR_NAME_NOT_RESOLVED": "dns",
    "ENOTFOUND": "dns",
    "EAI_AGAIN": "dns",
    "CONNECTION_REFUSED": "connection-refused",
    "ECONNREFUSED": "connection-refused",
    "ECONNRESET": "connection-lost",
    "socket hang up": "connection-lost",
    "aborted": "truncated",
    "Timeout": "timeout",
    "TIMED_OUT": "timeout",
    "crash": CRASHED,
    "closed": CRASHED,
}
_ADDRESS = re.compile(r"https?://\S+")
_CALL_LOG = re.compile(r"\nCall log:.*", re.DOTALL)
_UNVERIFIED = re.compile(r"certificate|ERR_CERT|VerificationError", re.IGNORECASE)


def user_agent(config: Config) -> str:
    """``PantauImpor/<version> (+<information page>; <contact>)``."""
    page = f"+{config.information_page}" if config.information_page else None
    who = "; ".join(filter(None, [page, config.contact or "simulation"]))
    return f"PantauImpor/{version('pantau-impor')} ({who})"


def simulated(url: str, demo_url: str) -> str:
    """``https://HOST/PATH`` as ``{demo_url}/HOST/PATH``."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{demo_url.rstrip('/')}/{parts.netloc}{parts.path or '/'}{query}"


class DownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler; in a simulation it asks the demo and answers with the platform's URL.

    Standing below all middlewares, it leaves them (redirects, robots, evidence) with the real
    addresses only.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._demo_url: str | None = crawler.settings["PANTAU_DEMO_URL"]
        self._own_hosts = crawler.settings.getlist("PANTAU_OWN_HOSTS")
        # Twisted would repeat a request on its own, uncounted and without a pause.
        self._pool.retryAutomatically = False

    async def download_request(self, request: Request) -> Response:
        """The response of a public server that proved who it is.

        Raises one of ``FAILURES``.
        """
        if not self._demo_url:
            require_port(request.url, self._own_hosts)
            try:
                response = await super().download_request(request)
            except CannotResolveHostError as error:
                if urlsplit(request.url).hostname in PublicResolver.refused:
                    raise AddressError(request.url, NOT_PUBLIC) from error
                raise
            verify_host(response)
            return response
        response = await super().download_request(
            request.replace(url=simulated(request.url, self._demo_url))
        )
        return response.replace(url=request.url)


def verify_host(response: Response) -> None:
    """Raise ``DownloadFailedError`` where an HTTPS server's certificate is not one for its host.

    Twisted 26.10 itself refuses a wrong name, but lets a trusted certificate pass for any host
    where its names are missing or cannot be read.
    """
    address = urlsplit(response.url)
    if address.scheme != "https":
        return
    host = address.hostname or ""
    is_ip = isIPAddress(host) or isIPv6Address(host)
    verify = verify_certificate_ip_address if is_ip else verify_certificate_hostname
    try:
        if response.certificate is None:
            raise CertificateError("no certificate")
        verify(response.certificate.original.to_cryptography(), host)
    except (CertificateError, VerificationError, ValueError) as error:
        raise DownloadFailedError(f"certificate of {host}: {error}") from error


def unverified(error: BaseException) -> bool:
    """Whether a request failed because the server's certificate was refused.

    Twisted, Chromium and Playwright's driver each have their own words for an unknown issuer, a
    date that is over and a wrong host name; all of them name the certificate.
    """
    return bool(_UNVERIFIED.search(_problem(error)))


def reason_of(error: BaseException) -> str:
    """A short code for a failed request."""
    if isinstance(error, AddressError):
        return error.reason
    problem = _problem(error)
    if unverified(error) or "TLS" in problem or "SSL" in problem:
        return TLS
    if isinstance(error, PlaywrightError):
        words = words_of(error)
        return next(
            (code for word, code in _BROWSER_CODES.items() if word in words), "browser-error"
        )
    return next(
        (code for kind, code in _CODES.items() if isinstance(error, kind)), "connection-lost"
    )


def words_of(error: BaseException) -> str:
    """An error with its causes, as refusal signatures read it."""
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__
    return " < ".join(causes)


def _problem(error: BaseException) -> str:
    """The words of an error without the page's address and headers, which may hold any word."""
    return _ADDRESS.sub("", _CALL_LOG.sub("", words_of(error)))
