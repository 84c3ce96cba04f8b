"""Pings: a check on another machine hears of each job of the daemon, as healthchecks.io does.

The check alarms where nothing comes any more, which the daemon itself cannot tell of. Protocol:
https://healthchecks.io/docs/http_api/
"""

from __future__ import annotations

from enum import StrEnum
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

SECONDS = 10.0
"""How long one ping may take."""


class PingEvent(StrEnum):
    """What a ping tells; its text is appended to the path of the check's address."""

    start = "/start"
    success = ""
    fail = "/fail"


def ping(url: str, event: PingEvent, run_id: UUID, words: str) -> str | None:
    """Tell the check at ``url`` of an event; returns why that failed, None where it did not.

    ``run_id`` tells runs apart that overlap. The address is a secret, and no part of what is
    returned.
    """
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, f"rid={run_id}")))
    address = parts._replace(path=parts.path.rstrip("/") + event, query=query, fragment="")
    try:
        with urlopen(  # noqa: S310
            Request(address.geturl(), data=words.encode(), headers={"Content-Type": "text/plain"}),  # noqa: S310
            timeout=SECONDS,
        ):
            return None
    except HTTPError as error:
        return f"HTTP {error.code}"
    except URLError as error:
        return type(error.reason).__name__
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__
