"""What the ministry decides, as it stood when it was used."""

from __future__ import annotations

from sqlalchemy import Column, Date, String, Table, Text, UniqueConstraint

from monitor.model import PolicyKind, PolicyScope, Verification
from monitor.store.schema.base import BIGINT, METADATA, Json, Utc, enum, length_check, required

Platform = Table(
    "platform",
    METADATA,
    Column("id", Text, primary_key=True, comment="short name, as in platforms.toml"),
    Column("name", Text, comment="name as people write it"),
    Column("role", Text, comment="marketplace, reference or closed"),
    Column("country", String(2), comment="country it sells to (ISO 3166-1)"),
    Column("currency", String(3), comment="its currency (ISO 4217)"),
    Column("closed_on", Date, comment="day it closed for physical goods"),
    length_check("country", 2),
    length_check("currency", 3),
    comment="A marketplace; only its id is known until the registry was saved",
)


PolicyVersion = Table(
    "policy_version",
    METADATA,
    Column("sha256", String(64), primary_key=True, comment="hash of the document"),
    required("policy", Text, index=True, comment="id of the policy"),
    required("title_id", Text, comment="title in Indonesian"),
    required("title_en", Text, comment="title in English"),
    required("kind", enum(PolicyKind), comment="promise, regulation, closure or context"),
    required("scope", enum(PolicyScope), comment="what it forbids"),
    required("verification", enum(Verification), comment="how well it is documented"),
    Column("in_force_from", Utc, comment="start (UTC)"),
    Column("in_force_until", Utc, comment="end (UTC), null while open"),
    Column("confirmed_by", Text, comment="who confirmed a press-only policy"),
    required("document", Text, comment="the whole policy as JSON"),
    required("saved_at", Utc, comment="when this wording was first used (UTC)"),
    comment="One wording of a promise, regulation, closure or context",
)


InspectionBasis = Table(
    "inspection_basis",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the decision"),
    required("platforms", Json, comment="platforms it covers, JSON list"),
    required("who", Text, comment="who decided it"),
    required("reference", Text, comment="letter or rule that says so"),
    required("decided_on", Date, comment="day it was decided"),
    Column("until", Date, comment="last day it holds, null while open"),
    UniqueConstraint("reference", "decided_on"),
    comment="A decision by which inspectors collect pages of platforms",
)


Permission = Table(
    "permission",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the permission"),
    required("platform", Text, comment="platform that gave it"),
    required("who", Text, comment="who gave it"),
    required("reference", Text, comment="letter or agreement that says so"),
    required("granted_on", Date, comment="day it was given"),
    required("paths", Json, comment="paths it covers, JSON list"),
    Column("until", Date, comment="last day it holds, null while open"),
    UniqueConstraint("platform", "reference", "granted_on"),
    comment="A platform's written permission to fetch paths its robots.txt denies",
)
