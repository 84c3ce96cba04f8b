"""The weekly decree of exchange rates: what is read of it, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import main
from monitor.registry import Rate, load_registry
from monitor.registry.decree import (
    DecreeError,
    _amount,
    decree_text,
    rates_of,
    read_decree,
    toml_of,
)

TODAY = date(2026, 11, 19)
PAGE = """<html><script>var x = "USD 1";</script><h1>Kurs Pajak</h1>
<p>Berdasarkan KMK Nomor 51/MK/EF.2/2026, berlaku 18 November 2026 - 24 November 2026</p>
<table><tr><th>No</th><th>Mata Uang</th><th>Nilai</th><th>Perubahan</th></tr>
<tr><td>1</td><td>Dolar Amerika Serikat (USD)</td><td> 16.345,00 </td><td>12,00</td></tr>
<tr><td>2</td><td>Yen Jepang (JPY)</td><td>10.611,55</td><td>-3,10</td></tr>
<tr><td>3</td><td>Yuan China (CNY)</td><td>2.268,90</td><td>0,00</td></tr></table></html>"""


def test_a_saved_page_is_read() -> None:
    decree = read_decree(PAGE)
    assert decree.amounts == {
        "USD": Decimal("16345.00"),
        "JPY": Decimal("106.1155"),
        "CNY": Decimal("2268.90"),
    }
    assert (decree.first, decree.last) == (date(2026, 11, 18), date(2026, 11, 24))
    assert decree.number == "51/MK/EF.2/2026"


@pytest.mark.parametrize(
    "text",
    [
        "USD;16.345,00\nEUR;18.900,12\n",
        "USD,16345.00\nEUR,18900.12\n",
        "1\tUSD\t16.345,00\n2\tEUR\t18.900,12\n",
        'USD,"16.345,00"\nEUR,"18.900,12"\n',
    ],
)
def test_a_table_is_read(text: str) -> None:
    decree = read_decree(text)
    assert decree.amounts == {"USD": Decimal("16345.00"), "EUR": Decimal("18900.12")}
    assert (decree.first, decree.number) == (None, None)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encodings_that_browsers_and_tables_have(coding: str) -> None:
    assert read_decree(decree_text(PAGE.encode(coding))) == read_decree(PAGE)


@pytest.mark.parametrize("raw", [b"", b" \n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7 x"])
def test_what_is_no_text_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(DecreeError, match="holds no text"):
        decree_text(raw)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("18 - 24 November 2026", date(2026, 11, 18)),
        ("30 September s.d. 6 Oktober 2026", date(2026, 9, 30)),
        ("30 Desember 2026 sampai dengan 5 Januari 2027", date(2026, 12, 30)),
    ],
)
def test_days_as_they_are_written(words: str, first: date) -> None:
    decree = read_decree(f"<p>berlaku {words}</p><table><tr><td>USD<td>16.345</table>")
    assert decree.first == first
    assert decree.last == first + timedelta(days=6)


def test_two_periods_or_two_figures_settle_nothing() -> None:
    two = PAGE + "<p>11 November 2026 - 17 November 2026</p>"
    assert read_decree(two).first is None
    with pytest.raises(DecreeError, match="two things of USD"):
        read_decree("USD,16345\nUSD,16346\n")
    with pytest.raises(DecreeError, match="names no rate"):
        read_decree("<html>Kurs</html>")


def rate(per_unit: str, first: date = date(2026, 11, 11)) -> Rate:
    return Rate(
        currency="USD",
        per_unit=Decimal(per_unit),
        from_=first,
        until=first + timedelta(days=7),
        source="x",
    )


@pytest.mark.parametrize(
    ("text", "known", "problem"),
    [
        ("USD,16345\n", (), "--from and --to"),
        (PAGE.replace("16.345,00", "163,45"), (), "not plausible"),
        (PAGE.replace("16.345,00", "16.345.000,00"), (), "not plausible"),
        (PAGE.replace("2.268,90", "12"), (), "12 rupiah for one CNY is not plausible"),
        (PAGE.replace("24 November", "14 Desember"), (), "is no week"),
        (PAGE.replace("24 November", "17 November"), (), "is no week"),
        (PAGE.replace("2026", "2027"), (), "ahead"),
        (PAGE.replace("2026", "2016"), (), "ended on 2016-11-24, more than a year ago"),
        (PAGE.replace("(USD)", ""), (), "no rate of the dollar"),
        (PAGE, (rate("12000"),), "differs by more than 15%"),
    ],
)
def test_what_cannot_be_believed_is_refused(
    text: str, known: tuple[Rate, ...], problem: str
) -> None:
    with pytest.raises(DecreeError, match=problem):
        rates_of(read_decree(text), "KMK", known, TODAY)


@given(st.decimals(1, 10**8, places=2))
def test_an_amount_as_indonesians_write_it(amount: Decimal) -> None:
    written = f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert _amount(written) == amount
    assert _amount(f"Rp {written}") == amount


def run(home: Path, *arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(main, arguments, env={"PANTAU_HOME": str(home)})
    return outcome.exit_code, outcome.output


def test_a_fresh_home_takes_a_decree(tmp_path: Path) -> None:
    home, page = tmp_path / "home", tmp_path / "kurs.html"
    home.mkdir()
    page.write_text(PAGE, encoding="utf-8")
    code, output = run(home, "rates", "add", str(page))
    assert (code, output.splitlines()[0]) == (
        0,
        "USD 16345.00 from 2026-11-18 to 2026-11-24 (KMK Nomor 51/MK/EF.2/2026)",
    )
    registry = load_registry(home / "registry")
    assert [each.currency for each in registry.rates] == ["USD", "JPY", "CNY"]
    before = (home / "registry" / "rates.toml").read_bytes()
    code, output = run(home, "rates", "add", str(page))
    assert (code, output) == (0, "all of it is there already\n")
    page.write_text(PAGE.replace("16.345,00", "16.346,00"), encoding="utf-8")
    code, output = run(home, "rates", "add", str(page))
    assert code == 1
    assert "overlaps" in output
    assert (home / "registry" / "rates.toml").read_bytes() == before


def test_days_that_contradict_the_page_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "kurs.html"
    page.write_text(PAGE, encoding="utf-8")
    days = ("--from", "2026-11-25", "--to", "2026-12-01")
    code, output = run(tmp_path, "rates", "add", str(page), *days)
    assert code == 1
    assert "says 2026-11-18 itself; leave out --from 2026-11-25" in output


def test_what_a_table_does_not_say_is_asked_for(tmp_path: Path) -> None:
    table = tmp_path / "kurs.csv"
    table.write_text("USD;16.345,00\n", encoding="utf-8")
    code, output = run(tmp_path, "rates", "add", str(table))
    assert code == 1
    assert "--from and --to" in output
    days = ("--from", "2026-11-18", "--to", "2026-11-24")
    code, output = run(tmp_path, "rates", "add", str(table), *days)
    assert code == 1
    assert "--source" in output
    code, output = run(tmp_path, "rates", "add", str(table), *days, "--source", "KMK 51/2026")
    assert code == 0
    (only,) = load_registry(tmp_path / "registry").rates
    assert (only.per_unit, only.until) == (Decimal("16345.00"), date(2026, 11, 25))
    assert 'source = "KMK 51/2026"' in toml_of([only])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Mata Uang,Kurs lama,Kurs baru\nUSD,16.500,16.900\n", "column of older rates"),
        ("Mata Uang;Nilai;Perubahan\nUSD;16,700.00;10,00\n", "'16,700.00' is no amount"),
        ("Mata Uang;Nilai;Perubahan\nUSD;-5;10,00\n", "'-5' is no amount"),
    ],
)
def test_another_figure_of_the_row_is_not_taken_for_the_rate(text: str, reason: str) -> None:
    with pytest.raises(DecreeError, match=reason):
        read_decree(text)


def test_a_row_without_a_figure_is_not_left_out_silently() -> None:
    with pytest.raises(DecreeError, match="the row of EUR has no figure"):
        read_decree("USD,16345\nEUR,kaputt\n")


def test_words_between_a_currency_and_its_rate_are_no_figures() -> None:
    decree = read_decree("No;Kode;Nama;Nilai\n1;USD;Dolar Amerika Serikat;16.345,00\n")
    assert decree.amounts["USD"] == Decimal(16345)
