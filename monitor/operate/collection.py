"""Collecting pages: the plan, the crawl, saved pages, and reading the evidence again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from monitor.config import Config, PantauError
from monitor.crawl.process import CrawlResult, crawl
from monitor.crawl.reprocess import Reprocessed, reprocess
from monitor.crawl.saved import Outcome, Summary, capture, ingest
from monitor.crawl.spider import load_spiders
from monitor.evidence import EvidenceStore
from monitor.model import LEAST_ENTRIES, Mode, Origin, Plan, SampledPage
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.sampling.plan import draw_plan
from monitor.store import Store


class NoPlanError(PantauError):
    """A week has no plan."""


def plan_week(
    config: Config,
    registry: Registry,
    store: Store,
    week: str,
    *,
    origin: Origin,
    platforms: Sequence[str] | None = None,
) -> tuple[Plan, bool]:
    """The week's plan, and whether it was drawn now; a plan already drawn stands.

    Only of ``platforms``, where given. Registry and plan are stored, and the run log has an entry.
    """
    if plan := store.plans.of_week(week):
        with recorded(store, "plan", origin, week=week, now=config.now) as run:
            run.remark = "stands as drawn"
        return plan, False
    versions = {"registry": registry.version, "frame": registry.frame.version}
    with recorded(store, "plan", origin, week=week, versions=versions, now=config.now) as run:
        plan = draw_plan(
            registry,
            week,
            config.sampling.seed,
            config.now(),
            platforms,
            budget=config.crawl.weekly_requests,
            inspector_units=config.inspect.weekly_units,
            least_entries=LEAST_ENTRIES,
        )
        store.registries.save(registry)
        store.plans.save(plan)
        run.counts["units"] = len(plan.units)
    return plan, True


def planned_units(store: Store, week: str, mode: Mode = Mode.crawler) -> dict[str, int]:
    """How many units of each platform a week's plan asks of a mode; raises ``NoPlanError``."""
    plan = store.plans.of_week(week)
    if plan is None:
        raise NoPlanError(f"{week}: no plan; draw it with: pantau plan --week {week}")
    return dict(
        sorted(
            Counter(unit.platform for unit in plan.units if unit.collection.includes(mode)).items()
        )
    )


def crawl_platforms(
    config: Config,
    platforms: Iterable[str],
    week: str,
    *,
    on_page: Callable[[], object] = lambda: None,
) -> list[CrawlResult]:
    """Fetch what is still planned of each platform, all at once; returns how each run ended.

    ``on_page`` is called whenever a page was stored. Raises ``ConfigError`` for a live crawl
    without a contact.
    """

    def on_event(event: Mapping[str, object]) -> None:
        """Pass on that a page was stored."""
        if event["event"] == "page":
            on_page()

    return crawl(config, tuple(platforms), week, progress=on_event)


def ingest_files(
    config: Config,
    registry: Registry,
    store: Store | None,
    paths: Iterable[Path],
    *,
    platform: str | None,
    week: str | None,
    observed_at: datetime | None,
    say: Callable[[str, bool], None],
    on_page: Callable[[SampledPage], None] = lambda page: None,
) -> Summary:
    """Take in saved pages, or without a ``store`` only read them; returns what came of each file.

    ``platform``, ``week`` and ``observed_at`` are of pages that do not tell theirs. ``say`` is
    called with each file's summary line and whether it failed, ``on_page`` with each page.
    """
    return ingest(
        paths,
        registry=registry,
        store=store,
        origin=Origin.simulated if config.demo_url else Origin.saved,
        evidence=config.evidence if store else None,
        platform=platform,
        week=week,
        observed_at=observed_at,
        on_page=on_page,
        now=config.now,
        say=lambda file: say(file.line, file.outcome is Outcome.failed),
    )


def reprocess_weeks(
    config: Config,
    store: Store,
    week: str | None,
    *,
    dry_run: bool,
    on_page: Callable[[], object] = lambda: None,
) -> Iterator[Reprocessed]:
    """Read the evidence of one week again, or of all weeks and then that of undated pages.

    Yields what came of each week; archived weeks are left out unless named, which fails. What reads
    otherwise is stored as a new version beside the old,
    but nothing with ``dry_run``. ``on_page`` is called with each page that was read.
    """
    spiders = load_spiders()
    present_weeks = sorted(set(store.plans.weeks()) - set(store.archive.weeks()))
    for each_week in [week] if week else [*present_weeks, None]:
        yield reprocess(
            store,
            config.evidence,
            spiders,
            each_week,
            dry_run=dry_run,
            say=lambda _: on_page(),
        )


def capture_response(config: Config, pointer: str, platform: str, case: str) -> Path:
    """Write a stored response as the test page ``case`` of a platform; returns its path.

    ``pointer`` is its place in the evidence, ``FILE#OFFSET``. Raises ``PantauError`` where nothing
    can be read there, and where the page exists.
    """
    return capture(EvidenceStore(config.evidence).read(pointer), platform, case)
