"""How many results a platform itself counts as shipped from abroad."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the count to units and responses; what was read before did not keep it."""
    for table in ("sample_unit", "response"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("foreign_results", BIG, nullable=True))
            batch.create_check_constraint(
                op.f(f"ck_{table}_foreign_results_range"), "foreign_results >= 0"
            )
