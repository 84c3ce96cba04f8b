"""Commands on what is held of a seller: ``pantau seller``."""

from __future__ import annotations

import click

from .base import example, load_settings, open_store, say


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
    from monitor.operate.sellers import answer_seller

    platform, slash, seller_id = name.partition("/")
    if not (slash and seller_id):
        raise click.UsageError("name a seller as PLATFORM/ID, such as lazada/1000123")
    platform = platform.lower()
    config, registry = load_settings()
    with open_store(config, create=False) as store:
        answer = answer_seller(store, platform, seller_id)
    if answer is None and platform not in registry.platforms:
        platforms = ", ".join(registry.platforms)
        raise click.UsageError(f"{name}: no such platform; there are {platforms}")
    if answer is None:
        raise click.ClickException(f"{name}: nothing is stored under this id or name")
    for line in [to_json(answer).decode()] if as_json else answer.lines:
        say(line)
