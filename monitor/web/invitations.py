"""Personal links: a secret in the address, its hash in the store, no accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from monitor.config import PantauError
from monitor.model import Role, Value
from monitor.store import Store

ADDRESS = "http://127.0.0.1:8765"
LONGEST_NAME = 60
SESSION_SECONDS = 12 * 60 * 60


class WebError(PantauError):
    """Something about the pages that a person can mend; the message says what."""


class Visitor(Value):
    """Who asks for a page: a person by name, their session, and the roles that they have."""

    name: str
    session: str
    roles: Mapping[Role, int]


def invite(store: Store, name: str, address: str = ADDRESS, role: Role = Role.annotator) -> str:
    """A person's link, which opens ``role`` beside what it opened before; an earlier link ends.

    Only the link holds the secret (192 random bits); the store keeps its SHA-256. Another spelling
    of a name that was invited is refused: a positive needs two people, and they are told apart by
    their names alone.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise WebError(f"name: {name!r} must be 1 to {LONGEST_NAME} printable characters")
    for other in (person.name for person in store.annotators.people()):
        if other != name and _letters(other) == _letters(name):
            raise WebError(
                f"name: {other!r} is invited already, and one person must not count as two; "
                f"run: pantau invite {other!r} --role {role}, or tell the two people apart by "
                "their names"
            )
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WebError(f"address: {address!r} is none; give one such as https://pantau.example")
    secret = secrets.token_urlsafe(24)
    store.annotators.invite(name, digest(secret), datetime.now(UTC), [role])
    return f"{address.rstrip('/')}/m/{secret}"


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if char.isalnum())


def revoke(store: Store, name: str, roles: Collection[Role] = tuple(Role)) -> None:
    """End a person's roles, and with the last of them their link and all sessions begun with it.

    What they did stays. Another invitation gives them a new link. Raises ``WebError`` for the name
    of nobody, or of somebody who has none of ``roles``.
    """
    name = " ".join(name.split())
    person = next((a for a in store.annotators.people() if a.name == name), None)
    if person is None:
        raise WebError(f"name: nobody was invited as {name!r}")
    if person.roles.keys().isdisjoint(roles):
        current = ", ".join(sorted(person.roles)) or "none"
        raise WebError(
            f"name: {name!r} is not {' or '.join(roles)}; roles of this person now: {current}"
        )
    store.annotators.end(name, roles, datetime.now(UTC))
    if person.roles.keys() <= set(roles):
        store.annotators.invite(name, digest(secrets.token_urlsafe(24)), person.invited_at, [])


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

    def begin(self, secret: str) -> Visitor | None:
        """The person of a link, in a new session; None for nobody's link."""
        hashed = digest(secret)
        end = int(self._now().timestamp()) + SESSION_SECONDS
        start = f"{end}.{secrets.token_urlsafe(12)}"
        session = f"{start}.{self._signature(start, hashed)}"
        return self._visitor(session, lambda token: hmac.compare_digest(token, hashed))

    def visitor(self, session: str) -> Visitor | None:
        """Whose session it is; None for one that has ended, and for nobody's."""
        start, _, signature = session.rpartition(".")
        end = start.partition(".")[0]
        if not (end.isascii() and end.isdecimal()) or int(end[:12]) <= self._now().timestamp():
            return None

        def is_signed(token: str) -> bool:
            """Whether the session began with the link of this hash."""
            return hmac.compare_digest(self._signature(start, token).encode(), signature.encode())

        return self._visitor(session, is_signed)

    def _visitor(self, session: str, is_theirs: Callable[[str], bool]) -> Visitor | None:
        people = [a for a in self._store.annotators.people() if is_theirs(a.token_sha256)]
        return (
            Visitor(name=people[0].name, session=session, roles=people[0].roles) if people else None
        )

    def _signature(self, start: str, token_sha256: str) -> str:
        return hmac.new(self._key, f"{start}.{token_sha256}".encode(), hashlib.sha256).hexdigest()


def digest(secret: str) -> str:
    """SHA-256, hex, of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(session: str, subject: str) -> str:
    """What a form about ``subject`` must send back: derived from the session, which never stands
    in a page."""
    return hmac.new(session.encode(), f"form/{subject}".encode(), hashlib.sha256).hexdigest()
