"""The checklist of a first week as a page, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from monitor.model import (
    PILOT_DAYS,
    Origin,
    PilotStep,
    PilotWeek,
    StepState,
    StepStatus,
    Value,
)

from .contexts import DocumentContext, main_file, stylesheet
from .messages import LANGUAGES, Messages

BOXES = {
    StepState.open: "☐",
    StepState.begun: "◐",
    StepState.stopped: "☒",
    StepState.done: "☑",
}
_COLUMNS = Markup(
    ".typed { white-space: nowrap; }"
    " @media (min-width: 40.01rem), print { .checklist { table-layout: fixed; }"
    " .checklist th:nth-child(1) { width: 37%; } .checklist th:nth-child(2) { width: 35%; } }"
)
"""No line ends within an option that is typed; the columns of all days begin at the same places."""
RECEIVERS = ("project", "head", "platform", "public")
"""Who is named in the table of what to send whom."""


class StepLine(Value):
    """A step in the words of a language; ``commands`` are to be typed, in this order."""

    step: PilotStep
    state: StepState
    box: str
    title: str
    why: str
    seen: str
    note: str | None
    commands: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PilotContext(DocumentContext):
    """What the page of a first week is given."""

    template = "pilot.html"

    week: PilotWeek
    """The week as it stands."""
    days: dict[int, Sequence[StepLine]]
    """The steps of each day."""
    next_line: StepLine | None
    """The first step that is not done; None where all are."""
    receivers: Sequence[str]
    """Who is named in the table of what to send whom."""
    other_file: str
    """The file name of the page in the other language."""


def language_option(lang: str, home_language: str) -> str:
    """What makes a command speak a language: nothing where it does so anyway."""
    return "" if lang == home_language else f" --lang {lang}"


def commands_of(messages: Messages, week: PilotWeek, step: PilotStep) -> tuple[str, ...]:
    """What is typed for a step; what a person fills in stands in capitals of the language."""
    platform, iso_week, name = week.platform, week.week, messages("pilot.name_here")
    lang = language_option(messages.lang, week.language)
    if step is PilotStep.pages and week.by_hand:
        return (
            f'pantau invite "{name}" --role inspector',
            f'pantau inspect browse {platform} --name "{name}"{lang}',
        )
    return {
        PilotStep.contact: (f"pantau doctor --live {platform}{lang}",),
        PilotStep.live_check: (f"pantau doctor --live {platform}{lang}",),
        PilotStep.plan: (f"pantau plan --week {iso_week}",),
        PilotStep.pages: (f"pantau crawl {platform} --week {iso_week}",),
        PilotStep.sample: (f"pantau audit draw --week {iso_week} --budget 30",),
        PilotStep.labels: (
            f'pantau audit invite "{name}" --week {iso_week}',
            f"pantau audit serve --week {iso_week}{lang}",
        ),
        PilotStep.edition: (f"pantau report --week {iso_week} --edition provisional{lang}",),
        PilotStep.bundle: (f"pantau pilot bundle {platform}{lang}",),
        PilotStep.sent: (
            f'pantau pilot sent {platform} --note "{messages("pilot.sent_here")}"{lang}',
        ),
    }[step]


def step_line(messages: Messages, week: PilotWeek, status: StepStatus) -> StepLine:
    """A step in the words of a language."""
    figures = {
        name: messages.moment(figure) if isinstance(figure, datetime) else figure
        for name, figure in status.figures.items()
    }
    return StepLine(
        step=status.step,
        state=status.state,
        box=BOXES[status.state],
        title=messages(f"pilot.{status.step}_title", platform=week.name),
        why=messages(f"pilot.{status.step}_why"),
        seen=messages(f"pilot_seen.{status.seen}", **figures),
        note=status.note,
        commands=commands_of(messages, week, status.step),
    )


def pilot_lines(week: PilotWeek, lang: str) -> Iterator[str]:
    """The checklist for a terminal, in a language."""
    messages = Messages(lang)
    yield messages("pilot.title", platform=week.name)
    yield messages("pilot.stand", week=week.week, moment=messages.moment(week.as_of))
    if week.by_hand:
        yield messages("pilot.by_hand")
    for day, steps in PILOT_DAYS.items():
        yield messages("pilot.day", n=day)
        for step in steps:
            line = step_line(messages, week, week.step(step))
            yield f"  {line.box} {line.title}: {line.seen}"
            if line.note:
                yield f"    “{line.note}”"
    if week.next_step is None:
        yield messages("pilot.all_done")
        return
    line = step_line(messages, week, week.step(week.next_step))
    yield messages("pilot.next", step=line.title)
    yield f"  {line.why}"
    for command in line.commands:
        yield f"  {command}"


def consent_lines(
    hosts: Sequence[str], seconds: float, agent: str, folder: Path, lang: str
) -> Iterator[str]:
    """What a live check will do, for the person who has to agree, in a language."""
    messages = Messages(lang)
    yield messages("pilot_consent.hosts", hosts=", ".join(hosts))
    yield f"- {messages('pilot_consent.robots')}"
    yield f"- {messages('pilot_consent.pages')}"
    yield f"- {messages('pilot_consent.pace', seconds=messages.number(seconds))}"
    yield f"- {messages('pilot_consent.agent', agent=agent)}"
    yield messages("pilot_consent.stored", folder=folder)


def consent_words(lang: str, file: Path, contact: str) -> dict[str, str]:
    """What is asked beside them, by name: ``who``, ``contact``, ``no_address``, ``written``,
    ``ask`` and ``not_asked``."""
    messages = Messages(lang)
    return {
        "who": messages("pilot_consent.who"),
        "contact": messages("pilot_consent.contact"),
        "no_address": messages("pilot_consent.no_address"),
        "written": messages("pilot_consent.written", file=file, contact=contact),
        "ask": messages("pilot_consent.ask"),
        "not_asked": messages("pilot_consent.not_asked"),
    }


def bundle_lines(names: int, left_out: Sequence[str], lang: str) -> Iterator[str]:
    """What was packed of the pages of a bundle, and what was not."""
    messages = Messages(lang)
    for line in left_out:
        yield messages("pilot.left_out", line=line)
    yield messages("pilot.packed", n=names)


def pilot_page(week: PilotWeek, lang: str) -> str:
    """The page of a first week in a language."""
    messages = Messages(lang)
    simulated = week.origin is Origin.simulated
    title = messages("pilot.title", platform=week.name)
    flags = [messages("page.print_simulated")] if simulated else []
    lines = {status.step: step_line(messages, week, status) for status in week.steps}
    return PilotContext(
        msg=messages,
        title=title,
        style=stylesheet(messages, f"{messages('page.product')}, {title}", *flags) + _COLUMNS,
        simulated=simulated,
        week=week,
        days={day: [lines[step] for step in steps] for day, steps in PILOT_DAYS.items()},
        next_line=lines[week.next_step] if week.next_step else None,
        receivers=RECEIVERS,
        other_file=main_file("en" if lang == "id" else "id"),
    ).render()


def write_pilot_pages(folder: Path, week: PilotWeek) -> list[Path]:
    """Write the pages in both languages; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = [folder / main_file(lang) for lang in LANGUAGES]
    for page, lang in zip(pages, LANGUAGES, strict=True):
        page.write_text(pilot_page(week, lang), encoding="utf-8")
    return pages
