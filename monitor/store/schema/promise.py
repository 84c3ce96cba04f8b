"""Saved pages of promises and of seller terms, kept as evidence of their words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.schema.base import Base, Id, JsonValue, Sha256, length_check


class PromisePage(Base):
    __tablename__ = "promise_page"
    __table_args__ = (
        length_check("sha256", 64),
        {"comment": "A saved page on which a policy can be read; only ever appended"},
    )

    id: Mapped[Id] = mapped_column(comment="number, in the order of keeping")
    policy: Mapped[str] = mapped_column(index=True, comment="id of the policy")
    url: Mapped[str] = mapped_column(comment="address of the page")
    observed_at: Mapped[datetime | None] = mapped_column(
        comment="when it was saved (UTC); null where the file does not tell"
    )
    kept_at: Mapped[datetime] = mapped_column(comment="when it was taken in (UTC)")
    sha256: Mapped[Sha256] = mapped_column(comment="SHA-256 of the page as saved, hex")
    evidence: Mapped[str] = mapped_column(comment="file#offset below evidence/")
    lines: Mapped[JsonValue] = mapped_column(comment="its readable text, JSON list of lines")
