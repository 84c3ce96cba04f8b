"""From appended labels to one answer a listing version, and what the labels are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import krippendorff
import numpy as np

from monitor.model import (
    Answer,
    AuditQuality,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    SampledListing,
    SignalPrecision,
    Value,
)

Key = tuple[str, str, str]
"""Platform, item id, content hash: a listing version."""


class Resolved(Value):
    """What people say of a listing version.

    ``answer`` is None while it is open: a positive waits for its second look, a disagreement for
    its decision. ``people`` are those whose standing answer is yes; ``confirmed`` needs two.
    ``cluster`` is ``unknown`` where they see different ones, None where nobody said;
    ``categories`` are all that they said of the commodity, None among them where one did not.
    """

    answer: Answer | None
    people: tuple[str, ...] = ()
    cluster: Cluster | None = None
    categories: tuple[str | None, ...] = (None,)
    weeks: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Positive, and two different people say so."""
        return self.answer is Answer.yes and len(self.people) > 1


def label_key(label: Label | SampledListing) -> Key:
    """The listing version a label or a drawn item is about."""
    return label.platform, label.item_id, label.version


def resolve(labels: Iterable[Label]) -> dict[Key, Resolved]:
    """One answer a listing version.

    Of several labels of one person in one role the latest counts (that is how a label is undone);
    a decision counts before looks. Without a decision a single no or cannot tell stands, a yes
    needs a second person, and different answers stay open. A yes that was decided, too, needs two
    people: the one who decides and another one, who looked.
    """
    standing: dict[Key, dict[tuple[str, LabelKind], Label]] = defaultdict(dict)
    for label in sorted(labels, key=lambda label: label.at):
        standing[label_key(label)][label.annotator, label.kind] = label
    return {key: _resolve(sorted(group.values(), key=_when)) for key, group in standing.items()}


def _when(label: Label) -> tuple[object, str]:
    return label.at, label.annotator


def _resolve(labels: Sequence[Label]) -> Resolved:
    decisions = [label for label in labels if label.kind is LabelKind.adjudication]
    looks = [label for label in labels if label.kind is not LabelKind.adjudication]
    latest = {label.annotator: label for label in looks}
    people = {name for name, label in latest.items() if label.cross_border is Answer.yes}
    answers = {label.cross_border for label in latest.values()}
    answer: Answer | None = None
    if decisions:
        answer = decisions[-1].cross_border
        people |= {d.annotator for d in decisions[-1:] if answer is Answer.yes}
    elif len(answers) == 1:
        (answer,) = answers
    if answer is Answer.yes and len(people) < 2:
        answer = None
    judged = decisions[-1:] or list(latest.values())
    clusters = {label.cluster for label in judged if label.cluster is not None}
    return Resolved(
        answer=answer,
        people=tuple(sorted(people)),
        cluster=Cluster.unknown if len(clusters) > 1 else next(iter(clusters), None),
        categories=tuple(dict.fromkeys(label.category for label in judged)),
        weeks=tuple(sorted({label.week for label in labels})),
    )


def quality(
    draw: AuditSample, labels: Sequence[Label], precision: tuple[SignalPrecision, ...] = ()
) -> AuditQuality:
    """What the labels of a draw are worth: counts and Krippendorff's α of first and second looks.

    α is nominal over yes, no and cannot tell. As every positive is looked at twice but only a
    fifth of the others, it leans on the difficult listings.
    """
    keys = {label_key(item) for item in draw.items}
    mine = [label for label in labels if label_key(label) in keys]
    looks: dict[Key, dict[str, Answer]] = defaultdict(dict)
    for label in sorted(mine, key=lambda label: label.at):
        if label.kind is not LabelKind.adjudication:
            looks[label_key(label)][label.annotator] = label.cross_border
    pairs = [set(answers.values()) for answers in looks.values() if len(answers) > 1]
    resolved = resolve(mine)
    return AuditQuality(
        drawn=len(keys),
        labels=len(mine),
        annotators=len({label.annotator for label in mine}),
        double_labelled=len(pairs),
        disagreements=sum(len(answers) > 1 for answers in pairs),
        cannot_tell=sum(r.answer is Answer.cannot_tell for r in resolved.values()),
        alpha=agreement(list(looks.values())),
        precision=precision,
    )


def agreement(looks: Sequence[Mapping[str, Answer]]) -> float | None:
    """Krippendorff's nominal α; None where fewer than two listings or answers can be compared."""
    pairable = [answers for answers in looks if len(answers) > 1]
    if len(pairable) < 2 or len({a for answers in pairable for a in answers.values()}) < 2:
        return None
    people = sorted({name for answers in pairable for name in answers})
    codes = {answer: float(code) for code, answer in enumerate(Answer)}
    data = np.full((len(people), len(pairable)), np.nan)
    for column, answers in enumerate(pairable):
        for name, answer in answers.items():
            data[people.index(name), column] = codes[answer]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"))
