"""Third looks, and the controls by which people's error is measured."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0006"
down_revision = "0005"

CLUSTERS = ("textile_fashion", "food_beverage", "crafts", "other", "unknown")
ANSWERS = ("yes", "no", "cannot_tell")
CHOICES = {
    "draw_control": {"cluster": ("cluster", CLUSTERS), "answer": ("answer", ANSWERS)},
    "control_answer": {
        "labelkind": ("kind", ("first", "second", "adjudication")),
        "answer": ("cross_border", ANSWERS),
        "cluster": ("cluster", CLUSTERS),
        "mark": ("mark", ("none", "seller", "dispatch")),
    },
}


def upgrade() -> None:
    """Adds a column, null in the rows that are there, and two tables."""
    with op.batch_alter_table("cell") as cell:
        cell.add_column(sa.Column("third_looks", sa.Integer()))
    op.create_table(
        "draw_control",
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_week", sa.String(8), nullable=False),
        sa.Column("observation_id", BIGINT, nullable=False),
        sa.Column("listing_version_id", BIGINT, nullable=False),
        sa.Column("cluster", sa.String(24), nullable=False),
        sa.Column("answer", sa.String(24), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "position", name=op.f("pk_draw_control")),
        sa.CheckConstraint(
            "seen_week LIKE '____-W__'", name=op.f("ck_draw_control_seen_week_form")
        ),
        _key("draw_control", "week", "draw.week"),
        _key("draw_control", "observation_id", "observation.id"),
        _key("draw_control", "listing_version_id", "listing_version.id"),
        *_choices("draw_control"),
    )
    op.create_index(
        op.f("ix_draw_control_observation_id"), "draw_control", ["observation_id"], unique=False
    )
    op.create_table(
        "control_answer",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("listing_version_id", BIGINT, nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("cross_border", sa.String(24), nullable=False),
        sa.Column("cluster", sa.String(24)),
        sa.Column("category", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("mark", sa.String(24)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_answer")),
        sa.UniqueConstraint(
            "listing_version_id",
            "annotator",
            "kind",
            "at",
            name=op.f("uq_control_answer_listing_version_id_annotator_kind_at"),
        ),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_control_answer_week_form")),
        _key("control_answer", "listing_version_id", "listing_version.id"),
        _key("control_answer", "annotator", "annotator.name"),
        *_choices("control_answer"),
    )
    op.create_index(op.f("ix_control_answer_week"), "control_answer", ["week"], unique=False)


def _key(name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{name}_{column}"))


def _choices(name: str) -> list[Any]:
    return [
        sa.CheckConstraint(
            f"{column} IN ({', '.join(map(repr, words))})", name=op.f(f"ck_{name}_{label}")
        )
        for label, (column, words) in CHOICES[name].items()
    ]
