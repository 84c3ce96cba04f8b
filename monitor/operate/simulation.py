"""The whole path over simulated marketplaces: real HTTP, real store, known truth."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from monitor.config import Config, load_config, previous_week, utc_now, week_of, week_start
from monitor.crawl.process import crawl
from monitor.demo import SHOPS, DemoServer, Oracle, TrueShare, truth
from monitor.model import (
    Answer,
    AuditSample,
    EditionKind,
    Label,
    LabelKind,
    Origin,
    Verdict,
    Verification,
)
from monitor.operate.editions import draw_week, make_edition, publish, visit_drawn
from monitor.operate.planning import plan_week
from monitor.operate.timetable import firings, jobs
from monitor.registry import Registry, load_registry
from monitor.store import Store

ANNOTATORS = ("simulated-a", "simulated-b", "simulated-c")
"""First look, second look, decision."""
LABELLING, EACH_LABEL = timedelta(hours=31), timedelta(seconds=30)
"""From the first night of visits to the people's first answer, and from one to the next."""
SECOND_LOOK = 5
"""One in so many of the negatives gets a second look, as every positive does."""


class Simulation:
    """A home below ``out`` and the marketplaces of one seed.

    ``error`` is the share of answers each simulated annotator gets wrong; ``say`` hears one line a
    step.
    """

    def __init__(
        self,
        out: Path,
        *,
        seed: int,
        say: Callable[[str], None],
        error: float = 0.0,
        budget: int = 300,
        lang: str = "id",
        browser: bool = False,
    ) -> None:
        self.out = out
        self._browser = browser
        self._seed = seed
        self._say = say
        self._error = error
        self._budget = budget
        self._lang = lang

    def run(self, weeks: int, *, now: datetime | None = None) -> Path:
        """The last ``weeks`` weeks that are over by ``now``; writes ``truth.json``, returns the
        last report."""
        home = self.out / "home"
        home.mkdir(parents=True, exist_ok=True)
        with DemoServer(seed=self._seed) as server:
            _write_settings(home, browser=self._browser)
            config = load_config({"PANTAU_HOME": str(home), "PANTAU_DEMO_URL": server.url})
            registry = load_registry(config.registry, config.confirmations)
            weeks_over = over(config, registry, now or utc_now(), weeks)
            shares: list[TrueShare] = []
            with Store.open(config.database_url, origin=Origin.simulated) as store:
                self._invite(store)
                for week in weeks_over:
                    page = self._week(config, registry, store, server, week)
                    units = [record.unit for record in store.units(week)]
                    shares += truth(registry, self._seed, week, units)
        (self.out / "truth.json").write_bytes(msgspec.json.encode({"cells": shares}))
        return page

    def _week(
        self, config: Config, registry: Registry, store: Store, server: DemoServer, week: str
    ) -> Path:
        server.week = week
        at = calendar(config, registry, week)
        plan, _ = plan_week(
            at["plan"], registry, store, week, origin=Origin.simulated, platforms=_shops(registry)
        )
        platforms = sorted({unit.platform for unit in plan.units})
        self._say(f"{week} plan: {len(plan.units)} units on {len(platforms)} platforms")
        for result in crawl(at["crawl"], platforms, week):
            self._say(f"{week} crawl {result}")
        provisional = EditionKind.provisional
        make_edition(at["report"], registry, store, week, provisional)
        draw, _ = draw_week(at["draw"], registry, store, week, self._budget)
        self._say(f"{week} draw: {len(draw.items)} listings of {self._budget}")
        for result in visit_drawn(at["visits"], registry, store, draw):
            self._say(f"{week} visits {result}")
        oracle = Oracle(registry, self._seed)
        labels = list(self._labels(oracle, draw, at["visits"].now() + LABELLING))
        for label in labels:
            store.append_label(label)
        self._say(f"{week} labels: {len(labels)}")
        final = EditionKind.final
        findings, number, _ = make_edition(at["final"], registry, store, week, final)
        verdicts = ", ".join(
            f"{cell.platform} {cell.cluster} {cell.verdict}"
            for cell in findings.cells
            if cell.primary and cell.verdict in {Verdict.non_compliant, Verdict.breaches_found}
        )
        self._say(f"{week} report: {verdicts or 'no breach confirmed'}")
        return publish(
            findings,
            number,
            self.out / "reports",
            lang=self._lang,
            evidence=config.evidence,
        )

    def _invite(self, store: Store) -> None:
        known = {annotator.name for annotator in store.annotators()}
        for name in ANNOTATORS:
            if name not in known:
                # No link exists for this hash: nobody can label in a simulated annotator's name.
                nobody = hashlib.sha256(os.urandom(32)).hexdigest()
                store.add_annotator(name, nobody, utc_now())

    def _labels(self, oracle: Oracle, draw: AuditSample, begun: datetime) -> Iterator[Label]:
        """What two people say from ``begun`` on, a third deciding where they differ."""
        for number, item in enumerate(draw.items):
            right, cluster = oracle.label(item.platform, item.item_id, draw.week)
            name = f"{item.platform}/{item.item_id}"
            looks = [self._look(right, name, person) for person in ANNOTATORS]
            said = [(LabelKind.first, 0)]
            if looks[0] is Answer.yes or _chance(self._seed, name, "second") < 1 / SECOND_LOOK:
                said.append((LabelKind.second, 1))
                if looks[0] is not looks[1]:
                    said.append((LabelKind.adjudication, 2))
            for kind, person in said:
                yield Label(
                    platform=item.platform,
                    item_id=item.item_id,
                    version=item.version,
                    week=draw.week,
                    annotator=ANNOTATORS[person],
                    kind=kind,
                    at=begun + number * EACH_LABEL,
                    cross_border=looks[person],
                    cluster=cluster,
                )

    def _look(self, right: Answer, name: str, person: str) -> Answer:
        if right is Answer.cannot_tell or _chance(self._seed, name, person) >= self._error:
            return right
        return Answer.no if right is Answer.yes else Answer.yes


