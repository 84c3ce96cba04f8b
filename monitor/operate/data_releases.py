"""Weekly releases for research: a folder a week, what each changes, and an index that stays."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from monitor.config import Config, PantauError
from monitor.evidence.manifest import replace_file
from monitor.model import Origin, TableDelta, WeeklyRelease, to_json
from monitor.operate.delivery import newest_release
from monitor.operate.editions import edition_classifier
from monitor.registry import Registry
from monitor.research import OpenPackage, ReleaseKey, Tier, export, same_rows, write_delta
from monitor.research.delta import FOLDER
from monitor.store import Store
from reports.data_releases import write_releases_page

INDEX = "index.json"
_NAME = re.compile(r"(\d{4}-W\d{2})(?:-(\d+))?")
"""A folder of the series: the week, from its second release on with a number."""


def publish_week(
    config: Config,
    registry: Registry,
    store: Store,
    folder: Path,
    week: str,
    *,
    key: ReleaseKey | None = None,
    formats: Iterable[str] = ("csv",),
) -> tuple[WeeklyRelease, bool]:
    """Release a week into a folder of its own below ``folder``, with what it changes, and index it.

    The release of that week and whether it was made now: one whose rows are those of its last
    release is not made again. What was released is never written over. Raises ``PantauError`` where
    nobody released the week's newest edition, or ``folder`` holds releases of the other tier.
    """
    _require_released(store, week)
    folder.mkdir(parents=True, exist_ok=True)
    tier = Tier.restricted if key else Tier.public
    releases = read_releases(folder)
    if others := [release for release in releases if release.tier != tier]:
        raise PantauError(
            f"{folder}: holds {others[0].tier} releases; give those of the {tier} tier a folder of"
            " their own"
        )
    of_week = [release for release in releases if release.week == week]
    name = week if not of_week else f"{week}-{len(of_week) + 1}"
    staged = folder / f".{name}"
    shutil.rmtree(staged, ignore_errors=True)
    try:
        export(
            config,
            registry,
            store,
            staged,
            classifier_of=partial(edition_classifier, store),
            key=key,
            weeks=[week],
            formats=formats,
        )
        made = OpenPackage.read(staged)
        earlier = of_week or [release for release in releases if release.week < week]
        before = OpenPackage.read(folder / earlier[0].name) if earlier else None
        if of_week and before and same_rows(before, made):
            return _indexed(folder, of_week[0].name), False
        # Under another key nothing is known by the same name.
        if before and before.content.get("key") == made.content.get("key"):
            write_delta(before, made)
        staged.rename(folder / name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return _indexed(folder, name), True


def read_releases(folder: Path) -> list[WeeklyRelease]:
    """The releases below a folder, the newest of the newest week first, as their packages say.

    Raises ``PantauError`` where one cannot be read.
    """
    releases = []
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and path.is_dir():
            try:
                releases.append(_release(path))
            except (OSError, ValueError, KeyError, IndexError) as error:
                raise PantauError(
                    f"{path}: is no release that Pantau wrote ({error}); move it elsewhere"
                ) from error
    releases.sort(key=_order, reverse=True)
    newest: dict[str, str] = {}
    for release in releases:
        newest.setdefault(release.week, release.name)
    return [
        replace(
            release,
            replaced_by=None if newest[release.week] == release.name else newest[release.week],
        )
        for release in releases
    ]


def write_index(folder: Path) -> Sequence[WeeklyRelease]:
    """Write ``index.json`` and the pages anew over all releases below a folder; returns these."""
    releases = read_releases(folder)
    index = {"title": "Pantau: weekly releases", "schema": 1, "releases": releases}
    replace_file(folder / INDEX, to_json(index) + b"\n")
    write_releases_page(folder, releases)
    return releases


def _indexed(folder: Path, name: str) -> WeeklyRelease:
    return next(release for release in write_index(folder) if release.name == name)


def _order(release: WeeklyRelease) -> tuple[str, int]:
    form = _NAME.fullmatch(release.name)
    return release.week, int(form[2] or 1) if form else 0


def _release(path: Path) -> WeeklyRelease:
    content = OpenPackage.read(path).content
    delta = path / FOLDER / "datapackage.json"
    changes = json.loads(delta.read_text(encoding="utf-8")) if delta.is_file() else None
    period = content["period"]
    return WeeklyRelease(
        name=path.name,
        week=content["weeks"][-1],
        tier=content["tier"],
        version=content["version"],
        origin=Origin(content["origin"]),
        created=datetime.fromisoformat(content["created"]),
        first_day=date.fromisoformat(period["from"]),
        last_day=date.fromisoformat(period["until"]),
        path=f"{path.name}/datapackage.json",
        sha256=hashlib.sha256((path / "datapackage.json").read_bytes()).hexdigest(),
        rows={resource["name"]: resource["rows"] for resource in content["resources"]},
        against=changes["against"] if changes else None,
        delta=f"{path.name}/{FOLDER}/datapackage.json" if changes else None,
        changes={
            name: TableDelta(**counts)
            for name, counts in (changes["changes"] if changes else {}).items()
        },
    )


def _require_released(store: Store, week: str) -> None:
    """Raise ``PantauError`` unless the newest edition of a week is one that a person released."""
    editions = [as_of for _, _, as_of in store.editions.all(week)]
    if not editions:
        raise PantauError(
            f"{week}: no edition is stored; make one with: pantau report --week {week}"
        )
    release = newest_release(store, week)
    if release is None or release.as_of < max(editions):
        raise PantauError(
            f"{week}: its newest edition was not released, and its data go out after it; release it"
            f" with: pantau release {week} --by NAME"
        )
