"""Which servers a live crawl speaks to: public addresses, on the two ports of the web.

The address is judged where a name becomes one, so that the address that was judged is the one that
is connected to, whatever the name meant before. Page, redirect, robots.txt and all that a page in
the browser asks for come by here: Chromium itself has no network (``monitor.crawl.browser``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

PORTS = {"http": 80, "https": 443}
NOT_PUBLIC = "private-address"
"""Reason of a request to a loopback, private, link-local, shared, multicast or reserved address."""
OTHER_PORT = "port"
"""Reason of a request to another port than 80 and 443."""


class AddressError(Exception):
    """A request would go where a live crawl does not; ``reason`` is one of the codes above."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason = reason


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet (IANA's special-purpose registries)."""
    ip = ip_address(address)
    return ip.is_global and not ip.is_multicast


def on_site(url: str, hosts: Iterable[str]) -> bool:
    """Whether the host of ``url`` is one of ``hosts`` or below one, their ``www.`` left out."""
    host = urlsplit(url).hostname or ""
    names = [name.removeprefix("www.") for name in hosts]
    return any(host == name or host.endswith(f".{name}") for name in names)


def require_port(url: str, own_hosts: Collection[str]) -> None:
    """Raise ``AddressError`` unless ``url`` is on port 80 or 443, or one of ``own_hosts``."""
    parts = urlsplit(url)
    try:
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        port = None
    if port not in PORTS.values() and parts.hostname not in own_hosts:
        raise AddressError(url, OTHER_PORT)


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver (IPv4); it gives no address that is not public.

    ``own_hosts`` are let through, wherever they stand, and so is a proxy of the environment.
    ``refused`` are the names that were not, for whoever has to say why: Twisted tells of a failed
    look-up only that it failed.
    """

    refused: ClassVar[set[str]] = set()

    def __init__(
        self, reactor: ReactorBase, cache_size: int, timeout: float, own_hosts: Iterable[str] = ()
    ) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._own_hosts = set(own_hosts)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """The resolver with what Scrapy's settings say of it."""
        settings = crawler.settings
        proxies = [urlsplit(url).hostname or "" for url in getproxies().values()]
        return cls(
            reactor,
            settings.getint("DNSCACHE_SIZE"),
            settings.getfloat("DNS_TIMEOUT"),
            [*settings.getlist("PANTAU_OWN_HOSTS"), *proxies],
        )

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """The public address of a name; fails with ``DNSLookupError`` where it has none."""
        return super().getHostByName(name, timeout).addCallback(self._judged, name)

    def _judged(self, address: str, name: str) -> str:
        if name in self._own_hosts or is_public(address):
            return address
        self.refused.add(name)
        raise DNSLookupError(f"{name}: {address} is no public address")
