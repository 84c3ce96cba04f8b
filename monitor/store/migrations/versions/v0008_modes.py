"""Who is asked for a page and who met it, and the decisions by which inspectors collect pages."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Json

revision = "0008"
down_revision = "0007"

MODES = "('crawler', 'inspector')"
# What stands in a unit is the last response in the unit's state.
MODE_OF_UNIT = """UPDATE sample_unit SET mode = coalesce(
  (SELECT r.mode FROM response r WHERE r.id =
    (SELECT max(k.id) FROM response k
     WHERE k.unit_id = sample_unit.id AND k.state = sample_unit.state)), 'crawler')
WHERE state <> 'planned'"""


def upgrade() -> None:
    """Adds the columns and a table; saved pages that are there were met by inspectors."""
    with op.batch_alter_table("response") as response:
        response.add_column(sa.Column("mode", sa.String(24)))
        response.add_column(
            sa.Column("comparison", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.execute(
        "UPDATE response SET mode = CASE origin WHEN 'saved' THEN 'inspector' ELSE 'crawler' END"
    )
    with op.batch_alter_table("response") as response:
        response.alter_column("mode", existing_type=sa.String(24), nullable=False)
        response.create_check_constraint(op.f("ck_response_mode"), f"mode IN {MODES}")
    with op.batch_alter_table("sample_unit") as unit:
        unit.add_column(
            sa.Column("collection", sa.String(24), server_default="crawler", nullable=False)
        )
        unit.add_column(sa.Column("inspector_probability", sa.Double()))
        unit.add_column(sa.Column("mode", sa.String(24)))
        unit.create_check_constraint(
            op.f("ck_sample_unit_collectedby"), "collection IN ('crawler', 'inspector', 'both')"
        )
        unit.create_check_constraint(op.f("ck_sample_unit_mode"), f"mode IN {MODES}")
        unit.create_check_constraint(
            op.f("ck_sample_unit_inspector_probability_range"),
            "inspector_probability > 0 AND inspector_probability <= probability",
        )
    op.execute(MODE_OF_UNIT)
    with op.batch_alter_table("cell") as cell:
        cell.add_column(sa.Column("by_crawler", sa.Integer()))
        cell.add_column(sa.Column("by_inspector", sa.Integer()))
    op.create_table(
        "inspection_basis",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("platforms", Json, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_basis")),
        sa.UniqueConstraint(
            "reference", "decided_on", name=op.f("uq_inspection_basis_reference_decided_on")
        ),
    )
