"""What became of cases, in figures."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Case, CaseState, Value


class CaseFigures(Value):
    """What became of a platform's cases of confirmed offers (``stands_proven``).

    ``median_take_down`` are days from the first report to the proof that an offer is gone, over
    those gone; ``median_life`` days from the first sight of an offer until it is gone, by Kaplan
    and Meier, so that offers that still stand count, too; None where fewer than half are gone.
    """

    total: int
    open: int
    gone: int
    returned: int
    closed: int
    median_take_down: float | None
    median_life: int | None


def stands_proven(case: Case) -> bool:
    """Whether a case is of a confirmed offer: its own page bears the platform's mark, and no
    correction withdrew it."""
    return case.is_proven and case.state is not CaseState.withdrawn


def median_life(cases: Sequence[Case]) -> int | None:
    """Median days from the first sight of an offer until its page said that it is gone.

    Kaplan and Meier (1958): an offer that still stands counts until it was last seen. None where
    the curve does not fall to one half.
    """
    lives = []
    for case in cases:
        start = case.first_seen or case.confirmed
        end = case.gone_at or case.last_seen or case.confirmed
        lives.append((max((end - start).days, 0), case.gone_at is None))
    surviving, at_risk = 1.0, len(lives)
    # On one day those that are gone stand before those that were seen for the last time.
    for days, is_censored in sorted(lives):
        if not is_censored:
            surviving *= 1 - 1 / at_risk
            if surviving <= 0.5:
                return days
        at_risk -= 1
    return None


def case_figures(cases: Sequence[Case]) -> CaseFigures:
    """What became of cases."""
    days = sorted(case.days_to_take_down for case in cases if case.days_to_take_down is not None)
    middle = len(days) // 2
    states = [case.state for case in cases]
    return CaseFigures(
        total=len(cases),
        open=sum(state.is_open for state in states),
        gone=states.count(CaseState.gone),
        returned=sum(case.returned_at is not None for case in cases),
        closed=states.count(CaseState.closed),
        median_take_down=(days[middle] + days[-middle - 1]) / 2 if days else None,
        median_life=median_life([case for case in cases if case.state is not CaseState.closed]),
    )
