"""``pantau release``: a person lets an edition go out."""

from __future__ import annotations

import click

from monitor.model import EditionKind

from .base import Week, open_all


@click.command()
@click.argument("week", type=Week(), metavar="WEEK")
@click.option(
    "--edition",
    type=click.Choice([kind.value for kind in EditionKind]),
    help="Which one; the latest corrected, final or provisional one if not given.",
)
@click.option("--by", required=True, help="Who releases it: a name and an office.")
@click.option("--audited", is_flag=True, help="Refuse an edition that nobody labelled.")
def release(week: str, edition: str | None, by: str, audited: bool) -> None:
    """Release an edition of WEEK and hand it over to the configured channels.

    A released edition never changes: what is found later comes out as corrected. A channel that
    fails is named, exit code 1; the same command again sends to that one only.
    """
    from monitor.operate.delivery import hand_over
    from monitor.operate.releases import release as let_go

    if not by.strip():
        raise click.BadParameter("a name is needed", param_hint="--by")
    config, _, store = open_all()
    with store:
        kind = EditionKind(edition) if edition else None
        findings, made, fresh = let_go(store, week, kind, by.strip(), audited=audited)
        word = "released" if fresh else "was released"
        click.echo(
            f"{week}: {made.edition} edition {word} by {made.by}, {made.at:%Y-%m-%d %H:%M} UTC"
        )
        hand_over(config, store, findings, made, click.echo)
