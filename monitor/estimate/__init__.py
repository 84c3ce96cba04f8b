"""From sampled places and labels to estimates, intervals and verdicts: pure arithmetic."""

from monitor.estimate.labels import (
    Key,
    Resolved,
    agreement,
    audited_listings,
    label_key,
    quality,
    resolve,
    signal_precision,
)
from monitor.estimate.values import (
    Audited,
    CellData,
    CellEstimate,
    Place,
    Settings,
)
from monitor.estimate.verdicts import annotator_error, estimate_cell, estimate_week

__all__ = [
    "Audited",
    "CellData",
    "CellEstimate",
    "Key",
    "Place",
    "Resolved",
    "Settings",
    "agreement",
    "annotator_error",
    "audited_listings",
    "estimate_cell",
    "estimate_week",
    "label_key",
    "quality",
    "resolve",
    "signal_precision",
]
