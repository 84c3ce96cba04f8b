"""The web application of a home: which rooms it opens, and over which week."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from monitor.config import Config, previous_week, week_of
from monitor.model import Role
from monitor.operate.delivery import final_release
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import Room, Site
from monitor.web.audit import LabelPages
from monitor.web.reader import ReaderPages


def site_of_home(
    config: Config,
    registry: Registry,
    store: Store,
    roles: Collection[Role],
    *,
    week: str | None = None,
    language: str | None = None,
    secure: bool = False,
) -> Site:
    """The pages of a home with the rooms of ``roles``.

    The audit is that of ``week``, or else of the last complete week as time goes on. Raises
    ``PantauError`` where a given week has no audit as drawn.
    """
    site = Site(store, language or config.language, secure=secure)
    rooms: list[Room] = []
    if Role.annotator in roles:
        labels = LabelPages(
            site,
            registry,
            config.evidence,
            lambda: week or previous_week(week_of(config.now())),
            partial(final_release, store),
        )
        if week:
            labels.drawn()
        rooms.append(labels)
    if Role.reader in roles:
        rooms.append(ReaderPages(site, config.reports))
    site.rooms = tuple(rooms)
    return site
