"""Labels keyed by their question, and the group of entries that look for used clothing."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

CLUSTERS = "('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown', 'used_clothing')"
GROUPED = ("cell", "edition_case", "entry", "classification", "draw_control", "draw_item")
QUESTIONS = "('cross_border', 'used_clothing')"
ANSWERS = "('yes', 'no', 'cannot_tell')"
MARKS = "('none', 'seller', 'dispatch', 'condition', 'words')"
KEY = ["listing_version_id", "question", "annotator", "kind", "at"]


def upgrade() -> None:
    """Every label that is there answers who sells, the only question there was."""
    for name in GROUPED:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_cluster"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_cluster"), f"cluster IN {CLUSTERS}")
    for name in ("label", "control_answer"):
        old_key = f"uq_{name}_listing_version_id_annotator_kind_at"
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(old_key), type_="unique")
            for check in ("answer", "cluster", "mark"):
                table.drop_constraint(op.f(f"ck_{name}_{check}"), type_="check")
            table.add_column(
                sa.Column("question", sa.String(24), server_default="cross_border", nullable=False)
            )
            table.alter_column("cross_border", new_column_name="answer")
        with op.batch_alter_table(name) as table:
            table.create_check_constraint(op.f(f"ck_{name}_answer"), f"answer IN {ANSWERS}")
            table.create_check_constraint(op.f(f"ck_{name}_cluster"), f"cluster IN {CLUSTERS}")
            table.create_check_constraint(op.f(f"ck_{name}_mark"), f"mark IN {MARKS}")
            table.create_check_constraint(op.f(f"ck_{name}_question"), f"question IN {QUESTIONS}")
            table.create_unique_constraint(op.f(f"uq_{name}_{'_'.join(KEY)}"), KEY)
