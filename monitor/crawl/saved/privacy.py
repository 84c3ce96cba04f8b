"""What an inspector's own browser sends and gets is not evidence: log-ins stay out of the store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

_PRIVATE = (
    r"token|cookie|auth(?!or)|authoriz|session|csrf|xsrf|secret|passw|api[-_]?key|signature|x5sec"
)
_HEADER = re.compile(rf"{_PRIVATE}|^x-sap|^af-ac|^sz-|^bx-", re.IGNORECASE)
_PARAMETER = re.compile(rf"{_PRIVATE}|^sign$|^sid$|^t_?uid$|anti_bot", re.IGNORECASE)
_IN_BODY = re.compile(
    rb'("[A-Za-z_-]*(?:token|cookie|authorization|session_?id|csrf|xsrf|secret|passw)'
    rb'[A-Za-z_-]*"\s*:\s*")[^"\\]{8,}(")',
    re.IGNORECASE,
)


def safe_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers without cookies, authorisation and tokens."""
    return tuple((name, value) for name, value in headers if not _HEADER.search(name))


def safe_url(url: str) -> str:
    """The address without user, fragment and token-like parameters; the rest byte for byte."""
    parts = urlsplit(url)
    pairs = [
        pair for pair in parts.query.split("&") if not _PARAMETER.search(pair.partition("=")[0])
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "&".join(pairs), ""))


def safe_body(body: bytes) -> bytes:
    """The content with the values of token-like keys replaced; listings have none of these."""
    return _IN_BODY.sub(rb"\1stripped\2", body)
