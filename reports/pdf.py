"""PDF through Chromium: the page as it prints, with its running heads and page numbers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from .messages import ReportError

FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")


def chromium_candidates(environ: Mapping[str, str] = os.environ) -> list[Path | None]:
    """Where a Chromium may be: ``PANTAU_CHROMIUM``, Playwright's own (None), the system's."""
    if named := environ.get("PANTAU_CHROMIUM"):
        return [Path(named)]
    return [None, *(Path(path) for name in _NAMES if (path := shutil.which(name)))]


def flags() -> list[str]:
    """Chromium's sandbox stays on, but for root, who cannot have it."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, "--no-sandbox"] if root else list(FLAGS)


@contextmanager
def browser(environ: Mapping[str, str] = os.environ) -> Iterator[Browser]:
    """A headless Chromium; raises ``ReportError`` where none starts."""
    candidates = chromium_candidates(environ)
    with sync_playwright() as playwright, _launch(playwright, candidates) as launched:
        yield launched


def _launch(playwright: Playwright, candidates: list[Path | None]) -> Browser:
    """The first candidate that starts; raises ``ReportError`` where none does."""
    for candidate in candidates:
        try:
            return playwright.chromium.launch(executable_path=candidate, args=flags())
        except Error:
            continue
    raise ReportError(
        "no PDF: no Chromium starts here; run: playwright install chromium, or set PANTAU_CHROMIUM"
    )


def write_pdf(page: Path, path: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Print an HTML file to PDF, offline and without script; raises ``ReportError``.

    It runs in a thread of its own, for Playwright's plain interface refuses to start where the
    caller already runs an event loop.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(_print, page, path, environ).result()


def _print(page: Path, path: Path, environ: Mapping[str, str]) -> Path:
    """Print in a Chromium of its own, without network and script; returns ``path``."""
    with browser(environ) as chromium:
        context = chromium.new_context(offline=True, java_script_enabled=False)
        tab = context.new_page()
        tab.goto(page.absolute().as_uri())
        tab.pdf(
            path=path, prefer_css_page_size=True, print_background=True, tagged=True, outline=True
        )
    return path
