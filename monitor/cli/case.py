"""Commands on cases: list, show, report, answer, close, reopen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.config import JAKARTA
from monitor.model import Case, CaseEventKind, CaseState, ReplyClaim

from .base import example, lang_option, open_all, say


@click.group(epilog=example("case list --state open"))
def case() -> None:
    """Confirmed offers, from first sight to take-down.

    A case is known once an edition that names it is released. Cases are of every policy that may
    accuse; what an edition confirms of a product group is of the group's leading policy alone.
    """


@case.command("list", epilog=example("case list --platform shopee --state returned"))
@click.option("--platform", help="Only of this platform.")
@click.option(
    "--state",
    type=click.Choice([state.value for state in CaseState]),
    help="Only those that stand so; all if not given.",
)
def case_list(platform: str | None, state: str | None) -> None:
    """List the cases, a line each, and count them by state."""
    from monitor.operate.cases import known_cases

    config, registry, store = open_all(create=False)
    if platform is not None and platform not in registry.platforms:
        platforms = ", ".join(registry.platforms)
        raise click.ClickException(f"{platform}: no such platform; there are {platforms}")
    with store:
        cases = [
            entry
            for entry in known_cases(config, registry, store)
            if platform in {None, entry.platform} and state in {None, entry.state}
        ]
    if cases:
        say(f"{'case':<28} {'state':<10} {'confirmed':<10} {'product group':<16} title")
    for entry in cases:
        say(
            f"{entry.id:<28} {entry.state:<10} {entry.confirmed:%Y-%m-%d} {entry.cluster:<16}"
            f" {entry.title[:60]}"
        )
    counts = (
        f"{sum(entry.state is one_state for entry in cases)} {one_state}"
        for one_state in CaseState
        if any(entry.state is one_state for entry in cases)
    )
    say(f"{len(cases)} cases" + "".join(f", {words}" for words in counts))


@case.command("show", epilog=example("case show shopee-12345"))
@click.argument("name", metavar="CASE")
def case_show(name: str) -> None:
    """Show a case: what it is, its proof, and what became of it."""
    from monitor.operate.cases import case_of, known_cases

    config, registry, store = open_all(create=False)
    with store:
        entry = case_of(known_cases(config, registry, store), name)
    price = f"{entry.currency or ''} {entry.price}".strip() if entry.price is not None else None
    facts = {
        "state": entry.state,
        "title": entry.title,
        "address": entry.url,
        "seller": entry.seller_name or entry.seller_key,
        "ships from": entry.ship_from,
        "price": price,
        "product group": entry.cluster,
        "question": entry.question,
        "policies": " ".join(entry.policies),
        "judged by": f"{entry.judged_by} people{', a third look' if entry.third_look else ''}",
        "mark": entry.mark,
        "own page": entry.own_page_sha256,
        "record": entry.own_page_pointer,
        "weeks seen": " ".join(entry.weeks),
    }
    say(entry.id)
    for term, text in facts.items():
        say(f"  {term:<14} {text or '–'}")
    for at, words in sorted(_timeline(entry)):
        say(f"  {at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB  {words}")


def _timeline(entry: Case) -> list[tuple[datetime, str]]:
    """When what happened, in words."""
    times = [(entry.first_seen, "first seen"), (entry.confirmed, "confirmed by two people")]
    lines = [(at, words) for at, words in times if at]
    for event in entry.events:
        details = ", ".join(filter(None, (event.claim, event.note, event.ref)))
        lines.append((event.at, f"{event.kind}{f': {details}' if details else ''}"))
    return lines


@case.command("report", epilog=example("case report shopee --draft"))
@click.argument("names", nargs=-1, required=True, metavar="PLATFORM|CASE...")
@lang_option()
@click.option("--pdf", is_flag=True, help="The letter as PDF (needs a Chromium).")
@click.option("--draft", is_flag=True, help="Enter nothing: only show what would be sent.")
@click.option(
    "--answer-by",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day by which an answer is asked for; 14 days from today if not given.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Another folder.")
def case_report(
    names: tuple[str, ...],
    lang: str | None,
    pdf: bool,
    draft: bool,
    answer_by: datetime | None,
    out: Path | None,
) -> None:
    """Report open cases to their platform: letter, list, date.

    PLATFORM is one with all its open cases. The letter is about the newest released edition. The
    date is entered once a case: a further letter names the day of the earlier one.
    """
    from monitor.operate.cases import case_of, known_cases, newest_release, report_cases

    if answer_by and answer_by.date() < datetime.now(UTC).date():
        raise click.BadParameter("is over", param_hint="'--answer-by'")
    config, registry, store = open_all(create=False)
    with store:
        findings = newest_release(store)
        cases = known_cases(config, registry, store)
        chosen: dict[str, set[str] | None] = {}
        for name in names:
            if name in registry.platforms:
                chosen[name] = None
                continue
            if not any(entry.id == name for entry in cases):
                platforms = ", ".join(registry.platforms)
                raise click.ClickException(
                    f"{name}: no such case (see: pantau case list), and no platform: {platforms}"
                )
            entry = case_of(cases, name)
            if not entry.is_open:
                raise click.ClickException(f"{name}: is {entry.state}, there is nothing to report")
            of_platform = chosen.setdefault(entry.platform, set())
            if of_platform is not None:
                of_platform.add(name)
        for platform, only in chosen.items():
            letter = report_cases(
                config,
                registry,
                store,
                findings,
                platform,
                only=only,
                folder=out,
                lang=lang,
                pdf=pdf,
                draft=draft,
                answer_by=answer_by.date() if answer_by else None,
            )
            for path in (letter.path, *letter.lists):
                say(path)
            entered = "a draft: no case" if draft else f"{len(letter.entered)} cases"
            say(
                f"{platform}: {entered} entered as reported,"
                f" {len(letter.named)} named of an earlier letter",
                err=True,
            )


def _enter(
    name: str,
    kind: CaseEventKind,
    option: str,
    note: str,
    claim: ReplyClaim | None = None,
) -> None:
    from monitor.operate.cases import enter
    from monitor.operate.replies import answerable_case, disputed_again

    if not note.strip():
        raise click.BadParameter("say it in words", param_hint=f"'{option}'")
    config, registry, store = open_all(create=False)
    with store:
        entry = answerable_case(config, registry, store, name)
        event = enter(config, registry, store, entry, kind, note.strip(), claim)
        weeks = disputed_again(store, entry) if claim is ReplyClaim.disputed else ()
    words = f"{event.kind}, {claim}" if claim else event.kind
    say(f"{name}: {words}, {event.at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB")
    for week in weeks:
        say(f"{week}: a third person looks at it again in the audit, without being told why")


@case.command("answer", epilog=example('case answer shopee-12345 --taken-down --note "on 3 May"'))
@click.argument("name", metavar="CASE")
@click.option("--note", required=True, help="What the platform says, in its words.")
@click.option("--taken-down", is_flag=True, help="It says that the offer is taken down.")
@click.option("--disputed", is_flag=True, help="It disputes the case: a third person looks again.")
def case_answer(name: str, note: str, taken_down: bool, disputed: bool) -> None:
    """Enter the platform's answer; only a page proves a take-down."""
    if taken_down and disputed:
        raise click.UsageError("--taken-down and --disputed exclude each other")
    claim = ReplyClaim.taken_down if taken_down else ReplyClaim.disputed if disputed else None
    _enter(name, CaseEventKind.answered, "--note", note, claim)


@case.command("close", epilog=example('case close shopee-12345 --reason "seller is in Bandung"'))
@click.argument("name", metavar="CASE")
@click.option("--reason", required=True, help="Why nothing more is to be done.")
def case_close(name: str, reason: str) -> None:
    """Close a case, with the reason; it stays in all lists."""
    _enter(name, CaseEventKind.closed, "--reason", reason)


@case.command("reopen", epilog=example('case reopen shopee-12345 --reason "it is back"'))
@click.argument("name", metavar="CASE")
@click.option("--reason", required=True, help="Why it was closed too early.")
def case_reopen(name: str, reason: str) -> None:
    """Open a closed case again, with the reason."""
    _enter(name, CaseEventKind.reopened, "--reason", reason)
