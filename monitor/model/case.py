"""A case: one confirmed offer from the first sight of it to its take-down."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from monitor.model.audit import Mark
from monitor.model.base import Value
from monitor.model.page import ListingKey
from monitor.model.vocabulary import Cluster, Question


class CaseKey(NamedTuple):
    """What tells one case from all others: a listing, and the question that was answered of it.

    What people say of a foreign seller says nothing of used clothing, so a listing may have two.
    """

    platform: str
    item_id: str
    question: Question = Question.cross_border

    @property
    def listing_key(self) -> ListingKey:
        """The listing alone."""
        return ListingKey(self.platform, self.item_id)


class CaseEventKind(StrEnum):
    """What became of a case; people did what is asked, reported, answered, closed and reopened.

    ``asked``: the platform was sent the case before a release, which leaves it as it stood.
    ``gone`` is told by the offer's own page and by nothing else, ``returned`` by a page that shows
    it after that. ``relisted`` is a resemblance under another id, a hint. ``withdrawn``: people's
    word or the policies no longer confirm it.
    """

    asked = "asked"
    reported = "reported"
    answered = "answered"
    gone = "gone"
    returned = "returned"
    relisted = "relisted"
    closed = "closed"
    reopened = "reopened"
    withdrawn = "withdrawn"

    @property
    def is_entered(self) -> bool:
        """Whether a person enters it; everything else is read from pages and labels."""
        return self in _ENTERED


_ENTERED = {
    CaseEventKind.asked,
    CaseEventKind.reported,
    CaseEventKind.answered,
    CaseEventKind.closed,
    CaseEventKind.reopened,
}


_NO_STATE = {CaseEventKind.asked, CaseEventKind.relisted}
"""Events that leave a case as it stood."""


class ReplyClaim(StrEnum):
    """What a platform says of a case in its answer; its word proves nothing."""

    taken_down = "taken_down"
    disputed = "disputed"


class CaseEvent(Value):
    """Something that happened to a case ``at`` a time (UTC).

    ``note`` has the words of a person. ``ref`` is the file of a letter, the SHA-256 of the page
    that tells it, or the item id of the offer that resembles it. ``claim`` is what an answer says;
    None where it says neither, and in answers entered before it was asked for.
    """

    kind: CaseEventKind
    at: datetime
    note: str | None = None
    ref: str | None = None
    claim: ReplyClaim | None = None


class CaseState(StrEnum):
    """Where a case stands: what happened to it last, relistings and requests aside."""

    open = "open"
    reported = "reported"
    answered = "answered"
    gone = "gone"
    returned = "returned"
    closed = "closed"
    withdrawn = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether the offer stands, as far as anybody knows, and somebody should act."""
        return self not in {CaseState.gone, CaseState.closed, CaseState.withdrawn}


class Case(Value):
    """One offer that two people confirmed in breach of a policy on its own page.

    Its ``cluster`` says what was asked: ``used_clothing`` whether it is imported used clothing, any
    other who sells it. An offer that breaches by both answers has two cases.
    ``id`` names its folder, too. What the offer is, and ``policies``, ``mark`` and the own page,
    are as they were when it was last confirmed; ``is_proven``: that page bears the platform's mark.
    ``confirmed`` is when two people first agreed, ``judged_by`` how many said yes, ``third_look``
    whether a third person read the mark, too. ``weeks`` are those in which a result page showed it,
    ``first_seen`` and ``last_seen`` the first and last time that any page did. ``rank`` and
    ``query`` are of a result page, ``result_page_sha256`` its hash and ``result_page_pointer`` the
    place of its record in the evidence, as ``own_page_pointer`` is that of the own page.
    ``events`` stand in the order of their times.
    """

    id: str
    platform: str
    item_id: str
    title: str
    url: str | None
    cluster: Cluster
    category: str | None
    policies: tuple[str, ...]
    seller_key: str | None
    seller_name: str | None
    ship_from: str | None
    price: Decimal | None
    currency: str | None
    mark: Mark | None
    is_proven: bool
    judged_by: int
    third_look: bool
    first_seen: datetime | None
    confirmed: datetime
    last_seen: datetime | None
    weeks: tuple[str, ...]
    query: str | None = None
    rank: int | None = None
    result_page_url: str | None = None
    result_page_sha256: str | None = None
    result_page_observed: datetime | None = None
    result_page_pointer: str | None = None
    own_page_url: str | None = None
    own_page_sha256: str | None = None
    own_page_observed: datetime | None = None
    own_page_pointer: str | None = None
    events: tuple[CaseEvent, ...] = ()

    @property
    def question(self) -> Question:
        """What two people said yes to."""
        return self.cluster.question

    @property
    def key(self) -> CaseKey:
        """What tells it from all other cases."""
        return CaseKey(self.platform, self.item_id, self.question)

    @property
    def listing_key(self) -> ListingKey:
        """The listing it is about."""
        return self.key.listing_key

    @property
    def state(self) -> CaseState:
        """Where it stands."""
        state = CaseState.open
        for event in self.events:
            if event.kind is CaseEventKind.reopened:
                state = CaseState.open
            elif event.kind not in _NO_STATE:
                state = CaseState(event.kind)
        return state

    @property
    def is_open(self) -> bool:
        """Whether somebody should act on it."""
        return self.state.is_open

    @property
    def reported_at(self) -> datetime | None:
        """When it was first reported to the platform; None where it was not."""
        return self._first(CaseEventKind.reported)

    @property
    def asked_at(self) -> datetime | None:
        """When the platform was first asked about it before a release; None where it was not."""
        return self._first(CaseEventKind.asked)

    @property
    def disputed_at(self) -> datetime | None:
        """When the platform last disputed it; None where it did not."""
        times = [event.at for event in self.events if event.claim is ReplyClaim.disputed]
        return max(times, default=None)

    @property
    def gone_at(self) -> datetime | None:
        """When its own page first said that it is gone; None where none did."""
        return self._first(CaseEventKind.gone)

    @property
    def returned_at(self) -> datetime | None:
        """When a page first showed it again after it was gone; None where none did."""
        return self._first(CaseEventKind.returned)

    @property
    def days_to_take_down(self) -> int | None:
        """Days from the first report to the first proof after it that it is gone; else None."""
        reported = self.reported_at
        gone = (event.at for event in self.events if event.kind is CaseEventKind.gone)
        after = next((at for at in gone if reported and at >= reported), None)
        return (after - reported).days if after and reported else None

    @property
    def relisted_as(self) -> tuple[str, ...]:
        """Item ids of later offers that resemble it; a hint, no proof."""
        return tuple(
            event.ref for event in self.events if event.kind is CaseEventKind.relisted and event.ref
        )

    def _first(self, kind: CaseEventKind) -> datetime | None:
        return next((event.at for event in self.events if event.kind is kind), None)


def case_id(key: CaseKey) -> str:
    """The id of a case, fit for a folder's name whatever the item id holds.

    Of used clothing it begins with ``used-``, which no platform is called.
    """
    name = f"{key.platform}-{key.item_id}"
    if key.question is Question.used_clothing:
        name = f"used-{name}"
    if re.fullmatch(r"[a-z0-9-]{1,60}", name):
        return name
    readable = re.sub(r"[^a-z0-9-]+", "_", name.lower())[:60]
    return f"{readable}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"
