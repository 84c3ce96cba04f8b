"""Frame, seed and week into planned units; the screen into the audit draw."""

from monitor.sampling.outlook import Cost, Margin, costs, margins
from monitor.sampling.plan import SamplingError, draw_plan

__all__ = ["Cost", "Margin", "SamplingError", "costs", "draw_plan", "margins"]
