"""The command line: one function a command, heavy imports inside."""

from __future__ import annotations

import gc
import os

import click

from monitor import __version__
from monitor.config import home_folder
from monitor.process import end_with_parent, ended_by_sigterm, private_files

from .audit import audit
from .base import Commands, example
from .case import case
from .classifier import classify, train
from .collection import capture, crawl, ingest, plan, reprocess
from .database import db
from .demo import demo
from .editions import release, report
from .evidence import evidence
from .operation import config, doctor, schedule, status
from .pilot import pilot
from .protocol import protocol
from .registry import frame, policy, promise, rates
from .reply import reply
from .seller import seller
from .translation import translate_help
from .web import inspect, invite, serve
from .worker import worker


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("demo --out demo"),
)
@click.version_option(__version__, prog_name="pantau")
@click.option("--watched", is_flag=True, hidden=True, help="End when standard input does.")
@click.pass_context
def main(ctx: click.Context, /, watched: bool) -> None:
    """Watch whether marketplaces in Indonesia keep their promises to block foreign sellers.

    Exit code 0: done (a platform that refused is a result); 1: some input or work failed;
    2: wrong usage.
    """
    # What a module makes at its import stays: to look it over again and again for cycles is a fifth
    # of a short command.
    gc.set_threshold(50_000)
    ctx.with_resource(ended_by_sigterm())
    ctx.with_resource(private_files(home_folder()))
    if watched:
        end_with_parent()


main.add_section(
    "The ministry's watchdog", report, reply, release, case, promise, protocol, evidence
)
main.add_section(
    "Operators",
    *(pilot, schedule, worker, status, doctor, config, plan, frame, crawl, rates, db, seller, demo),
)
main.add_section("Auditors and inspectors", audit, inspect, ingest, invite, serve)
main.add_section("Researchers", classify, train, db)
main.add_section("Authors of spiders and policies", policy, capture, reprocess, demo)

if os.environ.get("PANTAU_LANG") == "id":
    translate_help(main)
