"""How a refusal looks: one entry a signature.

Seen in public captures and reports of scrapers' authors (shopeeCrawler issue 6, shopee-crawler
issues 16 and 17, printing-press pull request 1428, tokopaedi issue 7). A refusal is a result: it
is recorded and never worked around.
"""

from __future__ import annotations

import re

from scrapy.http import TextResponse

from monitor.crawl.documents import documents, is_json
from monitor.crawl.fields import search
from monitor.model import UnitState, Value


class Refusal(Value):
    """A signature; every condition that is given must hold.

    ``url``, ``text`` and ``failure`` are patterns (``text`` for HTML, ``failure`` for the words of
    a network error), ``json`` and ``xpath`` must find something. A ``bare`` signature counts only
    where the page holds no listings; ``platforms`` empty means any.
    """

    id: str
    platforms: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    url: str | None = None
    text: str | None = None
    json: str | None = None
    xpath: str | None = None
    failure: str | None = None
    bare: bool = False
    state: UnitState = UnitState.blocked


_ALIBABA = ("lazada", "aliexpress")

REFUSALS = (
    # Sent to a traffic check or a captcha.
    Refusal(id="shopee-verify", platforms=("shopee",), url=r"/verify/(traffic|captcha)"),
    # Anti-crawler error 90309999 and its neighbours.
    Refusal(
        id="shopee-error",
        platforms=("shopee",),
        json="type(error) == 'number' && error >= `90000000` && !items",
    ),
    # Log-in wall.
    Refusal(
        id="shopee-login",
        platforms=("shopee",),
        text=r"Halaman Tidak Tersedia.{0,200}Silakan log in",
        bare=True,
    ),
    # Slider captcha of Alibaba's gateway.
    Refusal(
        id="punish-page",
        platforms=_ALIBABA,
        text=r"_____tmd_____/punish|sufei-punish|id=[\"']?nc_1_wrapper",
        bare=True,
    ),
    # Sent to the captcha of Alibaba's gateway.
    Refusal(
        id="punish-url",
        platforms=_ALIBABA,
        url=r"^[^?]*(punish|captcha)|[?&](x5secdata|punish|captcha|action=captcha)",
    ),
    # Risk control of Alibaba's gateway.
    Refusal(
        id="punish-json",
        platforms=_ALIBABA,
        json="ret[?contains(@, 'RGV587') || contains(@, 'FAIL_SYS_USER_VALIDATE')] || rgv587_flag"
        " || contains(data.url || url || '', '_____tmd_____/punish')",
    ),
    # The shop answers 404 to visitors without log-in.
    Refusal(id="tiktokshop-404", platforms=("tiktokshop",), status=(404,)),
    # The shop's 404 page, saved without its status.
    Refusal(
        id="tiktokshop-404-page",
        platforms=("tiktokshop",),
        xpath="//title[normalize-space()='404 Not Found']",
        bare=True,
    ),
    Refusal(id="http-401", status=(401,)),
    Refusal(id="http-403", status=(403,)),
    Refusal(id="http-429", status=(429,)),
    # A 403 page, saved without its status.
    Refusal(
        id="forbidden-page",
        xpath="//title[starts-with(normalize-space(), '403 Forbidden')]",
        bare=True,
    ),
    # The application's frame without its content.
    Refusal(
        id="empty-shell",
        xpath="//body//div[@id='main' or @id='app' or @id='root'][not(*)][not(normalize-space())]",
        bare=True,
    ),
    # Connection cut by the platform's gateway.
    Refusal(
        id="stream-reset",
        failure=r"ERR_HTTP2_PROTOCOL_ERROR|INTERNAL_ERROR|not closed cleanly|ConnectionReset"
        r"|ConnectionLost|ERR_CONNECTION_RESET",
    ),
    # No answer in time.
    Refusal(id="timeout", failure=r"(?i)time[d ]?-?\s?outs?", state=UnitState.unreachable),
)


def refusal_of(platform: str, response: TextResponse, *, bare: bool) -> Refusal | None:
    """The first signature that a response matches; None where it is no known refusal.

    ``bare`` says that the response is known to hold no listings.
    """
    return next(
        (
            refusal
            for refusal in _refusals_of(platform)
            if refusal.failure is None
            and (bare or not refusal.bare)
            and _matches(refusal, response)
        ),
        None,
    )


def refusal_of_failure(platform: str, words: str) -> Refusal | None:
    """The first signature that a network error matches, by the words of the exception."""
    return next(
        (
            refusal
            for refusal in _refusals_of(platform)
            if refusal.failure and re.search(refusal.failure, words)
        ),
        None,
    )


def _refusals_of(platform: str) -> list[Refusal]:
    return [refusal for refusal in REFUSALS if platform in (refusal.platforms or (platform,))]


def _matches(refusal: Refusal, response: TextResponse) -> bool:
    if refusal.status and response.status not in refusal.status:
        return False
    if refusal.url and not (
        response.url.startswith("http") and re.search(refusal.url, response.url)
    ):
        return False
    if is_json(response):
        if refusal.text or refusal.xpath:
            return False
        try:
            return not refusal.json or any(
                search(refusal.json, document) for document in documents(response)
            )
        except ValueError:
            return False
    if refusal.text and not re.search(refusal.text, response.text, re.IGNORECASE | re.DOTALL):
        return False
    return not refusal.json and (not refusal.xpath or bool(response.xpath(refusal.xpath)))
