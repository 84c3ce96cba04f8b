"""All that the findings of a week read from the store, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain

import msgspec
from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate.controls import ControlLook
from monitor.estimate.season import is_last, season_before
from monitor.labels import Resolved, resolve
from monitor.model import (
    AuditSample,
    DetailVisit,
    DrawnLists,
    EditionKind,
    Findings,
    Label,
    LabelKey,
    ListingKey,
    Observation,
    Origin,
    Plan,
    SignalRate,
    UnitRecord,
    UnitState,
    Value,
)
from monitor.sampling import as_drawn
from monitor.store import Store

from .annotators import control_looks
from .labelled import LabelledListing, labelled_listings

TREND_WEEKS = 12
"""How many weeks before the edition's own are compared with it."""

AFTER_THE_SCREEN = "after-screen"
"""Reason of a unit whose page came in when the week's screen was already frozen."""


class SampledWeek(Value):
    """A week's units, the observations that count, and those that came too late.

    ``screen`` is the frozen screen, or all observations as classified now where none is frozen.
    A page that arrived after the screen was frozen answers for no unit, since nobody could draw
    from it: its unit stands as planned, its observations under ``late``.
    """

    units: tuple[UnitRecord, ...] = ()
    screen: tuple[Observation, ...] = ()
    late: tuple[Observation, ...] = ()


class SecondWay(Value):
    """The category pages beside a week's list that were asked for, and what they showed."""

    units: tuple[UnitRecord, ...] = ()
    observations: tuple[Observation, ...] = ()


class PastWeek(Value):
    """What an earlier week adds to a season: its units, and the places of its frozen screen.

    The listings keep what cells are made from, those two people confirmed everything. ``labelled``
    are those of its audit sample that have a label, ``signals`` the rates of its edition, ``lists``
    what its sample was drawn from.
    """

    week: str
    units: tuple[UnitRecord, ...]
    screen: tuple[Observation, ...]
    labelled: tuple[LabelledListing, ...]
    signals: dict[str, tuple[SignalRate, ...]]
    lists: DrawnLists


class Gathered(Value):
    """What an edition of a week is made from: what the store holds of it and the weeks before.

    ``outside`` are observations of pages outside the plan, ``compared`` those kept beside a unit's
    own, which the other mode met; ``inspectors`` counts the people of the desk. ``labels`` are
    those of all weeks, and ``resolved`` the one answer to each question about a listing
    version that they come to;
    ``labelled`` are the listings of the week's and earlier audit samples that have a label,
    ``sample`` is the week's own.
    ``past`` are the weeks before that have an audit sample, oldest first; where a quarter ends,
    those of the quarter before are among them. ``kept_visits`` are a
    listing's visits whose page was kept, in the order they were made, for this week and those in
    which a listing of the screens was confirmed. ``earlier`` are editions, newest week first,
    ``control_looks`` the answers to a year's controls, ``picture_hashes`` the numbers of visited
    listings' pictures.
    """

    week: str
    edition: EditionKind
    origin: Origin
    plan: Plan | None
    lists: DrawnLists
    sampled: SampledWeek
    second_way: SecondWay
    previous: SampledWeek
    outside: tuple[Observation, ...]
    compared: tuple[Observation, ...]
    inspectors: int
    labels: tuple[Label, ...]
    resolved: dict[LabelKey, Resolved]
    sample: AuditSample | None
    labelled: tuple[LabelledListing, ...]
    past: tuple[PastWeek, ...]
    visits: dict[ListingKey, DetailVisit]
    kept_visits: dict[ListingKey, list[DetailVisit]]
    earlier: tuple[Findings, ...]
    control_looks: tuple[ControlLook, ...]
    picture_hashes: dict[ListingKey, str] = msgspec.field(default_factory=dict)


