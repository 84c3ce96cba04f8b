"""What became of confirmed offers: what people did, and where each case stood in an edition."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.model import CaseEventKind, CaseState, Cluster, EditionKind, Question, ReplyClaim
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Utc,
    enum,
    length_check,
    required,
    week_check,
)

CaseEvent = Table(
    "case_event",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number, in the order of arrival"),
    required("listing_id", BIGINT, ForeignKey("listing.id"), comment="the offer"),
    required(
        "question",
        enum(Question),
        server_default=Question.cross_border.value,
        comment="what the case is about",
    ),
    required(
        "kind",
        enum(CaseEventKind),
        comment="asked (before a release), reported, answered, closed or reopened",
    ),
    required("at", Utc, comment="when (UTC)"),
    Column("note", Text, comment="the answer, or the reason, in words"),
    Column("ref", Text, comment="file of the letter below reports/"),
    Column(
        "claim",
        enum(ReplyClaim),
        comment="what an answer says: taken_down or disputed; null where neither",
    ),
    UniqueConstraint("listing_id", "question", "kind", "at"),
    CheckConstraint(
        "kind IN ('asked', 'reported', 'answered', 'closed', 'reopened')", name="kind_of_people"
    ),
    comment="What people did about a confirmed offer; only ever appended",
)


ReplyRequest = Table(
    "reply_request",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number, in the order of asking"),
    required("week", String(8), index=True, comment="week of the edition it was asked about"),
    required("platform", Text, comment="platform"),
    required("edition", enum(EditionKind), comment="final or corrected"),
    required("as_of", Utc, comment="state of the data of that edition (UTC)"),
    required("asked_at", Utc, comment="when it was asked (UTC)"),
    required("addressee", Text, comment="who it went to"),
    required(
        "answer_by", Date, comment="last day to answer in Asia/Jakarta, which counts until its end"
    ),
    required("cases", Integer, comment="cases it was asked about"),
    required("ref", Text, comment="file of the packet below reports/"),
    required("sha256", String(64), comment="SHA-256 of that file, hex"),
    week_check(),
    length_check("sha256", 64),
    CheckConstraint("cases >= 0", name="cases_range"),
    comment="A platform was sent its cases and figures before a release, to answer them",
)


EditionCase = Table(
    "edition_case",
    METADATA,
    Column("edition_id", BIGINT, ForeignKey("edition.id"), primary_key=True, comment="edition"),
    Column("case_id", Text, primary_key=True, comment="id of the case"),
    required("platform", Text, comment="platform"),
    required("item", Text, comment="the platform's id of the offer"),
    required(
        "cluster",
        enum(Cluster),
        comment="product group, as people judged; used_clothing where that was the question",
    ),
    required(
        "state",
        enum(CaseState),
        comment="open, reported, answered, gone, returned, closed or withdrawn",
    ),
    required("is_proven", Boolean, comment="its own page bears the platform's mark"),
    required("judged_by", Integer, comment="people who said yes"),
    Column("own_page_sha256", String(64), comment="SHA-256 of the own page they judged, hex"),
    Column("first_seen", Utc, comment="when a page first showed it (UTC)"),
    required("confirmed", Utc, comment="when two people first agreed (UTC)"),
    Column("last_seen", Utc, comment="when a page last showed it (UTC)"),
    Column("reported_at", Utc, comment="when it was first reported to the platform (UTC)"),
    Column("gone_at", Utc, comment="when its own page first said that it is gone (UTC)"),
    Column("returned_at", Utc, comment="when a page first showed it after that (UTC)"),
    Column(
        "days_to_take_down",
        Integer,
        comment="days from the first report to the first proof after it that it is gone",
    ),
    length_check("own_page_sha256", 64),
    comment="A case as an edition has it: where it stood, and when what happened",
)
