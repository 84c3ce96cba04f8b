"""The inspection desk: who works on which unit, and what was handed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.schema.base import Base, Big, Sha256, length_check


class UnitClaim(Base):
    __tablename__ = "unit_claim"
    __table_args__ = ({"comment": "A unit that an inspector is working on, or has put off"},)

    unit_id: Mapped[str] = mapped_column(
        ForeignKey("sample_unit.id"), primary_key=True, comment="planned unit"
    )
    inspector: Mapped[Big] = mapped_column(
        ForeignKey("person_role.id"), comment="number of the inspector"
    )
    until: Mapped[datetime] = mapped_column(comment="when the claim lapses (UTC)")
    skipped_at: Mapped[datetime | None] = mapped_column(
        comment="when it was last put off (UTC); null where it was not"
    )


class OwnPageClaim(Base):
    __tablename__ = "own_page_claim"
    __table_args__ = (
        {"comment": "A drawn listing whose own page an inspector is working on, or has put off"},
    )

    platform: Mapped[str] = mapped_column(primary_key=True, comment="platform of the listing")
    item_id: Mapped[str] = mapped_column(primary_key=True, comment="the listing's id there")
    inspector: Mapped[Big] = mapped_column(
        ForeignKey("person_role.id"), comment="number of the inspector"
    )
    until: Mapped[datetime] = mapped_column(comment="when the claim lapses (UTC)")
    skipped_at: Mapped[datetime | None] = mapped_column(
        comment="when it was last put off (UTC); null where it was not"
    )


class TakenPage(Base):
    __tablename__ = "taken_page"
    __table_args__ = (
        CheckConstraint("stripped >= 0", name="stripped_range"),
        length_check("screenshot_sha256", 64),
        {"comment": "A page that an inspector handed in, or a refusal they met"},
    )

    response_id: Mapped[Big] = mapped_column(
        ForeignKey("response.id"), primary_key=True, autoincrement=False, comment="the page"
    )
    inspector: Mapped[Big] = mapped_column(
        ForeignKey("person_role.id"), index=True, comment="number of the inspector"
    )
    unit_id: Mapped[str | None] = mapped_column(
        ForeignKey("sample_unit.id"), comment="unit it was taken for; null outside the plan"
    )
    taken_at: Mapped[datetime] = mapped_column(comment="when it was handed in (UTC)")
    stripped: Mapped[int] = mapped_column(comment="personal values that were taken out of it")
    logged_in: Mapped[bool | None] = mapped_column(
        comment="whether the inspector says they were logged in; null where nobody was asked"
    )
    screenshot: Mapped[str | None] = mapped_column(
        comment="path of a picture of it below evidence/, the account's corner painted over"
    )
    screenshot_sha256: Mapped[Sha256 | None] = mapped_column(comment="SHA-256 of it")
    struck_at: Mapped[datetime | None] = mapped_column(
        comment="when the inspector struck it out (UTC); from then on it is no unit's answer"
    )
