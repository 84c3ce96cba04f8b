"""What the store remembers of weeks whose positions lie in files."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from monitor.store.schema.base import BIGINT, METADATA, Utc, length_check, required, week_check

ArchivedFile = Table(
    "archived_file",
    METADATA,
    Column("week", String(8), primary_key=True, comment="week whose positions it holds"),
    Column("name", Text, primary_key=True, comment="table of the rows: observation or screen"),
    required("path", Text, comment="file below the home; the whole path where it lies elsewhere"),
    required("rows", BIGINT, comment="rows in it: all that the table had of the week"),
    required(
        "retained",
        BIGINT,
        comment="of these, rows that stay in the table: of offers that were drawn, labelled,"
        " visited or made a case",
    ),
    required("size", BIGINT, comment="bytes of the file"),
    required("sha256", String(64), comment="SHA-256 of the file, hex"),
    required("schema_version", Text, comment="schema of the database the rows came from"),
    required("software", Text, comment="version of Pantau that wrote it"),
    required("archived_at", Utc, comment="when the rows were moved (UTC)"),
    week_check(),
    length_check("sha256", 64),
    CheckConstraint("retained BETWEEN 0 AND rows", name="retained_range"),
    comment="Parquet files that hold the positions of old weeks (pantau db archive)",
)


ArchivedSighting = Table(
    "archived_sighting",
    METADATA,
    Column(
        "listing_version_id",
        BIGINT,
        ForeignKey("listing_version.id"),
        primary_key=True,
        autoincrement=False,
        comment="what stood there",
    ),
    Column(
        "response_id",
        BIGINT,
        ForeignKey("response.id"),
        primary_key=True,
        autoincrement=False,
        comment="page it was read from",
    ),
    required("week", String(8), comment="the response's week"),
    required(
        "positions",
        Integer,
        comment="places it stood at by the page's current reading; 0 where an earlier one alone"
        " shows it",
    ),
    required("all_readings", Integer, comment="the same over all readings of the page, at least 1"),
    required("second_way", Boolean, comment="on a category page beside the list"),
    week_check(),
    CheckConstraint("positions >= 0", name="positions_range"),
    CheckConstraint("all_readings >= positions AND all_readings >= 1", name="all_readings_range"),
    sqlite_with_rowid=False,
    comment="Which page showed what in archived weeks: what erasure and first sight rest on",
)
