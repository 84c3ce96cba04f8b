"""Intervals, the two-phase estimator, verdicts and indicators: arithmetic on values."""
