"""Commands on editions: report, release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from monitor.config import JAKARTA, PantauError
from monitor.model import EditionKind

from .base import (
    Week,
    example,
    fail_if,
    lang_option,
    last_week,
    load_settings,
    open_all,
    open_store,
    require_begun,
    say,
    week_option,
)

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.model import Findings
    from monitor.registry import Registry
    from monitor.store import Store

KINDS = click.Choice([kind.value for kind in EditionKind])


def warn(message: str) -> None:
    """Print a line on stderr."""
    say(message, err=True)


@click.command(epilog=example("report --week 2026-W47 --edition final --lang en --pdf"))
@week_option(last_week, "Week to report; the last complete one if not given.")
@click.option(
    "--edition",
    type=KINDS,
    help="Make this one; if not given: the newest released one as it is, else a provisional one.",
)
@lang_option()
@click.option("--public", is_flag=True, help="Counts and verdicts, no sellers, links, photographs.")
@click.option("--pdf", is_flag=True, help="A PDF as well (needs a Chromium).")
@click.option(
    "--letter",
    metavar="PLATFORM",
    help="Also a letter, as case report makes it; of a released edition unless --edition is given.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Another folder.")
@click.option("--late", is_flag=True, help="Make stale editions again, as the daemon does.")
@click.option("--verify", type=Week(), metavar="WEEK", help="Only: is a stored edition reproduced?")
def report(
    week: str,
    edition: str | None,
    lang: str | None,
    public: bool,
    pdf: bool,
    letter: str | None,
    out: Path | None,
    late: bool,
    verify: str | None,
) -> None:
    """Write an edition of a week and print where it is.

    Without --edition it is the newest released one, which is not made again; where none is
    released, a provisional one is made. With --public and --edition it is the released one of that
    kind, too, whatever came after it.

    With --late: the editions of the last weeks that labels or the registry have made stale.
    With --verify: makes a stored edition again from the store as of its own time, writes nothing,
    and ends with 1 where the findings are not the same.
    """
    from monitor.operate.cases import report_cases, require_letter
    from monitor.operate.publication import publish
    from monitor.operate.refresh import refresh_editions

    if verify:
        _refuse_besides("verify", "edition")
        _verify(verify, EditionKind(edition) if edition else None)
        return
    require_begun(week)
    if late:
        _refuse_besides("late", "week")
    if letter and public:
        raise click.UsageError("--letter names sellers and links: it does not go with --public")
    config, registry = load_settings()
    if letter:
        _require_open(registry, letter)
    with open_store(config) as store:
        if late:
            refresh_editions(config, registry, store, datetime.now(UTC), week=week, say=click.echo)
            return
        findings = _edition(config, registry, store, week, edition, letter, public)
        if not (findings.coverage or findings.unplanned):
            warn(f"{week}: nothing was planned or seen; the edition says so")
        if letter:
            require_letter(findings, letter)
        page = publish(
            config,
            store,
            findings,
            folder=out,
            lang=lang,
            public=public,
            pdf=pdf,
            warn=warn,
        )
        say(page)
        if letter:
            written = report_cases(
                config, registry, store, findings, letter, folder=out, lang=lang, pdf=pdf
            )
            say(written.path)
            if written.entered:
                warn(f"{letter}: {len(written.entered)} cases entered as reported")
        printed = page.parent / f"pantau-{findings.week}.{lang or config.language}.pdf"
    # Why it is not there was printed; the edition itself is written.
    fail_if(pdf and not printed.is_file())


def _refuse_besides(option: str, companion: str) -> None:
    """Refuse, as wrong usage, all options that ``option`` would ignore: all but ``companion``."""
    context = click.get_current_context()
    for name in context.params.keys() - {option, companion}:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{option} goes with --{companion} only, not with --{name}")


def _verify(week: str, kind: EditionKind | None) -> None:
    """Print whether a stored edition is what the store gives as of its time, else what differs."""
    from monitor.operate.archive import with_weeks
    from monitor.operate.editions import differences, findings_hash, rebuild_edition

    config, registry = load_settings()
    with open_store(config, create=False) as store:
        with with_weeks(config, store, [week]) as whole:
            stored, rebuilt = rebuild_edition(registry, whole, week, kind)
        hashes = store.erasures.hashes_before(stored.week, stored.edition, stored.as_of)
    edition = f"{week}: the {stored.edition} edition as of {stored.as_of:%Y-%m-%d %H:%M:%S} UTC"
    differing = differences(stored, rebuilt)
    for line in differing:
        warn(line)
    if differing:
        raise PantauError(f"{edition} is not what the store gives now")
    say(f"{edition} is what the store gives, SHA-256 {findings_hash(stored)}")
    if hashes:
        say(
            f"{len(hashes)} sellers were erased since and are compared under pseudonyms;"
            f" as published it had SHA-256 {hashes[0]}"
        )


def _released(store: Store, week: str, kind: EditionKind) -> Findings | None:
    """The newest released edition of a kind, as it was frozen; None where none was released."""
    from monitor.findings.releases import edition_of, releases

    of_kind = (release for release in releases(store, week) if release.edition is kind)
    newest = max(of_kind, key=lambda release: release.as_of, default=None)
    findings = edition_of(store, newest) if newest else None
    if findings:
        warn(f"{week}: the released {kind} edition, as it is")
    return findings


def _edition(
    config: Config,
    registry: Registry,
    store: Store,
    week: str,
    edition: str | None,
    letter: str | None,
    public: bool,
) -> Findings:
    """The edition to write: the one asked for, else the newest released, else a provisional one.

    Of a kind that is asked for, the ``public`` edition is the released one where there is one.

    Raises ``PantauError`` for a ``letter`` where none was asked for and none is released.
    """
    from monitor.operate.delivery import released_edition
    from monitor.operate.editions import make_edition

    if edition is None:
        if findings := released_edition(store, week):
            warn(f"{week}: the released {findings.edition} edition, as it is")
            return findings
        if letter:
            raise PantauError(
                f"{week}: no edition was released to write to {letter} about; release one with:"
                f" pantau release {week} --by NAME, or choose one with --edition"
            )
    kind = EditionKind(edition or EditionKind.provisional)
    if public and (released := _released(store, week, kind)):
        return released
    findings, _ = make_edition(config, registry, store, week, kind)
    if findings.edition is not kind is EditionKind.corrected:
        warn(f"{week}: nothing changed since the released {findings.edition} edition")
    elif findings.edition is not kind:
        warn(f"{week}: the {kind} edition was released; what changed since is {findings.edition}")
    return findings


def _require_open(registry: Registry, platform: str) -> None:
    """Refuse, as wrong usage, a platform that no letter can go to."""
    platforms = sorted(entry.id for entry in registry.platforms.values() if entry.role != "closed")
    if platform not in platforms:
        raise click.BadParameter(
            f"no open platform {platform!r}; there are {', '.join(platforms)}",
            param_hint="'--letter'",
        )


@click.command(epilog=example('release 2026-W47 --edition final --by "name and office"'))
@click.argument("week", type=Week(), metavar="WEEK")
@click.option(
    "--edition",
    type=KINDS,
    help="Which one; the latest corrected, final or provisional one if not given.",
)
@click.option("--by", required=True, help="Who releases it: a name and an office.")
@click.option(
    "--audited", is_flag=True, help="Refuse one that nobody labelled, or of a week in trouble."
)
def release(week: str, edition: str | None, by: str, audited: bool) -> None:
    """Release an edition of WEEK and deliver it.

    Its pages say then who released it, and it is sent to the configured channels. A released
    edition never changes: what is found later comes out as corrected. A channel that fails is
    named, exit code 1; the same command again sends to that one only.
    """
    from monitor.operate.delivery import deliver, release_edition
    from monitor.operate.notify import open_counts_troubles
    from monitor.operate.publication import write_released
    from monitor.operate.reply_status import unasked_platforms

    if not by.strip():
        raise click.BadParameter("a name is needed", param_hint="--by")
    config, registry, store = open_all()
    with store:
        kind = EditionKind(edition) if edition else None
        unattended = registry if audited else None
        told = open_counts_troubles(config.alerts, week, datetime.now(UTC))
        findings, entry, fresh = release_edition(store, week, kind, by.strip(), unattended, told)
        verb = "released" if fresh else "was released"
        if fresh:
            for platform, number in unasked_platforms(store, findings).items():
                warn(f"{platform}: was not asked about {number} of its cases (pantau reply ask)")
        at = entry.at.astimezone(JAKARTA)
        say(f"{week}: {entry.edition} edition {verb} by {entry.by}, {at:%Y-%m-%d %H:%M} WIB")
        write_released(config, store, findings, warn)
        deliver(config, store, findings, entry, click.echo)
