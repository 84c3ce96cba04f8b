"""What the simulated shops share: requests, responses, routes, pages marked as simulated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.demo.catalogue import Catalogue, ResultPage
from monitor.demo.offers import COUNTRIES, Offer

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class ShopRequest:
    """A request as a shop sees it: real host and path, decoded query, the week it is served in.

    ``again``: own pages are asked for again in that week, and most that named no place now do.
    """

    host: str
    path: str
    query: Mapping[str, str]
    week: str
    catalogue: Catalogue
    again: bool = False

    def number(self, name: str, default: int) -> int:
        """A whole number of the query string; ``default`` where there is none."""
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 9 else default


@dataclass(frozen=True)
class ShopResponse:
    """A response before it is sent."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Any, ShopRequest, re.Match[str]], ShopResponse]
Routes = tuple[tuple[str, Handler], ...]
"""Patterns of whole paths, each with the method that answers; the first that matches counts."""


class Shop:
    """One simulated platform. Subclasses name hosts, robots.txt, routes and how an offer looks."""

    id: ClassVar[str]
    title: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    robots: ClassVar[str] = "User-agent: *\nAllow: /\n"
    currency: ClassVar[str] = "IDR"
    offset: ClassVar[int] = 0
    """What the shop's own ids are above the catalogue's."""
    no_results: ClassVar[str]
    """The site's own words when a search finds nothing."""
    removed: ClassVar[str] = "Halaman tidak ditemukan"
    """The site's own words on the page of an offer that is no longer on sale."""
    removed_status: ClassVar[int] = 404
    place_in_heading: ClassVar[bool] = False
    """Whether a listing's own page says where it ships from in a heading, and not in its data."""
    new_layout: ClassVar[Mapping[str, str]] = {}
    """Words of the payload, each with the one that another layout has in its place."""
    lost_origin: ClassVar[Mapping[str, str]] = {}
    """Words under which the payload says where a listing ships from, and what replaces them."""
    routes: ClassVar[Routes] = ()

    def respond(self, request: ShopRequest) -> ShopResponse:
        """The response to a request; 404 where nothing is served."""
        for pattern, handler in self.routes:
            if match := re.fullmatch(pattern, request.path):
                return handler(self, request, match)
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

    def shown_place(self, offer: Offer) -> str | None:
        """Where its own page says that an offer ships from."""
        return offer.own_place

    def results(self, request: ShopRequest, query: str) -> ResultPage:
        """The catalogue's result page of a query; the request's ``page`` says which."""
        size = self.page_size(request)
        return request.catalogue.results(
            self.id, query, request.week, request.number("page", 1), size
        )

    def page_size(self, request: ShopRequest) -> int:
        """Positions that a result page of this platform has."""
        return request.catalogue.registry.platforms[self.id].page_size

    def find(self, request: ShopRequest, item_id: str) -> Offer | None:
        """The offer with this id in the week served."""
        offer = request.catalogue.find(self.id, self.number(item_id), request.week)
        return replace(offer, own_place=offer.late_place) if offer and request.again else offer

    def detail(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A listing's own page with its ship-from; once it is gone, what the shop says then."""
        offer = self.find(request, match["item"])
        if offer is None:
            return page("removed.html", status=self.removed_status, shop=self)
        return page(
            "detail.html",
            shop=self,
            offer=offer,
            price=rupiah(offer.price) if self.currency == "IDR" else f"US ${self.price(offer)}",
            picture=self.picture(offer),
            scripts=self.own_scripts(offer),
            recommended=self.recommended(request, offer),
            rupiah=rupiah,
        )

    def own_scripts(self, offer: Offer) -> tuple[str, ...]:
        """The script elements with data that a listing's own page carries."""
        return (json_script("application/ld+json", self.product(offer)),)

    def recommended(self, request: ShopRequest, offer: Offer) -> tuple[Offer, ...]:
        """Other offers that a listing's own page shows cards of."""
        return ()

    def product(self, offer: Offer) -> dict[str, Any]:
        """The own page's schema.org ``Product``, with where it ships from if the page says so."""
        offer_document = {
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
            offer_document["shippingDetails"] = {
                "@type": "OfferShippingDetails",
                "shippingOrigin": origin,
            }
        return {
            "@context": "https://schema.org",
            "@type": "Product",
            "sku": self.item_id(offer),
            "name": offer.title,
            "image": [f"https://{self.hosts[0]}{self.picture(offer)}"],
            "category": offer.filed_under.path.replace("/", " > "),
            "offers": offer_document,
        }


def json_response(document: object) -> ShopResponse:
    """A document as JSON."""
    return ShopResponse(json.dumps(document, ensure_ascii=False).encode(), JSON)


def page(template: str, status: int = 200, **context: object) -> ShopResponse:
    """A rendered template."""
    html = _templates().get_template(template).render(**context)
    return ShopResponse(html.encode(), HTML, status)


def script(document: object) -> str:
    """A document as a JavaScript literal that cannot end its script element."""
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")


def json_script(kind: str, document: object) -> str:
    """A script element of a type that holds a document."""
    return f'<script type="{kind}">{script(document)}</script>'


def assigned(name: str, document: object) -> str:
    """A script element that assigns a document to a JavaScript variable."""
    return f"<script>{name}={script(document)};</script>"


def rupiah(amount: int) -> str:
    """An amount as shops write it: ``Rp26.350``."""
    return "Rp" + f"{amount:,}".replace(",", ".")


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, as shops write titles into paths."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "produk"


def discount(offer: Offer) -> int:
    """The discount in whole per cent."""
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
