"""Channels: a message goes to an Apprise address, and what kept it from going is said."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHORTEST_SECRET = 6
"""Characters; a shorter part of an address is no password and no token."""


class MessageType(StrEnum):
    """The types of Apprise: ``failure``: something was not done; ``warning``: the work goes on, but
    somebody should look; ``success``: a trouble ended."""

    info = "info"
    success = "success"
    warning = "warning"
    failure = "failure"


def message_title(home: Path) -> str:
    """The title of messages: this machine and the home."""
    return f"Pantau on {socket.gethostname()}: {home}"


def send(
    url: str,
    body: str,
    *,
    title: str = "Pantau",
    kind: MessageType = MessageType.info,
    attachment: Path | None = None,
) -> str | None:
    """Send a message of an Apprise type to an address; why it was not taken, None where it was."""
    import apprise

    channel = apprise.Apprise()
    attach = str(attachment) if attachment else None
    if not channel.add(url):
        return "no address that Apprise can read"
    with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        taken = channel.notify(
            body=body, title=title, notify_type=apprise.NotifyType(kind), attach=attach
        )
        lines = log.getvalue().split("\n")
    if taken:
        return None
    reasons = [line.split(" - ", 2)[-1].strip() for line in lines if line.strip()]
    return _without_secrets(url, "; ".join(dict.fromkeys(reasons)) or "Apprise does not say why")


def _without_secrets(url: str, reason: str) -> str:
    """A reason in one line, in which every longer part of the address is masked."""
    parts = urlsplit(url)
    secrets = re.split(r"[/?&=:]", f"{parts.path}/{parts.query}")
    secrets += [parts.username or "", parts.password or "", *re.split(r"[/@:]", parts.netloc)]
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET and secret != parts.hostname:
            reason = reason.replace(secret, "***").replace(unquote(secret), "***")
    return " ".join(reason.split())


def undelivered(
    urls: Sequence[str],
    line: str,
    *,
    title: str = "Pantau",
    kind: MessageType = MessageType.info,
) -> dict[int, str]:
    """Send a line to each Apprise address; why which did not take it, by numbers from 1."""
    reasons = {
        number: send(url, line, title=title, kind=kind) for number, url in enumerate(urls, 1)
    }
    return {number: reason for number, reason in reasons.items() if reason is not None}


def is_readable(url: str) -> bool:
    """Whether Apprise can read an address."""
    import apprise

    return apprise.Apprise.instantiate(url) is not None
