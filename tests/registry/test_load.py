"""A broken registry is refused whole, with one line for each problem."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.config import Confirmation
from monitor.registry import PACKAGED, InspectionBasis, RegistryError, check_registry, load_registry

POLICY = """
[[policy]]
id = "janji"
title.id = "Janji"
title.en = "Promise"
kind = "promise"
scope = "seller_cross_border"
platforms = ["lazada"]
verification = "press"
from = 2021-08-03T00:00:00+07:00
sources = [{ publisher = "Koran", title = "Berita" }]
"""
Problems = Callable[..., tuple[str, ...]]


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    """Loads a folder of the files given (name → text), returns the problems."""

    def load(confirmations: dict[str, Confirmation] | None = None, **files: str) -> tuple[str, ...]:
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        with pytest.raises(RegistryError) as error:
            load_registry(tmp_path, confirmations)
        assert str(error.value) == "\n".join(error.value.problems)
        assert not any("\n" in problem for problem in error.value.problems)
        return error.value.problems

    return load


def changed(old: str, new: str) -> str:
    assert old in POLICY
    return POLICY.replace(old, new)


ONE_PROBLEM = {
    "unknown key": (POLICY + 'sevrity = "x"\n', "sevrity", "known are id, title, kind"),
    "wrong type": (
        changed('platforms = ["lazada"]', 'platforms = "lazada"'),
        "platforms",
        "a list",
    ),
    "unknown kind": (changed('"promise"', '"hope"'), "kind", "hope"),
    "unknown cluster": (POLICY + 'clusters = ["toys"]\n', "clusters", "toys"),
    "no cluster": (POLICY + 'primary_for = ["unknown"]\n', "clusters", "not a group"),
    "unknown category": (POLICY + 'categories = ["toga"]\n', "categories", "'toga' is not in cl"),
    "unknown exempt": (POLICY + 'exempt_categories = ["toga"]\n', "exempt_categories", "toga"),
    "unknown platform": (changed("lazada", "tem"), "platforms", "'tem' is not in platforms.toml"),
    "no platform": (changed('["lazada"]', "[]"), "platforms", "empty"),
    "primary elsewhere": (POLICY + 'primary_on = ["shopee"]\n', "primary_on", "shopee"),
    "no zone": (changed("+07:00", ""), "from", "write 2021-08-03T00:00:00+07:00"),
    "a day only": (changed("T00:00:00+07:00", ""), "from", "2021-08-03T00:00:00+07:00"),
    "no start": (changed("from = 2021-08-03T00:00:00+07:00\n", ""), "from", "unverified"),
    "ends first": (POLICY + "until = 2020-01-01T00:00:00+07:00\n", "until", "not after from"),
    "no source": (changed('[{ publisher = "Koran", title = "Berita" }]', "[]"), "sources", "empty"),
    "gazette unread": (changed('"press"', '"gazette"'), "sources", "none can be opened"),
    "tolerance in %": (POLICY + "tolerance = 1.0\n", "tolerance", "write 0.01 for 1 %"),
    "self-confirmed": (POLICY + 'confirmed_by = "saya"\n', "confirmed_by", "pantau.toml"),
    "covered by none": (POLICY + 'also_covered_by = ["x"]\n', "also_covered_by", "'x'"),
    "floor missing": (changed("seller_cross_border", "price_floor"), "price_floor", "missing"),
    "floor unasked": (
        POLICY + 'price_floor = { amount = "1", currency = "USD" }\n',
        "price_floor",
        "needs scope",
    ),
    "floor no number": (
        changed("seller_cross_border", "price_floor")
        + 'price_floor = { amount = "NaN", currency = "USD" }\n',
        "price_floor",
        "NaN is not an amount",
    ),
    "floor of no currency": (
        changed("seller_cross_border", "price_floor")
        + 'price_floor = { amount = "100", currency = "US$" }\n',
        "price_floor",
        "'US$' is not a currency",
    ),
    "goods missing": (changed("seller_cross_border", "prohibited_goods"), "prohibited", "missing"),
    "goods unasked": (POLICY + 'prohibited = "used_clothing"\n', "prohibited", "needs scope"),
    "goods suspected": (
        changed("seller_cross_border", "prohibited_goods")
        + 'prohibited = "suspected_used_clothing"\n',
        "prohibited",
        "a suspicion is not banned",
    ),
    "display missing": (
        changed("seller_cross_border", "displayed_information"),
        "must_display",
        "missing",
    ),
    "display unasked": (
        POLICY + 'must_display = ["dispatch_country"]\n',
        "must_display",
        "needs scope",
    ),
    "foreign, whoever sells": (
        POLICY + "whoever_sells = true\n",
        "whoever_sells",
        "its scope is foreign sellers",
    ),
    "primary where it does not reach": (
        POLICY + 'clusters = ["crafts"]\nprimary_for = ["crafts", "food_beverage"]\n',
        "primary_for",
        "food_beverage is not among its clusters",
    ),
    "primary without a commodity": (
        POLICY + 'categories = ["batik"]\nprimary_for = ["crafts"]\n',
        "primary_for",
        "none of its categories is in crafts",
    ),
    "closure with a verdict": (
        changed('"promise"', '"closure"') + 'primary_for = ["crafts"]\n',
        "primary_for",
        "carries no verdict",
    ),
    "example without zone": (
        POLICY + 'misses = [{ title = "Kaos", platform = "lazada", on = 2021-01-01T00:00:00,'
        ' cluster = "crafts", cross_border = "domestic" }]\n',
        "misses 1",
        "no zone",
    ),
    "example without a price": (
        POLICY + 'misses = [{ title = "Kaos", platform = "lazada", on = 2021-01-01T00:00:00Z,'
        ' cluster = "crafts", cross_border = "domestic",'
        ' price = { amount = "Infinity", currency = "USD" } }]\n',
        "misses 1",
        "Infinity is not an amount",
    ),
    "example of no category": (
        POLICY + 'misses = [{ title = "Kaos", platform = "lazada", category = "toga",'
        ' on = 2021-01-01T00:00:00Z, cluster = "crafts", cross_border = "domestic" }]\n',
        "misses 1",
        "'toga'",
    ),
}


@pytest.mark.parametrize(("text", "field", "words"), ONE_PROBLEM.values(), ids=ONE_PROBLEM)
def test_a_wrong_policy_is_refused_with_file_entry_and_field(
    problems: Problems, text: str, field: str, words: str
) -> None:
    (problem,) = problems(policies=text)
    assert problem.startswith("policies.toml: policy janji: ")
    assert field in problem
    assert words in problem


def test_a_policy_that_is_right_is_taken(tmp_path: Path) -> None:
    (tmp_path / "policies.toml").write_text(POLICY, encoding="utf-8")
    registry = load_registry(tmp_path)
    assert [policy.id for policy in registry.policies] == ["janji"]
    assert registry.frame == load_registry().frame
    assert registry.version != load_registry().version


def test_sources_that_nobody_can_open_are_listed(tmp_path: Path) -> None:
    opens = POLICY.replace(
        'title = "Berita" }', 'title = "Berita", url = "https://koran.example/1" }'
    )
    both = opens.replace('"janji"', '"kedua"').replace(
        "sources = [", 'sources = [{ publisher = "Radio", title = "Siaran", date = 2021-08-03 }, '
    )
    (tmp_path / "policies.toml").write_text(
        POLICY + opens.replace('"janji"', '"ketiga"') + both, encoding="utf-8"
    )
    assert check_registry(tmp_path).closed_sources == (
        "janji: no address: Koran, Berita",
        "janji: no source that a person can open; it accuses nobody",
        "kedua: no address: Radio, Siaran, 2021-08-03",
    )
    person = Confirmation(by="Petugas", on=date(2026, 1, 1))
    confirmed = load_registry(tmp_path, {"ketiga": person, "kedua": person})
    assert [policy.may_accuse for policy in confirmed.policies] == [False, True, True]
    with pytest.raises(RegistryError, match=r"confirmations\.janji: it has no source .* can open"):
        load_registry(tmp_path, {"janji": person})


def test_closures_and_context_may_name_platforms_without_a_spider(tmp_path: Path) -> None:
    (tmp_path / "policies.toml").write_text(
        POLICY.replace('"promise"', '"closure"').replace('"lazada"', '"temu"'), encoding="utf-8"
    )
    assert load_registry(tmp_path).policies[0].platforms == ("temu",)


def test_versions_of_a_policy_may_follow_but_not_overlap(
    problems: Problems, tmp_path: Path
) -> None:
    later = POLICY.replace("2021-08-03", "2023-01-01")
    (problem,) = problems(policies=POLICY + later)
    assert "policy janji: two versions overlap in time; end the older" in problem
    ended = POLICY + "until = 2023-01-01T00:00:00+07:00\n"
    (tmp_path / "policies.toml").write_text(ended + later, encoding="utf-8")
    assert len(load_registry(tmp_path).policy("janji")) == 2


def test_a_version_without_dates_overlaps_every_other(problems: Problems) -> None:
    undated = changed("from = 2021-08-03T00:00:00+07:00\n", "").replace("press", "unverified")
    (problem,) = problems(policies=POLICY + undated)
    assert "two versions overlap" in problem


def test_one_primary_for_a_platform_and_cluster_at_a_time(problems: Problems) -> None:
    first = POLICY + 'primary_for = ["crafts"]\n'
    other = first.replace('"janji"', '"kedua"')
    (problem,) = problems(policies=first + other)
    assert problem == (
        "policies.toml: policy kedua: primary_for: janji is already primary for lazada and crafts; "
        "take it out of one of them"
    )


def test_all_problems_are_told_at_once(problems: Problems) -> None:
    found = problems(
        policies=changed("press", "hearsay") + POLICY.replace("janji", "kedua") + "x = 1\n",
        rates='[[rate]]\ncurrency = "USD"\n',
        platforms="[[platform]\n",
        frame="cell_entries = 0\n",
    )
    assert [problem.split("; ")[0] for problem in found] == [
        "platforms.toml: cannot be read: Expected ']]' at the end of an array declaration "
        "(at line 1, column 11)",
        "policies.toml: policy janji: verification: Invalid enum value 'hearsay'",
        "policies.toml: policy kedua: unknown key 'x'",
        "frame.toml: cell_entries: 0 is not a number of entries",
        "rates.toml: rate number 1: per_unit: missing",
        "rates.toml: rate number 1: from: missing",
        "rates.toml: rate number 1: until: missing",
        "rates.toml: rate number 1: source: missing",
    ]


def test_all_that_is_wrong_with_an_entry_is_told_at_once(problems: Problems) -> None:
    entry = """
    [[policy]]
    id = "janji"
    title.id = "Janji"
    kind = "hope"
    clusters = ["crafts", "toys"]
    price_floor = 100
    sources = [{ publisher = "Koran", titel = "Berita" }]
    misses = [{ title = "Kaos", platform = "lazada", on = 2021-01-01 }]
    platforms = ["lazada"]
    tolerance = "1 %"
    x = 1
    """
    found = problems(policies=entry)
    lines = [problem.removeprefix("policies.toml: policy janji: ") for problem in found]
    unknown_key = lines.pop(10)
    assert lines == [
        "title.en: missing; add it",
        "kind: Invalid enum value 'hope'; write one of promise, regulation, closure, context",
        "clusters[1]: Invalid enum value 'toys'; "
        "write one of textile_fashion, food_beverage, crafts, other, unknown, used_clothing",
        "price_floor: Expected a table, got a whole number; correct it",
        "sources[0]: unknown key 'titel'; remove or correct it, "
        "known are title, publisher, date, url",
        "sources[0].title: missing; add it",
        "misses[0].on: no time; write it with its zone, as 2021-08-03T00:00:00+07:00",
        "misses[0].cluster: missing; add it",
        "misses[0].cross_border: missing; add it",
        "tolerance: Expected a number, got text; correct it",
        "scope: missing; add it",
        "verification: missing; add it",
    ]
    assert unknown_key.startswith("unknown key 'x'; remove or correct it, known are id, title, ")


FAULTY = """
[[policy]]
id = "janji"
title = { id = "Janji", en = "Promise" }
kind = "promise"
scope = "seller_cross_border"
platforms = ["lazada", "tem"]
categories = ["toga"]
primary_on = ["shopee"]
also_covered_by = ["lain"]
verification = "press"
from = 2021-08-03T00:00:00+07:00
until = 2020-01-01T00:00:00+07:00
announced = "kemarin"
tolerance = 1.0
sevrity = "x"
sources = [{ publisher = "Koran", titel = "Berita" }, { title = "Berita", publisher = 7 }]
hits = [
  { title = "Kaos", platform = "lazada", on = 2019-01-01T00:00:00Z, cluster = "toys", cross_border = "cross_border", category = "hijab" },
  { title = "Topi", platform = "lazada", on = 2019-01-01T00:00:00, cluster = "crafts", cross_border = "cross_border", category = "toga" },
  { title = "Tas", platform = "shopee", on = 2021-09-01T00:00:00Z, cluster = "crafts", cross_border = "domestic" },
]

