"""The audit: what was drawn, who labels, and what they said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Answer, Cluster, LabelKind, Mark, Question, Role, ScreenStratum
from monitor.store.schema.base import Base, Big, Id, Sha256, Week, length_check, week_check


class AuditDraw(Base):
    __tablename__ = "draw"
    __table_args__ = (
        week_check(),
        length_check("sha256", 64),
        CheckConstraint("budget >= 0", name="budget_range"),
        {"comment": "The audit sample of a week, stored before its first label; never changed"},
    )

    week: Mapped[Week] = mapped_column(primary_key=True, comment="week that is audited")
    seed: Mapped[Big] = mapped_column(comment="seed of the draw, public")
    budget: Mapped[int] = mapped_column(comment="labels that were to be had")
    drawn_at: Mapped[datetime] = mapped_column(comment="when it was drawn (UTC)")
    sha256: Mapped[Sha256] = mapped_column(comment="hash over week, seed, budget and items")


class SampledListing(Base):
    __tablename__ = "draw_item"
    __table_args__ = (
        CheckConstraint("probability > 0 AND probability <= 1", name="probability_range"),
        {"comment": "A listing version drawn for labelling, through the place it stood at"},
    )

    week: Mapped[Week] = mapped_column(
        ForeignKey("draw.week"), primary_key=True, comment="week that is audited"
    )
    position: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="order in the draw, from 0"
    )
    observation_id: Mapped[Big] = mapped_column(
        ForeignKey("observation.id"), index=True, comment="place it was drawn at"
    )
    listing_version_id: Mapped[Big] = mapped_column(
        ForeignKey("listing_version.id"), comment="what is to be labelled"
    )
    cluster: Mapped[Cluster] = mapped_column(comment="product group of the entry")
    stratum: Mapped[ScreenStratum] = mapped_column(comment="flagged, unknown or domestic")
    probability: Mapped[float] = mapped_column(
        comment="inclusion probability of the place within platform, cluster and stratum"
    )


class Annotator(Base):
    __tablename__ = "annotator"
    __table_args__ = (
        length_check("token_sha256", 64),
        CheckConstraint("length(name) > 0", name="name_not_empty"),
        {"comment": "A person with a personal link to the pages"},
    )

    name: Mapped[str] = mapped_column(primary_key=True, comment="name they are invited by")
    token_sha256: Mapped[Sha256] = mapped_column(
        unique=True, comment="SHA-256 of the secret in their link; the secret is not kept"
    )
    invited_at: Mapped[datetime] = mapped_column(comment="when the link was made (UTC)")


class PersonRole(Base):
    __tablename__ = "person_role"
    __table_args__ = (
        UniqueConstraint("person", "role"),
        {"comment": "What a person's link opens; an inspector is known by the number"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the person in this role, for good")
    person: Mapped[str] = mapped_column(ForeignKey("annotator.name"), comment="who has the role")
    role: Mapped[Role] = mapped_column(comment="annotator, inspector or reader")
    granted_at: Mapped[datetime] = mapped_column(comment="when it was last granted (UTC)")
    ended_at: Mapped[datetime | None] = mapped_column(
        comment="when it was ended (UTC); null while the person has it"
    )


class LabelColumns:
    """What a person said of a listing version."""

    id: Mapped[Id] = mapped_column(comment="number, in the order of arrival")
    listing_version_id: Mapped[Big] = mapped_column(
        ForeignKey("listing_version.id"), comment="what was judged"
    )
    week: Mapped[Week] = mapped_column(index=True, comment="week whose audit asked for it")
    annotator: Mapped[str] = mapped_column(ForeignKey("annotator.name"), comment="who judged")
    kind: Mapped[LabelKind] = mapped_column(comment="first, second or adjudication")
    at: Mapped[datetime] = mapped_column(comment="when (UTC)")
    question: Mapped[Question] = mapped_column(
        server_default="cross_border",
        comment="what was asked: does a foreign seller offer it, is it imported used clothing",
    )
    answer: Mapped[Answer] = mapped_column(comment="yes, no or cannot_tell")
    cluster: Mapped[Cluster | None] = mapped_column(comment="product group, where judged")
    category: Mapped[str | None] = mapped_column(comment="commodity, where judged")
    note: Mapped[str | None] = mapped_column(comment="remark of the annotator")
    mark: Mapped[Mark | None] = mapped_column(
        comment="mark read on its own page that bears a yes out; null where not noted"
    )


class Label(LabelColumns, Base):
    __tablename__ = "label"
    __table_args__ = (
        UniqueConstraint("listing_version_id", "question", "annotator", "kind", "at"),
        week_check(),
        {"comment": "One judgement of a person; only ever appended"},
    )


class Control(Base):
    __tablename__ = "draw_control"
    __table_args__ = (
        week_check("seen_week"),
        {"comment": "A listing with a known answer, mixed in to measure people's error"},
    )

    week: Mapped[Week] = mapped_column(
        ForeignKey("draw.week"), primary_key=True, comment="week that is audited"
    )
    position: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="number among the week's controls, from 0"
    )
    seen_week: Mapped[Week] = mapped_column(comment="week it was seen in")
    observation_id: Mapped[Big] = mapped_column(
        ForeignKey("observation.id"), index=True, comment="place it was seen at"
    )
    listing_version_id: Mapped[Big] = mapped_column(
        ForeignKey("listing_version.id"), comment="what is to be judged"
    )
    cluster: Mapped[Cluster] = mapped_column(comment="product group of the entry")
    answer: Mapped[Answer] = mapped_column(comment="the right answer: yes or no")
    after: Mapped[int] = mapped_column(comment="how many drawn listings come before it")


class ControlAnswer(LabelColumns, Base):
    __tablename__ = "control_answer"
    __table_args__ = (
        UniqueConstraint("listing_version_id", "question", "annotator", "kind", "at"),
        week_check(),
        {"comment": "What a person said of a control; counts in no estimate"},
    )
