"""From a stored draw, its screen and resolved labels to what the estimator and the report take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from monitor.findings.judge import with_labels
from monitor.findings.labelled import audit_quality, audited_listings, labelled_listings
from monitor.findings.screen import ScreenedObservation, screen_observations, terms_of
from monitor.labels import Resolved, resolve
from monitor.model import (
    Answer,
    AuditSample,
    Classification,
    Cluster,
    Condition,
    CrossBorder,
    DetailVisit,
    Label,
    LabelKey,
    LabelKind,
    ListingKey,
    Observation,
    Origin,
    Prohibited,
    Question,
    SampledListing,
    ScreenStratum,
    Signal,
    UnitState,
    VersionKey,
)
from monitor.registry import load_registry
from tests.builders import WEEK, observation

AT = datetime(2026, 11, 20, tzinfo=UTC)
AKAR = "lazada-2021-akar"


def drawn(number: int, item: str, stratum: ScreenStratum) -> SampledListing:
    return SampledListing(
        observation_id=number, platform="toko", item_id=item, version=f"v-{item}",
        cluster=Cluster.crafts, stratum=stratum, probability=0.5,
    )  # fmt: skip


SAMPLE = AuditSample(
    week=WEEK,
    seed=1,
    budget=3,
    drawn_at=AT,
    items=(
        drawn(2, "1", ScreenStratum.flagged),
        drawn(3, "2", ScreenStratum.domestic),
        drawn(4, "3", ScreenStratum.unknown),
    ),
    sha256="0" * 64,
)
SCREEN = [
    observation(1, "suspected", item="1"),
    observation(
        2,
        "suspected",
        item="1",
        decision={"signals": (Signal(kind="price", text="…"), Signal(kind="title", text="…"))},
    ),
    observation(3, "domestic", item="2"),
    observation(4, "unknown", item="3"),
    observation(5, "suspected", item="1", cluster=Cluster.textile_fashion),
]
RESOLVED = {
    LabelKey("toko", "1", "v-1"): Resolved(answer=Answer.yes, people=("ani", "budi")),
    LabelKey("toko", "2", "v-2"): Resolved(answer=None, people=("ani",)),
}


def test_positions_open_answers_and_listings_nobody_labelled() -> None:
    first, waiting = (listing.audited for listing in labelled_listings(SAMPLE, SCREEN, RESOLVED))
    assert (first.positions, first.entry_id, first.classifier) == (2, "e2", "c1")
    assert (first.outcome, first.foreign) == (Answer.yes, Answer.yes)
    assert (waiting.item_id, waiting.positions) == ("2", 1)
    assert (waiting.outcome, waiting.foreign) == (Answer.cannot_tell, Answer.cannot_tell)


def test_what_another_classifier_makes_of_a_sampled_listing() -> None:
    """Where it has not decided, nothing is said of its screen."""
    decided = observation(1, "domestic").classification
    assert decided is not None
    rescreened = {VersionKey("toko", "1", "v-1"): decided}
    first, second = (
        listing.audited for listing in labelled_listings(SAMPLE, SCREEN, RESOLVED, "c2", rescreened)
    )
    assert (first.stratum, first.rescreened, first.rescreened_by) == (
        ScreenStratum.flagged, ScreenStratum.domestic, "c2"
    )  # fmt: skip
    assert (second.rescreened, second.rescreened_by) == (None, "")


def test_the_precision_of_a_signal_counts_flagged_listings_with_an_answer() -> None:
    listings = tuple(labelled_listings(SAMPLE, SCREEN, RESOLVED))
    quality = audit_quality(SAMPLE, (), RESOLVED, [*listings, *listings])
    assert quality is not None
    assert [(row.signal, row.labelled, row.correct) for row in quality.precision] == [
        ("price", 1, 1)
    ]
    assert audit_quality(None, (), RESOLVED, listings) is None


def test_strata_of_the_screen() -> None:
    decisions = [observation(1, status).classification for status in CrossBorder]
    assert [ScreenStratum.of(decision) for decision in decisions] == [
        ScreenStratum.flagged, ScreenStratum.flagged, ScreenStratum.domestic, ScreenStratum.unknown
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cluster", "condition", "prohibited", "stratum"),
    [
        ("textile_fashion", "used", "used_clothing", "flagged"),
        ("textile_fashion", "used", "suspected_used_clothing", "unknown"),
        ("textile_fashion", "unknown", None, "unknown"),
        ("unknown", "unknown", None, "unknown"),
        ("textile_fashion", "new", None, "domestic"),
        ("other", "used", None, "domestic"),
    ],
)
def test_strata_of_a_screen_for_used_clothing(
    cluster: str, condition: str, prohibited: str | None, stratum: str
) -> None:
    """Whoever sells it."""
    decision = Classification(
        cluster=Cluster(cluster), cluster_score=1, cross_border=CrossBorder.cross_border,
        cross_border_score=1, classifier="c", condition=Condition(condition),
        prohibited=Prohibited(prohibited) if prohibited else None,
    )  # fmt: skip
    assert ScreenStratum.of(decision, Question.used_clothing) == stratum
    assert ScreenStratum.of(decision) is ScreenStratum.flagged


def visited(at: datetime, week: str = WEEK) -> DetailVisit:
    return DetailVisit(
        platform="lazada",
        item_id="1",
        url="https://www.lazada.co.id/products/i1.html",
        week=week,
        state=UnitState.sampled,
        origin=Origin.live,
        visited_at=at,
    )


def test_the_proof_is_the_page_that_two_people_judged() -> None:
    """Not a later visit, and not one before an earlier no of a person who then said yes."""
    registry = load_registry()
    shown = observation(1, "domestic", item="1", platform="lazada", observed_at=AT)

    def label(person: str, says: Answer, hours: int, week: str = WEEK) -> Label:
        return Label(
            platform="lazada", item_id="1", version=shown.version, week=week, annotator=person,
            kind=LabelKind.first, at=AT + timedelta(hours=hours), answer=says,
        )  # fmt: skip

    def proof(labels: Sequence[Label], *visits: DetailVisit) -> DetailVisit | None:
        (after,) = with_labels(
            registry,
            [ScreenedObservation(observation=shown)],
            resolve(labels),
            {ListingKey("lazada", "1"): visits},
        )
        assert (after.proof is not None) is bool(after.confirmed)
        return after.proof

    first, again = visited(AT), visited(AT + timedelta(hours=3))
    later = visited(AT + timedelta(days=7), "2026-W48")
    ani, budi = label("ani", Answer.yes, 1), label("budi", Answer.yes, 2)
    assert proof([ani], first) is None
    assert proof([ani, budi], first, again, later) is first
    assert proof([ani, budi, label("cici", Answer.yes, 200, "2026-W48")], first, later) is first
    assert proof(
        [ani, label("budi", Answer.no, 2), label("budi", Answer.yes, 4)], first, again
    ) is (again)
    assert proof([ani, budi], again) is again, "the only page that was kept for them"
    assert proof([ani, budi], later) is None


def test_a_mark_counts_that_people_noted_or_that_the_kept_page_says() -> None:
    registry = load_registry()
    shown = observation(1, "domestic", item="1", platform="lazada", observed_at=AT)
    told = replace(visited(AT), listing=replace(shown.listing, ship_from_country="CN"))

    def is_marked(visit: DetailVisit | None, *, noted: bool) -> bool:
        people = ("ani", "budi")
        label = Resolved(answer=Answer.yes, people=people, weeks=(WEEK,), marked=noted)
        visits = {ListingKey("lazada", "1"): [visit]} if visit else {}
        seen = [ScreenedObservation(observation=shown)]
        (after,) = with_labels(registry, seen, {shown.label_key: label}, visits)
        return after.is_marked

    assert is_marked(visited(AT), noted=True)
    assert is_marked(told, noted=False)
    assert not is_marked(visited(AT), noted=False)
    assert not is_marked(None, noted=True), "no page was kept on which it could stand"


def test_two_answers_make_a_listing_checked_whatever_they_say() -> None:
    shown = observation(1, "domestic", item="1", platform="lazada", observed_at=AT)

    def checked(*answers: tuple[str, Answer, LabelKind]) -> bool:
        labels = [
            Label(
                platform="lazada", item_id="1", version=shown.version, week=WEEK,
                annotator=person, kind=kind, at=AT + timedelta(hours=hours), answer=says,
            )
            for hours, (person, says, kind) in enumerate(answers)
        ]  # fmt: skip
        seen = [ScreenedObservation(observation=shown)]
        (after,) = with_labels(load_registry(), seen, resolve(labels), {})
        return after.checked

    first, second = LabelKind.first, LabelKind.second
    assert not checked()
    assert not checked(("ani", Answer.yes, first))
    assert not checked(("ani", Answer.no, first), ("ani", Answer.yes, LabelKind.adjudication))
    assert checked(("ani", Answer.yes, first), ("budi", Answer.no, second))
    assert checked(("ani", Answer.cannot_tell, first), ("budi", Answer.cannot_tell, second))


def test_peoples_word_counts_before_the_screens() -> None:
    """What they clear is held against nobody; what they confirm needs two people and the page."""
    registry = load_registry()
    shown = observation(1, "domestic", item="1", platform="lazada", observed_at=AT)
    missed = ScreenedObservation(observation=shown)
    yes = Resolved(answer=Answer.yes, people=("ani", "budi"), weeks=(WEEK,))
    kept_visits = {ListingKey("lazada", "1"): [visited(AT)]}

    def judged(
        screened: ScreenedObservation,
        label: Resolved,
        visits: Mapping[ListingKey, Sequence[DetailVisit]] = kept_visits,
    ) -> frozenset[str]:
        (after,) = with_labels(registry, [screened], {shown.label_key: label}, visits)
        assert after.label is label.answer
        return after.policies

    assert AKAR in judged(missed, yes)
    assert judged(missed, yes, {}) == frozenset()
    assert judged(missed, Resolved(answer=None, people=("ani",))) == frozenset()
    flagged = replace(missed, breached=(AKAR,))
    assert judged(flagged, Resolved(answer=Answer.no)) == frozenset()
    assert judged(flagged, Resolved(answer=Answer.cannot_tell)) == {AKAR}


def test_a_foreign_listing_without_commodity_leaves_a_policy_on_commodities_open() -> None:
    registry = load_registry()
    terms = {terms.id: terms for terms in terms_of(registry, "shopee", WEEK)}
    shown = observation(
        2, "suspected", item="1", platform="shopee", cluster=Cluster.textile_fashion,
        observed_at=datetime(2026, 11, 17, tzinfo=UTC),
    )  # fmt: skip

    listing = replace(drawn(2, "1", ScreenStratum.flagged), platform="shopee")
    sample = replace(SAMPLE, items=(listing,))

    def lacks(label: Resolved, policy: str = "shopee-2021-13cat") -> tuple[Answer, bool]:
        people = {shown.label_key: label}
        listings = labelled_listings(sample, [shown], people)
        (audited,) = audited_listings(registry, terms[policy], listings, WEEK)
        return audited.outcome, audited.lacks_commodity

    foreign = Resolved(answer=Answer.yes, people=("ani", "budi"), cluster=Cluster.textile_fashion)
    assert lacks(foreign) == (Answer.cannot_tell, True)
    assert lacks(replace(foreign, categories=("batik",))) == (Answer.yes, False)
    assert lacks(replace(foreign, categories=("hijab", None))) == (Answer.cannot_tell, True)
    assert lacks(Resolved(answer=Answer.cannot_tell)) == (Answer.cannot_tell, False)
    assert lacks(Resolved(answer=None, people=("ani",))) == (Answer.cannot_tell, False)
    assert lacks(foreign, "shopee-2023-all") == (Answer.yes, False)
    assert lacks(foreign, "permendag-31-2023-art19") == (Answer.cannot_tell, False), "no price"


BAN = "used-clothing-ban"


def used_offer(number: int, cluster: Cluster, prohibited: str, status: str) -> Observation:
    """The same offer of the same shop, met by an entry of one cluster."""
    return observation(
        number,
        status,
        item="1",
        platform="lazada",
        observed_at=AT,
        cluster=cluster,
        decision={
            "cluster": Cluster.textile_fashion,
            "condition": Condition.used,
            "prohibited": Prohibited(prohibited),
        },
    )


def test_an_offer_among_fashion_and_among_used_clothing_is_judged_for_each() -> None:
    """By the screen and by people's word: what one question says, the other one does not hear."""
    registry = load_registry()
    pair = [
        used_offer(1, Cluster.textile_fashion, "used_clothing", "cross_border"),
        used_offer(2, Cluster.used_clothing, "used_clothing", "cross_border"),
    ]
    of_seller, of_goods = screen_observations(registry, pair)
    assert AKAR in of_seller.breached and BAN not in of_seller.breached
    assert BAN in of_goods.breached and AKAR not in of_goods.breached
    yes = Resolved(answer=Answer.yes, people=("ani", "budi"), weeks=(WEEK,), marked=True)
    visits = {ListingKey("lazada", "1"): [visited(AT)]}
    labels = {pair[1].label_key: yes, pair[0].label_key: Resolved(answer=Answer.no)}
    seller, goods = with_labels(registry, [of_seller, of_goods], labels, visits)
    assert (seller.policies, seller.label) == (frozenset(), Answer.no)
    assert BAN in goods.confirmed and goods.is_marked
    assert not {*goods.policies} & {AKAR, "lazada-2023-all"}


