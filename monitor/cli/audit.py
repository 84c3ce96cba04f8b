"""Commands of the audit: draw, invite, serve, export, import."""

from __future__ import annotations

from pathlib import Path

import click

from .base import begun, fail_if, last_week, open_all, week_option


@click.group()
def audit() -> None:
    """The audit: which listings people look at, and what they say."""


@audit.command("draw")
@week_option(last_week, "Week to audit; the last complete one if not given.")
@click.option("--budget", default=300, show_default=True, type=click.IntRange(1))
@click.option(
    "--visit/--no-visit", default=True, show_default=True, help="Visit the drawn listings."
)
def audit_draw(week: str, budget: int, visit: bool) -> None:
    """Freeze the week's screen, draw the audit sample, visit each drawn listing's own page."""
    from monitor.operate.editions import draw_week, visit_drawn

    begun(week)
    config, registry, store = open_all()
    with store:
        draw, fresh = draw_week(config, registry, store, week, budget)
        if not draw.items:
            click.echo(f"{week}: nothing was seen to draw from")
            return
        click.echo(
            f"{week}: {len(draw.items)} listings {'drawn' if fresh else 'stand as drawn'}, "
            f"budget {draw.budget}, sha256 {draw.sha256}"
        )
        results = visit_drawn(config, registry, store, draw) if visit else []
    for result in results:
        click.echo(result)
    fail_if(any(result.failed for result in results))


@audit.command("invite")
@click.argument("name")
@click.option("--address", help="Where the pages are served, if not on this machine.")
def audit_invite(name: str, address: str | None) -> None:
    """Print the personal link of annotator NAME; an earlier link of that name ends."""
    from monitor.audit import invite

    _, _, store = open_all()
    with store:
        click.echo(invite(store, name, address) if address else invite(store, name))


@audit.command("serve")
@week_option(last_week, "Week to label; the last complete one if not given.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@click.option("--name", "names", multiple=True, help="A further host name to answer to.")
@click.option("--lang", type=click.Choice(["id", "en"]), help="As configured if not given.")
@click.option("--secure", is_flag=True, help="Behind HTTPS: cookies over HTTPS only.")
def audit_serve(
    week: str, host: str, port: int, names: tuple[str, ...], lang: str | None, secure: bool
) -> None:
    """Serve the labelling pages until interrupted."""
    from monitor.audit import serve

    config, registry, store = open_all()
    click.echo(f"http://{host}:{port}/ (personal links: pantau audit invite NAME)")
    with store:
        serve(
            store,
            week,
            config.evidence,
            registry,
            host=host,
            port=port,
            names=names,
            language=lang or config.language,
            secure=secure,
        )


@audit.command("export")
@click.argument("annotator")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@week_option(last_week, "Week to label; the last complete one if not given.")
def audit_export(annotator: str, file: Path, week: str) -> None:
    """Write what ANNOTATOR has yet to look at into FILE, a CSV for a spreadsheet."""
    from monitor.audit import export_sheet

    _, registry, store = open_all()
    with store:
        rows = export_sheet(store, registry, week, annotator, file)
    click.echo(f"{file}: {rows} listings")


@audit.command("import")
@click.argument("annotator")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@week_option(last_week, "Week of the labels; the last complete one if not given.")
def audit_import(annotator: str, file: Path, week: str) -> None:
    """Append ANNOTATOR's answers from FILE; a refused row is named, the rest is taken."""
    from monitor.audit import import_sheet

    _, registry, store = open_all()
    with store:
        report = import_sheet(store, registry, week, annotator, file)
    for refusal in report.refused:
        click.echo(f"{file}: row {refusal.row}: {refusal.reason}", err=True)
    click.echo(f"{report.accepted} labels, {report.empty} rows without an answer")
    fail_if(bool(report.refused))
