"""Rows that are only ever appended, held by the database itself.

Labels, draws, editions with their cells and cases, what people did about a case, what platforms
were asked and pages of promises are never changed, but that retention may empty the findings of an
edition; the screen of a week is not once its audit was drawn. Whoever opens the file with another
program meets the same rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

APPEND_ONLY = (
    "label", "draw", "draw_item", "draw_control", "control_answer", "edition", "cell",
    "edition_case", "case_event", "promise_page", "reply_request",
)  # fmt: skip
_FIXED = ("id", "week", "kind", "as_of", "origin", "sha256", "saved_at")
"""Columns of an edition that stay when its findings are emptied."""
_DRAWN = "EXISTS (SELECT 1 FROM draw WHERE draw.week = {row}.week)"


def statements(dialect: str) -> Iterator[str]:
    """SQL that makes all triggers anew."""
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def drops(dialect: str) -> Iterator[str]:
    """SQL that takes all triggers away, before tables are changed."""
    if dialect == "sqlite":
        names = [f"{name}_{what}" for name in APPEND_ONLY for what in ("update", "delete")]
        names += [f"screen_{what}" for what in ("insert", "update", "delete")]
        yield from (f"DROP TRIGGER IF EXISTS {name}" for name in names)
    else:
        yield "DROP FUNCTION IF EXISTS pantau_append_only() CASCADE"
        yield "DROP FUNCTION IF EXISTS pantau_screen_drawn() CASCADE"


@contextmanager
def suspended(connection: Connection) -> Iterator[None]:
    """Take the triggers away within a transaction: for the law, and for rows that move as they
    are."""
    dialect = connection.dialect.name
    for statement in drops(dialect):
        connection.exec_driver_sql(statement)
    yield
    for statement in statements(dialect):
        connection.exec_driver_sql(statement)


def _sqlite() -> Iterator[str]:
    for name in APPEND_ONLY:
        for what in ("update", "delete"):
            emptied = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _FIXED)
            unless = f" WHEN NOT (NEW.findings = '' AND {emptied})"
            yield (
                f"CREATE TRIGGER {name}_{what} BEFORE {what.upper()} ON {name}"
                f"{unless if (name, what) == ('edition', 'update') else ''}"
                f" BEGIN SELECT RAISE(ABORT, '{name} rows are only ever appended'); END"
            )
    for what, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        yield (
            f"CREATE TRIGGER screen_{what} BEFORE {what.upper()} ON screen"
            f" WHEN {_DRAWN.format(row=row)}"
            " BEGIN SELECT RAISE(ABORT, 'the audit of this week is drawn, its screen stands'); END"
        )


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE FUNCTION pantau_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_TABLE_NAME = 'edition' AND TG_OP = 'UPDATE' THEN"
        " IF to_jsonb(NEW) ->> 'findings' = ''"
        " AND to_jsonb(NEW) - 'findings' = to_jsonb(OLD) - 'findings'"
        " THEN RETURN NEW; END IF; END IF;"
        " RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' rows are only ever appended'; END $$"
    )
    yield (
        "CREATE FUNCTION pantau_screen_drawn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'INSERT' THEN IF {_DRAWN.format(row='NEW')} THEN"
        " RAISE EXCEPTION 'the audit of this week is drawn, its screen stands'; END IF;"
        " RETURN NEW; END IF;"
        f" IF {_DRAWN.format(row='OLD')} THEN"
        " RAISE EXCEPTION 'the audit of this week is drawn, its screen stands'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for name in APPEND_ONLY:
        yield (
            f"CREATE TRIGGER {name}_kept BEFORE UPDATE OR DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION pantau_append_only()"
        )
        yield (
            f"CREATE TRIGGER {name}_kept_whole BEFORE TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only()"
        )
    yield (
        "CREATE TRIGGER screen_kept BEFORE INSERT OR UPDATE OR DELETE ON screen"
        " FOR EACH ROW EXECUTE FUNCTION pantau_screen_drawn()"
    )
