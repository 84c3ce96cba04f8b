"""The whole path over simulated marketplaces: real HTTP, real store, known truth."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import msgspec
from msgspec.structs import replace

from monitor.config import (
    Config,
    PantauError,
    load_config,
    previous_week,
    utc_now,
    week_of,
    week_start,
)
from monitor.crawl.process import CrawlResult
from monitor.demo import (
    SHOPS,
    DemoServer,
    Oracle,
    TrueChanges,
    TruePage,
    TrueSellers,
    TrueShare,
    World,
    true_changes,
    true_pages,
    true_sellers,
    truth,
)
from monitor.model import (
    Answer,
    CaseState,
    Condition,
    Control,
    EditionKind,
    Findings,
    Label,
    LabelKind,
    Listing,
    Mark,
    Mode,
    Origin,
    Question,
    SampledListing,
    ScreenStratum,
    Verification,
)
from monitor.operate.cases import known_cases, report_cases
from monitor.operate.collection import crawl_platforms, plan_week, planned_units
from monitor.operate.delivery import release_edition
from monitor.operate.editions import draw_week, make_edition
from monitor.operate.publication import publish
from monitor.operate.simulated_inspector import HandIn, hand_in
from monitor.operate.timetable import firings, jobs
from monitor.operate.visits import drawn_targets, visit_drawn
from monitor.registry import PACKAGED, Registry, load_registry
from monitor.sampling.audit import used_clothing_budget
from monitor.store import Store
from monitor.web.audit.commodities import NONE
from monitor.web.audit.week import WeekAudit

ANNOTATORS = ("simulated-a", "simulated-b", "simulated-c")
"""Who gives first labels, second labels and decisions."""
RELEASED_BY = "simulated-officer"
"""Who releases each final edition."""
LABEL_KINDS = (LabelKind.first, LabelKind.second, LabelKind.adjudication)
LABELLING_DELAY, LABEL_INTERVAL = timedelta(hours=31), timedelta(seconds=30)
"""From the first night of visits to the first label, and from one label to the next."""
REVISIT = timedelta(days=2)
"""From the first night of visits to the one in which unclear listings are visited again."""
SECOND_LABEL_EVERY = 5
"""Of the negatives, one in so many gets a second label; of the positives, every one."""
REFUSING = ("lazada", "shopee")
"""Platforms that refuse the crawler where an inspector is simulated."""
SITTING = timedelta(hours=12)
"""From a night of the crawler to the inspector's sitting."""


