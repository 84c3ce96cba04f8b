"""The counts and limits of a cell that its table did not have."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

COUNTS = ("screened", "flagged_offers", "checked", "marked_sellers")
SHARES = ("judged_low", "level", "high_with_refused")


def upgrade() -> None:
    """Adds the columns; they are null in the cells that are there."""
    with op.batch_alter_table("cell") as cell:
        for name in COUNTS:
            cell.add_column(sa.Column(name, sa.Integer()))
        for name in SHARES:
            cell.add_column(sa.Column(name, sa.Double()))
            cell.create_check_constraint(op.f(f"ck_cell_{name}_range"), f"{name} BETWEEN 0 AND 1")
