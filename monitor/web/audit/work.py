"""Who labels what next: pure logic over an audit sample and the labels so far.

A listing drawn for two questions is labelled for each of them, as if it were two.

Every sampled listing gets a first label, unless an earlier week's answer carries over. A second,
independent label goes to every positive, to a random fifth of the rest, and to every unflagged
listing that the first person could not tell, once its own page was visited again; nobody sees which
of the two a listing is. Where labels differ, somebody decides. A third label goes to a confirmed
listing that alone cannot establish a breach, and to one whose platform disputes its case. Controls,
whose answer is known, are among them for everybody. Annotators start at different places of the
random order, and meet each other's listings among fresh ones, so that an audit that stops early has
confirmed what it could.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from monitor.labels import Resolved, may_strike_out, resolve
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    DetailVisit,
    Label,
    LabelKey,
    LabelKind,
    ListingKey,
    SampledListing,
    ScreenStratum,
    UnitState,
    Value,
)

SECOND_LABELS = 0.2
"""Share of the listings without a positive answer that a second person labels."""
SECOND_TURNS = 0.5
"""Share of somebody's turns that go to a second label, while both sorts are waiting."""
LEAST_INTERVALS = 5
"""Intervals between somebody's labels from which their pace is told."""
SHORTEST_INTERVAL = 1.0
"""Seconds; labels that follow faster come from a sheet, not from reading."""
SameForPolicies = Callable[[SampledListing, Cluster, Set[str | None]], bool]
"""Whether each policy says the same of a listing, whichever of some commodities it is."""
Unestablished = Mapping[tuple[str, Cluster], Sequence[LabelKey]]
"""Of platforms and clusters in which a breach is confirmed and not established, the marked offers
that a third person's look would establish."""


class Progress(Value):
    """How far a week's audit is.

    ``listings`` were sampled or are controls, ``labelled`` by anybody, ``by_annotator`` by the one
    who asks; ``unclear`` wait for another visit of their own page, ``waiting`` need a second
    person, ``third_looks`` a third one, ``disagreements`` a decision. ``remaining`` is how many the
    one who asks could still label (a colleague may take some of them), ``remaining_seconds`` how
    long they would take at the median of the asker's own pace, None where that is not known.
    """

    listings: int
    labelled: int
    by_annotator: int
    unclear: int
    waiting: int
    third_looks: int
    disagreements: int
    remaining: int
    remaining_seconds: float | None


