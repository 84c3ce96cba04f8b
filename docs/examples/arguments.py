"""What the programs beside it are given: a folder that is a whole release of the right tier.

Wrong usage ends with exit code 2, the usage, and a line that says what is wrong.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path


def arguments(text: str, tier: str, *further: str) -> list[str]:
    """The command line of a program: RELEASE, then those of ``further``, PLATFORM and WEEK.

    ``text`` is the program's own, shown by ``--help``; ``tier`` is the one that it reads. Ends the
    program with 2 where they are not as they must be.
    """
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("RELEASE", help=f"folder of a {tier} release of pantau db export")
    for name in further:
        parser.add_argument(name)
    words: dict[str, str] = vars(parser.parse_args())
    fault = release_fault(Path(words["RELEASE"]), tier)
    if fault is None and not is_week(words.get("WEEK", "2026-W01")):
        fault = f"{words['WEEK']}: is no week such as 2026-W47"
    if fault:
        parser.error(fault)
    return list(words.values())


def release_fault(folder: Path, tier: str) -> str | None:
    """Why a folder is no whole release of a tier; None where it is one."""
    path = folder / "datapackage.json"
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        actual = package["tier"]
        files = [folder / resource["path"] for resource in package["resources"]]
    except OSError as error:
        return f"{folder}: is no folder of a release: {path.name}: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        return f"{path}: is no description of a release"
    if actual != tier:
        return f"{folder}: is a {actual} release; this program reads a {tier} one"
    absent = [str(file) for file in files if not file.is_file()]
    return f"{absent[0]}: no such file; take the whole release" if absent else None


def is_week(text: str) -> bool:
    """Whether a text is an ISO week as releases write it."""
    year, _, number = text.partition("-W")
    try:
        week = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return False
    return f"{week:%G-W%V}" == text
