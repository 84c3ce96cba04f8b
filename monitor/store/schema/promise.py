"""Saved pages of promises and of seller terms, kept as evidence of their words."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from monitor.store.schema.base import BIGINT, METADATA, Json, Utc, length_check, required

PromisePage = Table(
    "promise_page",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number, in the order of keeping"),
    required("policy", Text, index=True, comment="id of the policy"),
    required("url", Text, comment="address of the page"),
    Column(
        "observed_at", Utc, comment="when it was saved (UTC); null where the file does not tell"
    ),
    required("kept_at", Utc, comment="when it was taken in (UTC)"),
    required("sha256", String(64), comment="SHA-256 of the page as saved, hex"),
    required("evidence", Text, comment="file#offset below evidence/"),
    required("lines", Json, comment="its readable text, JSON list of lines"),
    length_check("sha256", 64),
    comment="A saved page on which a policy can be read; only ever appended",
)
