"""Frame, seed and week into planned units; the screen into the audit draw."""

from monitor.sampling.audit import as_drawn, draw_audit, draw_sha256
from monitor.sampling.outlook import Cost, Margin, audit_margins, costs, margins
from monitor.sampling.plan import SamplingError, draw_plan
