"""Numbers of offers' pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Adds the column; of visits made before no picture was asked for."""
    op.add_column("detail_visit", sa.Column("picture_hash", sa.String(160)))
