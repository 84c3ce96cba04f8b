"""Which Chromium to drive, and how it is started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)

OFFLINE = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://nowhere.invalid:80",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name in older versions
)
"""A browser that reaches no host: what it shows is handed to it."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """``PANTAU_CHROMIUM``, the system's Chromium, or Playwright's own; None where there is none."""
    if path := environ.get("PANTAU_CHROMIUM"):
        return path if Path(path).exists() else None
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) and not Path(path).resolve().is_relative_to("/snap"):
            return path  # one below /snap is a stub that never starts
    cache = Path(environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    downloads = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(downloads[-1]) if downloads else None


def launch_options(path: str, *, pictures: bool = True) -> dict[str, Any]:
    """Options for Playwright's ``launch``: headless, without services of the browser's maker."""
    arguments = list(ARGUMENTS)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    if not pictures:
        arguments.append("--blink-settings=imagesEnabled=false")
    return {"executable_path": path, "headless": True, "args": arguments}
