"""What the ministry decides, as it stood when it was used."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import PolicyKind, PolicyScope, Verification
from monitor.store.schema.base import Base, Country, Currency, Id, JsonValue, Sha256, length_check


class Platform(Base):
    __tablename__ = "platform"
    __table_args__ = (
        length_check("country", 2),
        length_check("currency", 3),
        {"comment": "A marketplace; only its id is known until the registry was saved"},
    )

    id: Mapped[str] = mapped_column(primary_key=True, comment="short name, as in platforms.toml")
    name: Mapped[str | None] = mapped_column(comment="name as people write it")
    role: Mapped[str | None] = mapped_column(comment="marketplace, reference or closed")
    country: Mapped[Country | None] = mapped_column(comment="country it sells to (ISO 3166-1)")
    currency: Mapped[Currency | None] = mapped_column(comment="its currency (ISO 4217)")
    closed_on: Mapped[date | None] = mapped_column(comment="day it closed for physical goods")


class PolicyVersion(Base):
    __tablename__ = "policy_version"
    __table_args__ = ({"comment": "One wording of a promise, regulation, closure or context"},)

    sha256: Mapped[Sha256] = mapped_column(primary_key=True, comment="hash of the document")
    policy: Mapped[str] = mapped_column(index=True, comment="id of the policy")
    title_id: Mapped[str] = mapped_column(comment="title in Indonesian")
    title_en: Mapped[str] = mapped_column(comment="title in English")
    kind: Mapped[PolicyKind] = mapped_column(comment="promise, regulation, closure or context")
    scope: Mapped[PolicyScope] = mapped_column(comment="what it forbids")
    verification: Mapped[Verification] = mapped_column(comment="how well it is documented")
    in_force_from: Mapped[datetime | None] = mapped_column(comment="start (UTC)")
    in_force_until: Mapped[datetime | None] = mapped_column(comment="end (UTC), null while open")
    confirmed_by: Mapped[str | None] = mapped_column(comment="who confirmed a press-only policy")
    document: Mapped[str] = mapped_column(comment="the whole policy as JSON")
    saved_at: Mapped[datetime] = mapped_column(comment="when this wording was first used (UTC)")


class InspectionBasis(Base):
    __tablename__ = "inspection_basis"
    __table_args__ = (
        UniqueConstraint("reference", "decided_on"),
        {"comment": "A decision by which inspectors collect pages of platforms"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the decision")
    platforms: Mapped[JsonValue] = mapped_column(comment="platforms it covers, JSON list")
    who: Mapped[str] = mapped_column(comment="who decided it")
    reference: Mapped[str] = mapped_column(comment="letter or rule that says so")
    decided_on: Mapped[date] = mapped_column(comment="day it was decided")
    until: Mapped[date | None] = mapped_column(comment="last day it holds, null while open")


class Permission(Base):
    __tablename__ = "permission"
    __table_args__ = (
        UniqueConstraint("platform", "reference", "granted_on"),
        {"comment": "A platform's written permission to fetch paths its robots.txt denies"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the permission")
    platform: Mapped[str] = mapped_column(comment="platform that gave it")
    who: Mapped[str] = mapped_column(comment="who gave it")
    reference: Mapped[str] = mapped_column(comment="letter or agreement that says so")
    granted_on: Mapped[date] = mapped_column(comment="day it was given")
    paths: Mapped[JsonValue] = mapped_column(comment="paths it covers, JSON list")
    until: Mapped[date | None] = mapped_column(comment="last day it holds, null while open")
