"""Figures measured several times beside a reference in the same run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Usage:
    """What a process and all it waited for took: seconds of processor, MB of memory at most."""

    cpu: float
    memory: float


def usage_of(
    command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Usage:
    """Run a command to its end; raises ``RuntimeError`` with what it printed where it failed.

    Memory is that of the largest single process.
    """
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {process.returncode}\n{errors}")
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def ratio_row(
    name: str, unit: str, pairs: Sequence[tuple[float, float]], goal: float
) -> dict[str, Any]:
    """The medians of figures and references, and the median, least and greatest of their ratios.

    A pair is a figure and the reference of the same repetition.
    """
    ratios = [value / reference for value, reference in pairs]
    return {
        "name": name,
        "value": round(median(value for value, _ in pairs), 4),
        "unit": unit,
        "reference": round(median(reference for _, reference in pairs), 4),
        "ratio": round(median(ratios), 3),
        "least": round(min(ratios), 3),
        "greatest": round(max(ratios), 3),
        "repetitions": len(pairs),
        "goal": goal,
    }


def bar_row(name: str, unit: str, values: Sequence[float], goal: float) -> dict[str, Any]:
    """A figure that has a bar in its own unit and no reference; least and greatest are ratios."""
    return ratio_row(name, unit, [(value, goal) for value in values], 1.0)
