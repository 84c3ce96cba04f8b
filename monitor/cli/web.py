"""Commands of the web application: serve, invite, inspect."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import click

from .base import example, lang_option, load_settings, open_all, say

if TYPE_CHECKING:
    from monitor.model import Role

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ROLES = ("annotator", "inspector", "reader")
Command = Callable[..., None]


def serve_options(command: Command) -> Command:
    """The options of every command that serves pages."""
    for option in reversed(
        (
            click.option(
                "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
            ),
            click.option(
                "--port",
                default=8765,
                show_default=True,
                type=click.IntRange(1, 65535),
                help="Its port.",
            ),
            click.option(
                "--name", "names", multiple=True, help="A further host name to answer to."
            ),
            lang_option(),
            click.option("--secure", is_flag=True, help="Behind HTTPS: cookies over HTTPS only."),
        )
    ):
        command = option(command)
    return command


def serve_rooms(
    roles: Collection[Role],
    week: str | None,
    purpose: str,
    *,
    lang: str | None,
    secure: bool,
    **settings: Any,
) -> None:
    """Serve the rooms of some roles until interrupted; ``purpose`` is said beside the address."""
    from monitor.operate.pages import site_of_home
    from monitor.web import serve as serve_site

    if settings["host"] not in LOOPBACK and not secure:
        say(
            f"{settings['host']}: personal links and answers go over the network unencrypted; put "
            "a proxy with HTTPS in front, and give --secure",
            err=True,
        )
    config, registry, store = open_all()
    with store:
        site = site_of_home(config, registry, store, roles, week=week, language=lang, secure=secure)
        serve_site(site, when_open=lambda address: say(f"{address} {purpose}"), **settings)


@click.command(epilog=example("serve --name pantau.ministry.example --secure"))
@serve_options
def serve(**settings: Any) -> None:
    """Serve all rooms on one address until interrupted.

    These are the labels of the last complete week, the inspection desk of this week and the
    editions to read, each open to whoever
    was invited to it.
    """
    from monitor.model import Role

    serve_rooms(
        tuple(Role), None, "opens all rooms (personal links: pantau invite NAME)", **settings
    )


@click.command(epilog=example('invite "Sari W." --role reader'))
@click.argument("name", required=False)
@click.option("--role", type=click.Choice(ROLES), help="The room that the link opens.")
@click.option("--address", help="Where the pages are served, if not on this machine.")
@click.option("--list", "listed", is_flag=True, help="List everybody and their roles.")
@click.option("--revoke", is_flag=True, help="End the role; without --role, all roles of NAME.")
def invite(
    name: str | None, role: str | None, address: str | None, listed: bool, revoke: bool
) -> None:
    """Print the personal link of NAME, which opens one more room.

    A person has one link for all their rooms; an earlier link ends. What they did stays.
    """
    from monitor.config import JAKARTA
    from monitor.model import Role
    from monitor.web import ADDRESS
    from monitor.web import invite as invite_person
    from monitor.web import revoke as revoke_roles

    if listed == bool(name) or (listed and (role or revoke)):
        raise click.UsageError("give a NAME, or --list alone")
    if not (listed or revoke or role):
        raise click.UsageError(f"give --role: {', '.join(ROLES)}")
    _, _, store = open_all(create=not (listed or revoke))
    with store:
        if name and revoke:
            revoke_roles(store, name, [Role(role)] if role else tuple(Role))
            say(f"{name} is no longer {role}" if role else f"The link of {name} has ended")
        elif name and role:
            say(invite_person(store, name, address or ADDRESS, Role(role)))
        people = store.annotators.people()
    if listed:
        for person in people:
            numbered = sorted(person.roles.items())
            numbers = ", ".join(f"{role_name} {number}" for role_name, number in numbered)
            invited_at = f"{person.invited_at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"
            say(f"{person.name}: {numbers or 'link has ended'}, invited {invited_at}")
    elif not revoke:
        [opened] = (
            sorted(person.roles) for person in people if person.name == " ".join(str(name).split())
        )
        say(f"It opens: {', '.join(opened)}", err=True)


@click.group(epilog=example("inspect serve"))
def inspect() -> None:
    """The inspection desk: pages that only a person is shown."""


@inspect.command("serve", epilog=example("inspect serve --port 8766"))
@serve_options
def inspect_serve(**settings: Any) -> None:
    """Serve the inspection desk alone until interrupted.

    Inspectors see this week's worklist there and hand in what they saved.
    """
    from monitor.model import Role

    purpose = "is the inspection desk (personal links: pantau invite NAME --role inspector)"
    serve_rooms([Role.inspector], None, purpose, **settings)


@inspect.command("browse", epilog=example('inspect browse shopee --name "Sari W."'))
@click.argument("platform")
@click.option("--name", help="The inspector, as invited to this home.")
@click.option(
    "--link",
    envvar="PANTAU_LINK",
    metavar="https://ADDRESS/m/SECRET",
    help="Your personal link: pages go to the desk of that server. Or set PANTAU_LINK, which other"
    " people on this machine cannot see.",
)
@click.option("--to", metavar="URL", help="The server's address, if the link names another.")
@click.option("--logged-in", is_flag=True, help="You are logged in there: said of each page.")
@lang_option()
def inspect_browse(
    platform: str,
    name: str | None,
    link: str | None,
    to: str | None,
    logged_in: bool,
    lang: str | None,
) -> None:
    """Work off PLATFORM's pages in a window of your own, key by key.

    Each page is opened and taken by a key that you press here, and none ahead of it. With --link
    the worklist is that of a server, and no store is needed here.
    """
    from monitor.operate.browse import browse, browse_for

    if bool(name) == bool(link):
        raise click.UsageError(
            "give one of --name (of this home) and --link (of a server's desk; PANTAU_LINK counts)"
        )
    if to and not link:
        raise click.UsageError("--to: needs --link")
    if link:
        config, registry = load_settings()
        browse_for(
            config,
            registry,
            link,
            platform,
            address=to,
            language=lang or config.language,
            logged_in=logged_in,
            say=say,
        )
        return
    assert name
    config, registry, store = open_all()
    with store:
        browse(
            config,
            registry,
            store,
            platform,
            name,
            language=lang or config.language,
            logged_in=logged_in,
            say=say,
        )
