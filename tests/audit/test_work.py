"""Who looks at what: first and second looks, disagreements, what carries over."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.labels import resolve
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    ListingKey,
    Question,
    SampledListing,
    ScreenStratum,
)
from monitor.web.audit.work import Work

START = datetime(2026, 11, 23, tzinfo=UTC)
PEOPLE = ["Ani", "Budi"]
FLAGGED = ScreenStratum.flagged
VISITED = {ListingKey("toko", str(n)): START + timedelta(weeks=1) for n in range(40)}
"""Own pages visited again after every label."""


def draw(size: int = 40) -> AuditSample:
    items = tuple(
        SampledListing(
            observation_id=n, platform="toko", item_id=str(n), version="v",
            cluster=Cluster.crafts, stratum=ScreenStratum.domestic, probability=0.5,
        )
        for n in range(size)
    )  # fmt: skip
    return AuditSample(
        week="2026-W47", seed=1, budget=size, drawn_at=START, items=items, sha256="a" * 64
    )


def look(
    item: SampledListing,
    who: str,
    answer: str,
    kind: LabelKind,
    minute: int,
    week: str = "2026-W47",
) -> Label:
    return Label(
        platform=item.platform, item_id=item.item_id, version=item.version, week=week,
        annotator=who, kind=kind, at=START + timedelta(minutes=minute),
        answer=Answer(answer),
    )  # fmt: skip


def run(sample: AuditSample, answers: dict[tuple[str, str], str], turns: list[str]) -> list[Label]:
    """Both people label, in the given turns, until nothing is left for either."""
    labels: list[Label] = []
    for minute in range(4 * len(sample.items)):
        work = Work(sample, labels, visited_at=VISITED)
        for who in (turns[minute % len(turns)], *PEOPLE):
            item = work.next_for(who, PEOPLE)
            if item is not None:
                kind = work.kind_for(item.label_key, who)
                answer = answers.get((who, item.item_id), "no")
                labels.append(look(item, who, answer, kind, minute))
                break
        else:
            break
    return labels


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(PEOPLE), st.integers(0, 39).map(str)),
        st.sampled_from([answer.value for answer in Answer]),
    ),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=7),
)
def test_every_positive_and_a_fifth_gets_two_people(
    answers: dict[tuple[str, str], str], turns: list[str]
) -> None:
    sample = draw()
    labels = run(sample, answers, turns)
    work = Work(sample, labels, visited_at=VISITED)
    doubled = 0
    for item in sample.items:
        looks = work.answers(item.label_key)
        kinds = [label.kind for label in labels if label.key == item.label_key]
        assert 1 <= len(looks) <= 2
        assert kinds == [LabelKind.first, LabelKind.second][: len(kinds)]
        first = next(label for label in labels if label.key == item.label_key)
        if first.answer is not Answer.no:
            assert len(looks) == 2
        doubled += len(looks) == 2
        assert (item in work.disagreements()) == (len(set(looks.values())) == 2)
    assert doubled >= 4
    progress = work.progress("Ani")
    assert (progress.labelled, progress.waiting) == (40, 0)


def test_about_a_fifth_of_the_negatives_is_doubled() -> None:
    sample = draw(400)
    labels = [look(item, "Ani", "no", LabelKind.first, 0) for item in sample.items]
    work = Work(sample, labels)
    waiting = [item for item in sample.items if work.wants_label(item.label_key, "Budi")]
    assert 60 <= len(waiting) <= 100
    other = Work(replace(sample, sha256="b" * 64), labels)
    assert waiting != [i for i in sample.items if other.wants_label(i.label_key, "Budi")]


def test_people_start_apart() -> None:
    work = Work(draw(), [])
    first = [work.next_for(name, PEOPLE) for name in PEOPLE]
    assert [item.item_id for item in first if item] == ["0", "20"]


def half_an_audit(seed: int) -> tuple[AuditSample, set[str], list[Label]]:
    """150 labels by each of two people, in random turns, over 300 listings with 149 positives."""
    sample = replace(draw(300), sha256=f"{seed:064x}")
    chance = random.Random(seed)
    positives = {item.item_id for item in chance.sample(sample.items, 149)}
    turns = [name for name in PEOPLE for _ in range(150)]
    chance.shuffle(turns)
    labels: list[Label] = []
    for minute, who in enumerate(turns):
        work = Work(sample, labels)
        item = work.next_for(who, PEOPLE)
        assert item is not None
        answer = "yes" if item.item_id in positives else "no"
        labels.append(look(item, who, answer, work.kind_for(item.label_key, who), minute))
    return sample, positives, labels


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_audit_that_stops_half_way_has_confirmed_most_positives(seed: int) -> None:
    _, positives, labels = half_an_audit(seed)
    resolved = resolve(labels)
    confirmed = sum(listing.confirmed for listing in resolved.values())
    assert confirmed >= 0.57 * len(positives)
    assert half_an_audit(seed)[2] == labels


def test_second_labels_are_not_told_by_their_turn_nor_all_positive() -> None:
    """Among first labels second ones come at random, and some of them are negatives."""
    _, positives, labels = half_an_audit(1)
    for name in PEOPLE:
        kinds = [label.kind for label in labels if label.annotator == name][20:]
        seconds = kinds.count(LabelKind.second)
        changes = sum(earlier is not later for earlier, later in pairwise(kinds))
        assert seconds >= 30
        assert changes < 1.6 * seconds
    second = [label for label in labels if label.kind is LabelKind.second]
    assert sum(label.item_id not in positives for label in second) >= 8


def test_the_same_listing_comes_again_until_it_is_labelled() -> None:
    sample = draw()
    labels = [
        look(item, "Ani", "yes", LabelKind.first, n) for n, item in enumerate(sample.items[:9])
    ]
    shown = [Work(sample, labels).next_for("Budi", PEOPLE) for _ in range(3)]
    assert shown == [shown[0]] * 3


def test_nobody_looks_twice_at_the_same() -> None:
    sample = draw(1)
    work = Work(sample, [look(sample.items[0], "Ani", "yes", LabelKind.first, 0)])
    assert work.next_for("Ani", PEOPLE) is None
    assert work.next_for("Budi", PEOPLE) == sample.items[0]


def test_a_correction_keeps_its_kind_and_the_old_answer_stays() -> None:
    sample = draw(1)
    key = sample.items[0].label_key
    labels = [
        look(sample.items[0], "Ani", "yes", LabelKind.first, 0),
        look(sample.items[0], "Budi", "no", LabelKind.second, 1),
    ]
    work = Work(sample, labels)
    assert work.kind_for(key, "Ani") is LabelKind.first
    assert work.disagreements()
    corrected = Work(sample, [*labels, look(sample.items[0], "Ani", "no", LabelKind.first, 2)])
    assert corrected.disagreements() == []
    assert len(corrected.labels_of(key)) == 3


def test_answers_of_earlier_weeks_carry_over_but_open_ones_do_not() -> None:
    sample = draw(3)
    earlier = [
        look(sample.items[0], "Ani", "no", LabelKind.first, 0, "2026-W45"),
        look(sample.items[1], "Ani", "yes", LabelKind.first, 0, "2026-W45"),
    ]
    work = Work(sample, earlier)
    assert work.progress("Budi").labelled == 2
    assert work.next_for("Ani", PEOPLE) == sample.items[2]
    assert not work.wants_label(sample.items[0].label_key, "Budi")
    assert work.wants_label(sample.items[1].label_key, "Budi")
    assert work.labels_by("Ani") == []


def test_a_yes_needs_another_person_than_the_one_who_said_it() -> None:
    sample = draw(1)
    item = sample.items[0]
    work = Work(sample, [
        look(item, "Ani", "yes", LabelKind.first, 0),
        look(item, "Budi", "no", LabelKind.second, 1),
    ])  # fmt: skip

    def decision(who: str, answer: str) -> Label:
        return look(item, who, answer, LabelKind.adjudication, 2)

    assert not work.settles(decision("Ani", "yes"))
    assert work.settles(decision("Ani", "no"))
    assert work.settles(decision("Budi", "yes"))
    settled = [*work.labels_of(item.label_key), decision("Budi", "yes")]
    assert Work(sample, settled).disagreements() == []
    assert resolve(settled)[item.label_key].confirmed


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [
        ({"Ani": "yes", "Budi": "no"}, {"Ani", "Citra"}),
        ({"Ani": "cannot_tell", "Budi": "yes"}, {"Budi", "Citra"}),
        ({"Ani": "yes", "Budi": "yes"}, {"Citra"}),
        ({"Ani": "cannot_tell", "Budi": "no"}, {"Ani", "Budi", "Citra"}),
    ],
)
def test_no_single_doubter_strikes_out_a_positive(
    answers: dict[str, str], allowed: set[str]
) -> None:
    (item,) = draw(1).items
    kinds = (LabelKind.first, LabelKind.second)
    labels = [
        look(item, who, answer, kind, 0)
        for (who, answer), kind in zip(answers.items(), kinds, strict=True)
    ]
    work = Work(draw(1), labels)
    people = ("Ani", "Budi", "Citra")
    assert {who for who in people if work.may_strike_out(item.label_key, who)} == allowed


def test_the_pace_is_the_median_of_ones_own_answers() -> None:
    """Labels of a sheet come at one moment and tell no pace; a break does not count much."""
    sample = draw(40)
    kind = LabelKind.first
    read = [look(item, "Ani", "no", kind, n) for n, item in enumerate(sample.items[:5])]
    assert Work(sample, read).progress("Ani").remaining_seconds is None
    rested = [*read, look(sample.items[5], "Ani", "no", kind, 600)]
    doubled = Work(sample, rested).progress("Budi").remaining
    progress = Work(sample, rested).progress("Ani")
    assert (progress.remaining, progress.remaining_seconds) == (34, 34 * 60)
    assert 34 <= doubled <= 40
    assert Work(sample, rested).progress("Budi").remaining_seconds is None
    at_once = [look(item, "Ani", "no", kind, 0) for item in sample.items[:20]]
    assert Work(sample, at_once).progress("Ani").remaining_seconds is None


def test_a_positive_of_two_groups_is_decided() -> None:
    sample = draw(3)
    answers = ["yes", "no", "yes"]
    groups = {"Ani": [Cluster.crafts] * 3, "Budi": [Cluster.other, Cluster.other, Cluster.crafts]}
    kinds = {"Ani": LabelKind.first, "Budi": LabelKind.second}
    labels = [
        replace(look(item, who, answers[n], kinds[who], n), cluster=groups[who][n])
        for n, item in enumerate(sample.items)
        for who in PEOPLE
    ]
    first = sample.items[0]
    assert Work(sample, labels).disagreements() == [first]
    again = replace(look(first, "Ani", "yes", LabelKind.first, 9), cluster=Cluster.other)
    assert Work(sample, [*labels, again]).disagreements() == []
    decided = replace(again, kind=LabelKind.adjudication, cluster=Cluster.crafts)
    assert Work(sample, [*labels, decided]).disagreements() == []
    found = resolve([*labels, decided])[first.label_key]
    assert (found.confirmed, found.cluster) == (True, Cluster.crafts)


def test_a_third_person_looks_where_no_second_seller_can_come() -> None:
    """One listing a cell at a time, blind among others, and not by those who know its answers."""
    sample = draw(3)
    flagged, spare, other = sample.items
    items = (replace(flagged, stratum=FLAGGED), spare, replace(other, stratum=FLAGGED))
    sample = replace(sample, items=items)
    people = ["Ani", "Budi", "Citra"]
    cell = (flagged.platform, flagged.cluster)
    labels = [
        look(item, who, "yes", kind, minute)
        for item in (flagged, spare)
        for minute, (who, kind) in enumerate(zip(PEOPLE, LabelKind, strict=False))
    ]

    def work(*more: Label) -> Work:
        keys = [flagged.label_key, spare.label_key]
        return Work(sample, [*labels, *more], unestablished=lambda _: {cell: keys})

    assert work().third_looks == set(), "the last flagged listing may be of a second seller"
    seen = look(other, "Ani", "no", LabelKind.first, 3)
    again = look(other, "Budi", "no", LabelKind.second, 4)
    waiting = work(seen, again)
    assert waiting.third_looks == {flagged.label_key}
    asked = {who for who in people if waiting.wants_label(flagged.label_key, who)}
    assert asked == {"Citra"}
    assert waiting.next_for("Citra", people) in sample.items
    assert waiting.kind_for(flagged.label_key, "Citra") is LabelKind.second
    assert (waiting.progress("Citra").third_looks, waiting.progress("Citra").remaining) == (1, 1)
    decided = look(flagged, "Citra", "yes", LabelKind.adjudication, 5)
    assert not work(seen, again, decided).wants_label(flagged.label_key, "Citra")
    third = look(flagged, "Citra", "no", LabelKind.second, 5)
    assert work(seen, again, third).third_looks == {spare.label_key}
    assert work(seen, again, third).disagreements() == [items[0]]


def test_a_third_look_is_asked_for_at_a_confirmation_that_carries_over() -> None:
    (item,) = draw(1).items
    labels = [
        look(item, who, "yes", kind, 0, "2026-W45")
        for who, kind in zip(PEOPLE, LabelKind, strict=False)
    ]
    cell = (item.platform, item.cluster)
    work = Work(draw(1), labels, unestablished=lambda _: {cell: [item.label_key]})
    assert work.wants_label(item.label_key, "Citra")
    assert not Work(draw(1), labels).wants_label(item.label_key, "Citra")


@pytest.mark.parametrize(
    ("answer", "stratum", "visited", "awaits", "asked"),
    [
        ("cannot_tell", ScreenStratum.domestic, -1, True, False),
        ("cannot_tell", ScreenStratum.unknown, None, True, False),
        ("cannot_tell", ScreenStratum.unknown, 1, False, True),
        ("cannot_tell", ScreenStratum.flagged, 1, False, False),
        ("no", ScreenStratum.domestic, 1, False, False),
    ],
)
def test_what_one_person_could_not_tell_is_visited_again_and_then_looked_at_again(
    answer: str, stratum: ScreenStratum, visited: int | None, awaits: bool, asked: bool
) -> None:
    (item,) = draw(1).items
    # Of this hash the listing is not of the fifth that everybody labels twice.
    sample = replace(draw(1), items=(replace(item, stratum=stratum),), sha256="f" * 64)
    labels = [look(item, "Ani", answer, LabelKind.first, 0)]
    at = {item.listing_key: START + timedelta(minutes=visited)} if visited is not None else {}
    work = Work(sample, labels, visited_at=at)
    assert work.awaits_visit(item.label_key) is awaits
    assert work.progress("Budi").unclear == awaits
    assert work.wants_label(item.label_key, "Budi") is asked
    assert not work.wants_label(item.label_key, "Ani")
    both = [*labels, look(item, "Budi", answer, LabelKind.second, 2)]
    assert not Work(sample, both, visited_at={}).awaits_visit(item.label_key)


def test_what_could_not_be_told_in_an_earlier_week_is_looked_at_again() -> None:
    sample = replace(draw(1), sha256="f" * 64)
    (item,) = sample.items
    earlier = [look(item, "Ani", "cannot_tell", LabelKind.first, -9999, "2026-W46")]
    assert Work(sample, earlier, visited_at=VISITED).wants_label(item.label_key, "Budi")
    assert not Work(sample, earlier).wants_label(item.label_key, "Budi"), (
        "its page was not seen again"
    )


def test_a_listing_drawn_for_two_questions_is_labelled_for_each() -> None:
    sample = draw(1)
    of_seller = sample.items[0]
    of_goods = replace(of_seller, cluster=Cluster.used_clothing, observation_id=1)
    sample = replace(sample, items=(of_seller, of_goods))
    label = look(of_seller, "Ani", "no", LabelKind.first, 0)
    work = Work(sample, [label])
    assert not work.wants_label(of_seller.label_key, "Ani")
    assert work.wants_label(of_goods.label_key, "Ani")
    assert work.next_for("Ani", PEOPLE) == of_goods
    assert work.progress("Ani").labelled == 1
    both = Work(sample, [label, replace(label, question=Question.used_clothing, answer=Answer.yes)])
    assert both.answers(of_seller.label_key) == {"Ani": Answer.no}
    assert both.answers(of_goods.label_key) == {"Ani": Answer.yes}
    assert both.kind_for(of_goods.label_key, "Budi") is LabelKind.second
