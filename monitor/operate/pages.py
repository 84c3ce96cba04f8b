"""The web application of a home: which rooms it opens, and over which week."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from functools import partial
from pathlib import Path

from monitor.config import Config, previous_week, utc_now, week_of
from monitor.model import Role
from monitor.operate.delivery import final_release
from monitor.operate.desk import InspectionDesk
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import Room, Site
from monitor.web.audit import LabelPages
from monitor.web.inspect import DeskPages
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
    ``PantauError`` where a given week has no audit as drawn, and for the inspection desk alone
    where it may not be opened; among other rooms that room itself says so.
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
    if Role.inspector in roles:
        folder = config.home / "handed-in"
        folder.mkdir(mode=0o700, exist_ok=True)
        _remove_leftovers(folder)
        desk = InspectionDesk(config, registry, store)
        if len(roles) == 1:
            desk.require_basis()
        rooms.append(DeskPages(site, desk, registry, folder))
    if Role.reader in roles:
        rooms.append(ReaderPages(site, config.reports))
    site.rooms = tuple(rooms)
    return site


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed server left there; what another server is judging is younger."""
    oldest = utc_now().timestamp() - 3600
    for leftover in folder.iterdir():
        if leftover.stat().st_mtime < oldest:
            shutil.rmtree(leftover, ignore_errors=True)
