"""What a struck request gets: each shop's own way of refusing, and answers that break."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from monitor.demo.faults import Fault, FaultKind
from monitor.demo.shops import Shop, ShopRequest, ShopResponse
from monitor.demo.shops.base import JSON, json_response, page

_ALIBABA = {"lazada", "aliexpress"}
_NO_SUCH_GOODS = "zzqx"
_CAPTCHA_URL = "https://shopee.co.id/verify/captcha?anti_bot_tracking_id=simulasi"


def faulty_response(
    fault: Fault, shop: Shop, request: ShopRequest, usual: Callable[[], ShopResponse]
) -> ShopResponse:
    """The response of a shop under a fault; ``usual`` gives the one it would have sent.

    ``slow`` and ``truncated`` leave the response as it is: they concern how it is sent.
    """
    makers: dict[FaultKind, Callable[[], ShopResponse]] = {
        FaultKind.block: lambda: _block(shop, usual()),
        FaultKind.soft_block: lambda: shop.respond(_for_no_goods(request)),
        FaultKind.captcha: lambda: _captcha(shop, request),
        FaultKind.too_many: lambda: ShopResponse(
            b"Too Many Requests",
            "text/plain",
            429,
            {"Retry-After": str(30 if fault.retry_after is None else fault.retry_after)},
        ),
        FaultKind.server_error: lambda: ShopResponse(
            b"Service Unavailable", "text/plain", fault.status or 503
        ),
        FaultKind.new_layout: lambda: _reworded(usual(), shop.new_layout),
        FaultKind.lost_field: lambda: _reworded(usual(), shop.lost_origin),
        FaultKind.empty_shell: lambda: page("shell.html", shop=shop),
        FaultKind.login_wall: lambda: page("login.html", shop=shop),
    }
    return makers.get(fault.kind, usual)()


def robots_response(fault: Fault | None, shop: Shop, refused: Iterable[str]) -> ShopResponse:
    """The shop's robots.txt, which forbids the ``refused`` pages, or what a fault makes of it."""
    paths = sorted(url.removeprefix(f"https://{shop.hosts[0]}") for url in refused)
    text = shop.robots + "".join(f"Disallow: {path}$\n" for path in paths)
    if fault and fault.robots is not None:
        text = fault.robots
    status = 200 if fault is None or fault.status is None else fault.status
    return ShopResponse(text.encode(), "text/plain; charset=utf-8", status)


def _block(shop: Shop, usual: ShopResponse) -> ShopResponse:
    """The platform's own way of refusing a client it takes for a robot."""
    is_json = usual.content_type == JSON
    if shop.id == "shopee" and is_json:
        return json_response(
            {"error": 90309999, "action_type": 2, "is_customized": False, "is_login": False}
        )
    if shop.id == "shopee":
        return page("login.html", shop=shop)
    if shop.id in _ALIBABA and is_json:
        return json_response({"ret": ["RGV587_ERROR:: Heavy traffic / risk control"], "data": {}})
    if shop.id in _ALIBABA:
        return page("captcha.html", shop=shop)
    if shop.id == "tiktokshop":
        return page("refused.html", status=404, words="404 Not Found")
    return page("refused.html", status=403, words="403 Forbidden")


def _captcha(shop: Shop, request: ShopRequest) -> ShopResponse:
    """A captcha page; Shopee sends its clients to one."""
    if shop.id == "shopee" and not request.path.startswith("/verify/"):
        return ShopResponse(b"", status=302, headers={"Location": _CAPTCHA_URL})
    return page("captcha.html", shop=shop)


def _for_no_goods(request: ShopRequest) -> ShopRequest:
    """The request with its search words exchanged for some that nothing answers."""
    path = request.path
    for start in ("/find/", "/jual/", "/c/", "/p/", "/tag/", "/w/wholesale-"):
        if path.startswith(start):
            path = start + _NO_SUCH_GOODS + (".html" if path.endswith(".html") else "")
    # The shop itself then says that it found nothing, in its own words and shape.
    searched = request.query.keys() & {"q", "keyword", "searchTerm"}
    query = {**request.query, **dict.fromkeys(searched, _NO_SUCH_GOODS)}
    return replace(request, path=path, query=query)


def _reworded(usual: ShopResponse, words: Mapping[str, str]) -> ShopResponse:
    """The usual response with words of its payload exchanged."""
    text = usual.body.decode()
    for old, new in words.items():
        text = text.replace(old, new)
    return replace(usual, body=text.encode())
