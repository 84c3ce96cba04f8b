"""Saved pages into the store: read, recognise, judge, match to the plan, keep."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

from monitor.config import PantauError, week_of
from monitor.crawl.evidence import Evidence
from monitor.crawl.parsing import NO_LISTINGS, PARSER, Page, judge, recognise, settled
from monitor.crawl.saved.privacy import safe_body, safe_headers, safe_url
from monitor.crawl.saved.responses import NoListingPageError, SavedError, SavedResponse, responses
from monitor.crawl.spider import PlatformSpider
from monitor.listing import Origin, PlannedUnit, Received, SampledPage, UnitState, Value


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
        """Files by outcome, pages and listings, for the run ledger."""
        found = Counter(file.outcome.value for file in self.files)
        pages = sum(file.pages for file in self.files)
        return {**found, "pages": pages, "listings": sum(file.listings for file in self.files)}


class Pages(Protocol):
    """The part of the store that saved pages need."""

    def unit_by_url(self, platform: str, url: str, week: str) -> PlannedUnit | None: ...

    def write_page(self, run_id: int, page: SampledPage) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Intake:
    """How saved pages are taken in.

    ``hosts`` maps the platforms' hosts to their ids. A dated page belongs to its own week, an
    undated one to ``week`` where that is given; only then is it matched to a planned unit.
    ``now`` dates the evidence of undated pages. Without ``store`` nothing is stored;
    ``on_page`` sees every page.
    """

    spiders: Mapping[str, type[PlatformSpider]]
    hosts: Mapping[str, str]
    now: datetime
    store: Pages | None = None
    run_id: int = 0
    evidence: Evidence | None = None
    platform: str | None = None
    week: str | None = None
    observed_at: datetime | None = None
    on_page: Callable[[SampledPage], None] = lambda page: None


class _Found(NamedTuple):
    platform: str
    saved: SavedResponse
    page: Page
    url: str
    seen: datetime | None
    unit: PlannedUnit | None


def ingest(
    paths: Iterable[Path], intake: Intake, *, say: Callable[[FileResult], None] | None = None
) -> Summary:
    """Take every file and folder in; ``say`` hears of each file as it is done.

    In a folder a file that is no listing page is skipped; a file named on its own that is none,
    one that cannot be read and a broken page have failed. Raises ``PantauError`` for an unknown
    platform, ``StoreError`` and ``EvidenceError``.
    """
    if intake.platform is not None and intake.platform not in intake.spiders:
        known = ", ".join(intake.spiders)
        raise PantauError(f"--platform {intake.platform}: unknown; choose from {known}")
    results = []
    for path, named in _files(paths):
        results.append(_take(path, intake, named=named))
        if say:
            say(results[-1])
    return Summary(files=tuple(results))


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            yield from ((file, False) for file in inside if not file.name.startswith("."))
        else:
            yield path, True


def _take(path: Path, intake: Intake, *, named: bool) -> FileResult:
    name = "/".join(path.parts[-2:])
    try:
        found = _read(path, intake)
    except NoListingPageError as error:
        outcome = Outcome.failed if named else Outcome.skipped
        return FileResult(file=name, outcome=outcome, line=f"{name}: {outcome}: {error}")
    except SavedError as error:
        return FileResult(file=name, outcome=Outcome.failed, line=f"{name}: failed: {error}")
    whole = [each for each in found if each.page.state is not UnitState.unparseable]
    broken = [each for each in found if each.page.state is UnitState.unparseable]
    for each in whole:
        _keep(each, intake)
    lines = [_line(each) for each in whole]
    lines += [f"{_name(each)}, broken, nothing stored: {each.page.reason}" for each in broken]
    return FileResult(
        file=name,
        outcome=Outcome.failed if broken else Outcome.taken,
        line=f"{name}: {'; '.join(lines)}",
        pages=len(whole),
        listings=sum(len(each.page.listings) for each in whole),
    )


def _read(path: Path, intake: Intake) -> list[_Found]:
    found = [each for saved in responses(path) if (each := _judged(path, saved, intake))]
    if not found:
        raise NoListingPageError("no listing page: no listings of a known platform in it")
    controls = {each.platform for each in found if each.page.listings}
    return [each._replace(page=settled(each.page, each.platform in controls)) for each in found]


def _judged(path: Path, saved: SavedResponse, intake: Intake) -> _Found | None:
    response = saved.as_response(path.name)
    recognised = recognise(response, intake.spiders, intake.hosts)
    if intake.platform and recognised not in {None, intake.platform}:
        if saved.entry is None:
            raise SavedError(f"looks like {recognised}, not {intake.platform}")
        return None
    folder = path.parent.name if path.parent.name in intake.spiders else None
    platform = intake.platform or recognised or folder
    if platform is None or platform not in intake.spiders:
        return None
    page = judge(intake.spiders[platform], response)
    seen = saved.observed_at or intake.observed_at
    unit = _unit(platform, saved.url, seen, intake)
    # An archive holds all that a browser asked for; a refused side request is no result.
    beside = saved.entry is not None and unit is None
    refused = not page.listings and page.state is not UnitState.unparseable
    if page.reason == NO_LISTINGS or (beside and refused):
        return None
    url = safe_url(saved.url) if saved.url else f"file:{path.name}"
    return _Found(platform, saved, page, url, seen, unit)


def _unit(
    platform: str, url: str | None, seen: datetime | None, intake: Intake
) -> PlannedUnit | None:
    week = week_of(seen) if seen else intake.week
    if intake.store is None or url is None or week is None or intake.week not in {None, week}:
        return None
    return intake.store.unit_by_url(platform, url, week)


def _keep(found: _Found, intake: Intake) -> None:
    page = SampledPage(
        platform=found.platform,
        url=found.url,
        state=found.page.state,
        origin=Origin.saved,
        unit_id=found.unit.id if found.unit else None,
        reason=found.page.reason,
        observed_at=found.seen,
        received=_received(found, intake),
        listings=found.page.listings,
        total_results=found.page.total_results,
        parser=PARSER,
    )
    intake.on_page(page)
    if intake.store:
        intake.store.write_page(intake.run_id, page)


def _received(found: _Found, intake: Intake) -> Received:
    saved = found.saved
    safe = safe_body(saved.body)
    stripped = safe if safe != saved.body else None
    if intake.evidence and intake.store:
        return intake.evidence.keep(
            week=week_of(found.seen) if found.seen else intake.week or week_of(intake.now),
            platform=found.platform,
            url=found.url,
            status=saved.status,
            headers=safe_headers(saved.headers),
            body=saved.raw,
            at=found.seen,
            stripped=stripped,
            decoded=stripped is not None or saved.raw == saved.body,
        )
    return Received(
        url=found.url,
        size=len(saved.raw),
        sha256=hashlib.sha256(saved.raw).hexdigest(),
        status=saved.status,
        content_type=saved.header("content-type") or None,
        sha256_kept=hashlib.sha256(stripped).hexdigest() if stripped is not None else None,
    )


def _name(found: _Found) -> str:
    return f"{found.saved.entry} {found.platform}" if found.saved.entry else found.platform


def _line(found: _Found) -> str:
    page = found.page
    state = f"{page.state}, {page.reason}" if page.reason else f"{page.state}"
    what = f"{len(page.listings)} listings" if page.listings else state
    where = found.unit.id if found.unit else "unplanned"
    when = found.seen.isoformat(timespec="seconds") if found.seen else "undated"
    return f"{_name(found)}, {what}, {where}, {when}"