[[policy]]
id = "kedua"
title = { id = "Kedua", en = "Second" }
kind = "hope"
scope = "seller_cross_border"
platforms = ["lazada"]
categories = ["peci"]
verification = "press"
from = 2021-08-03T00:00:00
sources = []
"""  # noqa: E501


def test_wrong_types_dates_references_and_examples_are_told_in_one_run(tmp_path: Path) -> None:
    """A field that cannot be read hides nothing but itself."""
    (tmp_path / "policies.toml").write_text(FAULTY, encoding="utf-8")
    platforms = edit("platforms", "page_size = 40", 'page_size = 0\nhots = ["x"]')
    platforms = platforms.replace('role = "marketplace"', 'role = "closed"', 1)
    (tmp_path / "platforms.toml").write_text(platforms, encoding="utf-8")
    check = check_registry(tmp_path)
    assert not any("\n" in problem for problem in check.problems)
    assert (check.policies, check.examples) == (2, 3)
    told = ["; ".join(problem.split("; ")[:1]) for problem in check.problems]
    assert sorted(told) == sorted(
        [
            "platforms.toml: platform lazada: page_size: Expected a whole number >= 1",
            "platforms.toml: platform lazada: unknown key 'hots'",
            "platforms.toml: platform lazada: closed_on: missing",
            "policies.toml: policy janji: announced: no day",
            "policies.toml: policy janji: unknown key 'sevrity'",
            "policies.toml: policy janji: sources[0]: unknown key 'titel'",
            "policies.toml: policy janji: sources[0].title: missing",
            "policies.toml: policy janji: sources[1].publisher: Expected text, got a whole number",
            "policies.toml: policy janji: hits[0].cluster: Invalid enum value 'toys'",
            "policies.toml: policy janji: platforms: 'tem' is not in platforms.toml",
            "policies.toml: policy janji: primary_on: 'shopee' is not one of its platforms",
            "policies.toml: policy janji: categories: 'toga' is not in clusters.toml",
            "policies.toml: policy janji: also_covered_by: 'lain' is no other policy",
            "policies.toml: policy janji: until: not after from",
            "policies.toml: policy janji: tolerance: 1.0 is not a share",
            "policies.toml: policy janji: hits 2: on: has no zone",
            "policies.toml: policy janji: hits 2: category: 'toga' is not in clusters.toml",
            "policies.toml: policy janji: hits 3 ('Tas'): is not forbidden",
            "policies.toml: policy janji: misses: give at least one listing it leaves alone",
            "policies.toml: policy kedua: kind: Invalid enum value 'hope'",
            "policies.toml: policy kedua: from: has no zone",
            "policies.toml: policy kedua: categories: 'peci' is not in clusters.toml",
            "policies.toml: policy kedua: sources: empty",
        ]
    )


def test_the_command_prints_every_problem_and_ends_with_1(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "policies.toml").write_text(FAULTY, encoding="utf-8")
    (tmp_path / "pantau.toml").write_text(f"registry = '{folder}'", encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "monitor", "policy", "check"],
        env=os.environ | {"PANTAU_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    problems = check_registry(folder).problems
    assert checked.stderr.splitlines() == list(problems)
    assert checked.stdout == f"2 policies, 3 examples, {len(problems)} wrong\n"
    assert checked.returncode == 1


def test_entrances_have_kinds(problems: Problems) -> None:
    (problem,) = problems(platforms=edit("platforms", "entrances.keyword", "entrances.serch"))
    assert problem == (
        "platforms.toml: platform lazada: entrances: Invalid enum value 'serch'; "
        "write one of keyword, category, feed"
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("policies", 'policy = "x"', "write each entry under [[policy]]"),
        ("policies", "[[polcy]]\n", "polcy: unknown key; known are policy"),
        ("policies", 'title = "\xff', "cannot be read"),
        ("frame", 'cell_entries = "60"', "cell_entries: '60' is not a number"),
        ("clusters", '[[cluster]]\nid = "toys"\n', "cluster toys"),
    ],
)
def test_a_file_of_another_shape_is_refused(
    problems: Problems, name: str, text: str, words: str
) -> None:
    assert any(words in problem for problem in problems(**{name: text}))


def edit(name: str, old: str, new: str) -> str:
    text = (PACKAGED / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1)


def test_a_frame_that_leads_nowhere_is_refused(problems: Problems) -> None:
    entries = """
    [[entries]]
    cluster = "crafts"
    stratum = "head"
    platforms = ["lazada", "shopie", "tiktokshop"]
    queries = ["Patung kayu", "patung-kayu", " "]
    weight = inf

    [[entries]]
    cluster = "other"
    stratum = "tail"
    platforms = ["shopee"]
    queries = ["buku"]
    weight = 0.0
    """
    found = "\n".join(problems(frame=entries))
    assert "entries number 1: platforms: 'shopie' is not in platforms.toml" in found
    assert "entries number 1: platforms: tiktokshop has no entrance for a keyword" in found
    assert "entry kata-patung-kayu: twice on lazada" in found
    assert "entries number 1: queries: one is empty" in found
    assert "entries number 1: weight: Expected a number <= 1000000" in found
    assert "entries number 2: weight: Expected a number > 0" in found
    assert "entries number 2: cluster: other is not measured" in found


def test_platforms_that_cannot_be_used_are_refused(problems: Problems) -> None:
    found = problems(
        platforms=edit("platforms", "catalog/?q={query}&page={page}", "catalog/?page={seite}")
        .replace('hosts = ["shopee.co.id"]', 'hosts = ["shopee.com"]')
        .replace("also.keyword = [\n", "also.category = [\n")
        .replace('"https://www.tokopedia.com/search?', '"https://tokopedia.example/search?')
    )
    text = "\n".join(found)
    assert "platform tokopedia: also.keyword: 'https://tokopedia.example/" in text
    assert "platform lazada: entrances.keyword: unknown ['seite']" in text
    assert "platform shopee: entrances.keyword: 'https://shopee.co.id/api" in text


def test_rates_permissions_and_replies_are_checked(problems: Problems) -> None:
    rate = '[[rate]]\ncurrency = "USD"\nper_unit = "16000"\nsource = "KMK"\n'
    found = "\n".join(
        problems(
            rates=rate + "from = 2026-11-18\nuntil = 2026-11-25\n"
            + rate + "from = 2026-11-24\nuntil = 2026-12-01\n"
            + rate + "from = 2026-12-09\nuntil = 2026-12-02\n"
            + rate.replace("16000", "NaN") + "from = 2027-01-06\nuntil = 2027-01-13\n",
            permissions='[[permission]]\nplatform = "lazda"\nwho = "A"\nreference = "1"\n'
            'date = 2026-11-02\nuntil = 2026-11-01\npaths = ["catalog"]\n'
            '[[inspection_basis]]\nplatforms = ["lazda"]\nwho = "A"\nreference = "1"\n'
            "date = 2026-11-02\nuntil = 2026-11-01\n"
            '[[inspection_basis]]\nplatforms = ["*"]\nwho = ""\ndate = 2026-11-02\n',
        )
    )  # fmt: skip
    assert "rate USD 2026-11-24: overlaps that of 2026-11-18" in found
    assert "rate USD 2026-12-09: until must follow from" in found
    assert "rate USD 2027-01-06: per_unit: NaN is not an amount" in found
    assert "permission lazda: is not in platforms.toml" in found
    assert "paths[0]: Expected text matching regex '^/'" in found
    assert "permission lazda: until: before its date" in found
    assert "inspection_basis number 1: platforms: 'lazda' is not in platforms.toml" in found
    assert "inspection_basis number 1: until: before its date" in found
    assert "inspection_basis number 2: who: Expected text of length >= 1; correct it" in found
    assert "inspection_basis number 2: reference: missing; add it" in found


def test_a_decision_holds_from_its_day_until_its_last() -> None:
    first = InspectionBasis(
        platforms=("lazada",), who="A", reference="1", date=date(2026, 11, 2),
        until=date(2026, 11, 20),
    )  # fmt: skip
    second = InspectionBasis(
        platforms=("lazada", "shopee"), who="B", reference="2", date=date(2026, 11, 16)
    )
    registry = load_registry()
    held = replace(registry, inspection_bases=(first, second))
    monday = date(2026, 11, 16)
    assert held.inspection_basis("lazada", date(2026, 11, 1)) is None
    assert held.inspection_basis("lazada", date(2026, 11, 2)) == first
    assert held.inspection_basis("lazada", monday) == second
    assert held.inspection_basis("shopee", monday - timedelta(days=1)) is None
    assert registry.inspection_basis("lazada", monday) is None


def test_clusters_are_defined_once(problems: Problems) -> None:
    text = (PACKAGED / "clusters.toml").read_text(encoding="utf-8")
    extra = '[[category]]\nid = "hijab"\ncluster = "crafts"\ntitle = { id = "x", en = "x" }\n'
    (problem,) = problems(clusters=text + extra)
    assert problem == "clusters.toml: category hijab: written twice; give each category one entry"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "holds no file of the registry"),
        (("polices.toml", "rates.toml"), "polices.toml: not a file of the registry"),
    ],
)
def test_a_folder_that_is_none_of_ours(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(RegistryError, match=re.escape(words)):
        load_registry(tmp_path)
    with pytest.raises(RegistryError, match="no such folder"):
        load_registry(tmp_path / "elsewhere")


def test_a_copy_of_the_packaged_folder_is_the_same_registry(tmp_path: Path) -> None:
    folder = shutil.copytree(PACKAGED, tmp_path / "registry")
    assert load_registry(folder) == load_registry()


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As some editors write it."""
    text = (PACKAGED / "policies.toml").read_text(encoding="utf-8")
    (tmp_path / "policies.toml").write_text(text, encoding="utf-8-sig")
    assert load_registry(tmp_path) == load_registry()


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "rates.toml").write_text("# another comment\n", encoding="utf-8")
    same = load_registry(tmp_path)
    (tmp_path / "frame.toml").write_text(
        edit("frame", "cell_entries = 60", "cell_entries = 50"), encoding="utf-8"
    )
    other = load_registry(tmp_path)
    packaged = load_registry()
    assert same.version == packaged.version
    assert other.version != packaged.version
    assert other.frame.version != packaged.frame.version


