"""Editions that people or the registry have overtaken are made again, and handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from monitor.config import Config
from monitor.listing import EditionKind, Findings
from monitor.operate.editions import Edition, make_edition, publish
from monitor.operate.handover import hand_over
from monitor.operate.ledger import recorded
from monitor.operate.overtaken import LASTING, overtaken, window
from monitor.operate.releases import ReleaseError, release, releases
from monitor.operate.timetable import LATE
from monitor.registry import Registry
from monitor.store import Store


def make_late(
    config: Config,
    registry: Registry,
    store: Store,
    now: datetime,
    *,
    week: str,
    say: Callable[[str], None],
) -> None:
    """Make every overtaken edition of the window again, entered in the ledger under ``week``.

    A released one stays and a corrected one comes beside it, which waits for a person, or is
    released and handed over where ``[handover] automatic`` says so; the remark of the entry names
    those that wait.
    """
    with recorded(store, LATE, store.origin, week=week) as run:
        for each in window(config, now):
            if (found := overtaken(store, registry, each)) is None:
                continue
            say(str(found))
            made = make_edition(registry, store, each, EditionKind.final)
            run.counts["editions"] = run.counts.get("editions", 0) + made.fresh
            say(_published(config, made))
        run.remark = "; ".join(_let_out(config, store, now, say)) or None


def _published(config: Config, made: Edition) -> str:
    if not made.fresh:
        return f"{made.findings.week}: nothing that the edition says has changed"
    page = publish(
        made.findings,
        made.number,
        config.reports,
        lang=config.language,
        evidence=config.evidence,
    )
    return str(page)


def _let_out(
    config: Config, store: Store, now: datetime, say: Callable[[str], None]
) -> Iterator[str]:
    """Corrections nobody released: what is to be done, where it cannot be done here."""
    for week in window(config, now):
        found = store.edition(week, EditionKind.corrected)
        if found is None or found != _newest(store, week):
            continue
        if config.handover.automatic and config.handover_to:
            try:
                _, made, _ = release(store, week, found.edition, "schedule", audited=True)
            except ReleaseError:
                pass
            else:
                hand_over(config, store, found, made, say)
                continue
        if all((one.edition, one.as_of) != _name(found) for one in releases(store, week)):
            yield (
                f"{week}: the released edition does not hold any more; release the corrected one"
                f" with: pantau release {week} --by NAME"
            )


def _newest(store: Store, week: str) -> Findings | None:
    kinds = [kind for one, kind, _ in store.editions() if one == week and kind in LASTING]
    return store.edition(week, kinds[-1]) if kinds else None


def _name(findings: Findings) -> tuple[EditionKind, datetime]:
    return findings.edition, findings.as_of
