"""What the file of a title model says of itself, read without numpy, which ``doctor`` does without.

The file is a ZIP archive of arrays in NumPy's NPY format (NEP 1).
"""

from __future__ import annotations

import ast
import hashlib
import struct
import zlib
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Self
from zipfile import BadZipFile, ZipFile

from monitor.model import Cluster, PantauError

CLUSTERS = (Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts, Cluster.other)
FILE = "title_model.npz"
GRAMS = (3, 4, 5)
BITS = 20
BUCKETS = 1 << BITS
SCHEME = f"n-grams {min(GRAMS)}-{max(GRAMS)}, words, pairs; 2^{BITS} buckets; 1"
"""What a model's weights are for; raise its last number when features change otherwise."""


class ModelError(PantauError):
    """A model file is missing, broken or made for other code; the message says how to mend it."""


class ModelFile:
    """A title model as bytes that are whole and made for this version of the software.

    ``digest`` is the SHA-256 of ``packed``, ``base`` that of the model it was trained on top of,
    empty for the shipped one. Raises ``ModelError`` for anything else.
    """

    def __init__(self, packed: bytes) -> None:
        try:
            with ZipFile(BytesIO(packed)) as stored:
                if damaged := stored.testzip():
                    raise ModelError(f"not a title model ({damaged} is damaged)")
                scheme = stored.read("features.npy")
                base = stored.read("base.npy")
                weights = _shape(stored.read("weights.npy"))
                scheme_text, self.base = (_text(array) for array in (scheme, base))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise ModelError(f"not a title model ({error})") from error
        if scheme_text != SCHEME or weights != (BUCKETS, len(CLUSTERS)):
            raise ModelError(
                f"made for other features ({scheme_text}) than this version of the software"
            )
        self.packed = packed
        self.digest = hashlib.sha256(packed).hexdigest()

    @classmethod
    def packaged(cls) -> Self:
        """The model shipped with the package."""
        file = resources.files("monitor.classify") / "data" / FILE
        try:
            return cls(file.read_bytes())
        except (FileNotFoundError, ModelError) as error:
            why = error if isinstance(error, ModelError) else "missing"
            raise ModelError(f"{FILE} of the package: {why}; install the software again") from error

    @classmethod
    def of_home(cls, file: Path) -> Self:
        """The model in ``file`` where a home has one, else the shipped one."""
        try:
            return cls(file.read_bytes())
        except FileNotFoundError:
            return cls.packaged()
        except ModelError as error:
            raise ModelError(
                f"{file}: {error}; train it again with: pantau train, or go back to the shipped"
                " model with: pantau train --shipped"
            ) from error


def _header(array: bytes) -> tuple[dict[str, object], bytes]:
    """The header of an array in NPY format (versions 1 and 2), and the bytes that follow it."""
    if array[:6] != b"\x93NUMPY" or len(array) < 12:
        raise ValueError("an array in it is none")
    length, start = (
        (*struct.unpack("<H", array[8:10]), 10)
        if array[6] == 1
        else (*struct.unpack("<I", array[8:12]), 12)
    )
    try:
        header = ast.literal_eval(array[start : start + length].decode("latin-1").strip())
    except SyntaxError as error:
        raise ValueError("the header of an array in it cannot be read") from error
    return header, array[start + length :]


def _shape(array: bytes) -> object:
    """The lengths of an array's axes."""
    return _header(array)[0].get("shape")


def _text(array: bytes) -> str:
    """The text whose bytes are the array's elements."""
    return _header(array)[1].decode()
