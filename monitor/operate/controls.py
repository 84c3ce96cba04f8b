"""Listings of earlier weeks whose right answer is known, from which an audit takes its controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.classify.locations import locate
from monitor.config import previous_week
from monitor.labels import Resolved, resolve
from monitor.model import (
    Answer,
    Control,
    LabelKey,
    Listing,
    Question,
    SampledListing,
    UnitState,
)
from monitor.registry import INDONESIA, HomeCountry
from monitor.store import Store

LOOK_BACK_WEEKS = 12
"""Controls come from the audits of so many weeks before."""


def known_listings(store: Store, week: str, home: HomeCountry = INDONESIA) -> Iterator[Control]:
    """Listings of earlier audits of who sells whose right answer is known.

    They are of the ``LOOK_BACK_WEEKS`` before ``week``. Known foreign: the own page kept in that
    week bears the platform's mark, or two people confirmed it and noted the mark there. Known
    clean: two people said no, and page and people agree, because the own page names a place in
    the country that is watched and bears no mark. Left out are listings that this week shows, in
    whatever version, and those that were a control before.
    """
    weeks = [previous_week(week, back) for back in range(1, LOOK_BACK_WEEKS + 1)]
    samples = [sample for at in weeks if (sample := store.audit_samples.of_week(at))]
    if not samples:
        return
    resolved = resolve(store.labels.all())
    shown = store.observations.listing_keys(week)
    used = {control.key for sample in samples for control in sample.controls}
    for sample in samples:
        pages = {
            visit.key: visit.listing
            for visit in store.visits.of_week(sample.week)
            if visit.state is UnitState.sampled and visit.received and visit.listing
        }
        of_sellers = (item for item in sample.items if item.question is Question.cross_border)
        for sampled in of_sellers:
            page = pages.get(sampled.listing_key)
            if page is None or sampled.listing_key in shown or sampled.key in used:
                continue
            answer = known_answer(sampled, page, resolved, home)
            if answer is not None:
                used.add(sampled.key)
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
    home: HomeCountry = INDONESIA,
) -> Answer | None:
    """The right answer for a listing with that own page; None where it is not beyond doubt."""
    label = resolved.get(sampled.label_key)
    place = locate(page.ship_from, home) if page.ship_from else None
    countries = {page.ship_from_country, place.country if place else None} - {None}
    is_home = countries == {home.code}
    bears_mark = page.bears_mark_of(Question.cross_border, home.code)
    if bears_mark or (label and label.confirmed and label.marked):
        return None if is_home else Answer.yes
    people_say_no = label is not None and label.answer is Answer.no and label.checked
    return Answer.no if is_home and people_say_no else None
