"""Screenshots of flagged listings and their thumbnails, for a report to stand beside."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from monitor.model import Findings

THUMBNAIL = (320, 240)
"""Pixels; the top of the page is shown, where the offer stands."""


def gather(findings: Findings, evidence: Path, folder: Path) -> None:
    """Copy the week's screenshots from ``evidence`` into ``folder``, each with its thumbnail.

    One that is missing or no picture is left out; the report then names none.
    """
    for entry in findings.listings:
        if not entry.screenshot or not entry.thumbnail:
            continue
        source = evidence / findings.week / entry.screenshot
        try:
            with Image.open(source) as picture:
                width, height = picture.size
                top = picture.crop((0, 0, width, min(height, width * 3 // 4))).convert("RGB")
        except (FileNotFoundError, UnidentifiedImageError):
            continue
        top.thumbnail(THUMBNAIL)
        top.save(folder / entry.thumbnail, quality=80)
        shutil.copyfile(source, folder / entry.screenshot)
