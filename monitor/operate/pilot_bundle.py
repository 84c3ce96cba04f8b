"""What an operator may send to the project: pages of a live check on which nobody is named."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import msgspec

from monitor.config import JAKARTA, Config
from monitor.crawl.saved.capture import CaptureError, spider_of, write_case
from monitor.crawl.saved.mint import LeakError, Mint, leaks_in
from monitor.crawl.saved.page_cases import add_source
from monitor.crawl.saved_responses import SavedError, SavedResponse, from_evidence
from monitor.evidence import EvidenceError, EvidenceStore
from monitor.model import LiveCheck, UnitState, Value, to_json
from monitor.operate.live_check import checks_of
from monitor.operate.live_words import difference_lines
from monitor.operate.pilot import PilotError, bundle_file
from monitor.store import Store
from reports.pilot import bundle_lines

CRAWLED = 6
"""Pages of the week's crawl in a bundle at most: one for each state and reason."""


class Bundled(Value):
    """A bundle that was written: its pages, and how many names and ids were invented for it."""

    path: Path
    pages: tuple[str, ...]
    names: int
    left_out: tuple[str, ...] = ()


class _BundlePage(Value):
    """A page for a bundle: its name, and when it was received."""

    name: str
    response: SavedResponse
    at: datetime | None


def write_bundle(config: Config, store: Store, platform: str, path: Path | None = None) -> Bundled:
    """Pack the newest live check of a platform, with one page for each outcome of its crawl.

    The bundle has test pages with expectations and ``SOURCES.md``, robots.txt, and what the check
    says. Nobody is named: sellers, people and ids are invented. Raises ``PilotError`` where the
    platform was never checked, no page came, or a name is left anywhere; nothing is written then.
    """
    spider = spider_of(platform)
    check = newest_check(config, platform)
    evidence = EvidenceStore(config.evidence)
    path = path or bundle_file(config, platform, check.run)
    mint = Mint(spider, secrets.token_bytes(32))
    pages = [*_checked_pages(evidence, check), *_crawled_pages(evidence, store, check)]
    if not pages:
        raise PilotError(f"{platform}: no page came yet, so there is nothing to pack")
    for page in pages:
        mint.look(page.response.as_response())
    left_out = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        for page in pages:
            try:
                _write_page(folder, mint, platform, page)
            except (LeakError, CaptureError) as error:
                left_out.append(f"{page.name}: {error}")
        for number, answer in enumerate(check.robots, 1):
            if answer.evidence:
                robots = folder / "robots" / f"{platform}-{number}.txt"
                robots.parent.mkdir(exist_ok=True)
                robots.write_bytes(evidence.read(answer.evidence).body)
        public = _public_check(check, mint)
        (folder / "check.json").write_bytes(to_json(public))
        (folder / "differences.txt").write_text("\n".join([*difference_lines(public), ""]))
        _require_nobody(folder, mint, config.contact)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        _zip(path, folder, files)
        written = [str(file.relative_to(folder)) for file in files if file.parent.name == platform]
    return Bundled(
        path=path,
        pages=tuple(name for name in written if ".expected" not in name),
        names=len(mint.people),
        left_out=tuple(left_out),
    )


def bundle_text(bundle: Bundled, lang: str) -> Iterator[str]:
    """What was packed and what was not, in a language."""
    return bundle_lines(bundle.names, bundle.left_out, lang)


def newest_check(config: Config, platform: str) -> LiveCheck:
    """The last live check of a platform; raises ``PilotError`` where there is none."""
    checks = checks_of(config, platform)
    if not checks:
        raise PilotError(f"{platform}: was never checked; run: pantau doctor --live {platform}")
    return checks[-1]


def _checked_pages(evidence: EvidenceStore, check: LiveCheck) -> Iterator[_BundlePage]:
    """The pages of a live check that came."""
    for page in check.pages:
        if page.evidence and (response := _response(evidence, page.evidence)):
            yield _BundlePage(name=f"live_{page.role}", response=response, at=page.at)


def _crawled_pages(
    evidence: EvidenceStore, store: Store, check: LiveCheck
) -> Iterator[_BundlePage]:
    """One page of the week's crawl for each state and reason that the check did not meet."""
    met = {(page.state, page.reason) for page in check.pages}
    for page in store.pages.of_week(check.week):
        outcome = (page.state, page.reason)
        pointer = page.received and page.received.evidence
        if page.platform != check.platform or outcome in met or not pointer:
            continue
        if len(met) >= CRAWLED + len(check.pages) or page.state is UnitState.planned:
            return
        if response := _response(evidence, pointer):
            met.add(outcome)
            name = "_".join(filter(None, ("crawl", page.state, page.reason)))
            plain = "".join(char if char.isalnum() else "_" for char in name)[:60]
            yield _BundlePage(name=plain, response=response, at=page.observed_at)


def _response(evidence: EvidenceStore, pointer: str) -> SavedResponse | None:
    """A response of the evidence; None where retention removed it or it cannot be read."""
    try:
        return from_evidence(evidence.read(pointer))
    except (EvidenceError, SavedError):
        return None


def _write_page(folder: Path, mint: Mint, platform: str, page: _BundlePage) -> None:
    """Write a page with its expectation and its line of ``SOURCES.md``.

    Raises ``LeakError`` where a name is left, ``CaptureError`` where it reads otherwise.
    """
    response = page.response.as_response()
    minted = mint.mint(response)
    path = folder / platform / f"{page.name}{'.json' if minted.is_json else '.html'}"
    write_case(path, minted, mint.spider, response)
    day = f"{page.at.astimezone(JAKARTA):%Y-%m-%d}" if page.at else "unknown"
    host = urlsplit(response.url).hostname or "unknown"
    add_source(folder, f"{platform}/{path.name}", host, day, len(minted.names))


def _public_check(check: LiveCheck, mint: Mint) -> LiveCheck:
    """A live check without names, contact, and places in the evidence."""
    robots = tuple(msgspec.structs.replace(answer, evidence=None) for answer in check.robots)
    pages = tuple(
        msgspec.structs.replace(
            page, evidence=None, sha256=None, url=mint.words(page.url),
            final_url=mint.words(page.final_url),
        )
        for page in check.pages
    )  # fmt: skip
    claims = tuple(
        msgspec.structs.replace(
            claim, claimed=mint.words(claim.claimed), seen=mint.words(claim.seen)
        )
        for claim in check.claims
    )
    differences = tuple(
        msgspec.structs.replace(row, name=mint.words(row.name), seen=mint.words(row.seen))
        for row in check.differences
    )
    proposals = tuple(
        msgspec.structs.replace(change, text=mint.words(change.text), why=mint.words(change.why))
        for change in check.proposals
    )
    return msgspec.structs.replace(
        check,
        agent=check.agent.partition(" ")[0],
        robots=robots,
        pages=pages,
        claims=claims,
        differences=differences,
        proposals=proposals,
    )


def _require_nobody(folder: Path, mint: Mint, contact: str | None) -> None:
    """Raise ``PilotError`` where a file still has a name that stood on a page, or the contact."""
    names = [*mint.people, *([contact] if contact else [])]
    for file in folder.rglob("*"):
        if file.is_file() and file.parent.name != "robots":
            text = file.read_text(encoding="utf-8")
            if leaks := leaks_in(text, names):
                raise PilotError(
                    f"{file.relative_to(folder)}: {len(leaks)} names or ids are left in it;"
                    " nothing was packed. Tell the project so, without sending the page"
                )


def _zip(path: Path, folder: Path, files: list[Path]) -> None:
    """Pack files, with the same bytes for the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
