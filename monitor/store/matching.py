"""Which planned unit a saved page is: the same address, but for what does not change its content.

Parameters may differ only where they are known to carry tracking or the form of the answer; a
filter or another order makes another page, and another page is no unit of the plan.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

_TRACKING = frozenset(
    [
        "ajax",
        "catalog_redirect_tag",
        "clicktrackinfo",
        "dclid",
        "extparam",
        "fbclid",
        "from",
        "fs_ab",
        "gbraid",
        "gclid",
        "is_from",
        "isfirstrequest",
        "navsource",
        "ref",
        "refid",
        "scm",
        "search_id",
        "sid",
        "source",
        "spm",
        "src",
        "srp_component_id",
        "srsltid",
        "st",
        "trackid",
        "trackinfo",
        "tracking",
        "unique_id",
        "up_id",
        "wbraid",
        "with_metadata",
    ]
)
_PREFIXES = ("utm_", "aff_", "_", "x-")
# What a parameter says where it is absent; Shopee counts its pages from 0.
_ABSENT = {
    "page": "1",
    "p": "1",
    "start": "0",
    "offset": "0",
    "newest": "0",
    "ob": "23",
    "sortby": "relevancy",
    "order": "desc",
}
_ABSENT_SHOPEE = _ABSENT | {"page": "0"}


def url_key(url: str) -> str:
    """Host and path, decoded, without ``www.`` and a closing slash."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    host = (parts.hostname or "").removeprefix("www.")
    return host + unquote(parts.path).rstrip("/")


def same_page(planned: str, saved: str) -> bool:
    """Whether two addresses with one ``url_key`` show the same page."""
    absent = _ABSENT_SHOPEE if "shopee" in (urlsplit(planned).hostname or "") else _ABSENT
    planned_parameters, saved_parameters = _parameters(planned), _parameters(saved)
    return all(
        planned_parameters.get(name, absent.get(name))
        == saved_parameters.get(name, absent.get(name))
        or name in _TRACKING
        or name.startswith(_PREFIXES)
        for name in planned_parameters.keys() | saved_parameters.keys()
    )


def _parameters(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return {name.lower(): " ".join(value.split()).lower() for name, value in pairs}
