"""The Finance Ministry's weekly decree of exchange rates (kurs pajak), as a person saved it.

A saved page (HTML) or table (CSV) says which currencies cost how many rupiah, on which days, by
which decree. What it does not say is asked of the person; what is implausible is refused, since a
wrong rate would accuse or acquit a week of offers.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser

from monitor.config import PantauError
from monitor.model import Value
from monitor.registry.values import Rate

PLAUSIBLE = {
    "USD": (5_000, 50_000),
    "EUR": (5_000, 60_000),
    "SGD": (3_000, 40_000),
    "CNY": (500, 8_000),
    "JPY": (30, 500),
}
"""The currencies that are read of a decree, and the rupiah for one unit outside of which a figure
is taken for a slip."""
PER_HUNDRED = frozenset({"JPY"})
"""Published for 100 units."""
LARGEST_CHANGE = Decimal("0.15")
"""By how much a rate may differ from the one before it."""
LONGEST = timedelta(days=14)
"""A decree holds for a week; some bridged a holiday."""
OLDEST = timedelta(days=366)
"""Of a decree that ended longer ago the year is taken for a slip."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            *("januari", "februari", "maret", "april", "mei", "juni", "juli"),
            *("agustus", "september", "oktober", "november", "desember"),
        ),
        1,
    )
}
_TO = r"\s*(?:-|–|—|s\.?\s?/?d\.?|sampai dengan|hingga)\s*"
_PERIOD = re.compile(
    rf"(\d{{1,2}})(?:\s+([a-z]+))?(?:\s+(\d{{4}}))?{_TO}(\d{{1,2}})\s+([a-z]+)\s+(\d{{4}})", re.I
)
_NUMBER = re.compile(
    r"(?:KMK|KEP|Keputusan Menteri Keuangan)\b[^\d\n]{0,40}(\d[\w.]*(?:/[\w.]+)+)", re.I
)
_OLD_RATES = re.compile(r"\b(lama|sebelum(nya)?|previous|old)\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})*(?:,\d{1,4})?|\d+(?:[.,]\d{1,4})?")


class DecreeError(PantauError):
    """A saved decree cannot be read or believed; the message says what to do."""


class Decree(Value):
    """What a saved page or table says; None where it does not say it.

    ``amounts`` are rupiah for one unit, by currency. ``last`` is the last day.
    """

    amounts: dict[str, Decimal]
    first: date | None = None
    last: date | None = None
    number: str | None = None


