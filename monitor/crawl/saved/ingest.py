"""Saved files and folders into the store, one summary line a file."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from monitor.config import PantauError, printable
from monitor.crawl.keys import compared
from monitor.crawl.parsing import settled
from monitor.crawl.saved.formats import responses
from monitor.crawl.saved.intake import Intake, SavedPage, keep_page, read_page
from monitor.crawl.saved_responses import (
    Damaged,
    NoListingPageError,
    OnlyRefusalsError,
    SavedError,
)
from monitor.crawl.spider import load_spiders
from monitor.crawl.version import PARSER
from monitor.evidence import EvidenceStore
from monitor.model import Origin, RunOutcome, SampledPage, UnitState, Value
from monitor.registry import Registry
from monitor.store import Store

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a file."""

    taken = "taken"
    skipped = "skipped"
    failed = "failed"


class FileResult(Value):
    """One file: its summary line, and how many pages and listings were taken from it."""

    file: str
    outcome: Outcome
    line: str
    pages: int = 0
    listings: int = 0


class Summary(Value):
    """What an ingest did; ``exit_code`` is 1 if some input failed."""

    files: tuple[FileResult, ...]

    @property
    def exit_code(self) -> int:
        """0 or 1, as the command line promises."""
        return int(any(file.outcome is Outcome.failed for file in self.files))

    @property
    def counts(self) -> dict[str, int]:
        """Files by outcome, pages and listings, for the run log."""
        outcomes = Counter(file.outcome.value for file in self.files)
        pages = sum(file.pages for file in self.files)
        return {**outcomes, "pages": pages, "listings": sum(file.listings for file in self.files)}


