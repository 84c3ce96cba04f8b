"""Chromium: pages as they print, with running heads and page numbers, and cards as pictures."""

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
CARD_WIDTH = 1080
"""Pixels; a card is shown in messengers on telephones."""
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
    """Print an HTML file to PDF, offline and without script; raises ``ReportError``."""
    write_prints({path: page}, environ)
    return path


def write_prints(pages: Mapping[Path, Path], environ: Mapping[str, str] = os.environ) -> None:
    """Write HTML files as PDF, or, where the path ends in ``.png``, as a card of ``CARD_WIDTH``.

    ``pages`` gives the HTML file of each path. Nothing is fetched and no script runs. It works in a
    thread of its own, for Playwright's plain interface refuses to start where the caller already
    runs an event loop. Raises ``ReportError`` where no Chromium starts.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        worker.submit(_print, pages, environ).result()


def _print(pages: Mapping[Path, Path], environ: Mapping[str, str]) -> None:
    """Print in a Chromium of its own, without network and script."""
    with browser(environ) as chromium:
        context = chromium.new_context(
            offline=True,
            java_script_enabled=False,
            viewport={"width": CARD_WIDTH // 2, "height": CARD_WIDTH // 2},
            device_scale_factor=2,
        )
        tab = context.new_page()
        for path, page in pages.items():
            tab.goto(page.absolute().as_uri())
            if path.suffix == ".png":
                tab.locator("#card").screenshot(path=path)
                continue
            tab.pdf(
                path=path,
                prefer_css_page_size=True,
                print_background=True,
                tagged=True,
                outline=True,
            )
