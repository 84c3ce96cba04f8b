"""Listings read again from the evidence alone: what a crawl stored must come out of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from monitor.crawl.parsing import judge, settled
from monitor.crawl.saved_responses import SavedError, from_evidence
from monitor.crawl.spider import PlatformSpider
from monitor.crawl.version import PARSER
from monitor.evidence import EvidenceError, EvidenceStore, is_removed, removed_evidence
from monitor.model import Listing, RunOutcome, SampledPage, UnitState, Value
from monitor.store import Store

READ_AGAIN = {UnitState.sampled, UnitState.empty, UnitState.blocked, UnitState.unparseable}
"""States a reading decides about; the others were decided on the way."""


class Reread(Value):
    """One page read again. ``problem`` says why it could not be."""

    page: SampledPage
    same: bool = True
    problem: str | None = None


class Reprocessed(Value):
    """What came of a week's pages: how many read as stored, how many otherwise.

    Of ``removed`` ones retention or an erasure removed the evidence, on purpose; they are no part
    of ``pages``.
    """

    week: str | None
    pages: int = 0
    same: int = 0
    changed: int = 0
    removed: int = 0
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        unread = f", {len(self.problems)} unreadable" if self.problems else ""
        removed = (
            f"; of {self.removed} more the evidence was removed on purpose" if self.removed else ""
        )
        return (
            f"{self.week or 'undated'}: {self.pages} pages, "
            f"{self.same} as stored, {self.changed} otherwise{unread}{removed}"
        )


def reprocess(
    store: Store,
    folder: Path,
    spiders: Mapping[str, type[PlatformSpider]],
    week: str | None,
    *,
    dry_run: bool = False,
    say: Callable[[Reread], object] = lambda page: None,
) -> Reprocessed:
    """Read a week's pages again; what reads otherwise is stored as a new version beside the old.

    Pages that this parser version has read already are only compared. ``week`` None means pages
    without a time. ``dry_run`` stores nothing; ``say`` hears of each page as it is read.
    """
    # The listings of each kept response, in the order of their positions.
    stored: dict[str, tuple[Listing, ...]] = defaultdict(tuple)
    for observation in store.observations.of_week(week, comparisons=None):
        if observation.received and observation.received.evidence:
            stored[observation.received.evidence] += (observation.listing,)
    counts = {"pages": 0, "same": 0, "changed": 0, "removed": 0}
    problems: list[str] = []
    origin = store.origin
    run_id = None
    if not dry_run:
        versions = {"software": version("pantau-impor"), "parser": PARSER}
        started = datetime.now(UTC)
        run_id = store.runs.start("reprocess", origin, started, week=week, versions=versions)
    evidence = EvidenceStore(folder)
    removed_pages = removed_evidence(folder)
    for page in store.pages.of_week(week):
        if page.state not in READ_AGAIN or page.platform not in spiders:
            continue
        if is_removed(_pointer(page), removed_pages):
            counts["removed"] += 1
            continue
        reading = reread(
            evidence, spiders[page.platform], page, stored[_pointer(page)], store.erasures.page
        )
        say(reading)
        counts["pages"] += 1
        if reading.problem:
            problems.append(f"{page.url}: {reading.problem}")
            continue
        counts["same" if reading.same else "changed"] += 1
        if run_id is not None and reading.page.parser != page.parser:
            store.pages.save(run_id, reading.page)
    if run_id is not None:
        outcome = RunOutcome.failed if problems else RunOutcome.done
        reason = problems[0] if problems else None
        store.runs.finish(run_id, outcome, datetime.now(UTC), reason=reason, counts=counts)
    return Reprocessed(week=week, **counts, problems=tuple(problems))


def reread(
    evidence: EvidenceStore,
    spider: type[PlatformSpider],
    page: SampledPage,
    stored: tuple[Listing, ...] = (),
    without_erased: Callable[[SampledPage], SampledPage] = lambda page: page,
) -> Reread:
    """One stored page, judged anew by what the evidence kept of it.

    ``without_erased`` takes out of it the sellers that were erased since it was received.
    Whether an empty page was proven so is not in the page: that stays as the crawl decided.
    """
    try:
        response = from_evidence(evidence.read(_pointer(page))).as_response()
    except (EvidenceError, SavedError) as error:
        return Reread(page=page, same=False, problem=str(error))
    judged = settled(judge(spider, response), page.state is UnitState.empty)
    read_page = without_erased(msgspec.structs.replace(page, **judged.reading()))
    same = (read_page.state, read_page.listings, read_page.unreadable) == (
        page.state,
        stored,
        page.unreadable,
    )
    return Reread(page=read_page, same=same)


def _pointer(page: SampledPage) -> str:
    assert page.received and page.received.evidence
    return page.received.evidence
