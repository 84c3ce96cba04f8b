"""The first week with one platform: steps, and what the store knows of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.model.base import Value
from monitor.model.vocabulary import Origin


class PilotStep(StrEnum):
    """The steps of a first week, in their order."""

    contact = "contact"
    live_check = "live_check"
    plan = "plan"
    pages = "pages"
    sample = "sample"
    labels = "labels"
    edition = "edition"
    bundle = "bundle"
    sent = "sent"


PILOT_DAYS = {
    1: (PilotStep.contact, PilotStep.live_check),
    2: (PilotStep.plan, PilotStep.pages),
    3: (PilotStep.sample, PilotStep.labels),
    4: (PilotStep.edition,),
    5: (PilotStep.bundle, PilotStep.sent),
}
"""The steps of each of the five days."""


class StepState(StrEnum):
    """How far a step is; ``stopped`` where the platform refused, so that people go on by hand."""

    open = "open"
    begun = "begun"
    stopped = "stopped"
    done = "done"


class StepStatus(Value):
    """A step with what was seen of it: ``figures`` by name, and a person's ``note``.

    ``seen`` names the sentence that tells it.
    """

    step: PilotStep
    state: StepState
    seen: str
    figures: dict[str, int | str | datetime] = msgspec.field(default_factory=dict)
    note: str | None = None


class PilotWeek(Value):
    """A first week as it stands at ``as_of``.

    ``by_hand``: pages are collected at the inspection desk, as the crawler is refused or not meant.
    ``language`` is that in which the commands of this home speak, unless they are told another.
    """

    platform: str
    name: str
    week: str
    origin: Origin
    started_at: datetime
    as_of: datetime
    steps: tuple[StepStatus, ...]
    by_hand: bool = False
    language: str = "id"

    def step(self, step: PilotStep) -> StepStatus:
        """A step as it stands."""
        return next(status for status in self.steps if status.step is step)

    @property
    def next_step(self) -> PilotStep | None:
        """The first step that is open or begun; else None. What was refused is not asked again."""
        waiting = {StepState.open, StepState.begun}
        return next((status.step for status in self.steps if status.state in waiting), None)
