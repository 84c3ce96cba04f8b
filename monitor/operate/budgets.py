"""Whether the configured numbers of pages suffice for what is to be measured."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.config import Config
from monitor.model import LEAST_ENTRIES, Mode
from monitor.registry import Registry
from monitor.sampling.plan import SETTINGS, least_budget, wanted_groups


def budget_lines(config: Config, registry: Registry) -> Iterator[str]:
    """A line for each configured number of pages with which a product group of a platform has fewer
    entries than a share needs, though its list has enough."""
    limits = {
        Mode.crawler: config.crawl.weekly_requests,
        Mode.inspector: config.inspect.weekly_units,
    }
    for platform in registry.platforms.values():
        groups = wanted_groups(registry, platform.id)
        needed = least_budget(groups, LEAST_ENTRIES)
        for mode, limit in limits.items():
            if groups and platform.collection.includes(mode) and limit < needed:
                clusters = len({group.cluster for group in groups})
                yield (
                    f"{platform.id}: {limit} pages for the {mode} leave fewer than"
                    f" {LEAST_ENTRIES} entries in some of {clusters} product groups,"
                    " where no share can be measured;"
                    f" set {SETTINGS[mode]} in pantau.toml to {needed} or more"
                )