def test_a_confirmation_is_put_into_the_policy() -> None:
    by = Confirmation(by="Direktur", on=date(2026, 11, 2))
    registry = load_registry(confirmations={"lazada-2021-akar": by})
    (akar,) = registry.policy("lazada-2021-akar")
    assert (akar.confirmed_by, akar.confirmed_on) == ("Direktur", date(2026, 11, 2))
    assert akar.may_accuse
    before = {policy.id for policy in load_registry().policies if policy.may_accuse}
    after = {policy.id for policy in registry.policies if policy.may_accuse}
    assert after - before == {akar.id}
    assert registry.version != load_registry().version


def test_confirming_an_unverified_policy_does_not_make_it_accuse() -> None:
    by = Confirmation(by="Direktur", on=date(2026, 11, 2))
    (claim,) = load_registry(confirmations={"tokopedia-nocb": by}).policy("tokopedia-nocb")
    assert claim.confirmed_by == "Direktur"
    assert not claim.may_accuse


@pytest.mark.parametrize(
    ("name", "by", "on", "words"),
    [
        ("lazada-2021", "A", date(2026, 1, 1), "no such policy"),
        ("lazada-2021-akar", " ", date(2026, 1, 1), "by: empty"),
        ("lazada-2021-akar", "A", date(2021, 8, 2), "on: 2021-08-02 is before the policy"),
    ],
)
def test_a_confirmation_of_nothing_is_refused(name: str, by: str, on: date, words: str) -> None:
    with pytest.raises(RegistryError) as error:
        load_registry(confirmations={name: Confirmation(by=by, on=on)})
    assert f"pantau.toml: confirmations.{name}" in str(error.value)
    assert words in str(error.value)


