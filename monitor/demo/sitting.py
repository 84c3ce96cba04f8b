"""A person's sitting at the simulated marketplaces: pages opened one by one, saved as one HAR."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

PAGE_INTERVAL = timedelta(seconds=20)
"""From one page of a sitting to the next."""
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def saved_sitting(server_url: str, urls: Iterable[str], begun_at: datetime) -> bytes:
    """The pages at ``urls`` (of the real hosts), as a browser's HAR file of the sitting has them.

    The first is opened at ``begun_at``. Raises ``OSError`` where the marketplaces do not answer.
    """
    line = HTTPConnection(urlsplit(server_url).netloc)
    entries = []
    for number, url in enumerate(urls):
        line.request("GET", "/" + url.removeprefix("https://"), headers={"User-Agent": _BROWSER})
        answer = line.getresponse()
        kind = answer.headers.get("Content-Type", "")
        entries.append(
            {
                "startedDateTime": (begun_at + number * PAGE_INTERVAL).isoformat(),
                "request": {"method": "GET", "url": url},
                "response": {
                    "status": answer.status,
                    "headers": [{"name": "Content-Type", "value": kind}],
                    "content": {"mimeType": kind, "text": answer.read().decode()},
                },
            }
        )
    line.close()
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()
