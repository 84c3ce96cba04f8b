"""What the packaged data must hold beyond its shape."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from protego import Protego

from monitor.model import Cluster, EntryKind, Stratum
from monitor.registry import check_registry, entry_id, load_registry, page_url, slug
from monitor.sampling import draw_plan

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
REGISTRY = load_registry()
MEASURED = (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts)


def test_all_examples_hold() -> None:
    check = check_registry()
    assert check.problems == ()
    assert check.policies == len(REGISTRY.policies)


def test_the_policies_known_are_there_and_nobody_has_confirmed_one() -> None:
    assert {policy.id for policy in REGISTRY.policies} >= {
        "lazada-2021-akar",
        "shopee-2021-13cat",
        "lazada-2023-all",
        "shopee-2023-all",
        "tiktok-2023-nocb",
        "tiktok-2023-close",
        "bukalapak-local",
        "tokopedia-nocb",
        "blibli-nocb",
        "jdid-closed",
        "permendag-31-2023-art19",
        "permendag-31-2023-art5",
        "permendag-31-2023-art11",
        "kepmendag-1998-2023",
        "temu-block",
        "pmk-4-2025",
        "pmk-96-2023",
        "permendag-31-2023-art13",
        "permendag-31-2023-art18",
        "permendag-31-2023-art21",
        "permendag-31-2023-revision",
        "used-clothing-ban",
        "used-clothing-pact-2023",
        "used-clothing-pact-2025",
        "shein-block",
        "tiktok-tokopedia-2024",
        "import-rules-2023-2025",
        "pmse-predecessors",
    }
    assert all(policy.confirmed_by is None for policy in REGISTRY.policies)


def test_the_duty_to_refuse_is_of_article_five_and_the_number_of_article_eleven() -> None:
    (refusal,) = REGISTRY.policy("permendag-31-2023-art5")
    (number,) = REGISTRY.policy("permendag-31-2023-art11")
    assert "wajib menolak" in refusal.title.id
    assert "wajib menolak" not in number.title.id
    assert [item.value for item in number.must_display] == ["registration_number"]


def test_shopee_named_thirteen_categories() -> None:
    (promise,) = REGISTRY.policy("shopee-2021-13cat")
    assert len(promise.categories) == 13
    assert {REGISTRY.categories[name] for name in promise.categories} == {Cluster.textile_fashion}


def test_a_term_names_one_commodity() -> None:
    terms = Counter(
        term
        for group in REGISTRY.clusters
        for category in group.categories
        for term in category.terms
    )
    assert [term for term, count in terms.items() if count > 1] == []
    assert [term for term in terms if term != " ".join(term.lower().split())] == []
    assert all(category.terms for group in REGISTRY.clusters for category in group.categories)


@pytest.mark.parametrize("platform", ["lazada", "shopee", "tokopedia", "blibli", "aliexpress"])
@pytest.mark.parametrize("cluster", MEASURED)
def test_a_cell_has_words_enough_to_rotate(platform: str, cluster: Cluster) -> None:
    entries = [e for e in REGISTRY.frame.entries if (e.platform, e.cluster) == (platform, cluster)]
    assert len(entries) > REGISTRY.frame.cell_entries
    assert sum(entry.core for entry in entries) == REGISTRY.frame.cell_entries / 2
    assert {entry.stratum for entry in entries} == set(Stratum) - {Stratum.second_way}
    for stratum in set(Stratum) - {Stratum.second_way}:
        pool = [entry for entry in entries if entry.stratum is stratum]
        assert {entry.core for entry in pool} == {True, False}


def test_platforms_that_take_the_same_words_share_their_ids() -> None:
    words = {
        platform: {entry.id for entry in REGISTRY.frame.entries if entry.platform == platform}
        for platform in ("lazada", "shopee", "tokopedia", "blibli")
    }
    assert len({frozenset(ids) for ids in words.values()}) == 1


def test_slugs_and_ids() -> None:
    entry = REGISTRY.frame.entries[0]
    assert slug("Baju  Anak (Laki-laki) Só") == "baju-anak-laki-laki-só"
    assert entry.id == entry_id(entry.kind, entry.query)


def test_urls_carry_offset_and_size() -> None:
    shopee = REGISTRY.platforms["shopee"]
    url = page_url(shopee, EntryKind.keyword, "tas & dompet/50%", 3)
    assert "keyword=tas%20%26%20dompet%2F50%25&limit=60&newest=120&" in url


@pytest.mark.acceptance
@pytest.mark.parametrize("platform", ["tokopedia", "shopee", "blibli"])
def test_robots_allows_every_planned_page(platform: str) -> None:
    files = sorted((SHARED / "captures" / "robots").glob(f"{platform}.robots.*"))
    if not files:
        pytest.skip(f"no stored robots.txt of {platform} in {SHARED}")
    robots = Protego.parse(files[-1].read_text(encoding="utf-8"))
    plan = draw_plan(REGISTRY, "2026-W47", 1, datetime(2026, 11, 15, tzinfo=UTC), [platform])
    assert [u.url for u in plan.units if not robots.can_fetch(u.url, "pantau-impor")] == []
