"""Commands on what was kept: verify, pack, read again, turn into tests, learn from."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.config import load_config

from .base import fail_if


@click.group()
def evidence() -> None:
    """The evidence: responses as received, hashed and sealed."""


@evidence.command("verify")
def evidence_verify() -> None:
    """Compute every hash again and say what is missing, changed or rewritten."""
    from monitor.crawl.evidence import verify

    problems = verify(load_config().evidence)
    for problem in problems:
        click.echo(f"{problem.file}: {problem.kind}: {problem.detail}", err=True)
    click.echo(f"{len(problems)} problems" if problems else "the evidence is whole")
    fail_if(bool(problems))


@click.command()
@click.option(
    "--datasets", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def train(datasets: Path, out: Path) -> None:
    """Train the title model on labelled data sets and write it to OUT (needs the train extra)."""
    from monitor.classify.train import train as fit

    for line in str(fit(datasets, out)).splitlines():
        click.echo(line)
