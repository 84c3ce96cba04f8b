"""Commands on the rules of a season: write, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.config import JAKARTA, PantauError, previous_week
from monitor.model import EditionKind, season_of

from .base import (
    example,
    fail_if,
    last_week,
    load_settings,
    open_all,
    require_begun,
    say,
    this_week,
    week_option,
)

if TYPE_CHECKING:
    from monitor.operate.protocol_files import FiledProtocol


class SeasonName(click.ParamType[str]):
    """A quarter of ISO weeks such as ``2026-Q4``."""

    name = "season"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The season as it was given; anything else is wrong usage."""
        from monitor.estimate.season import weeks_of

        try:
            weeks_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


def next_season() -> str:
    """The season of next week."""
    return season_of(previous_week(this_week(), -1))


@click.group(epilog=example("protocol write --season 2027-Q1"))
def protocol() -> None:
    """The rules of a season, written before its data are seen."""


@protocol.command("write", epilog=example("protocol write --season 2027-Q1 --pdf"))
@click.option(
    "--season", type=SeasonName(), default=next_season, help="Of which quarter; that of next week."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Another folder.")
@click.option("--pdf", is_flag=True, help="A PDF as well (needs a Chromium).")
@click.option("--budget", type=click.IntRange(min=0), help="Listings to label in a week; 300.")
@click.option("--deviation", metavar="REASON", help="Enter what differs now, with its reason.")
def protocol_write(
    season: str, out: Path | None, pdf: bool, budget: int | None, deviation: str | None
) -> None:
    """Write down what binds a season, once, and print where it is.

    The document (JSON, with a page in both languages) holds the lists of search words, weights,
    seeds, tolerances, floors, exclusions, the plan of labels and all versions. Its SHA-256 is the
    protocol's hash; an authority of [time_stamps] stamps it. Where it was written already and
    something differs, that is refused; with --deviation it is entered beside it with a reason. The
    document never changes.
    """
    from monitor.evidence.time_stamps import TimeStampError
    from monitor.operate.protocol import BUDGET, season_rules
    from monitor.operate.protocol_files import (
        change_lines,
        read_protocol,
        stamp_protocol,
        write_documents,
        write_protocol,
    )

    if deviation is not None and not deviation.strip():
        raise click.BadParameter("a reason is needed", param_hint="--deviation")
    config, registry = load_settings()
    before = read_protocol(config, season)
    if deviation and before is None:
        raise PantauError(f"{season}: no protocol was written that anything could depart from")
    if budget is None:
        # A budget that was written down or entered stands until another is asked for.
        budget = before.states()[-1]["labels.budget"] if before else BUDGET
    rules = season_rules(config, registry, season, budget)
    filed = write_protocol(config, season, rules, deviation.strip() if deviation else None)
    entered = filed.deviations[len(before.deviations) :] if before else ()
    failed = False
    try:
        filed = stamp_protocol(config, filed)
    except TimeStampError as error:
        say(str(error), err=True)
        failed = True
    say(filed.path)
    _say_what_it_is(filed)
    for change in entered:
        say(f"deviation entered, {len(change.changes)} rules differ:")
        for line in change_lines(change.changes):
            say(f"  {line}")
    if deviation and not entered:
        say(f"{season}: nothing differs, so no deviation was entered", err=True)
    for page in write_documents(filed, out or filed.path.parent, pdf=pdf):
        say(page)
    fail_if(failed)


def _say_what_it_is(filed: FiledProtocol) -> None:
    """Print a protocol's hash, its time, and who witnesses that."""
    written = filed.protocol.written_at.astimezone(JAKARTA)
    late = ", after its season had begun" if filed.protocol.written_after_start else ""
    say(f"SHA-256 {filed.sha256}")
    say(f"written {written:%Y-%m-%d %H:%M} WIB{late}; {len(filed.deviations)} deviations since")
    if filed.stamped_at:
        say(f"existed at {filed.stamped_at:%Y-%m-%d %H:%M:%S} UTC, by its time stamp")
    else:
        say("nobody else witnesses its time: no authority of [time_stamps] has stamped it")


@protocol.command("check", epilog=example("protocol check --week 2026-W47 --edition final"))
@week_option(last_week, "Week of the edition; the last complete one if not given.")
@click.option(
    "--edition",
    type=click.Choice([kind.value for kind in EditionKind]),
    help="Which one; if not given: the newest released one, else the newest.",
)
def protocol_check(week: str, edition: str | None) -> None:
    """Hold an edition against its season's protocol.

    Prints each rule in which it differs, those that a deviation explains apart from the others, and
    ends with 1 where no deviation explains one, or no protocol was written. Compared are versions,
    seed, policies, tolerances, search words and label budget of the edition and, while the season
    lasts, the program and configuration as they are now. What could not be compared is named.
    """
    from monitor.operate.editions import stored_edition
    from monitor.operate.protocol_check import hold_edition
    from monitor.operate.protocol_files import change_lines, read_protocol

    require_begun(week)
    season = season_of(week)
    config, registry, store = open_all()
    with store:
        filed = read_protocol(config, season)
        if filed is None:
            raise PantauError(
                f"{season}: no protocol was written, so {week} is bound by none; write one with:"
                f" pantau protocol write --season {season}"
            )
        findings = stored_edition(store, week, EditionKind(edition) if edition else None)
        held = hold_edition(config, registry, store, filed, findings)
    say(f"{week}: the {findings.edition} edition, and the protocol of {season}")
    _say_what_it_is(filed)
    for line in held.not_compared:
        say(f"not compared: {line}", err=True)
    for line in change_lines(held.explained):
        say(f"explained by a deviation: {line}")
    for line in change_lines(held.unexplained):
        say(line, err=True)
    bound_by = findings.protocol.sha256 if findings.protocol else None
    if bound_by and bound_by != filed.sha256:
        raise PantauError(
            f"{filed.path}: is not the document that the edition names (SHA-256 {bound_by}); put"
            " that one back"
        )
    if held.unexplained:
        raise PantauError(f"{len(held.unexplained)} rules differ and no deviation explains them")
    say("it keeps to the protocol and its deviations")
