"""A live check on a terminal: what was asked, what came, what it says."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.config import JAKARTA
from monitor.model import ClaimState, LiveCheck, LivePage, Origin, PageRole
from reports.live_check import details_line, head_lines, next_lines

ROLES = {
    PageRole.listings: "result page",
    PageRole.own_page: "own page of an offer met there",
    PageRole.nothing: "search that should find nothing",
    PageRole.gone: "offer that nobody has",
}
_LONGEST = 100


def told_lines(check: LiveCheck, name: str, lang: str, home_language: str) -> Iterator[str]:
    """A live check for the person who asked: verdict, contradictions, details, and what is next.

    ``name`` is that of the platform, ``home_language`` that in which commands speak here. The
    details are for the project, and in English.
    """
    yield from head_lines(check, name, lang)
    yield details_line(lang)
    for line in live_lines(check):
        yield f"  {line}"
    yield from next_lines(check, lang, home_language)


def live_lines(check: LiveCheck) -> Iterator[str]:
    """The details of a live check, what came first."""
    simulated = ", simulated: it proves nothing of the platform"
    origin = simulated if check.origin is Origin.simulated else ""
    when = f"{check.at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"
    yield f"{check.platform}: live check of {when}{origin}"
    yield f"asked as {check.agent}"
    for answer in check.robots:
        came = f"{answer.status}, {answer.size} bytes" if answer.status else "no usable answer"
        yield f"asked: {answer.url}"
        yield f"  came: {came}; evidence {answer.evidence}"
    for page in check.pages:
        yield from _page_lines(page)
    for role, reason in check.not_asked.items():
        yield f"not asked: {ROLES[role]}: {reason}"
    if check.refused:
        yield f"not asked further: {check.refused}"
    if check.unreachable:
        yield f"not asked further: {check.unreachable}; look at this machine's network, try again"
    for state in (ClaimState.contradicted, ClaimState.confirmed, ClaimState.unproven):
        for claim in check.in_state(state):
            words = f"{claim.subject}: {_short(claim.claimed)}; seen: {_short(claim.seen)}"
            yield f"{state:<13} {words}"
    yield from difference_lines(check)
    numbers = ", ".join(f"{len(check.in_state(state))} {state}" for state in ClaimState)
    yield f"{check.platform}: {len(check.claims)} claims: {numbers}"


def _page_lines(page: LivePage) -> Iterator[str]:
    """A page: what it was asked for, what came, and what was read of it."""
    yield f"asked: {ROLES[page.role]}, {page.url}"
    if page.final_url != page.url:
        yield f"  led to: {page.final_url}"
    status = f"status {page.status}, " if page.status else ""
    size = f"{page.size} bytes, " if page.size is not None else ""
    reason = f": {page.reason}" if page.reason else ""
    yield f"  came: {status}{size}{page.content_type or 'no content type'}; {page.state}{reason}"
    if page.evidence:
        yield f"  evidence {page.evidence}, SHA-256 {page.sha256}"
    if page.listings:
        listings = "1 listing" if page.listings == 1 else f"{page.listings} listings"
        yield f"  {listings}{_likeness(page)}"
        fields = (f"{name} {share:.0%}" for name, share in page.fields.items())
        yield f"  read: {', '.join(fields)}"


def _likeness(page: LivePage) -> str:
    """Which known page a page is most like, if any."""
    if page.resembles is None or page.likeness is None:
        return ", like no known page"
    return f"; most like {page.resembles}, {page.likeness:.0%} of the keys in common"


def difference_lines(check: LiveCheck) -> Iterator[str]:
    """The differences as a table, and the proposed changes to paste."""
    if check.differences:
        yield "what real pages have that the known ones do not:"
        yield f"  {'what':<14} {'page':<9} {'name':<26} {'expected':<44} seen"
    for difference in check.differences:
        name, expected = _short(difference.name, 26), _short(difference.expected, 44)
        place = f"{difference.kind:<14} {difference.role:<9}"
        yield f"  {place} {name:<26} {expected:<44} {difference.seen}"
    if check.proposals:
        yield "proposed changes, to be looked at before they are pasted:"
    for proposal in check.proposals:
        yield f"  {proposal.file}: {proposal.why}"
        for line in proposal.text.splitlines():
            yield f"  | {line}"


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
