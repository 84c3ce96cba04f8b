"""What people's answers to controls say of their error, alone and together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from msgspec.structs import replace

from monitor.estimate.intervals import Count, clopper_pearson
from monitor.model import (
    AnnotatorErrors,
    Answer,
    ErrorRate,
    PersonErrors,
    Question,
    SharedErrors,
    Value,
)

K = TypeVar("K")
LEAST_CONTROLS = 20
"""Controls of a kind that somebody must have answered before their error is told."""
WEEKS_A_YEAR = 52


class ControlLook(Value):
    """One person's answer to the control of that number on a platform, the ``right`` one, and what
    was asked."""

    control: int
    person: str
    answer: Answer
    right: Answer
    platform: str = ""
    question: Question = Question.cross_border

    @property
    def is_wrong(self) -> bool:
        """Whether the opposite was said; "cannot tell" is no error, for it accuses and clears
        nobody."""
        return self.answer is not self.right and self.answer is not Answer.cannot_tell


def measured_errors(
    looks: Iterable[ControlLook],
    since: str,
    clean_listings: int,
    question: Question = Question.cross_border,
) -> AnnotatorErrors | None:
    """The error of each person and pair in their answers to a question; None without such a look.

    Persons are numbered from 1 by their names, over the ``looks`` of all questions, so that a
    number is the same person in each. ``clean_listings`` is how many listings of the week people
    labelled for the question and did not confirm: what can be confirmed wrongly.
    """
    by_person: dict[str, dict[int, ControlLook]] = defaultdict(dict)
    for look in looks:
        answers = by_person[look.person]
        if look.question is question:
            answers[look.control] = look
    numbered = {
        number: by_person[name]
        for number, name in enumerate(sorted(by_person), start=1)
        if by_person[name]
    }
    if not numbered:
        return None
    people = list(numbered.values())
    pairs = [
        shared_errors((first, second), numbered[first], numbered[second])
        for first, second in combinations(numbered, 2)
    ]
    low, expected, high = _false_confirmations(people, pairs, clean_listings) or (None,) * 3
    return AnnotatorErrors(
        since=since,
        controls=len({control for answers in people for control in answers}),
        people=tuple(
            PersonErrors(
                person=number,
                missed=_rate(answers.values(), Answer.yes),
                false_yes=_rate(answers.values(), Answer.no),
            )
            for number, answers in numbered.items()
        ),
        pairs=tuple(pairs),
        false_confirmations=expected,
        false_confirmations_low=low,
        false_confirmations_high=high,
    )


def shared_errors(
    people: tuple[int, int], first: Mapping[int, ControlLook], second: Mapping[int, ControlLook]
) -> SharedErrors:
    """The correlation of two people's errors over the controls that both answered.

    With p the mean error and t the share of the controls somebody got wrong that both got wrong, it
    is (2t / (1 + t) - p) / (1 - p). t is binomial given that somebody was wrong: its
    Clopper-Pearson limits, each with the limit of p that widens, give those of the correlation.
    """
    common = sorted(first.keys() & second.keys())
    wrong = [(first[control].is_wrong, second[control].is_wrong) for control in common]
    both = sum(a and b for a, b in wrong)
    either = sum(a or b for a, b in wrong)
    shared = SharedErrors(people=people, controls=len(common), both=both, either=either)
    if not either or len(common) < LEAST_CONTROLS:
        return shared
    mean = (both + either) / 2.0
    low, high = clopper_pearson(Count(both, either))
    # Two people's errors on one control are one, so that a shared error counts once.
    p_low, p_high = clopper_pearson(Count(mean, len(common)))
    return replace(
        shared,
        correlation=_correlation(both / either, mean / len(common)),
        low=_correlation(low, p_high),
        high=_correlation(high, p_low),
    )


def _correlation(shared: float, error: float) -> float:
    if error >= 1.0:
        return 1.0
    return max(-1.0, min(1.0, (2.0 * shared / (1.0 + shared) - error) / (1.0 - error)))


def _rate(looks: Iterable[ControlLook], right: Answer) -> ErrorRate | None:
    """The error on the controls with that right answer; None where too few were answered."""
    wrong = [look.is_wrong for look in looks if look.right is right]
    if len(wrong) < LEAST_CONTROLS:
        return None
    low, high = clopper_pearson(Count(sum(wrong), len(wrong)))
    return ErrorRate(answered=len(wrong), wrong=sum(wrong), low=low, high=high)


def _false_confirmations(
    people: Sequence[Mapping[int, ControlLook]],
    pairs: Iterable[SharedErrors],
    clean_listings: int,
) -> tuple[float, float, float] | None:
    """Lower limit, estimate and upper limit of the clean listings two people confirm in a year.

    With p the error on clean controls and r the correlation, two people confirm a share of
    p² + r·p·(1 - p). Where the correlation is not known, it is 0 in the estimate and 1 in the upper
    limit.
    """
    looks = [look for answers in people for look in answers.values() if look.right is Answer.no]
    controls = len({look.control for look in looks})
    if controls < LEAST_CONTROLS or len(people) < 2:
        return None
    error = sum(look.is_wrong for look in looks) / len(looks)
    p_low, p_high = clopper_pearson(Count(error * controls, controls))
    known = [pair for pair in pairs if pair.correlation is not None]
    low = min((pair.low or 0.0 for pair in known), default=0.0)
    high = max((pair.high or 0.0 for pair in known), default=1.0)
    middle = sum(pair.correlation or 0.0 for pair in known) / max(len(known), 1)
    yearly = WEEKS_A_YEAR * clean_listings

    def confirmed(p: float, r: float) -> float:
        return yearly * max(0.0, p * p + r * p * (1.0 - p))

    return confirmed(p_low, low), confirmed(error, middle), confirmed(p_high, high)
