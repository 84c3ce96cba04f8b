"""People's roles in the web application."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0009"
down_revision = "0008"

ROLES = ("annotator", "inspector", "reader")


def upgrade() -> None:
    """Adds the table; whoever was invited before is an annotator."""
    op.create_table(
        "person_role",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("granted_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_role")),
        sa.UniqueConstraint("person", "role", name=op.f("uq_person_role_person_role")),
        sa.ForeignKeyConstraint(["person"], ["annotator.name"], name=op.f("fk_person_role_person")),
        sa.CheckConstraint(
            f"role IN ({', '.join(map(repr, ROLES))})", name=op.f("ck_person_role_role")
        ),
    )
    op.execute(
        "INSERT INTO person_role (person, role, granted_at)"
        " SELECT name, 'annotator', invited_at FROM annotator ORDER BY name"
    )
