"""What the ministry decides, as it was when it was used."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from monitor.model import Policy, to_json
from monitor.registry import Frame, Registry
from monitor.store import schema as db
from monitor.store.database import Database, insert_missing, now, upsert
from monitor.store.rows import row_of


@dataclass(frozen=True)
class Registries:
    """Platforms, policies, permissions, decisions and frames, every wording kept."""

    database: Database

    def save(self, registry: Registry) -> None:
        """Keeps platforms, policies, permissions, decisions and the frame; old wordings stay."""
        platforms = [row_of(db.Platform, platform) for platform in registry.platforms.values()]
        policies = [_policy(policy) for policy in registry.policies]
        permissions = [
            row_of(db.Permission, permission, granted_on=permission.date)
            for permission in registry.permissions
        ]
        bases = [
            row_of(db.InspectionBasis, basis, decided_on=basis.date)
            for basis in registry.inspection_bases
        ]
        with self.database.write() as connection:
            upsert(connection, db.Platform, platforms, ["id"])
            insert_missing(connection, db.PolicyVersion, policies)
            upsert(connection, db.Permission, permissions, ["platform", "reference", "granted_on"])
            upsert(connection, db.InspectionBasis, bases, ["reference", "decided_on"])
            _save_frame(connection, registry.frame)


def _save_frame(connection: Connection, frame: Frame) -> None:
    version = {"version": frame.version, "saved_at": now()}
    insert_missing(connection, db.FrameVersion, [version])
    entries = [
        row_of(db.Entry, entry, frame_version=frame.version, entry=entry.id)
        for entry in (*frame.entries, *frame.second_way)
    ]
    platforms = {entry["platform"] for entry in entries}
    insert_missing(connection, db.Platform, [{"id": platform} for platform in sorted(platforms)])
    upsert(connection, db.Entry, entries, ["frame_version", "platform", "entry"])


def _policy(policy: Policy) -> dict[str, Any]:
    document = to_json(policy)
    return row_of(
        db.PolicyVersion,
        policy,
        sha256=hashlib.sha256(document).hexdigest(),
        policy=policy.id,
        title_id=policy.title.id,
        title_en=policy.title.en,
        in_force_from=policy.from_,
        in_force_until=policy.until,
        document=document.decode(),
        saved_at=now(),
    )
