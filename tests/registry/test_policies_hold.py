"""One harness for every policy: an entry in policies.toml is tested by being there."""

from datetime import timedelta

import msgspec
import pytest

from monitor.model import (
    CrossBorder,
    DisplayedInformation,
    Policy,
    PolicyExample,
    PolicyKind,
    Prohibited,
    Verification,
)
from monitor.registry import asks_who_sells, load_registry
from monitor.registry.examples import failing_examples, judge_example

REGISTRY = load_registry()
every_policy = pytest.mark.parametrize(
    "policy", REGISTRY.policies, ids=[f"{p.id}@{p.from_}" for p in REGISTRY.policies]
)


def judge(policy: Policy, example: PolicyExample) -> bool | None:
    return judge_example(policy, example, REGISTRY.rates, REGISTRY.categories)


@every_policy
def test_its_examples_hold(policy: Policy) -> None:
    assert list(failing_examples(policy, REGISTRY.rates, REGISTRY.categories)) == []


@every_policy
@pytest.mark.parametrize("status", [s for s in CrossBorder if s is not CrossBorder.cross_border])
def test_a_hit_is_one_because_a_foreign_seller_offers_it(
    policy: Policy, status: CrossBorder
) -> None:
    for example in policy.hits:
        local = msgspec.structs.replace(example, cross_border=status)
        expected = False if status is CrossBorder.domestic else None
        assert judge(policy, local) is (expected if asks_who_sells(policy) else True)


@every_policy
def test_a_hit_of_goods_is_one_because_of_the_goods(policy: Policy) -> None:
    for example in policy.hits if policy.prohibited else ():
        for prohibited in (None, Prohibited.suspected_used_clothing):
            less = msgspec.structs.replace(example, prohibited=prohibited)
            assert judge(policy, less) is None


@every_policy
def test_a_hit_of_displayed_information_is_none_where_the_own_page_was_not_read(
    policy: Policy,
) -> None:
    for example in policy.hits if policy.must_display else ():
        assert judge(policy, msgspec.structs.replace(example, displayed=None)) is None
        shown = DisplayedInformation(shown=policy.must_display)
        assert judge(policy, msgspec.structs.replace(example, displayed=shown)) is False


@every_policy
def test_what_may_accuse_once_confirmed_has_a_source_that_opens(policy: Policy) -> None:
    confirmed = msgspec.structs.replace(policy, confirmed_by="Seorang pejabat")
    opens = any(source.url for source in policy.sources)
    assert confirmed.may_accuse is (opens and policy.verification is not Verification.unverified)


@every_policy
def test_a_hit_is_none_the_day_before_it_began(policy: Policy) -> None:
    assert policy.from_ is not None or not policy.hits
    for example in policy.hits:
        assert policy.from_ is not None
        earlier = msgspec.structs.replace(example, on=policy.from_ - timedelta(seconds=1))
        assert judge(policy, earlier) is False


@every_policy
def test_nothing_known_from_the_press_accuses_before_a_person_confirmed_it(policy: Policy) -> None:
    assert policy.confirmed_by is None
    assert policy.may_accuse is (policy.verification is Verification.gazette)


@every_policy
def test_background_forbids_nothing(policy: Policy) -> None:
    if policy.kind in {PolicyKind.closure, PolicyKind.context}:
        assert not policy.hits
        assert not policy.primary_for
