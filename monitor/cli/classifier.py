"""Commands of the classifier: classify, train."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from monitor.config import load_config

from .base import (
    InputPath,
    example,
    fail_if,
    load_settings,
    open_all,
    say,
)

if TYPE_CHECKING:
    from monitor.classify.retrain import Retraining
    from monitor.classify.train import Scores, TrainingReport

_AS_TEXT: Any = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""}


@click.command(epilog=example("classify offers.csv --format csv"))
@click.argument("file", required=False, type=click.Path(allow_dash=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), help="Of FILE and output.")
def classify(file: Path | None, form: str | None) -> None:
    """Classify the rows of FILE, or the listings of the store.

    FILE - is standard input. Adds cluster, category, cluster_score, cross_border,
    cross_border_score, signals, condition and prohibited to each row, `unknown` where its title is
    empty. A column of one of these names is replaced (a platform's own word is read from
    `platform_condition`); others stay as they are.
    """
    if file is None:
        from monitor.operate.editions import classify_store

        config, registry, store = open_all(create=False)
        with store:
            version, number = classify_store(config, registry, store, origin=config.origin)
        say(f"classifier {version}: {number} listings classified")
        return
    from monitor.classify.classifier import Classifier
    from monitor.classify.stream import StreamError, classify_stream

    config, registry = load_settings()
    name = str(file)

    def complain(line: int, problem: str) -> None:
        """Name a row that is not classified."""
        say(f"{name}: line {line}: {problem}", err=True)

    with ExitStack() as stack:
        if name == "-":
            sys.stdin.reconfigure(**_AS_TEXT)  # type: ignore[union-attr]
            source: TextIO = sys.stdin
        else:
            try:
                source = stack.enter_context(file.open(**_AS_TEXT))
            except OSError as error:
                raise click.ClickException(f"{name}: {error.strerror}") from error
        jsonl = (form or name).endswith(("jsonl", ".ndjson"))
        classifier = Classifier.load(registry, config.title_model)
        try:
            counts = classify_stream(
                source, sys.stdout, "jsonl" if jsonl else "csv", complain, classifier
            )
        except StreamError as error:
            raise StreamError(f"{name}: {error}") from error
    fail_if(bool(counts.bad))


@click.command(epilog=example("train"))
@click.option("--even-if-worse", is_flag=True, help="Install the new model whatever it scores.")
@click.option("--shipped", is_flag=True, help="Set this home's model aside and train nothing.")
@click.option(
    "--datasets",
    type=InputPath(folder=True),
    help="Train the model to ship: on these data sets alone, without any store.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.")
def train(even_if_worse: bool, shipped: bool, datasets: Path | None, out: Path | None) -> None:
    """Train the title model on what this home's store holds.

    It is used here from then on, if it is no worse than the present one. Listings whose category
    path decides, and what people said in the audit, are added to what the shipped model knows; a
    fifth of the shops is held out to compare on. Needs the train extra.
    """
    from monitor.operate.title_model import describe_model
    from monitor.operate.training import set_model_aside, train_home

    if (datasets is None) != (out is None):
        raise click.UsageError("--datasets and --out go together")
    if datasets and out:
        from monitor.classify.train import train as train_shipped

        for line in _report(train_shipped(datasets, out)):
            say(line)
        return
    worse = None
    if shipped:
        config = load_config()
        say("set aside" if set_model_aside(config) else "this home has no model of its own")
    else:
        config, registry, store = open_all()
        with store:
            retraining, installed = train_home(config, registry, store, even_if_worse=even_if_worse)
        for line in _comparison(retraining):
            say(line)
        worse = None if installed else retraining.worse
    say(f"title model: {describe_model(config)}")
    if worse:
        raise click.ClickException(
            f"not installed, worse than the present one: {worse}; to install it all the same:"
            " pantau train --even-if-worse"
        )


def _comparison(retraining: Retraining) -> list[str]:
    learned = ", ".join(f"{number} by {source}" for source, number in retraining.examples.items())
    lines = [f"learned from {learned}; {retraining.held_out} titles of other shops held out"]
    for was, now in zip(retraining.present, retraining.new, strict=True):
        lines.append(
            f"{now.source}, {now.rows} titles, present → new: "
            f"right {was.right} → {now.right}, macro-F1 {was.macro_f1:.3f} → {now.macro_f1:.3f}, "
            f"scored 0.9 or more {was.confident:.1%} → {now.confident:.1%}, "
            f"of those right {was.confident_right:.1%} → {now.confident_right:.1%}"
        )
    return lines


def _report(training: TrainingReport) -> list[str]:
    learned = ", ".join(f"{number} {source}" for source, number in training.examples.items())
    return [
        f"learned from {learned}",
        *(_held_out(scores) for scores in training.scores),
        f"{training.size} bytes, SHA-256 {training.sha256}",
    ]


def _held_out(scores: Scores) -> str:
    return (
        f"{scores.source}, {scores.rows} titles held out: macro-F1 {scores.macro_f1:.3f}, "
        f"scored 0.9 or more {scores.confident:.1%}, of those right {scores.confident_right:.1%}"
    )
