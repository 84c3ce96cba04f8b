"""The key of restricted releases is random, private, and proves no guess."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from monitor.config import PantauError
from monitor.research import make_key, read_key


def test_a_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    made = make_key(path)
    assert read_key(path) == made
    assert len(made.secret) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PantauError, match="never overwritten"):
        make_key(path)
    other = make_key(tmp_path / "other.key")
    assert other.secret != made.secret
    assert other.id != made.id


def test_the_number_of_a_key_follows_from_nothing(tmp_path: Path) -> None:
    """Who guesses a secret cannot see from the number whether it is right."""
    path = tmp_path / "release.key"
    made = make_key(path)
    for digest in (hashlib.sha256, hashlib.blake2b, hashlib.md5):
        assert made.id not in digest(made.secret).hexdigest()
        assert made.id not in hmac.new(made.secret, b"pantau release", digest).hexdigest()
    text = path.read_text().replace(made.id, "0" * 16)
    path.write_text(text)
    assert read_key(path).secret == made.secret


@pytest.mark.parametrize(
    "text",
    [
        "kunci-rahasia-kementerian",
        "k" * 64,
        "pantau-key-0123456789abcdef:" + "ab" * 16,
        "pantau-key-0123456789abcdef:" + "00" * 32,
        "pantau-key-0123456789abcdef:" + "0123456789abcdef" * 4,
        "",
    ],
)
def test_a_weak_key_or_a_word_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "release.key"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(PantauError, match="pantau db key"):
        read_key(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(PantauError, match="chmod 600"):
        read_key(path)


def test_pseudonyms_tell_kinds_and_parts_apart(tmp_path: Path) -> None:
    key = make_key(tmp_path / "release.key")
    values = [("a", "b", "c"), ("a", "bc"), ("ab", "c"), ("a", "1:b", "c"), ("b", "b", "c")]
    assert len({key.pseudonym(*value) for value in values}) == len(values)
    assert key.pseudonym("a", "b") == key.pseudonym("a", "b")
    assert key.pseudonym("a", "b", None) is None
    assert key.pseudonym("a", "b", "") is None
