"""What people did about cases, keyed by the question that a case is about."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

QUESTIONS = "('cross_border', 'used_clothing')"
OLD_KEY = ["listing_id", "kind", "at"]
KEY = ["listing_id", "question", "kind", "at"]


def upgrade() -> None:
    """Every case that is there is of a foreign seller, the only kind there was."""
    with op.batch_alter_table("case_event") as table:
        table.drop_constraint(op.f(f"uq_case_event_{'_'.join(OLD_KEY)}"), type_="unique")
        table.add_column(
            sa.Column("question", sa.String(24), server_default="cross_border", nullable=False)
        )
    with op.batch_alter_table("case_event") as table:
        table.create_check_constraint(op.f("ck_case_event_question"), f"question IN {QUESTIONS}")
        table.create_unique_constraint(op.f(f"uq_case_event_{'_'.join(KEY)}"), KEY)
