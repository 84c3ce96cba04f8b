"""What a release shows of offers and sellers, and when it is refused."""

from __future__ import annotations

import gzip
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from monitor.cli import main
from monitor.config import PantauError
from monitor.model.shop_names import letters
from monitor.operate.editions import edition_classifier
from monitor.research import export, make_key
from monitor.research.anonymity import K
from monitor.store import Store

from .conftest import Released, release
from .test_package import rows
from .weeks import PEOPLE, WEEK, invented, picture_number, registry

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "researchers.md"
PROGRAMS = [
    program
    for program in re.findall(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    if "release/" in program
]
OFFERS = [listing for platform in ("lazada", "shopee") for listing in invented(platform)]


def body(folder: Path) -> str:
    """All that a release says, as text."""
    packed = [gzip.decompress(path.read_bytes()).decode() for path in folder.glob("data/*.csv.gz")]
    plain = [path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()]
    return "\n".join(packed + plain)


def test_the_public_tier_names_no_offer_and_no_seller(released: Released) -> None:
    text = body(released.public)
    for word in ("kemeja", "Sarinah", "Banjar", "Tiongkok", *PEOPLE):
        assert not re.search(rf"\b{word}\b", text, re.IGNORECASE), word
    assert letters("Toko Rahasia") not in letters(text)
    assert not [listing for listing in OFFERS if picture_number(listing)[:32] in text]
    ids = {listing.item_id for listing in OFFERS} | {listing.seller_id or "" for listing in OFFERS}
    assert not ids & set(re.findall(r"\w+", text)) - {""}
    assert not re.findall(r"\b[0-9a-f]{32}\b", text), (
        "nor a pseudonym, by which rows of two weeks could be joined"
    )


def test_rows_of_the_public_tier_look_like_enough_others(released: Released) -> None:
    names = ("week", "platform", "cluster", "coarsened", "category", "listing_cluster",
             "price_band", "position_band", "official_store")  # fmt: skip
    alike: dict[tuple[str, ...], int] = {}
    for row in rows(released.public, "positions"):
        key = tuple(row[name] for name in names)
        alike[key] = alike.get(key, 0) + 1
    assert alike
    assert min(alike.values()) >= K
    assert len({key[6] for key in alike}) > 3, "and not all was made coarse"


def test_the_restricted_tier_shows_titles_without_the_shop(released: Released) -> None:
    text = body(released.restricted)
    assert "Kemeja batik lengan panjang" in text
    assert not [listing for listing in OFFERS if picture_number(listing)[:32] in text]
    shown = [(row["title"], row["brand"]) for row in rows(released.restricted, "offers")]
    unknown = [title for title, _ in shown if letters("Toko Rahasia") in letters(title)]
    without_seller = [listing for listing in OFFERS if listing.seller_name is None]
    assert len(unknown) == len({listing.item_id for listing in without_seller} - {""}) - len(
        [listing for listing in without_seller if _is_blocked(listing.item_id)]
    ), "only where no page shows the seller"
    for listing in OFFERS:
        assert listing.item_id not in text
    assert not [brand for _, brand in shown if letters("Toko Rahasia") in letters(brand)]
    assert "Sarinah" in {brand for _, brand in shown}
    assert not {"ani", "budi"} & set(re.findall(r"\w+", text))


def _is_blocked(item_id: str) -> bool:
    return (int(item_id[2:]) - 1000) % 24 % 12 == 5


def test_pseudonyms_join_tables_and_releases(released: Released, tmp_path: Path) -> None:
    offers = {row["offer"] for row in rows(released.restricted, "offers")}
    assert {row["offer"] for row in rows(released.restricted, "cases")} <= offers
    assert {row["offer"] for row in rows(released.restricted, "labels")} <= offers
    other = release(released.config, tmp_path / "other", make_key(tmp_path / "other.key"))
    assert not offers & {row["offer"] for row in rows(other, "offers")}


def test_columns_that_an_economist_needs(released: Released) -> None:
    offers = rows(released.restricted, "offers")
    kinds = {row["seller_key_kind"]: row["seller_key"] for row in offers}
    assert set(kinds) == {"id", ""}
    assert kinds[""] == ""
    places = {(row["origin_country"], row["origin_province"]) for row in offers}
    assert places == {("CN", ""), ("ID", "Kalimantan Selatan")}
    assert {(row["price"] == "", row["price_idr"] == row["price"]) for row in offers} == {
        (True, True),
        (False, True),
    }
    assert {row["price_usd"] for row in offers} == {""}, "no rate is known: null, not a guess"
    assert {row["first_week"] for row in offers} == {WEEK}
    core = {row["entry"]: row["entry_core"] for row in rows(released.restricted, "units")}
    assert sorted(core.values()).count("true") == 16


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_manuals_programs_read_a_release(
    released: Released,
    program: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "release").symlink_to(released.public)
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    assert "lazada" in capsys.readouterr().out


def test_policies_are_in_days_of_wib(released: Released) -> None:
    policies = {row["policy"]: row for row in rows(released.public, "policies")}
    (promise,) = (p for p in registry().policies if p.id == "shopee-2021-13cat")
    assert promise.from_
    assert promise.from_.isoformat() == "2021-05-18T00:00:00+07:00", "still 17 May in UTC"
    assert policies[promise.id]["in_force_from"] == "2021-05-18"
    assert policies["lazada-2021-akar"]["may_accuse"] == "true"


def test_what_cannot_be_released_is_refused(released: Released, tmp_path: Path) -> None:
    with Store.of_home(released.config, create=False) as store:

        def refused(folder: Path, **options: Any) -> str:
            arguments = {"classifier_of": partial(edition_classifier, store)} | options
            with pytest.raises(PantauError) as error:
                export(released.config, registry(), store, folder, **arguments)
            return str(error.value)

        assert "pantau report --week 2026-W01" in refused(tmp_path / "a", weeks=["2026-W01"])
        (tmp_path / "old.txt").touch()
        assert "is not empty" in refused(tmp_path)
        others = tuple(p for p in registry().policies if p.id != "lazada-2023-all")
        changed = replace(registry(), policies=others)
        with pytest.raises(PantauError, match=f"pantau report --verify {WEEK}"):
            export(
                released.config,
                changed,
                store,
                tmp_path / "a",
                classifier_of=partial(edition_classifier, store),
            )
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "a.part").exists()


