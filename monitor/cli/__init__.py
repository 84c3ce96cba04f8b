"""The command line: one function a command, heavy imports inside."""

from __future__ import annotations

import click

from monitor import __version__

from . import audit, database, demo, evidence, operation, registry, release, training, week
from .base import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pantau")
@click.option("--watched", is_flag=True, hidden=True, help="End when standard input does.")
def main(watched: bool) -> None:
    """Watch whether marketplaces in Indonesia keep their promises to block foreign sellers.

    Exit code 0: done (a platform that refused is a result); 1: some input or work failed;
    2: wrong usage.
    """
    if watched:
        from monitor.operate.children import end_with_parent

        end_with_parent()


for command in (
    week.plan,
    week.crawl,
    week.ingest,
    week.classify,
    week.report,
    audit.audit,
    release.release,
    registry.policy,
    evidence.evidence,
    evidence.reprocess,
    evidence.capture,
    training.train,
    database.db,
    operation.schedule,
    operation.status,
    operation.doctor,
    operation.config,
    demo.demo,
):
    main.add_command(command)
