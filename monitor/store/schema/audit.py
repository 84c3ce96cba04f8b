"""The audit: what was drawn, who labels, and what they said."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.model import Answer, Cluster, LabelKind, Mark, Question, Role, ScreenStratum
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Utc,
    enum,
    length_check,
    required,
    week_check,
)

AuditDraw = Table(
    "draw",
    METADATA,
    Column("week", String(8), primary_key=True, comment="week that is audited"),
    required("seed", BIGINT, comment="seed of the draw, public"),
    required("budget", Integer, comment="labels that were to be had"),
    required("drawn_at", Utc, comment="when it was drawn (UTC)"),
    required("sha256", String(64), comment="hash over week, seed, budget and items"),
    week_check(),
    length_check("sha256", 64),
    CheckConstraint("budget >= 0", name="budget_range"),
    comment="The audit sample of a week, stored before its first label; never changed",
)


SampledListing = Table(
    "draw_item",
    METADATA,
    Column(
        "week", String(8), ForeignKey("draw.week"), primary_key=True, comment="week that is audited"
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="order in the draw, from 0",
    ),
    required(
        "observation_id",
        BIGINT,
        ForeignKey("observation.id"),
        index=True,
        comment="place it was drawn at",
    ),
    required(
        "listing_version_id",
        BIGINT,
        ForeignKey("listing_version.id"),
        comment="what is to be labelled",
    ),
    required("cluster", enum(Cluster), comment="product group of the entry"),
    required("stratum", enum(ScreenStratum), comment="flagged, unknown or domestic"),
    required(
        "probability",
        Double,
        comment="inclusion probability of the place within platform, cluster and stratum",
    ),
    CheckConstraint("probability > 0 AND probability <= 1", name="probability_range"),
    comment="A listing version drawn for labelling, through the place it stood at",
)


Annotator = Table(
    "annotator",
    METADATA,
    Column("name", Text, primary_key=True, comment="name they are invited by"),
    required(
        "token_sha256",
        String(64),
        unique=True,
        comment="SHA-256 of the secret in their link; the secret is not kept",
    ),
    required("invited_at", Utc, comment="when the link was made (UTC)"),
    length_check("token_sha256", 64),
    CheckConstraint("length(name) > 0", name="name_not_empty"),
    comment="A person with a personal link to the pages",
)


PersonRole = Table(
    "person_role",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the person in this role, for good"),
    required("person", Text, ForeignKey("annotator.name"), comment="who has the role"),
    required("role", enum(Role), comment="annotator, inspector or reader"),
    required("granted_at", Utc, comment="when it was last granted (UTC)"),
    Column("ended_at", Utc, comment="when it was ended (UTC); null while the person has it"),
    UniqueConstraint("person", "role"),
    comment="What a person's link opens; an inspector is known by the number",
)


def label_columns() -> tuple[Column[Any], ...]:
    """What a person said of a listing version."""
    return (
        Column("id", BIGINT, primary_key=True, comment="number, in the order of arrival"),
        required(
            "listing_version_id",
            BIGINT,
            ForeignKey("listing_version.id"),
            comment="what was judged",
        ),
        required("week", String(8), index=True, comment="week whose audit asked for it"),
        required("annotator", Text, ForeignKey("annotator.name"), comment="who judged"),
        required("kind", enum(LabelKind), comment="first, second or adjudication"),
        required("at", Utc, comment="when (UTC)"),
        required(
            "question",
            enum(Question),
            server_default="cross_border",
            comment="what was asked: does a foreign seller offer it, is it imported used clothing",
        ),
        required("answer", enum(Answer), comment="yes, no or cannot_tell"),
        Column("cluster", enum(Cluster), comment="product group, where judged"),
        Column("category", Text, comment="commodity, where judged"),
        Column("note", Text, comment="remark of the annotator"),
        Column(
            "mark",
            enum(Mark),
            comment="mark read on its own page that bears a yes out; null where not noted",
        ),
    )


Label = Table(
    "label",
    METADATA,
    *label_columns(),
    UniqueConstraint("listing_version_id", "question", "annotator", "kind", "at"),
    week_check(),
    comment="One judgement of a person; only ever appended",
)


Control = Table(
    "draw_control",
    METADATA,
    Column(
        "week", String(8), ForeignKey("draw.week"), primary_key=True, comment="week that is audited"
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="number among the week's controls, from 0",
    ),
    required("seen_week", String(8), comment="week it was seen in"),
    required(
        "observation_id",
        BIGINT,
        ForeignKey("observation.id"),
        index=True,
        comment="place it was seen at",
    ),
    required(
        "listing_version_id",
        BIGINT,
        ForeignKey("listing_version.id"),
        comment="what is to be judged",
    ),
    required("cluster", enum(Cluster), comment="product group of the entry"),
    required("answer", enum(Answer), comment="the right answer: yes or no"),
    required("after", Integer, comment="how many drawn listings come before it"),
    week_check("seen_week"),
    comment="A listing with a known answer, mixed in to measure people's error",
)


ControlAnswer = Table(
    "control_answer",
    METADATA,
    *label_columns(),
    UniqueConstraint("listing_version_id", "question", "annotator", "kind", "at"),
    week_check(),
    comment="What a person said of a control; counts in no estimate",
)
