"""The data package says of itself what is in its files, and the field's tools can read it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import pandas
import polars
import pytest

from monitor import __version__
from monitor.config import Research
from monitor.model import EditionKind, Origin
from monitor.research.tables import PUBLIC, RESTRICTED

from .conftest import Released, release
from .weeks import ENTRIES, WEEK, invented, make_week


def package(folder: Path) -> dict[str, Any]:
    """The content of the data package."""
    return dict(json.loads((folder / "datapackage.json").read_text(encoding="utf-8")))


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of a table, as text."""
    packed = (folder / "data" / f"{table}.csv.gz").read_bytes()
    return list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode())))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tier", ["public", "restricted"])
def test_frictionless_finds_no_fault(
    released: Released, tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(getattr(released, tier))
    report = frictionless.Package("datapackage.json").validate()
    assert report.valid, report.flatten(["type", "rowNumber", "fieldName", "message"])[:5]


@pytest.mark.filterwarnings("ignore")
def test_frictionless_finds_a_fault(
    released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the package says is strict enough to be broken."""
    content = package(released.public)
    (tmp_path / "data").mkdir()
    for path in (released.public / "data").glob("*.csv.gz"):
        text = gzip.decompress(path.read_bytes()).decode()
        if path.name == "positions.csv.gz":
            text = text.replace("flagged", "Toko Rahasia 1", 1)
        (tmp_path / "data" / path.name).write_bytes(gzip.compress(text.encode()))
    for resource in content["resources"]:
        del resource["hash"], resource["bytes"]
    (tmp_path / "datapackage.json").write_text(json.dumps(content))
    monkeypatch.chdir(tmp_path)
    report = frictionless.Package("datapackage.json").validate()
    assert [error.type for error in report.tasks[10].errors] == ["constraint-error"]


@pytest.mark.parametrize("tier", ["public", "restricted"])
def test_hashes_rows_missing_values_and_origin_hold(released: Released, tier: str) -> None:
    folder: Path = getattr(released, tier)
    content = package(folder)
    for resource in content["resources"]:
        for file in (resource, resource["parquet"]):
            body = (folder / file["path"]).read_bytes()
            assert file["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert file["bytes"] == len(body)
        table = rows(folder, resource["name"])
        assert resource["rows"] == len(table)
        assert resource["origin"] == content["origin"] == "live"
        assert {row["origin"] for row in table} <= {"live"}
        for field in resource["schema"]["fields"]:
            assert field["missing"] == sum(row[field["name"]] == "" for row in table)
    files = {resource["path"] for resource in content["resources"]}
    files |= {resource["parquet"]["path"] for resource in content["resources"]}
    assert files == {f"data/{path.name}" for path in (folder / "data").iterdir()}


def test_a_home_without_configuration_has_defaults(released: Released) -> None:
    content = package(released.public)
    assert content["licenses"][0]["name"] == "CC-BY-4.0"
    assert content["contributors"] == [{"title": "Pantau (unconfigured home)", "role": "publisher"}]
    assert content["version"] == __version__
    assert content["weeks"] == [WEEK]
    assert content["period"] == {"from": "2026-11-02", "until": "2026-11-08"}
    assert content["citation"].startswith("Pantau (unconfigured home) (")
    citation = (released.public / "CITATION.cff").read_text(encoding="utf-8")
    assert 'license: "CC-BY-4.0"' in citation
    assert f'version: "{__version__}"' in citation
    assert package(released.restricted)["licenses"][0]["name"] == "other-closed"


def test_publisher_licence_and_contact_are_as_configured(
    released: Released, tmp_path: Path
) -> None:
    from msgspec.structs import replace

    research = Research(publisher="Direktorat Contoh", licence="CC0-1.0")
    config = replace(released.config, research=research, contact="data@contoh.example")
    content = package(release(config, tmp_path / "release"))
    assert content["licenses"] == [{"name": "CC0-1.0"}]
    assert content["contributors"] == [
        {"title": "Direktorat Contoh", "role": "publisher", "email": "data@contoh.example"}
    ]


def test_simulated_data_say_so_everywhere(tmp_path: Path) -> None:
    offers = {"lazada": invented("lazada")[:ENTRIES]}
    kinds = [EditionKind.provisional]
    folder = release(
        make_week(tmp_path / "home", offers, Origin.simulated, kinds), tmp_path / "release"
    )
    content = package(folder)
    assert content["origin"] == "simulated"
    for resource in content["resources"]:
        assert resource["origin"] == "simulated"
        assert {row["origin"] for row in rows(folder, resource["name"])} <= {"simulated"}
    for name in ("datapackage.json", "CITATION.cff", "codebook.md"):
        assert "(simulated data)" in (folder / name).read_text(encoding="utf-8")


def test_the_hash_of_the_edition_is_its_source(released: Released) -> None:
    content = package(released.public)
    (newest,) = (row for row in rows(released.public, "editions") if row["is_newest"] == "true")
    assert content["editions"] == {newest["edition"]: newest["sha256"]}
    assert [row["edition"] for row in rows(released.public, "editions")] == [
        f"{WEEK}/provisional",
        f"{WEEK}/final",
    ]


@pytest.mark.parametrize(("tier", "tables"), [("public", PUBLIC), ("restricted", RESTRICTED)])
def test_the_codebook_counts_what_is_there(
    released: Released, tier: str, tables: tuple[Any, ...]
) -> None:
    folder: Path = getattr(released, tier)
    book = (folder / "codebook.md").read_text(encoding="utf-8")
    for table in tables:
        section = book.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        content = rows(folder, table.name)
        assert f"{len(content)} rows." in section
        for field in table.fields:
            (line,) = re.findall(rf"^\| `{field.name}` \|.*$", section, re.MULTILINE)
            for code in field.codes:
                held = sum(row[field.name] == code for row in content)
                assert f" {code} {held}" in line


def test_parquet_holds_what_csv_holds(released: Released) -> None:
    for folder in (released.public, released.restricted):
        for resource in package(folder)["resources"]:
            path = folder / resource["parquet"]["path"]
            names = [field["name"] for field in resource["schema"]["fields"]]
            table = polars.read_parquet(path)
            assert (table.columns, table.height) == (names, resource["rows"])
            nulls = {field["name"]: field["missing"] for field in resource["schema"]["fields"]}
            assert table.null_count().row(0, named=True) == nulls
    path = released.restricted / "data" / "positions.parquet"
    frame = pandas.read_parquet(path)
    listed = rows(released.restricted, "positions")
    assert [str(offer) for offer in frame["offer"]] == [row["offer"] for row in listed]
    assert str(frame["observed_at"].dtype).endswith(", UTC]")
    query = "SELECT count(*), count(DISTINCT offer) FROM read_parquet(?)"
    assert duckdb.execute(query, [str(path)]).fetchall() == [
        (len(listed), len({row["offer"] for row in listed}))
    ]


def test_no_table_repeats_another(released: Released) -> None:
    """Beside the columns by which tables are joined, none stands in two tables."""
    for folder in (released.public, released.restricted):
        joins = {"origin", "week", "platform", "cluster", "policy", "screen", "offer", "version"}
        columns: dict[str, list[list[str]]] = {}
        for resource in package(folder)["resources"]:
            keys = {
                name for key in resource["schema"].get("foreignKeys", ()) for name in key["fields"]
            }
            keys |= set(resource["schema"]["primaryKey"]) | joins
            table = rows(folder, resource["name"])
            for name in set(table[0] if table else ()) - keys:
                values = [row[name] for row in table]
                if len(set(values)) > 10:
                    columns.setdefault(name, []).append(values)
        assert all(len(set(map(tuple, same))) == len(same) for same in columns.values())


def test_the_same_rows_give_the_same_bytes(released: Released, tmp_path: Path) -> None:
    again = release(released.config, tmp_path / "again", released.key)
    for path in (released.restricted / "data").glob("*.csv.gz"):
        assert (again / "data" / path.name).read_bytes() == path.read_bytes(), path.name
