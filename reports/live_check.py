"""A live check in the words of a language: head, contradictions and the next step."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model import Claim, ClaimState, LiveCheck, Origin, UnitState

from .messages import Messages, shorten
from .pilot import language_option

_NAMED = {
    "robots.txt, ": "robots",
    "floor of ": "floor",
    " of the offer": "of_the_offer",
}
"""What stands in the subjects of several claims, before or after what each is about."""
_SUBJECTS = (
    "entrance", "page size", "least listings", "where listings stand", "cards", "total of results",
    "fields", "currency", "hosts", "address of an own page", "own page", "words for nothing found",
    "words for gone",
)  # fmt: skip
_LONGEST = 100
_WITHOUT_ANSWER = {UnitState.blocked, UnitState.disallowed, UnitState.unreachable}


def head_lines(check: LiveCheck, name: str, lang: str) -> Iterator[str]:
    """What was asked, what came, the verdict, and every claim that is contradicted.

    ``name`` is that of the platform.
    """
    messages = Messages(lang)
    yield messages("live.title", platform=name, moment=messages.moment(check.at))
    if check.origin is Origin.simulated:
        yield messages("live.simulated")
    answered = sum(page.state not in _WITHOUT_ANSWER for page in check.pages)
    yield messages("live.asked", n=len(check.pages), agent=check.agent, answered=answered)
    counts = {state.value: len(check.in_state(state)) for state in ClaimState}
    yield messages("live.verdict", n=len(check.claims), **counts)
    if check.refused:
        yield messages("live.refused", reason=check.refused)
    if check.unreachable:
        yield messages("live.unreachable", reason=check.unreachable)
    contradicted = check.in_state(ClaimState.contradicted)
    if not contradicted:
        yield messages("live.not_contradicted")
        return
    yield messages("live.contradicted")
    for claim in contradicted:
        yield f"- {_sentence(messages, claim)}"


def next_lines(check: LiveCheck, lang: str, home_language: str) -> Iterator[str]:
    """The one next step, and the line to type for it; ``home_language`` is that of commands."""
    messages, spoken = Messages(lang), language_option(lang, home_language)
    if check.unreachable:
        yield messages("live.next_again")
        yield f"  pantau doctor --live {check.platform}{spoken}"
        return
    yield messages("live.next")
    yield f"  pantau pilot {check.platform}{spoken}"


def details_line(lang: str) -> str:
    """What stands above the details."""
    return Messages(lang)("live.details")


def _sentence(messages: Messages, claim: Claim) -> str:
    """A contradicted claim: what it means, and what was believed and seen."""
    key, name = _key(claim.subject)
    return messages(
        "live.seen",
        sentence=messages(f"live_claim.{key}", name=name),
        claimed=shorten(claim.claimed, _LONGEST),
        seen=shorten(claim.seen, _LONGEST),
    )


def _key(subject: str) -> tuple[str, str]:
    """The key of a claim's sentence, and what it is about."""
    if subject in _SUBJECTS:
        return subject.replace(" ", "_"), subject
    for part, key in _NAMED.items():
        if subject.startswith(part) or subject.endswith(part):
            return key, subject.replace(part, "")
    return "other", subject
