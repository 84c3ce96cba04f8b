"""The error of annotators, from their answers to the controls of a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from monitor.config import previous_week
from monitor.estimate.controls import WEEKS_A_YEAR, ControlLook
from monitor.model import Question
from monitor.sampling import as_drawn
from monitor.store import Store

from .labelled import LabelledListing


def control_looks(store: Store, week: str, as_of: datetime) -> Iterator[ControlLook]:
    """The answers to the controls of a year up to ``week`` that were given by ``as_of``.

    Of several answers of a person to one control the latest counts. Raises ``PantauError`` where an
    audit sample is not the one that was drawn.
    """
    number = 0
    for at in [week, *(previous_week(week, back) for back in range(1, WEEKS_A_YEAR))]:
        sample = store.audit_samples.of_week(at)
        if sample is None or not sample.controls:
            continue
        answers = [answer for answer in store.control_answers.all(at) if answer.at <= as_of]
        for control in as_drawn(sample).controls:
            number += 1
            latest = {
                answer.annotator: answer.answer
                for answer in sorted(answers, key=lambda answer: answer.at)
                if answer.key == control.label_key
            }
            for person, answer in latest.items():
                yield ControlLook(
                    control=number,
                    person=person,
                    answer=answer,
                    right=control.answer,
                    platform=control.platform,
                    question=control.question,
                )


def first_control_week(week: str) -> str:
    """The first week whose controls count for an edition of ``week``."""
    return previous_week(week, WEEKS_A_YEAR - 1)


def clean_listings(labelled: Iterable[LabelledListing], week: str, question: Question) -> int:
    """How many listings people labelled for a question in the week's audit and did not confirm."""
    return len(
        {
            listing.observation.key
            for listing in labelled
            if listing.observation.question is question
            and listing.audited.week == week
            and not listing.label.confirmed
        }
    )
