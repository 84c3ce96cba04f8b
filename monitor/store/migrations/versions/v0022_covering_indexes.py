"""What the views weekly_units and sellers count stands in indexes."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Adds an index of units, and widens that of sellers."""
    op.create_index(
        op.f("ix_sample_unit_week_platform_entry_id_state_mode"),
        "sample_unit",
        ["week", "platform", "entry_id", "state", "mode"],
    )
    op.drop_index(op.f("ix_listing_version_seller_id"), "listing_version")
    op.create_index(
        op.f("ix_listing_version_seller_id_listing_id"),
        "listing_version",
        ["seller_id", "listing_id"],
    )
