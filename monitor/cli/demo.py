"""Commands of the simulation: ``pantau demo`` and ``pantau demo serve``."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(invoke_without_command=True)
@click.option("--weeks", default=1, show_default=True, type=click.IntRange(1, 52))
@click.option("--seed", default=1, show_default=True)
@click.option("--out", default="demo", show_default=True, type=click.Path(path_type=Path))
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
@click.option("--lang", default="id", show_default=True, type=click.Choice(["id", "en"]))
@click.pass_context
def demo(
    ctx: click.Context,
    weeks: int,
    seed: int,
    out: Path,
    browser: bool,
    error: float,
    budget: int,
    lang: str,
) -> None:
    """Rehearse everything on simulated marketplaces, and print where the report is."""
    if ctx.invoked_subcommand:
        return
    from monitor.operate.simulation import Simulation

    rehearsal = Simulation(
        out, seed=seed, say=click.echo, error=error, budget=budget, lang=lang, browser=browser
    )
    page = rehearsal.run(weeks)
    click.echo(f"report: {page}")


@demo.command("serve")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="A free one if not given.")
@click.option("--seed", default=1, show_default=True)
@click.option("--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def demo_serve(port: int, seed: int, faults: Path | None) -> None:
    """Only the marketplaces, until SIGTERM; use them with the PANTAU_DEMO_URL that is printed."""
    from monitor.demo import load_faults, serve_forever
    from monitor.registry import load_registry

    registry = load_registry()
    serve_forever(
        port,
        seed=seed,
        faults=load_faults(faults, registry.platforms) if faults else (),
        registry=registry,
        ready=lambda url: click.echo(f"PANTAU_DEMO_URL={url}"),
    )
