"""``python -m monitor.crawl PLATFORM --week W``: the child process of one platform's crawl.

With ``--config -`` the configuration is read from the first line of standard input, and the end
of standard input stops the run: a child does not outlive its parent. Each line of standard output
is one JSON object with ``event``: ``run``, ``page``, ``end`` or ``error``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import click
import msgspec

from monitor.config import PantauError, load_config, week_of
from monitor.crawl.details import Target
from monitor.crawl.process import config_from
from monitor.model import RunOutcome, from_json
from monitor.process import end_with_parent


def write_event(event: Mapping[str, object]) -> None:
    """Write one event to the parent, as a line of JSON; to one that is gone, into nothing.

    That the parent is gone is no failure of the run: ``end_with_parent`` stops it in order, so that
    the run log says so and the rest is fetched in the same night.
    """
    try:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.command()
@click.argument("platform")
@click.option("--week", help="ISO week, such as 2026-W47; the current one by default.")
@click.option("--config", "source", type=click.Choice(["-"]), help="Read it from standard input.")
@click.option("--visits", is_flag=True, help="Visit the listings named on the second line.")
@click.option("--live", is_flag=True, help="Only check what is claimed of the platform.")
@click.option("--words", help="With --live: what to search for.")
def main(
    platform: str,
    week: str | None,
    source: str | None,
    visits: bool,
    live: bool,
    words: str | None,
) -> None:
    """Crawl one platform."""
    from monitor.crawl.child import crawl_platform, visit_platform
    from monitor.crawl.live_crawl import check_platform

    week = week or week_of(datetime.now(UTC))
    try:
        config = config_from(sys.stdin.buffer.readline()) if source else load_config()
        targets = from_json(sys.stdin.buffer.readline(), tuple[Target, ...]) if visits else ()
        if source:
            end_with_parent()
        if live:
            outcome = check_platform(config, platform, week, words, write_event)
        elif visits:
            outcome = visit_platform(config, platform, week, targets, write_event)
        else:
            outcome = crawl_platform(config, platform, week, write_event)
    except PantauError as error:
        write_event({"event": "error", "message": str(error)})
        sys.exit(1)
    sys.exit(1 if outcome is RunOutcome.failed else 0)


if __name__ == "__main__":
    main()
