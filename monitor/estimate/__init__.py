"""From sampled positions and labels to estimates, intervals and verdicts: pure arithmetic."""

from monitor.estimate.hiding import hiding_bounds
from monitor.estimate.values import AuditedListing, CellData, CellEstimate, Position, Settings
from monitor.estimate.verdicts import annotator_error, estimate_week
