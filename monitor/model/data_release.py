"""What an index says of the weekly releases for research in a folder."""

from __future__ import annotations

from datetime import date, datetime

from monitor.model.base import Value
from monitor.model.vocabulary import Origin


class TableDelta(Value):
    """How many rows of a table a release adds to the one before, changes in it or takes from it.

    ``removed`` is None where the release before is of another week, whose rows stand. All are None
    where rows cannot be told apart: their key is a number of one release only, or the columns
    changed; the table is then to be taken as a whole.
    """

    added: int | None = None
    changed: int | None = None
    removed: int | None = None


class WeeklyRelease(Value):
    """A weekly release, as its package says; ``path`` is that of the package below the index.

    ``sha256`` (hex) is that of the package, which holds the hashes of all files. ``version`` is
    that of the software. ``first_day`` and ``last_day`` are its period (days in WIB). ``against``
    is the release that its delta, at the address ``delta``, compares it with; both None without
    one. ``replaced_by`` is the newest release of the same week where that is another one.
    """

    name: str
    week: str
    tier: str
    version: str
    origin: Origin
    created: datetime
    first_day: date
    last_day: date
    path: str
    sha256: str
    rows: dict[str, int]
    changes: dict[str, TableDelta]
    against: str | None = None
    delta: str | None = None
    replaced_by: str | None = None
