"""The first week with one platform: five days, each step held against what really happened.

What a person began, and what they say they sent, lies in the home (``pilot/PLATFORM/week.json``).
Every other step is read from configuration, run log and store, so that nothing is ticked by word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.config import Config, PantauError, week_of
from monitor.evidence.manifest import replace_file
from monitor.model import (
    Answer,
    AuditSample,
    ClaimState,
    CollectedBy,
    LabelKind,
    LiveCheck,
    Mode,
    PilotStep,
    PilotWeek,
    Question,
    RunOutcome,
    StepState,
    StepStatus,
    UnitRecord,
    UnitState,
    Value,
    from_json,
    to_json,
)
from monitor.operate.live_check import checks_of
from monitor.operate.visits import drawn_targets
from monitor.registry import Platform, Registry
from monitor.store import Store
from reports.messages import LANGUAGES
from reports.pilot import pilot_lines, write_pilot_pages

_REFUSED = {UnitState.blocked, UnitState.disallowed}
OFFERS = 30
"""Offers of the platform that people look at in the first week."""


class PilotError(PantauError):
    """A first week cannot go on; the message names the mend."""


class PilotRecord(Value):
    """What a person began and entered: the week, when, and what they say of a step."""

    week: str
    started_at: datetime
    notes: dict[PilotStep, str] = msgspec.field(default_factory=dict)


def pilot_folder(config: Config, platform: str) -> Path:
    """Where a platform's first week lies."""
    return config.live_checks / platform


def pilot_record(config: Config, registry: Registry, platform: str) -> PilotRecord:
    """The first week of a platform, begun now where it was not; raises ``PilotError``."""
    if platform not in registry.platforms:
        names = ", ".join(registry.platforms)
        raise PilotError(f"{platform}: no such platform; known: {names}")
    path = pilot_folder(config, platform) / "week.json"
    if path.exists():
        try:
            return from_json(path.read_bytes(), PilotRecord)
        except msgspec.DecodeError as error:
            raise PilotError(f"{path}: cannot be read: {error}; remove it to begin anew") from error
    now = config.now()
    record = PilotRecord(week=week_of(now), started_at=now)
    _save(config, platform, record)
    return record


def note_step(
    config: Config, registry: Registry, platform: str, step: PilotStep, note: str
) -> PilotRecord:
    """Enter what a person says of a step; it ticks only what the store cannot know."""
    record = pilot_record(config, registry, platform)
    noted = msgspec.structs.replace(record, notes=record.notes | {step: note})
    _save(config, platform, noted)
    return noted


def _save(config: Config, platform: str, record: PilotRecord) -> None:
    folder = pilot_folder(config, platform)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "week.json", to_json(record))


def pilot_week(config: Config, registry: Registry, store: Store, platform_id: str) -> PilotWeek:
    """A platform's first week as it stands now, step by step."""
    record = pilot_record(config, registry, platform_id)
    platform = registry.platforms[platform_id]
    checks = checks_of(config, platform_id)
    check = checks[-1] if checks else None
    by_hand = bool(check and check.refused) or platform.collection is CollectedBy.inspector
    steps = (
        _contact(config),
        _live_check(store, platform_id, check),
        _plan(store, platform_id, record.week),
        _pages(config, store, platform_id, record.week, by_hand=by_hand),
        sample := _sample(config, registry, store, platform_id, record.week),
        _labels(store, platform_id, record.week, sample),
        _edition(store, platform, record.week),
        bundle := _bundle(config, platform_id, check),
        _sent(record, bundle),
    )
    return PilotWeek(
        platform=platform_id,
        name=platform.name,
        week=record.week,
        origin=config.origin,
        started_at=record.started_at,
        as_of=config.now(),
        steps=tuple(
            msgspec.structs.replace(step, note=record.notes.get(step.step)) for step in steps
        ),
        by_hand=by_hand,
        language=config.language,
    )


def pilot_text(week: PilotWeek, lang: str) -> Iterator[str]:
    """The checklist for a terminal, in a language."""
    return pilot_lines(week, lang)


def write_pilot(config: Config, week: PilotWeek) -> list[Path]:
    """Write the checklist as a page in both languages; returns the files."""
    return write_pilot_pages(pilot_folder(config, week.platform), week)


