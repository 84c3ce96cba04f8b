"""What platforms were asked before a release, and what their answers say."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0020"
down_revision = "0019"

KINDS = (
    "'asked', 'reported', 'answered', 'gone', 'returned', 'relisted', 'closed', 'reopened',"
    " 'withdrawn'"
)


def upgrade() -> None:
    """Adds the table; answers that are there say neither."""
    op.create_table(
        "reply_request",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("edition", sa.String(24), nullable=False),
        sa.Column("as_of", Utc(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_request")),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_reply_request_week_form")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_reply_request_sha256_length")),
        sa.CheckConstraint("cases >= 0", name=op.f("ck_reply_request_cases_range")),
        sa.CheckConstraint(
            "edition IN ('provisional', 'final', 'corrected')",
            name=op.f("ck_reply_request_editionkind"),
        ),
    )
    op.create_index(op.f("ix_reply_request_week"), "reply_request", ["week"])
    with op.batch_alter_table("case_event") as table:
        table.drop_constraint(op.f("ck_case_event_caseeventkind"), type_="check")
        table.drop_constraint(op.f("ck_case_event_kind_of_people"), type_="check")
        table.add_column(sa.Column("claim", sa.String(24)))
    with op.batch_alter_table("case_event") as table:
        table.create_check_constraint(op.f("ck_case_event_caseeventkind"), f"kind IN ({KINDS})")
        table.create_check_constraint(
            op.f("ck_case_event_kind_of_people"),
            "kind IN ('asked', 'reported', 'answered', 'closed', 'reopened')",
        )
        table.create_check_constraint(
            op.f("ck_case_event_replyclaim"), "claim IN ('taken_down', 'disputed')"
        )
