"""Adding entries to a file of a home's registry."""

from __future__ import annotations

from pathlib import Path

from monitor.config import PantauError
from monitor.registry.draft import PACKAGED
from monitor.registry.load import check_registry


def append(folder: Path, name: str, entries: str) -> None:
    """Appends entries, as TOML, to the folder's file of a name.

    The file is made, with the packaged one's words on top, where there is none. Raises
    ``PantauError`` where the registry then has problems in it; the file stays as it was.
    """
    file = folder / name
    base = file if file.exists() else PACKAGED / name
    text = base.read_text(encoding="utf-8-sig").rstrip("\n") + "\n" + entries
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.new"
    draft.write_text(text, encoding="utf-8")
    before = file.read_bytes() if file.exists() else None
    draft.replace(file)
    if problems := [line for line in check_registry(folder).problems if line.startswith(name)]:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
        raise PantauError("\n".join(problems))
