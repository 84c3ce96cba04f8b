"""Store + registry + estimates → the Findings of one edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from monitor import __version__
from monitor.config import JAKARTA
from monitor.estimate import Settings
from monitor.estimate.controls import measured_errors
from monitor.model import (
    AnnotatorErrors,
    EditionKind,
    Findings,
    ListWeights,
    Observation,
    PlatformFinding,
    Policy,
    Question,
    Versions,
)
from monitor.registry import Platform, Registry, registry_on
from monitor.store import Store
from monitor.store.signals import signal_rates

from .accuracy import accuracy_cards
from .annotators import clean_listings, first_control_week
from .cases import build_cases
from .cells import Measured, measure
from .coverage import compared, coverage, unplanned
from .displayed import displayed_indicators, number_counts, visited_offers
from .evidence import flagged_listings, is_breach, is_waiting
from .gather import Gathered, gather
from .history import Comparison, compare, relisting, trend
from .indicators import indicators, known_shops, prices, unit_weights
from .judge import Judged, judge
from .labelled import audit_quality
from .offers import with_limits
from .promises import promise_histories
from .replies import platform_replies
from .screen import week_span
from .second_way import foreign_sellers


def build_findings(
    store: Store,
    registry: Registry,
    week: str,
    edition: EditionKind,
    *,
    classifier: str,
    parser: str,
    as_of: datetime,
    settings: Settings = Settings(),  # noqa: B008
) -> Findings:
    """Return all that one edition of a week's report shows; nothing is written.

    Labels, visits, audit samples and editions of other weeks count if they are dated ``as_of`` or
    before. Confirmations and replies count up to the end of the WIB day of ``as_of``. A provisional
    edition takes no labels. Where the week has a frozen screen, its decisions count, and only its
    pages are estimated from. All other pages are decided by the ``classifier`` version named.
    Pages outside the plan, and pages that came after the screen was frozen, are listed only.
    ``parser`` is merely recorded. The same arguments and store always give the same value.
    Raises ``PantauError`` where a stored audit sample that counts is not the one that was drawn.
    """
    registry = registry_on(registry, as_of.astimezone(JAKARTA).date())
    gathered = gather(
        store, week, edition, classifier=classifier, window=settings.window, as_of=as_of
    )
    judged = judge(registry, gathered)
    of_sellers = judged.of(Question.cross_border)
    comparison = compare(gathered, of_sellers)
    signals = signal_rates(store, registry, week)
    measured = measure(registry, gathered, judged, classifier, settings, signals)
    versions = _versions(registry, gathered, judged, parser, classifier)
    findings = assemble(registry, gathered, judged, comparison, measured, as_of, versions, settings)
    confirmable = (*findings.listings, *findings.used_clothing)
    cases = build_cases(store, registry, week, judged.screened, confirmable, as_of)
    pages = promise_histories(findings.policies, store.promise_pages.all(), as_of)
    marketplaces = [p.id for p in registry.platforms.values() if p.role == "marketplace"]
    return replace(
        findings,
        signals=signals,
        cases=cases,
        promise_pages=tuple(pages),
        replies=platform_replies(store, week, cases, as_of),
        accuracy=accuracy_cards(gathered, marketplaces),
        foreign_sellers=foreign_sellers(gathered, marketplaces),
    )


def assemble(
    registry: Registry,
    gathered: Gathered,
    judged: Judged,
    comparison: Comparison,
    measured: Measured,
    as_of: datetime,
    versions: Versions,
    settings: Settings,
) -> Findings:
    """The findings from what was gathered, judged, compared and measured."""
    week, earlier, previous = gathered.week, gathered.earlier, comparison.previous
    units, listings, gone = gathered.sampled.units, comparison.listings, comparison.gone
    of_sellers, of_goods = (judged.of(question) for question in Question)
    used_clothing = flagged_listings(
        filter(is_breach, of_goods.screened), visits=gathered.visits, week=week
    )
    shown = {r.unit.platform for r in units} | {o.key.platform for o in judged.outside}
    named = {policy for entry in (*listings, *gone, *used_clothing) for policy in entry.policies}
    policies = _policies(registry, shown, week, named)
    answered = coverage(units)
    weights = unit_weights(units, settings)
    visited = visited_offers(gathered.sample, gathered.visits, gathered.sampled.screen, weights)
    return Findings(
        week=week,
        edition=gathered.edition,
        origin=gathered.origin,
        as_of=as_of,
        previous_week=previous.week if previous else None,
        platforms=_platforms(registry, shown, policies, week),
        policies=policies,
        cells=measured.cells,
        listings=listings,
        suspected=comparison.suspected,
        imported=comparison.imported,
        waiting=flagged_listings(
            (screened for screened in of_sellers.screened if is_waiting(registry, screened)),
            visits=gathered.visits,
            week=week,
        ),
        gone=gone,
        used_clothing=used_clothing,
        coverage=answered,
        inspectors=gathered.inspectors or None,
        compared=compared(
            filter(_asks_who_sells, gathered.sampled.screen),
            filter(_asks_who_sells, gathered.compared),
        ),
        unplanned=unplanned(of_sellers.outside),
        unplanned_listings=flagged_listings(of_sellers.outside, week=week),
        changes=with_limits(
            comparison.changes, registry, gathered, of_sellers, comparison.panel, settings
        ),
        relisting=relisting(earlier, listings, comparison.taken_down, answered),
        trend=trend(earlier),
        indicators=(
            *indicators(
                registry,
                of_sellers.screened,
                weights,
                week,
                known_shops(gathered),
                {record.unit.id for record in units if record.unit.probability >= 1.0},
            ),
            *displayed_indicators(visited),
        ),
        registration_numbers=tuple(number_counts(visited)),
        prices=tuple(prices(of_sellers.screened, weights)),
        list_weights=_list_weights(registry, gathered),
        audit=audit_quality(gathered.sample, gathered.labels, gathered.resolved, gathered.labelled),
        sensitivity=measured.sensitivity,
        annotator_errors=_errors(gathered, Question.cross_border),
        used_clothing_errors=_errors(gathered, Question.used_clothing),
        categories={c.id: c.title for group in registry.clusters for c in group.categories},
        versions=versions,
        previous_versions=previous.versions if previous else None,
    )


def _errors(gathered: Gathered, question: Question) -> AnnotatorErrors | None:
    """People's error in their answers to a question, by the controls of a year."""
    clean = clean_listings(gathered.labelled, gathered.week, question)
    since = first_control_week(gathered.week)
    return measured_errors(gathered.control_looks, since, clean, question)


