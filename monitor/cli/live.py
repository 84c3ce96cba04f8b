"""The live check of ``pantau doctor --live``: contact and consent first, then what it says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .base import agrees, fail_if, load_settings, say

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.registry import Platform


def run_live_check(
    platform_id: str, *, words: str | None, as_json: bool, consented: bool, lang: str | None
) -> None:
    """Ask for contact and consent, check the platform, print what came; 1 where it contradicts."""
    from monitor.model import to_json
    from monitor.operate.live_check import check_live
    from monitor.operate.live_words import told_lines

    config, registry = load_settings()
    if platform_id not in registry.platforms:
        raise click.BadParameter(
            f"no such platform; there are {', '.join(registry.platforms)}", param_hint="'--live'"
        )
    platform = registry.platforms[platform_id]
    if platform.closed_on is not None:
        raise click.BadParameter(
            f"{platform.name} closed on {platform.closed_on}; there is nothing to ask it",
            param_hint="'--live'",
        )
    if not config.demo_url:
        config = _ask(config, platform, lang or config.language, consented=consented)
    check = check_live(config, registry, platform_id, words)
    if as_json:
        say(to_json(check).decode())
    else:
        for line in told_lines(check, platform.name, lang or config.language, config.language):
            say(line)
    fail_if(check.failed)


def _ask(config: Config, platform: Platform, lang: str, *, consented: bool) -> Config:
    """The configuration with a contact, once the person at the terminal agreed.

    Without a terminal both must be there: the contact in ``pantau.toml``, the consent as ``--yes``.
    """
    from monitor.operate.live_check import consent_text, consent_word, record_contact

    has_terminal = sys.stdin.isatty()
    if not config.contact and has_terminal:
        say(consent_word(config, "who", lang), err=True)
        config = record_contact(config, mail_address(config, lang))
        say(consent_word(config, "written", lang), err=True)
    if consented:
        return config
    if not has_terminal:
        raise click.UsageError("nobody is there to agree; give --yes, or run it in a terminal")
    for line in consent_text(config, platform, lang):
        say(line, err=True)
    if not agrees(consent_word(config, "ask", lang)):
        say(consent_word(config, "not_asked", lang), err=True)
        fail_if(True)
    return config


def mail_address(config: Config, lang: str) -> str:
    """A mail address that was typed, asked for until it is one."""
    from monitor.operate.live_check import consent_word, is_mail_address

    address = ""
    while not is_mail_address(address):
        if address:
            say(consent_word(config, "no_address", lang), err=True)
        question = consent_word(config, "contact", lang)
        address = str(click.prompt(question, err=True)).strip()
    return address
