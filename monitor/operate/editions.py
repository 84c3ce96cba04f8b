"""From a week's pages to an edition: classify, freeze and draw, findings, documents."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from monitor.classify import Classifier, classify_listings
from monitor.config import Config
from monitor.crawl.details import Target, target_of, visit
from monitor.crawl.parsing import PARSER
from monitor.crawl.process import CrawlResult
from monitor.estimate import Settings
from monitor.evidence.anchors import lay_anchor
from monitor.findings import build_findings
from monitor.labels import resolve
from monitor.model import AuditSample, Cluster, EditionKind, Findings, Origin, RunOutcome, UnitState
from monitor.operate.releases import Release, rank, releases
from monitor.operate.revisits import revisits
from monitor.operate.run_log import recorded
from monitor.operate.screenshots import gather
from monitor.operate.stale_editions import LEDGER_NAME, made_from
from monitor.registry import Registry
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from reports.archive import write_index
from reports.changes import corrections
from reports.edition import write_edition


def classify_store(
    config: Config, registry: Registry, store: Store, *, origin: Origin
) -> tuple[str, int]:
    """Classify what the store holds unclassified; returns classifier version and rows written."""
    classifier = Classifier.load(registry, config.title_model)
    versions = {"classifier": classifier.version, "title_model": classifier.model}
    with recorded(store, "classify", origin, versions=versions, now=config.now) as run:
        rows = classify_listings(classifier, store.classifications.pending(classifier.version))
        run.counts["listings"] = store.classifications.save(rows)
    return classifier.version, run.counts["listings"]


def draw_week(
    config: Config, registry: Registry, store: Store, week: str, budget: int
) -> tuple[AuditSample, bool]:
    """Freeze the week's screen and draw the audit sample; a sample already drawn stands.

    Labels are for marketplaces: what they are compared with needs none. A draw without a listing
    is not kept, so that pages which come later can still be drawn from.
    """
    origin = store.origin
    if standing := store.audit_samples.of_week(week):
        with recorded(store, "draw", origin, week=week, now=config.now) as run:
            run.remark = "stands as drawn"
        return standing, False
    classifier, _ = classify_store(config, registry, store, origin=origin)
    versions = {"classifier": classifier}
    with recorded(store, "draw", origin, week=week, versions=versions, now=config.now) as run:
        run.counts["places"] = store.screens.freeze(week, classifier)
        draw = draw_audit(
            store.screens.of_week(week),
            week=week,
            seed=config.sampling.seed,
            drawn_at=config.now(),
            budget=budget,
            labelled={key for key, found in resolve(store.labels.all()).items() if found.answer},
            platforms={one.id for one in registry.platforms.values() if one.role == "marketplace"},
            flagged_only=_too_thin(store, week),
        )
        run.counts["items"] = len(draw.items)
        if draw.items:
            store.audit_samples.save(draw)
        else:
            run.remark = "nothing was seen to draw from"
    return draw, True


def _too_thin(store: Store, week: str) -> set[str]:
    """Platforms of which the plan has no cell with the entries that a share needs."""
    entries: dict[str, dict[Cluster, set[str]]] = {}
    for record in store.units.of_week(week):
        cells = entries.setdefault(record.unit.platform, {})
        cells.setdefault(record.unit.cluster, set()).add(record.unit.entry_id)
    least = Settings().least_entries
    return {
        platform
        for platform, cells in entries.items()
        if all(len(found) < least for found in cells.values())
    }


def visit_drawn(
    config: Config, registry: Registry, store: Store, draw: AuditSample
) -> list[CrawlResult]:
    """Visit the own page of every drawn listing that still waits for an answer.

    And after them those of offers that earlier editions named and this week's pages do not show.
    """
    targets = to_visit(registry, store, draw)
    targets += revisits(registry, store, draw.week, config.crawl.revisits, targets)
    origin = store.origin
    with recorded(store, "visits", origin, week=draw.week, now=config.now) as run:
        results = visit(config, draw.week, targets)
        run.counts["visited"] = sum(result.counts.get("pages", 0) for result in results)
        for outcome in (RunOutcome.stopped, RunOutcome.failed):
            if ended := [result for result in results if result.outcome is outcome]:
                run.outcome = outcome
                run.remark = "; ".join(f"{one.reason} ({one.platform})" for one in ended)
    return results


def to_visit(registry: Registry, store: Store, draw: AuditSample) -> list[Target]:
    """The drawn listings without an answer this week; no answer is a reason to ask another night,
    a refusal is none."""
    drawn = {item.observation_id for item in draw.items}
    answered = {
        (visit.platform, visit.item_id)
        for visit in store.visits.of_week(draw.week)
        if visit.state is not UnitState.unreachable
    }
    known = registry.platforms
    targets = (
        target_of(seen.listing, known[seen.listing.platform].detail)
        for seen in store.screens.of_week(draw.week)
        if seen.id in drawn
        and seen.listing.platform in known
        and (seen.listing.platform, seen.listing.item_id) not in answered
    )
    return [target for target in targets if target]


class Edition(NamedTuple):
    """An edition; ``number`` counts those of its kind from 1, ``fresh`` where it was made now."""

    findings: Findings
    number: int
    fresh: bool


def make_edition(
    config: Config, registry: Registry, store: Store, week: str, kind: EditionKind
) -> Edition:
    """The findings of an edition as they are known now.

    What was published stays: where nothing changed since the newest edition that could be in
    anybody's hands, that one is given again, to the byte; else a new one is frozen beside it. Once
    a person released an edition, what changes afterwards is frozen as ``corrected``, and says what
    is different. An edition that says again what an earlier one said is new, too, if another one
    came between them.
    """
    origin = store.origin
    classifier, _ = classify_store(config, registry, store, origin=origin)
    inputs = made_from(store, registry, week) | {"classifier": classifier}
    job = LEDGER_NAME[kind]
    with recorded(store, job, origin, week=week, versions=inputs, now=config.now) as run:
        as_of = _after(store, week, config.now())
        given_out = releases(store, week)
        released = any(rank(one.edition) >= rank(kind) for one in given_out)
        made = EditionKind.corrected if released else kind
        found = build_findings(
            store, registry, week, made, classifier=classifier, parser=PARSER, as_of=as_of
        )
        kinds = {made, *(one.edition for one in given_out)} if released else {made}
        standing = _newest(store, week, kinds)
        if standing and _same(found, standing):
            return Edition(standing, count(store, week, standing.edition), fresh=False)
        if made is EditionKind.corrected and (replaced := _replaced(store, week, given_out)):
            found = replace(found, corrections=corrections(replaced, found))
        if released:
            run.remark = f"the {kind} edition was released; what changed is frozen as corrected"
        store.editions.save(found)
        run.counts["listings"] = len(found.listings)
    return Edition(found, count(store, week, made), fresh=True)


def _after(store: Store, week: str, now: datetime) -> datetime:
    """``now`` in whole seconds, by which a week's editions are told apart."""
    known = (as_of for one, _, as_of in store.editions.all() if one == week)
    return max([now.replace(microsecond=0), *(as_of + timedelta(seconds=1) for as_of in known)])


