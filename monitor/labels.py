"""From appended labels to one answer a listing version, and what the labels are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import krippendorff
import numpy as np
from msgspec.structs import replace

from monitor.model import (
    Answer,
    AuditQuality,
    AuditSample,
    Cluster,
    Condition,
    CrossBorder,
    Label,
    LabelKey,
    LabelKind,
    Observation,
    Prohibited,
    Question,
    SignalPrecision,
    Value,
)
from monitor.registry import Registry, forbids, question_of


class Resolved(Value):
    """What people say to one question about a listing version.

    ``answer`` is None while it is open: a positive waits for its second label, a disagreement for
    its decision. ``answered_by`` are all who answered, ``people`` those whose latest answer is yes;
    ``confirmed`` needs two.
    ``cluster`` is ``unknown`` where they see different ones, None where nobody named any;
    ``categories`` are all the commodities they named, None among them where somebody named none.
    ``marked``: ``people`` are two or more, and each noted a mark on its own page that is enough
    by itself. ``third_look``: three people said yes in labels of their own, none of them a
    decision, and the last one noted such a mark. ``weeks`` are those of the labels,
    ``confirmed_at`` is when the second person said yes.
    """

    answer: Answer | None
    answered_by: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    cluster: Cluster | None = None
    categories: tuple[str | None, ...] = (None,)
    marked: bool = False
    third_look: bool = False
    weeks: tuple[str, ...] = ()
    confirmed_at: datetime | None = None

    @property
    def confirmed(self) -> bool:
        """Positive, and two different people say so."""
        return self.answer is Answer.yes and len(self.people) > 1

    @property
    def checked(self) -> bool:
        """Whether two different people answered, be it the same or not."""
        return len(self.answered_by) > 1


def resolve(labels: Iterable[Label]) -> dict[LabelKey, Resolved]:
    """One answer for each question about a listing version.

    Of several labels of one person in one role the latest counts (that is how a label is undone);
    a decision counts before first and second labels. Without a decision a single no or cannot tell
    stands, a yes needs a second person, and different answers stay open. A yes that was decided,
    too, needs two people: the one who decides and another one, who labelled. A decision that its
    author may not make alone (``may_strike_out``) counts as another answer of theirs.
    """
    latest: dict[LabelKey, dict[tuple[str, LabelKind], Label]] = defaultdict(dict)
    for label in sorted(labels, key=lambda label: label.at):
        latest[label.key][label.annotator, label.kind] = label
    return {
        key: _resolve(sorted(group.values(), key=lambda label: (label.at, label.annotator)))
        for key, group in latest.items()
    }


def may_strike_out(answers: Mapping[str, Answer], annotator: str) -> bool:
    """Whether the annotator may decide that a listing somebody called positive is not.

    ``answers`` are people's labels, decisions aside. It takes two people who do not say yes, or a
    third person: whoever alone doubts a colleague's positive cannot strike it out.
    """
    if annotator not in answers or Answer.yes not in answers.values():
        return True
    doubters = {name for name, answer in answers.items() if answer is not Answer.yes}
    return len(doubters | {annotator}) > 1


def _resolve(labels: Sequence[Label]) -> Resolved:
    latest = {
        label.annotator: label for label in labels if label.kind is not LabelKind.adjudication
    }
    own_labels = list(latest.values())
    answers_given = {name: label.answer for name, label in latest.items()}
    decisions = []
    for label in labels:
        if label.kind is LabelKind.adjudication:
            is_yes = label.answer is Answer.yes
            if is_yes or may_strike_out(answers_given, label.annotator):
                decisions.append(label)
            else:
                latest[label.annotator] = label
    deciding = decisions[-1:] or list(latest.values())
    answers = {label.answer for label in deciding}
    answer = answers.pop() if len(answers) == 1 else None
    voices = [*latest.values(), *decisions[-1:]]
    # Newest first, so that of two yes of a person the earlier one stays.
    yes_at = {
        label.annotator: label.at
        for label in sorted(voices, key=lambda label: label.at, reverse=True)
        if label.answer is Answer.yes
    }
    marks = {label.annotator: label.mark for label in voices if label.mark is not None}
    noted = {name for name, mark in marks.items() if mark.bears_out}
    third_looks = [label for label in own_labels if label.answer is Answer.yes][2:]
    clusters = {label.cluster for label in deciding if label.cluster is not None}
    return Resolved(
        answer=None if answer is Answer.yes and len(yes_at) < 2 else answer,
        answered_by=tuple(sorted({label.annotator for label in voices})),
        people=tuple(sorted(yes_at)),
        cluster=Cluster.unknown if len(clusters) > 1 else next(iter(clusters), None),
        categories=tuple(dict.fromkeys(label.category for label in deciding)),
        marked=len(yes_at) > 1 and yes_at.keys() <= noted,
        third_look=answer is Answer.yes
        and any(label.mark is not None and label.mark.bears_out for label in third_looks),
        weeks=tuple(sorted({label.week for label in labels})),
        confirmed_at=sorted(yes_at.values())[1] if len(yes_at) > 1 else None,
    )


def outcome(
    registry: Registry, policy: str, observation: Observation, label: Resolved | None = None
) -> Answer:
    """Whether a policy forbids what was observed, if people say yes to what it asks.

    That is: if a foreign seller offers it, or if it is imported used clothing.
    ``policy`` is an id; the version in force when it was observed counts. With a ``label`` the
    offer has the product group and the commodity that people gave it; where they name several
    commodities for which the policy's answers differ, the outcome is ``cannot_tell``.
    """
    if observation.classification is None:
        return Answer.cannot_tell
    versions = registry.policy(policy)
    if Question.used_clothing in map(question_of, versions):
        assumed = replace(
            observation.classification,
            condition=Condition.used,
            prohibited=Prohibited.used_clothing,
        )
    else:
        assumed = replace(observation.classification, cross_border=CrossBorder.cross_border)
    goods = [assumed]
    if label is not None and label.cluster is not None:
        goods = [
            replace(assumed, cluster=label.cluster, category=category)
            for category in label.categories
        ]
    rates, categories = registry.rates, registry.categories
    answers = set()
    for offer in goods:
        forbidden = {
            forbids(version, observation.listing, offer, observation.observed_at, rates, categories)
            for version in versions
        }
        unclear = Answer.cannot_tell if None in forbidden else Answer.no
        answers.add(Answer.yes if True in forbidden else unclear)
    return answers.pop() if len(answers) == 1 else Answer.cannot_tell


def quality(
    sample: AuditSample,
    labels: Iterable[Label],
    resolved: Mapping[LabelKey, Resolved],
    precision: tuple[SignalPrecision, ...] = (),
    question: Question = Question.cross_border,
) -> AuditQuality:
    """What the labels of an audit sample to one question are worth: counts, Krippendorff's α.

    ``labels`` and what they were ``resolved`` to may reach beyond the sample. α is nominal over
    yes, no and cannot tell of first and second labels. As every positive is labelled twice but only
    a fifth of the others, it leans on the difficult listings.
    """
    keys = {drawn.label_key for drawn in sample.items if drawn.question is question}
    sample_labels = sorted(
        (label for label in labels if label.key in keys), key=lambda label: label.at
    )
    answers: dict[LabelKey, dict[str, Answer]] = defaultdict(dict)
    for label in sample_labels:
        if label.kind is not LabelKind.adjudication:
            answers[label.key][label.annotator] = label.answer
    doubled = [by_person for by_person in answers.values() if len(by_person) > 1]
    return AuditQuality(
        drawn=len(keys),
        labels=len(sample_labels),
        annotators=len({label.annotator for label in sample_labels}),
        double_labelled=len(doubled),
        disagreements=sum(len({*by_person.values()}) > 1 for by_person in doubled),
        cannot_tell=sum(
            key in resolved and resolved[key].answer is Answer.cannot_tell for key in keys
        ),
        alpha=agreement(doubled),
        precision=precision,
        open_answers=sum(key in resolved and resolved[key].answer is None for key in keys),
    )


def agreement(answers: Iterable[Mapping[str, Answer]]) -> float | None:
    """Krippendorff's nominal α of the answers that each listing got, by person.

    Listings with one answer are left out. None where fewer than two listings, or only one kind of
    answer, can be compared.
    """
    pairable = [by_person for by_person in answers if len(by_person) > 1]
    if len(pairable) < 2 or len({a for by_person in pairable for a in by_person.values()}) < 2:
        return None
    people = sorted({name for by_person in pairable for name in by_person})
    codes = {answer: float(code) for code, answer in enumerate(Answer)}
    ratings = np.full((len(people), len(pairable)), np.nan)
    for column, by_person in enumerate(pairable):
        for name, answer in by_person.items():
            ratings[people.index(name), column] = codes[answer]
    return float(krippendorff.alpha(reliability_data=ratings, level_of_measurement="nominal"))