def _list_weights(registry: Registry, gathered: Gathered) -> tuple[ListWeights, ...] | None:
    """What weighs the entries of the week's plan; None where they differ and no log says why."""
    plan, frame = gathered.plan, registry.frame
    if plan is None or all(unit.weight == 1.0 for unit in plan.list_units):
        return ()
    return (frame.weights if plan.frame_version == frame.version else ()) or None


def _asks_who_sells(observation: Observation) -> bool:
    return observation.question is Question.cross_border


def _versions(
    registry: Registry, gathered: Gathered, judged: Judged, parser: str, classifier: str
) -> Versions:
    decisions = (screened.observation.classification for screened in judged.screened)
    return Versions(
        software=__version__,
        parser=parser,
        # A frozen screen keeps the classifier whose decisions the numbers rest on.
        classifier=next((decision.classifier for decision in decisions if decision), classifier),
        frame=gathered.plan.frame_version if gathered.plan else registry.frame.version,
        registry=registry.version,
        seed=gathered.plan.seed if gathered.plan else None,
    )


def _platforms(
    registry: Registry,
    shown: Collection[str],
    policies: Iterable[Policy],
    week: str,
) -> tuple[PlatformFinding, ...]:
    """The platforms shown, those that the policies name, and those that closed.

    One that left the registry after the week was planned does not take its results with it.
    """
    bound = {platform for policy in policies for platform in policy.platforms}
    return (
        *(
            _platform(registry, platform, week)
            for platform in registry.platforms.values()
            if platform.id in {*shown, *bound} or platform.role == "closed"
        ),
        *(
            PlatformFinding(id=name, name=name, role="marketplace")
            for name in sorted({*shown} - registry.platforms.keys())
        ),
    )


def _platform(registry: Registry, platform: Platform, week: str) -> PlatformFinding:
    """A reply that came after the week, before the edition, belongs beside what it answers."""
    sunday = week_span(week)[1] - timedelta(days=1)
    replies = [reply for reply in registry.replies if reply.platform == platform.id]
    reply = max(replies, key=lambda reply: reply.date, default=None)
    basis = registry.inspection_basis(platform.id, sunday.date())
    return PlatformFinding(
        id=platform.id,
        name=platform.name,
        role=platform.role,
        closed_on=platform.closed_on,
        permissions=tuple(
            f"{permission.who}, {permission.reference}, {permission.date:%Y-%m-%d}"
            for permission in registry.permissions
            if permission.platform == platform.id
            and (permission.until is None or permission.until >= sunday.date())
        ),
        inspection_basis=f"{basis.who}, {basis.reference}, {basis.date:%Y-%m-%d}"
        if basis
        else None,
        reply=reply.text if reply else None,
        replied_on=reply.date if reply else None,
    )


def _policies(
    registry: Registry, platforms: Collection[str], week: str, named: Collection[str]
) -> tuple[Policy, ...]:
    """What the report explains: every policy that names a platform it shows, in that week.

    With those ``named`` by a listing, too: Sunday's crawl ends on Monday, when another policy may
    have come into force.
    """
    start, end = week_span(week)
    explained = tuple(
        policy
        for policy in registry.policies
        if {*platforms} & {*policy.platforms}
        and (policy.from_ is None or policy.from_ < end)
        and (policy.until is None or policy.until > start)
    )
    missing = {*named} - {policy.id for policy in explained}
    night = end + timedelta(days=1)
    return explained + tuple(
        policy
        for policy in registry.policies
        if policy.id in missing and policy.from_ is not None and end <= policy.from_ < night
    )