def _newest(store: Store, week: str, kinds: Collection[EditionKind]) -> Findings | None:
    known = [kind for one, kind, _ in store.editions.all() if one == week and kind in kinds]
    return store.editions.latest(week, known[-1]) if known else None


def _replaced(store: Store, week: str, given_out: Sequence[Release]) -> Findings | None:
    """What readers have in their hands: the newest released edition, else the newest final one."""
    if given_out:
        newest = max(given_out, key=lambda one: one.as_of)
        return store.editions.latest(week, newest.edition, newest.as_of)
    return _newest(store, week, {EditionKind.final, EditionKind.corrected})


def _same(found: Findings, standing: Findings) -> bool:
    """Whether two editions tell a reader the same; what software made them is no news."""
    apart = ("as_of", "edition", "corrections", "versions", "previous_versions")
    return replace(found, **{name: getattr(standing, name) for name in apart}) == standing


def count(store: Store, week: str, kind: EditionKind) -> int:
    """How many editions of a kind a week has: the number of the latest."""
    return sum((one, sort) == (week, kind) for one, sort, _ in store.editions.all())


def folder_of(findings: Findings, number: int, folder: Path) -> Path:
    """Where below ``folder`` the documents of an edition lie."""
    name = findings.edition if number == 1 else f"{findings.edition}-{number}"
    return folder / findings.week / name


def publish(
    findings: Findings,
    number: int,
    folder: Path,
    *,
    lang: str,
    public: bool = False,
    pdf: bool = False,
    evidence: Path | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> Path:
    """Write the documents of an edition below ``folder`` and bring the archive's index up to date.

    Each edition has a folder of its own (``2026-W47/final``, then ``final-2``); none is rewritten
    with other findings. From the folder of the ``evidence`` come the screenshots; it is sealed, and
    an anchor of its newest manifest is laid beside the edition.
    """
    place = folder_of(findings, number, folder)
    with tempfile.TemporaryDirectory() as pictures:
        if evidence and not public:
            gather(findings, evidence, Path(pictures))
        page = write_edition(
            findings, place, lang=lang, public=public, pdf=pdf, media=Path(pictures), warn=warn
        )
    if evidence:
        lay_anchor(evidence, findings.week, place)
    write_index(folder, lang=lang)
    return page