def test_the_command_takes_weeks_and_tiers(released: Released, tmp_path: Path) -> None:
    home = {"PANTAU_HOME": str(released.config.home), "PANTAU_DEMO_URL": None}

    def pantau(*arguments: object) -> Any:
        return CliRunner().invoke(main, list(map(str, ("db", *arguments))), env=home)

    folder, key = tmp_path / "release", tmp_path / "key"
    (released.config.home / "pantau.toml").write_text(
        '[confirmations.lazada-2021-akar]\nby = "Pejabat"\non = 2026-01-05\n'
        '[confirmations.shopee-2023-all]\nby = "Pejabat"\non = 2026-01-05\n'
    )
    done = pantau("export", folder, "--week", "2026-W40..2026-W47")
    assert (done.exit_code, done.output) == (0, f"{folder}\n")
    assert {row["week"] for row in rows(folder, "positions")} == {WEEK}
    assert pantau("export", tmp_path / "a", "--week", "2026-W47").exit_code == 1
    assert pantau("export", tmp_path / "a", "--week", "2026-W46..2026-W47").exit_code == 1
    assert pantau("export", tmp_path / "a", "--week", "2026-W47..2026-W46").exit_code == 2
    assert pantau("key", key).exit_code == 0
    assert pantau("key", key).exit_code == 1
    for command in ("export", "publish"):
        for options in (("restricted",), ("public", "--key-file", key)):
            refused = pantau(command, tmp_path / "a", "--tier", *options)
            assert (refused.exit_code, "--tier" in refused.output) == (2, True)
    done = pantau("export", tmp_path / "r", "--key-file", key)
    assert done.exit_code == 0, done.output