def ingest(
    paths: Iterable[Path],
    *,
    registry: Registry,
    store: Store | None = None,
    origin: Origin = Origin.saved,
    evidence: Path | None = None,
    platform: str | None = None,
    week: str | None = None,
    observed_at: datetime | None = None,
    on_page: Callable[[SampledPage], None] = lambda page: None,
    say: Callable[[FileResult], None] = lambda file: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Summary:
    """Take every file and folder in; ``say`` hears of each file as it is done.

    Without ``store`` (a dry run) nothing is kept and ``on_page`` is all that sees the pages;
    ``evidence`` is the folder of the evidence. In a folder a file that is no listing page is
    skipped; one named on its own that is none or but a refusal, an archive of refusals, one that
    cannot be read and a broken page have failed, and the rest goes on. Raises ``PantauError`` for
    an unknown platform and where the store or the evidence cannot be written.
    """
    spiders = load_spiders()
    if platform is not None and platform not in spiders:
        raise PantauError(f"--platform {platform}: unknown; choose from {', '.join(spiders)}")
    if observed_at and observed_at > now():
        raise PantauError(f"--observed-at {observed_at.isoformat()}: is yet to come")
    intake = Intake(
        spiders=spiders,
        platforms=registry.platforms,
        now=now(),
        store=store,
        origin=origin,
        platform=platform,
        week=week,
        observed_at=observed_at,
        on_page=on_page,
    )
    if store is None:
        return _all(paths, intake, say)
    run = store.runs.start("ingest", origin, intake.now, week, platform, {"parser": PARSER})
    try:
        with ExitStack() as stack:
            keeper = stack.enter_context(EvidenceStore(evidence, run=run)) if evidence else None
            summary = _all(paths, replace(intake, run_id=run, evidence=keeper), say)
        remark = _new_keys(intake, store)
    except PantauError as error:
        store.runs.finish(run, RunOutcome.failed, now(), str(error))
        raise
    store.runs.finish(run, RunOutcome.done, now(), remark, counts=summary.counts)
    return summary


def _all(paths: Iterable[Path], intake: Intake, say: Callable[[FileResult], None]) -> Summary:
    files = []
    for path, named in _files(paths):
        files.append(_take(path, intake, named=named))
        say(files[-1])
    return Summary(files=tuple(files))


def _new_keys(intake: Intake, store: Store) -> str | None:
    """A remark on keys that no listing of a platform had before and nobody reads, else None.

    Saved pages are of many kinds, so that what one of them lacks has not vanished.
    """
    remarks = []
    for platform, keys in intake.keys.items():
        earlier = store.listing_keys.shares(platform)
        changes = compared(intake.spiders[platform], keys, intake.nodes[platform], earlier)
        store.listing_keys.save(platform, changes.shares | earlier)
        if remark := str(msgspec.structs.replace(changes, vanished=())):
            _log.warning("%s: %s", platform, remark)
            remarks.append(f"{platform}: {remark}")
    return "; ".join(remarks) or None


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was named itself and not by a folder."""
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            yield from ((file, False) for file in inside if not file.name.startswith("."))
        else:
            yield path, True


def _take(path: Path, intake: Intake, *, named: bool) -> FileResult:
    name = "/".join(path.parts[-2:])
    try:
        pages, damage = read_pages(path, intake)
    except NoListingPageError as error:
        outcome = Outcome.failed if named else Outcome.skipped
        return FileResult(file=name, outcome=outcome, line=_line(name, outcome, error))
    except SavedError as error:
        failed = Outcome.failed
        return FileResult(file=name, outcome=failed, line=_line(name, failed, error))
    taken_out = 0
    whole = {
        number: page
        for number, page in pages.items()
        if page.page.state is not UnitState.unparseable
    }
    for _, page in whole_pages(path, whole):
        taken_out += keep_page(page, intake).stripped
        intake.nodes[page.platform] += page.page.nodes
        intake.keys[page.platform].update(page.page.keys)
    privacy = [f"{taken_out} personal values taken out"] if taken_out else []
    # Kept as the result of its page; who names such a file expected another.
    only_refusals = named and all(page.is_refused for page in whole.values())
    broken = damage or len(whole) < len(pages) or only_refusals
    return FileResult(
        file=name,
        outcome=Outcome.failed if broken else Outcome.taken,
        line=_line(name, "; ".join([*(page.line for page in pages.values()), *damage, *privacy])),
        pages=len(whole),
        listings=sum(len(page.page.listings) for page in whole.values()),
    )


def whole_pages(path: Path, pages: Mapping[int, SavedPage]) -> Iterator[tuple[int, SavedPage]]:
    """The pages of a file by their numbers, with their bodies, of which one is in memory."""
    for number, entry in enumerate(responses(path) if pages else ()):
        if number in pages and not isinstance(entry, Damaged):
            yield number, pages[number]._replace(saved=entry)


def _line(*parts: object) -> str:
    return printable(" ".join(": ".join(map(str, parts)).split()))


def read_pages(path: Path, intake: Intake) -> tuple[dict[int, SavedPage], list[str]]:
    """The pages in a file by the number of their entry, without bodies; and what is damaged.

    Raises ``SavedError`` for a file that cannot be read, ``NoListingPageError`` for one without a
    page.
    """
    pages: dict[int, SavedPage] = {}
    damage: list[str] = []
    for number, entry in enumerate(responses(path)):
        if isinstance(entry, Damaged):
            damage.append(f"{entry.entry} cannot be read: {entry.reason}")
            continue
        try:
            if page := read_page(path, entry, intake):
                pages[number] = page._replace(saved=entry._replace(body=b"", raw=b""))
        except (SavedError, MemoryError) as error:
            if entry.entry is None and isinstance(error, SavedError):
                raise
            damage.append(
                f"{entry.entry or 'page'}: {str(error) or 'needs more memory than there is'}"
            )
    refused = {
        f"{page.platform} ({page.page.reason})": None for page in pages.values() if page.is_refused
    }
    pages = {number: page for number, page in pages.items() if not page.is_beside}
    if not pages and not damage:
        if refused:
            raise OnlyRefusalsError(f"only refusals in it: {', '.join(refused)}")
        raise NoListingPageError("no listing page: no listings of a known platform in it")
    controls = intake.controls | {
        page.platform for page in pages.values() if page.page.listings and not page.is_item_page
    }
    return {
        number: page._replace(page=settled(page.page, page.platform in controls))
        for number, page in pages.items()
    }, damage