def page_in(pages: Sequence[Path], lang: str) -> Path:
    """That of the pages of a checklist which is in a language."""
    return pages[LANGUAGES.index(lang)]


def _contact(config: Config) -> StepStatus:
    step = PilotStep.contact
    if config.contact:
        return StepStatus(
            step=step, state=StepState.done, seen="contact", figures={"contact": config.contact}
        )
    if config.demo_url:
        return StepStatus(step=step, state=StepState.done, seen="contact_simulated")
    return StepStatus(step=step, state=StepState.open, seen="contact_none")


def _live_check(store: Store, platform: str, check: LiveCheck | None) -> StepStatus:
    """Done once the run log has a live check whose reading is there."""
    step = PilotStep.live_check
    logged = {run.id for run in store.runs.newest(job="live", platform=platform)}
    if check is None or check.run not in logged:
        return StepStatus(step=step, state=StepState.open, seen="live_check_none")
    figures: dict[str, int | str | datetime] = {
        state.value: len(check.in_state(state)) for state in ClaimState
    }
    figures |= {"at": check.at, "pages": len(check.pages)}
    if check.refused:
        return StepStatus(
            step=step,
            state=StepState.stopped,
            seen="live_check_refused",
            figures=figures | {"reason": check.refused},
        )
    if check.unreachable:
        return StepStatus(
            step=step,
            state=StepState.open,
            seen="live_check_unreachable",
            figures=figures | {"reason": check.unreachable},
        )
    seen = "live_check_contradicted" if check.failed else "live_check"
    return StepStatus(step=step, state=StepState.done, seen=seen, figures=figures)


def _plan(store: Store, platform: str, week: str) -> StepStatus:
    step = PilotStep.plan
    units = len(_units(store, platform, week))
    if not units:
        return StepStatus(step=step, state=StepState.open, seen="plan_none", figures={"week": week})
    return StepStatus(
        step=step, state=StepState.done, seen="plan", figures={"n": units, "week": week}
    )


def _units(store: Store, platform: str, week: str) -> tuple[UnitRecord, ...]:
    """The pages of a platform that a week's plan has, those of the second way included."""
    return (
        *store.units.of_week(week, platform),
        *store.units.of_week(week, platform, second_way=True),
    )


def _night(config: Config) -> dict[str, str]:
    """The hours between which the crawler asks, as the checklist writes them."""
    crawl = config.crawl
    return {"opens": f"{crawl.night_from:%H.%M}", "closes": f"{crawl.night_until:%H.%M}"}


def _pages(config: Config, store: Store, platform: str, week: str, *, by_hand: bool) -> StepStatus:
    """Done once no planned page of the platform waits and one of them has spoken."""
    step = PilotStep.pages
    units = _units(store, platform, week)
    answered = sum(unit.state.speaks for unit in units)
    refused = sum(unit.state in {UnitState.blocked, UnitState.disallowed} for unit in units)
    by_people = sum(unit.state.speaks and unit.mode is Mode.inspector for unit in units)
    pending = sum(unit.state is UnitState.planned for unit in units)
    figures: dict[str, int | str | datetime] = {
        "n": answered,
        "refused": refused,
        "pending": pending,
        "people": by_people,
    }
    waits_for_night = bool(pending) and not by_hand and not config.demo_url
    if waits_for_night and not refused:
        figures.update(_night(config))
    if not answered:
        state = StepState.stopped if refused and not pending else StepState.open
        seen = "pages_refused" if refused else "pages_none"
        if waits_for_night and not refused:
            seen = "pages_night"
        return StepStatus(step=step, state=state, seen=seen, figures=figures)
    state = StepState.begun if pending else StepState.done
    return StepStatus(step=step, state=state, seen="pages", figures=figures)