def gather(
    store: Store,
    week: str,
    edition: EditionKind,
    *,
    classifier: str,
    window: int,
    as_of: datetime,
) -> Gathered:
    """Read what an edition of a week is made from, but no label, visit or edition after ``as_of``.

    ``classifier`` classifies what is in no frozen screen. ``window`` is the number of weeks before
    this one whose labels count; none count in a provisional edition. Raises ``PantauError`` where
    an audit sample is not the one that was drawn.
    """
    counts_labels = edition is not EditionKind.provisional
    labels = tuple(label for label in store.labels.all() if counts_labels and label.at <= as_of)
    resolved = resolve(labels)
    sampled = _sampled_week(store, week, classifier)
    previous = _sampled_week(store, previous_week(week), classifier)
    screens = {week: sampled.screen, previous_week(week): previous.screen}
    window_weeks = {previous_week(week, back) for back in range(window + 1 if labels else 0)}
    sample_weeks = window_weeks.union(season_before(week) if window_weeks and is_last(week) else ())
    editions = {
        edition.week: edition
        for edition in _earlier_editions(store, week, as_of, max(TREND_WEEKS, len(sample_weeks)))
    }
    samples = {
        at: as_drawn(sample)
        for at in sample_weeks
        if (sample := store.audit_samples.of_week(at)) and sample.drawn_at <= as_of
    }
    decisions = (observation.classification for observation in sampled.screen)
    screened_by = next((made.classifier for made in decisions if made), classifier)
    labelled: list[LabelledListing] = []
    past: list[PastWeek] = []
    for at, sample in sorted(samples.items()):
        screen = screens.pop(at, ()) or tuple(store.screens.of_week(at))
        rescreened = store.classifications.of_sampled(at, screened_by)
        of_sample = tuple(labelled_listings(sample, screen, resolved, screened_by, rescreened))
        labelled += of_sample if at in window_weeks else ()
        if at != week:
            units, _ = _units_of_screen(store, at, screen)
            screen = tuple(_slim(observation, resolved) for observation in screen)
            if at == previous_week(week):
                previous = replace(previous, screen=screen)
            past.append(
                PastWeek(
                    week=at,
                    units=units,
                    screen=screen,
                    labelled=of_sample,
                    signals=editions[at].signals if at in editions else {},
                    lists=store.plans.lists(at),
                )
            )
    shown = chain(sampled.screen, *(earlier.screen for earlier in past))
    confirming = (resolved.get(observation.label_key) for observation in shown)
    label_weeks = {at for label in confirming if label and label.confirmed for at in label.weeks}
    visits = {
        at: [
            visit
            for visit in store.visits.of_week(at)
            if visit.visited_at is None or visit.visited_at <= as_of
        ]
        for at in sorted({week, *label_weeks})
    }
    kept_visits: dict[ListingKey, list[DetailVisit]] = defaultdict(list)
    for visit in chain.from_iterable(visits.values()):
        if visit.state is UnitState.sampled and visit.received:
            kept_visits[visit.key].append(visit)
    return Gathered(
        week=week,
        edition=edition,
        origin=store.origin,
        plan=store.plans.of_week(week),
        lists=store.plans.lists(week),
        sampled=sampled,
        second_way=_second_way(store, week, screened_by, as_of),
        previous=previous,
        outside=tuple(
            observation
            for pages_of in (week, None)
            for observation in store.observations.of_week(
                pages_of, classifier=classifier, planned=False
            )
        ),
        compared=tuple(
            store.observations.of_week(week, classifier=classifier, planned=True, comparisons=True)
        ),
        inspectors=store.desk.people(week),
        labels=labels,
        resolved=resolved,
        sample=samples.get(week),
        labelled=tuple(labelled),
        past=tuple(past),
        visits={visit.key: visit for visit in visits[week]},
        kept_visits=kept_visits,
        earlier=tuple(
            edition for at, edition in editions.items() if at >= previous_week(week, TREND_WEEKS)
        ),
        control_looks=tuple(control_looks(store, week, as_of)) if counts_labels else (),
        picture_hashes=store.visits.hashes_by_listing(as_of),
    )


def _earlier_editions(store: Store, week: str, as_of: datetime, weeks: int) -> Iterator[Findings]:
    """The newest edition by ``as_of`` of each of so many ``weeks`` before, newest week first."""
    newest = {at: (kind, then) for at, kind, then in store.editions.all() if then <= as_of}
    for back in range(1, weeks + 1):
        at = previous_week(week, back)
        if at in newest and (edition := store.editions.latest(at, *newest[at])):
            yield edition


def _slim(observation: Observation, resolved: Mapping[LabelKey, Resolved]) -> Observation:
    """An observation of a past week without what is only shown, unless people confirmed it: a
    season holds thirteen screens at once."""
    label, decision = resolved.get(observation.label_key), observation.classification
    if label is not None and label.confirmed:
        return observation
    listing = replace(observation.listing, title="", url=None, image_url=None)
    return replace(
        observation, listing=listing, classification=decision and replace(decision, signals=())
    )


def _sampled_week(store: Store, week: str, classifier: str) -> SampledWeek:
    screen = tuple(store.screens.of_week(week))
    if not screen:
        current = store.observations.of_week(week, classifier=classifier, planned=True)
        return SampledWeek(units=store.units.of_week(week), screen=tuple(current))
    units, late_units = _units_of_screen(store, week, screen)
    if not late_units:
        return SampledWeek(units=units, screen=screen)
    return SampledWeek(
        units=units,
        screen=screen,
        late=tuple(
            observation
            for observation in store.observations.of_week(week, classifier=classifier, planned=True)
            if observation.unit_id in late_units
        ),
    )


def _second_way(store: Store, week: str, classifier: str, as_of: datetime) -> SecondWay:
    """The second way of looking as it was by ``as_of``: pages that came later answer for none."""
    units = store.units.of_week(week, second_way=True)
    in_time = {
        record.unit.id for record in units if record.observed_at and record.observed_at <= as_of
    }
    return SecondWay(
        units=tuple(
            record
            if record.unit.id in in_time
            else replace(record, state=UnitState.planned, places=0, unreadable=0)
            for record in units
        ),
        observations=tuple(
            observation
            for observation in store.observations.of_week(
                week, classifier=classifier, planned=True, second_way=True
            )
            if observation.unit_id in in_time
        ),
    )


def _units_of_screen(
    store: Store, week: str, screen: Iterable[Observation]
) -> tuple[tuple[UnitRecord, ...], set[str]]:
    """A week's units as its frozen screen knows them, and the ids of those that came after it."""
    units = store.units.of_week(week)
    screened_units = {observation.unit_id for observation in screen}
    late_units = {record.unit.id for record in units if record.places} - screened_units
    return tuple(
        replace(record, state=UnitState.planned, reason=AFTER_THE_SCREEN, places=0, unreadable=0)
        if record.unit.id in late_units
        else record
        for record in units
    ), late_units
