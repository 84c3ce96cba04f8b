"""Which commodity a person is asked for: only where a policy's answer hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from monitor.model import (
    Answer,
    Cluster,
    Observation,
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
    """What to ask of the drawn listings, by the policies of their platforms on the day seen."""

    def __init__(self, registry: Registry, seen: Mapping[int, Observation]) -> None:
        self._registry = registry
        self._seen = seen
        self._titles = {
            one.id: one.title for group in registry.clusters for one in group.categories
        }

    def asked(self, item: SampledListing) -> dict[Cluster, tuple[str, ...]]:
        """The commodities to choose from, for each group of goods in which it matters."""
        seen = self._seen[item.observation_id]
        known = (one for one in Cluster if one is not Cluster.unknown)
        found = (
            (one, commodities(self._registry, seen.listing, one, seen.observed_at)) for one in known
        )
        return {cluster: named for cluster, named in found if named}

    def choices(self, item: SampledListing, language: str) -> dict[Cluster, list[Choice]]:
        """``asked`` with titles and keys."""
        return {
            cluster: [
                Choice(id=one, title=self.title(one, language), key=KEYS[n : n + 1])
                for n, one in enumerate(named)
            ]
            for cluster, named in self.asked(item).items()
        }

    def title(self, category: str, language: str) -> str:
        """A commodity in words; one that left the registry keeps its id."""
        title = self._titles.get(category)
        if title is None:
            return category
        return title.en if language == "en" else title.id

    def category(
        self, item: SampledListing, answer: Answer, cluster: Cluster, said: str
    ) -> str | None:
        """What a label says of the commodity, None where nothing is asked.

        Raises ``ValueError`` where it is asked and ``said`` is none of the choices.
        """
        offered = self.asked(item).get(cluster, ()) if answer is Answer.yes else ()
        if not offered:
            return None
        if said == NONE:
            return none_of(offered)
        if said not in offered:
            raise ValueError(said)
        return said

    def alike(self, item: SampledListing, cluster: Cluster, said: Set[str | None]) -> bool:
        """Whether no policy's answer depends on which of ``said`` it is."""
        seen = self._seen[item.observation_id]
        return same_for_policies(self._registry, seen.listing, cluster, said, seen.observed_at)


def is_none(category: str | None) -> bool:
    """Whether a label says "none of these"."""
    return ruled_out(category) is not None
