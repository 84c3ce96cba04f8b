"""Damaged captures: 20,000 payloads a platform, what was raised, and the memory it took."""

from __future__ import annotations

import logging
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.spider import load_spiders
from tests.acceptance.mutations import damaged

CAPTURES = Path(__file__).parents[2] / ".." / "shared" / "captures"
PAYLOADS = 20_000


def run() -> Iterator[dict[str, Any]]:
    """One row a platform: payloads, those read, and what ``judge`` and ``judge_item`` raised."""
    logging.disable(logging.CRITICAL)
    for name, spider in load_spiders().items():
        read, raised = 0, Counter[str]()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _, response in damaged(CAPTURES / name, spider, PAYLOADS, seed=1):
            for reader in (judge, judge_item):
                try:
                    read += bool(reader(spider, response).listings)
                except Exception as error:  # noqa: BLE001
                    raised[type(error).__name__] += 1
        yield {
            "bench": "damaged",
            "platform": name,
            "payloads": PAYLOADS,
            "read": read,
            "raised": dict(raised),
            "more_memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        }
