"""The effective settings, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from monitor.config import Config

UNPROVEN_PICTURES = "offers' pictures (crawl.picture_hashes)"
"""What no capture shows: how the hosts of pictures answer."""


def masked_settings(config: Config) -> Iterator[str]:
    """``key = value`` for every setting, in the order of ``Config``; secrets as ``***``."""
    for key, setting in msgspec.to_builtins(config, enc_hook=str).items():
        if key in {"own_hosts", "stand_in", "is_worker"}:
            continue
        if isinstance(setting, dict):
            for inner_key, inner_setting in setting.items():
                yield f"{key}.{inner_key} = {inner_setting}"
        elif key in {"notify_to", "handover_to"}:
            yield f"{key} = {['***'] * len(setting)}"
        elif key == "ping" and setting:
            yield f"{key} = ***"
        elif key == "database_url":
            yield f"{key} = {_without_password(setting)}"
        elif setting is not None:
            yield f"{key} = {setting}"
        elif key not in {"simulated_now", "ping"}:
            yield f"{key} is not set"


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not at:
        return url
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}:***@{host}"
