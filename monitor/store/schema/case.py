"""What became of confirmed offers: what people did, and where each case stood in an edition."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import CaseEventKind, CaseState, Cluster, EditionKind, Question, ReplyClaim
from monitor.store.schema.base import Base, Big, Id, Sha256, Week, length_check, week_check


class CaseEvent(Base):
    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("listing_id", "question", "kind", "at"),
        CheckConstraint(
            "kind IN ('asked', 'reported', 'answered', 'closed', 'reopened')", name="kind_of_people"
        ),
        {"comment": "What people did about a confirmed offer; only ever appended"},
    )

    id: Mapped[Id] = mapped_column(comment="number, in the order of arrival")
    listing_id: Mapped[Big] = mapped_column(ForeignKey("listing.id"), comment="the offer")
    question: Mapped[Question] = mapped_column(
        server_default=Question.cross_border.value, comment="what the case is about"
    )
    kind: Mapped[CaseEventKind] = mapped_column(
        comment="asked (before a release), reported, answered, closed or reopened"
    )
    at: Mapped[datetime] = mapped_column(comment="when (UTC)")
    note: Mapped[str | None] = mapped_column(comment="the answer, or the reason, in words")
    ref: Mapped[str | None] = mapped_column(comment="file of the letter below reports/")
    claim: Mapped[ReplyClaim | None] = mapped_column(
        comment="what an answer says: taken_down or disputed; null where neither"
    )


class ReplyRequest(Base):
    __tablename__ = "reply_request"
    __table_args__ = (
        week_check(),
        length_check("sha256", 64),
        CheckConstraint("cases >= 0", name="cases_range"),
        {"comment": "A platform was sent its cases and figures before a release, to answer them"},
    )

    id: Mapped[Id] = mapped_column(comment="number, in the order of asking")
    week: Mapped[Week] = mapped_column(index=True, comment="week of the edition it was asked about")
    platform: Mapped[str] = mapped_column(comment="platform")
    edition: Mapped[EditionKind] = mapped_column(comment="final or corrected")
    as_of: Mapped[datetime] = mapped_column(comment="state of the data of that edition (UTC)")
    asked_at: Mapped[datetime] = mapped_column(comment="when it was asked (UTC)")
    addressee: Mapped[str] = mapped_column(comment="who it went to")
    answer_by: Mapped[date] = mapped_column(
        comment="last day to answer in Asia/Jakarta, which counts until its end"
    )
    cases: Mapped[int] = mapped_column(comment="cases it was asked about")
    ref: Mapped[str] = mapped_column(comment="file of the packet below reports/")
    sha256: Mapped[Sha256] = mapped_column(comment="SHA-256 of that file, hex")


class EditionCase(Base):
    __tablename__ = "edition_case"
    __table_args__ = (
        length_check("own_page_sha256", 64),
        {"comment": "A case as an edition has it: where it stood, and when what happened"},
    )

    edition_id: Mapped[Big] = mapped_column(
        ForeignKey("edition.id"), primary_key=True, comment="edition"
    )
    case_id: Mapped[str] = mapped_column(primary_key=True, comment="id of the case")
    platform: Mapped[str] = mapped_column(comment="platform")
    item: Mapped[str] = mapped_column(comment="the platform's id of the offer")
    cluster: Mapped[Cluster] = mapped_column(
        comment="product group, as people judged; used_clothing where that was the question"
    )
    state: Mapped[CaseState] = mapped_column(
        comment="open, reported, answered, gone, returned, closed or withdrawn"
    )
    is_proven: Mapped[bool] = mapped_column(comment="its own page bears the platform's mark")
    judged_by: Mapped[int] = mapped_column(comment="people who said yes")
    own_page_sha256: Mapped[Sha256 | None] = mapped_column(
        comment="SHA-256 of the own page they judged, hex"
    )
    first_seen: Mapped[datetime | None] = mapped_column(comment="when a page first showed it (UTC)")
    confirmed: Mapped[datetime] = mapped_column(comment="when two people first agreed (UTC)")
    last_seen: Mapped[datetime | None] = mapped_column(comment="when a page last showed it (UTC)")
    reported_at: Mapped[datetime | None] = mapped_column(
        comment="when it was first reported to the platform (UTC)"
    )
    gone_at: Mapped[datetime | None] = mapped_column(
        comment="when its own page first said that it is gone (UTC)"
    )
    returned_at: Mapped[datetime | None] = mapped_column(
        comment="when a page first showed it after that (UTC)"
    )
    days_to_take_down: Mapped[int | None] = mapped_column(
        comment="days from the first report to the first proof after it that it is gone"
    )
