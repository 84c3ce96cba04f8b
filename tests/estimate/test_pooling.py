"""The pool of unflagged labels: what adds certainty, what does not count, when it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.estimate import AuditedListing, Settings
from monitor.estimate.pooling import pool_unflagged
from monitor.model import Cluster
from tests.estimate.builders import STRATA, audited, cell_data, estimate_cell

CLEAN = ["d" * 20] * 60
SETTINGS = Settings()


def week(number: int) -> str:
    return f"2026-W{number:02d}"


def test_window_is_thirteen_weeks() -> None:
    labels = [audited(f"x{n}", week=week(n)) for n in range(30, 47)]
    pool = pool_unflagged(cell_data(CLEAN, labels), SETTINGS)
    assert pool.weeks == (week(35), week(46))


def test_another_classifiers_screen_does_not_count() -> None:
    labels = [audited("a", week=week(46)), audited("b", week=week(45), classifier="c0")]
    pool = pool_unflagged(cell_data(CLEAN, labels), SETTINGS)
    assert [label.item_id for label in pool.labels] == ["a"]


def test_a_label_of_another_classifiers_screen_counts_where_this_one_puts_its_listing() -> None:
    def drawn(item: str, was: str, now: str, by: str = "c1") -> AuditedListing:
        label = audited(item, was, week=week(45), classifier="c0")
        return replace(label, rescreened=STRATA[now], rescreened_by=by)

    labels = [
        audited("a", week=week(46)),
        drawn("no longer flagged", "f", "d"),
        drawn("still unflagged", "d", "u"),
        drawn("flagged now", "d", "f"),
        drawn("asked of a third", "d", "d", by="c2"),
    ]
    pool = pool_unflagged(cell_data(CLEAN, labels), SETTINGS)
    assert {label.item_id: label.stratum for label in pool.labels} == {
        "a": STRATA["d"],
        "no longer flagged": STRATA["d"],
        "still unflagged": STRATA["u"],
    }


def test_the_weeks_own_draw_says_which_classifier() -> None:
    """A screen once frozen stands, whatever classifier runs by the time of the report."""
    labels = [
        audited("0-0", classifier="c0"),
        audited("b", week=week(46), classifier="c0"),
        audited("c", week=week(45), classifier="c1"),
    ]
    pool = pool_unflagged(cell_data(CLEAN, labels), SETTINGS)
    assert {label.item_id for label in pool.labels} == {"0-0", "b"}


def test_a_carried_label_adds_no_certainty() -> None:
    """Thirteen draws of the same sixty listings are sixty labels, not 780."""
    cell_labels = [audited(f"{i}-3") for i in range(60)]
    again = [audited(f"{i}-3", week=week(n)) for i in range(60) for n in range(35, 47)]
    once = estimate_cell(cell_data(CLEAN, cell_labels)).cell
    carried = estimate_cell(cell_data(CLEAN, [*cell_labels, *again])).cell
    assert carried.high == pytest.approx(once.high, rel=1e-6)
    fresh = [audited(f"x{n}-{i}", week=week(n)) for i in range(60) for n in range(35, 47)]
    pooled = estimate_cell(cell_data(CLEAN, [*cell_labels, *fresh])).cell
    assert pooled.high is not None and once.high is not None
    assert pooled.high < once.high / 3
    assert pooled.label_weeks == (week(35), week(47))


def test_a_burst_this_week_cuts_the_pool() -> None:
    cell_labels = [audited(f"{i}-3", outcome="yes" if i < 4 else "no") for i in range(60)]
    past = [audited(f"x{n}-{i}", week=week(n)) for i in range(30) for n in range(35, 47)]
    cell = estimate_cell(cell_data(CLEAN, [*cell_labels, *past])).cell
    assert cell.label_weeks == (week(47), week(47))
    assert cell.reason is not None and cell.reason.values == {"by": "week"}
    assert cell.estimate is not None and cell.estimate > 0.06


def test_a_cluster_that_differs_is_left_to_itself() -> None:
    cell_labels = [audited(f"{i}-3") for i in range(60)]
    other = [
        audited(f"x{i}", outcome="yes" if i < 15 else "no", cluster=Cluster.textile_fashion)
        for i in range(60)
    ]
    cell = estimate_cell(cell_data(CLEAN, [*cell_labels, *other])).cell
    assert cell.reason is not None and cell.reason.values == {"by": "cluster"}
    assert cell.estimate is None
    assert cell.high is not None and cell.high < 0.1


@given(st.lists(st.tuples(st.integers(30, 47), st.integers(0, 20), st.booleans()), max_size=60))
def test_every_draw_of_the_window_counts(rows: list[tuple[int, int, bool]]) -> None:
    labels = [audited(f"{i}-3", week=week(n)) for n, i, _ in rows]
    pool = pool_unflagged(cell_data(CLEAN, labels), SETTINGS)
    assert list(pool.labels) == [label for label in labels if label.week >= week(35)]
