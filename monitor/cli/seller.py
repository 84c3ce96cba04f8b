"""Commands on what is held of a seller: ``pantau seller``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .base import example, load_settings, open_store, say, this_week, week_option

if TYPE_CHECKING:
    from monitor.registry import Registry


@click.group(epilog=example("seller show lazada/1000123"))
def seller() -> None:
    """What is held of a seller (UU 27/2022)."""


@seller.command("show", epilog=example("seller show lazada/1000123 --json"))
@click.argument("name", metavar="PLATFORM/ID")
@click.option("--json", "as_json", is_flag=True, help="All of it: every offer and page, as JSON.")
def seller_show(name: str, as_json: bool) -> None:
    """Show what is stored of a seller.

    The answer to a seller who asks (docs/privacy.md). ID is the platform's id of the seller; where
    it shows none, the name as it shows it. PLATFORM may be written in capitals. It counts what is
    stored, and names the editions that list an offer. Ends with 1 where nothing is held.
    """
    from monitor.model import to_json
    from monitor.operate.erasure_plan import unknown_seller
    from monitor.operate.sellers import answer_seller

    platform, seller_id = _seller(name)
    config, registry = load_settings()
    with open_store(config, create=False) as store:
        answer = answer_seller(store, platform, seller_id)
    if answer is None:
        _require_platform(registry, platform, name)
        with open_store(config, create=False) as store:
            raise click.ClickException(unknown_seller(store, platform, seller_id))
    for line in [to_json(answer).decode()] if as_json else answer.lines:
        say(line)


@seller.command(
    "erase",
    epilog=example(
        'seller erase lazada/1000123 --by "name and office" --reason "request 14/2026"'
        ' --basis "article 15 (1) c" --yes'
    ),
)
@click.argument("name", metavar="PLATFORM/ID")
@click.option("--by", help="Who orders it: a name and an office.")
@click.option("--reason", help="Why: the request, by its number or day.")
@click.option("--basis", help="The legal basis on which pages with other sellers are kept.")
@click.option("--yes", is_flag=True, help="Do it; without it, say only what would go.")
def seller_erase(
    name: str, by: str | None, reason: str | None, basis: str | None, yes: bool
) -> None:
    """Erase a seller from this home (docs/privacy.md).

    A pseudonym takes the place of id and name in the database, editions and their documents; pages
    that show the seller alone leave the evidence, with a record of who ordered it and why. Pages
    with other sellers stay, sealed, on the basis that you name, and are handed to nobody. What
    cannot be undone is done with --yes only. Interrupted, the same command goes on. Stop the daemon
    and crawls first. Ends with 1 where nothing is held, and where a case stands on an offer.
    """
    from monitor.operate.erasure import ErasureOrder, erase_seller
    from monitor.operate.erasure_plan import backup_lines, plan_erasure

    platform, seller_id = _seller(name)
    if yes and not (by and by.strip() and reason and reason.strip()):
        raise click.UsageError("--yes goes with --by and --reason, which the record names")
    config, registry = load_settings()
    _require_platform(registry, platform, name)
    with open_store(config, create=False) as store:
        plan = plan_erasure(config, registry, store, platform, seller_id)
        if not yes:
            for line in plan.lines():
                say(line)
            if plan.standing:
                raise click.ClickException(plan.standing)
            say("nothing was changed; it is done with --yes")
            return
        if basis is not None and not basis.strip():
            raise click.BadParameter("name the legal basis in words", param_hint="'--basis'")
        order = ErasureOrder(by=by or "", reason=reason or "", basis=basis)
        say("erasing; it takes minutes where editions are made again", err=True)
        try:
            entry = erase_seller(
                config, registry, store, plan, order, lambda line: say(line, err=True)
            )
        except KeyboardInterrupt as error:
            raise click.ClickException(
                "interrupted, perhaps half-way; run the same command again, it goes on from there"
            ) from error
    say(f"erased; from now on {platform}/{entry.pseudonym}")
    for line in backup_lines(plan.backups):
        say(line)


@seller.command("prune", epilog=example("seller prune --older-than 104 --dry-run"))
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="WEEKS",
    help="Weeks to keep; retention.seller_weeks of pantau.toml if not given.",
)
@week_option(this_week, "Week to count back from; the current one if not given.")
@click.option("--dry-run", is_flag=True, help="Say how many it would be.")
def seller_prune(older_than: int | None, week: str, dry_run: bool) -> None:
    """Put pseudonyms in the place of sellers past their limit.

    Sellers that no page showed for so many weeks, and on whom nothing rests: no offer of theirs was
    ever taken for a foreign seller's, drawn, labelled, visited or made a case. Counts by seller
    stay as they are.
    """
    from monitor.config import previous_week
    from monitor.operate.retention import forget_sellers
    from monitor.operate.run_log import recorded

    config, _ = load_settings()
    keep_weeks = older_than or config.retention.seller_weeks
    if keep_weeks is None:
        raise click.UsageError(
            "nothing says how long to keep: give --older-than WEEKS, or seller_weeks in"
            " [retention] of pantau.toml"
        )
    with open_store(config, create=False) as store:
        if dry_run:
            due = store.seller_retention.due(previous_week(week, keep_weeks))
            say(f"{len(due)} sellers would become pseudonyms")
            return
        with recorded(store, "seller_prune", store.origin, week=week) as run:
            sellers, contents = forget_sellers(store, week, keep_weeks, config.now())
            run.counts |= {"sellers": sellers, "contents": contents}
    say(f"{sellers} sellers became pseudonyms, in {contents} contents of offers")


def _seller(name: str) -> tuple[str, str]:
    """Platform and id of a seller as a person names it."""
    platform, slash, seller_id = name.partition("/")
    if not (slash and seller_id):
        raise click.UsageError("name a seller as PLATFORM/ID, such as lazada/1000123")
    return platform.lower(), seller_id


def _require_platform(registry: Registry, platform: str, name: str) -> None:
    """Refuse, as wrong usage, a platform that the registry does not have."""
    if platform not in registry.platforms:
        platforms = ", ".join(registry.platforms)
        raise click.UsageError(f"{name}: no such platform; there are {platforms}")
