"""Commands of the simulation: ``pantau demo`` and ``pantau demo serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .base import (
    InputPath,
    example,
    say,
)

SEED = click.option("--seed", default=1, show_default=True, help="Decides what is on offer.")
WORLD = click.option(
    "--world",
    default="plain",
    show_default=True,
    type=click.Choice(["plain", "tolerance", "hard", "refusing", "churning"]),
    help="plain: nothing made hard. tolerance: true shares close to the 1 % that promises tolerate."
    " hard: offers that all annotators misjudge alike. refusing: robots.txt forbids the pages with"
    " most foreign sellers. churning: offers leave and return under new ids within weeks.",
)


@click.group(invoke_without_command=True, epilog=example("demo --weeks 2 --out demo --lang en"))
@click.option(
    "--weeks", default=1, show_default=True, type=click.IntRange(1, 52), help="How many weeks."
)
@SEED
@WORLD
@click.option(
    "--out",
    default="demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the home, the reports and the truth.",
)
@click.option(
    "--inspect",
    is_flag=True,
    help="Two platforms refuse the crawler, and a simulated inspector opens their pages.",
)
@click.option("--browser", is_flag=True, help="Show pages in Chromium: screenshots.")
@click.option(
    "--error",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of wrong labels.",
)
@click.option(
    "--budget", default=300, show_default=True, type=click.IntRange(1), help="Labels a week."
)
@click.option(
    "--lang",
    default="id",
    show_default=True,
    type=click.Choice(["id", "en"]),
    help="Language of the reports.",
)
@click.pass_context
def demo(ctx: click.Context, /, weeks: int, world: str, **settings: Any) -> None:
    """Run everything on simulated marketplaces, with known truth.

    Prints where the report is.
    """
    if ctx.invoked_subcommand:
        return
    from monitor.demo import World
    from monitor.operate.simulation import Simulation

    simulation = Simulation(say=click.echo, world=World(world), **settings)
    say(f"report: {simulation.run(weeks)}")


@demo.command("serve", epilog=example("demo serve --port 8099"))
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="A free one if not given.")
@SEED
@WORLD
@click.option(
    "--faults",
    type=InputPath(),
    help="What goes wrong, in TOML.",
)
def demo_serve(port: int, seed: int, world: str, faults: Path | None) -> None:
    """Serve only the marketplaces, until SIGTERM.

    Other commands use them with the PANTAU_DEMO_URL that is printed.
    """
    from monitor.demo import World, load_faults, serve_forever
    from monitor.registry import load_registry

    registry = load_registry()
    serve_forever(
        port,
        seed=seed,
        faults=load_faults(faults, registry.platforms) if faults else (),
        registry=registry,
        world=World(world),
        ready=lambda url: say(f"PANTAU_DEMO_URL={url}"),
    )
