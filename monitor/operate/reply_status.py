"""What waits before a release: platforms to ask, and those that were asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.config import JAKARTA
from monitor.findings.releases import releases
from monitor.findings.replies import platform_replies
from monitor.model import EditionKind, Findings
from monitor.operate.stale_editions import LASTING
from monitor.operate.timetable import LOOK_BACK_WEEKS
from monitor.store import Store


def reply_lines(store: Store, now: datetime) -> Iterator[str]:
    """What waits before a release: platforms to ask, those that have time to answer, and those
    whose time is over. Of the newest edition of each of the last ``LOOK_BACK_WEEKS`` weeks.
    """
    newest = {week: (kind, at) for week, kind, at in store.editions.all() if kind in LASTING}
    today = now.astimezone(JAKARTA).date()
    for week in sorted(newest)[-LOOK_BACK_WEEKS:]:
        kind, as_of = newest[week]
        if _is_released(store, week, kind, as_of):
            continue
        for platform, number in store.reply_requests.unasked(week, kind, as_of).items():
            yield (
                f"{week} {platform}: {number} cases to be put to it before the release:"
                f" pantau reply ask {platform} --week {week}"
            )
        if not store.reply_requests.all(week):
            continue
        findings = store.editions.latest(week, kind, as_of)
        cases = findings.cases if findings else ()
        for reply in platform_replies(store, week, cases, now):
            counts = f"{reply.answered} of {reply.cases} cases answered"
            if reply.answer_by < today:
                yield (
                    f"{week} {reply.platform}: its time to answer ended on {reply.answer_by},"
                    f" {counts}; make the edition again and release it"
                )
            else:
                yield f"{week} {reply.platform}: may answer until {reply.answer_by}, {counts}"


def unasked_platforms(store: Store, findings: Findings) -> dict[str, int]:
    """How many open, proven cases of an edition each platform was never told of."""
    if findings.edition not in LASTING:
        return {}
    return store.reply_requests.unasked(findings.week, findings.edition, findings.as_of)


def _is_released(store: Store, week: str, kind: EditionKind, as_of: datetime) -> bool:
    return any((r.edition, r.as_of) == (kind, as_of) for r in releases(store, week))
