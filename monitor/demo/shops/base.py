"""What the simulated shops share: requests, replies, routes, pages marked as simulated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.demo.catalogue import Catalogue, Results
from monitor.demo.offers import COUNTRIES, Offer

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Ask:
    """A request as a shop sees it: real host and path, decoded query, the week it is served in."""

    host: str
    path: str
    query: Mapping[str, str]
    week: str
    catalogue: Catalogue

    def number(self, name: str, otherwise: int) -> int:
        """A whole number of the query string, ``otherwise`` where there is none."""
        value = self.query.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 9 else otherwise


@dataclass(frozen=True)
class Reply:
    """A response before it is sent."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=())


Handler = Callable[[Any, Ask, re.Match[str]], Reply]


class Shop:
    """One simulated platform. Subclasses name hosts, robots.txt, routes and how an offer looks."""

    id: ClassVar[str]
    title: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    robots: ClassVar[str] = "User-agent: *\nAllow: /\n"
    currency: ClassVar[str] = "IDR"
    offset: ClassVar[int] = 0
    nothing: ClassVar[str]
    """The site's own words when a search finds nothing."""
    removed: ClassVar[str] = "Halaman tidak ditemukan"
    """The site's own words on the page of an offer that is no longer on sale."""
    removed_status: ClassVar[int] = 404
    drift: ClassVar[Mapping[str, str]] = {}
    """Words of the payload that another layout spells otherwise."""
    routes: ClassVar[tuple[tuple[str, Handler], ...]] = ()

    def answer(self, ask: Ask) -> Reply:
        """The reply to a request; 404 where nothing is served."""
        for pattern, handler in self.routes:
            if found := re.fullmatch(pattern, ask.path):
                return handler(self, ask, found)
        return self.missing()

    def missing(self) -> Reply:
        """The shop's 404 page."""
        return page("missing.html", status=404, shop=self)

    def item_id(self, offer: Offer) -> str:
        """The id under which the shop lists an offer."""
        return str(self.offset + offer.item_id)

    def number(self, item_id: str) -> int:
        """The catalogue's number of an id, 0 where it is none of this shop's."""
        return int(item_id) - self.offset if item_id.isdecimal() and len(item_id) < 20 else 0

    def price(self, offer: Offer) -> str:
        """The price as a decimal in ``currency``."""
        return str(offer.price)

    def picture(self, offer: Offer) -> str:
        """The path of an offer's picture on the shop's host."""
        return f"/gambar-simulasi/{self.item_id(offer)}.png"

    def results(self, ask: Ask, query: str, number: int, size: int) -> Results:
        """A result page of the catalogue."""
        return ask.catalogue.results(self.id, query, ask.week, number, size)

    def places(self, ask: Ask) -> int:
        """Places a page of this platform has."""
        return ask.catalogue.registry.platforms[self.id].page_size

    def find(self, ask: Ask, item_id: str) -> Offer | None:
        """The offer with this id in the week served."""
        return ask.catalogue.find(self.id, self.number(item_id), ask.week)

    def own_page(self, ask: Ask, item_id: str) -> Reply:
        """A listing's own page with its ship-from; once it is gone, what the shop says then."""
        offer = self.find(ask, item_id)
        if offer is None:
            return page("removed.html", status=self.removed_status, shop=self)
        return page(
            "detail.html",
            shop=self,
            offer=offer,
            price=priced(offer.price) if self.currency == "IDR" else f"US ${self.price(offer)}",
            picture=self.picture(offer),
            data=script(self.own_data(offer)),
            product=script(self.product(offer)),
        )

    def product(self, offer: Offer) -> dict[str, Any]:
        """The own page's schema.org ``Product``, with where it ships from if the page says so."""
        offered = {
            "@type": "Offer",
            "price": self.price(offer),
            "priceCurrency": self.currency,
            "availability": "https://schema.org/InStock",
            "seller": {"@type": "Organization", "name": offer.seller.name},
        }
        if offer.own_place:
            abroad = offer.own_place in COUNTRIES
            origin = {
                "@type": "DefinedRegion",
                "addressCountry": COUNTRIES[offer.own_place] if abroad else "ID",
                "addressRegion": offer.own_place,
            }
            offered["shippingDetails"] = {
                "@type": "OfferShippingDetails",
                "shippingOrigin": origin,
            }
        return {
            "@context": "https://schema.org",
            "@type": "Product",
            "sku": self.item_id(offer),
            "name": offer.title,
            "image": [f"https://{self.hosts[0]}{self.picture(offer)}"],
            "category": offer.shelf.path.replace("/", " > "),
            "offers": offered,
        }

    def own_data(self, offer: Offer) -> object:
        """The object that the listing's own page carries as ``window.pdpData``."""
        raise NotImplementedError


def json_reply(document: object, status: int = 200) -> Reply:
    """A document as JSON."""
    return Reply(json.dumps(document, ensure_ascii=False).encode(), JSON, status)


def page(template: str, status: int = 200, **values: object) -> Reply:
    """A rendered page."""
    return Reply(_templates().get_template(template).render(**values).encode(), HTML, status)


def script(document: object) -> str:
    """A document as a JavaScript literal that cannot end its script element."""
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")


def priced(rupiah: int) -> str:
    """``Rp26.350``."""
    return "Rp" + f"{rupiah:,}".replace(",", ".")


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, as shops write titles into paths."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "produk"


def off(offer: Offer) -> int:
    """Discount in whole per cent."""
    return round(100 * (1 - offer.price / offer.full_price)) if offer.full_price else 0


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("monitor.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
