"""From a week's pages to an edition: classify, freeze the screen, draw, compute the findings."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.classify.classifier import Classifier, classify_listings
from monitor.config import Config, PantauError
from monitor.crawl.spider import load_spiders
from monitor.crawl.version import PARSER
from monitor.estimate import Settings
from monitor.findings.build import build_findings
from monitor.findings.releases import edition_of, releases
from monitor.findings.screen import week_span
from monitor.labels import resolve
from monitor.model import (
    AuditSample,
    Cluster,
    EditionKind,
    Findings,
    Note,
    Origin,
    Question,
    ReplacedEdition,
    RunOutcome,
    to_json,
)
from monitor.operate.controls import known_listings
from monitor.operate.delivery import newest_release, rank, released_edition
from monitor.operate.run_log import recorded
from monitor.operate.stale_editions import EDITION_JOBS, LASTING, edition_inputs
from monitor.registry import Registry, primary
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from reports.changes import changed_offers, corrections


class CorrectionError(PantauError):
    """Nothing of a week was released, so there is nothing to correct."""


class NoEditionError(PantauError):
    """A week has no stored edition of the kind asked for."""


def classify_store(
    config: Config, registry: Registry, store: Store, *, origin: Origin
) -> tuple[str, int]:
    """Classify what this version of the classifier has not; its version, and how many listings."""
    classifier = Classifier.load(registry, config.title_model)
    versions = {"classifier": classifier.version, "title_model": classifier.model}
    with recorded(store, "classify", origin, versions=versions, now=config.now) as run:
        rows = classify_listings(classifier, store.classifications.pending(classifier.version))
        run.counts["listings"] = store.classifications.save(rows)
    return classifier.version, run.counts["listings"]


def draw_week(
    config: Config, registry: Registry, store: Store, week: str, budget: int
) -> tuple[AuditSample, bool]:
    """The week's audit sample of ``budget`` listings at most, and whether it was drawn now.

    Before it is drawn, the week's screen is frozen; a sample already drawn stands. Only
    marketplaces are drawn from, since what they are compared with needs no label, and almost only
    cells whose primary policy may accuse, as the registry has it now. A sample without
    a listing is not stored, so that pages which come later can still be drawn from.
    """
    if sample := store.audit_samples.of_week(week):
        with recorded(store, "draw", store.origin, week=week, now=config.now) as run:
            run.remark = "stands as drawn"
        return sample, False
    classifier, _ = classify_store(config, registry, store, origin=store.origin)
    versions = {"classifier": classifier}
    with recorded(store, "draw", store.origin, week=week, versions=versions, now=config.now) as run:
        run.counts["places"] = store.screens.freeze(week, classifier)
        platforms = registry.platforms.values()
        sample = draw_audit(
            store.screens.of_week(week),
            week=week,
            seed=config.sampling.seed,
            drawn_at=config.now(),
            budget=budget,
            labelled={key for key, label in resolve(store.labels.all()).items() if label.answer},
            platforms={platform.id for platform in platforms if platform.role == "marketplace"},
            flagged_only=_too_thin(store, week),
            accusable=_accusable(registry, week),
            known=known_listings(store, week, registry.country),
            controls=config.sampling.controls,
        )
        run.counts["items"] = len(sample.items)
        if sample.items:
            store.audit_samples.save(sample)
        else:
            run.remark = empty_draw(run.counts["places"])
    return sample, True


def empty_draw(places: int) -> str:
    """Why nothing was drawn of a week in which so many positions were seen."""
    if not places:
        return "nothing was seen to draw from"
    return f"{places} positions were seen, and none of them is to be audited"


def _accusable(registry: Registry, week: str) -> set[tuple[str, Cluster]]:
    """The platforms and clusters whose primary policy may be held against the platform."""
    span = week_span(week)
    return {
        (platform, cluster)
        for platform in registry.platforms
        for cluster in Cluster
        if (policy := primary(registry, platform, cluster, *span)) and policy.may_accuse
    }


def _too_thin(store: Store, week: str) -> set[str]:
    """Platforms of which no cluster has as many planned entries as the estimate of a share needs.

    Their offers are labelled only where the screen flags them.
    """
    entries: dict[str, dict[Cluster, set[str]]] = defaultdict(lambda: defaultdict(set))
    for record in store.units.of_week(week):
        entries[record.unit.platform][record.unit.cluster].add(record.unit.entry_id)
    least = Settings().least_entries
    return {
        platform
        for platform, by_cluster in entries.items()
        if max(map(len, by_cluster.values())) < least
    }


def make_edition(
    config: Config, registry: Registry, store: Store, week: str, kind: EditionKind
) -> tuple[Findings, bool]:
    """The edition of a week as its findings are known now, and whether it was made now.

    What was published stays: where nothing changed since the newest edition that could be in
    anybody's hands, that one is returned, to the byte; else a new one is frozen beside it. Once
    somebody released an edition of this kind or a later one, what changes afterwards is frozen as
    ``corrected``, and says what is different. An edition that says again what an earlier one said
    is new, too, if another one came between them. Raises ``CorrectionError`` for a ``corrected``
    edition of a week of which nothing was released.
    """
    week_releases = releases(store, week)
    if kind is EditionKind.corrected and not week_releases:
        raise CorrectionError(
            f"{week}: nothing was released, so there is nothing to correct; make the edition with:"
            f" pantau report --week {week} --edition {EditionKind.final}"
        )
    classifier, _ = classify_store(config, registry, store, origin=store.origin)
    # In whole seconds, not before the labels it counts, and later than all editions before, so that
    # no two are as of the same time.
    # Not at the top: the daemon imports this module, and does without cryptography.
    from monitor.operate.protocol_check import with_protocol

    now = config.now()
    moments = [as_of for _, _, as_of in store.editions.all(week)]
    later = [moment + timedelta(seconds=1) for moment in moments]
    as_of = max([now.replace(microsecond=0) + timedelta(seconds=now.microsecond > 0), *later])
    versions = edition_inputs(store, registry, week, as_of) | {"classifier": classifier}
    job = EDITION_JOBS[kind]
    with recorded(store, job, store.origin, week=week, versions=versions, now=config.now) as run:
        released = kind is EditionKind.corrected or any(
            rank(release.edition) >= rank(kind) for release in week_releases
        )
        frozen_kind = EditionKind.corrected if released else kind
        findings = build_findings(
            store,
            registry,
            week,
            frozen_kind,
            classifier=classifier,
            parser=PARSER,
            as_of=as_of,
        )
        findings = replace(findings, notes=tuple(_unproven(registry, findings)))
        findings = with_protocol(config, registry, store, findings)
        rivals = {frozen_kind}
        if released:
            rivals |= {release.edition for release in week_releases}
        previous = newest_edition(store, week, rivals)
        if previous and _reads_the_same(findings, previous):
            return previous, False
        if frozen_kind is not kind:
            run.remark = f"the {kind} edition was released; what changed is frozen as corrected"
        if frozen_kind is EditionKind.corrected:
            findings = _with_corrections(store, findings)
        store.editions.save(findings)
        run.counts["listings"] = len(findings.listings)
    return findings, True


def _with_corrections(store: Store, findings: Findings) -> Findings:
    """A corrected edition with what it says otherwise than the released one that it replaces."""
    release = newest_release(store, findings.week, before=findings.as_of)
    replaced = edition_of(store, release) if release else None
    if release is None or replaced is None:
        return findings
    return replace(
        findings,
        corrections=corrections(replaced, findings),
        replaces=ReplacedEdition(
            edition=release.edition,
            as_of=release.as_of,
            released_by=release.by,
            released_at=release.at,
            offers=changed_offers(
                replaced,
                findings,
                [label for label in store.labels.all() if label.question is Question.cross_border],
            ),
        ),
    )


def _unproven(registry: Registry, findings: Findings) -> Iterator[Note]:
    """What no capture confirms of the pages that an edition rests on, a note each."""
    spiders = load_spiders()
    for platform_id in sorted({row.platform for row in findings.coverage} & spiders.keys()):
        platform = registry.platforms.get(platform_id)
        for part in spiders[platform_id].unproven:
            name = platform.name if platform else platform_id
            yield Note(code="unproven", values={"platform": name, "part": part})


def edition_classifier(store: Store, stored: Findings) -> str:
    """The version of the classifier that decided what no frozen screen of a stored edition did."""
    runs = (run for job in EDITION_JOBS.values() for run in store.runs.newest(job, stored.week))
    earlier_runs = [
        run for run in runs if run.outcome is RunOutcome.done and run.started_at <= stored.as_of
    ]
    made_by = max(earlier_runs, key=lambda run: run.started_at, default=None)
    classifier = made_by.versions.get("classifier") if made_by else None
    return classifier or stored.versions.classifier


def stored_edition(store: Store, week: str, kind: EditionKind | None = None) -> Findings:
    """The newest edition of ``kind``, else the newest released one, else the newest of all.

    Raises ``NoEditionError`` where none is stored.
    """
    stored = store.editions.latest(week, kind) if kind else released_edition(store, week)
    if stored is None and kind is None:
        stored = newest_edition(store, week, tuple(EditionKind))
    if stored is None:
        if any(name[:2] == (week, kind) for name in store.editions.removed()):
            raise NoEditionError(
                f"{week}: the findings of its {kind} edition were removed by retention; its hash,"
                " cells and cases are in the database"
            )
        name = f"{kind} edition" if kind else "edition"
        command = f"pantau report --week {week} --edition {kind or EditionKind.final}"
        raise NoEditionError(f"{week}: no {name} is stored; make it with: {command}")
    return stored


def rebuild_edition(
    registry: Registry, store: Store, week: str, kind: EditionKind | None = None
) -> tuple[Findings, Findings]:
    """A stored edition, and the same made again from the store as of its own time.

    It is that of ``stored_edition``, which raises ``NoEditionError`` where none is stored. Nothing
    is written.
    """
    stored = stored_edition(store, week, kind)
    rebuilt = build_findings(
        store,
        registry,
        week,
        stored.edition,
        classifier=edition_classifier(store, stored),
        parser=stored.versions.parser,
        as_of=stored.as_of,
    )
    # What is unproven is of the program that made the edition, and the protocol lies in the home:
    # neither is of the store.
    rebuilt = replace(rebuilt, notes=stored.notes, protocol=stored.protocol)
    if stored.edition is EditionKind.corrected:
        rebuilt = _with_corrections(store, rebuilt)
    # The same numbers from another version of the software are the same findings.
    versions = replace(rebuilt.versions, software=stored.versions.software)
    return stored, replace(rebuilt, versions=versions)


def findings_hash(findings: Findings) -> str:
    """SHA-256, hex, over the findings as JSON."""
    return hashlib.sha256(to_json(findings)).hexdigest()


def differences(stored: Findings, rebuilt: Findings) -> tuple[str, ...]:
    """For each key of the findings that differs, the first place where it does; () where equal."""
    if findings_hash(stored) == findings_hash(rebuilt):
        return ()
    before, after = (msgspec.json.decode(to_json(findings)) for findings in (stored, rebuilt))
    return tuple(
        _first_difference(key, before.get(key), after.get(key))
        for key in before | after
        if before.get(key) != after.get(key)
    )


def _first_difference(path: str, before: Any, after: Any) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        key = next(key for key in before | after if before.get(key) != after.get(key))
        return _first_difference(f"{path}.{key}", before.get(key), after.get(key))
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return f"{path}: {len(before)} entries, now {len(after)}"
        pairs = enumerate(zip(before, after, strict=True))
        number, pair = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
        return _first_difference(f"{path}[{number}]", *pair)
    return f"{path}: {before!r:.60}, now {after!r:.60}"


def newest_edition(
    store: Store, week: str, kinds: Collection[EditionKind] = LASTING
) -> Findings | None:
    """The newest edition of a week among those of ``kinds``; None where there is none."""
    week_kinds = [kind for _, kind, _ in store.editions.all(week) if kind in kinds]
    return store.editions.latest(week, week_kinds[-1]) if week_kinds else None


def _reads_the_same(findings: Findings, previous: Findings) -> bool:
    """Whether two editions tell a reader the same of their week; neither what software made them
    nor what became of a case later is news of it."""
    ignored = (
        *("as_of", "edition", "corrections", "replaces"),
        *("versions", "previous_versions", "cases", "protocol"),
    )
    return replace(findings, **{name: getattr(previous, name) for name in ignored}) == previous
