"""Counts of searches: read from a CSV, recorded, and weights of the frame."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.cli import main
from monitor.model import Cluster, Entry, EntryKind, Stratum
from monitor.registry import load_registry
from monitor.registry.query_log import QueryLog, QueryLogError, read_counts, toml_of, weigh

DAY = date(2026, 11, 20)


def entry(query: str, kind: EntryKind = EntryKind.keyword, platform: str = "toko") -> Entry:
    return Entry(
        id=f"{kind}-{query}",
        platform=platform,
        cluster=Cluster.crafts,
        stratum=Stratum.head,
        kind=kind,
        query=query,
    )


def log(
    counts: dict[str, int], day: date = DAY, platforms: tuple[str, ...] = ("toko",)
) -> QueryLog:
    return QueryLog(source="log", date=day, platforms=platforms, counts=counts)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("query,count\nhijab,1200\n", {"hijab": 1200}),
        ("Count;Query\n1.200.000; Tas  Wanita \n", {"tas wanita": 1_200_000}),
        ('query,count,note\n"tas, kulit","1,200",x\n\n', {"tas, kulit": 1200}),
    ],
)
def test_a_table_of_counts_is_read(text: str, counts: dict[str, int]) -> None:
    assert read_counts(text) == counts


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: name the columns query and count"),
        ("kata,jumlah\nhijab,1\n", "line 1: name the columns"),
        ("query,count\nhijab,1,2\n", "line 2: 3 cells under 2 columns"),
        ("query,count\nhijab,1.2\n", "line 2: '1.2' is no count"),
        ("query,count\nhijab,-1\n", "line 2: '-1' is no count"),
        ("query,count\nhijab,1000000000001\n", "is no count"),
        ("query,count\n ,1\n", "line 2: no query"),
        ("query,count\nhijab,1\nHijab ,2\n", "line 3: 'hijab' twice"),
        ("query,count\nhijab,0\n", "no query with a count over 0"),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str, problem: str) -> None:
    with pytest.raises(QueryLogError, match=problem):
        read_counts(text)


def test_weights_are_in_proportion_to_counts_and_one_on_average() -> None:
    entries = [entry("a"), entry("B b"), entry("c"), entry("rak/1", EntryKind.category)]
    weighed, sources = weigh(entries, [log({"a": 60, "b  B": 30, "c": 0})])
    # What the log does not name counts as its smallest; a category page as the mean.
    assert [e.weight for e in weighed] == [1.5, 0.75, 0.75, 1.0]
    ((name, named, listed),) = [(s.name, s.named, s.entries) for s in sources]
    assert (name, named, listed) == ("toko/crafts", 2, 4)


def test_the_newest_log_of_a_platform_counts_and_one_that_names_nothing_weighs_nothing() -> None:
    entries = [entry("a"), entry("b"), entry("a", platform="lain")]
    newer = log({"a": 1, "b": 3}, date(2026, 11, 27))
    weighed, _ = weigh(entries, [newer, log({"a": 9, "b": 1})])
    assert [e.weight for e in weighed] == [0.5, 1.5, 1.0]
    assert weigh(entries, [log({"z": 9}, platforms=("toko", "lain"))]) == (tuple(entries), ())


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.integers(0, 10**12), min_size=1), st.text('ab"\\\n'))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[str, int], source: str
) -> None:
    home = tmp_path_factory.mktemp("registry")
    counts |= {"hijab": 5}
    written = toml_of(QueryLog(source=f"x{source}", date=DAY, platforms=("shopee",), counts=counts))
    (home / "searches.toml").write_text(written, encoding="utf-8")
    sources = load_registry(home).frame.weights
    assert {(s.source, s.name.partition("/")[0]) for s in sources} == {(f"x{source}", "shopee")}


def run(home: Path, *arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(main, arguments, env={"PANTAU_HOME": str(home)})
    return outcome.exit_code, outcome.output


def test_a_home_records_a_log_and_draws_by_it(tmp_path: Path) -> None:
    table = tmp_path / "searches.csv"
    table.write_text("query,count\nhijab,9000\nmukena,3000\nbatik couple,100\n", encoding="utf-8")
    before = load_registry().frame
    given_log = ("--source", "an agency's panel", "--date", "2026-11-20")
    code, output = run(tmp_path, "frame", "weigh", str(table), *given_log, "--platform", "shopee")
    assert code == 0, output
    assert "shopee/textile_fashion: weighed by an agency's panel, 2026-11-20" in output
    assert "a season that has begun ends there" in output
    frame = load_registry(tmp_path / "registry").frame
    weights = {e.query: e.weight for e in frame.entries if e.platform == "shopee"}
    assert weights["hijab"] == pytest.approx(90 * weights["batik couple"], rel=1e-4)
    changed = {name for name, digest in frame.lists.items() if before.lists[name] != digest}
    assert changed == {"shopee/textile_fashion"}
    code, output = run(tmp_path, "frame", "show")
    assert code == 0
    assert "shopee/crafts: " in output
    assert "weights as in frame.toml" in output
    code, output = run(tmp_path, "frame", "show", "lazada")
    assert code == 0
    named = {line.partition("/")[0].partition(":")[0] for line in output.splitlines()[1:]}
    assert named == {"lazada"}
    code, output = run(tmp_path, "frame", "show", "lazda")
    assert (code, "no such platform: lazda; known: " in output) == (2, True)
    code, output = run(tmp_path, "plan", "--margins", "--week", "2026-W47")
    assert "shopee/textile_fashion: weighed by an agency's panel, 2026-11-20" in output


def test_a_log_that_names_no_search_is_refused_and_nothing_written(tmp_path: Path) -> None:
    table = tmp_path / "searches.csv"
    table.write_text("query,count\nsepeda roda tiga,9000\n", encoding="utf-8")
    code, output = run(
        tmp_path, "frame", "weigh", str(table), "--source", "x", "--date", "2026-11-20"
    )
    assert code == 1
    assert "names no query of frame.toml" in output
    assert not (tmp_path / "registry" / "searches.toml").exists()
