"""Personal links: a secret in the address, its hash in the store, no accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

from monitor.config import PantauError
from monitor.store import Store

ADDRESS = "http://127.0.0.1:8765"
LONGEST_NAME = 60
SESSION_SECONDS = 12 * 60 * 60


class AuditError(PantauError):
    """Something about the audit that a person can mend; the message says what."""


def invite(store: Store, name: str, address: str = ADDRESS) -> str:
    """The personal link of an annotator; a second invitation makes the first link useless.

    Only the link holds the secret (192 random bits); the store keeps its SHA-256. Another spelling
    of a name that was invited is refused: a positive needs two people, and they are told apart by
    their names alone.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AuditError(f"name: {name!r} must be 1 to {LONGEST_NAME} printable characters")
    for other in (annotator.name for annotator in store.annotators.all()):
        if other != name and _letters(other) == _letters(name):
            raise AuditError(
                f"name: {other!r} is invited already, and one person must not count as two; "
                f"run: pantau audit invite {other!r}, or tell the two people apart by their names"
            )
    secret = secrets.token_urlsafe(24)
    store.annotators.invite(name, digest(secret), datetime.now(UTC))
    return f"{address.rstrip('/')}/m/{secret}"


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if char.isalnum())


def annotator_of(store: Store, secret: str | None) -> str | None:
    """Whose secret it is; None for nobody's."""
    if not secret:
        return None
    hashed = digest(secret)
    names = [a.name for a in store.annotators.all() if hmac.compare_digest(a.token_sha256, hashed)]
    return names[0] if names else None


def revoke(store: Store, name: str) -> None:
    """End a person's link and every session begun with it; raises ``AuditError`` for nobody's name.

    What they labelled stays. Another invitation gives them a new link.
    """
    name = " ".join(name.split())
    annotator = next((a for a in store.annotators.all() if a.name == name), None)
    if annotator is None:
        raise AuditError(f"name: nobody was invited as {name!r}")
    store.annotators.invite(name, digest(secrets.token_urlsafe(24)), annotator.invited_at)


class Sessions:
    """Who is logged in to one server: by a cookie that says nothing of the link it began with.

    A session ends ``SESSION_SECONDS`` after it began, with its link, and with the server.
    """

    def __init__(
        self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._now = now
        self._key = secrets.token_bytes(32)

    def begin(self, secret: str) -> tuple[str, str] | None:
        """The name of a link's annotator and a new session of theirs; None for nobody's link."""
        name = annotator_of(self._store, secret)
        if name is None:
            return None
        end = int(self._now().timestamp()) + SESSION_SECONDS
        start = f"{end}.{secrets.token_urlsafe(12)}"
        return name, f"{start}.{self._signature(start, digest(secret))}"

    def annotator(self, session: str) -> str | None:
        """Whose session it is; None for one that has ended, and for nobody's."""
        start, _, signature = session.rpartition(".")
        end = start.partition(".")[0]
        if not (end.isascii() and end.isdecimal()) or int(end[:12]) <= self._now().timestamp():
            return None
        names = [
            annotator.name
            for annotator in self._store.annotators.all()
            if hmac.compare_digest(
                self._signature(start, annotator.token_sha256).encode(), signature.encode()
            )
        ]
        return names[0] if names else None

    def _signature(self, start: str, token_sha256: str) -> str:
        return hmac.new(self._key, f"{start}.{token_sha256}".encode(), hashlib.sha256).hexdigest()


def digest(secret: str) -> str:
    """SHA-256, hex, of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(session: str) -> str:
    """What a form must send back: derived from the session, which never stands in a page."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()
