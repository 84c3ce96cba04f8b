"""A home's exchange rates: adding a decree to ``rates.toml``, and whether the newest one is old."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

from monitor.config import PantauError
from monitor.registry.decree import toml_of
from monitor.registry.files import append
from monitor.registry.values import Rate

FILE = "rates.toml"


def add_rates(
    folder: Path, known_rates: Collection[Rate], rates: Iterable[Rate]
) -> tuple[Rate, ...]:
    """Appends those that are not there yet to the folder's file and returns them.

    The file is made, with the packaged one's words on top, where there is none. Raises
    ``PantauError`` where a rate contradicts one that is there; the file then stays as it was.
    """
    content = {(rate.currency, rate.per_unit, rate.from_, rate.until) for rate in known_rates}
    fresh = tuple(
        rate
        for rate in rates
        if (rate.currency, rate.per_unit, rate.from_, rate.until) not in content
    )
    if not fresh:
        return ()
    for rate in fresh:
        for known in known_rates:
            overlaps = known.from_ < rate.until and rate.from_ < known.until
            if known.currency == rate.currency and overlaps:
                raise PantauError(
                    f"{rate.currency} {rate.per_unit} from {rate.from_} overlaps"
                    f" {known.per_unit} from {known.from_} to {known.last}; correct one in"
                    f" {folder / FILE}"
                )
    append(folder, FILE, toml_of(fresh))
    return fresh


def rate_line(rates: Iterable[Rate], today: date) -> str:
    """What is known of the dollar on a day (WIB), and what to do where that is nothing."""
    dollars = sorted(
        (rate for rate in rates if rate.currency == "USD"), key=lambda rate: rate.from_
    )
    current = next((rate for rate in dollars if rate.from_ <= today < rate.until), None)
    mend = "add this week's decree with: pantau rates add FILE"
    if current:
        return f"rate of the dollar: {current.per_unit} until {current.last} ({current.source})"
    past = [rate for rate in dollars if rate.until <= today]
    if past:
        return f"rate of the dollar: older than its week, it ended on {past[-1].last}; {mend}"
    return (
        f"rate of the dollar: none; no price in rupiah is held against a floor in dollars; {mend}"
    )
