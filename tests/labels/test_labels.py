"""One answer a listing from appended labels; agreement; precision of signals."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from monitor.estimate.indicators import signal_precision
from monitor.labels import agreement, quality, resolve
from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKey,
    LabelKind,
    Mark,
    Question,
    SampledListing,
    ScreenStratum,
)

START = datetime(2026, 11, 23, tzinfo=UTC)
KEY = LabelKey("toko", "1", "v")


def look(
    who: str,
    answer: str,
    minute: int,
    kind: str = "first",
    item: str = "1",
    *,
    mark: str | None = None,
) -> Label:
    return Label(
        platform="toko",
        item_id=item,
        version="v",
        week="2026-W47",
        annotator=who,
        kind=LabelKind(kind),
        at=START + timedelta(minutes=minute),
        answer=Answer(answer),
        cluster=Cluster.crafts,
        mark=Mark(mark) if mark else None,
    )


@pytest.mark.parametrize(
    ("third", "answer", "looked"),
    [
        (look("citra", "yes", 2, "second", mark="dispatch"), Answer.yes, True),
        (look("citra", "yes", 2, "second", mark="none"), Answer.yes, False),
        (look("citra", "yes", 2, "second"), Answer.yes, False),
        (look("citra", "no", 2, "second"), None, False),
        (look("citra", "yes", 2, "adjudication", mark="dispatch"), Answer.yes, False),
        (look("budi", "yes", 2, "second", mark="dispatch"), Answer.yes, False),
    ],
)
def test_a_third_look_is_a_third_persons_own_label_with_a_mark(
    third: Label, answer: Answer | None, looked: bool
) -> None:
    two = [look("ani", "yes", 0, mark="seller"), look("budi", "yes", 1, "second", mark="seller")]
    listing = resolve([*two, third])[KEY]
    assert (listing.answer, listing.third_look) == (answer, looked)
    assert not resolve(two)[KEY].third_look


@pytest.mark.parametrize(
    ("labels", "answer", "confirmed"),
    [
        ([("ani", "no", "first")], "no", False),
        ([("ani", "cannot_tell", "first")], "cannot_tell", False),
        ([("ani", "yes", "first")], None, False),
        ([("ani", "yes", "first"), ("budi", "yes", "second")], "yes", True),
        ([("ani", "yes", "first"), ("ani", "yes", "second")], None, False),
        ([("ani", "yes", "first"), ("budi", "no", "second")], None, False),
        ([("ani", "no", "first"), ("budi", "cannot_tell", "second")], None, False),
        ([("ani", "no", "first"), ("ani", "yes", "first")], None, False),
        ([("ani", "yes", "first"), ("ani", "no", "first")], "no", False),
        (
            [("ani", "yes", "first"), ("budi", "no", "second"), ("budi", "yes", "adjudication")],
            "yes",
            True,
        ),
        (
            [("ani", "yes", "first"), ("budi", "no", "second"), ("ani", "yes", "adjudication")],
            None,
            False,
        ),
        (
            [("ani", "yes", "first"), ("budi", "no", "second"), ("citra", "no", "adjudication")],
            "no",
            False,
        ),
        (
            [("ani", "yes", "first"), ("budi", "yes", "second"), ("ani", "no", "adjudication")],
            None,
            False,
        ),
        (
            [("ani", "no", "first"), ("budi", "yes", "second"), ("ani", "no", "adjudication")],
            None,
            False,
        ),
        (
            [("ani", "no", "first"), ("budi", "yes", "second"), ("budi", "no", "adjudication")],
            "no",
            False,
        ),
        (
            [
                ("ani", "no", "first"),
                ("budi", "yes", "second"),
                ("citra", "yes", "adjudication"),
                ("ani", "no", "adjudication"),
            ],
            "yes",
            True,
        ),
    ],
)
def test_resolution(
    labels: list[tuple[str, str, str]], answer: str | None, confirmed: bool
) -> None:
    rows = [look(who, answer_given, n, kind) for n, (who, answer_given, kind) in enumerate(labels)]
    for order in (rows, rows[::-1]):
        resolved = resolve(order)[KEY]
        assert resolved.answer == answer
        assert resolved.confirmed is confirmed


@pytest.mark.parametrize(
    ("labels", "marked"),
    [
        ([("ani", "yes", "first", "seller"), ("budi", "yes", "second", "dispatch")], True),
        ([("ani", "yes", "first", "words"), ("budi", "yes", "second", "words")], True),
        ([("ani", "yes", "first", "words"), ("budi", "yes", "second", "condition")], False),
        ([("ani", "yes", "first", "seller")], False),
        ([("ani", "yes", "first", "seller"), ("budi", "yes", "second", "none")], False),
        ([("ani", "yes", "first", "seller"), ("budi", "yes", "second", None)], False),
        (
            [
                ("ani", "yes", "first", "seller"),
                ("budi", "no", "second", None),
                ("budi", "yes", "adjudication", "seller"),
            ],
            True,
        ),
        (
            [
                ("ani", "yes", "first", "seller"),
                ("budi", "yes", "second", "seller"),
                ("ani", "yes", "adjudication", None),
            ],
            True,
        ),
        (
            [
                ("ani", "yes", "first", "seller"),
                ("budi", "yes", "second", "seller"),
                ("ani", "yes", "adjudication", "none"),
            ],
            False,
        ),
        (
            [
                ("ani", "yes", "first", "seller"),
                ("ani", "yes", "first", "none"),
                ("budi", "yes", "second", "seller"),
            ],
            False,
        ),
    ],
)
def test_an_offer_is_marked_where_all_who_say_yes_noted_a_mark(
    labels: list[tuple[str, str, str, str | None]], marked: bool
) -> None:
    rows = [
        replace(look(who, says, minute, kind), mark=Mark(mark) if mark else None)
        for minute, (who, says, kind, mark) in enumerate(labels)
    ]
    assert resolve(rows)[KEY].marked is marked


def test_people_who_see_different_groups_leave_the_group_unknown() -> None:
    first, second = look("ani", "yes", 0), look("budi", "yes", 1, "second")
    assert resolve([first, second])[KEY].cluster is Cluster.crafts
    other = replace(second, cluster=Cluster.other)
    assert resolve([first, other])[KEY].cluster is Cluster.unknown
    assert resolve([first, replace(second, cluster=None)])[KEY].cluster is Cluster.crafts
    assert resolve([replace(first, cluster=None)])[KEY].cluster is None
    decided = replace(other, annotator="citra", kind=LabelKind.adjudication)
    assert resolve([first, second, decided])[KEY].cluster is Cluster.other


def test_agreement_published() -> None:
    """Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section A: α = 0.095."""
    ani, budi = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    answers = (Answer.no, Answer.yes)
    looks = [{"ani": answers[a], "budi": answers[b]} for a, b in zip(ani, budi, strict=True)]
    assert agreement(looks) == pytest.approx(0.095, abs=5e-4)
    assert agreement([*looks, {"ani": Answer.yes}]) == agreement(looks)


def test_agreement_needs_something_to_compare() -> None:
    same = {"ani": Answer.no, "budi": Answer.no}
    assert agreement([]) is None
    assert agreement([same, same]) is None
    assert agreement([{"ani": Answer.yes}, {"budi": Answer.no}]) is None


def test_quality_counts() -> None:
    items = [
        SampledListing(
            observation_id=n, platform="toko", item_id=str(n), version="v",
            cluster=Cluster.crafts, stratum=ScreenStratum.flagged, probability=1.0,
        )
        for n in range(4)
    ]  # fmt: skip
    draw = AuditSample(
        week="2026-W47", seed=1, budget=4, drawn_at=START, items=tuple(items), sha256="0" * 64
    )
    labels = [
        look("ani", "yes", 0, item="0"), look("budi", "yes", 1, "second", "0"),
        look("ani", "yes", 2, item="1"), look("budi", "no", 3, "second", "1"),
        look("ani", "cannot_tell", 4, item="2"), look("ani", "no", 5, item="77"),
    ]  # fmt: skip
    counted = quality(draw, labels, resolve(labels))
    assert (counted.drawn, counted.labels, counted.annotators) == (4, 5, 2)
    assert (counted.double_labelled, counted.disagreements, counted.cannot_tell) == (2, 1, 1)
    assert counted.alpha == pytest.approx(0.0, abs=0.1)


def test_precision_of_signals() -> None:
    rows = [
        (["platform_flag", "title", "title"], Answer.yes),
        (["title"], Answer.no),
        (["title"], Answer.cannot_tell),
    ]
    flag, title = signal_precision(rows)
    assert (flag.signal, flag.labelled, flag.correct) == ("platform_flag", 1, 1)
    assert (title.signal, title.labelled, title.correct) == ("title", 2, 1)
    assert title.low == pytest.approx(0.0126, abs=1e-4)


def test_answers_to_two_questions_are_never_mixed() -> None:
    """Each question has its own answer, people and quality, though it is the same offer."""
    of_goods = [
        replace(label, question=Question.used_clothing, cluster=None)
        for label in (look("ani", "yes", 2), look("budi", "yes", 3, "second"))
    ]
    of_seller = [look("ani", "no", 0), look("budi", "no", 1, "second")]
    resolved = resolve([*of_goods, *of_seller])
    assert resolved[KEY].answer is Answer.no
    assert resolved[LabelKey("toko", "1", "v", Question.used_clothing)].confirmed
    assert resolve([*of_seller, of_goods[0]])[KEY] == resolve(of_seller)[KEY]
