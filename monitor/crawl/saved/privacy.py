"""What an inspector's own browser sends and gets is not evidence: log-ins stay out of the store.

JSON is walked as it is parsed, also inside scripts and inside strings; of other scripts, forms and
addresses the named values are taken out. Every pattern here is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ListingKeys = Collection[frozenset[str]]
STRIPPED = "stripped"
"""What stands in place of a value that was taken out."""

_PRIVATE = (
    r"token|cookie|auth(?!or)|authoriz|session|csrf|xsrf|secret|passw|api[-_]?key|signature|x5sec"
    r"|jwt|^spc_|device[-_]?(?:id|fingerprint)|^code$|e[-_]?mail|phone|msisdn"
)
_HEADER = re.compile(rf"{_PRIVATE}|^x-sap|^af-ac|^sz-|^bx-", re.IGNORECASE)
_PARAMETER = re.compile(rf"{_PRIVATE}|^sign$|^sid$|^t_?uid$|anti_bot", re.IGNORECASE)
_SECRET = re.compile(
    r"token|cookie|authorization|session_?id|csrf|xsrf|secret|passw|jwt|api_?key|^spc_"
    r"|device_?id|device_?fingerprint",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"^(?:user|buyer|login)?_?(?:e_?mail|phone|mobile|msisdn|telephone)(?:_?(?:address|no|number))?$"
    r"|^(?:user|buyer|shipping|delivery|default|recipient)_?address(?:es)?$|^recipient_?name$",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"^(?:user|current_?user|login_?user|user_?info|login_?info|account_?info|buyer|buyer_?info"
    r"|member_?info|customer)$",
    re.IGNORECASE,
)
_VISITOR = re.compile(
    r"^(?:current_?user|login_?user|login_?info|buyer|buyer_?info|customer)$", re.IGNORECASE
)
"""Of these names those that a listing does not give its seller."""
_OWN = re.compile(
    r"^(?:(?:user|full|first|last|nick|display|real|login)?_?name|address.*|birth.*|gender"
    r"|avatar|portrait)$",
    re.IGNORECASE,
)
_SHORTEST_SECRET = 8
_ADDRESSES = {"location", "content-location", "link", "refresh", "referer"}
_PAIR = re.compile(
    r"""(?<![\w$-])([A-Za-z_$][\w$-]{1,63}+)(["']?+\s{0,9}+[:=]\s{0,9}+)"""
    r"""(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)')""",
    re.DOTALL,
)
_QUERY = re.compile(r"""([?&;])([A-Za-z_][\w.-]{0,63}+)=([^&;"'\s<>\\#]++)""")
_SCRIPT = re.compile(r"(<script\b[^<>]*+>)(.*?)(?=</script)", re.IGNORECASE | re.DOTALL)
_VARIABLE = re.compile(r"""[\s\w$.\[\]"']{1,200}+""")
_FIELD = re.compile(r"<(?:input|meta)\b[^<>]*+>", re.IGNORECASE)
_NAME = re.compile(r"""\b(?:name|id|type|property)\s{0,9}+=\s{0,9}+["']?+([\w.:-]{1,80}+)""", re.I)
_CONTENT = re.compile(
    r"""(\b(?:value|content)\s{0,9}+=\s{0,9}+)("[^"]*+"|'[^']*+'|[^\s>"']++)""", re.I
)


def safe_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers without cookies, authorisation and tokens, addresses in them likewise."""
    return tuple(
        (name, _without_parameters(field, _PARAMETER)[0] if name.lower() in _ADDRESSES else field)
        for name, field in headers
        if not _HEADER.search(name)
    )


def safe_url(url: str) -> str:
    """The address without user, fragment and token-like parameters; the rest byte for byte."""
    parts = urlsplit(url)
    pairs = [
        pair for pair in parts.query.split("&") if not _PARAMETER.search(pair.partition("=")[0])
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "&".join(pairs), ""))


def safe_body(body: bytes, listing_keys: ListingKeys = ()) -> tuple[bytes, int]:
    """The content without what tells of the person who saved it, and how many values that were.

    Taken out are tokens, device ids, e-mail and telephone, and of the account that was logged in
    name and addresses. A node with all of one of ``listing_keys`` is a listing: a ``user`` in it is
    its seller, who stays. Content with none of these stays as it is, byte for byte.
    """
    text = body.decode("utf-8", "surrogateescape")
    if (walked := _json(text, listing_keys)) is None:
        walked = _page(text, listing_keys)
    safe, count = walked
    return (safe.encode("utf-8", "surrogateescape"), count) if count else (body, 0)


def _json(text: str, keys: ListingKeys) -> tuple[str, int] | None:
    """A text of JSON without private values, and how many were in it; None for no JSON."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return None
    try:
        document, count = _walked(json.loads(text.lstrip("\ufeff")), keys, _ACCOUNT)
        return (json.dumps(document, ensure_ascii=False) if count else text), count
    except (ValueError, RecursionError):
        return None


def _walked(
    node: Any, keys: ListingKeys, account: re.Pattern[str], *, in_account: bool = False
) -> tuple[Any, int]:
    """A parsed node without private values, and how many were in it.

    ``account`` matches the keys under which the visitor's account stands.
    """
    if isinstance(node, str):
        nested = _json(node, keys) if len(node) > _SHORTEST_SECRET else None
        return nested if nested is not None else _without_parameters(node, _SECRET)
    if isinstance(node, list):
        parts = [_walked(part, keys, account, in_account=in_account) for part in node]
        return [part for part, _ in parts], sum(count for _, count in parts)
    if not isinstance(node, dict):
        return node, 0
    if any(listing <= node.keys() for listing in keys):
        account, in_account = _VISITOR, False
    fields: dict[str, Any] = {}
    total = 0
    for key, field in node.items():
        if _is_private(key, field, in_account=in_account):
            fields[key], count = (STRIPPED if isinstance(field, str) else None), 1
        else:
            is_account = in_account or bool(account.search(key))
            fields[key], count = _walked(field, keys, account, in_account=is_account)
        total += count
    return fields, total


def _is_private(key: str, field: Any, *, in_account: bool) -> bool:
    """Whether what stands under a key is to be taken out; nothing, a flag and a mark are not."""
    if field in (None, "", [], {}, STRIPPED) or isinstance(field, bool):
        return False
    if _CONTACT.search(key) or (in_account and _OWN.search(key)):
        return True
    return isinstance(field, str) and len(field) >= _SHORTEST_SECRET and bool(_SECRET.search(key))


def _page(text: str, keys: ListingKeys) -> tuple[str, int]:
    """A page without the private values of its scripts, forms and addresses."""
    total = 0

    def script(match: re.Match[str]) -> str:
        """A script, read as JSON, as the assignment of JSON, or by its pairs."""
        nonlocal total
        head, document, tail = _assignment(match[2])
        if walked := _json(document, keys):
            safe, count = head + walked[0].replace("</", "<\\/") + tail, walked[1]
        else:
            safe, count = _without_pairs(match[2])
        total += count
        return match[1] + (safe if count else match[2])

    def field(match: re.Match[str]) -> str:
        """A field of a form, or a meta element, without its value where its name is private."""
        nonlocal total
        if not any(_PARAMETER.search(name) for name in _NAME.findall(match[0])):
            return match[0]
        found = _CONTENT.search(match[0])
        if found is None or found[2].strip("\"'") in ("", STRIPPED):
            return match[0]
        total += 1
        return f'{match[0][: found.start(2)]}"{STRIPPED}"{match[0][found.end(2) :]}'

    # After the last end of one, the end of a script would be looked for in vain, from every start.
    end = text.lower().rfind("</script")
    end = end + len("</script") if end >= 0 else 0
    rest, total = _without_pairs(text[end:])
    text = _SCRIPT.sub(script, text[:end]) + rest
    text, count = _without_parameters(_FIELD.sub(field, text), _SECRET)
    return text, total + count


def _assignment(text: str) -> tuple[str, str, str]:
    """The parts of a script that only assigns: what stands before the value, it, and the rest.

    Of any other script the second part is the whole.
    """
    head, _, rest = text.partition("=")
    document = rest.strip().rstrip(";").rstrip()
    if not document or not _VARIABLE.fullmatch(head):
        return "", text, ""
    start = text.index(document, len(head) + 1)
    return text[:start], document, text[start + len(document) :]


def _without_pairs(text: str) -> tuple[str, int]:
    """JavaScript without the texts that stand under a private name, and how many there were."""
    count = 0

    def pair(match: re.Match[str]) -> str:
        """A name with its text."""
        nonlocal count
        if not _is_private(match[1], match[3] or match[4], in_account=False):
            return match[0]
        count += 1
        quote = '"' if match[3] else "'"
        return f"{match[1]}{match[2]}{quote}{STRIPPED}{quote}"

    return _PAIR.sub(pair, text), count


def _without_parameters(text: str, names: re.Pattern[str]) -> tuple[str, int]:
    """A text whose addresses have no parameters of these names, and how many there were."""
    if "=" not in text:
        return text, 0
    count = 0

    def parameter(match: re.Match[str]) -> str:
        """A parameter of an address."""
        nonlocal count
        if match[3] == STRIPPED or not names.search(match[2]):
            return match[0]
        count += 1
        return f"{match[1]}{match[2]}={STRIPPED}"

    return _QUERY.sub(parameter, text), count
