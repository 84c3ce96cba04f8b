"""The inspection desk of a server, for an inspector whose browser runs on another machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from monitor.config import PantauError
from monitor.model import AskedPage, JudgedFiles, RobotsDecision, UnitState, to_json

_SECONDS = 120
"""How long an answer may take: a file is judged before it comes."""
_ACTS = {UnitState.blocked: "refused", UnitState.empty: "empty"}


class _Next(msgspec.Struct):
    """What the desk answers to the question what is next."""

    token: str
    pages: tuple[AskedPage, ...]


class RemoteWorklist:
    """A platform's pages at the desk of a server, which is entered by a personal ``link``.

    ``address`` is the server's where the link names another. Every method raises ``PantauError``
    where the server cannot be reached or refuses; no message holds the link, which is a secret.
    """

    def __init__(self, link: str, platform: str, language: str, address: str | None = None) -> None:
        parts = urlsplit(link)
        if parts.scheme not in {"http", "https"} or not parts.path.startswith("/m/"):
            raise PantauError(
                "--link: is no personal link; it looks like https://ADDRESS/m/SECRET and is "
                "printed by: pantau invite NAME --role inspector --address https://ADDRESS"
            )
        self._address = (address or f"{parts.scheme}://{parts.netloc}").rstrip("/")
        if not self._address.startswith(("http://", "https://")):
            raise PantauError(f"--to: {address} is no address; it looks like https://ADDRESS")
        self._asking = {"platform": platform, "lang": language}
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        self._token = ""
        # A session lasts for a sitting, unless the server is started anew.
        self._ask("GET", parts.path)
        self.pages()

    def pages(self) -> tuple[AskedPage, ...]:
        """The next unit, from now on this inspector's; all own pages where no unit is open."""
        answer = self._ask("GET", "/inspect/next")
        try:
            found = msgspec.json.decode(answer.content, type=_Next)
        except msgspec.DecodeError as error:
            raise PantauError(
                f"{self._address}: answers otherwise than a desk of this version: {error}"
            ) from error
        self._token = found.token
        return found.pages

    def take(
        self,
        asked_id: str,
        files: Sequence[tuple[str, Path]],
        *,
        logged_in: bool | None = None,
        robots: RobotsDecision | None = None,
        screenshot: bytes | None = None,
    ) -> JudgedFiles:
        """Hand in files by their names; the options are those of the desk."""
        fields = {"token": self._token, "asked": asked_id}
        if logged_in:
            fields["logged_in"] = "yes"
        if robots:
            fields["robots"] = to_json(robots).decode()
        parts = [("files", (name, path.read_bytes())) for name, path in files]
        if screenshot:
            parts.append(("screenshot", ("screenshot.png", screenshot)))
        answer = self._ask("POST", "/inspect/files", data=fields, files=parts)
        return msgspec.json.decode(answer.content, type=JudgedFiles)

    def enter(self, unit_id: str, state: UnitState) -> None:
        """Enter what was met without a page."""
        self._act(unit_id, _ACTS[state])

    def put_off(self, unit_id: str) -> None:
        """Put a unit at the end of the worklist."""
        self._act(unit_id, "skip")

    def _act(self, unit_id: str, act: str) -> None:
        fields = {"token": self._token, "unit": unit_id, "act": act}
        self._ask("POST", "/inspect/enter", data=fields)

    def _ask(self, method: str, path: str, **sent: Any) -> requests.Response:
        """The answer of the desk, which is none of its refusals."""
        try:
            answer = self._session.request(
                method, self._address + path, params=self._asking, timeout=_SECONDS,
                allow_redirects=False, **sent,
            )  # fmt: skip
        except requests.RequestException as error:
            reason = "no answer in time" if isinstance(error, requests.Timeout) else "no answer"
            if isinstance(error, requests.exceptions.SSLError):
                reason = "its certificate is not trusted"
            raise PantauError(f"{self._address}: cannot be reached: {reason}") from error
        if answer.status_code >= 400:
            raise PantauError(f"{self._address}: {_refusal(answer)}")
        return answer


def _refusal(answer: requests.Response) -> str:
    """Why a desk refuses, in its own words where it says them."""
    try:
        reason = answer.json()["reason"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return f"answers {answer.status_code} and is no desk of this version"
    return str(reason)
