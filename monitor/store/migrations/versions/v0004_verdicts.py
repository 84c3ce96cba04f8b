"""The verdicts ``awaiting_second`` and ``within_tolerance``."""

from alembic import op

revision = "0004"
down_revision = "0003"

VERDICTS = (
    "non_compliant",
    "breaches_found",
    "awaiting_second",
    "within_tolerance",
    "compliant",
    "none_found",
    "screened",
    "not_measurable",
    "unconfirmed_policy",
)


def upgrade() -> None:
    """Lets a cell have either of them; the cells that are there stay as they are."""
    listed = ", ".join(f"'{verdict}'" for verdict in VERDICTS)
    with op.batch_alter_table("cell") as cell:
        cell.drop_constraint(op.f("ck_cell_verdict"), type_="check")
        cell.create_check_constraint(op.f("ck_cell_verdict"), f"verdict IN ({listed})")
