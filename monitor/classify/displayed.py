"""What an own page shows to consumers: the language of its description, where the offer ships from,
and numbers of registration, each held against its published form.

A form says nothing of whether the number was ever given. The forms:

- BPOM food: MD (domestic) or ML (imported) and 12 digits, of which the first is the kind of
  packaging; cosmetics: N, the continent (A to E) and 11 digits; supplements and traditional
  medicine: SD, SI, SL, TR, TI, TL or FF and 9 digits, read beside the word BPOM or POM only
  (tables of registration numbers, scribd.com/document/428797735).
- P-IRT: 15 digits, of which the first (1 to 8) is the kind of packaging and the last two the year
  in which it ends (Peraturan BPOM 22/2018, by Tempo, 2021-10-20).
- Halal: ID and 17 digits (guide to BPJPH's inspection form, fahi.or.id). Older numbers of MUI have
  no form of their own and are not read.
- SNI: its number and, after a colon or hyphen, its year (``SNI 7656:2012``, ``SNI 01-3553-2006``).
- NPB, and NRP as it was called of domestic goods: three digits of the certifier, three of the
  country, and five or six more (rinarusdiana.com, 2015; no official text was found).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from monitor.classify.locations import ABROAD, locate
from monitor.model import (
    DisplayedInformation,
    DisplayedItem,
    Listing,
    NumberKind,
    RegistrationNumber,
)

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_DIGITS = r"((?:\d[ .\-/]?){7,19}\d)(?![\d])"
# "250 ML 0812…" is a volume and a telephone: a number of food has no digit before its letters.
_FOOD = re.compile(rf"(?<![\w])(?<!\d )(MD|ML)\s*[.:\-]?\s*{_DIGITS}")
_COSMETIC = re.compile(rf"(?<![\w])N[A-E]\s?{_DIGITS}")
_SUPPLEMENT = re.compile(
    rf"\bB?POM\b[^\d\n]{{0,20}}?\b(?:SD|SI|SL|TR|TI|TL|FF)\s*[.:]?\s*{_DIGITS}", re.I
)
_PIRT = re.compile(rf"\bP\.?\s?-?\s?IRT\b[^\d\n]{{0,12}}{_DIGITS}", re.I)
_HALAL = re.compile(rf"\bhalal\b[^\d\n]{{0,40}}?\bID\s?{_DIGITS}|\bID(\d{{17}})(?!\d)", re.I)
_SNI = re.compile(
    r"\bSNI\b[ :.]*(?:(?:ISO|IEC)(?:/IEC)?[ :]*)?"
    r"(\d{2}-\d{4}(?:[.\-]\d{1,2})*|\d{3,5}(?:[.\-]\d{1,2})*)(?:\s?[:\-]\s?((?:19|20)\d{2}))?(?!\d)",
    re.I,
)
_NPB = re.compile(r"\bN(?:PB|RP)\b[^\d\n]{0,12}(\d[\d\- .]{6,18}\d)(?!\d)")
_LENGTHS = {
    NumberKind.bpom_ml: r"[1-9]\d{11}",
    NumberKind.bpom_md: r"[1-9]\d{11}",
    NumberKind.bpom_cosmetic: r"\d{11}",
    NumberKind.bpom_supplement: r"\d{9}",
    NumberKind.pirt: r"[1-8]\d{14}",
    NumberKind.halal: r"\d{17}",
    NumberKind.npb: r"\d{11,12}",
}
LEAST_LETTERS = 40
"""Letters from which on the language of a text is told."""
CLEAR = 1.0
"""Log odds a letter, of Indonesian against any other language, from which on a text is clear."""
LONGEST = 4000
"""Characters of a text by which its language is told."""
_LANGUAGES = ("id", "ms", "en", "zh", "ja", "ko", "th", "vi")
_SENTENCE_END = re.compile(r"[.!?。！？]\s|[。！？\n]")
_LINK = re.compile(r"https?://\S+|www\.\S+|[#@]\w+")


class OwnTexts(NamedTuple):
    """What describes an offer on its own page: the seller's ``description``, empty where its place
    is there and blank, and ``attributes``, which the platform names."""

    description: tuple[str, ...]
    attributes: tuple[str, ...] = ()


def displayed_information(texts: OwnTexts | None, listing: Listing) -> DisplayedInformation | None:
    """What the own page of a listing shows; None where it was read for nothing.

    ``texts`` is None where no place of a description was found.
    """
    known: dict[DisplayedItem, bool | None] = {
        DisplayedItem.dispatch_country: _shows_country(listing)
    }
    language, numbers = None, tuple[RegistrationNumber, ...]()
    if texts is not None:
        language = language_of(texts.description)
        numbers = tuple(registration_numbers("\n".join((*texts.description, *texts.attributes))))
        is_blank = not any(text.strip() for text in texts.description)
        known[DisplayedItem.indonesian_description] = (
            language == "id" if language or is_blank else None
        )
        known[DisplayedItem.registration_number] = any(n.number for n in numbers)
    if all(shows is None for shows in known.values()):
        return None
    return DisplayedInformation(
        shown=tuple(item for item in DisplayedItem if known.get(item) is True),
        missing=tuple(item for item in DisplayedItem if known.get(item) is False),
        language=language,
        numbers=numbers,
    )


def _shows_country(listing: Listing) -> bool | None:
    """Whether the country of dispatch can be read: "Luar Negeri" (abroad) names none."""
    if listing.ship_from_country:
        return True
    place = locate(listing.ship_from) if listing.ship_from else None
    return None if place is None else place.country != ABROAD


def language_of(texts: Iterable[str]) -> str | None:
    """The language of a description (ISO 639-1), None where it cannot be told.

    It is ``id`` where the whole or any sentence of enough letters is clearly Indonesian, or Malay,
    which is too like it; else another one where the whole or any sentence clearly is.
    """
    text = _LINK.sub(" ", "\n".join(texts))
    parts = (" ".join(text.split()), *_SENTENCE_END.split(text))
    told = [language for part in parts if (language := _clear_language(part))]
    return "id" if "id" in told else next(iter(told), None)


def _clear_language(text: str) -> str | None:
    """The language of a text where it is clear: none of a text of too few letters, of which one
    of Chinese, Japanese or Korean counts three times."""
    letters = sum(1 + 2 * (char >= "\u3040") for char in text if char.isalpha())
    if letters < LEAST_LETTERS:
        return None
    scores = dict(_identifier().rank(text[:LONGEST]))
    indonesian = max(scores.pop("id"), scores.pop("ms"))
    language, score = max(scores.items(), key=lambda scored: scored[1])
    odds = (indonesian - score) / min(letters, LONGEST)
    return "id" if odds >= CLEAR else language if odds <= -CLEAR else None


@cache
def _identifier() -> LanguageIdentifier:
    """The model of languages, of those that sellers to Indonesia write; it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES)
    return identifier


