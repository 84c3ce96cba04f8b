"""The memory that a report of 50,000 flagged offers takes, in a process of its own."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from reports.edition import write_edition
from tests.reports.weeks import huge_week

OFFERS = 50_000
MOST = 400  # MB


def run() -> Iterator[dict[str, Any]]:
    """One row: the most memory that the process held."""
    with get_context("spawn").Pool(1) as pool:
        peak = pool.apply(peak_mb)
    yield {
        "name": f"report of {OFFERS} flagged offers",
        "value": round(peak),
        "unit": "MB",
        "reference": MOST,
        "ratio": round(peak / MOST, 2),
    }


def peak_mb() -> float:
    """The most memory, in MB, that this process held after it wrote the report."""
    with tempfile.TemporaryDirectory() as folder:
        write_edition(huge_week(OFFERS), Path(folder))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
