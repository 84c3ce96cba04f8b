"""The examples find what is true of a simulated year, written in the tables of a release."""

from __future__ import annotations

import random
import runpy
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.config import previous_week
from monitor.model import Origin
from monitor.research.schema import Table
from monitor.research.tables import OFFERS, POSITIONS, UNITS
from monitor.research.writer import TableWriter

from .conftest import Released

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
WEEKS = [previous_week("2026-W47", back) for back in range(51, -1, -1)]
POLICY_WEEK, EFFECT, HAZARD = WEEKS[26], -0.15, 0.2
PAGES, PLACES = 12, 20


def example(name: str) -> dict[str, Any]:
    """What an example defines."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def positions(chance: random.Random) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Units of a year with what stood on them; None for a page that did not answer.

    A flagged offer leaves with probability ``HAZARD`` a week. From ``POLICY_WEEK`` on a page of
    Lazada shows fewer of them. Entries from the eighth on rotate: they come every other week.
    """
    numbers = iter(range(10**9))
    standing: dict[tuple[str, int], list[str]] = {}
    for at, week in enumerate(WEEKS):
        for platform in ("lazada", "shopee"):
            for entry in range(PAGES):
                share = 0.4 + 0.01 * entry + 0.001 * at
                share += EFFECT if platform == "lazada" and week >= POLICY_WEEK else 0.0
                offers = standing.setdefault((platform, entry), [])
                offers[:] = [offer for offer in offers if chance.random() >= HAZARD]
                drawn = sum(chance.random() < share for _ in range(PLACES))
                flagged = max(drawn, len(offers))
                while len(offers) < flagged:
                    offers.append(f"o{next(numbers)}")
                if entry >= 8 and at % 2:
                    continue
                is_core = entry < 8
                answers = entry != 7 or at % 10 != 3
                unit = dict.fromkeys(UNITS.names) | {
                    "unit": f"{week}/{platform}/e{entry}/1",
                    "week": week,
                    "platform": platform,
                    "cluster": "crafts",
                    "entry": f"e{entry}",
                    "entry_core": is_core,
                    "page": 1,
                    "state": "sampled" if answers else "blocked",
                }
                yield unit, None
                for place in range(PLACES if answers else 0):
                    offer = offers[place] if place < flagged else f"d{platform}{entry}{place}"
                    yield (
                        unit,
                        dict.fromkeys(POSITIONS.names)
                        | {
                            "position": next(numbers),
                            "unit": unit["unit"],
                            "platform": platform,
                            "offer": offer,
                            "version": "v",
                            "screen": "flagged" if place < flagged else "domestic",
                        },
                    )


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of a year."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "data").mkdir()

    def writer(table: Table) -> TableWriter:
        return TableWriter(table, folder / "data", frozenset())

    units, stood, offers = writer(UNITS), writer(POSITIONS), writer(OFFERS)
    known: set[tuple[str, str]] = set()
    for unit, position in positions(random.Random(5)):
        if position is None:
            units.add(unit, Origin.simulated)
            continue
        stood.add(position, Origin.simulated)
        key = position["platform"], position["offer"]
        if key not in known:
            known.add(key)
            seller = {"seller_key": f"s{len(known) % 4}"} if key[0] == "lazada" else {}
            named = {name: position[name] for name in ("platform", "offer", "version")}
            offers.add(dict.fromkeys(OFFERS.names) | named | seller, Origin.simulated)
    for table in (units, stood, offers):
        table.close()
    return folder


