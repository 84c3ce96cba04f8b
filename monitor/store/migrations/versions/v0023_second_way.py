"""Entries of the second way of looking: category pages beside the list."""

from alembic import op

revision = "0023"
down_revision = "0022"

STRATA = "('head', 'tail', 'synonym', 'second_way')"


def upgrade() -> None:
    """Widens the strata of entries; no entry that is there changes."""
    with op.batch_alter_table("entry") as entry:
        entry.drop_constraint(op.f("ck_entry_stratum"), type_="check")
        entry.create_check_constraint(op.f("ck_entry_stratum"), f"stratum IN {STRATA}")
