"""From a release alone the published numbers come out again, and a changed one is noticed."""

from __future__ import annotations

import csv
import gzip
import io
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Released

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
Edit = Callable[[dict[str, str]], None]


def edited(
    release: Path, copy: Path, table: str, column: str, change: Callable[[str], str]
) -> Path:
    """A copy of a release in which the first value that a change alters is altered."""
    shutil.copytree(release, copy)
    path = copy / "data" / f"{table}.csv.gz"
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    row = next(row for row in rows if change(row[column]) != row[column])
    row[column] = change(row[column])
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(out.getvalue().encode()))
    return copy


def other(old: str, new: str) -> Callable[[str], str]:
    """Gives ``new`` for ``old``, and leaves the rest."""
    return lambda value: new if value == old else value


def run(script: str, release: Path) -> int:
    """The exit code of an example."""
    return int(runpy.run_path(str(EXAMPLES / script))["main"](release))


def test_every_interval_and_verdict_of_a_restricted_release(
    released: Released, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recompute.py", released.restricted) == 0, capsys.readouterr().out
    assert "8 cells come out as published; 4 have an interval" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "column", "change"),
    [
        ("outcomes", "outcome", other("yes", "no")),
        ("units", "state", other("blocked", "sampled")),
        ("audit_sample", "probability", lambda value: "0.111"),
        ("estimates", "low", lambda value: value and f"{value[:-1]}{(int(value[-1]) + 1) % 10}"),
    ],
)
def test_what_is_changed_in_a_restricted_release_is_noticed(
    released: Released, tmp_path: Path, table: str, column: str, change: Callable[[str], str]
) -> None:
    copy = edited(released.restricted, tmp_path / "copy", table, column, change)
    assert run("recompute.py", copy) == 1


def test_every_estimate_of_a_public_release(
    released: Released, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recompute_public.py", released.public) == 0, capsys.readouterr().out
    assert "8 cells come out as published; 5 have no estimate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "column", "change"),
    [
        ("positions", "screen", other("flagged", "domestic")),
        ("label_totals", "weight_yes", lambda value: str(float(value) + 0.01)),
    ],
)
def test_what_is_changed_in_a_public_release_is_noticed(
    released: Released, tmp_path: Path, table: str, column: str, change: Callable[[str], str]
) -> None:
    copy = edited(released.public, tmp_path / "copy", table, column, change)
    assert run("recompute_public.py", copy) == 1


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed (r-base-core)")
def test_r_gives_the_same_verdicts(released: Released, tmp_path: Path) -> None:
    def verdicts(release: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["Rscript", "--vanilla", EXAMPLES / "verdict.R", release],
            capture_output=True,
            text=True,
            check=False,
        )

    for release in (released.public, released.restricted):
        done = verdicts(release)
        assert (done.returncode, done.stdout) == (0, "8 verdicts come out as published\n"), done
    assert len((EXAMPLES / "verdict.R").read_text().splitlines()) <= 200
    changes = {
        "verdict": other("non_compliant", "compliant"),
        "level": lambda value: value and "0.9",
    }
    for column, change in changes.items():
        copy = edited(released.public, tmp_path / column, "estimates", column, change)
        assert verdicts(copy).returncode == 1, column


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed (r-base-core)")
@pytest.mark.parametrize(
    ("folders", "fault"), [([], "usage: "), (["absent"], "absent: is no folder of a release: ")]
)
def test_r_refuses_what_is_no_release(folders: list[str], fault: str) -> None:
    refused = subprocess.run(
        ["Rscript", "--vanilla", EXAMPLES / "verdict.R", *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = refused.stderr.splitlines()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert line.startswith(fault)