class Work:
    """The state of a week's audit. ``labels`` are those of this and of earlier weeks, and this
    week's answers to controls, which everybody is asked for.

    Without ``same_for_policies`` commodities are not compared; without ``unestablished``, which is
    asked with the answers so far, nobody is asked for a third look but at offers whose platform
    disputes their case: ``case_disputed_at`` is when it last did. ``visited_at`` is when the
    listings' own pages were last visited this week.
    """

    def __init__(
        self,
        sample: AuditSample,
        labels: Iterable[Label],
        same_for_policies: SameForPolicies | None = None,
        unestablished: Callable[[Mapping[LabelKey, Resolved]], Unestablished] | None = None,
        visited_at: Mapping[ListingKey, datetime] = MappingProxyType({}),
        case_disputed_at: Mapping[ListingKey, datetime] = MappingProxyType({}),
    ) -> None:
        self.sample = sample
        self._visited_at = visited_at
        self._same_for_policies = same_for_policies
        self.items: dict[LabelKey, SampledListing] = {}
        self.controls = {control.label_key for control in sample.controls}
        for sampled in sample.listings:
            self.items.setdefault(sampled.label_key, sampled)
        self._labels: defaultdict[LabelKey, list[Label]] = defaultdict(list)
        for label in sorted(labels, key=lambda label: label.at):
            is_of_control = label.key in self.controls
            if label.key in self.items and (label.week == sample.week or not is_of_control):
                self._labels[label.key].append(label)
        all_labels = [label for group in self._labels.values() for label in group]
        earlier_labels = [label for label in all_labels if label.week < sample.week]
        self._resolved = resolve(all_labels)
        self._carried = {
            key
            for key, resolved in resolve(earlier_labels).items()
            if resolved.answer is not None and not self.is_unclear(key)
        }
        self.disputed_cases = self._looks_at_disputed(case_disputed_at)
        self.third_looks = self.disputed_cases | self._third_looks(
            unestablished(self._resolved) if unestablished else {}
        )

    def next_for(self, annotator: str, annotators: Sequence[str]) -> SampledListing | None:
        """Return the listing that an annotator should label next; None when nothing is left.

        Candidates are listings that nobody has labelled, and listings that wait for another
        person's label, unless the annotator labelled them. Annotators go through the sample in its
        order and round; the names are sorted, and their starting points are evenly spaced. While
        both kinds are waiting, a pseudo-random choice says which kind comes next; ``SECOND_TURNS``
        is the chance of a second label. It depends on the annotator's name and on how many listings
        they have labelled in this week's audit, so nobody else's labels change it. Asked again with
        no label given in between, by anybody, it returns the same listing. Raises ``ValueError``
        where ``annotator`` is not in ``annotators``.
        """
        keys = list(self.items)
        start = sorted(annotators).index(annotator) * len(keys) // max(len(annotators), 1)
        waiting = [k for k in keys[start:] + keys[:start] if self.wants_label(k, annotator)]
        first_labels = [key for key in waiting if not self.answers(key)]
        second_labels = [key for key in waiting if self.answers(key)]
        turn = len(self.labels_by(annotator))
        is_second = self._chance("turn", annotator, str(turn)) < SECOND_TURNS
        ordered = second_labels + first_labels if is_second else first_labels + second_labels
        return self.items[ordered[0]] if ordered else None

    def wants_label(self, key: LabelKey, annotator: str) -> bool:
        """Whether a listing still needs a label that the annotator can give."""
        answers = self.answers(key)
        if key in self.controls:
            return annotator not in answers
        if key in self.third_looks:
            return annotator not in {label.annotator for label in self._labels[key]}
        if key in self._carried or annotator in answers or len(answers) > 1:
            return False
        return not answers or self.wants_second_label(key)

    def wants_second_label(self, key: LabelKey) -> bool:
        """Whether a listing with one label needs another person's."""
        answers = self.answers(key)
        if self.is_unclear(key):
            return not self.awaits_visit(key)
        return len(answers) == 1 and (Answer.yes in answers.values() or self._is_doubled(key))

    def is_unclear(self, key: LabelKey) -> bool:
        """Whether it is an unflagged listing of which all that was said is one "cannot tell"."""
        return (
            self.items[key].stratum is not ScreenStratum.flagged
            and key not in self.controls
            and [*self.answers(key).values()] == [Answer.cannot_tell]
        )

    def awaits_visit(self, key: LabelKey) -> bool:
        """Whether it is unclear, and its own page was not visited since that was said."""
        visited_at = self._visited_at.get(self.items[key].listing_key)
        said_at = max((label.at for label in self._labels[key]), default=None)
        return self.is_unclear(key) and not (visited_at and said_at and said_at < visited_at)

    def answers(self, key: LabelKey) -> dict[str, Answer]:
        """The latest answer of each person, decisions aside."""
        return {
            label.annotator: label.answer
            for label in self._labels[key]
            if label.kind is not LabelKind.adjudication
        }

    def kind_for(self, key: LabelKey, annotator: str) -> LabelKind:
        """Whether their label would be the first or the second; a correction keeps its kind."""
        for label in self._labels[key]:
            if label.annotator == annotator and label.kind is not LabelKind.adjudication:
                return label.kind
        return LabelKind.second if self.answers(key) else LabelKind.first

    def disagreements(self) -> list[SampledListing]:
        """Listings whose labels differ and on which nobody has decided; controls are not told."""
        return [sampled for key, sampled in self.items.items() if self.is_disputed(key)]

    def is_disputed(self, key: LabelKey) -> bool:
        """Whether two people differ and no decision has settled it.

        Of a positive also whether they see different product groups, or commodities that are not
        the same to a policy.
        """
        if key in self.controls or len(self.answers(key)) < 2:
            return False
        answer = self._resolved[key].answer
        return answer is None or (answer is Answer.yes and self._goods_differ(key))

    def settles(self, decision: Label) -> bool:
        """Whether appending a decision would leave the listing with an answer."""
        key = decision.key
        return resolve([*self._labels[key], decision])[key].answer is not None

    def may_strike_out(self, key: LabelKey, annotator: str) -> bool:
        """Whether the annotator may decide that a listing somebody called positive is not."""
        return may_strike_out(self.answers(key), annotator)

    def decisions_by(self, annotator: str) -> list[Label]:
        """The decisions of this week's audit that stand and are the annotator's, oldest first."""
        latest = [
            decisions[-1]
            for labels in self._labels.values()
            if (decisions := [d for d in labels if d.kind is LabelKind.adjudication])
        ]
        decided = [d for d in latest if d.annotator == annotator and d.week == self.sample.week]
        return sorted(decided, key=lambda decision: decision.at)

    def labels_by(self, annotator: str) -> list[Label]:
        """An annotator's labels in this week's audit, oldest first, the latest of each listing."""
        latest: dict[LabelKey, Label] = {}
        for key, labels in self._labels.items():
            for label in labels:
                is_theirs = label.annotator == annotator and label.week == self.sample.week
                if is_theirs and label.kind is not LabelKind.adjudication:
                    latest[key] = label
        return sorted(latest.values(), key=lambda label: label.at)

    def labels_of(self, key: LabelKey) -> list[Label]:
        """All labels of a listing, oldest first."""
        return list(self._labels[key])

    def progress(self, annotator: str) -> Progress:
        """How far the audit is, for everybody and for one annotator."""
        open_keys = [key for key in self.items if key not in self._carried]
        unlabelled = sum(not self.answers(key) for key in open_keys)
        remaining = sum(self.wants_label(key, annotator) for key in self.items)
        pace = self._median_interval(annotator)
        return Progress(
            listings=len(self.items),
            labelled=len(self.items) - unlabelled,
            by_annotator=len(self.labels_by(annotator)),
            unclear=sum(self.awaits_visit(key) for key in open_keys),
            waiting=sum(self.wants_second_label(key) for key in open_keys),
            third_looks=len(self.third_looks),
            disagreements=len(self.disagreements()),
            remaining=remaining,
            remaining_seconds=None if pace is None else remaining * pace,
        )

    def _third_looks(self, unestablished: Unestablished) -> set[LabelKey]:
        """One listing a cell; none while a flagged one there may yet be of a second seller."""
        open_cells = {
            (sampled.platform, sampled.cluster)
            for key, sampled in self.items.items()
            if sampled.stratum is ScreenStratum.flagged
            and key not in self._carried
            and (not self.answers(key) or self.wants_second_label(key))
        }
        candidates = (
            [key for key in keys if len(self.answers(key)) == 2]
            for cell, keys in unestablished.items()
            if cell not in open_cells
        )
        return {keys[0] for keys in candidates if keys}

    def _looks_at_disputed(self, case_disputed_at: Mapping[ListingKey, datetime]) -> set[LabelKey]:
        """Listings of disputed cases at which nobody new has looked since."""
        looks = set()
        for key, sampled in self.items.items():
            since = case_disputed_at.get(sampled.listing_key)
            if since is None or key in self.controls:
                continue
            first_at: dict[str, datetime] = {}
            for label in self._labels[key]:
                first_at.setdefault(label.annotator, label.at)
            if len(first_at) > 1 and max(first_at.values()) < since:
                looks.add(key)
        return looks

    def _median_interval(self, annotator: str) -> float | None:
        """The median seconds from one label of the annotator to the next.

        None where there are fewer than ``LEAST_INTERVALS``.
        """
        times = [label.at for label in self.labels_by(annotator)]
        seconds = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
        read = [interval for interval in seconds if interval >= SHORTEST_INTERVAL]
        return median(read) if len(read) >= LEAST_INTERVALS else None

    def _goods_differ(self, key: LabelKey) -> bool:
        """Whether two positives are of different goods to some policy, and nobody has decided."""
        labels = self._labels[key]
        if any(label.kind is LabelKind.adjudication for label in labels):
            return False
        latest = {label.annotator: label for label in labels}.values()
        clusters = {label.cluster for label in latest if label.cluster is not None}
        categories = {label.category for label in latest}
        if len(clusters) != 1 or len(categories) < 2 or self._same_for_policies is None:
            return len(clusters) > 1
        return not self._same_for_policies(self.items[key], clusters.pop(), categories)

    def _is_doubled(self, key: LabelKey) -> bool:
        """Whether the listing is of the fifth that two people label."""
        return self._chance(*key.names) < SECOND_LABELS

    def _chance(self, *names: str) -> float:
        """A number in [0, 1) that depends on the sample's hash and the names alone."""
        text = "/".join((self.sample.sha256, *names))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def visit_times(visits: Iterable[DetailVisit]) -> dict[ListingKey, datetime]:
    """When each listing's own page last answered, be it with a refusal."""
    times = [
        (visit.key, visit.visited_at)
        for visit in visits
        if visit.visited_at and visit.state is not UnitState.unreachable
    ]
    return dict(sorted(times, key=lambda time: time[1]))
