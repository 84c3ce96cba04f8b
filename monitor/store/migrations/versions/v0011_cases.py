"""What people did about confirmed offers, and the cases of each edition."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0011"
down_revision = "0010"

KINDS = (
    "reported", "answered", "gone", "returned", "relisted", "closed", "reopened", "withdrawn",
)  # fmt: skip
STATES = ("open", "reported", "answered", "gone", "returned", "closed", "withdrawn")
CLUSTERS = ("textile_fashion", "food_beverage", "crafts", "other", "unknown")


def upgrade() -> None:
    """Adds the tables; editions made before have no rows in them."""
    op.create_table(
        "case_event",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("listing_id", BIGINT, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("ref", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint(
            "listing_id", "kind", "at", name=op.f("uq_case_event_listing_id_kind_at")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_case_event_listing_id")
        ),
        _one_of("case_event", "kind", "caseeventkind", KINDS),
        sa.CheckConstraint(
            "kind IN ('reported', 'answered', 'closed', 'reopened')",
            name=op.f("ck_case_event_kind_of_people"),
        ),
    )
    op.create_table(
        "edition_case",
        sa.Column("edition_id", BIGINT, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("cluster", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("judged_by", sa.Integer(), nullable=False),
        sa.Column("own_page_sha256", sa.String(64)),
        sa.Column("first_seen", Utc()),
        sa.Column("confirmed", Utc(), nullable=False),
        sa.Column("last_seen", Utc()),
        sa.Column("reported_at", Utc()),
        sa.Column("gone_at", Utc()),
        sa.Column("returned_at", Utc()),
        sa.Column("days_to_take_down", sa.Integer()),
        sa.PrimaryKeyConstraint("edition_id", "case_id", name=op.f("pk_edition_case")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_case_edition_id")
        ),
        _one_of("edition_case", "cluster", "cluster", CLUSTERS),
        _one_of("edition_case", "state", "casestate", STATES),
        sa.CheckConstraint(
            "length(own_page_sha256) = 64", name=op.f("ck_edition_case_own_page_sha256_length")
        ),
    )


def _one_of(table: str, column: str, kind: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(map(repr, words))
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{kind}"))
