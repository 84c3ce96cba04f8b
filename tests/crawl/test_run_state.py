"""When a run stops asking for pages."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

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


def test_an_event_for_a_parent_that_is_gone_is_no_failure() -> None:
    """A crawl whose command was killed stops by SIGTERM; a broken pipe would be a failure."""
    program = (
        "import sys\n"
        "from monitor.crawl.__main__ import write_event\n"
        "for number in range(3):\n"
        "    write_event({'event': 'page', 'number': number})\n"
        "sys.stderr.write('went on')\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    child = subprocess.run(
        [sys.executable, "-c", program],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (child.returncode, child.stderr) == (0, "went on")


def test_a_run_goes_on_at_the_pace_that_the_last_one_left() -> None:
    """After a kill: what Retry-After asked for, the refusals of the night, the week's requests."""
    at = utc_now()

    def gate(minutes: float) -> RequestGate:
        """That of a run so many minutes later."""
        return RequestGate(
            pace=Pace(5.0, 0.0, clock=lambda: 0.0),
            ending=Ending(),
            counts=RunCounts(),
            now=lambda: at + timedelta(minutes=minutes),
            weekly_requests=100,
            used=3,
        )

    first = gate(0)
    first.counts.add("requests", 4)
    first.pace.slow()
    first.pace.hold(300.0)
    memory = first.memory("lazada", "2026-W47")
    assert (memory.requests, memory.blocks) == (7, 1)
    second = gate(2)
    second.resume(memory, "2026-W47", most_blocks=4)
    assert (second.used, second.pace.blocks) == (7, 1)
    assert second.pace.wait() == pytest.approx(180.0)
    assert second.pace.factor > 1.0
    much_later, another_week, refused = gate(20 * 60), gate(6), gate(6)
    much_later.resume(memory, "2026-W47", most_blocks=4)
    assert (much_later.used, much_later.pace.blocks, much_later.pace.wait()) == (7, 0, 0.0)
    another_week.resume(memory, "2026-W46", most_blocks=4)
    assert (another_week.used, another_week.pace.blocks, another_week.pace.wait()) == (3, 1, 0.0)
    refused.resume(memory, "2026-W47", most_blocks=0)
    assert refused.pace.blocks == 0, "the next run may ask once"
