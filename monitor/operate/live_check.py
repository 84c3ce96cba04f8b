"""The live check: a few pages of a platform, asked in a child process, and what they say.

What came is kept as evidence; what it says lies in the home, as ``pilot/PLATFORM/check-RUN.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from scrapy.http import TextResponse

from monitor.config import Config, PantauError, week_of
from monitor.crawl.claims import REFUSAL, UNPROVEN, claims_of
from monitor.crawl.differences import differences_of
from monitor.crawl.live_reading import ReadPage, read_page
from monitor.crawl.process import CrawlResult, run_children
from monitor.crawl.saved_responses import SavedError, from_evidence
from monitor.crawl.shapes import known_shapes
from monitor.crawl.spider import load_spiders
from monitor.crawl.transport import user_agent
from monitor.evidence import EvidenceError, EvidenceStore
from monitor.evidence.manifest import replace_file
from monitor.evidence.warc import records
from monitor.model import (
    ClaimState,
    LiveCheck,
    LivePage,
    Origin,
    PageRole,
    ResponseRecord,
    RobotsAnswer,
    UnitState,
    from_json,
    to_json,
)
from monitor.registry import Platform, Registry
from reports.pilot import consent_lines, consent_words

_REFUSED = {UnitState.blocked, UnitState.disallowed}


class LiveCheckError(PantauError):
    """A platform cannot be checked, or was never checked; the message names the mend."""


def check_live(
    config: Config, registry: Registry, platform_id: str, words: str | None = None
) -> LiveCheck:
    """Ask a platform for robots.txt and at most three pages, and hold its claims against them.

    ``words`` are searched for; those of the frame's first entry if not given. Raises
    ``LiveCheckError`` where nothing could be asked, ``ConfigError`` without a contact.
    """
    if platform_id not in registry.platforms:
        names = ", ".join(registry.platforms)
        raise LiveCheckError(f"{platform_id}: no such platform; known: {names}")
    events: list[Mapping[str, Any]] = []
    week = week_of(config.now())
    arguments = ["--live", *(["--words", words] if words else [])]
    [crawl] = run_children(
        config, week, {platform_id: (arguments, b"")}, progress=lambda event: events.append(event)
    )
    if crawl.run is None or crawl.failed:
        reason = (crawl.reason or "").removeprefix(f"{platform_id}: ")
        raise LiveCheckError(f"{platform_id}: {reason}")
    check = read_check(config, registry, platform_id, week, crawl, events)
    folder = config.live_checks / platform_id
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"check-{check.run}.json", to_json(check))
    return check


def consent_text(config: Config, platform: Platform, lang: str) -> Iterator[str]:
    """What a live check will do, in words, for the person who has to agree."""
    agent = user_agent(config)
    return consent_lines(platform.hosts, config.crawl.delay, agent, config.evidence, lang)


def consent_word(config: Config, name: str, lang: str) -> str:
    """What is asked beside that: see ``reports.pilot.consent_words``."""
    return consent_words(lang, config.home / "pantau.toml", config.contact or "")[name]


def is_mail_address(text: str) -> bool:
    """Whether a text looks like a mail address that a configuration can hold."""
    return bool(re.fullmatch(r"[^\s@\"\\]+@[^\s@\"\\]+\.[^\s@\"\\]+", text))


def record_contact(config: Config, contact: str) -> Config:
    """Write the contact into ``pantau.toml``, above what stands there; the configuration with it.

    Raises ``LiveCheckError`` for what is no mail address.
    """
    if not is_mail_address(contact):
        raise LiveCheckError(f"contact: {contact!r} is no mail address such as name@office.go.id")
    path = config.home / "pantau.toml"
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    config.home.mkdir(parents=True, exist_ok=True)
    replace_file(path, f'contact = "{contact}"\n{before}'.encode())
    return msgspec.structs.replace(config, contact=contact)


def read_check(
    config: Config,
    registry: Registry,
    platform_id: str,
    week: str,
    crawl: CrawlResult,
    events: list[Mapping[str, Any]],
) -> LiveCheck:
    """What the pages of a run say, read from its evidence alone."""
    platform, spider = registry.platforms[platform_id], load_spiders()[platform_id]
    shapes = known_shapes().get(platform_id, ())
    asked = [live_page(event) for event in events if event["event"] == "asked"]
    control = any(
        page.role is PageRole.listings and page.state is UnitState.sampled for page in asked
    )
    pages = [
        read_page(spider, page, response_of(config, page), shapes, control=control)
        for page in asked
    ]
    robots = [event for event in events if event["event"] == "robots"]
    differences, proposals = differences_of(platform, spider, pages, shapes)
    assert crawl.run is not None
    return LiveCheck(
        platform=platform_id,
        origin=config.origin,
        at=config.now(),
        week=week,
        run=crawl.run,
        agent=user_agent(config),
        robots=tuple(robots_answers(config, week, platform_id, crawl.run)),
        pages=tuple(read.live for read in pages),
        not_asked={
            PageRole(event["role"]): event["reason"]
            for event in events
            if event["event"] == "skipped"
        },
        claims=claims_of(platform, spider, pages, robots),
        differences=differences,
        proposals=proposals,
        refused=_refusal(pages) if pages else crawl.reason or "nothing was asked",
        unreachable=_ending(pages, {UnitState.unreachable}),
    )


def _refusal(pages: list[ReadPage]) -> str | None:
    """The state and reason of the last page, where the platform refused it.

    A search for nothing that came, and whose scripts robots.txt denies what they ask for, is none:
    the pages with offers were read.
    """
    last = pages[-1].live
    is_absence = last.role in {PageRole.nothing, PageRole.gone}
    if is_absence and last.state is UnitState.disallowed and last.status is not None:
        return None
    return _ending(pages, _REFUSED)


def _ending(pages: list[ReadPage], states: set[UnitState]) -> str | None:
    """The state and reason of the last page, where it is one of ``states``."""
    last = pages[-1].page if pages else None
    return f"{last.state}: {last.reason or 'no word'}" if last and last.state in states else None


def live_page(event: Mapping[str, Any]) -> LivePage:
    """The page of a child's event ``asked``."""
    record = event.get("received")
    received = msgspec.convert(record, ResponseRecord) if record else None
    page = {name: event[name] for name in ("role", "url", "final_url", "at", "state", "reason")}
    of_record = {}
    if received:
        names = ("status", "content_type", "size", "sha256", "evidence")
        of_record = {name: getattr(received, name) for name in names}
    return msgspec.convert(page | of_record | {"robots_rule": event.get("rule")}, LivePage)