@dataclass(frozen=True)
class Simulation:
    """A home below ``out`` and the marketplaces of one seed.

    ``say`` is called with one line a step; ``error`` is the share of labels that each simulated
    annotator gets wrong; ``budget`` is the number of listings to label each week; ``world``
    says how the true shares are chosen. With ``browser`` pages are crawled in a Chromium, and those
    of cases have pictures. ``platforms`` are those watched. With ``inspect`` the
    platforms ``REFUSING`` block the crawler, and a simulated inspector opens their pages, each
    sitting in the way of ``hand_in``.
    """

    out: Path
    seed: int
    say: Callable[[str], None]
    error: float = 0.0
    budget: int = 300
    lang: str = "id"
    browser: bool = False
    world: World = World.plain
    platforms: frozenset[str] = frozenset(SHOPS)
    inspect: bool = False
    hand_in: HandIn = hand_in

    def run(self, weeks: int, *, now: datetime | None = None) -> Path:
        """Simulate the last ``weeks`` weeks that are over by ``now``; returns the last report.

        Writes to ``truth.json`` what ``docs/demo.md`` says of it. Raises ``PantauError`` where
        ``out`` holds other marketplaces: two of them in one store would be nobody's truth.
        """
        home = self.out / "home"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._require_own(home / "simulation.json")
        if not (home / "reports").exists():
            # So that every command of the home finds and extends what the demo wrote.
            (self.out / "reports").mkdir(exist_ok=True)
            (home / "reports").symlink_to(Path("..") / "reports", target_is_directory=True)
        # Confirmed before the first week, whose editions are as of its own time.
        confirmed_on = (now or utc_now()).date() - timedelta(weeks=weeks + 4)
        if self.inspect:
            _write_registry(home, confirmed_on)
        _write_settings(home, browser=self.browser, confirmed_on=confirmed_on)
        settings = load_config({"PANTAU_HOME": str(home)})
        registry = load_registry(settings.registry, settings.confirmations)
        with DemoServer(
            seed=self.seed,
            registry=registry,
            world=self.world,
            refusing_crawler=REFUSING if self.inspect else (),
        ) as server:
            config = load_config({"PANTAU_HOME": str(home), "PANTAU_DEMO_URL": server.url})
            shares: list[TrueShare] = []
            pages: list[list[TruePage]] = []
            changes: list[TrueChanges] = []
            sellers: list[TrueSellers] = []
            with Store.of_home(config, origin=Origin.simulated) as store:
                self._add_annotators(store)
                for week in complete_weeks(config, registry, now or utc_now(), weeks):
                    page = self._run_week(config, registry, store, server, week)
                    records = store.units.of_week(week)
                    units = [record.unit for record in records]
                    shares += truth(server.catalogue, week, units)
                    pages.append(true_pages(server.catalogue, records))
                    changes += true_changes(server.catalogue, pages)
                    second_way = store.units.of_week(week, second_way=True)
                    second_units = (record.unit for record in second_way)
                    sellers += true_sellers(server.catalogue, week, second_units)
        true_weeks = {
            "world": self.world,
            "seed": self.seed,
            "annotator_error": self.error,
            "cells": shares,
            "changes": changes,
            "sellers": sellers,
            "pages": list(chain.from_iterable(pages)),
        }
        (self.out / "truth.json").write_bytes(msgspec.json.encode(true_weeks))
        return page

    def _require_own(self, path: Path) -> None:
        """Leave a note of the marketplaces in the home, or hold them against the one that lies
        there."""
        parameters = {"seed": self.seed, "world": self.world.value, "inspect": self.inspect}
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            path.write_text(json.dumps(parameters), encoding="utf-8")
            return
        if earlier != parameters:
            words = ", ".join(f"{name} {setting}" for name, setting in earlier.items())
            raise PantauError(
                f"{self.out}: holds a simulation of {words}; choose another --out, or remove it"
            )

    def _run_week(
        self, config: Config, registry: Registry, store: Store, server: DemoServer, week: str
    ) -> Path:
        """All steps of a week, each at the time the timetable gives it; returns the report."""
        server.week = week
        at = calendar(config, registry, week)
        # Also shops too small for a verdict: the report says that they are.
        shops = sorted(self.platforms & {entry.platform for entry in registry.frame.entries})
        plan, _ = plan_week(
            at["plan"], registry, store, week, origin=Origin.simulated, platforms=shops
        )
        platforms = sorted({unit.platform for unit in plan.units})
        self.say(f"{week} plan: {len(plan.units)} units on {len(platforms)} platforms")
        crawled = planned_units(store, week)
        self._tell(f"{week} crawl", crawl_platforms(at["crawl"], crawled, week))
        if self.inspect:
            pending = store.units.pending(week, mode=Mode.inspector)
            self._inspect(_later(at["crawl"], SITTING), registry, store, (u.url for u in pending))
        make_edition(at["report"], registry, store, week, EditionKind.provisional)
        sample, _ = draw_week(at["draw"], registry, store, week, self.budget)
        most = self.budget + used_clothing_budget(self.budget)
        self.say(f"{week} draw: {len(sample.items)} listings of {most}")
        self._tell(f"{week} visits", visit_drawn(at["visits"], registry, store, sample))
        if self.inspect:
            targets = drawn_targets(registry, store, sample)
            urls = (target.url for target in targets if target.platform in REFUSING)
            self._inspect(_later(at["visits"], SITTING), registry, store, urls)
        labels = 0
        if sample.items:
            audit = WeekAudit(store, registry, week)
            oracle = Oracle(registry, self.seed, self.world)
            first_at = at["visits"].now() + LABELLING_DELAY
            for looks in (self._looks, self._control_looks):
                for label in looks(oracle, audit, first_at):
                    audit.append(label)
                    labels += 1
            server.again = True
            again = visit_drawn(_later(at["visits"], REVISIT), registry, store, sample)
            server.again = False
            pages = sum(result.counts.get("pages", 0) for result in again)
            self.say(f"{week} visits on another night: {pages} pages")
            self._require_whole(f"{week} visits", again)
            for looks in (self._unclear_looks, self._third_looks):
                for label in looks(oracle, audit, first_at + timedelta(days=1)):
                    audit.append(label)
                    labels += 1
        self.say(f"{week} labels: {labels}")
        findings, _ = make_edition(at["final"], registry, store, week, EditionKind.final)
        verdicts = ", ".join(
            f"{cell.platform} {cell.cluster} {cell.verdict}"
            for cell in findings.cells
            if cell.primary and cell.confirmed
        )
        release_edition(store, week, EditionKind.final, RELEASED_BY, now=at["final"].now)
        folder = self.out / "reports"
        page = publish(
            config, store, findings, folder=folder, lang=self.lang, pictures=self.browser
        )
        self._report_cases(at["final"], registry, store, findings, folder)
        self.say(f"{week} report: {verdicts or 'no breach confirmed'}")
        return page

    def _report_cases(
        self, config: Config, registry: Registry, store: Store, findings: Findings, folder: Path
    ) -> None:
        """Report the week's open cases to the platforms that a letter may go to."""
        reported = 0
        for platform in sorted({case.platform for case in findings.cases if case.is_open}):
            letter = report_cases(
                config,
                registry,
                store,
                findings,
                platform,
                folder=folder,
                lang=self.lang,
                pictures=self.browser,
            )
            reported += len(letter.entered)
        states = Counter(case.state for case in known_cases(config, registry, store))
        counts = (
            f"{sum(states[state] for state in CaseState if state.is_open)} open,"
            f" {states[CaseState.gone]} gone, {states[CaseState.returned]} back again"
        )
        self.say(f"{findings.week} cases: {counts}; {reported} reported now")

    def _tell(self, step: str, results: Sequence[CrawlResult]) -> None:
        """Say how each run of a step ended; raises ``PantauError`` where one was cut off."""
        for result in results:
            self.say(f"{step} {result}")
        self._require_whole(step, results)

    def _require_whole(self, step: str, results: Sequence[CrawlResult]) -> None:
        """Raise ``PantauError`` where a run was cut off: a report on the rest would mislead."""
        cut_off = [result for result in results if result.is_cut_off]
        if cut_off:
            words = ", ".join(f"{run.platform} ({run.reason or run.outcome})" for run in cut_off)
            raise PantauError(f"{step}: cut off: {words}; the same command goes on from here")

    def _inspect(
        self, config: Config, registry: Registry, store: Store, urls: Iterable[str]
    ) -> None:
        """Let the inspector open pages in a sitting, and say what came of them."""
        pages = self.hand_in(config, registry, store, tuple(urls))
        self.say(f"{week_of(config.now())} inspector: {pages} pages")

    def _add_annotators(self, store: Store) -> None:
        names = {annotator.name for annotator in store.annotators.all()}
        for name in ANNOTATORS:
            if name not in names:
                # No link exists for this hash: nobody can label in a simulated annotator's name.
                link_hash = hashlib.sha256(secrets.token_bytes()).hexdigest()
                store.annotators.invite(name, link_hash, utc_now())

    def _looks(self, oracle: Oracle, audit: WeekAudit, first_at: datetime) -> Iterator[Label]:
        """What people say of each drawn listing, from ``first_at`` on.

        One person labels it, a second one where the first says yes and sometimes else, and a third
        decides where they differ. What the first cannot tell of an unflagged one waits for another
        visit.
        """
        for number, item in enumerate(audit.sample.items):
            at = first_at + number * LABEL_INTERVAL
            labels = [
                self._label(oracle, audit, item, kind, annotator, at)
                for kind, annotator in zip(LABEL_KINDS, ANNOTATORS, strict=True)
            ]
            people = 1
            is_flagged = item.stratum is ScreenStratum.flagged
            if labels[0].answer is Answer.cannot_tell and not is_flagged:
                yield labels[0]
                continue
            chance = _chance(self.seed, f"{item.platform}/{item.item_id}", "second")
            if labels[0].answer is Answer.yes or chance < 1 / SECOND_LABEL_EVERY:
                people = 2 if labels[0].answer is labels[1].answer else 3
            yield from labels[:people]

    def _unclear_looks(
        self, oracle: Oracle, audit: WeekAudit, first_at: datetime
    ) -> Iterator[Label]:
        """What two others say of a listing that the first could not tell, after another visit."""
        work = audit.work()
        unclear = [key for key in work.items if work.is_unclear(key)]
        for number, key in enumerate(key for key in unclear if work.wants_second_label(key)):
            at = first_at + number * LABEL_INTERVAL
            second, decision = (
                self._label(oracle, audit, work.items[key], kind, annotator, at, again=True)
                for kind, annotator in zip(LABEL_KINDS[1:], ANNOTATORS[1:], strict=True)
            )
            yield second
            if second.answer is not Answer.cannot_tell:
                yield decision

    def _control_looks(
        self, oracle: Oracle, audit: WeekAudit, first_at: datetime
    ) -> Iterator[Label]:
        """What everybody says of each control; an error in it is another than in a label."""
        for number, control in enumerate(audit.sample.controls):
            at = first_at + number * LABEL_INTERVAL
            for annotator in ANNOTATORS:
                yield self._label(
                    oracle, audit, control.listing, LabelKind.first, annotator, at, control
                )

    def _third_looks(self, oracle: Oracle, audit: WeekAudit, first_at: datetime) -> Iterator[Label]:
        """What the last annotator says of listings that a third person is asked about."""
        annotator = ANNOTATORS[-1]
        after = first_at + len(audit.sample.items) * LABEL_INTERVAL
        for number in range(len(audit.sample.items)):
            work = audit.work()
            waiting = (key for key in work.items if key in work.third_looks)
            key = next((key for key in waiting if work.wants_label(key, annotator)), None)
            if key is None:
                return
            at = after + number * LABEL_INTERVAL
            yield self._label(oracle, audit, work.items[key], LabelKind.second, annotator, at)

    def _label(
        self,
        oracle: Oracle,
        audit: WeekAudit,
        item: SampledListing,
        kind: LabelKind,
        annotator: str,
        at: datetime,
        control: Control | None = None,
        *,
        again: bool = False,
    ) -> Label:
        """What an annotator says of a listing, or of a ``control``; ``again`` after another visit.

        A yes names the commodity where the labelling pages ask for it, and notes the mark that the
        listing's own page bears.
        """
        week = audit.sample.week
        seen_week = control.week if control else week
        question = item.question
        true_answer, cluster = oracle.label(
            item.platform, item.item_id, seen_week, again=again, question=question
        )
        name = f"{item.platform}/{item.item_id}" + (f"/control {week}" if control else "")
        of_goods = question is Question.used_clothing
        name += "/goods" if of_goods else ""
        answer = self.answer(true_answer, name, annotator)
        commodity = oracle.commodity(item.platform, item.item_id, seen_week)
        if commodity not in audit.commodities.asked(item).get(cluster, ()):
            commodity = NONE
        visit = audit.visits.get(item.listing_key)
        page = visit.listing if visit else None
        has_words = oracle.says_used_import(item.platform, item.item_id, seen_week)
        mark = _mark(question, page, has_words=has_words)
        return Label(
            platform=item.platform,
            item_id=item.item_id,
            version=item.version,
            week=week,
            annotator=annotator,
            kind=kind,
            at=at,
            answer=answer,
            question=question,
            cluster=None if of_goods else cluster,
            category=audit.commodities.category(item, answer, cluster, commodity),
            mark=mark if answer is Answer.yes else None,
        )

    def answer(self, true_answer: Answer, name: str, annotator: str) -> Answer:
        """What an annotator says of a listing: the truth, or at times the opposite."""
        right = _chance(self.seed, name, annotator) >= self.error
        if right or true_answer is Answer.cannot_tell:
            return true_answer
        return Answer.no if true_answer is Answer.yes else Answer.yes


