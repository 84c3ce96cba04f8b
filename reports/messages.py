"""Sentences, dates, numbers and money of a report in one of its two languages.

The catalogue of a language is ``locale/<lang>.toml``: tables of sentences with
``{named}`` values. A sentence that depends on a number is a table with the CLDR plural forms
(``one``, ``other``); the number is then given as ``n``. Times are shown in WIB (Asia/Jakarta).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

from monitor.model import Money, Note, PantauError, Text

LANGUAGES = ("id", "en")
WIB = ZoneInfo("Asia/Jakarta")
_LOCALES = {"id": "id_ID", "en": "en_GB"}

_VALUES = ("stratum", "cluster", "signal_field", "note_value")
"""Tables of the catalogue that hold words for the values of notes."""


class ReportError(PantauError):
    """A document cannot be written; the message says which, why and the mend in one line."""


def shorten(text: object, limit: int = 300) -> str:
    """A text for display: one line, no control characters, at most ``limit`` characters."""
    full_text = str(text or "")
    plain = full_text[: limit + 1]
    if not plain.isprintable():
        plain = "".join(character if character.isprintable() else " " for character in plain)
    return plain.strip() if len(full_text) <= limit else f"{plain[: limit - 1].strip()}…"


@cache
def catalogue(lang: str) -> Mapping[str, str | Mapping[str, str]]:
    """Sentences of a language by dotted key; raises ``ReportError`` for another language."""
    if lang not in LANGUAGES:
        raise ReportError(f"language {lang!r}: reports are written in {' or '.join(LANGUAGES)}")
    toml = files("reports").joinpath("locale", f"{lang}.toml").read_text(encoding="utf-8")
    return {
        f"{table}.{name}": sentence
        for table, sentences in tomllib.loads(toml).items()
        for name, sentence in sentences.items()
    }


@lru_cache(maxsize=4096)
def _number(amount: float | Decimal, digits: int | None, locale: Locale) -> str:
    """A number with the separators of ``locale``; kept, as the same ones come often."""
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(amount, format=pattern, locale=locale)


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, locale: Locale) -> str:
    """An amount of a currency as ``locale`` writes it; kept, as the same prices come often."""
    digits = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
    symbol = get_currency_symbol(currency, locale=locale)
    pattern = f"¤{digits}" if symbol.endswith("$") else f"¤\xa0{digits}"
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False)


@lru_cache(maxsize=4096)
def _moment(moment: datetime, pattern: str, locale: Locale) -> str:
    """A time in WIB by a pattern; kept, as all places of a page were seen at once."""
    return f"{format_datetime(moment, pattern, tzinfo=WIB, locale=locale)} WIB"


class Messages:
    """One language: call it with a key of the catalogue, or ask it to write a value."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._sentences = catalogue(lang)
        self._locale = Locale.parse(_LOCALES[lang])

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of ``key`` with ``values`` in it; a plural form is chosen by ``n``.

        Raises ``KeyError`` where the catalogue has no such key or the sentence needs a value that
        is not given.
        """
        sentence = self._sentences[key]
        if isinstance(sentence, Mapping):
            form = self._locale.plural_form(values["n"])  # type: ignore[arg-type]
            sentence = sentence.get(form) or sentence["other"]
        elif not values and "{" not in sentence:
            return sentence
        return sentence.format(**{name: self._written(value) for name, value in values.items()})

    def __contains__(self, key: str) -> bool:
        return key in self._sentences

    def term(self, table: str, name: str) -> str:
        """The word that ``table`` has for an identifier, else the identifier with spaces."""
        key = f"{table}.{name}"
        return self(key) if key in self else name.replace("_", " ")

    def recorded(self, table: str, text: str) -> str:
        """The sentence that ``table`` has for a recorded text, else the text as it is."""
        key = f"{table}.{text}"
        return self(key) if key in self else text

    def obstacle(self, reason: str) -> str:
        """The recorded reason why a page was not read, in words.

        A status that has no words of its own is given as it is, and what is no code of the crawl is
        quoted as the words of the page reader.
        """
        if f"refusal.{reason}" in self:
            return self(f"refusal.{reason}")
        if status := re.fullmatch(r"http-(\d+)", reason):
            return self("refusal.http-other", status=status[1])
        return self("refusal.page-reader", problem=shorten(reason, 80))

    def unit_state(self, state: str) -> str:
        """What became of planned pages; ``not_fetched`` are those that are still planned."""
        return self(f"state.{'planned' if state == 'not_fetched' else state}")

    def note(self, note: Note | None) -> str:
        """A remark as a sentence; one that the catalogue lacks shows its code and its values."""
        if note is None:
            return ""
        try:
            values = {key: self._localised(value) for key, value in note.values.items()}
            return self(f"note.{note.code}", **values)
        except (KeyError, IndexError):
            listed = ", ".join(f"{key}: {value}" for key, value in note.values.items())
            return f"{note.code} ({listed})" if listed else note.code

    def text(self, text: Text) -> str:
        """The side of a bilingual text that is in this language."""
        return text.id if self.lang == "id" else text.en

    def number(self, amount: float | Decimal, digits: int | None = None) -> str:
        """A plain number with this language's separators, with ``digits`` decimals if given."""
        return _number(amount, digits, self._locale)

    def share(self, fraction: float | None, digits: int | None = None) -> str:
        """A share in [0, 1] in percent, a dash for unknown: two decimals below 2 %, else one, none
        of them a trailing zero; in a column with ``digits`` decimals, all alike."""
        if fraction is None:
            return "–"
        if digits is not None:
            return f"{self.number(100 * fraction, digits)}%"
        pattern = "#,##0.##%" if abs(fraction) < 0.02 else "#,##0.#%"
        return format_percent(fraction, format=pattern, locale=self._locale)

    def interval(self, low: float | None, high: float | None, digits: int | None = None) -> str:
        """``2.1–7 %`` with the percent sign on both ends; a dash for unknown."""
        if low is None or high is None:
            return "–"
        return f"{self.share(low, digits)}–{self.share(high, digits)}"

    def points(self, difference: float) -> str:
        """A difference of shares in percentage points, with its sign."""
        rounded = round(100 * difference, 1) or 0.0  # no "−0.0"
        pattern = "+#,##0.0;−#,##0.0" if rounded else "0.0"
        return format_decimal(rounded, pattern, self._locale)

    def money(self, amount: Decimal | Money | None, currency: str | None = None) -> str:
        """An amount with its currency; the bare number where the currency is unknown."""
        if isinstance(amount, Money):
            return self.money(amount.amount, amount.currency)
        if amount is None:
            return "–"
        if not currency or not re.fullmatch(r"[A-Z]{3}", currency):
            return f"{self.number(amount)} {currency or self('unit.currency_unknown')}"
        return _money(amount, currency, self._locale)

    def day(self, day: date | datetime | None, style: str = "long") -> str:
        """A calendar day; a time is taken to WIB first."""
        if day is None:
            return "–"
        if isinstance(day, datetime):
            day = day.astimezone(WIB).date()
        return format_date(day, style, locale=self._locale)

    def moment(self, moment: datetime | None) -> str:
        """A day and a time in WIB."""
        if moment is None:
            return self("unit.time_unknown")
        return _moment(moment, self("unit.moment_pattern"), self._locale)

    def week(self, week: str) -> str:
        """The days of an ISO week, Monday to Sunday."""
        year, number = int(week[:4]), int(week[6:])
        first, last = date.fromisocalendar(year, number, 1), date.fromisocalendar(year, number, 7)
        return format_interval(first, last, "yMMMMd", locale=self._locale)

    def country(self, code: str | None) -> str:
        """The name of an ISO 3166-1 country; the code itself where it has none."""
        if not code:
            return "–"
        return str(self._locale.territories.get(code.upper(), code))

    def enumeration(self, names: Sequence[str]) -> str:
        """``a, b and c``; in Indonesian a comma stands before the last of three and more."""
        if len(names) < 2:
            return "".join(names)
        key = "unit.list_end" if len(names) == 2 else "unit.list_end_long"
        return self(key, start=", ".join(names[:-1]), end=names[-1])

    def _localised(self, text: str) -> str:
        """Percentages, days and identifiers of the vocabulary in this language."""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return self.day(date.fromisoformat(text))
        if re.fullmatch(r"\d+(\.\d+)?%", text):
            return self.share(float(text[:-1]) / 100)
        keys = (f"{table}.{text}" for table in _VALUES)
        return next((self(key) for key in keys if key in self), text)

    def _written(self, value: object) -> str:
        """A value as it stands in a sentence: numbers with this language's separators."""
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return str(value)
        return self.number(value)
