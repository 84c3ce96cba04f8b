"""What a struck request gets: each shop's own way of refusing, and answers that break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.demo.faults import Fault, FaultKind
from monitor.demo.shops import Ask, Reply, Shop
from monitor.demo.shops.base import JSON, json_reply, page

_ALIBABA = {"lazada", "aliexpress"}


def struck(fault: Fault, shop: Shop, ask: Ask, usual: Callable[[], Reply]) -> Reply:
    """The reply of a shop under a fault; ``usual`` gives the one it would have sent.

    ``slow`` and ``truncated`` leave the reply as it is: they concern how it is sent.
    """
    makers: dict[FaultKind, Callable[[], Reply]] = {
        FaultKind.block: lambda: _block(shop, usual()),
        FaultKind.soft_block: lambda: shop.answer(_asking_nothing(ask)),
        FaultKind.captcha: lambda: _captcha(shop, ask),
        FaultKind.too_many: lambda: _too_many(fault),
        FaultKind.server_error: lambda: _server_error(fault),
        FaultKind.new_layout: lambda: _drifted(shop, usual()),
        FaultKind.empty_shell: lambda: page("shell.html", shop=shop),
        FaultKind.login_wall: lambda: page("login.html", shop=shop),
    }
    return makers.get(fault.kind, usual)()


def robots_reply(fault: Fault | None, shop: Shop) -> Reply:
    """The shop's robots.txt, or what a fault makes of it."""
    text = shop.robots if fault is None or fault.robots is None else fault.robots
    status = 200 if fault is None or fault.status is None else fault.status
    return Reply(text.encode(), "text/plain; charset=utf-8", status)


def _block(shop: Shop, usual: Reply) -> Reply:
    asked_json = usual.content_type == JSON
    if shop.id == "shopee" and asked_json:
        return json_reply(
            {"error": 90309999, "action_type": 2, "is_customized": False, "is_login": False}
        )
    if shop.id == "shopee":
        return page("login.html", shop=shop)
    if shop.id in _ALIBABA and asked_json:
        return json_reply({"ret": ["RGV587_ERROR:: Heavy traffic / risk control"], "data": {}})
    if shop.id in _ALIBABA:
        return page("captcha.html", shop=shop)
    if shop.id == "tiktokshop":
        return page("refused.html", status=404, words="404 Not Found")
    return page("refused.html", status=403, words="403 Forbidden")


def _captcha(shop: Shop, ask: Ask) -> Reply:
    if shop.id == "shopee":
        if ask.path.startswith("/verify/"):
            return page("captcha.html", shop=shop)
        where = "https://shopee.co.id/verify/captcha?anti_bot_tracking_id=simulasi"
        return Reply(b"", status=302, headers=(("Location", where),))
    return page("captcha.html", shop=shop)


def _asking_nothing(ask: Ask) -> Ask:
    names = ("q", "keyword", "searchTerm")
    path = ask.path
    for start in ("/find/", "/jual/", "/c/", "/p/", "/tag/", "/w/wholesale-"):
        if path.startswith(start):
            path = start + "zzqx" + (".html" if path.endswith(".html") else "")
    return replace(
        ask,
        path=path,
        query={key: "zzqx" if key in names else value for key, value in ask.query.items()},
    )


def _too_many(fault: Fault) -> Reply:
    wait = str(30 if fault.retry_after is None else fault.retry_after)
    return Reply(b"Too Many Requests", "text/plain", 429, (("Retry-After", wait),))


def _server_error(fault: Fault) -> Reply:
    return Reply(b"Service Unavailable", "text/plain", fault.status or 503)


def _drifted(shop: Shop, usual: Reply) -> Reply:
    text = usual.body.decode()
    for old, new in shop.drift.items():
        text = text.replace(old, new)
    return replace(usual, body=text.encode())
