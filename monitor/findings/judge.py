"""What each observation of a week breaches, by the screen and by what people say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from monitor.labels import Resolved
from monitor.model import Answer, Listing, ListingKey, Value, VersionKey
from monitor.registry import Registry

from .gather import Gathered
from .labelled import labelled_outcome
from .screen import ScreenedObservation, screen_observations


class Judged(Value):
    """The observations of a week, judged by the policies in force when they were made.

    ``screened`` are those of the plan, with what people say of them, ``late`` those whose page came
    after the screen was frozen, ``outside`` those outside the plan, the late ones among them.
    ``previous`` are those of the week before, by the screen alone.
    """

    screened: tuple[ScreenedObservation, ...]
    late: tuple[ScreenedObservation, ...]
    outside: tuple[ScreenedObservation, ...]
    previous: tuple[ScreenedObservation, ...]


def judge(registry: Registry, gathered: Gathered) -> Judged:
    """The observations gathered for a week, with the policies they breach and people's word."""
    late = screen_observations(registry, gathered.sampled.late)
    return Judged(
        screened=tuple(
            with_labels(
                registry,
                screen_observations(registry, gathered.sampled.screen),
                gathered.resolved,
                gathered.kept_pages,
                gathered.own_pages,
            )
        ),
        late=late,
        outside=(*screen_observations(registry, gathered.outside), *late),
        previous=screen_observations(registry, gathered.previous.screen),
    )


def with_labels(
    registry: Registry,
    observations: Iterable[ScreenedObservation],
    resolved: Mapping[VersionKey, Resolved],
    kept_pages: Collection[tuple[str, ListingKey]],
    own_pages: Mapping[tuple[str, ListingKey], Listing],
) -> Iterator[ScreenedObservation]:
    """Screened observations with what people say of each; one without an answer stays as it is.

    A breach is confirmed where two people say so and the listing's own page was kept for them:
    ``kept_pages`` are the weeks and listings of the visits whose page was kept, ``own_pages`` what
    those pages say.
    """
    policies = dict.fromkeys(policy.id for policy in registry.policies)
    for screened in observations:
        label = resolved.get(screened.observation.key)
        if label is None or label.answer is None:
            yield screened
            continue
        proven = label.confirmed and any((week, screened.key) in kept_pages for week in label.weeks)
        asked = policies if proven else screened.breached
        outcomes = {
            policy: labelled_outcome(registry, policy, screened.observation, label)
            for policy in asked
        }
        yield replace(
            screened,
            confirmed=tuple(p for p in asked if proven and outcomes[p] is Answer.yes),
            cleared=tuple(p for p in screened.breached if outcomes[p] is Answer.no),
            label=label.answer,
            judged_cluster=label.cluster,
            own_pages=tuple(
                own_pages[week, screened.key]
                for week in label.weeks
                if proven and (week, screened.key) in own_pages
            ),
        )
