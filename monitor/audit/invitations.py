"""Personal links: a secret in the address, its hash in the store, no accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import UTC, datetime

from monitor.config import PantauError
from monitor.store import Store

ADDRESS = "http://127.0.0.1:8765"
LONGEST_NAME = 60


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


def digest(secret: str) -> str:
    """SHA-256, hex, of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(secret: str) -> str:
    """What a form must send back: derived from the secret, which never stands in a page."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()
