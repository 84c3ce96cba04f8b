"""From sampled places and labels to estimates, intervals and verdicts: pure arithmetic."""

from monitor.estimate.values import (
    Audited,
    CellData,
    CellEstimate,
    Position,
    Settings,
)
from monitor.estimate.verdicts import annotator_error, estimate_cell, estimate_week

__all__ = [
    "Audited",
    "CellData",
    "CellEstimate",
    "Position",
    "Settings",
    "annotator_error",
    "estimate_cell",
    "estimate_week",
]
