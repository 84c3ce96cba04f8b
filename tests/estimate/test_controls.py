"""People's error as controls tell it: exact in hand-made cases, inside its interval in years."""

import pytest

from monitor.estimate.controls import ControlLook, measured_errors
from monitor.estimate.intervals import Count, clopper_pearson
from monitor.model import AnnotatorErrors, Answer, Question
from tests.estimate.simulation import simulate_annotator_years

YES, NO, UNCLEAR = Answer.yes, Answer.no, Answer.cannot_tell
GOODS = Question.used_clothing


def errors(*people: tuple[str, set[int], set[int]], controls: int = 100) -> AnnotatorErrors:
    """Each person by name, the controls they got wrong and those they could not tell; the even
    ones are foreign."""
    looks = []
    for name, wrong, unclear in people:
        for control in range(controls):
            right = NO if control % 2 else YES
            answer = (YES if right is NO else NO) if control in wrong else right
            looks.append(
                ControlLook(
                    control=control,
                    person=name,
                    answer=UNCLEAR if control in unclear else answer,
                    right=right,
                )
            )
    measured = measured_errors(looks, "2025-W49", 200)
    assert measured is not None
    return measured


def test_each_person_and_pair_has_its_counts_and_limits() -> None:
    measured = errors(("Budi", {0, 2, 3}, {5}), ("Ani", {0, 1, 3}, set()))
    ani, budi = measured.people
    assert (ani.person, budi.person) == (1, 2)
    assert ani.missed and ani.false_yes and budi.missed and budi.false_yes
    assert (ani.missed.wrong, ani.false_yes.wrong) == (1, 2)
    assert (budi.missed.wrong, budi.false_yes.wrong, budi.false_yes.answered) == (2, 1, 50)
    assert (ani.missed.low, ani.missed.high) == clopper_pearson(Count(1, 50))
    (pair,) = measured.pairs
    assert (pair.controls, pair.both, pair.either) == (100, 2, 4)
    # p = .03, both wrong in .02: (.02 - .0009) / (.03 - .0009)
    assert pair.correlation == pytest.approx(0.0191 / 0.0291)
    assert pair.low is not None and pair.high is not None
    assert pair.low < pair.correlation < pair.high <= 1.0
    false_yes, correlation = 0.03, 0.0191 / 0.0291
    expected = 52 * 200 * (false_yes**2 + correlation * false_yes * (1 - false_yes))
    assert measured.false_confirmations == pytest.approx(expected)
    assert measured.false_confirmations_low is not None
    assert measured.false_confirmations_high is not None
    assert measured.false_confirmations_low < expected < measured.false_confirmations_high


def test_each_question_has_errors_of_its_own_and_one_number_a_person() -> None:
    """Only Budi answered controls of used clothing; he is the second person in both."""
    looks = [
        ControlLook(control=n, person=name, answer=NO if n in wrong else YES, right=YES)
        for name, wrong in (("Ani", set[int]()), ("Budi", {1, 2}))
        for n in range(30)
    ]
    looks += [
        ControlLook(control=100 + n, person="Budi", answer=NO, right=YES, question=GOODS)
        for n in range(25)
    ]
    of_sellers, of_goods = (
        measured_errors(looks, "2025-W49", 200, question) for question in Question
    )
    assert of_sellers and of_goods
    assert (of_sellers.controls, of_goods.controls) == (30, 25)
    assert [own.missed and own.missed.wrong for own in of_sellers.people] == [0, 2]
    ((person, missed),) = ((own.person, own.missed) for own in of_goods.people)
    assert person == 2 and missed and (missed.wrong, missed.answered) == (25, 25)
    assert of_goods.pairs == () and of_goods.false_confirmations is None
    alone = [look for look in looks if look.question is GOODS]
    assert measured_errors(alone, "2025-W49", 200) is None


def test_too_few_controls_measure_nothing() -> None:
    measured = errors(("Ani", {1}, set()), ("Budi", set(), set()), controls=18)
    assert all(own.missed is None and own.false_yes is None for own in measured.people)
    assert measured.pairs[0].correlation is None
    assert measured.false_confirmations is None
    assert errors(("Ani", {1}, set())).false_confirmations is None, "it takes two"
    assert measured_errors([], "2025-W49", 200) is None


def test_without_an_error_the_upper_limit_speaks() -> None:
    measured = errors(("Ani", set(), set()), ("Budi", set(), set()))
    assert measured.pairs[0].correlation is None
    assert (measured.false_confirmations_low, measured.false_confirmations) == (0.0, 0.0)
    high = measured.false_confirmations_high
    assert high == pytest.approx(52 * 200 * clopper_pearson(Count(0, 50))[1])


@pytest.mark.parametrize(("error", "correlation"), [(0.02, 0.1), (0.05, 0.0), (0.1, 0.5)])
def test_error_and_correlation_lie_in_their_intervals(error: float, correlation: float) -> None:
    of_error, of_correlation = simulate_annotator_years(error, correlation, years=200)
    assert min(of_error, of_correlation) >= 0.93
