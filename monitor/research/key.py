"""The key of restricted releases: made by Pantau, never typed, and known by a number beside it.

A pseudonym is HMAC-SHA-256 (RFC 2104) of what it stands for under 32 random bytes: the same in
every release under the same key, and without the key nobody can tell whether a guess is right. A
release names the key by a random number that stands in the same file, of which nothing follows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from monitor.config import PantauError
from monitor.model import Value

LENGTH = 32
"""Bytes of a key."""
LEAST_DIFFERENT = 16
"""Different bytes among them; 32 random ones have fewer with a probability below 1e-12."""
_FORM = re.compile(r"pantau-key-([0-9a-f]{16}):([0-9a-f]{64})\n?")


class ReleaseKey(Value):
    """The secret of restricted releases; ``id`` tells it from others and says nothing of it."""

    id: str
    secret: bytes

    def pseudonym(self, kind: str, *parts: str | None) -> str | None:
        """32 hex digits in the place of a value of a kind; None where a part is not known."""
        if not parts or any(not part for part in parts):
            return None
        lengths = "".join(f"{len(part or '')}:{part}" for part in (kind, *parts))
        message = lengths.encode("utf-8", "surrogatepass")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:32]


def make_key(path: Path) -> ReleaseKey:
    """Write a new key to ``path``, readable by its owner only; refuses a file that is there."""
    key = ReleaseKey(id=secrets.token_hex(8), secret=secrets.token_bytes(LENGTH))
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PantauError(
            f"{path}: exists already; a key is never overwritten, since the pseudonyms of earlier"
            " releases hang on it"
        ) from None
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(f"pantau-key-{key.id}:{key.secret.hex()}\n")
    return key


def read_key(path: Path) -> ReleaseKey:
    """The key in a file that ``make_key`` wrote; raises ``PantauError`` for any other."""
    mend = "make one with: pantau db key FILE"
    try:
        form = _FORM.fullmatch(path.read_text(encoding="ascii"))
    except UnicodeDecodeError:
        form = None
    if form is None:
        raise PantauError(f"{path}: is no key that Pantau made; {mend}")
    secret = bytes.fromhex(form[2])
    if len(set(secret)) < LEAST_DIFFERENT:
        raise PantauError(f"{path}: is a weak key, its bytes repeat; {mend}")
    if path.stat().st_mode & 0o077:
        raise PantauError(f"{path}: others may read the key; run: chmod 600 {path}")
    return ReleaseKey(id=form[1], secret=secret)
