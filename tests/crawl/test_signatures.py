"""What was never held against a real page, told without Scrapy."""

from __future__ import annotations

import subprocess
import sys

from monitor.crawl.signatures import refusals, unproven_parts
from monitor.crawl.spider import load_spiders


def test_the_source_says_what_the_classes_say() -> None:
    expected = {name: spider.unproven for name, spider in load_spiders().items() if spider.unproven}
    reported = tuple(refusal.id for refusal in refusals() if refusal.unproven)
    assert reported
    assert unproven_parts() == expected | {"refusals": reported}


def test_what_an_operator_asks_often_imports_neither_scrapy_nor_scipy() -> None:
    program = (
        "import sys, monitor.operate.health, monitor.operate.home_status\n"
        "import monitor.operate.effective_settings, monitor.operate.title_model\n"
        "print(*sorted({'scrapy', 'twisted', 'scipy', 'starlette', 'jinja2'} & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []
