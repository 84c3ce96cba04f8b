"""How many confirmed offers of a cell bear the platform's mark."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds the column; it is null in the rows that are there."""
    op.add_column("cell", sa.Column("marked_offers", sa.Integer()))
