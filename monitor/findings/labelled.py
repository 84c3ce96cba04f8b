"""What people said of the drawn listings, as the estimator and the report take it.

Data flow one way: resolved labels and the frozen screens give ``LabelledListing``, these and the
terms of a policy give ``AuditedListing``, which the estimator is handed with its cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from monitor.estimate import AuditedListing
from monitor.estimate.indicators import signal_precision
from monitor.labels import Resolved, outcome, quality
from monitor.model import (
    GROUP_SIGNALS,
    Answer,
    AuditQuality,
    AuditSample,
    Classification,
    Label,
    LabelKey,
    Observation,
    Question,
    ScreenStratum,
    Value,
    VersionKey,
    none_of,
    stratum_of,
)
from monitor.registry import Registry

from .screen import PolicyTerms


class LabelledListing(Value):
    """A drawn listing that somebody labelled, the observation it was drawn at, and the label.

    The ``outcome`` of ``audited`` is people's answer to what was asked, before any policy is.
    """

    audited: AuditedListing
    observation: Observation
    label: Resolved


def labelled_listings(
    sample: AuditSample,
    screen: Iterable[Observation],
    resolved: Mapping[LabelKey, Resolved],
    classifier: str = "",
    rescreened: Mapping[VersionKey, Classification] = MappingProxyType({}),
) -> Iterator[LabelledListing]:
    """The listings of an audit sample that somebody labelled; the others are left out.

    ``screen`` is the frozen screen that the sample was drawn from. A listing's positions are those
    of its version in the same cluster and screen stratum. ``rescreened`` is what the version named
    by ``classifier`` says of the sampled listings it has decided.
    """
    drawn_ids = {listing.observation_id for listing in sample.items}
    drawn_versions = {listing.version for listing in sample.items}
    drawn_at: dict[int, Observation] = {}
    positions: Counter[tuple[object, ...]] = Counter()
    for observation in screen:
        if observation.version not in drawn_versions:
            continue
        stratum = stratum_of(observation)
        positions[observation.key, observation.cluster, stratum] += 1
        if observation.id in drawn_ids:
            drawn_at[observation.id] = observation
    for drawn in sample.items:
        label, at = resolved.get(drawn.label_key), drawn_at.get(drawn.observation_id)
        if label is None or at is None:
            continue
        answer = label.answer or Answer.cannot_tell
        decided = rescreened.get(drawn.key)
        audited = AuditedListing(
            week=sample.week,
            cluster=drawn.cluster,
            item_id=drawn.item_id,
            version=drawn.version,
            stratum=drawn.stratum,
            probability=drawn.probability,
            outcome=answer,
            foreign=answer,
            positions=max(1, positions[drawn.key, drawn.cluster, drawn.stratum]),
            entry_id=at.entry_id,
            classifier=at.classification.classifier if at.classification else "",
            rescreened=ScreenStratum.of(decided, drawn.question) if decided else None,
            rescreened_by=classifier if decided else "",
        )
        yield LabelledListing(audited=audited, observation=at, label=label)


def audited_listings(
    registry: Registry, terms: PolicyTerms, labelled: Iterable[LabelledListing], week: str
) -> Iterator[AuditedListing]:
    """Listings labelled in a week or before it, as a policy sees them.

    Only those that were asked what the policy asks. Those of earlier weeks speak of what the screen
    misses now: they are judged as if the ``terms``
    of the week had been in force when they were seen.
    """
    for listing in labelled:
        audited, observation = listing.audited, listing.observation
        if observation.question is not terms.question:
            continue
        if audited.week < week and observation.observed_at:
            moment = terms.nearest(observation.observed_at)
            observation = replace(observation, observed_at=moment)
        if audited.week <= week:
            breach = labelled_outcome(registry, terms.id, observation, listing.label)
            lacks = breach is Answer.cannot_tell and lacks_commodity(
                registry, terms, observation, listing.label
            )
            yield replace(audited, outcome=breach, lacks_commodity=lacks)


def lacks_commodity(
    registry: Registry, terms: PolicyTerms, observation: Observation, label: Resolved
) -> bool:
    """Whether people found a foreign seller, and only the commodity nobody named leaves it open."""
    if label.answer is not Answer.yes or None not in label.categories:
        return False
    decision = observation.classification
    cluster = label.cluster or (decision.cluster if decision else None)
    other_goods = replace(label, cluster=cluster, categories=(none_of(terms.commodities),))
    return outcome(registry, terms.id, observation, other_goods) is not Answer.cannot_tell


def labelled_outcome(
    registry: Registry, policy: str, observation: Observation, label: Resolved
) -> Answer:
    """Whether what was observed breached a policy on its day, as people say.

    ``cannot_tell`` while the answer of the ``label`` is open.
    """
    if label.answer is not Answer.yes:
        return label.answer or Answer.cannot_tell
    return outcome(registry, policy, observation, label)


def audit_quality(
    sample: AuditSample | None,
    labels: Sequence[Label],
    resolved: Mapping[LabelKey, Resolved],
    labelled: Iterable[LabelledListing],
) -> AuditQuality | None:
    """What a week's labels of who sells are worth; None without a sample.

    The precision of a signal counts the sample's flagged listings, each version once, and leaves
    out signals that only tell the kind of goods.
    """
    if sample is None:
        return None
    of_week = (
        listing
        for listing in labelled
        if listing.audited.week == sample.week
        and listing.observation.question is Question.cross_border
    )
    versions = {listing.observation.key: listing for listing in of_week}
    rows = []
    for listing in versions.values():
        decision, answer = listing.observation.classification, listing.label.answer
        if decision and answer and listing.audited.stratum is ScreenStratum.flagged:
            kinds = {signal.kind for signal in decision.signals} - GROUP_SIGNALS
            rows.append((kinds, answer))
    return quality(sample, labels, resolved, signal_precision(rows))