def _mark(question: Question, page: Listing | None, *, has_words: bool) -> Mark:
    """The mark that somebody who says yes reads on an own page, where there is one.

    ``has_words``: it has words of used and imported goods; who is wrong reads none that are not
    there.
    """
    if page is None or (question is Question.cross_border and not page.bears_mark_of(question)):
        return Mark.none
    if question is Question.cross_border:
        return Mark.dispatch
    if has_words:
        return Mark.words
    return Mark.condition if page.condition is Condition.used else Mark.none


def _later(config: Config, delay: timedelta) -> Config:
    return replace(config, simulated_now=config.now() + delay)


def calendar(config: Config, registry: Registry, week: str) -> dict[str, Config]:
    """The configuration at the time of each step of a week, by the step's name in the run log."""
    start = week_start(week)
    at: dict[str, Config] = {}
    for job in jobs(config, registry):
        fires = firings(job, start, start + timedelta(weeks=2))
        fire = next((fire for fire in fires if job.week(fire) == week), None)
        if fire:
            at.setdefault(job.logged_as, replace(config, simulated_now=fire.astimezone(UTC)))
    return at


def complete_weeks(config: Config, registry: Registry, now: datetime, weeks: int) -> list[str]:
    """The last ``weeks`` weeks whose final edition is due by ``now``, oldest first."""
    last = previous_week(week_of(now))
    if calendar(config, registry, last)["final"].now() > now:
        last = previous_week(last)
    return [previous_week(last, back) for back in range(weeks - 1, -1, -1)]