def test_an_earlier_confirmation_does_not_confirm_a_later_version(tmp_path: Path) -> None:
    opens = changed('"Berita"', '"Berita", url = "https://koran.example/1"')
    ended = opens + "until = 2023-01-01T00:00:00+07:00\n"
    later = opens.replace("2021-08-03", "2023-01-01")
    (tmp_path / "policies.toml").write_text(ended + later, encoding="utf-8")
    by = Confirmation(by="A", on=date(2022, 5, 1))
    first, second = load_registry(tmp_path, {"janji": by}).policies
    assert first.confirmed_by == "A"
    assert second.confirmed_by is None


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(path.name for path in PACKAGED.glob("*.toml"))),
    st.data(),
)
def test_noise_in_a_file_is_a_problem_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    text = (PACKAGED / name).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    noise = data.draw(
        st.sampled_from(["", "]", '"', "= 3", "[[policy]]\n", "\n", "2021-01-01", "\0"])
    )
    folder = tmp_path_factory.mktemp("registry")
    (folder / name).write_text(text[:start] + noise + text[end:], encoding="utf-8")
    try:
        load_registry(folder)
    except RegistryError as error:
        assert all(re.match(r"[a-z]+\.toml: ", problem) for problem in error.problems)


def test_the_entry_of_the_manual_is_a_policy_whose_examples_hold(tmp_path: Path) -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "policies.md").read_text("utf-8")
    (entry,) = re.findall(r"```toml\n(\[\[policy\]\].*?)```", manual, re.DOTALL)
    entry = entry.replace("contoh-2027", "contoh-uji")
    packaged = (PACKAGED / "policies.toml").read_text(encoding="utf-8")
    (tmp_path / "policies.toml").write_text(f"{packaged}\n{entry}", encoding="utf-8")
    check = check_registry(tmp_path)
    assert check.problems == ()
    assert check.policies == len(load_registry().policies) + 1
