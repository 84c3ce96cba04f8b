"""What the ministry decides, as it was when it was used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from monitor.model import Entry, Policy, to_json
from monitor.registry import Frame, Permission, Platform, Registry
from monitor.store import schema as db
from monitor.store.database import Database, insert_missing, now, upsert


@dataclass(frozen=True)
class Registries:
    """Platforms, policies, permissions and frames of the registry, every wording kept."""

    database: Database

    def save(self, registry: Registry) -> None:
        """Keeps platforms, policies, permissions and the frame; old wordings stay."""
        platforms = [_platform(platform) for platform in registry.platforms.values()]
        policies = [_policy(policy) for policy in registry.policies]
        permissions = [_permission(permission) for permission in registry.permissions]
        with self.database.write() as connection:
            upsert(connection, db.Platform, platforms, ["id"])
            insert_missing(connection, db.PolicyVersion, policies)
            upsert(connection, db.Permission, permissions, ["platform", "reference", "granted_on"])
            _save_frame(connection, registry.frame)

    def save_policies(self, policies: Iterable[Policy]) -> int:
        """Keeps every wording of the policies once, by its hash; returns how many were new."""
        with self.database.write() as connection:
            return insert_missing(connection, db.PolicyVersion, map(_policy, policies))


def _save_frame(connection: Connection, frame: Frame) -> None:
    version = {"version": frame.version, "saved_at": now()}
    insert_missing(connection, db.FrameVersion, [version])
    entries = [_entry(entry, frame.version) for entry in frame.entries]
    insert_missing(connection, db.Platform, [{"id": x.platform} for x in frame.entries])
    upsert(connection, db.Entry, entries, ["frame_version", "platform", "entry"])


def _policy(policy: Policy) -> dict[str, Any]:
    document = to_json(policy)
    return {
        "sha256": hashlib.sha256(document).hexdigest(),
        "policy": policy.id,
        "title_id": policy.title.id,
        "title_en": policy.title.en,
        "kind": policy.kind,
        "scope": policy.scope,
        "verification": policy.verification,
        "in_force_from": policy.from_,
        "in_force_until": policy.until,
        "confirmed_by": policy.confirmed_by,
        "document": document.decode(),
        "saved_at": now(),
    }


def _platform(platform: Platform) -> dict[str, Any]:
    return {
        "id": platform.id,
        "name": platform.name,
        "role": platform.role,
        "country": platform.country,
        "currency": platform.currency,
        "closed_on": platform.closed_on,
    }


def _permission(permission: Permission) -> dict[str, Any]:
    return {
        "platform": permission.platform,
        "who": permission.who,
        "reference": permission.reference,
        "granted_on": permission.date,
        "paths": list(permission.paths),
        "until": permission.until,
    }


def _entry(entry: Entry, version: str) -> dict[str, Any]:
    return {
        "frame_version": version,
        "platform": entry.platform,
        "entry": entry.id,
        "cluster": entry.cluster,
        "stratum": entry.stratum,
        "kind": entry.kind,
        "query": entry.query,
        "weight": entry.weight,
        "core": entry.core,
        "pages": entry.pages,
    }
