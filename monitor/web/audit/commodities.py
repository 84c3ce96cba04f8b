"""Which commodity a person is asked for: only where a policy's answer hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from monitor.model import (
    GOODS_CLUSTERS,
    Answer,
    Cluster,
    Observation,
    Question,
    SampledListing,
    Value,
    none_of,
    ruled_out,
)
from monitor.registry import Registry, commodities, same_for_policies

NONE = "none"
"""What a form or a sheet says for "none of these"."""
KEYS = "ABCDEFGHIJOPQRSUVWY"
"""Keys that neither answers, groups nor commands take; ``0`` stands for none of these."""


class Choice(Value):
    """One commodity on a page; without a ``key`` it can only be clicked."""

    id: str
    title: str
    key: str


class Commodities:
    """What to ask of the sampled listings, by the policies of their platforms on the day seen.

    ``observations`` are those of the sampled listings, by id.
    """

    def __init__(self, registry: Registry, observations: Mapping[int, Observation]) -> None:
        self._registry = registry
        self._observations = observations
        self._titles = {
            category.id: category.title
            for cluster in registry.clusters
            for category in cluster.categories
        }

    def asked(self, sampled: SampledListing) -> dict[Cluster, tuple[str, ...]]:
        """The commodities to choose from, for each group of goods in which it matters."""
        if sampled.question is not Question.cross_border:
            return {}
        seen = self._observations[sampled.observation_id]
        return {
            cluster: categories
            for cluster in GOODS_CLUSTERS
            if cluster is not Cluster.unknown
            and (categories := commodities(self._registry, seen.listing, cluster, seen.observed_at))
        }

    def choices(self, sampled: SampledListing, language: str) -> dict[Cluster, list[Choice]]:
        """``asked`` with titles and keys."""
        return {
            cluster: [
                Choice(id=category, title=self.title(category, language), key=KEYS[n : n + 1])
                for n, category in enumerate(categories)
            ]
            for cluster, categories in self.asked(sampled).items()
        }

    def title(self, category: str, language: str) -> str:
        """A commodity in words; one that left the registry keeps its id."""
        title = self._titles.get(category)
        if title is None:
            return category
        return title.en if language == "en" else title.id

    def category(
        self, sampled: SampledListing, answer: Answer, cluster: Cluster | None, choice: str
    ) -> str | None:
        """What a label says of the commodity, None where nothing is asked.

        Raises ``ValueError`` where it is asked and ``choice`` is none of those offered.
        """
        offered = self.asked(sampled).get(cluster, ()) if cluster and answer is Answer.yes else ()
        if not offered:
            return None
        if choice == NONE:
            return none_of(offered)
        if choice not in offered:
            raise ValueError(choice)
        return choice

    def same_for_policies(
        self, sampled: SampledListing, cluster: Cluster, categories: Set[str | None]
    ) -> bool:
        """Whether no policy's answer depends on which of ``categories`` the listing is."""
        seen = self._observations[sampled.observation_id]
        return same_for_policies(
            self._registry, seen.listing, cluster, categories, seen.observed_at
        )


def is_none(category: str | None) -> bool:
    """Whether a label says "none of these"."""
    return ruled_out(category) is not None
