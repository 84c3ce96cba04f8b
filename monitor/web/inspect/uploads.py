"""Files that are handed in, streamed from the request to a folder that is removed afterwards."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.model import RobotsDecision, from_json
from monitor.web.inspect.lines import LARGEST_UPLOAD

MOST_SEGMENTS = 300
LONGEST_NAME = 80
LONGEST_FIELD = 4096
SCREENSHOT = "screenshot"
"""The field of the form that holds a picture; it is judged as no page."""
LARGEST_SCREENSHOT = 2**25
"""Bytes."""
TOO_LARGE = "inspect.too_large"


class FormFiles:
    """The files of one form, as its parts arrive; a file is never whole in memory.

    The form's fields come before its files. ``check_token`` is called with its token before the
    first file is written, and at the end of a form without one.
    """

    def __init__(self, folder: Path, check_token: Callable[[str], None]) -> None:
        self.files: list[tuple[str, Path]] = []
        self._screenshot: Path | None = None
        self._folder = folder
        self._check_token = check_token
        self._fields: dict[str, bytes] = defaultdict(bytes)
        self._segment: MultipartSegment | None = None
        self._open: BinaryIO | None = None

    def part(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """The head of a segment, a piece of it, or None for its end."""
        if isinstance(event, MultipartSegment):
            self._segment = event
            if event.filename:
                self._begin(event.name, event.filename)
        elif event is None:
            self.close()
        elif self._open:
            self._open.write(event)
        elif self._segment and len(self._fields[self._segment.name]) < LONGEST_FIELD:
            self._fields[self._segment.name] += event

    def _begin(self, field: str, filename: str) -> None:
        self.require_token()
        if field == SCREENSHOT:
            self._screenshot = self._folder / SCREENSHOT
            self._open = self._screenshot.open("wb")
            return
        name = filename.replace("\\", "/").rpartition("/")[2][-LONGEST_NAME:]
        # The end of a name says the format.
        plain = re.sub(r"[^A-Za-z0-9.-]+", "_", name)
        path = self._folder / f"{len(self.files)}-{plain}"
        self.files.append((name, path))
        self._open = path.open("wb")

    def require_token(self) -> None:
        """Refuse a form that is not of our pages."""
        self._check_token(self._fields["token"].decode("utf-8", "replace"))

    @property
    def is_logged_in(self) -> bool:
        """Whether the person says that the pages were shown to them in an account."""
        return bool(self._fields["logged_in"])

    @property
    def asked(self) -> str:
        """The id of the page that was asked for, where the form says it."""
        return self._fields["asked"].decode("utf-8", "replace")

    def robots(self) -> RobotsDecision | None:
        """What robots.txt said of the address; refuses (400) what is no such decision."""
        if not self._fields["robots"]:
            return None
        try:
            return from_json(bytes(self._fields["robots"]), RobotsDecision)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPException(400, "forged") from error

    def screenshot(self) -> bytes | None:
        """The picture of what was shown, None where there is none; refuses (413) a huge one."""
        if self._screenshot is None:
            return None
        if self._screenshot.stat().st_size > LARGEST_SCREENSHOT:
            raise HTTPException(413, TOO_LARGE)
        return self._screenshot.read_bytes()

    def close(self) -> None:
        """End the file that is being written, if one is."""
        if self._open:
            self._open.close()
        self._open = self._segment = None


async def receive_files(
    request: Request, folder: Path, check_token: Callable[[str], None]
) -> FormFiles:
    """A form with its files, which are written below ``folder``.

    Refuses a form that is larger than ``LARGEST_UPLOAD`` before it is read, and one that is not
    ours before anything is written.
    """
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST_UPLOAD:
        raise HTTPException(413, TOO_LARGE)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or "boundary" not in options:
        raise HTTPException(400, "forged")
    form = FormFiles(folder, check_token)
    try:
        with PushMultipartParser(
            options["boundary"],
            content_length=int(length),
            max_segment_size=LARGEST_UPLOAD,
            max_segment_count=MOST_SEGMENTS,
        ) as parser:
            async for chunk in request.stream():
                for event in parser.parse(chunk):
                    form.part(event)
    except MultipartError as error:
        raise HTTPException(400, "forged") from error
    finally:
        form.close()
    form.require_token()
    return form
