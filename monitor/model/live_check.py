"""What a few live pages of a platform say about what registry and spider claim of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.model.base import Value
from monitor.model.vocabulary import Origin, UnitState


class PageRole(StrEnum):
    """What a page was asked for: ``listings`` of a search or category, the ``own_page`` of an offer
    met there, ``nothing`` for a search that must find nothing, ``gone`` for an id nobody has."""

    listings = "listings"
    own_page = "own_page"
    nothing = "nothing"
    gone = "gone"


class ClaimState(StrEnum):
    """What a live page says of a claim; ``unproven`` where it neither shows nor refutes it."""

    confirmed = "confirmed"
    contradicted = "contradicted"
    unproven = "unproven"


class Claim(Value):
    """A statement of ``source`` (a file) about a platform, and ``seen``: what came, in words."""

    subject: str
    source: str
    claimed: str
    state: ClaimState
    seen: str


class RobotsAnswer(Value):
    """A robots.txt as it came; ``status`` None where nothing usable did."""

    url: str
    status: int | None
    size: int
    evidence: str | None = None


class LivePage(Value):
    """A page that was asked for, and what came.

    ``url`` was asked, ``final_url`` answered. ``evidence`` is where the response is kept.
    ``resembles`` names the known page whose listings have the most keys in common, ``likeness`` is
    the share of keys they have in common, in [0, 1]. ``fields`` are the shares of the page's
    listings that tell each field.
    """

    role: PageRole
    url: str
    final_url: str
    at: datetime
    state: UnitState
    reason: str | None = None
    status: int | None = None
    content_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    evidence: str | None = None
    robots_rule: str | None = None
    listings: int = 0
    resembles: str | None = None
    likeness: float | None = None
    fields: dict[str, float] = msgspec.field(default_factory=dict)


class DifferenceKind(StrEnum):
    """What a real page has that the known ones do not, or lacks."""

    unknown_key = "unknown_key"
    missing_field = "missing_field"
    envelope = "envelope"
    cards = "cards"
    words = "words"
    page_size = "page_size"
    other = "other"


class Difference(Value):
    """One thing in which a page differs from the known ones."""

    kind: DifferenceKind
    role: PageRole
    name: str
    expected: str
    seen: str


class Proposal(Value):
    """A change of ``file`` to look at: ``text`` is to be pasted, ``why`` says what it rests on."""

    file: str
    text: str
    why: str


class LiveCheck(Value):
    """A platform's live check: a few pages, and what they say.

    ``run`` is its number in the run log. ``refused`` is why the platform was not asked further,
    ``unreachable`` why an answer did not come, which may be this machine's network. ``not_asked``
    are the roles for which no page was asked, each with the reason.
    """

    platform: str
    origin: Origin
    at: datetime
    week: str
    run: int
    agent: str
    robots: tuple[RobotsAnswer, ...] = ()
    pages: tuple[LivePage, ...] = ()
    not_asked: dict[PageRole, str] = msgspec.field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    differences: tuple[Difference, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    refused: str | None = None
    unreachable: str | None = None

    def in_state(self, state: ClaimState) -> tuple[Claim, ...]:
        """The claims that stand so."""
        return tuple(claim for claim in self.claims if claim.state is state)

    @property
    def failed(self) -> bool:
        """Whether a claim is contradicted, or the platform refused or did not answer."""
        return bool(self.refused or self.unreachable or self.in_state(ClaimState.contradicted))
