"""The frame, the week's plan, and what became of each unit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Cluster, CollectedBy, EntryKind, Mode, Stratum, UnitState
from monitor.store.schema.base import Base, Big, Id, JsonValue, RobotsColumns, Week, week_check


class FrameVersion(Base):
    __tablename__ = "frame_version"
    __table_args__ = ({"comment": "One wording of the pre-registered ways of looking"},)

    version: Mapped[str] = mapped_column(primary_key=True, comment="hash of the frame's content")
    saved_at: Mapped[datetime] = mapped_column(comment="when it was first used (UTC)")


class Entry(Base):
    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("frame_version", "platform", "entry"),
        CheckConstraint("weight > 0", name="weight_positive"),
        CheckConstraint("pages > 0", name="pages_positive"),
        {"comment": "One pre-registered way of looking: a keyword, a category page or a feed"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the entry in this store")
    frame_version: Mapped[str] = mapped_column(
        ForeignKey("frame_version.version"), comment="frame it belongs to"
    )
    platform: Mapped[str] = mapped_column(ForeignKey("platform.id"), comment="platform it looks at")
    entry: Mapped[str] = mapped_column(comment="its id, unique within frame and platform")
    cluster: Mapped[Cluster] = mapped_column(comment="product group it looks for")
    stratum: Mapped[Stratum] = mapped_column(comment="head, tail, synonym or second_way")
    kind: Mapped[EntryKind] = mapped_column(comment="keyword, category or feed")
    query: Mapped[str] = mapped_column(comment="what is searched or opened")
    weight: Mapped[float] = mapped_column(comment="weight in the mean over the frame")
    core: Mapped[bool | None] = mapped_column(comment="sampled every week, not drawn anew")
    pages: Mapped[int | None] = mapped_column(comment="result pages sampled, from page 1")


class Plan(Base):
    __tablename__ = "plan"
    __table_args__ = (
        week_check(),
        {"comment": "The sample of a week, stored before its first fetch"},
    )

    week: Mapped[Week] = mapped_column(primary_key=True, comment="ISO week in Asia/Jakarta")
    frame_version: Mapped[str] = mapped_column(
        ForeignKey("frame_version.version"), comment="frame it was drawn from"
    )
    seed: Mapped[Big] = mapped_column(comment="seed of the draw, public")
    drawn_at: Mapped[datetime] = mapped_column(comment="when it was drawn (UTC)")
    shortfalls: Mapped[JsonValue] = mapped_column(
        comment="platforms whose request budget cut the draw, JSON list"
    )
    lists: Mapped[JsonValue | None] = mapped_column(
        comment="hashes of the entries drawn from by platform/cluster, JSON object"
    )


class SampleUnit(RobotsColumns, Base):
    __tablename__ = "sample_unit"
    __table_args__ = (
        UniqueConstraint("week", "platform", "position"),
        UniqueConstraint("week", "entry_id", "page"),
        CheckConstraint("page >= 1", name="page_from_1"),
        CheckConstraint("probability > 0 AND probability <= 1", name="probability_range"),
        CheckConstraint(
            "inspector_probability > 0 AND inspector_probability <= probability",
            name="inspector_probability_range",
        ),
        CheckConstraint("total_results >= 0", name="total_results_range"),
        CheckConstraint("foreign_results >= 0", name="foreign_results_range"),
        Index(None, "week", "platform", "url_key"),
        # What weekly_units counts, without the rows.
        Index(None, "week", "platform", "entry_id", "state", "mode"),
        {"comment": "One result page of one entry in one week, and what became of it"},
    )

    id: Mapped[str] = mapped_column(primary_key=True, comment="week/platform/entry/page")
    week: Mapped[Week] = mapped_column(ForeignKey("plan.week"), comment="week of the plan")
    platform: Mapped[str] = mapped_column(ForeignKey("platform.id"), comment="platform")
    entry_id: Mapped[Big] = mapped_column(ForeignKey("entry.id"), comment="entry (number)")
    page: Mapped[int] = mapped_column(comment="result page, from 1")
    url: Mapped[str] = mapped_column(comment="address to fetch")
    url_key: Mapped[str] = mapped_column(comment="host and path of it, to match saved pages")
    position: Mapped[int] = mapped_column(comment="place in the permuted order of the week")
    probability: Mapped[float] = mapped_column(comment="inclusion probability, (0, 1]")
    collection: Mapped[CollectedBy] = mapped_column(
        server_default="crawler", comment="who is asked for it: crawler, inspector or both"
    )
    inspector_probability: Mapped[float | None] = mapped_column(
        comment="probability with which inspectors are asked for it; null where they are not"
    )
    state: Mapped[UnitState] = mapped_column(
        comment="planned, sampled, empty, blocked, disallowed, unreachable or unparseable"
    )
    mode: Mapped[Mode | None] = mapped_column(
        comment="who brought what became of it: crawler or inspector; null while planned"
    )
    reason: Mapped[str | None] = mapped_column(comment="why it is in that state")
    observed_at: Mapped[datetime | None] = mapped_column(comment="when it was fetched (UTC)")
    total_results: Mapped[Big | None] = mapped_column(comment="results the page claims to have")
    foreign_results: Mapped[Big | None] = mapped_column(
        comment="of these from abroad, by the platform's own count; null where it does not say"
    )
