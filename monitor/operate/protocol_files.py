"""The protocols of a home: each season's rules, written down once, and the deviations from them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from monitor.config import JAKARTA, Config, PantauError, week_start
from monitor.evidence.manifest import replace_file
from monitor.evidence.time_stamps import stamp_file, stamped_at
from monitor.model import (
    Deviation,
    Protocol,
    ProtocolDeviation,
    ProtocolRules,
    RuleChange,
    SeasonProtocol,
    Value,
    from_json,
    season_of,
)
from monitor.operate.protocol import flat
from monitor.operate.time_stamping import time_authorities
from reports.protocol import write_protocol_pages

_T = TypeVar("_T")
SHOWN = 40
"""How many differing rules are named on a terminal; all of them stand in the files."""


class ProtocolError(PantauError):
    """A protocol cannot be written or read; the message says why and what to do."""


class FiledProtocol(Value):
    """A season's protocol as it lies in the home, and the deviations from it, oldest first.

    ``sha256`` (hex) is that of the file; ``stamped_at`` is when a time stamp proves that it
    existed, None where nobody else witnesses its time.
    """

    path: Path
    protocol: Protocol
    sha256: str
    deviations: tuple[Deviation, ...] = ()
    stamped_at: datetime | None = None

    def states(self) -> list[dict[str, Any]]:
        """The rules by dotted key, as first written and as after each deviation."""
        states = [flat(self.protocol.rules)]
        for deviation in self.deviations:
            state = dict(states[-1])
            for change in deviation.changes:
                if change.new is None:
                    state.pop(change.key, None)
                else:
                    state[change.key] = change.new
            states.append(state)
        return states


def canonical(value: object) -> bytes:
    """JSON in UTF-8 with sorted keys, two spaces of indentation and a line feed at the end."""
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=2)
    return f"{text}\n".encode()


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[RuleChange, ...]:
    """The rules that differ, by key."""
    return tuple(
        RuleChange(key=key, old=old.get(key), new=new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def change_lines(changes: Iterable[RuleChange]) -> list[str]:
    """A line for each of the first ``SHOWN`` differing rules, and one that counts the others."""
    changes = tuple(changes)
    lines = [f"{c.key}: {_shown(c.old)}, now {_shown(c.new)}" for c in changes[:SHOWN]]
    more = len(changes) - SHOWN
    return [*lines, f"and {more} rules more"] if more > 0 else lines


def _shown(value: object) -> str:
    return "absent" if value is None else f"{json.dumps(value, ensure_ascii=False):.120}"


def read_protocol(config: Config, season: str) -> FiledProtocol | None:
    """The protocol of a season with its deviations and stamp; None where none was written.

    Raises ``ProtocolError`` where a file is not as this program wrote it, ``TimeStampError`` where
    the stamp beside it does not hold.
    """
    path = config.protocols / f"{season}.json"
    if not path.exists():
        return None
    content = path.read_bytes()
    protocol = _read(path, content, Protocol)
    sha256 = hashlib.sha256(content).hexdigest()
    beside = _deviations_of(path)
    deviations: tuple[Deviation, ...] = ()
    if beside.exists():
        deviations = _read(beside, beside.read_bytes(), tuple[Deviation, ...])
    if any(deviation.protocol != sha256 for deviation in deviations):
        raise ProtocolError(f"{path}: is not the document that its deviations depart from")
    if protocol.season != season:
        raise ProtocolError(f"{path}: is the protocol of {protocol.season}")
    certificates = [authority.certificates for authority in time_authorities(config)]
    # Without certificates nothing can be checked, so that the stamp proves nothing here.
    return FiledProtocol(
        path=path,
        protocol=protocol,
        sha256=sha256,
        deviations=deviations,
        stamped_at=stamped_at(path, certificates) if certificates else None,
    )


def season_protocol(config: Config, week: str, as_of: datetime) -> SeasonProtocol:
    """What was registered by ``as_of`` of the rules that bind a week; nothing where nothing was.

    Raises ``ProtocolError`` and ``TimeStampError`` as ``read_protocol``.
    """
    season = season_of(week)
    filed = read_protocol(config, season)
    if filed is None or filed.protocol.written_at > as_of:
        return SeasonProtocol(season=season)
    stamped_at = filed.stamped_at
    return SeasonProtocol(
        season=season,
        sha256=filed.sha256,
        written_at=filed.protocol.written_at,
        late=filed.protocol.written_after_start,
        stamped_at=stamped_at if stamped_at and stamped_at <= as_of else None,
        deviations=tuple(
            ProtocolDeviation(
                at=deviation.at,
                reason=deviation.reason,
                rules=len(deviation.changes),
                before_start=deviation.at < week_start(filed.protocol.rules.weeks[0]),
            )
            for deviation in filed.deviations
            if deviation.at <= as_of
        ),
    )


def write_protocol(
    config: Config, season: str, rules: ProtocolRules, reason: str | None = None
) -> FiledProtocol:
    """Write a season's rules down, or, with a ``reason``, what is changed of those that were.

    What was written stays as it is: where nothing differs nothing is written. Raises
    ``ProtocolError`` where something differs and no reason is given.
    """
    filed = read_protocol(config, season)
    now = config.now().replace(microsecond=0)
    begun = now >= week_start(rules.weeks[0])
    if filed is None:
        protocol = Protocol(
            season=season,
            origin=config.origin,
            written_at=now,
            written_after_start=begun,
            rules=rules,
        )
        config.protocols.mkdir(parents=True, exist_ok=True)
        replace_file(config.protocols / f"{season}.json", canonical(protocol))
    elif changes := changes_between(filed.states()[-1], flat(rules)):
        if reason is None:
            since = f"was written on {filed.protocol.written_at.astimezone(JAKARTA):%Y-%m-%d}"
            state = "and its season has begun" if begun else "and is not written twice"
            raise ProtocolError(
                "\n".join(
                    [
                        f"{season}: the protocol {since} {state}; enter what differs with"
                        ' --deviation "reason", or undo it:',
                        *change_lines(changes),
                    ]
                )
            )
        deviation = Deviation(at=now, reason=reason, protocol=filed.sha256, changes=changes)
        replace_file(_deviations_of(filed.path), canonical((*filed.deviations, deviation)))
    return _read_again(config, season)


def stamp_protocol(config: Config, filed: FiledProtocol) -> FiledProtocol:
    """The protocol with a time stamp beside it, where an authority is configured and none is there.

    Raises ``TimeStampError`` where no authority gave one.
    """
    authorities = time_authorities(config)
    if not authorities or filed.stamped_at is not None:
        return filed
    stamp_file(filed.path, authorities)
    return _read_again(config, filed.protocol.season)


def _read_again(config: Config, season: str) -> FiledProtocol:
    """A protocol as it now lies in the home; raises ``ProtocolError`` where it has gone."""
    filed = read_protocol(config, season)
    if filed is None:
        raise ProtocolError(f"{config.protocols}: the protocol of {season} went as it was written")
    return filed


def write_documents(filed: FiledProtocol, folder: Path, *, pdf: bool = False) -> list[Path]:
    """Write a protocol's pages into a folder, and copies of its files where they lie elsewhere.

    Returns the pages; raises ``ReportError`` where there is no Chromium for a ``pdf``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in (filed.path, _deviations_of(filed.path), filed.path.with_suffix(".tsr")):
        if file.exists() and folder.resolve() != file.parent.resolve():
            shutil.copyfile(file, folder / file.name)
    return write_protocol_pages(
        folder, filed.protocol, filed.sha256, filed.deviations, filed.stamped_at, pdf=pdf
    )


def _deviations_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.deviations.json")


def _read(path: Path, content: bytes, kind: type[_T]) -> _T:
    """A value as ``canonical`` wrote it; raises ``ProtocolError`` for anything else."""
    try:
        value = from_json(content, kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{path}: cannot be read: {error}") from error
    if canonical(value) != content:
        raise ProtocolError(f"{path}: was changed by hand; put back the file that was written")
    return value