def _sample(
    config: Config, registry: Registry, store: Store, platform: str, week: str
) -> StepStatus:
    """Done once offers are drawn and no own page of them waits for its first visit."""
    step = PilotStep.sample
    sample = store.audit_samples.of_week(week)
    if sample is None:
        draws = store.runs.newest(job="draw", week=week, limit=1)
        if draws and draws[0].outcome is RunOutcome.done:
            return StepStatus(step=step, state=StepState.stopped, seen="sample_nothing")
        return StepStatus(step=step, state=StepState.open, seen="sample_none")
    drawn = [item for item in sample.items if item.platform == platform]
    if not drawn:
        return StepStatus(step=step, state=StepState.stopped, seen="sample_empty")
    used = sum(item.cluster.question is Question.used_clothing for item in drawn)
    figures: dict[str, int | str | datetime] = {
        "n": len(drawn),
        "sellers": len(drawn) - used,
        "used": used,
    }
    if waiting := _unvisited(registry, store, platform, sample):
        figures |= {"waiting": waiting, **_night(config)}
        return StepStatus(step=step, state=StepState.begun, seen="sample_waiting", figures=figures)
    return StepStatus(step=step, state=StepState.done, seen="sample", figures=figures)


def _unvisited(registry: Registry, store: Store, platform: str, sample: AuditSample) -> int:
    """Drawn offers whose own page was never asked for; 0 where the platform refused one of them."""
    visits = [visit for visit in store.visits.of_week(sample.week) if visit.platform == platform]
    if any(visit.state in _REFUSED for visit in visits):
        return 0
    visited = {visit.key for visit in visits}
    return sum(
        target.platform == platform and (target.platform, target.item_id) not in visited
        for target in drawn_targets(registry, store, sample)
    )


def _labels(store: Store, platform: str, week: str, drawn_step: StepStatus) -> StepStatus:
    """Done once people looked at thirty offers of the sample, or at all that it has.

    A yes that nobody else has looked at is counted as waiting for a second person.
    """
    step = PilotStep.labels
    if drawn_step.state is StepState.stopped:
        return StepStatus(step=step, state=StepState.stopped, seen="labels_nothing")
    sample = store.audit_samples.of_week(week)
    items = sample.items if sample else ()
    drawn = {item.label_key for item in items if item.platform == platform}
    labels = [label for label in store.labels.all(week) if label.key in drawn]
    first = {label.key for label in labels}
    second = {label.key for label in labels if label.kind is not LabelKind.first}
    wanted_offers = min(OFFERS, len(drawn))
    positive = {label.key for label in labels if label.answer is Answer.yes}
    figures: dict[str, int | str | datetime] = {
        "n": len(first),
        "waiting": len(positive - second),
        "second": len(second),
        "of": len(drawn) if first else wanted_offers or OFFERS,
        "people": len({label.annotator for label in labels}),
    }
    if not first:
        return StepStatus(step=step, state=StepState.open, seen="labels_none", figures=figures)
    state = StepState.done if len(first) >= wanted_offers else StepState.begun
    return StepStatus(step=step, state=state, seen="labels", figures=figures)


def _edition(store: Store, platform: Platform, week: str) -> StepStatus:
    step = PilotStep.edition
    findings = store.editions.latest(week)
    if findings is None or all(row.id != platform.id for row in findings.platforms):
        return StepStatus(step=step, state=StepState.open, seen="edition_none")
    figures: dict[str, int | str | datetime] = {"at": findings.as_of, "week": week}
    return StepStatus(step=step, state=StepState.done, seen="edition", figures=figures)


def _bundle(config: Config, platform: str, check: LiveCheck | None) -> StepStatus:
    """Done once a bundle of the newest live check lies in the home."""
    step = PilotStep.bundle
    if check is None:
        return StepStatus(step=step, state=StepState.open, seen="bundle_none")
    path = bundle_file(config, platform, check.run)
    if not path.exists():
        return StepStatus(step=step, state=StepState.open, seen="bundle_none")
    return StepStatus(step=step, state=StepState.done, seen="bundle", figures={"file": path.name})


def bundle_file(config: Config, platform: str, run: int) -> Path:
    """Where the bundle of a live check lies, unless another place was named."""
    return pilot_folder(config, platform) / f"pantau-{platform}-{run}.zip"


def _sent(record: PilotRecord, bundle: StepStatus) -> StepStatus:
    """What was sent to whom, only a person knows; whether there was a bundle to send, the home."""
    step = PilotStep.sent
    if step not in record.notes:
        return StepStatus(step=step, state=StepState.open, seen="sent_none")
    if bundle.state is not StepState.done:
        return StepStatus(step=step, state=StepState.begun, seen="sent_unpacked")
    return StepStatus(step=step, state=StepState.done, seen="sent")
