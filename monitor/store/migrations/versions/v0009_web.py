"""People's roles in the web application, and the inspection desk."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0009"
down_revision = "0008"

ROLES = ("annotator", "inspector", "reader")


def upgrade() -> None:
    """Adds the tables; whoever was invited before is an annotator."""
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
    op.create_table(
        "unit_claim",
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("inspector", BIGINT, nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("skipped_at", Utc()),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_claim")),
        _key("unit_claim", "unit_id", "sample_unit.id"),
        _key("unit_claim", "inspector", "person_role.id"),
    )
    op.create_table(
        "taken_page",
        sa.Column("response_id", BIGINT, autoincrement=False, nullable=False),
        sa.Column("inspector", BIGINT, nullable=False),
        sa.Column("unit_id", sa.Text()),
        sa.Column("taken_at", Utc(), nullable=False),
        sa.Column("stripped", sa.Integer(), nullable=False),
        sa.Column("logged_in", sa.Boolean()),
        sa.Column("screenshot", sa.Text()),
        sa.Column("screenshot_sha256", sa.String(64)),
        sa.Column("struck_at", Utc()),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_taken_page")),
        sa.CheckConstraint("stripped >= 0", name=op.f("ck_taken_page_stripped_range")),
        sa.CheckConstraint(
            "length(screenshot_sha256) = 64", name=op.f("ck_taken_page_screenshot_sha256_length")
        ),
        _key("taken_page", "response_id", "response.id"),
        _key("taken_page", "inspector", "person_role.id"),
        _key("taken_page", "unit_id", "sample_unit.id"),
    )
    op.create_index(op.f("ix_taken_page_inspector"), "taken_page", ["inspector"], unique=False)


def _key(name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{name}_{column}"))
