"""The inspection desk: who works on which unit, and what was handed in."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from monitor.store.schema.base import BIGINT, METADATA, Utc, length_check, required

UnitClaim = Table(
    "unit_claim",
    METADATA,
    Column("unit_id", Text, ForeignKey("sample_unit.id"), primary_key=True, comment="planned unit"),
    required("inspector", BIGINT, ForeignKey("person_role.id"), comment="number of the inspector"),
    required("until", Utc, comment="when the claim lapses (UTC)"),
    Column("skipped_at", Utc, comment="when it was last put off (UTC); null where it was not"),
    comment="A unit that an inspector is working on, or has put off",
)


OwnPageClaim = Table(
    "own_page_claim",
    METADATA,
    Column("platform", Text, primary_key=True, comment="platform of the listing"),
    Column("item_id", Text, primary_key=True, comment="the listing's id there"),
    required("inspector", BIGINT, ForeignKey("person_role.id"), comment="number of the inspector"),
    required("until", Utc, comment="when the claim lapses (UTC)"),
    Column("skipped_at", Utc, comment="when it was last put off (UTC); null where it was not"),
    comment="A drawn listing whose own page an inspector is working on, or has put off",
)


TakenPage = Table(
    "taken_page",
    METADATA,
    Column(
        "response_id",
        BIGINT,
        ForeignKey("response.id"),
        primary_key=True,
        autoincrement=False,
        comment="the page",
    ),
    required(
        "inspector",
        BIGINT,
        ForeignKey("person_role.id"),
        index=True,
        comment="number of the inspector",
    ),
    Column(
        "unit_id",
        Text,
        ForeignKey("sample_unit.id"),
        comment="unit it was taken for; null outside the plan",
    ),
    required("taken_at", Utc, comment="when it was handed in (UTC)"),
    required("stripped", Integer, comment="personal values that were taken out of it"),
    Column(
        "logged_in",
        Boolean,
        comment="whether the inspector says they were logged in; null where nobody was asked",
    ),
    Column(
        "screenshot",
        Text,
        comment="path of a picture of it below evidence/, the account's corner painted over",
    ),
    Column("screenshot_sha256", String(64), comment="SHA-256 of it"),
    Column(
        "struck_at",
        Utc,
        comment="when the inspector struck it out (UTC); from then on it is no unit's answer",
    ),
    CheckConstraint("stripped >= 0", name="stripped_range"),
    length_check("screenshot_sha256", 64),
    comment="A page that an inspector handed in, or a refusal they met",
)
