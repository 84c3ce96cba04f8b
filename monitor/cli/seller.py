"""Commands on what is held of a seller: ``pantau seller``."""

from __future__ import annotations

import click

from monitor.config import load_config

from .base import example, say


@click.group(epilog=example("seller show lazada/1000123"))
def seller() -> None:
    """What is held of a seller (UU 27/2022)."""


@seller.command("show", epilog=example("seller show lazada/1000123 --json"))
@click.argument("name", metavar="PLATFORM/ID")
@click.option("--json", "as_json", is_flag=True, help="All of it: every offer and page, as JSON.")
def seller_show(name: str, as_json: bool) -> None:
    """Show what is stored of a seller.

    The answer to a seller who asks (docs/privacy.md). ID is the platform's id of the seller; where
    it shows none, the name as it shows it. It counts what is stored, and names the editions that
    list an offer. Ends with 1 where nothing is held.
    """
    from monitor.model import to_json
    from monitor.operate.sellers import answer_seller
    from monitor.store import Store

    platform, slash, seller_id = name.partition("/")
    if not (slash and seller_id):
        raise click.UsageError("name a seller as PLATFORM/ID, such as lazada/1000123")
    with Store.of_home(load_config(), create=False) as store:
        answer = answer_seller(store, platform, seller_id)
    if answer is None:
        raise click.ClickException(f"{name}: nothing is stored under this id or name")
    for line in [to_json(answer).decode()] if as_json else answer.lines:
        say(line)