def _shops(registry: Registry) -> list[str]:
    """Every simulated marketplace that the frame looks at, those too small for a verdict as well:
    the report says so of them."""
    return sorted(SHOPS.keys() & {entry.platform for entry in registry.frame.entries})


def calendar(config: Config, registry: Registry, week: str) -> dict[str, Config]:
    """The configuration at the time of each step of a week, as the timetable has it."""
    start = week_start(week)
    at: dict[str, Config] = {}
    for job in jobs(config, registry):
        fires = firings(job, start, start + timedelta(weeks=2))
        fire = next((fire for fire in fires if job.week(fire) == week), None)
        if fire:
            at.setdefault(job.ledger, replace(config, simulated_now=fire.astimezone(UTC)))
    return at


def over(config: Config, registry: Registry, now: datetime, weeks: int) -> list[str]:
    """The last ``weeks`` weeks whose final edition is due by ``now``, oldest first."""
    last = previous_week(week_of(now))
    if calendar(config, registry, last)["final"].now() > now:
        last = previous_week(last)
    return [previous_week(last, back) for back in range(weeks - 1, -1, -1)]


def _write_settings(home: Path, *, browser: bool) -> None:
    """In a simulation press-only policies count as confirmed, by nobody real."""
    path = home / "pantau.toml"
    if path.exists():
        return
    today = utc_now().date().isoformat()
    entries = [f"[crawl]\nbrowser = {str(browser).lower()}\n"] + [
        f'[confirmations.{policy.id}]\nby = "Petugas Simulasi"\non = {today}\n'
        for policy in load_registry().policies
        if policy.verification is Verification.press
    ]
    path.write_text("\n".join(entries), encoding="utf-8")


def _chance(*names: object) -> float:
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
