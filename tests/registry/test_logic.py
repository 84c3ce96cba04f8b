"""Three-valued logic of policies: certain, certainly not, or not to be told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    Classification,
    Cluster,
    Condition,
    CrossBorder,
    DisplayedInformation,
    DisplayedItem,
    Listing,
    Money,
    Policy,
    PolicyScope,
    Prohibited,
    Verification,
)
from monitor.registry import (
    Rate,
    applicable,
    asks_who_sells,
    breaches,
    forbids,
    in_force,
    load_registry,
    price_in,
    primary,
)

REGISTRY = load_registry()
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def policy(policy_id: str) -> Policy:
    (found,) = REGISTRY.policy(policy_id)
    return found


def listing(platform: str = "lazada", price: str | None = None, currency: str = "USD") -> Listing:
    return Listing(
        platform=platform,
        item_id="1",
        title="Kaos",
        price=Decimal(price) if price is not None else None,
        currency=currency if price is not None else None,
    )


def seen(
    cluster: Cluster = Cluster.textile_fashion,
    status: CrossBorder = CrossBorder.cross_border,
    category: str | None = None,
    imported: bool | None = None,
) -> Classification:
    return Classification(
        cluster=cluster,
        cluster_score=0.9,
        cross_border=status,
        cross_border_score=0.9,
        classifier="test",
        category=category,
        imported_goods=imported,
    )


def ids(policies: tuple[Policy, ...]) -> set[str]:
    return {each.id for each in policies}


def test_akar_stays_in_force_beside_what_later_covers_it() -> None:
    before, after = datetime(2022, 1, 3, tzinfo=UTC), MONDAY
    assert ids(breaches(REGISTRY, listing(), seen(), before)) == {"lazada-2021-akar"}
    assert ids(breaches(REGISTRY, listing(), seen(), after)) == {
        "lazada-2021-akar",
        "lazada-2023-all",
    }
    assert "lazada-2023-all" in policy("lazada-2021-akar").also_covered_by


@pytest.mark.parametrize(
    "status", [CrossBorder.suspected, CrossBorder.domestic, CrossBorder.unknown]
)
def test_only_a_foreign_seller_breaches(status: CrossBorder) -> None:
    assert breaches(REGISTRY, listing(), seen(status=status, imported=True), MONDAY) == ()


def test_a_sighting_without_a_time_breaches_nothing() -> None:
    assert breaches(REGISTRY, listing(), seen(), None) == ()
    assert forbids(policy("lazada-2021-akar"), listing(), seen(), None) is None
    assert forbids(policy("lazada-2021-akar"), listing("shopee"), seen(), None) is False


def test_a_closed_end_and_an_open_one() -> None:
    shop = policy("bukalapak-local")
    assert shop.from_ is not None
    assert shop.until is not None
    assert in_force(shop, shop.from_)
    assert in_force(shop, shop.until - timedelta(microseconds=1))
    assert not in_force(shop, shop.until)
    assert not in_force(shop, shop.from_ - timedelta(microseconds=1))
    assert in_force(policy("shopee-2023-all"), datetime(2023, 10, 4, 15, 0, tzinfo=UTC))
    assert not in_force(policy("shopee-2023-all"), datetime(2023, 10, 4, 14, 59, 59, tzinfo=UTC))


def test_versions_of_a_policy_in_time() -> None:
    first = policy("bukalapak-local")
    assert first.until is not None
    later = msgspec.structs.replace(first, from_=first.until, until=None)
    both = msgspec.structs.replace(REGISTRY, policies=(later, first))
    week = (first.until - timedelta(days=3), first.until + timedelta(days=4))
    assert applicable(both, "bukalapak", *week) == (first, later)
    assert primary(both, "bukalapak", Cluster.crafts, *week) is later
    assert applicable(both, "bukalapak", week[0], first.until) == (first,)
    assert applicable(both, "bukalapak", first.until, first.until) == (later,)
    assert primary(both, "bukalapak", Cluster.crafts, week[0]) is first


def test_a_policy_without_a_start_is_shown_and_never_accuses() -> None:
    claim = policy("tokopedia-nocb")
    assert claim.from_ is None
    assert not in_force(claim, MONDAY)
    assert claim in applicable(REGISTRY, "tokopedia", MONDAY)
    assert primary(REGISTRY, "tokopedia", Cluster.crafts, MONDAY) == claim
    assert forbids(claim, listing("tokopedia"), seen(), MONDAY) is None
    assert forbids(claim, listing("lazada"), seen(), MONDAY) is False
    confirmed = msgspec.structs.replace(claim, confirmed_by="Seorang pejabat")
    assert not confirmed.may_accuse
    ended = msgspec.structs.replace(claim, until=MONDAY)
    assert forbids(ended, listing("tokopedia"), seen(), MONDAY) is False


def test_what_the_commodity_alone_would_settle_stays_open() -> None:
    categories = REGISTRY.categories
    promise = policy("shopee-2021-13cat")
    shop = listing("shopee")
    assert forbids(promise, shop, seen(category="hijab"), MONDAY, (), categories) is True
    assert forbids(promise, shop, seen(category="shoes"), MONDAY, (), categories) is False
    assert forbids(promise, shop, seen(), MONDAY, (), categories) is None
    assert forbids(promise, shop, seen(), MONDAY) is None
    food = seen(Cluster.food_beverage)
    assert forbids(promise, shop, food, MONDAY, (), categories) is False
    assert forbids(promise, shop, seen(Cluster.unknown), MONDAY, (), categories) is None
    assert forbids(policy("lazada-2021-akar"), listing(), seen(Cluster.unknown), MONDAY) is None
    assert forbids(policy("lazada-2023-all"), listing(), seen(Cluster.unknown), MONDAY) is True


def test_a_cluster_and_a_commodity_that_contradict_each_other_settle_nothing() -> None:
    categories = REGISTRY.categories
    promise = policy("shopee-2021-13cat")
    odd = seen(Cluster.food_beverage, category="hijab")
    assert forbids(promise, listing("shopee"), odd, MONDAY, (), categories) is None
    odd = seen(Cluster.crafts, category="books")
    offer = listing("aliexpress", "12")
    assert forbids(policy(FLOOR), offer, odd, MONDAY, (), categories) is None
    vague = seen(Cluster.unknown, category="hijab")
    assert forbids(promise, listing("shopee"), vague, MONDAY, (), categories) is True


FLOOR = "permendag-31-2023-art19"


@pytest.mark.parametrize(
    ("price", "cluster", "category", "expected"),
    [
        ("99.99", Cluster.crafts, None, True),
        ("100", Cluster.crafts, None, False),
        (None, Cluster.crafts, None, None),
        ("0", Cluster.crafts, None, None),
        ("0.00", Cluster.other, "electronics", None),
        ("12", Cluster.other, None, None),
        ("12", Cluster.other, "books", False),
        ("12", Cluster.other, "electronics", True),
        ("12", Cluster.unknown, None, None),
        ("120", Cluster.unknown, None, False),
    ],
)
def test_price_floor_in_its_own_currency(
    price: str | None, cluster: Cluster, category: str | None, expected: bool | None
) -> None:
    offer = listing("aliexpress", price)
    got = forbids(
        policy(FLOOR), offer, seen(cluster, category=category), MONDAY, (), REGISTRY.categories
    )
    assert got is expected


def rate(currency: str, per_unit: str, start: date = date(2026, 11, 11)) -> Rate:
    return Rate(
        currency=currency,
        per_unit=Decimal(per_unit),
        from_=start,
        until=start + timedelta(days=7),
        source="test",
    )


def test_a_price_in_rupiah_needs_the_rate_of_its_day() -> None:
    floor, offer = policy(FLOOR), listing("aliexpress", "1600000", "IDR")
    crafts = seen(Cluster.crafts)
    categories = REGISTRY.categories
    rates = (rate("USD", "16000"),)
    assert forbids(floor, offer, crafts, MONDAY, (), categories) is None
    assert forbids(floor, offer, crafts, MONDAY, rates, categories) is False
    dearer = (rate("USD", "16000.01"),)
    assert forbids(floor, offer, crafts, MONDAY, dearer, categories) is True
    last = datetime(2026, 11, 17, 16, 59, 59, tzinfo=UTC)
    assert forbids(floor, offer, crafts, last, rates, categories) is False
    assert forbids(floor, offer, crafts, last + timedelta(seconds=1), rates, categories) is None


def test_other_currencies_go_through_rupiah() -> None:
    rates = (rate("USD", "16000"), rate("CNY", "2000"))
    day = date(2026, 11, 12)
    assert price_in("USD", Money(amount=Decimal(80), currency="CNY"), day, rates) == 10
    assert price_in("IDR", Money(amount=Decimal(1), currency="CNY"), day, rates) == 2000
    assert price_in("USD", Money(amount=Decimal(80), currency="EUR"), day, rates) is None


def test_papers_filed_with_a_platform_never_show_on_a_page() -> None:
    duty = msgspec.structs.replace(
        policy("permendag-31-2023-art5"), scope=PolicyScope.information_duty
    )
    unseen = DisplayedInformation(missing=tuple(DisplayedItem))
    assert forbids(duty, listing(), seen(), MONDAY, displayed=unseen) is None
    assert forbids(duty, listing(), seen(status=CrossBorder.domestic), MONDAY) is False


@pytest.mark.parametrize(
    ("shown", "missing", "expected"),
    [
        ((), (), None),
        (tuple(DisplayedItem), (), False),
        ((DisplayedItem.dispatch_country,), (), None),
        ((DisplayedItem.dispatch_country,), (DisplayedItem.indonesian_description,), True),
        ((), (DisplayedItem.registration_number,), None),
    ],
)
def test_what_an_own_page_must_show(
    shown: tuple[DisplayedItem, ...], missing: tuple[DisplayedItem, ...], expected: bool | None
) -> None:
    duty = policy("permendag-31-2023-art5")
    page = DisplayedInformation(shown=shown, missing=missing)
    assert forbids(duty, listing(), seen(), MONDAY, displayed=page) is expected
    assert forbids(duty, listing(), seen(), MONDAY) is None


def test_a_duty_whose_goods_nobody_listed_is_never_certainly_broken() -> None:
    duty = policy("permendag-31-2023-art11")
    missing = DisplayedInformation(missing=(DisplayedItem.registration_number,))
    assert forbids(duty, listing(), seen(), MONDAY, displayed=missing) is None
    listed = msgspec.structs.replace(duty, goods_known=True)
    assert forbids(listed, listing(), seen(), MONDAY, displayed=missing) is True


@pytest.mark.parametrize(
    ("cluster", "condition", "prohibited", "expected"),
    [
        (Cluster.textile_fashion, Condition.used, Prohibited.used_clothing, True),
        (Cluster.unknown, Condition.used, Prohibited.used_clothing, True),
        (Cluster.textile_fashion, Condition.used, Prohibited.suspected_used_clothing, None),
        (Cluster.textile_fashion, Condition.used, None, None),
        (Cluster.textile_fashion, Condition.unknown, None, None),
        (Cluster.textile_fashion, Condition.new, None, False),
        (Cluster.unknown, Condition.unknown, None, None),
        (Cluster.other, Condition.used, None, False),
    ],
)
@pytest.mark.parametrize("status", CrossBorder)
def test_used_clothing_is_forbidden_whoever_sells(
    status: CrossBorder,
    cluster: Cluster,
    condition: Condition,
    prohibited: Prohibited | None,
    expected: bool | None,
) -> None:
    goods = msgspec.structs.replace(
        seen(cluster, status), condition=condition, prohibited=prohibited
    )
    ban = policy("used-clothing-ban")
    assert forbids(ban, listing("tokopedia"), goods, MONDAY) is expected
    breached = "used-clothing-ban" in ids(breaches(REGISTRY, listing("tokopedia"), goods, MONDAY))
    assert breached is (expected is True)


@pytest.mark.parametrize(
    ("status", "imported", "expected"),
    [
        (CrossBorder.domestic, True, True),
        (CrossBorder.domestic, False, False),
        (CrossBorder.domestic, None, None),
        (CrossBorder.cross_border, None, True),
        (CrossBorder.suspected, False, None),
    ],
)
def test_a_floor_for_whoever_sells_asks_whether_the_goods_are_imported(
    status: CrossBorder, imported: bool | None, expected: bool | None
) -> None:
    floor = msgspec.structs.replace(policy(FLOOR), whoever_sells=True)
    goods = seen(Cluster.crafts, status, imported=imported)
    categories = REGISTRY.categories
    assert forbids(floor, listing("shopee", "12"), goods, MONDAY, (), categories) is expected
    dear = forbids(floor, listing("shopee", "120"), goods, MONDAY, (), categories)
    assert dear is False


def test_every_measured_cell_has_one_primary_policy() -> None:
    expected = {
        "lazada": "lazada-2021-akar",
        "shopee": "shopee-2023-all",
        "tokopedia": "tokopedia-nocb",
        "blibli": "blibli-nocb",
        "tiktokshop": "tiktok-2023-nocb",
        "aliexpress": FLOOR,
    }
    for platform, policy_id in expected.items():
        for cluster in (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts):
            found = primary(REGISTRY, platform, cluster, MONDAY)
            assert found is not None
            assert found.id == policy_id
    assert primary(REGISTRY, "bukalapak", Cluster.crafts, MONDAY) is None
    in_2024 = primary(REGISTRY, "bukalapak", Cluster.crafts, datetime(2024, 6, 1, tzinfo=UTC))
    assert in_2024 is not None
    assert in_2024.id == "bukalapak-local"


@given(
    st.sampled_from(REGISTRY.policies),
    st.sampled_from([*REGISTRY.platforms, "jd_id"]),
    st.sampled_from([(cluster, None) for cluster in Cluster])
    | st.sampled_from([(cluster, name) for name, cluster in REGISTRY.categories.items()]),
    st.sampled_from(list(CrossBorder)),
    st.none() | st.decimals(0, 500, places=2),
    st.none() | st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(Condition),
    st.none() | st.sampled_from(Prohibited),
    st.lists(st.sampled_from(DisplayedItem), unique=True),
)
def test_knowing_less_never_makes_a_breach(
    each: Policy,
    platform: str,
    goods: tuple[Cluster, str | None],
    status: CrossBorder,
    price: Decimal | None,
    moment: datetime | None,
    condition: Condition,
    prohibited: Prohibited | None,
    missing: list[DisplayedItem],
) -> None:
    cluster, category = goods
    offer = listing(platform, str(price) if price is not None else None)
    categories = REGISTRY.categories
    page: DisplayedInformation | None = DisplayedInformation(
        shown=tuple(set(DisplayedItem) - set(missing)), missing=tuple(missing)
    )

    def seen_so(*signs: object) -> Classification:
        shown = seen(*signs)  # type: ignore[arg-type]
        return msgspec.structs.replace(shown, condition=condition, prohibited=prohibited)

    def ask(what: Classification, where: Listing, when: datetime | None) -> bool | None:
        return forbids(each, where, what, when, REGISTRY.rates, categories, page)

    full_goods = seen_so(cluster, status, category)
    full = ask(full_goods, offer, moment)
    less = [
        ask(seen_so(Cluster.unknown, status, category), offer, moment),
        ask(seen_so(cluster, CrossBorder.unknown, category), offer, moment),
        ask(seen_so(cluster, status), offer, moment),
        ask(seen_so(cluster, status, category), listing(platform), moment),
        ask(full_goods, offer, None),
        ask(msgspec.structs.replace(full_goods, condition=Condition.unknown), offer, moment),
    ]
    if prohibited is Prohibited.used_clothing:
        doubtful = Prohibited.suspected_used_clothing
        less.append(ask(msgspec.structs.replace(full_goods, prohibited=doubtful), offer, moment))
    page = None
    less.append(ask(full_goods, offer, moment))
    for known_less in less:
        assert known_less in (full, None)
    if full:
        assert status is CrossBorder.cross_border or not asks_who_sells(each)
        assert moment is not None
        assert in_force(each, moment)
        assert each.verification is not Verification.unverified
