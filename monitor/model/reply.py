"""The right of reply: what a platform was asked before a release, and what came of it."""

from __future__ import annotations

from datetime import date, datetime

from monitor.model.base import Value
from monitor.model.vocabulary import EditionKind


class ReplyRequest(Value):
    """A platform was sent its cases and figures of an edition that nobody had released.

    ``asked_at`` is UTC; ``answer_by`` a day in Asia/Jakarta, which counts until its end. ``ref`` is
    the file of the packet below ``reports/`` and ``sha256`` (hex) that file's hash; the ``asked``
    events of its ``cases`` name the same file.
    """

    week: str
    platform: str
    edition: EditionKind
    as_of: datetime
    asked_at: datetime
    addressee: str
    answer_by: date
    cases: int
    ref: str
    sha256: str


class PlatformReply(Value):
    """What came of asking a platform about its cases and figures of a week.

    ``asked_at`` is the first time it was asked, ``answer_by`` the last day that it was given. Of
    the ``cases`` it was asked about it answered ``answered``: of ``taken_down`` it says that they
    are, and ``disputed`` it disputes. ``withdrawn`` are those that the edition no longer confirms.
    """

    platform: str
    asked_at: datetime
    answer_by: date
    cases: int
    answered: int
    taken_down: int
    disputed: int
    withdrawn: int