def test_difference_in_differences_finds_the_effect(
    year: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    did = example("difference_in_differences")
    panel = did["matched_panel"](year)
    assert panel["shown_on"].nunique() == 14, "seven pages a platform are core and always answered"
    found = did["effect"](panel, "lazada", POLICY_WEEK)
    assert found.low < EFFECT < found.high
    assert found.high < 0
    placebo = did["effect"](panel[panel["week"] < POLICY_WEEK], "lazada", WEEKS[13])
    assert abs(placebo.change) < abs(EFFECT) / 3, "no such effect where there was none"
    assert did["main"](str(year), "lazada", POLICY_WEEK) == 0
    assert "14 pages in 52 weeks" in capsys.readouterr().out
    assert did["main"](str(year), "lazada", "2030-W01") == 1
    capsys.readouterr()
    assert did["main"](str(year), "nope", POLICY_WEEK) == 1
    assert capsys.readouterr().out == (
        "nope: no core page of it answered in all weeks; one of these did: lazada, shopee\n"
    )


def test_survival_is_that_of_the_offers_not_of_the_entries_rotation(year: Path) -> None:
    found = example("survival")["curves"](year)
    assert set(found) == {"lazada", "shopee"}
    curve = found["shopee"]
    for weeks in (1, 2, 4):
        until = curve.surv_times <= weeks
        share, error = curve.surv_prob[until][-1], curve.surv_prob_se[until][-1]
        assert abs(share - (1 - HAZARD) ** weeks) < 4 * error + 0.06, weeks


def test_concentration_is_null_where_sellers_are_unknown(
    year: Path, released: Released, capsys: pytest.CaptureFixture[str]
) -> None:
    concentration = example("concentration")
    table = concentration["concentration"](year).set_index(["week", "platform"])
    lazada = table.loc[(WEEKS[-1], "lazada")]
    assert lazada["sellers"] == 4
    assert 2_500 <= lazada["hhi"] < 3_000
    assert table.loc[(WEEKS[-1], "shopee")].isna()["hhi"]
    assert concentration["main"](str(released.restricted)) == 0
    assert "not measurable" in capsys.readouterr().out, "a week of which some sellers are unknown"


PROGRAMS = {
    "concentration": "restricted",
    "difference_in_differences": "restricted",
    "recompute": "restricted",
    "recompute_public": "public",
    "survival": "restricted",
}
"""Each program, and the tier that it reads."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong_arguments_end_with_one_line_and_two(
    released: Released,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    def fault(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *words])
        monkeypatch.syspath_prepend(EXAMPLES)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        assert ended.value.code == 2, words
        written = capsys.readouterr()
        assert written.out == ""
        usage, line = written.err.splitlines()
        assert usage.startswith("usage: ")
        return line

    further = ["lazada", "2026-W47"] if name == "difference_in_differences" else []
    tier = PROGRAMS[name]
    other_tier = "public" if tier == "restricted" else "restricted"
    release, other_release = getattr(released, tier), getattr(released, other_tier)
    assert "arguments are required: RELEASE" in fault()
    absent = tmp_path / "absent"
    assert f"{absent}: is no folder of a release: datapackage.json: No such" in fault(
        str(absent), *further
    )
    line = fault(str(other_release), *further)
    assert line.endswith(f"is a {other_tier} release; this program reads a {tier} one")
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    (copy / "data" / "units.csv.gz").unlink()
    assert "units.csv.gz: no such file; take the whole release" in fault(str(copy), *further)
    (copy / "datapackage.json").write_text("[]")
    assert fault(str(copy), *further).endswith("is no description of a release")
    if further:
        for week in ("2026-W60", "2026-47", "2026-W1", "week"):
            assert f"{week}: is no week" in fault(str(release), "lazada", week)
    else:
        assert "unrecognized arguments: more" in fault(str(release), "more")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_from_its_command_line(
    released: Released,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    release = str(getattr(released, PROGRAMS[name]))
    further = ["lazada", "2026-W47"] if name == "difference_in_differences" else []
    monkeypatch.setattr(sys, "argv", [name, release, *further])
    monkeypatch.syspath_prepend(EXAMPLES)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    # One week is too little for two of the questions, and they say so.
    is_short = name in {"difference_in_differences", "survival"}
    assert ended.value.code == int(is_short)
    assert capsys.readouterr().out.startswith("not measurable: ") == is_short
