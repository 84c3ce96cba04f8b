"""The inspection desk: a worklist in, saved pages out of an inspector's own browser."""

from monitor.web.inspect.lines import receipt_line
from monitor.web.inspect.pages import DeskPages
from monitor.web.inspect.platform_worklist import PlatformWorklist
