"""When a run stops asking for pages."""

from __future__ import annotations

import os
import subprocess
import sys

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
