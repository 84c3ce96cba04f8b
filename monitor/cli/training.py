"""Training the title model: ``pantau train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.config import load_config

from .base import open_all

if TYPE_CHECKING:
    from monitor.classify.retrain import Retraining
    from monitor.classify.train import Scores, TrainingReport


@click.command()
@click.option("--even-if-worse", is_flag=True, help="Install the new model whatever it scores.")
@click.option("--shipped", is_flag=True, help="Set this home's model aside and train nothing.")
@click.option(
    "--datasets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Train the model to ship: on these data sets alone, without any store.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.")
def train(even_if_worse: bool, shipped: bool, datasets: Path | None, out: Path | None) -> None:
    """Train the title model on what this home's store holds, and use it here if it is no worse.

    Listings whose category path decides, and what people said in the audit, are added to what the
    shipped model knows; a fifth of the shops is held out to compare on. Needs the train extra.
    """
    if (datasets is None) != (out is None):
        raise click.UsageError("--datasets and --out go together")
    if datasets and out:
        from monitor.classify.train import train as fit

        for line in _report(fit(datasets, out)):
            click.echo(line)
    elif shipped:
        from monitor.operate.training import described, go_back

        config = load_config()
        click.echo("set aside" if go_back(config) else "this home has no model of its own")
        click.echo(f"title model: {described(config)}")
    else:
        _train_home(even_if_worse)


def _train_home(even_if_worse: bool) -> None:
    from monitor.operate.training import described, learn

    config, registry, store = open_all()
    with store:
        made, installed = learn(config, registry, store, even_if_worse=even_if_worse)
    for line in _comparison(made):
        click.echo(line)
    click.echo(f"title model: {described(config)}")
    if not installed:
        raise click.ClickException(
            f"not installed, worse than the present one: {made.worse}; to install it all the same:"
            " pantau train --even-if-worse"
        )


def _comparison(made: Retraining) -> list[str]:
    learned = ", ".join(f"{number} by {source}" for source, number in made.examples.items())
    lines = [f"learned from {learned}; {made.held_out} titles of other shops held out"]
    for was, now in zip(made.present, made.new, strict=True):
        lines.append(
            f"{now.source}, {now.rows} titles, present → new: "
            f"right {was.right} → {now.right}, macro-F1 {was.macro_f1:.3f} → {now.macro_f1:.3f}, "
            f"scored 0.9 or more {was.confident:.1%} → {now.confident:.1%}, "
            f"of those right {was.confident_right:.1%} → {now.confident_right:.1%}"
        )
    return lines


def _report(made: TrainingReport) -> list[str]:
    learned = ", ".join(f"{number} {source}" for source, number in made.examples.items())
    return [
        f"learned from {learned}",
        *(_held_out(found) for found in made.scores),
        f"{made.size} bytes, SHA-256 {made.sha256}",
    ]


def _held_out(found: Scores) -> str:
    return (
        f"{found.source}, {found.rows} titles held out: macro-F1 {found.macro_f1:.3f}, "
        f"scored 0.9 or more {found.confident:.1%}, of those right {found.confident_right:.1%}"
    )