def registration_numbers(text: str) -> Iterator[RegistrationNumber]:
    """The numbers of registration that a text shows, each once, in the order of their kinds."""
    seen: dict[RegistrationNumber, None] = {}
    for match in _FOOD.finditer(text):
        kind = NumberKind.bpom_ml if match[1] == "ML" else NumberKind.bpom_md
        seen[_number(kind, match[2])] = None
    for pattern, kind in (
        (_COSMETIC, NumberKind.bpom_cosmetic),
        (_SUPPLEMENT, NumberKind.bpom_supplement),
        (_PIRT, NumberKind.pirt),
        (_HALAL, NumberKind.halal),
        (_NPB, NumberKind.npb),
    ):
        for match in pattern.finditer(text):
            seen[_number(kind, next(filter(None, match.groups())))] = None
    for match in _SNI.finditer(text):
        number = f"{match[1]}:{match[2]}" if match[2] else None
        seen[RegistrationNumber(kind=NumberKind.sni, number=number)] = None
    yield from sorted(seen, key=lambda number: (number.kind, number.number or ""))


def _number(kind: NumberKind, written: str) -> RegistrationNumber:
    """A number as digits; None for one of another length, or whose digits are a filler."""
    digits = re.sub(r"\D", "", written)
    is_filler = len(set(digits)) < 3 or digits in "01234567890123456789012345"
    if is_filler or not re.fullmatch(_LENGTHS[kind], digits):
        return RegistrationNumber(kind=kind)
    return RegistrationNumber(kind=kind, number=digits)
