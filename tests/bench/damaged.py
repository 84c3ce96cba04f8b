"""Damaged captures: 20,000 payloads a platform, what was raised, and whether memory stays flat."""

from __future__ import annotations

import logging
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.spider import load_spiders
from monitor.model import to_json
from tests.acceptance.mutations import damaged

CAPTURES = Path(__file__).parents[2] / ".." / "shared" / "captures"
PAYLOADS = 20_000


def run() -> Iterator[dict[str, Any]]:
    """One row a platform: payloads, those read, and what reading and writing them raised.

    ``peak_mb`` is the most memory that the process held until then, ``more_mb`` what the last three
    quarters of the payloads added to it.
    """
    logging.disable(logging.CRITICAL)
    for name, spider in load_spiders().items():
        read, raised = 0, Counter[str]()
        early = 0.0
        for number, (_, response) in enumerate(damaged(CAPTURES / name, spider, PAYLOADS, seed=1)):
            if number == PAYLOADS // 4:
                early = _peak_mb()
            for reader in (judge, judge_item):
                try:
                    listings = reader(spider, response).listings
                    read += bool(listings)
                    to_json(listings)
                except Exception as error:  # noqa: BLE001
                    raised[type(error).__name__] += 1
        yield {
            "bench": "damaged",
            "platform": name,
            "payloads": PAYLOADS,
            "read": read,
            "raised": dict(raised),
            "peak_mb": round(_peak_mb()),
            "more_mb": round(_peak_mb() - early),
        }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
