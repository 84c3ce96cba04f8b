"""Condition of goods, goods that nobody may offer, and scopes of policies about them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

CONDITIONS = "('used', 'new', 'unknown')"
PROHIBITED = "('used_clothing', 'suspected_used_clothing')"
SCOPES = (
    "('seller_cross_border', 'price_floor', 'prohibited_goods', 'displayed_information', "
    "'information_duty', 'platform')"
)


def upgrade() -> None:
    """Adds the columns; of listings that are there no condition was read or decided."""
    with op.batch_alter_table("listing_version") as version:
        version.add_column(sa.Column("condition", sa.String(24)))
        version.create_check_constraint(
            op.f("ck_listing_version_condition"), f"condition IN {CONDITIONS}"
        )
    with op.batch_alter_table("classification") as classification:
        classification.add_column(
            sa.Column("condition", sa.String(24), server_default="unknown", nullable=False)
        )
        classification.add_column(sa.Column("prohibited", sa.String(24)))
        classification.create_check_constraint(
            op.f("ck_classification_condition"), f"condition IN {CONDITIONS}"
        )
        classification.create_check_constraint(
            op.f("ck_classification_prohibited"), f"prohibited IN {PROHIBITED}"
        )
    with op.batch_alter_table("policy_version") as policy:
        policy.drop_constraint(op.f("ck_policy_version_policyscope"), type_="check")
        policy.create_check_constraint(op.f("ck_policy_version_policyscope"), f"scope IN {SCOPES}")
