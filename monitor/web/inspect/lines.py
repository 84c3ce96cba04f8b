"""What the desk says of a page that was handed in, in one line."""

from __future__ import annotations

from collections.abc import Collection

from monitor.model import Receipt, ReceiptKind
from monitor.web.messages import PageMessages

LARGEST_UPLOAD = 2**28
"""Bytes that are taken at once."""


def receipt_line(
    messages: PageMessages, receipt: Receipt, platform: str | None, shown: Collection[str] = ()
) -> str:
    """The line of a receipt; ``platform`` is its platform's name, ``shown`` the units on screen."""
    key: str = receipt.kind
    if receipt.kind is ReceiptKind.counted and shown and receipt.unit_id not in shown:
        key = "counted_elsewhere"
    elif receipt.kind is ReceiptKind.here_already and receipt.by is not None:
        key = "here_already_by"
    elif receipt.kind is ReceiptKind.broken and receipt.file.lower().endswith((".mhtml", ".mht")):
        key = "broken_mhtml"
    line = messages(
        f"receipt.{key}",
        number=receipt.number,
        units=receipt.units,
        query=receipt.query,
        page=receipt.page,
        listings=counted(messages, "listing", receipt.listings),
        pages=counted(messages, "page", receipt.pages),
        platform=platform,
        by=receipt.by,
        week=receipt.week,
        reason=receipt.reason,
        limit=LARGEST_UPLOAD // 2**20,
    )
    if receipt.stripped:
        line += " · " + messages("receipt.stripped", stripped=receipt.stripped)
    return line


def counted(messages: PageMessages, noun: str, count: int) -> str:
    """So many listings or pages, in words."""
    return messages(f"inspect.{noun}_{'one' if count == 1 else 'many'}", count=count)
