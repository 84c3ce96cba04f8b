"""The examples beside each policy, run as its tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from monitor.model import (
    Classification,
    Cluster,
    CrossBorder,
    Listing,
    Policy,
    PolicyExample,
    PolicyScope,
)
from monitor.registry.policies import FORBIDDING_KINDS, forbids
from monitor.registry.values import Rate

_SHOWN_ON_PAGES = {
    PolicyScope.seller_cross_border,
    PolicyScope.price_floor,
    PolicyScope.prohibited_goods,
    PolicyScope.displayed_information,
}
_ANSWERS = {True: "is forbidden", False: "is not forbidden", None: "cannot be told"}


def failing_examples(
    policy: Policy, rates: Iterable[Rate], categories: Mapping[str, Cluster]
) -> Iterator[str]:
    """One line for each example that the policy does not treat as it says, or that is missing.

    A hit must be forbidden for certain; a miss must not be. A promise or regulation that can be
    seen on a page needs a miss, and a hit as well once its start is known. Left out are examples
    that cannot be judged because something in them or the policy is wrong (see ``find_problems``).
    """
    for field, is_hit in (("hits", True), ("misses", False)):
        for number, example in enumerate(getattr(policy, field, ()), 1):
            if not isinstance(example, PolicyExample):
                continue
            try:
                answer = judge_example(policy, example, rates, categories)
            except (TypeError, ArithmeticError):  # a time without zone, an amount that is none
                continue
            if (answer is True) is not is_hit:
                yield (
                    f"{field} {number} ({example.title!r}): {_ANSWERS[answer]}; "
                    "correct the example or the policy"
                )
    if policy.kind in FORBIDDING_KINDS and policy.scope in _SHOWN_ON_PAGES:
        if policy.from_ is not None and policy.goods_known and not policy.hits:
            yield "hits: give at least one listing it forbids"
        if not policy.misses:
            yield "misses: give at least one listing it leaves alone"


def judge_example(
    policy: Policy,
    example: PolicyExample,
    rates: Iterable[Rate],
    categories: Mapping[str, Cluster],
) -> bool | None:
    """Whether the policy forbids an example; None where that cannot be told."""
    listing = Listing(
        platform=example.platform,
        item_id="example",
        title=example.title,
        price=example.price.amount if example.price else None,
        currency=example.price.currency if example.price else None,
    )
    classification = Classification(
        cluster=example.cluster,
        cluster_score=1.0,
        cross_border=example.cross_border,
        cross_border_score=1.0 if example.cross_border is CrossBorder.cross_border else 0.0,
        classifier="example",
        category=example.category,
        imported_goods=example.imported_goods,
        condition=example.condition,
        prohibited=example.prohibited,
    )
    return forbids(
        policy, listing, classification, example.on, rates, categories, example.displayed
    )
