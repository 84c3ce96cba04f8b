"""How many new offers, and how many that are no longer seen, are in breach: limits for each
platform, from the screen's count and people's labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate import AuditedListing, Settings
from monitor.estimate.offers import OfferGroup, offers_in_breach
from monitor.estimate.pooling import usable_labels
from monitor.model import (
    Answer,
    ChangeCounts,
    Observation,
    Question,
    ScreenStratum,
    UnitRecord,
    stratum_of,
)
from monitor.registry import Registry

from .gather import Gathered
from .history import MatchedPanel
from .judge import Judged
from .labelled import audited_listings
from .screen import PolicyTerms, terms_of

_SUREST = (Answer.yes, Answer.cannot_tell, Answer.no)
"""Answers for several policies, the one that decides first."""


def with_limits(
    changes: Iterable[ChangeCounts],
    registry: Registry,
    gathered: Gathered,
    judged: Judged,
    panel: MatchedPanel,
    settings: Settings,
) -> tuple[ChangeCounts, ...]:
    """``changes`` with the limits of new offers in breach, and of those no longer seen.

    An offer is one listing however often it was seen. It breaches where it breaches any policy that
    asks who sells it. A listing that could not be read may be one that was new, or was there before
    or still is: as many are added to the upper limits and taken from the lower ones.
    """
    return tuple(
        _with_limits(change, registry, gathered, judged, panel, settings) for change in changes
    )


def _with_limits(
    change: ChangeCounts,
    registry: Registry,
    gathered: Gathered,
    judged: Judged,
    panel: MatchedPanel,
    settings: Settings,
) -> ChangeCounts:
    week, last_week, platform = gathered.week, previous_week(gathered.week), change.platform
    terms = [
        policy
        for policy in terms_of(registry, platform, week)
        if policy.question is Question.cross_border
    ]
    labels = _platform_labels(registry, gathered, platform, terms)
    now = strata_of(
        [shown.observation for shown in judged.screened], platform, panel.units, first_in=week
    )
    before = strata_of(gathered.previous.screen, platform, panel.units)
    seen_now = {
        observation.listing.item_id
        for observation in (*gathered.sampled.screen, *gathered.sampled.late)
        if observation.listing.platform == platform
    }
    left = {item_id: stratum for item_id, stratum in before.items() if item_id not in seen_now}
    classifier = next((x.classifier for x in labels if x.week == week), "")
    limits: dict[str, int] = {}
    unreadable = {
        "now": _unreadable(gathered.sampled.units, platform),
        "before": _unreadable(gathered.previous.units, platform),
    }
    for name, offers, at, seen_as, unseen_as in (
        ("new", now, week, "now", "before"),
        ("left", left, last_week, "before", "now"),
    ):
        of_week = [label for label in labels if label.week == at]
        if not terms or not of_week:
            continue
        low, high = offers_in_breach(
            *offer_groups(offers, of_week, usable_labels(labels, at, classifier, settings)),
            settings.level,
        )
        limits[f"{name}_low"] = max(0, low - unreadable[unseen_as])
        limits[f"{name}_high"] = high + unreadable[seen_as]
    return replace(change, **limits)


def offer_groups(
    offers: Mapping[str, ScreenStratum],
    of_week: Sequence[AuditedListing],
    window: Sequence[AuditedListing],
) -> tuple[OfferGroup, OfferGroup]:
    """The flagged and the unflagged ``offers``, with the labels that speak of them.

    ``of_week`` are labels of the week in which the offers were seen: those of flagged offers speak
    of the flagged ones among ``offers`` alone, which they are a random part of. For the unflagged
    ones, of which hardly any is labelled, all unflagged labels of the ``window`` speak.
    """
    judged = {label.item_id: label for label in of_week if label.item_id in offers}
    groups = []
    for is_flagged in (True, False):
        group = {
            item_id
            for item_id, stratum in offers.items()
            if (stratum is ScreenStratum.flagged) is is_flagged
        }
        answers = [judged[item_id].outcome for item_id in group if item_id in judged]
        groups.append(
            OfferGroup(
                breaching=answers.count(Answer.yes),
                unclear=answers.count(Answer.cannot_tell),
                unjudged=len(group) - len(answers),
                labels=tuple(
                    label
                    for label in (of_week if is_flagged else window)
                    if (label.stratum is ScreenStratum.flagged) is is_flagged
                    and (label.item_id in group or not is_flagged)
                ),
            )
        )
    flagged, unflagged = groups
    return flagged, unflagged


def strata_of(
    observations: Iterable[Observation],
    platform: str,
    units: Collection[str],
    first_in: str | None = None,
) -> dict[str, ScreenStratum]:
    """The screen stratum of each offer of a platform that some ``units`` showed, by item id.

    One that is flagged anywhere is flagged. ``first_in`` keeps the offers seen in no week before.
    """
    strata: dict[str, ScreenStratum] = {}
    for observation in observations:
        key, first_seen = observation.listing.key, observation.first_seen
        if key.platform != platform or observation.unit_id not in units:
            continue
        if first_in is not None and first_seen is not None and first_seen < first_in:
            continue
        stratum = stratum_of(observation)
        if strata.get(key.item_id) is not ScreenStratum.flagged:
            strata[key.item_id] = stratum
    return strata


def _platform_labels(
    registry: Registry, gathered: Gathered, platform: str, terms: Sequence[PolicyTerms]
) -> list[AuditedListing]:
    """A platform's labels with, as their outcome, whether any of the policies is breached."""
    labelled = [
        listing for listing in gathered.labelled if listing.observation.listing.platform == platform
    ]
    by_policy = [
        list(audited_listings(registry, policy, labelled, gathered.week)) for policy in terms
    ]
    return [
        replace(labels[0], outcome=min((label.outcome for label in labels), key=_SUREST.index))
        for labels in zip(*by_policy, strict=True)
    ]


def _unreadable(units: Iterable[UnitRecord], platform: str) -> int:
    """Listings of a platform's pages that could not be read."""
    return sum(record.unreadable for record in units if record.unit.platform == platform)
