"""What each observation of a week breaches, by the screen and by what people say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from monitor.labels import Resolved
from monitor.model import Answer, DetailVisit, LabelKey, ListingKey, Question, Value
from monitor.registry import Registry, question_of

from .gather import Gathered
from .labelled import labelled_outcome
from .screen import ScreenedObservation, screen_observations


class Judged(Value):
    """The observations of a week, judged by the policies in force when they were made.

    ``screened`` are those of the plan, with what people say of them, ``late`` those whose page came
    after the screen was frozen, ``outside`` those outside the plan, the late ones among them.
    ``previous`` are those of the week before, by the screen alone. Those of used clothing and those
    of foreign sellers are never counted together (``of``).
    """

    screened: tuple[ScreenedObservation, ...]
    late: tuple[ScreenedObservation, ...]
    outside: tuple[ScreenedObservation, ...]
    previous: tuple[ScreenedObservation, ...]

    def of(self, question: Question) -> Judged:
        """Those whose entries ask a question."""

        def asked(observations: Iterable[ScreenedObservation]) -> tuple[ScreenedObservation, ...]:
            return tuple(o for o in observations if o.observation.question is question)

        return Judged(**{name: asked(getattr(self, name)) for name in self.__struct_fields__})


def judge(registry: Registry, gathered: Gathered) -> Judged:
    """The observations gathered for a week, with the policies they breach and people's word."""
    late = screen_observations(registry, gathered.sampled.late)
    return Judged(
        screened=tuple(
            with_labels(
                registry,
                screen_observations(registry, gathered.sampled.screen),
                gathered.resolved,
                gathered.kept_visits,
            )
        ),
        late=late,
        outside=(*screen_observations(registry, gathered.outside), *late),
        previous=screen_observations(registry, gathered.previous.screen),
    )


def with_labels(
    registry: Registry,
    observations: Iterable[ScreenedObservation],
    resolved: Mapping[LabelKey, Resolved],
    kept_visits: Mapping[ListingKey, Sequence[DetailVisit]],
) -> Iterator[ScreenedObservation]:
    """Screened observations with what people say of each; of one without an answer
    only whether it was ``checked``.

    A breach is confirmed where two people say so and the listing's own page was kept for them:
    ``kept_visits`` are a listing's visits whose page was kept, in the order they were made.
    """
    # What people answered to one question says nothing under a policy that asks another one.
    asking: dict[Question, tuple[str, ...]] = {
        question: tuple(
            dict.fromkeys(p.id for p in registry.policies if question_of(p) is question)
        )
        for question in Question
    }
    for screened in observations:
        label = resolved.get(screened.observation.label_key)
        if label is None or label.answer is None:
            yield replace(screened, checked=label is not None and label.checked)
            continue
        proof = _judged_page(label, kept_visits.get(screened.key, ()))
        asked = asking[screened.observation.question] if proof else screened.breached
        outcomes = {
            policy: labelled_outcome(registry, policy, screened.observation, label)
            for policy in asked
        }
        yield replace(
            screened,
            confirmed=tuple(p for p in asked if proof and outcomes[p] is Answer.yes),
            cleared=tuple(p for p in screened.breached if outcomes[p] is Answer.no),
            checked=label.checked,
            label=label.answer,
            judged_cluster=label.cluster,
            proof=proof,
            mark_noted=proof is not None and label.marked,
            third_look=label.third_look,
        )


def _judged_page(label: Resolved, visits: Sequence[DetailVisit]) -> DetailVisit | None:
    """The visit whose page two people confirmed; None where they did not, or none was kept.

    It is the last one before the second person's yes, of the weeks that the labels are for. A later
    visit may show another offer, which nobody judged.
    """
    if not label.confirmed:
        return None
    judged = [visit for visit in visits if visit.week in label.weeks]
    before = [
        visit
        for visit in judged
        if visit.visited_at and label.confirmed_at and visit.visited_at <= label.confirmed_at
    ]
    return before[-1] if before else next(iter(judged), None)