class _Tables(HTMLParser):
    """Rows of all tables of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self._in_cell = False
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins."""
        self._hidden = tag in {"script", "style"}
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        """A cell ends."""
        self._hidden = False
        if tag in {"td", "th", "tr"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        """Words, of a cell or beside the tables."""
        if self._hidden:
            return
        self.text.append(data)
        if self._in_cell:
            self.rows[-1][-1] += data


def decree_text(raw: bytes) -> str:
    """The text of a saved page or table, in UTF-8 or, with its mark, UTF-16.

    Raises ``DecreeError`` for what is no text, such as a picture.
    """
    coding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    content = raw.decode(coding, errors="replace")
    if "\0" in content or not content.strip() or raw.startswith(b"%PDF"):
        raise DecreeError("holds no text; save the page as HTML, or its table as CSV")
    return content


def read_decree(content: str) -> Decree:
    """What a saved page or CSV table says; raises ``DecreeError`` where it names no rate."""
    if "<" in content:
        page = _Tables()
        page.feed(content)
        rows, text = page.rows, " ".join(page.text)
    else:
        # Where cells are parted by semicolons a comma is a decimal mark.
        delimiter = next((mark for mark in ("\t", ";") if mark in content), ",")
        rows, text = list(csv.reader(content.splitlines(), delimiter=delimiter)), content
    amounts = dict(_amounts(rows))
    if not amounts:
        raise DecreeError("names no rate: it needs a table with rows such as: USD, 16.345,00")
    text = " ".join(text.split())
    first, last = _period(text)
    number = _NUMBER.search(text)
    return Decree(amounts=amounts, first=first, last=last, number=number[1] if number else None)


def rates_of(
    decree: Decree, source: str, known_rates: Iterable[Rate], today: date
) -> tuple[Rate, ...]:
    """The decree as rates; raises ``DecreeError`` for one that cannot be believed.

    Refused are days that are missing, in the wrong order, more than two weeks, far ahead or long
    past, a figure outside of what is ``PLAUSIBLE``, and one that differs by more than
    ``LARGEST_CHANGE`` from the newest rate before it.
    """
    first, last = decree.first, decree.last
    if first is None or last is None:
        raise DecreeError("does not say on which days it holds; give --from and --to")
    if not timedelta() <= last - first < LONGEST:
        raise DecreeError(f"{first} to {last} is no week; correct --from and --to")
    if first > today + LONGEST:
        raise DecreeError(f"begins on {first}, more than two weeks ahead; correct --from and --to")
    if last < today - OLDEST:
        raise DecreeError(
            f"ended on {last}, more than a year ago; save the decree of this week (an old rate is"
            " written into rates.toml)"
        )
    if "USD" not in decree.amounts:
        raise DecreeError("has no rate of the dollar (USD); save the whole table")
    rates = tuple(
        Rate(
            currency=currency,
            per_unit=amount,
            from_=first,
            until=last + timedelta(days=1),
            source=source,
        )
        for currency, amount in decree.amounts.items()
    )
    known = list(known_rates)
    for rate in rates:
        _check(rate, known)
    return rates


def _check(rate: Rate, known_rates: Sequence[Rate]) -> None:
    """Raises ``DecreeError`` for an implausible rate."""
    low, high = PLAUSIBLE[rate.currency]
    if not low <= rate.per_unit <= high:
        raise DecreeError(
            f"{rate.per_unit} rupiah for one {rate.currency} is not plausible; look again"
        )
    earlier = [
        other
        for other in known_rates
        if other.currency == rate.currency and other.until <= rate.from_
    ]
    before = max(earlier, key=lambda other: other.from_, default=None)
    if before and abs(rate.per_unit / before.per_unit - 1) > LARGEST_CHANGE:
        raise DecreeError(
            f"{rate.currency} {rate.per_unit} differs by more than {LARGEST_CHANGE:.0%} from"
            f" {before.per_unit} of {before.from_}; look again, or write it into rates.toml by hand"
        )


def toml_of(rates: Iterable[Rate]) -> str:
    """The rates as entries of ``rates.toml``."""
    return "".join(
        f"""
[[rate]]
currency = "{rate.currency}"
per_unit = "{rate.per_unit}"
from = {rate.from_}
until = {rate.until}
source = {json.dumps(rate.source, ensure_ascii=False)}
"""
        for rate in rates
    )


def _amounts(rows: Iterable[list[str]]) -> Iterator[tuple[str, Decimal]]:
    """Rupiah for one unit of each currency that a row names: the first figure behind it.

    Raises ``DecreeError`` where two rows differ, that figure cannot be read, or the table has a
    column of old rates.
    """
    read: dict[str, Decimal] = {}
    for cells in rows:
        if any(_OLD_RATES.search(cell) for cell in cells):
            raise DecreeError("has a column of older rates; save the table of one week alone")
        for place, cell in enumerate(cells):
            code = next((c for c in PLAUSIBLE if re.search(rf"\b{c}\b", cell)), None)
            figures = [cell.strip() for cell in cells[place + 1 :] if re.search(r"\d", cell)]
            if code and cell.strip() == code and cells[place + 1 :] and not figures:
                raise DecreeError(f"the row of {code} has no figure; correct it or leave it out")
            if code is None or not figures:
                continue
            amount = _amount(figures[0])
            if amount is None:
                raise DecreeError(f"{code}: {figures[0]!r:.40} is no amount such as 16.345,00")
            unit = amount / 100 if code in PER_HUNDRED else amount
            if read.setdefault(code, unit) != unit:
                raise DecreeError(f"says two things of {code}: {read[code]} and {unit}")
            break
    yield from read.items()


def _amount(cell: str) -> Decimal | None:
    """An amount as Indonesians write it (16.345,00), or with a decimal point (16345.00)."""
    words = re.sub(r"^Rp\.?\s*", "", cell.strip(), flags=re.I)
    if not _AMOUNT.fullmatch(words):
        return None
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", words):
        words = words.replace(".", "")
    return Decimal(words.replace(",", "."))


def _period(text: str) -> tuple[date | None, date | None]:
    """First and last day of the one period that a text names; None where it names none or more."""
    periods = set()
    for match in _PERIOD.finditer(text):
        day, month, year, last_day, last_month, last_year = match.groups()
        try:
            last = date(int(last_year), _MONTHS[last_month.lower()], int(last_day))
            first_month = _MONTHS[(month or last_month).lower()]
            first = date(int(year or last_year), first_month, int(day))
        except (KeyError, ValueError):
            continue
        periods.add((first, last))
    return periods.pop() if len(periods) == 1 else (None, None)
