"""Stale editions: those that labels or the registry have changed since, made again and delivered.

A label, a decision between two labels, a reply, a confirmation or a corrected policy may come after
the edition that should have counted it. The run log tells what each edition was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from monitor.config import Config
from monitor.model import EditionKind
from monitor.operate.delivery import ReleaseError, deliver, release_edition, release_of
from monitor.operate.editions import make_edition, newest_edition
from monitor.operate.notify import open_counts_troubles
from monitor.operate.publication import edition_folder, publish, write_released
from monitor.operate.run_log import recorded
from monitor.operate.stale_editions import refreshed_weeks, stale_edition
from monitor.operate.timetable import REFRESH_JOB
from monitor.registry import Registry
from monitor.store import Store
from reports.contexts import main_file


def refresh_editions(
    config: Config,
    registry: Registry,
    store: Store,
    now: datetime,
    *,
    week: str,
    say: Callable[[str], None],
) -> None:
    """Make the stale editions of the last weeks again; entered in the run log under ``week``.

    A released edition stays, and a corrected one comes beside it. That is released and delivered
    where ``[handover] automatic`` says so; else the remark of the entry names it, until a person
    releases it. ``say`` is called with one line for each thing done.
    """
    weeks = refreshed_weeks(config, now)
    with recorded(store, REFRESH_JOB, store.origin, week=week) as run:
        for stale_week in weeks:
            stale = stale_edition(store, registry, stale_week)
            if stale is None:
                continue
            say(str(stale))
            _, fresh = make_edition(config, registry, store, stale_week, EditionKind.final)
            run.counts["editions"] = run.counts.get("editions", 0) + fresh
            if not fresh:
                say(f"{stale_week}: nothing that the edition says has changed")
        for published_week in weeks:
            _publish_missing(config, store, published_week, say)
        run.remark = "; ".join(_release_corrections(config, registry, store, weeks, say)) or None


def _publish_missing(config: Config, store: Store, week: str, say: Callable[[str], None]) -> None:
    """Write the documents of a week's newest edition where its page is not there.

    So an edition whose writing failed, for want of room perhaps, is finished the next time.
    """
    findings = newest_edition(store, week)
    if findings is None:
        return
    folder = edition_folder(store, findings, config.reports)
    if not (folder / main_file(config.language)).exists():
        say(str(publish(config, store, findings)))


def _release_corrections(
    config: Config,
    registry: Registry,
    store: Store,
    weeks: tuple[str, ...],
    say: Callable[[str], None],
) -> Iterator[str]:
    """Release and deliver corrected editions; yield one line for each that a person must release.

    Generator: nothing is done until it is iterated. Of each week in ``weeks`` it takes the newest
    final or corrected edition; a week without one, or where that one is final, is passed over.
    Where ``[handover] automatic`` is on and a channel is configured, it releases the edition in the
    name of ``schedule`` (once; a release that exists stays) and sends it to each channel that does
    not have it yet; ``say`` gets one line a channel. An edition that nobody labelled is refused.
    Where the edition was refused, or one of the two settings is missing, nothing is sent. Then it
    yields a sentence with the command to run, but only if the edition was not released before.
    Raises ``DeliveryError`` where a channel failed; the weeks after that one are not handled.
    """
    for week in weeks:
        findings = newest_edition(store, week)
        if findings is None or findings.edition is not EditionKind.corrected:
            continue
        if config.handover.automatic and config.handover_to:
            try:
                told = open_counts_troubles(config.alerts, week, datetime.now(UTC))
                _, release, is_new = release_edition(
                    store, week, EditionKind.corrected, "schedule", registry, told
                )
            except ReleaseError:
                pass
            else:
                if is_new:
                    write_released(config, store, findings, say)
                deliver(config, store, findings, release, say)
                continue
        if release_of(store, findings) is None:
            yield (
                f"{week}: the released edition does not hold any more; release the corrected one"
                f" with: pantau release {week} --by NAME"
            )
