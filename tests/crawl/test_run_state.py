"""When a run stops asking for pages."""

from __future__ import annotations

import pytest

from monitor.config import utc_now
from monitor.crawl.pace import Pace
from monitor.crawl.run_state import Ending, RequestGate, RunCounts, Stopped


def test_a_run_stops_in_order_where_the_disk_is_nearly_full() -> None:
    free = [600 * 2**20, 511 * 2**20, 10**12]
    ending = Ending()
    gate = RequestGate(
        pace=Pace(0.0, 0.0),
        ending=ending,
        counts=RunCounts(),
        now=utc_now,
        weekly_requests=10,
        free_space=lambda: free.pop(0),
        least_free_space=512 * 2**20,
    )
    gate.check()
    with pytest.raises(Stopped):
        gate.check()
    assert ending.stopped == "the disk has less than 512 MiB free; make room below the home"
    with pytest.raises(Stopped):
        gate.check()
    assert ending.failure is None
