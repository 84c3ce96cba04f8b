"""Listings of earlier weeks whose right answer is known, from which an audit takes its controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.classify.locations import locate
from monitor.config import previous_week
from monitor.labels import Resolved, resolve
from monitor.model import (
    Answer,
    Classification,
    Condition,
    Control,
    LabelKey,
    Listing,
    Prohibited,
    Question,
    SampledListing,
    UnitState,
)
from monitor.registry import INDONESIA, HomeCountry
from monitor.store import Store

LOOK_BACK_WEEKS = 12
"""Controls come from the audits of so many weeks before."""


def known_listings(store: Store, week: str, home: HomeCountry = INDONESIA) -> Iterator[Control]:
    """Listings of earlier audits whose right answer to what was asked is known.

    They are of the ``LOOK_BACK_WEEKS`` before ``week``; ``known_answer`` says what is known of one.
    Left out are listings that this week shows, in whatever version, and those that were a control
    for the same question before.
    """
    weeks = [previous_week(week, back) for back in range(1, LOOK_BACK_WEEKS + 1)]
    samples = [sample for at in weeks if (sample := store.audit_samples.of_week(at))]
    if not samples:
        return
    resolved = resolve(store.labels.all())
    shown = store.observations.listing_keys(week)
    used = {control.label_key for sample in samples for control in sample.controls}
    for sample in samples:
        pages = {
            visit.key: visit.listing
            for visit in store.visits.of_week(sample.week)
            if visit.state is UnitState.sampled and visit.received and visit.listing
        }
        screened = {
            observation.id: observation.classification
            for observation in store.screens.of_observations(
                {item.observation_id for item in sample.items}
            )
        }
        for sampled in sample.items:
            page = pages.get(sampled.listing_key)
            if page is None or sampled.listing_key in shown or sampled.label_key in used:
                continue
            decision = screened.get(sampled.observation_id)
            answer = known_answer(sampled, page, resolved, decision, home)
            if answer is not None:
                used.add(sampled.label_key)
                yield Control(
                    week=sample.week,
                    observation_id=sampled.observation_id,
                    platform=sampled.platform,
                    item_id=sampled.item_id,
                    version=sampled.version,
                    cluster=sampled.cluster,
                    answer=answer,
                )


def known_answer(
    sampled: SampledListing,
    page: Listing,
    resolved: Mapping[LabelKey, Resolved],
    decision: Classification | None = None,
    home: HomeCountry = INDONESIA,
) -> Answer | None:
    """The right answer for a listing with that own page; None where it is not beyond doubt.

    Known foreign: the own page bears the platform's mark, or two people confirmed it and noted the
    mark there. Known clean: two people said no, and page and people agree, because the own page
    names a place in the country that is watched and bears no mark. Of used clothing the platform's
    field of condition speaks with the words that the screen's ``decision`` read.
    """
    label = resolved.get(sampled.label_key)
    if sampled.question is Question.used_clothing:
        return _known_goods(page, label, decision)
    place = locate(page.ship_from, home) if page.ship_from else None
    countries = {page.ship_from_country, place.country if place else None} - {None}
    is_home = countries == {home.code}
    bears_mark = page.bears_mark_of(Question.cross_border, home.code)
    if bears_mark or (label and label.confirmed and label.marked):
        return None if is_home else Answer.yes
    people_say_no = label is not None and label.answer is Answer.no and label.checked
    return Answer.no if is_home and people_say_no else None


def _known_goods(
    page: Listing, label: Resolved | None, decision: Classification | None
) -> Answer | None:
    """Whether a listing is imported used clothing; None where that is not beyond doubt.

    Yes: the field says used and the words say import or bale, or two people confirmed it and noted
    that the page says so. No: the field says new, no word speaks of used goods or a bale, and two
    people said no. What is only used, or has no field and no mark, is known to nobody.
    """
    people_say_no = label is not None and label.answer is Answer.no and label.checked
    prohibited = decision.prohibited if decision else None
    by_field = page.condition is Condition.used and prohibited is Prohibited.used_clothing
    by_people = label is not None and label.confirmed and label.marked
    if by_field or by_people:
        is_doubted = people_say_no or page.condition is Condition.new
        return None if is_doubted else Answer.yes
    is_new = page.condition is Condition.new and decision is not None and prohibited is None
    return Answer.no if is_new and people_say_no else None