def response_of(config: Config, page: LivePage) -> TextResponse | None:
    """The response of a page as the evidence keeps it; None where none came or it is gone."""
    if page.evidence is None:
        return None
    try:
        record = EvidenceStore(config.evidence).read(page.evidence)
        return from_evidence(record).as_response()
    except (EvidenceError, SavedError):
        return None


def robots_answers(config: Config, week: str, platform: str, run: int) -> list[RobotsAnswer]:
    """The answers to requests for robots.txt of a run, as the evidence keeps them."""
    answers = []
    for path in sorted((config.evidence / week).glob(f"{platform}-{run}.*warc.gz")):
        for offset, record in records(path):
            if record.url.endswith("/robots.txt"):
                answers.append(
                    RobotsAnswer(
                        url=record.url,
                        status=record.status,
                        size=len(record.body),
                        evidence=f"{week}/{path.name}#{offset}",
                    )
                )
    return answers


def checks_of(config: Config, platform: str) -> list[LiveCheck]:
    """The live checks of a platform that lie in the home, oldest first."""
    paths = (config.live_checks / platform).glob("check-*.json")
    checks = []
    for path in paths:
        try:
            checks.append(from_json(path.read_bytes(), LiveCheck))
        except msgspec.DecodeError as error:
            raise LiveCheckError(f"{path}: cannot be read: {error}; remove that file") from error
    return sorted(checks, key=lambda check: check.run)


def proven_here(config: Config, platform: str) -> tuple[set[str], set[str]]:
    """What live checks of this home proved: words of ``unproven``, and ids of refusals."""
    confirmed = [
        claim.subject
        for check in checks_of(config, platform)
        if check.origin is Origin.live
        for claim in check.in_state(ClaimState.confirmed)
    ]
    marks = {name.removeprefix(UNPROVEN) for name in confirmed if name.startswith(UNPROVEN)}
    ids = {name.removeprefix(REFUSAL) for name in confirmed if name.startswith(REFUSAL)}
    return marks, ids
