"""What came of asking platforms about a week's cases and figures before a release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from monitor.model import (
    Case,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    CaseState,
    PlatformReply,
    ReplyClaim,
    ReplyRequest,
)
from monitor.store import Store


def platform_replies(
    store: Store, week: str, cases: Iterable[Case], as_of: datetime
) -> tuple[PlatformReply, ...]:
    """The platforms that were asked about a week before ``as_of``, and what they answered by then.

    ``cases`` are those of the edition: an offer that it no longer has a standing case of was
    withdrawn. What was asked or entered at ``as_of`` itself came after the edition.
    """
    requests: dict[str, list[ReplyRequest]] = defaultdict(list)
    for request in store.reply_requests.all(week):
        if request.asked_at < as_of:
            requests[request.platform].append(request)
    if not requests:
        return ()
    events = store.case_events.all()
    standing = {case.key for case in cases if case.state is not CaseState.withdrawn}
    return tuple(
        _reply(platform, asked, events, standing, as_of)
        for platform, asked in sorted(requests.items())
    )


def _reply(
    platform: str,
    requests: list[ReplyRequest],
    events: dict[CaseKey, list[CaseEvent]],
    standing: set[CaseKey],
    as_of: datetime,
) -> PlatformReply:
    """What came of the requests to one platform, the first of which is the oldest."""
    refs = {request.ref for request in requests}
    last_answers: dict[CaseKey, CaseEvent | None] = {}
    for key, of_case in events.items():
        times = [e.at for e in of_case if e.kind is CaseEventKind.asked and e.ref in refs]
        if times:
            answers = (e for e in of_case if e.kind is CaseEventKind.answered)
            in_time = [e for e in answers if min(times) <= e.at < as_of]
            last_answers[key] = in_time[-1] if in_time else None
    claims = [answer.claim for answer in last_answers.values() if answer]
    return PlatformReply(
        platform=platform,
        asked_at=requests[0].asked_at,
        answer_by=max(request.answer_by for request in requests),
        cases=len(last_answers),
        answered=len(claims),
        taken_down=claims.count(ReplyClaim.taken_down),
        disputed=claims.count(ReplyClaim.disputed),
        withdrawn=len(last_answers.keys() - standing),
    )
