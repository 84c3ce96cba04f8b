"""The run log, the store's origin and home, and the wording of its views and dictionary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Origin, RunOutcome
from monitor.store.schema.base import (
    Base,
    Big,
    Id,
    JsonValue,
    Sha256,
    Week,
    length_check,
    week_check,
)


class Run(Base):
    __tablename__ = "run"
    __table_args__ = (
        week_check(),
        CheckConstraint("(outcome = 'running') = (finished_at IS NULL)", name="finished"),
        Index(None, "job", "week", "platform"),
        {"comment": "The ledger: one job at a time, also one that was missed"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the run")
    job: Mapped[str] = mapped_column(comment="plan, crawl, ingest, classify, …")
    origin: Mapped[Origin] = mapped_column(comment="live, saved or simulated")
    week: Mapped[Week | None] = mapped_column(comment="week it worked for")
    platform: Mapped[str | None] = mapped_column(comment="platform it worked on; null for all")
    started_at: Mapped[datetime] = mapped_column(comment="start (UTC)")
    finished_at: Mapped[datetime | None] = mapped_column(comment="end (UTC); null while running")
    outcome: Mapped[RunOutcome] = mapped_column(comment="running, done, stopped, failed or missed")
    reason: Mapped[str | None] = mapped_column(comment="why it stopped, failed or was missed")
    versions: Mapped[JsonValue] = mapped_column(comment="versions of what ran, JSON object")
    counts: Mapped[JsonValue] = mapped_column(comment="what it counted, JSON object")
    host: Mapped[str | None] = mapped_column(comment="machine of a crawl; null for other jobs")
    heartbeat_at: Mapped[datetime | None] = mapped_column(
        comment="last sign of life of a crawl on PostgreSQL (UTC); null where none is given"
    )


class PlatformPace(Base):
    __tablename__ = "platform_pace"
    __table_args__ = (
        week_check(),
        {"comment": "How a platform was last asked, for the run that asks it next"},
    )

    platform: Mapped[str] = mapped_column(primary_key=True, comment="platform")
    week: Mapped[Week] = mapped_column(comment="week of the last request")
    asked_at: Mapped[datetime] = mapped_column(comment="time of the last request (UTC)")
    requests: Mapped[int] = mapped_column(comment="requests of that week so far")
    blocks: Mapped[int] = mapped_column(comment="refusals of that night")
    not_before: Mapped[datetime | None] = mapped_column(
        comment="when the next request may go out (UTC); null where nothing was asked for"
    )


class StoreOrigin(Base):
    __tablename__ = "store_origin"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        {"comment": "Whether this store holds simulated data; decided by its first write"},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="always 1")
    simulated: Mapped[bool] = mapped_column(comment="simulated, or live and saved")
    since: Mapped[datetime] = mapped_column(comment="time of the first write (UTC)")


class StoreHome(Base):
    __tablename__ = "store_home"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        {"comment": "The one home that works with this store"},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="always 1")
    home: Mapped[str] = mapped_column(comment="random id of the home, as in its file home.id")
    host: Mapped[str] = mapped_column(comment="name of the machine where it was last used")
    path: Mapped[str] = mapped_column(comment="folder of the home on that machine")
    since: Mapped[datetime] = mapped_column(comment="when it became the owner (UTC)")
    versions: Mapped[JsonValue | None] = mapped_column(
        comment="versions and settings that its daemon's workers must have, JSON object;"
        " null where it has no workers"
    )


class WorkerHome(Base):
    __tablename__ = "worker_home"
    __table_args__ = ({"comment": "Homes that crawl for the home of this store"},)

    home: Mapped[str] = mapped_column(
        primary_key=True, comment="random id of the home, as in its file home.id"
    )
    host: Mapped[str] = mapped_column(comment="name of the machine where it last worked")
    path: Mapped[str] = mapped_column(comment="folder of the home on that machine")
    platforms: Mapped[JsonValue] = mapped_column(comment="platforms it takes, JSON array")
    since: Mapped[datetime] = mapped_column(comment="when it was started last (UTC)")
    seen_at: Mapped[datetime] = mapped_column(comment="its last sign of life (UTC)")
    ended_at: Mapped[datetime | None] = mapped_column(
        comment="when it was stopped in order (UTC); null while it works, and where it died"
    )


class UploadedFile(Base):
    __tablename__ = "uploaded_file"
    __table_args__ = (
        length_check("sha256", 64),
        {"comment": "Evidence files that workers of other homes brought"},
    )

    path: Mapped[str] = mapped_column(primary_key=True, comment="path below the evidence folder")
    size: Mapped[Big] = mapped_column(comment="bytes")
    sha256: Mapped[Sha256] = mapped_column(comment="SHA-256, hex")
    home: Mapped[str] = mapped_column(comment="random id of the worker's home")
    uploaded_at: Mapped[datetime] = mapped_column(comment="when it was there whole (UTC)")
    arrived_at: Mapped[datetime | None] = mapped_column(
        comment="when it was in the evidence folder (UTC); null while it is on the way"
    )


class ViewVersion(Base):
    __tablename__ = "view_version"
    __table_args__ = (
        length_check("sha256", 64),
        {"comment": "Which wording of views, triggers and data dictionary this store has"},
    )

    sha256: Mapped[Sha256] = mapped_column(primary_key=True, comment="hash of their definitions")
    made_at: Mapped[datetime] = mapped_column(comment="when they were made (UTC)")


class DataDictionary(Base):
    __tablename__ = "data_dictionary"
    __table_args__ = ({"comment": "What every table, view and column here means"},)

    name: Mapped[str] = mapped_column(primary_key=True, comment="table or view")
    field: Mapped[str] = mapped_column(
        primary_key=True, comment="column; empty for the table or view itself"
    )
    kind: Mapped[str] = mapped_column(comment="table or view")
    meaning: Mapped[str] = mapped_column(comment="one line")
