"""Commands of the first week with a platform: the checklist, bundle, sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import example, lang_option, load_settings, open_all, say

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.registry import Registry
    from monitor.store import Store


class PilotGroup(click.Group):
    """A group whose first word may be a platform: then it is the checklist of that platform."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word, else that of the checklist with all words."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["week", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=PilotGroup, epilog=example("pilot lazada"))
def pilot() -> None:
    """The first week with a platform, step by step.

    `pantau pilot PLATFORM` begins it or goes on with it.
    """


def _require_platform(platform: str) -> None:
    """Wrong usage where it is none of the registry; no store is made before."""
    _, registry = load_settings()
    if platform not in registry.platforms:
        raise click.BadParameter(
            f"no such platform or command: {platform}; platforms: {', '.join(registry.platforms)}; "
            f"commands: {', '.join(sorted(pilot.commands))}",
            param_hint="PLATFORM",
        )
    if (closed_on := registry.platforms[platform].closed_on) is not None:
        raise click.BadParameter(
            f"{platform} closed on {closed_on}; there is nothing to begin", param_hint="PLATFORM"
        )


@pilot.command("week", epilog=example("pilot week lazada --lang id"))
@click.argument("platform")
@lang_option()
def pilot_week_command(platform: str, lang: str | None) -> None:
    """Show how far the first week of PLATFORM is, and what comes next.

    Each step is held against configuration, run log and store. The same stands on a page in both
    languages, whose place comes last.
    """
    _require_platform(platform)
    config, registry, store = open_all()
    with store:
        _show(config, registry, store, platform, lang)


def _show(
    config: Config, registry: Registry, store: Store, platform: str, lang: str | None
) -> None:
    from monitor.operate.pilot import page_in, pilot_text, pilot_week, write_pilot

    week = pilot_week(config, registry, store, platform)
    for line in pilot_text(week, lang or config.language):
        say(line)
    say(page_in(write_pilot(config, week), lang or config.language))


@pilot.command("bundle", epilog=example("pilot bundle lazada"))
@click.argument("platform")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Another file.")
@lang_option()
def pilot_bundle(platform: str, out: Path | None, lang: str | None) -> None:
    """Pack what helps the project, without personal data.

    These are the pages of the newest live check and one page for each outcome of the week's crawl,
    with invented sellers, and what was other than believed. It ends with 1, and packs nothing,
    where a name is left.
    """
    from monitor.operate.pilot_bundle import bundle_text, newest_check, write_bundle

    _require_platform(platform)
    newest_check(load_settings()[0], platform)
    config, _, store = open_all()
    with store:
        bundle = write_bundle(config, store, platform, out)
    for name in bundle.pages:
        say(f"  {name}")
    for line in bundle_text(bundle, lang or config.language):
        say(line)
    say(bundle.path)


@pilot.command("sent", epilog=example('pilot sent lazada --note "bundle to the project, by mail"'))
@click.argument("platform")
@click.option("--note", required=True, help="What was sent, and to whom.")
@lang_option()
def pilot_sent(platform: str, note: str, lang: str | None) -> None:
    """Enter what was sent to whom; it stands on the page."""
    from monitor.model import PilotStep
    from monitor.operate.pilot import note_step

    if not note.strip():
        raise click.BadParameter("say it in words", param_hint="'--note'")
    _require_platform(platform)
    config, registry, store = open_all()
    with store:
        note_step(config, registry, platform, PilotStep.sent, note.strip())
        _show(config, registry, store, platform, lang)
