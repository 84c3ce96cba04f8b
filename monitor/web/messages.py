"""The messages of the pages in Indonesian and English."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from functools import cache
from importlib.resources import files

from babel.dates import format_timedelta

LANGUAGES = ("id", "en")


class PageMessages:
    """Messages of one language by dotted key; a missing key raises ``KeyError``."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._messages = load_messages()[self.language]

    def __getitem__(self, key: str) -> str:
        return self._messages[key]

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def __call__(self, key: str, **fields: object) -> str:
        return self._messages[key].format(**fields)


@cache
def load_messages() -> dict[str, dict[str, str]]:
    """The messages of each language by dotted key."""
    text = files("monitor.web").joinpath("messages.toml").read_text(encoding="utf-8")
    messages: dict[str, dict[str, str]] = {}
    for language, table in tomllib.loads(text).items():
        flat = messages[language] = {}
        for key, message in table.items():
            parts = message.items() if isinstance(message, dict) else [("", message)]
            flat |= {f"{key}.{part}".rstrip("."): text for part, text in parts}
    return messages


def duration(messages: PageMessages, seconds: float) -> str:
    """A time in words, in whole minutes or hours: ``12 menit``."""
    length = timedelta(minutes=max(1, round(seconds / 60)))
    return format_timedelta(length, "minute", threshold=2, locale=messages.language)