def test_one_used_shirt_of_a_private_seller_is_held_against_nobody() -> None:
    """Used alone is a suspicion: no breach by the screen, and people's no leaves it at that."""
    registry = load_registry()
    shirt = used_offer(1, Cluster.used_clothing, "suspected_used_clothing", "domestic")
    (screened,) = screen_observations(registry, [shirt])
    assert screened.policies == frozenset()
    no = {shirt.label_key: Resolved(answer=Answer.no, answered_by=("ani", "budi"))}
    (judged,) = with_labels(registry, [screened], no, {ListingKey("lazada", "1"): [visited(AT)]})
    assert judged.policies == frozenset() and judged.checked


@pytest.mark.parametrize(
    ("prohibited", "marked"), [("used_clothing", True), ("suspected_used_clothing", False)]
)
def test_a_field_that_says_used_bears_out_nothing_without_words_of_import(
    prohibited: str, marked: bool
) -> None:
    """People may be wrong together, and a used shirt may be anybody's."""
    registry = load_registry()
    shirt = used_offer(1, Cluster.used_clothing, prohibited, "domestic")
    own_page = replace(visited(AT), listing=replace(shirt.listing, condition=Condition.used))
    yes = Resolved(answer=Answer.yes, people=("ani", "budi"), weeks=(WEEK,))
    screened = screen_observations(registry, [shirt])
    visits = {ListingKey("lazada", "1"): [own_page]}
    (judged,) = with_labels(registry, screened, {shirt.label_key: yes}, visits)
    assert judged.is_marked is marked
