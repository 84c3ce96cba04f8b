"""Commands on the right of reply: ask, list."""

from __future__ import annotations

import click

from monitor.config import JAKARTA

from .base import example, last_week, open_all, require_begun, say, week_option


@click.group(epilog=example("reply list"))
def reply() -> None:
    """What a platform is asked before a release, and its answer.

    Answers are entered case by case with: pantau case answer
    """


@reply.command("ask", epilog=example("reply ask shopee --days 5 --to 'Public Policy, Shopee'"))
@click.argument("platform")
@week_option(last_week, "Week of the edition; the last complete one if not given.")
@click.option("--days", type=click.IntRange(1, 60), default=5, show_default=True, help="To answer.")
@click.option("--to", "addressee", help="Who it goes to, an office; the platform if not given.")
@click.option("--draft", is_flag=True, help="Enter nothing: only show what would be sent.")
def reply_ask(platform: str, week: str, days: int, addressee: str | None, draft: bool) -> None:
    """Write what PLATFORM is to answer before the release.

    It has the figures of the week's newest final or corrected edition, which nobody has released,
    the open cases, and how and by when to answer, in both languages; beside it the cases as CSV and
    XLSX. The day, the addressee and the last day to answer are entered. The edition made next says
    so, and what was answered by then.
    """
    from monitor.operate.replies import ask_platform, edition_to_ask_about

    require_begun(week)
    config, registry, store = open_all(create=False)
    if platform not in registry.platforms:
        platforms = ", ".join(registry.platforms)
        raise click.ClickException(f"{platform}: no such platform; there are {platforms}")
    if addressee is not None and not addressee.strip():
        raise click.BadParameter("name an office", param_hint="'--to'")
    with store:
        findings = edition_to_ask_about(store, week)
        packet = ask_platform(
            config,
            store,
            findings,
            platform,
            days=days,
            addressee=addressee.strip() if addressee else None,
            draft=draft,
        )
    for path in (*packet.pages, *packet.lists):
        say(path)
    if packet.request is None:
        say(f"{platform}: a draft with {len(packet.cases)} cases, nothing is entered", err=True)
        return
    say(
        f"{platform}: asked about {packet.request.cases} cases, may answer until"
        f" {packet.request.answer_by}; send it to {packet.request.addressee}",
        err=True,
    )


@reply.command("list", epilog=example("reply list --week 2026-W47"))
@week_option(None, "Only of this week.")
def reply_list(week: str | None) -> None:
    """List who was asked when, about what, to answer by when."""
    config, _, store = open_all(create=False)
    with store:
        requests = store.reply_requests.all(week)
    for request in requests:
        say(
            f"{request.week} {request.platform:<12}"
            f" {request.asked_at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB, by {request.answer_by},"
            f" {request.cases} cases of the {request.edition} edition, to {request.addressee}:"
            f" {config.reports / request.ref}"
        )
    say(f"{len(requests)} requests")
