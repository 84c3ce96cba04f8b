"""The run log, the store's origin and home, and the wording of its views and dictionary."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, String, Table, Text

from monitor.model import Origin, RunOutcome
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Json,
    Utc,
    enum,
    length_check,
    required,
    week_check,
)

Run = Table(
    "run",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the run"),
    required("job", Text, comment="plan, crawl, ingest, classify, …"),
    required("origin", enum(Origin), comment="live, saved or simulated"),
    Column("week", String(8), comment="week it worked for"),
    Column("platform", Text, comment="platform it worked on; null for all"),
    required("started_at", Utc, comment="start (UTC)"),
    Column("finished_at", Utc, comment="end (UTC); null while running"),
    required("outcome", enum(RunOutcome), comment="running, done, stopped, failed or missed"),
    Column("reason", Text, comment="why it stopped, failed or was missed"),
    required("versions", Json, comment="versions of what ran, JSON object"),
    required("counts", Json, comment="what it counted, JSON object"),
    Column("host", Text, comment="machine of a crawl; null for other jobs"),
    Column(
        "heartbeat_at",
        Utc,
        comment="last sign of life of a crawl on PostgreSQL (UTC); null where none is given",
    ),
    week_check(),
    CheckConstraint("(outcome = 'running') = (finished_at IS NULL)", name="finished"),
    Index(None, "job", "week", "platform"),
    comment="The ledger: one job at a time, also one that was missed",
)


PlatformPace = Table(
    "platform_pace",
    METADATA,
    Column("platform", Text, primary_key=True, comment="platform"),
    required("week", String(8), comment="week of the last request"),
    required("asked_at", Utc, comment="time of the last request (UTC)"),
    required("requests", Integer, comment="requests of that week so far"),
    required("blocks", Integer, comment="refusals of that night"),
    Column(
        "not_before",
        Utc,
        comment="when the next request may go out (UTC); null where nothing was asked for",
    ),
    week_check(),
    comment="How a platform was last asked, for the run that asks it next",
)


StoreOrigin = Table(
    "store_origin",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    required("simulated", Boolean, comment="simulated, or live and saved"),
    required("since", Utc, comment="time of the first write (UTC)"),
    CheckConstraint("id = 1", name="one_row"),
    comment="Whether this store holds simulated data; decided by its first write",
)


StoreHome = Table(
    "store_home",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    required("home", Text, comment="random id of the home, as in its file home.id"),
    required("host", Text, comment="name of the machine where it was last used"),
    required("path", Text, comment="folder of the home on that machine"),
    required("since", Utc, comment="when it became the owner (UTC)"),
    Column(
        "versions",
        Json,
        comment="versions and settings that its daemon's workers must have, JSON object;"
        " null where it has no workers",
    ),
    CheckConstraint("id = 1", name="one_row"),
    comment="The one home that works with this store",
)


WorkerHome = Table(
    "worker_home",
    METADATA,
    Column("home", Text, primary_key=True, comment="random id of the home, as in its file home.id"),
    required("host", Text, comment="name of the machine where it last worked"),
    required("path", Text, comment="folder of the home on that machine"),
    required("platforms", Json, comment="platforms it takes, JSON array"),
    required("since", Utc, comment="when it was started last (UTC)"),
    required("seen_at", Utc, comment="its last sign of life (UTC)"),
    Column(
        "ended_at",
        Utc,
        comment="when it was stopped in order (UTC); null while it works, and where it died",
    ),
    comment="Homes that crawl for the home of this store",
)


UploadedFile = Table(
    "uploaded_file",
    METADATA,
    Column("path", Text, primary_key=True, comment="path below the evidence folder"),
    required("size", BIGINT, comment="bytes"),
    required("sha256", String(64), comment="SHA-256, hex"),
    required("home", Text, comment="random id of the worker's home"),
    required("uploaded_at", Utc, comment="when it was there whole (UTC)"),
    Column(
        "arrived_at",
        Utc,
        comment="when it was in the evidence folder (UTC); null while it is on the way",
    ),
    length_check("sha256", 64),
    comment="Evidence files that workers of other homes brought",
)


ViewVersion = Table(
    "view_version",
    METADATA,
    Column("sha256", String(64), primary_key=True, comment="hash of their definitions"),
    required("made_at", Utc, comment="when they were made (UTC)"),
    length_check("sha256", 64),
    comment="Which wording of views, triggers and data dictionary this store has",
)


DataDictionary = Table(
    "data_dictionary",
    METADATA,
    Column("name", Text, primary_key=True, comment="table or view"),
    Column("field", Text, primary_key=True, comment="column; empty for the table or view itself"),
    required("kind", Text, comment="table or view"),
    required("meaning", Text, comment="one line"),
    comment="What every table, view and column here means",
)
