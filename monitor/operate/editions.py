"""From a week's pages to an edition: classify, freeze the screen, draw, compute the findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from msgspec.structs import replace

from monitor.classify import Classifier, classify_listings
from monitor.config import Config
from monitor.crawl.version import PARSER
from monitor.estimate import Settings
from monitor.findings import build_findings
from monitor.findings.screen import week_span
from monitor.labels import resolve
from monitor.model import AuditSample, Cluster, EditionKind, Findings, Origin
from monitor.operate.delivery import Release, rank, releases
from monitor.operate.run_log import recorded
from monitor.registry import Registry, primary
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from reports.changes import corrections

EDITION_JOBS = {
    EditionKind.provisional: "report",
    EditionKind.final: "final",
    EditionKind.corrected: "corrected",
}
"""The job in the run log that makes an edition of a kind."""
LASTING = (EditionKind.final, EditionKind.corrected)
"""Kinds of editions that stand for a week once its labels are in."""


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
        )
        run.counts["items"] = len(sample.items)
        if sample.items:
            store.audit_samples.save(sample)
        else:
            run.remark = "nothing was seen to draw from"
    return sample, True


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
    is new, too, if another one came between them.
    """
    classifier, _ = classify_store(config, registry, store, origin=store.origin)
    versions = edition_inputs(store, registry, week) | {"classifier": classifier}
    job = EDITION_JOBS[kind]
    with recorded(store, job, store.origin, week=week, versions=versions, now=config.now) as run:
        week_releases = releases(store, week)
        released = any(rank(release.edition) >= rank(kind) for release in week_releases)
        # In whole seconds, and later than all before, so that no two are as of the same time.
        earlier = [as_of for other, _, as_of in store.editions.all() if other == week]
        later = [as_of + timedelta(seconds=1) for as_of in earlier]
        frozen_kind = EditionKind.corrected if released else kind
        findings = build_findings(
            store,
            registry,
            week,
            frozen_kind,
            classifier=classifier,
            parser=PARSER,
            as_of=max([config.now().replace(microsecond=0), *later]),
        )
        rivals = {frozen_kind}
        if released:
            rivals |= {release.edition for release in week_releases}
        previous = newest_edition(store, week, rivals)
        if previous and _reads_the_same(findings, previous):
            return previous, False
        if released:
            run.remark = f"the {kind} edition was released; what changed is frozen as corrected"
        if frozen_kind is EditionKind.corrected:
            replaced = _replaced_edition(store, week, week_releases)
            if replaced:
                findings = replace(findings, corrections=corrections(replaced, findings))
        store.editions.save(findings)
        run.counts["listings"] = len(findings.listings)
    return findings, True


def edition_inputs(store: Store, registry: Registry, week: str) -> dict[str, str]:
    """What people and the ministry give to an edition made now, for the run log.

    The version of the registry, and how many labels of the week's drawn listings there are.
    """
    sample = store.audit_samples.of_week(week)
    drawn = {item.key for item in sample.items} if sample else set()
    labels = sum(label.key in drawn for label in store.labels.all())
    return {"registry": registry.version, "labels": str(labels)}


def newest_edition(
    store: Store, week: str, kinds: Collection[EditionKind] = LASTING
) -> Findings | None:
    """The newest edition of a week among those of ``kinds``; None where there is none."""
    week_kinds = [
        kind for other, kind, _ in store.editions.all() if other == week and kind in kinds
    ]
    return store.editions.latest(week, week_kinds[-1]) if week_kinds else None


def _replaced_edition(store: Store, week: str, week_releases: Sequence[Release]) -> Findings | None:
    """What readers have in their hands: the last released edition, else the last lasting one."""
    if not week_releases:
        return newest_edition(store, week)
    newest = max(week_releases, key=lambda release: release.as_of)
    return store.editions.latest(week, newest.edition, newest.as_of)


def _reads_the_same(findings: Findings, previous: Findings) -> bool:
    """Whether two editions tell a reader the same; what software made them is no news."""
    ignored = ("as_of", "edition", "corrections", "versions", "previous_versions")
    return replace(findings, **{name: getattr(previous, name) for name in ignored}) == previous
