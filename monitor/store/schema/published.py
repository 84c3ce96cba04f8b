"""Editions as they were published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Cluster, EditionKind, Origin, Verdict
from monitor.store.schema.base import (
    Base,
    Big,
    Id,
    PackedJson,
    Sha256,
    Week,
    length_check,
    share_check,
    week_check,
)


class Edition(Base):
    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("week", "kind", "as_of"),
        week_check(),
        length_check("sha256", 64),
        {"comment": "An edition of a week's findings, never changed; retention empties findings"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the edition")
    week: Mapped[Week] = mapped_column(comment="week it is about")
    kind: Mapped[EditionKind] = mapped_column(comment="provisional, final or corrected")
    as_of: Mapped[datetime] = mapped_column(comment="state of the data it shows (UTC)")
    origin: Mapped[Origin] = mapped_column(comment="live, saved or simulated")
    sha256: Mapped[Sha256] = mapped_column(comment="SHA-256 of the findings, hex")
    findings: Mapped[str] = mapped_column(
        PackedJson,
        comment="what its documents show: JSON, packed (zlib, base64) or plain; empty: removed",
    )
    saved_at: Mapped[datetime] = mapped_column(comment="when it was frozen (UTC)")


class Cell(Base):
    __tablename__ = "cell"
    __table_args__ = (
        *share_check("coverage", "estimate", "low", "high", "tolerance"),
        *share_check("judged_low", "level", "high_with_refused"),
        CheckConstraint("low <= high", name="interval_order"),
        CheckConstraint("sampled <= planned", name="sampled_of_planned"),
        {"comment": "Platform, cluster and policy in an edition: counts, estimate and verdict"},
    )

    edition_id: Mapped[Big] = mapped_column(
        ForeignKey("edition.id"), primary_key=True, comment="edition"
    )
    platform: Mapped[str] = mapped_column(primary_key=True, comment="platform")
    cluster: Mapped[Cluster] = mapped_column(primary_key=True, comment="product group of the frame")
    policy: Mapped[str] = mapped_column(primary_key=True, comment="id of the policy")
    is_primary: Mapped[bool] = mapped_column(
        comment="carries the verdict of its platform × cluster"
    )
    planned: Mapped[int] = mapped_column(comment="units planned")
    sampled: Mapped[int] = mapped_column(comment="units that answered with listings")
    places: Mapped[int] = mapped_column(comment="places observed")
    flagged: Mapped[int] = mapped_column(comment="places screened as cross-border breaches")
    suspected: Mapped[int] = mapped_column(comment="places suspected on weak signals")
    audited: Mapped[int] = mapped_column(comment="listings labelled")
    confirmed: Mapped[int] = mapped_column(comment="breaches confirmed by people")
    coverage: Mapped[float | None] = mapped_column(comment="share of planned units that answered")
    estimate: Mapped[float | None] = mapped_column(comment="share of places that breach")
    low: Mapped[float | None] = mapped_column(comment="lower limit of its 95 % interval")
    high: Mapped[float | None] = mapped_column(comment="upper limit of its 95 % interval")
    tolerance: Mapped[float] = mapped_column(comment="share the ministry tolerates")
    verdict: Mapped[Verdict] = mapped_column(comment="the word the cell gets")
    screened: Mapped[int | None] = mapped_column(
        comment="places screened as cross-border or suspected, whatever the policy"
    )
    flagged_offers: Mapped[int | None] = mapped_column(
        comment="different offers behind the flagged places"
    )
    checked: Mapped[int | None] = mapped_column(
        comment="flagged or confirmed offers that two people answered"
    )
    marked_sellers: Mapped[int | None] = mapped_column(
        comment="different sellers of confirmed offers that bear the platform's mark"
    )
    third_looks: Mapped[int | None] = mapped_column(
        comment="those offers whose mark a third person read, too"
    )
    marked_offers: Mapped[int | None] = mapped_column(
        comment="confirmed offers that bear the platform's mark"
    )
    judged_low: Mapped[float | None] = mapped_column(
        comment="lower limit by which an accusation is judged"
    )
    level: Mapped[float | None] = mapped_column(comment="two-sided level of that limit")
    high_with_refused: Mapped[float | None] = mapped_column(
        comment="upper limit if all on refused pages breached; null where none was"
    )
    by_crawler: Mapped[int | None] = mapped_column(comment="units that the crawler observed")
    by_inspector: Mapped[int | None] = mapped_column(comment="units that inspectors observed")
