"""Editions that people or the registry have overtaken are made again, and handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from monitor.config import Config
from monitor.model import EditionKind, Findings
from monitor.operate.delivery import hand_over
from monitor.operate.editions import count, folder_of, make_edition, publish
from monitor.operate.releases import ReleaseError, release, releases
from monitor.operate.run_log import recorded
from monitor.operate.stale_editions import LASTING, overtaken, window
from monitor.operate.timetable import LATE
from monitor.registry import Registry
from monitor.store import Store
from reports.contexts import main_file


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
            made = make_edition(config, registry, store, each, EditionKind.final)
            run.counts["editions"] = run.counts.get("editions", 0) + made.fresh
            if not made.fresh:
                say(f"{each}: nothing that the edition says has changed")
        for each in window(config, now):
            _write_missing(config, store, each, say)
        run.remark = "; ".join(_let_out(config, store, now, say)) or None


def _write_missing(config: Config, store: Store, week: str, say: Callable[[str], None]) -> None:
    """Write the documents of a week's newest edition, unless they are there: what failed in the
    middle of it, for want of room perhaps, is finished the next time."""
    found = _newest(store, week)
    if found is None:
        return
    number = count(store, week, found.edition)
    lang, evidence = config.language, config.evidence
    if not (folder_of(found, number, config.reports) / main_file(lang)).exists():
        say(str(publish(found, number, config.reports, lang=lang, evidence=evidence)))


def _let_out(
    config: Config, store: Store, now: datetime, say: Callable[[str], None]
) -> Iterator[str]:
    """Corrections nobody released: what is to be done, where it cannot be done here."""
    for week in window(config, now):
        found = store.editions.latest(week, EditionKind.corrected)
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
    kinds = [kind for one, kind, _ in store.editions.all() if one == week and kind in LASTING]
    return store.editions.latest(week, kinds[-1]) if kinds else None


def _name(findings: Findings) -> tuple[EditionKind, datetime]:
    return findings.edition, findings.as_of
