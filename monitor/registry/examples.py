"""The examples beside each policy, run as its tests."""

from __future__ import annotations

from monitor.model import Classification, CrossBorder, Listing, Policy, PolicyExample, PolicyScope
from monitor.registry.policies import FORBIDDING_KINDS, forbids
from monitor.registry.values import Registry


def check_examples(registry: Registry) -> list[str]:
    """One line for each example that a policy does not treat as it says; empty when all hold.

    A hit must be forbidden for certain; a miss must not be. A promise or regulation that can be
    seen on a page needs at least one of each.
    """
    return [line for policy in registry.policies for line in check_policy(registry, policy)]


def check_policy(registry: Registry, policy: Policy) -> list[str]:
    """``check_examples`` for one policy."""
    problems = []
    for wanted, examples in ((True, policy.hits), (False, policy.misses)):
        name = "hits" if wanted else "misses"
        for number, example in enumerate(examples, 1):
            got = judge_example(registry, policy, example)
            if (got is True) is not wanted:
                problems.append(
                    f"policy {policy.id}: {name} {number} ({example.title!r}): "
                    f"{_WORDS[got]}; correct the example or the policy"
                )
    return problems + _missing(policy)


def judge_example(registry: Registry, policy: Policy, example: PolicyExample) -> bool | None:
    """What the policy says of an example."""
    listing = Listing(
        platform=example.platform,
        item_id="example",
        title=example.title,
        price=example.price.amount if example.price else None,
        currency=example.price.currency if example.price else None,
    )
    seen = Classification(
        cluster=example.cluster,
        cluster_score=1.0,
        cross_border=example.cross_border,
        cross_border_score=1.0 if example.cross_border is CrossBorder.cross_border else 0.0,
        classifier="example",
        category=example.category,
    )
    return forbids(policy, listing, seen, example.on, registry.rates, registry.categories)


_WORDS = {True: "is forbidden", False: "is not forbidden", None: "cannot be told"}


def _missing(policy: Policy) -> list[str]:
    seen_on_pages = policy.scope in {PolicyScope.seller_cross_border, PolicyScope.price_floor}
    if policy.kind not in FORBIDDING_KINDS or not seen_on_pages:
        return []
    problems = []
    if policy.from_ is not None and not policy.hits:
        problems.append(f"policy {policy.id}: hits: give at least one listing it forbids")
    if not policy.misses:
        problems.append(f"policy {policy.id}: misses: give at least one listing it leaves alone")
    return problems
