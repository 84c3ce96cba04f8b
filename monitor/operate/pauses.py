"""Paused jobs: a person has the daemon start them no more, until a person has it start them again.

The file ``paused.json`` of the home holds the pauses. What is due meanwhile is made up for as after
an outage, or entered as missed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from monitor.config import JAKARTA, Config, ConfigError
from monitor.model import from_json, to_json
from monitor.operate.timetable import Job


def paused_jobs(config: Config) -> dict[str, datetime]:
    """When each paused job was paused, by its id; raises ``ConfigError`` for a damaged file."""
    try:
        return from_json(config.pauses.read_bytes(), dict[str, datetime])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{config.pauses}: cannot be read: {error}; remove it, and pause again what has to be"
        ) from error


def pause_jobs(config: Config, jobs: Collection[str], now: datetime) -> list[str]:
    """Pause jobs; returns those that were not paused before."""
    paused = paused_jobs(config)
    added = [job for job in jobs if job not in paused]
    _write(config, paused | dict.fromkeys(added, now))
    return added


def resume_jobs(config: Config, jobs: Collection[str]) -> list[str]:
    """Have paused jobs started again; returns those that were paused."""
    paused = paused_jobs(config)
    resumed = [job for job in paused if job in jobs]
    _write(config, {job: since for job, since in paused.items() if job not in jobs})
    return resumed


def pause_lines(config: Config, jobs: Collection[Job]) -> list[str]:
    """A line for each pause, so that none is forgotten."""
    job_ids = {job.id for job in jobs}
    lines = [
        f"schedule: {id_} is paused since {since.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB;"
        f" go on with: pantau schedule resume {id_}"
        for id_, since in paused_jobs(config).items()
        if id_ in job_ids
    ]
    return lines + stray_pause_lines(config, jobs)


def stray_pause_lines(config: Config, jobs: Collection[Job]) -> list[str]:
    """A line for each pause of what is none of ``jobs``: the configuration has it no more."""
    job_ids = {job.id for job in jobs}
    return [
        f"schedule: {id_} is paused, but is no job any more;"
        f" remove the pause with: pantau schedule resume {id_}"
        for id_ in paused_jobs(config)
        if id_ not in job_ids
    ]


def _write(config: Config, paused: dict[str, datetime]) -> None:
    """Raises ``ConfigError`` where the home is not there or cannot be written."""
    if not config.home.is_dir():
        raise ConfigError(
            f"{config.home}: no such home (PANTAU_HOME); name one that is there, or make it with:"
            " pantau plan"
        )
    try:
        if not paused:
            config.pauses.unlink(missing_ok=True)
            return
        draft = config.pauses.with_suffix(".new")
        draft.write_bytes(to_json(paused))
        draft.replace(config.pauses)
    except OSError as error:
        raise ConfigError(
            f"{config.pauses}: cannot be written: {error.strerror}; let this user write to"
            f" {config.home}, and see that its disk has room"
        ) from error
