"""A cell of the report: a platform's product group in a week, and the listings flagged in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Self

import msgspec
from msgspec.structs import replace

from monitor.model.base import Value
from monitor.model.case import CaseKey
from monitor.model.decision import Classification
from monitor.model.page import Listing, ResponseRecord
from monitor.model.sample import UnitRecord
from monitor.model.vocabulary import Cluster, Mode, Origin, Question, Verdict


class Note(Value):
    """A remark with a code the report has words for, and the values those words need."""

    code: str
    values: dict[str, str] = msgspec.field(default_factory=dict)


class Change(Value):
    """Difference of a cell's share to the week before, with its 95 % interval.

    ``difference`` is that of the point estimates, None where one of the weeks has none of its own.
    ``p_value`` is that of "no change", ``significant`` whether it passes Benjamini and Hochberg's
    procedure over all changes of the week; both are None in editions made before that rule.
    """

    since: str
    difference: float | None
    low: float
    high: float
    p_value: float | None = None
    significant: bool | None = None


class ModeCounts(Value):
    """A count for each mode."""

    crawler: int = 0
    inspector: int = 0

    @classmethod
    def of(cls, records: Iterable[UnitRecord]) -> Self:
        """How many units answered to each mode."""
        modes = Counter(record.mode for record in records if record.state.speaks)
        return cls(crawler=modes[Mode.crawler], inspector=modes[Mode.inspector])

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            crawler=self.crawler + other.crawler,
            inspector=self.inspector + other.inspector,
        )


def season_of(week: str) -> str:
    """The quarter of an ISO week, ``2026-Q4``: weeks 1–13, 14–26, 27–39 and 40–52 or 53."""
    return f"{week[:4]}-Q{min((int(week[6:]) - 1) // 13, 3) + 1}"


class SeasonChange(Value):
    """Difference of a cell's share to that of the quarter ``since``, with its 95 % interval.

    ``estimate`` is that of the point estimates, None where one of the quarters has none of its own.
    ``direction`` is given where Benjamini and Hochberg's procedure over all changes of the quarter
    rejects "no change", and None elsewhere.
    """

    since: str
    estimate: float | None
    low: float
    high: float
    direction: Literal["up", "down"] | None = None


class Season(Value):
    """A cell over a quarter, ``id`` ``2026-Q4``, or thirteen weeks, ``2026-W35..2026-W47``.

    ``estimate`` is the mean over the ``weeks`` measured of the share that the frame's list shows,
    ``low`` and ``high`` are its 95 % limits; ``missing`` counts the weeks that could not be
    measured, ``other_list`` those left out because they were sampled from another list of entries
    than the last. ``labels`` are the listings labelled in the cell, one for each week they were
    drawn in, ``confirmed`` the offers confirmed in any week, ``marked_offers`` those of them whose
    own page bears the platform's mark, of ``marked_sellers`` different sellers, and ``third_looks``
    those that a third person looked at. A quarter whose weeks are ``over`` has a ``verdict``, from
    ``judged_low`` at ``level`` and from ``high``, or ``high_with_refused`` where pages were
    refused, as a week's (``Cell``), and a ``change`` where the quarter before has a share, too; one
    still running has neither. ``reason`` says why there are no limits.
    ``sequence_low`` and ``sequence_high`` bound the share of the positions looked at since the
    quarter began; they hold together at all looks of a year, and carry no verdict.
    """

    id: str
    weeks: int
    missing: int = 0
    other_list: int = 0
    over: bool = False
    labels: int = 0
    confirmed: int = 0
    marked_offers: int | None = None
    marked_sellers: int | None = None
    third_looks: int | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    judged_low: float | None = None
    level: float | None = None
    high_with_refused: float | None = None
    verdict: Verdict | None = None
    reason: Note | None = None
    change: SeasonChange | None = None
    sequence_low: float | None = None
    sequence_high: float | None = None

    def includes(self, week: str) -> bool:
        """Whether a week is one of its weeks, past or to come."""
        first, _, last = self.id.partition("..")
        return first <= week <= last if last else season_of(week) == self.id


class Cell(Value):
    """Platform × cluster × policy in a week. Shares in [0, 1]; None where nothing was estimated.

    ``flagged`` counts positions screened as ``cross_border`` that the policy forbids, ``suspected``
    those screened as ``suspected`` that it would forbid. ``screened`` counts all positions that the
    screen took for either, whatever the policy; None in editions made before it was counted.
    ``flagged_offers`` are the different offers behind ``flagged``, ``checked`` those of them that
    two people answered. A confirmed offer that the screen missed counts as checked, too, so that
    ``confirmed`` of ``checked`` is a share. Both are None in editions made before they were
    counted. ``coverage`` is the share of planned units that answered (sampled or empty). ``low``
    and ``high`` are the limits of the plain 95 % interval. ``judged_low`` is the lower limit at the
    two-sided ``level`` that Holm's procedure over the week's primary cells asks for; it decides
    whether the cell is ``non_compliant``. Both are None for a cell outside that family, and in
    editions made before the two were told apart, in which ``low`` and ``high`` are at that level.
    ``high_with_refused`` is the upper limit if all positions on refused pages (blocked or
    disallowed) breached, and the one that acquits; None where no page was refused.
    ``estimate`` is None, too, where none of the cell's own labels says yes: a share above zero
    would then be borrowed from its neighbours, and the upper limit tells what may be there.
    ``marked_offers`` counts the confirmed listings whose own page bears the platform's own mark of
    an offer from abroad, ``marked_sellers`` their different sellers, ``third_looks`` those of them
    that a third person, too, judged foreign by a mark on that page. All are None in editions made
    before they were counted.
    ``season`` is the quarter so far and ``rolling`` the thirteen weeks that end with this one; both
    are None for a cell that carries no verdict, in provisional editions, and in those made before.
    ``modes`` tells how many of the ``sampled`` units who observed; None in editions made before.
    """

    week: str
    platform: str
    cluster: Cluster
    policy: str
    primary: bool
    planned: int
    sampled: int
    places: int
    flagged: int
    suspected: int
    audited: int
    confirmed: int
    coverage: float | None
    estimate: float | None
    low: float | None
    high: float | None
    tolerance: float
    verdict: Verdict
    reason: Note | None = None
    unclear_as_no: float | None = None
    unclear_as_yes: float | None = None
    label_weeks: tuple[str, str] | None = None
    change: Change | None = None
    screened: int | None = None
    judged_low: float | None = None
    level: float | None = None
    high_with_refused: float | None = None
    marked_sellers: int | None = None
    flagged_offers: int | None = None
    checked: int | None = None
    third_looks: int | None = None
    marked_offers: int | None = None
    season: Season | None = None
    rolling: Season | None = None
    modes: ModeCounts | None = None

    @property
    def proven(self) -> int:
        """The confirmed listings of which the platform itself says that they come from abroad; all
        confirmed ones in editions made before these were counted."""
        return self.confirmed if self.marked_offers is None else self.marked_offers

    @property
    def is_established(self) -> bool:
        """Whether breaches may be stated: marked offers of two different sellers are confirmed, or
        one such offer that a third person looked at.

        In editions made before sellers were counted a single confirmed offer was enough.
        """
        if self.marked_sellers is None:
            return self.confirmed > 0
        return self.marked_sellers >= 2 or bool(self.third_looks)

    @property
    def most(self) -> float | None:
        """The most that may be in breach: the upper limit, refused pages counted as breaches."""
        return self.high if self.high_with_refused is None else self.high_with_refused


class ListingState(StrEnum):
    """A flagged listing against the weeks before; not seen again never means gone.

    ``newly_watched``: first seen, and only in entries that did not answer the week before, so that
    nobody knows whether it was there.
    """

    new = "new"
    newly_watched = "newly_watched"
    still = "still"
    not_seen = "not_seen"
    confirmed_gone = "confirmed_gone"
    relisted = "relisted"


class Sighting(Value):
    """A place at which a listing was seen."""

    unit_id: str | None
    query: str | None
    rank: int | None
    observed_at: datetime | None


class CitedPage(Value):
    """A page that a report cites; null is what is not known of it.

    ``seen_at`` is in UTC. ``archive`` is the place of its record in the evidence,
    ``<file>#<offset>``, and ``sha256`` the hash, hex, of the body which that record holds.
    """

    url: str | None = None
    seen_at: datetime | None = None
    sha256: str | None = None
    archive: str | None = None

    @classmethod
    def of(cls, received: ResponseRecord, seen_at: datetime | None) -> Self:
        """A page as it was received; where tokens were stripped, the hash of what was kept."""
        return cls(
            url=received.url,
            seen_at=seen_at and seen_at.astimezone(UTC),
            sha256=received.sha256_kept or received.sha256,
            archive=received.evidence,
        )


class FlaggedListing(Value):
    """A listing the report shows as evidence, and why.

    ``policies`` are the ids it breaches on its day; with none it stands under imported goods or
    as suspected, and accuses nobody. ``judged_cluster`` is the product group that people gave it.
    ``thumbnail`` and ``screenshot`` are file names beside the page. ``result_page`` is the page it
    was seen on; ``sha256`` and ``evidence`` say the same in the older way. ``own_page`` is its own
    page as people judged it where the breach is ``confirmed``, else as this week's visit kept it.
    ``marked`` says whether that page bears the platform's own mark of an offer from abroad; None
    where nothing is confirmed, and in editions made before it was told. Without the mark a
    confirmed offer accuses nobody by itself.
    """

    listing: Listing
    classification: Classification
    policies: tuple[str, ...]
    state: ListingState
    first_seen: str | None
    found_at: tuple[Sighting, ...]
    confirmed: bool = False
    label: str | None = None
    judged_cluster: Cluster | None = None
    frame_cluster: Cluster | None = None
    detail: Listing | None = None
    relisted_from: str | None = None
    relisted_score: float | None = None
    thumbnail: str | None = None
    screenshot: str | None = None
    sha256: str | None = None
    evidence: str | None = None
    origin: Origin = Origin.live
    result_page: CitedPage | None = None
    own_page: CitedPage | None = None
    marked: bool | None = None

    @property
    def question(self) -> Question:
        """What is asked of it, by the group of the entry that showed it."""
        return self.frame_cluster.question if self.frame_cluster else Question.cross_border

    @property
    def case_key(self) -> CaseKey:
        """The key of the case that it has if it is confirmed."""
        return CaseKey(*self.listing.key, self.question)

    @property
    def is_proven(self) -> bool:
        """Whether the breach is confirmed, and not by people's word alone."""
        return self.confirmed and self.marked is not False

    @property
    def proof(self) -> CitedPage | None:
        """The own page on which the breach was confirmed; None where its hash is not recorded."""
        proven = self.confirmed and self.own_page and self.own_page.sha256
        return self.own_page if proven else None
