"""How many marked offers of a cell a third person looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the column; it is null in the rows that are there."""
    with op.batch_alter_table("cell") as cell:
        cell.add_column(sa.Column("third_looks", sa.Integer()))
