"""The cases of an edition: every confirmed offer, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain

from msgspec.structs import replace

from monitor.config import JAKARTA, previous_week, week_of
from monitor.labels import Resolved, resolve
from monitor.model import (
    GONE,
    Case,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    CitedPage,
    Cluster,
    DetailVisit,
    Findings,
    FlaggedListing,
    Label,
    ListingKey,
    Mark,
    Observation,
    Question,
    UnitState,
    case_id,
    ruled_out,
)
from monitor.registry import Registry, registry_on
from monitor.store import Store
from monitor.store.archive import ArchivedPage

from .gather import TREND_WEEKS
from .judge import with_labels
from .releases import edition_of, releases
from .screen import ScreenedObservation, screen_observations

_RELISTED = CaseEventKind.relisted
Entries = Iterable[tuple[FlaggedListing, frozenset[str]]]
"""Confirmed listings of an edition, each with the policies it may be held to."""


def build_cases(
    store: Store,
    registry: Registry,
    week: str,
    screened: Iterable[ScreenedObservation],
    listings: Sequence[FlaggedListing],
    as_of: datetime,
) -> tuple[Case, ...]:
    """The cases of an edition with ``listings``, by platform and item, as known at ``as_of``.

    ``screened`` are the observations behind the listings, with what people said of them.

    A case is opened for an offer of a marketplace that two people confirmed in breach of a policy
    which may be held against the platform: in this edition, or in an earlier released one. What
    people answer to one question opens and ends no case of the other. Each
    edition carries on the cases of those before, so that the ``TREND_WEEKS`` before suffice. What
    was released or entered at ``as_of`` itself came after the edition, and pages of later weeks are
    in theirs.
    """
    labels: dict[CaseKey, list[Label]] = defaultdict(list)
    for label in store.labels.all():
        if label.at <= as_of:
            labels[CaseKey(label.platform, label.item_id, label.question)].append(label)
    opened: dict[CaseKey, Case] = {}
    relisted: dict[CaseKey, dict[str, CaseEvent]] = defaultdict(dict)
    for edition in _released_editions(store, week, as_of):
        opened |= {case.key: case for case in edition.cases}
        # An edition without any was perhaps made before cases of the question were kept.
        unkept = {*Question} - {case.question for case in edition.cases}
        earlier_entries = (e for e in _confirmed_in(edition) if e[0].question in unkept)
        opened |= _opened(earlier_entries, labels, registry.country.code)
        _add_relistings(relisted, edition.listings)
    confirmed = _opened(_confirmed_now(registry, screened, listings), labels, registry.country.code)
    for key, case in confirmed.items():
        earlier = opened.get(key)
        since = min(case.confirmed, earlier.confirmed) if earlier else case.confirmed
        opened[key] = replace(case, confirmed=since)
    _add_relistings(relisted, listings)
    entered = store.case_events.all()
    history = _History(store, opened, week, as_of)
    cases = []
    for key, case in sorted(opened.items()):
        events = [*relisted[key].values(), *entered[key]]
        stands = key in confirmed
        cases.append(_followed(history, registry, case, labels[key], events, as_of, stands=stands))
    return tuple(cases)


def current_cases(store: Store, registry: Registry, as_of: datetime) -> tuple[Case, ...]:
    """The cases of the released editions, as known at ``as_of``, what was entered then included."""
    registry = registry_on(registry, as_of.astimezone(JAKARTA).date())
    return build_cases(store, registry, week_of(as_of), (), (), as_of + timedelta.resolution)


def _released_editions(store: Store, week: str, as_of: datetime) -> Iterator[Findings]:
    """The newest released edition of each week up to ``week``, oldest first.

    Of those more than ``TREND_WEEKS`` before the newest one each case is in a later edition.
    """
    newest = {
        release.week: release
        for release in sorted(releases(store), key=lambda release: release.as_of)
        if release.week <= week and release.at < as_of
    }
    first = previous_week(max(newest, default=week), TREND_WEEKS)
    recent = (release for release in newest.values() if release.week >= first)
    for release in sorted(recent, key=lambda release: release.as_of):
        if edition := edition_of(store, release):
            yield edition


def _confirmed_in(edition: Findings) -> Entries:
    """The confirmed listings of an earlier edition, of both questions."""
    accusing = {policy.id for policy in edition.policies if policy.may_accuse}
    references = {platform.id for platform in edition.platforms if platform.is_reference}
    for entry in (*edition.listings, *edition.used_clothing):
        policies = accusing.intersection(entry.policies)
        if entry.confirmed and policies and entry.listing.platform not in references:
            yield entry, frozenset(policies)


def _confirmed_now(
    registry: Registry,
    observations: Iterable[ScreenedObservation],
    listings: Iterable[FlaggedListing],
) -> Entries:
    """The confirmed listings of the edition being made."""
    accusing = _accusing(registry)
    confirmed: dict[CaseKey, set[str]] = defaultdict(set)
    for screened in observations:
        key = CaseKey(*screened.key, screened.observation.question)
        confirmed[key] |= accusing.intersection(screened.confirmed)
    for entry in listings:
        platform = registry.platforms.get(entry.listing.platform)
        is_reference = platform is not None and platform.role == "reference"
        if entry.confirmed and confirmed[entry.case_key] and not is_reference:
            yield entry, frozenset(confirmed[entry.case_key])


def _accusing(registry: Registry) -> set[str]:
    """Policies of which every version may be held against a platform."""
    return {policy.id for policy in registry.policies} - {
        policy.id for policy in registry.policies if not policy.may_accuse
    }


def _opened(entries: Entries, labels: dict[CaseKey, list[Label]], home: str) -> dict[CaseKey, Case]:
    """A case for each of the listings of which two people still say yes; ``home`` is the country
    that is watched."""
    cases = {}
    for entry, policies in entries:
        key = entry.case_key
        answers = [answer for answer in resolve(labels[key]).values() if answer.confirmed]
        times = [answer.confirmed_at for answer in answers if answer.confirmed_at]
        if times:
            cases[key] = _case(
                entry, policies, answers[-1], min(times), _mark(labels[key], entry, home)
            )
    return cases


def _case(
    entry: FlaggedListing,
    policies: frozenset[str],
    answer: Resolved,
    confirmed: datetime,
    mark: Mark | None,
) -> Case:
    shown, detail, key = entry.listing, entry.detail, entry.case_key
    is_used = key.question is Question.used_clothing
    goods = entry.judged_cluster or entry.classification.cluster
    own_page, result_page = entry.own_page or CitedPage(), entry.result_page or CitedPage()
    sighting = next(iter(entry.found_at), None)
    named = (name for name in answer.categories if name and ruled_out(name) is None)
    return Case(
        id=case_id(key),
        platform=shown.platform,
        item_id=shown.item_id,
        title=shown.title,
        url=shown.url or own_page.url,
        cluster=Cluster.used_clothing if is_used else goods,
        category=next(named, entry.classification.category),
        policies=tuple(sorted(policies)),
        seller_key=shown.seller_id or (detail.seller_id if detail else None),
        seller_name=shown.seller_name or (detail.seller_name if detail else None),
        ship_from=(detail.ship_from if detail else None) or shown.ship_from,
        price=shown.price,
        currency=shown.currency,
        mark=mark,
        is_proven=entry.is_proven,
        judged_by=len(answer.people),
        third_look=answer.third_look,
        first_seen=None,
        confirmed=confirmed,
        last_seen=None,
        weeks=(),
        query=sighting.query if sighting else None,
        rank=sighting.rank if sighting else None,
        result_page_url=result_page.url,
        result_page_sha256=result_page.sha256,
        result_page_observed=result_page.seen_at,
        result_page_pointer=result_page.archive,
        own_page_url=own_page.url,
        own_page_sha256=own_page.sha256,
        own_page_observed=own_page.seen_at,
        own_page_pointer=own_page.archive,
    )


def _mark(labels: Iterable[Label], entry: FlaggedListing, home: str) -> Mark | None:
    """The mark that people noted, else the one in the fields of the own page; None where there is
    neither."""
    noted = [label.mark for label in labels if label.mark and label.mark.bears_out]
    page = entry.detail or entry.listing
    if noted or not (
        entry.marked and page.bears_mark_of(entry.question, home, entry.classification.prohibited)
    ):
        return noted[-1] if noted else None
    if entry.question is Question.used_clothing:
        return Mark.condition
    return Mark.seller if page.cross_border_flag else Mark.dispatch


def _add_relistings(
    relisted: dict[CaseKey, dict[str, CaseEvent]], listings: Iterable[FlaggedListing]
) -> None:
    """Add the offers that resemble one that was gone, by the key of that one."""
    for entry in listings:
        seen_at = next((sighting.observed_at for sighting in entry.found_at), None)
        if entry.relisted_from and seen_at:
            key = CaseKey(entry.listing.platform, entry.relisted_from, entry.question)
            event = CaseEvent(kind=CaseEventKind.relisted, at=seen_at, ref=entry.listing.item_id)
            relisted[key].setdefault(entry.listing.item_id, event)


class _History:
    """What pages up to a week showed of the offers of cases by a time."""

    def __init__(self, store: Store, keys: Iterable[CaseKey], week: str, as_of: datetime) -> None:
        offers = {ListingKey(key.platform, key.item_id) for key in keys}
        self._week, self._as_of = week, as_of
        self._observations = store.observations.of_listings(offers)
        self._archived = store.archive.pages_of_listings(offers)
        self._visits = store.visits.of_listings(offers)

    def observations(self, case: Case) -> list[Observation]:
        """The places at which result pages showed the offer, those without a time left out."""
        return [
            observation
            for observation in self._observations.get(ListingKey(case.platform, case.item_id), ())
            if observation.observed_at and observation.observed_at <= self._as_of
            if observation.week is not None and observation.week <= self._week
        ]

    def archived(self, case: Case) -> list[ArchivedPage]:
        """The pages of archived weeks that showed the offer, those without a time left out."""
        return [
            page
            for page in self._archived.get(ListingKey(case.platform, case.item_id), ())
            if page.observed_at and page.observed_at <= self._as_of and page.week <= self._week
        ]

    def visits(self, case: Case) -> list[DetailVisit]:
        """The visits to its own page."""
        return [
            visit
            for visit in self._visits.get(ListingKey(case.platform, case.item_id), ())
            if visit.visited_at and visit.visited_at <= self._as_of and visit.week <= self._week
        ]


def _followed(
    history: _History,
    registry: Registry,
    case: Case,
    labels: Sequence[Label],
    events: Sequence[CaseEvent],
    as_of: datetime,
    *,
    stands: bool,
) -> Case:
    """A case with what pages told of its offer, and the ``events`` that none of them tells;
    ``stands`` where it is confirmed in the edition itself."""
    observations, visits = history.observations(case), history.visits(case)
    archived = history.archived(case)
    sightings = sorted(_sightings((*archived, *observations), visits))
    seen_at = [at for at, is_there, _ in sightings if is_there]
    carried = (event for event in case.events if event.kind is _RELISTED)
    relisted = {event.ref: event for event in (*events, *carried) if event.kind is _RELISTED}
    life = [*_life(case, sightings), *relisted.values()]
    life += (event for event in events if event.kind.is_entered and event.at < as_of)
    if not stands and not _is_confirmed(registry, observations, visits, labels):
        earlier = (e for e in case.events if e.kind is CaseEventKind.withdrawn)
        latest = max(label.at for label in labels) if labels else as_of
        at = latest if latest > case.confirmed else as_of
        life.append(next(earlier, CaseEvent(kind=CaseEventKind.withdrawn, at=at)))
    return replace(
        case,
        first_seen=min(seen_at, default=case.first_seen),
        last_seen=max(seen_at, default=case.last_seen),
        weeks=tuple(
            sorted(
                {page.week for page in archived}
                | {shown.week for shown in observations if shown.week}
            )
        ),
        events=tuple(sorted(life, key=lambda event: event.at)),
    )


def _sightings(
    pages: Iterable[Observation | ArchivedPage], visits: Iterable[DetailVisit]
) -> Iterator[tuple[datetime, bool, str]]:
    """Time, whether the offer was there, and the page's hash; of pages that tell either."""
    for page in pages:
        if page.observed_at:
            yield page.observed_at, True, page.received.sha256 if page.received else ""
    for visit in visits:
        says_gone = visit.state is UnitState.empty and visit.reason == GONE
        if visit.visited_at and (says_gone or visit.state is UnitState.sampled):
            yield visit.visited_at, not says_gone, visit.received.sha256 if visit.received else ""


def _life(case: Case, sightings: Iterable[tuple[datetime, bool, str]]) -> Iterator[CaseEvent]:
    """When the offer was gone, and when it was back, after the page that was judged."""
    was_there = True
    for at, is_there, sha256 in sightings:
        if at > (case.own_page_observed or case.confirmed) and is_there is not was_there:
            was_there = is_there
            kind = CaseEventKind.returned if is_there else CaseEventKind.gone
            yield CaseEvent(kind=kind, at=at, ref=sha256 or None)


def _is_confirmed(
    registry: Registry,
    observations: Sequence[Observation],
    visits: Iterable[DetailVisit],
    labels: Sequence[Label],
) -> bool:
    """Whether people's word still confirms a breach that may be held against the platform."""
    kept = [visit for visit in visits if visit.state is UnitState.sampled and visit.received]
    by_key = dict.fromkeys((visit.key for visit in kept), kept)
    screened = screen_observations(registry, observations)
    judged = with_labels(registry, screened, resolve(labels), by_key)
    confirmed = frozenset(chain.from_iterable(shown.confirmed for shown in judged))
    return bool(confirmed & _accusing(registry))
