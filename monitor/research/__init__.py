"""Releases for research: what others may publish from, and how they compute our figures again."""

from monitor.research.delta import OpenPackage, same_rows, write_delta
from monitor.research.key import ReleaseKey, make_key, read_key
from monitor.research.release import Tier, export
from monitor.research.snapshot import snapshot
