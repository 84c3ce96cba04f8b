"""The check of examples finds the ones that do not hold."""

from datetime import UTC, datetime

import msgspec

from monitor.model import Policy, PolicyExample
from monitor.registry import load_registry
from monitor.registry.examples import failing_examples

REGISTRY = load_registry()
(AKAR,) = REGISTRY.policy("lazada-2021-akar")


def failures(policy: Policy) -> list[str]:
    return list(failing_examples(policy, REGISTRY.rates, REGISTRY.categories))


def example(**fields: object) -> PolicyExample:
    defaults = {
        "title": "Kaos",
        "platform": "lazada",
        "on": datetime(2026, 11, 16, tzinfo=UTC),
        "cluster": "crafts",
        "cross_border": "cross_border",
    }
    return msgspec.convert(defaults | fields, PolicyExample)


def test_a_hit_that_is_none_and_a_miss_that_is_one_are_named() -> None:
    wrong = msgspec.structs.replace(
        AKAR,
        hits=(example(), example(title="Sepatu", cross_border="suspected")),
        misses=(example(title="Patung"), example(cluster="other")),
    )
    assert failures(wrong) == [
        "hits 2 ('Sepatu'): cannot be told; correct the example or the policy",
        "misses 1 ('Patung'): is forbidden; correct the example or the policy",
    ]


def test_a_policy_that_shows_on_pages_needs_examples() -> None:
    bare = msgspec.structs.replace(AKAR, hits=(), misses=())
    assert [line.split(": ")[0] for line in failures(bare)] == ["hits", "misses"]
    claim = msgspec.structs.replace(bare, from_=None)
    assert [line.split(": ")[0] for line in failures(claim)] == ["misses"]
