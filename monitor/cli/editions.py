"""Commands on editions: report, release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.model import EditionKind

from .base import Week, example, lang_option, last_week, open_all, require_begun, week_option

KINDS = click.Choice([kind.value for kind in EditionKind])


def warn(message: str) -> None:
    """Print a line on stderr."""
    click.echo(message, err=True)


@click.command(epilog=example("report --week 2026-W47 --edition final --lang en --pdf"))
@week_option(last_week, "Week to report; the last complete one if not given.")
@click.option("--edition", type=KINDS, default=EditionKind.provisional.value, show_default=True)
@lang_option()
@click.option("--public", is_flag=True, help="Counts and verdicts, no sellers, links, photographs.")
@click.option("--pdf", is_flag=True, help="A PDF as well (needs a Chromium).")
@click.option("--letter", metavar="PLATFORM", help="Also a letter to this platform.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Another folder.")
@click.option("--late", is_flag=True, help="Make stale editions again, as the daemon does.")
def report(
    week: str,
    edition: str,
    lang: str | None,
    public: bool,
    pdf: bool,
    letter: str | None,
    out: Path | None,
    late: bool,
) -> None:
    """Write an edition of a week and print where it is.

    With --late: the editions of the last weeks that labels or the registry have made stale.
    """
    from monitor.operate.editions import make_edition
    from monitor.operate.publication import publish
    from monitor.operate.refresh import refresh_editions

    require_begun(week)
    if letter and public:
        raise click.UsageError("--letter names sellers and links: it does not go with --public")
    if late and (letter or public or pdf or out):
        raise click.UsageError("--late makes editions as the daemon does: it goes with --week only")
    config, registry, store = open_all()
    with store:
        if late:
            refresh_editions(config, registry, store, datetime.now(UTC), week=week, say=click.echo)
            return
        findings, _ = make_edition(config, registry, store, week, EditionKind(edition))
        if findings.edition != edition:
            warn(
                f"{week}: the {edition} edition was released; what changed since is"
                f" {findings.edition}"
            )
        if not (findings.coverage or findings.unplanned):
            warn(f"{week}: nothing was planned or seen; the edition says so")
        publication = publish(
            config,
            store,
            findings,
            folder=out,
            lang=lang,
            public=public,
            pdf=pdf,
            letter_to=letter,
            warn=warn,
        )
    for path in filter(None, publication):
        click.echo(path)


@click.command(epilog=example('release 2026-W47 --edition final --by "name and office"'))
@click.argument("week", type=Week(), metavar="WEEK")
@click.option(
    "--edition",
    type=KINDS,
    help="Which one; the latest corrected, final or provisional one if not given.",
)
@click.option("--by", required=True, help="Who releases it: a name and an office.")
@click.option("--audited", is_flag=True, help="Refuse an edition that nobody labelled.")
def release(week: str, edition: str | None, by: str, audited: bool) -> None:
    """Release an edition of WEEK and deliver it.

    It is sent to the configured channels. A released edition never changes: what is found later
    comes out as corrected. A channel that fails is named, exit code 1; the same command again sends
    to that one only.
    """
    from monitor.operate.delivery import deliver, release_edition

    if not by.strip():
        raise click.BadParameter("a name is needed", param_hint="--by")
    config, _, store = open_all()
    with store:
        kind = EditionKind(edition) if edition else None
        findings, entry, fresh = release_edition(store, week, kind, by.strip(), audited=audited)
        verb = "released" if fresh else "was released"
        click.echo(
            f"{week}: {entry.edition} edition {verb} by {entry.by}, {entry.at:%Y-%m-%d %H:%M} UTC"
        )
        deliver(config, store, findings, entry, click.echo)
