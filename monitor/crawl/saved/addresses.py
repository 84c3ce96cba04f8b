"""Planned pages at the other addresses where a browser meets them: the entry and page decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from monitor.model import PlannedUnit
from monitor.registry import Platform, other_urls
from monitor.store.matching import same_page, url_key


class Addresses:
    """One platform's planned pages of a week by ``Platform.other_url_templates``."""

    def __init__(self, platform: Platform, units: Iterable[PlannedUnit]) -> None:
        self._units: dict[str, list[tuple[str, PlannedUnit]]] = defaultdict(list)
        for unit in units:
            for address in other_urls(platform, unit.kind, unit.query, unit.page):
                self._units[url_key(address)].append((address, unit))

    def unit(self, url: str) -> PlannedUnit | None:
        """The unit whose page stands at this address; None where none or several claim it."""
        units = {
            unit.id: unit
            for address, unit in self._units.get(url_key(url), ())
            if same_page(address, url)
        }
        return next(iter(units.values())) if len(units) == 1 else None