def _write_registry(home: Path, decided_on: date) -> None:
    """Write the files of a registry, unless they are there, by which inspectors are asked for the
    pages of ``REFUSING``."""
    folder = home / "registry"
    folder.mkdir(exist_ok=True)
    platforms = (PACKAGED / "platforms.toml").read_text(encoding="utf-8")
    for platform in REFUSING:
        name = f'id = "{platform}"\n'
        platforms = platforms.replace(name, f'{name}collection = "both"\n')
    basis = (
        f"[[inspection_basis]]\nplatforms = {list(REFUSING)}\n"
        f'who = "Petugas Simulasi"\nreference = "simulasi"\ndate = {decided_on}\n'
    )
    for name, text in (("platforms.toml", platforms), ("permissions.toml", basis)):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")


def _write_settings(home: Path, *, browser: bool, confirmed_on: date) -> None:
    """Write ``pantau.toml``, unless it is there; it confirms what is known only from the press."""
    path = home / "pantau.toml"
    if path.exists():
        return
    registry = home.absolute() / "registry"
    named = [f'registry = "{registry}"\n'] if registry.exists() else []
    entries = [*named, f"[crawl]\nbrowser = {str(browser).lower()}\n"] + [
        f'[confirmations.{policy.id}]\nby = "Petugas Simulasi"\non = {confirmed_on}\n'
        for policy in load_registry().policies
        if policy.verification is Verification.press and policy.can_be_opened
    ]
    path.write_text("\n".join(entries), encoding="utf-8")


def _chance(*names: object) -> float:
    """A number in [0, 1) that depends on the names alone."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
