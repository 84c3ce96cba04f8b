"""Rows of the bootstrap weights of a restricted release: one for each entry that answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from monitor.estimate import Settings
from monitor.estimate.prepare import look
from monitor.estimate.replicates import SEED, replicate_factors
from monitor.findings.inputs import EditionInputs
from monitor.research.shared import Row

DIGITS = 6
"""Significant digits of a factor."""


def replicate_rows(edition: str, inputs: EditionInputs, settings: Settings) -> Iterator[Row]:
    """A row for each platform, group and entry whose positions count in the estimates."""
    written = set()
    for cell in inputs.cells:
        name = (cell.platform, cell.cluster)
        if name in written or not cell.positions:
            continue
        written.add(name)
        looked = look(cell, settings)
        # With the correction of rotating entries the intervals of a week are too short.
        probability = np.where(looked.is_core, looked.probability, 0.0)
        digest = hashlib.sha256("/".join((edition, *name)).encode()).digest()
        factors = replicate_factors(
            looked.frame, probability, seed=(SEED, int.from_bytes(digest[:4], "big"))
        )
        for row, entry in enumerate(looked.entries):
            yield {
                "edition": edition,
                "platform": cell.platform,
                "cluster": cell.cluster,
                "entry": entry,
                "weight": float(looked.weights[row]),
                "sampling_stratum": int(looked.frame[row]),
                "sampling_fraction": float(probability[row]),
                "factors": " ".join(f"{factor:.{DIGITS}g}" for factor in factors[row]),
            }
