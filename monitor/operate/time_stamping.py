"""Time stamping: the manifests of complete weeks are stamped by the authorities of this home."""

from __future__ import annotations

from pathlib import Path

from monitor.config import Config, week_of
from monitor.evidence.time_stamps import TimeAuthority, stamp_manifests
from monitor.operate.run_log import recorded
from monitor.operate.timetable import STAMP_JOB
from monitor.store import Store


def time_authorities(config: Config) -> list[TimeAuthority]:
    """Who gives time stamps, with the files of their certificates."""
    return [
        TimeAuthority(url=authority.url, certificates=config.home / authority.certificates)
        for authority in config.time_stamps.authorities
    ]


def stamp(config: Config, store: Store) -> list[Path]:
    """Have the manifests stamped that can be; returns the new stamps, and enters the run.

    Raises ``TimeStampError`` where no authority gave one.
    """
    with recorded(store, STAMP_JOB, store.origin, week=week_of(config.now())) as run:
        stamps = []
        for path in stamp_manifests(config.evidence, time_authorities(config)):
            stamps.append(path)
            run.counts["stamps"] = len(stamps)
    return stamps
