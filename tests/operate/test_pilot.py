"""The checklist of a first week held against a store: what was drawn, visited and looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from monitor.cli import main
from monitor.cli.base import agrees
from monitor.config import Config, week_start
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    PilotStep,
    Question,
    SampledListing,
    StepState,
    StepStatus,
    UnitState,
)
from monitor.operate.pilot import page_in, pilot_text, pilot_week, write_pilot
from monitor.registry import load_registry
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from reports.messages import LANGUAGES
from tests.findings.test_build import CROSS, DOMESTIC, OF_USED_CLOTHING, Weeks

REGISTRY = load_registry()
WEEK = "2026-W47"


class FirstWeek(NamedTuple):
    """A home with a week of Lazada that is crawled and drawn with a budget of thirty."""

    config: Config
    store: Store
    weeks: Weeks
    sample: AuditSample

    def step(self, step: PilotStep) -> StepStatus:
        """A step as it stands now."""
        return pilot_week(self.config, REGISTRY, self.store, "lazada").step(step)

    def text(self, lang: str) -> str:
        """The checklist as it stands now, in a language."""
        week = pilot_week(self.config, REGISTRY, self.store, "lazada")
        return "\n".join(pilot_text(week, lang))

    def label(self, who: str, item: SampledListing, answer: Answer, kind: LabelKind) -> None:
        """Enter what a person says of a drawn offer."""
        name = self.store.annotators.all()
        if all(annotator.name != who for annotator in name):
            link = hashlib.sha256(who.encode()).hexdigest()
            self.store.annotators.invite(who, link, week_start(WEEK))
        platform, item_id, version = item.key
        self.store.labels.append(
            Label(
                platform=platform,
                item_id=item_id,
                version=version,
                week=WEEK,
                annotator=who,
                kind=kind,
                at=week_start(WEEK) + timedelta(days=9),
                answer=answer,
                question=item.cluster.question,
                cluster=Cluster.textile_fashion,
            )
        )


@pytest.fixture
def first(tmp_path: Path) -> Iterator[FirstWeek]:
    config = Config(
        home=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'pantau.db'}",
        contact="uji@kantor.example",
    )
    record = tmp_path / "pilot" / "lazada" / "week.json"
    record.parent.mkdir(parents=True)
    record.write_text(f'{{"week": "{WEEK}", "started_at": "2026-11-16T01:00:00Z"}}')
    with Store.of_home(config) as store:
        weeks = Weeks(store)
        weeks.plan(WEEK, entries=2, besides=[OF_USED_CLOTHING])
        for number, status in ((0, CROSS), (1, DOMESTIC), (OF_USED_CLOTHING, DOMESTIC)):
            weeks.page(WEEK, {f"{number}{place:02}": status for place in range(40)}, number)
        store.screens.freeze(WEEK, "c")
        screen = store.screens.of_week(WEEK)
        at = week_start(WEEK)
        sample = draw_audit(screen, week=WEEK, seed=1, drawn_at=at, budget=30)
        store.audit_samples.save(sample)
        yield FirstWeek(config, store, weeks, sample)


def test_more_than_thirty_offers_are_drawn_and_the_checklist_says_of_what(
    first: FirstWeek,
) -> None:
    questions = [item.cluster.question for item in first.sample.items]
    assert questions.count(Question.cross_border) == 30
    assert questions.count(Question.used_clothing) == 8
    figures = first.step(PilotStep.sample).figures
    assert (figures["n"], figures["sellers"], figures["used"]) == (38, 30, 8)
    assert "38 offers are drawn (30 to ask who sells them, 8 for used clothing)" in first.text("en")
    assert "sedikitnya 30 perlu dilihat" in first.text("id")


def test_offers_whose_own_pages_wait_for_the_night_hold_the_step(first: FirstWeek) -> None:
    waiting = first.step(PilotStep.sample)
    assert (waiting.state, waiting.figures["waiting"]) == (StepState.begun, 38)
    for lang in LANGUAGES:
        assert "22.00" in first.text(lang) and "06.00" in first.text(lang)
    for item in first.sample.items[:-1]:
        first.weeks.visit(WEEK, item.item_id)
    assert first.step(PilotStep.sample).figures["waiting"] == 1
    first.weeks.visit(WEEK, first.sample.items[-1].item_id, UnitState.unreachable)
    assert first.step(PilotStep.sample).state is StepState.done


def test_a_refused_own_page_holds_nothing_up(first: FirstWeek) -> None:
    first.weeks.visit(WEEK, first.sample.items[0].item_id, UnitState.blocked, "http-403")
    assert first.step(PilotStep.sample).state is StepState.done


def test_looked_at_is_counted_against_what_was_drawn_and_a_yes_waits_for_a_second_person(
    first: FirstWeek,
) -> None:
    assert first.step(PilotStep.labels).figures["of"] == 30
    *items, last = first.sample.items
    for number, item in enumerate(items[:29]):
        answer = Answer.yes if number < 2 else Answer.no
        first.label("ani", item, answer, LabelKind.first)
    step = first.step(PilotStep.labels)
    assert step.state is StepState.begun
    assert (step.figures["n"], step.figures["of"], step.figures["waiting"]) == (29, 38, 2)
    first.label("ani", last, Answer.no, LabelKind.first)
    assert first.step(PilotStep.labels).state is StepState.done
    first.label("budi", items[0], Answer.yes, LabelKind.second)
    step = first.step(PilotStep.labels)
    assert (step.figures["second"], step.figures["people"], step.figures["waiting"]) == (1, 2, 1)
    assert "30 of 38 offers were looked at, 1 of them a second time" in first.text("en")
    assert "1 yang dijawab ya menunggu orang kedua" in first.text("id")


def test_the_pages_are_those_of_the_plan(first: FirstWeek) -> None:
    plan = first.store.plans.of_week(WEEK)
    assert plan is not None
    assert first.step(PilotStep.plan).figures["n"] == len(plan.units) == 3
    assert first.step(PilotStep.pages).figures["n"] == 3


def test_lines_to_type_speak_the_language_of_the_checklist(first: FirstWeek) -> None:
    week = pilot_week(first.config, REGISTRY, first.store, "lazada")
    pages = write_pilot(first.config, week)
    texts = {lang: page_in(pages, lang).read_text(encoding="utf-8") for lang in LANGUAGES}
    assert texts["id"].startswith('<!DOCTYPE html>\n<html lang="id"')
    assert texts["en"].startswith('<!DOCTYPE html>\n<html lang="en"')
    typed = '<span class="typed">--lang</span> <span class="typed">en</span>'
    assert texts["id"].count(typed) == 0
    assert texts["en"].count(typed) > 4
    assert next(pilot_text(replace(week, language="en"), "en")).startswith("The first week")
    spoken = "\n".join(pilot_text(replace(week, language="en"), "en"))
    assert "--lang" not in spoken


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_platform_gets_nothing_in_this_week_and_is_asked_later(
    first: FirstWeek, lang: str
) -> None:
    week = pilot_week(first.config, REGISTRY, first.store, "lazada")
    page = page_in(write_pilot(first.config, week), lang).read_text(encoding="utf-8")
    later = {"en": "Nothing in this week. Later", "id": "Tidak ada dalam minggu ini. Kelak"}
    assert f"{later[lang]}, " in page
    assert "pantau reply ask" in page


def test_a_platform_that_closed_has_no_first_week(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    refused = CliRunner().invoke(main, ["pilot", "bukalapak"])
    assert refused.exit_code == 2
    assert "closed on 20" in refused.output
    assert not (home / "pilot").exists()


@click.command()
def consent() -> None:
    """Ask once."""
    click.echo("agreed" if agrees("Tanya?") else "not agreed")


@pytest.mark.parametrize(
    ("typed", "agreed"),
    [
        ("y", True), ("ya", True), ("Ya.", True), ("yes", True), ("YA", True), ("", False),
        ("t", False), ("tidak", False), ("n", False), ("no", False), ("mungkin\nya", True),
    ],
)  # fmt: skip
def test_yes_and_no_are_understood_in_both_languages(typed: str, agreed: bool) -> None:
    answered = CliRunner().invoke(consent, input=f"{typed}\n")
    assert answered.stdout.splitlines()[-1].endswith("agreed")
    assert ("not agreed" in answered.stdout) is not agreed
    assert answered.output.count("Tanya?") == 1 + typed.count("\n")
