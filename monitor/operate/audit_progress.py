"""How far a week's audit is, and how often people err, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.estimate.controls import measured_errors
from monitor.findings.annotators import control_looks, first_control_week
from monitor.labels import resolve
from monitor.model import AnnotatorErrors, AuditSample, ErrorRate, Question
from monitor.registry import Registry
from monitor.sampling import audit_margins
from monitor.store import Store
from monitor.web.audit.week import WeekAudit


class QuestionWords(NamedTuple):
    """What the errors in answers to a question are called."""

    missed: str
    false_yes: str
    errors: str
    clean: str


_WORDS = {
    Question.cross_border: QuestionWords(
        "foreign missed", "domestic called foreign", "errors", "clean listings"
    ),
    Question.used_clothing: QuestionWords(
        "imported used clothing missed",
        "other goods called so",
        "errors on used clothing",
        "listings that are no imported used clothing",
    ),
}


def audit_lines(store: Store, registry: Registry, week: str) -> Iterator[str]:
    """How far a week's audit is, for all and for each annotator, and whom it lacks.

    Raises ``PantauError`` where no audit was drawn.
    """
    work = WeekAudit(store, registry, week).work()
    names = [annotator.name for annotator in store.annotators.all()]
    progress = {name: work.progress(name) for name in names}
    overall = work.progress("")
    yield (
        f"{week}: {overall.listings} listings, {overall.labelled} labelled; {overall.waiting} wait"
        f" for a second person, {overall.third_looks} for a third one, {overall.disagreements} for"
        f" a decision, {overall.unclear} for another visit"
    )
    for name, own in progress.items():
        yield f"{name}: {own.by_annotator} labelled, {own.remaining} to look at"
    yield from margin_lines(work.sample)
    alone = {
        key for key in work.third_looks if not any(work.wants_label(key, name) for name in names)
    }
    if disputed := alone & work.disputed_cases:
        yield (
            f"{len(disputed)} of cases that their platform disputes wait for a third person's look,"
            " and nobody is there to give it; run: pantau audit invite NAME"
        )
    if alone := alone - work.disputed_cases:
        yield (
            f"{len(alone)} wait for a third person's look, without which no breach is stated there,"
            " and nobody is there to give it; run: pantau audit invite NAME"
        )


def margin_lines(sample: AuditSample) -> Iterator[str]:
    """What a quarter of weeks with as many labels tells of each cell with unflagged ones."""
    for (platform, cluster), expected in audit_margins(sample).items():
        if expected.none_found < 1.0:
            yield (
                f"{platform} {cluster}: a quarter of such weeks tells a share of "
                f"{expected.share:.0%} ±{expected.margin:.1%}, with nothing found at most "
                f"{expected.none_found:.1%}"
            )


def error_lines(store: Store, week: str, now: datetime) -> list[str]:
    """The error of each annotator and pair over a year of controls, by what was asked; nothing
    without a control."""
    looks = list(control_looks(store, week, now))
    answers = resolve(store.labels.all(week=week)).items()
    names = sorted({look.person for look in looks})
    lines = []
    for question, words in _WORDS.items():
        clean = sum(not label.confirmed for key, label in answers if key.question is question)
        errors = measured_errors(looks, first_control_week(week), clean, question)
        if errors is not None:
            lines += _error_lines(errors, names, words, clean)
    return lines


def _error_lines(
    errors: AnnotatorErrors, names: Sequence[str], words: QuestionWords, clean: int
) -> list[str]:
    """The error of each of the ``names`` and pairs in their answers to one question."""

    def share(rate: ErrorRate | None) -> str:
        if rate is None:
            return "not measured, too few"
        return f"{rate.wrong} of {rate.answered} ({rate.low:.1%} to {rate.high:.1%})"

    lines = [
        f"{names[own.person - 1]}: {words.missed} {share(own.missed)},"
        f" {words.false_yes} {share(own.false_yes)}"
        for own in errors.people
    ]
    for pair in errors.pairs:
        first, second = (names[person - 1] for person in pair.people)
        correlation = "not measured, too few"
        if pair.correlation is not None:
            correlation = f"{pair.correlation:.2f} ({pair.low:.2f} to {pair.high:.2f})"
        lines.append(f"{first} and {second}: correlation of {words.errors} {correlation}")
    if clean and errors.false_confirmations is not None:
        lines.append(
            f"{words.clean} confirmed in a year of such weeks: {errors.false_confirmations:.1f}"
            f" ({errors.false_confirmations_low:.1f} to {errors.false_confirmations_high:.1f})"
        )
    return lines
