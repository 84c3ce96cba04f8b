"""The week's plan, entered in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.config import Config
from monitor.model import Origin, Plan
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.sampling.plan import draw_plan
from monitor.store import Store


def plan_week(
    config: Config,
    registry: Registry,
    store: Store,
    week: str,
    *,
    origin: Origin,
    platforms: Sequence[str] | None = None,
) -> tuple[Plan, bool]:
    """The week's plan and whether it was drawn now; a plan already drawn stands."""
    if standing := store.plans.of_week(week):
        with recorded(store, "plan", origin, week=week, now=config.now) as run:
            run.remark = "stands as drawn"
        return standing, False
    versions = {"registry": registry.version, "frame": registry.frame.version}
    with recorded(store, "plan", origin, week=week, versions=versions, now=config.now) as run:
        plan = draw_plan(
            registry,
            week,
            config.sampling.seed,
            config.now(),
            platforms,
            budget=config.crawl.weekly_requests,
        )
        store.registries.save(registry)
        store.plans.save(plan)
        run.counts["units"] = len(plan.units)
    return plan, True
