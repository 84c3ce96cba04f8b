"""Commands of the audit: draw, invite, serve, status, export, import."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from .base import (
    InputPath,
    example,
    fail_if,
    last_week,
    open_all,
    require_begun,
    say,
    week_option,
)
from .web import serve_options, serve_rooms


@click.group(epilog=example("audit draw --week 2026-W47"))
def audit() -> None:
    """The audit: which listings people look at, and what they say."""


@audit.command("draw", epilog=example("audit draw --week 2026-W47 --budget 300"))
@week_option(last_week, "Week to audit; the last complete one if not given.")
@click.option(
    "--budget",
    default=300,
    show_default=True,
    type=click.IntRange(1),
    help="How many listings to say at most who sells; used clothing comes on top.",
)
@click.option(
    "--visit/--no-visit", default=True, show_default=True, help="Visit the drawn listings."
)
def audit_draw(week: str, budget: int, visit: bool) -> None:
    """Freeze the week's screen and draw the audit sample.

    Then each drawn listing is visited on its own page, and listings of earlier editions that are
    not seen any more, also where nothing was drawn. A sample already drawn stands.
    """
    from monitor.operate.audit_progress import margin_lines
    from monitor.operate.editions import draw_week, empty_draw
    from monitor.operate.visits import visit_drawn

    require_begun(week)
    config, registry, store = open_all()
    with store:
        if store.plans.of_week(week) is None:
            raise click.ClickException(f"{week}: has no plan; run: pantau plan --week {week}")
        sample, fresh = draw_week(config, registry, store, week, budget)
        if sample.items:
            say(
                f"{week}: {len(sample.items)} listings {'drawn' if fresh else 'stand as drawn'}, "
                f"budget {sample.budget}, sha256 {sample.sha256}"
            )
            for line in margin_lines(sample):
                say(line)
        else:
            say(f"{week}: {empty_draw(sum(1 for _ in store.screens.of_week(week)))}")
        results = visit_drawn(config, registry, store, sample) if visit else []
    for result in results:
        say(result)
    fail_if(any(result.failed for result in results))


@audit.command(
    "invite", epilog=example('audit invite "Sari W." --address https://audit.ministry.example')
)
@click.argument("name")
@click.option("--address", help="Where the pages are served, if not on this machine.")
@week_option(last_week, "Week to label; the last complete one if not given.")
def audit_invite(name: str, address: str | None, week: str) -> None:
    """Print the personal link of annotator NAME.

    An earlier link of that name ends. Beside it stands, on standard error, where and for which week
    the pages are served.
    """
    from monitor.web import ADDRESS, invite

    address = address or ADDRESS
    _, _, store = open_all()
    with store:
        say(invite(store, name, address))
        drawn = store.audit_samples.of_week(week) is not None
    say(f"It opens {week} at {address}/ once this runs: pantau audit serve --week {week}", err=True)
    if not drawn:
        say(f"No audit of {week} is drawn yet; run: pantau audit draw --week {week}", err=True)


@audit.command("revoke", epilog=example('audit revoke "Sari W."'))
@click.argument("name")
def audit_revoke(name: str) -> None:
    """End the personal link of annotator NAME; what they labelled stays."""
    from monitor.model import Role
    from monitor.web import revoke

    _, _, store = open_all()
    with store:
        revoke(store, name, [Role.annotator])
    say(f"The link of {name} has ended")


@audit.command("serve", epilog=example("audit serve --week 2026-W47"))
@week_option(last_week, "Week to label; the last complete one if not given.")
@serve_options
def audit_serve(week: str, **settings: Any) -> None:
    """Serve the labelling pages until interrupted."""
    from monitor.model import Role

    serve_rooms(
        [Role.annotator],
        week,
        f"shows {week} (personal links: pantau audit invite NAME)",
        **settings,
    )


@audit.command("status", epilog=example("audit status --week 2026-W47"))
@week_option(last_week, "Week to look at; the last complete one if not given.")
def audit_status(week: str) -> None:
    """How far the labels are, and whom the audit lacks."""
    from monitor.operate.audit_progress import audit_lines, error_lines

    _, registry, store = open_all()
    with store:
        for line in audit_lines(store, registry, week):
            say(line)
        for line in error_lines(store, week, datetime.now(UTC)):
            say(f"error by controls: {line}")


@audit.command("export", epilog=example('audit export "Sari W." labels.csv --week 2026-W47'))
@click.argument("annotator")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@week_option(last_week, "Week to label; the last complete one if not given.")
def audit_export(annotator: str, file: Path, week: str) -> None:
    """Write what ANNOTATOR has yet to look at into FILE.

    It is a CSV for a spreadsheet.
    """
    from monitor.web.audit import export_sheet

    _, registry, store = open_all()
    with store:
        rows = export_sheet(store, registry, week, annotator, file)
    say(f"{file}: {rows} listings")


@audit.command("import", epilog=example('audit import "Sari W." labels.csv --week 2026-W47'))
@click.argument("annotator")
@click.argument("file", type=InputPath())
@week_option(last_week, "Week of the labels; the last complete one if not given.")
def audit_import(annotator: str, file: Path, week: str) -> None:
    """Append ANNOTATOR's answers from FILE.

    A row that is refused is named, and the rest is taken.
    """
    from monitor.web.audit import import_sheet

    _, registry, store = open_all()
    with store:
        report = import_sheet(store, registry, week, annotator, file)
    for refusal in report.refused:
        say(f"{file}: row {refusal.row}: {refusal.reason}", err=True)
    say(f"{report.accepted} labels, {report.empty} rows without an answer")
    fail_if(bool(report.refused))
