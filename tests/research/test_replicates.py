"""From a restricted release alone: a standard error by its bootstrap weights, near the design's."""

from __future__ import annotations

import csv
import gzip
import io
import runpy
from pathlib import Path

import numpy as np
import pytest

from monitor.estimate import Settings
from monitor.estimate.prepare import look
from monitor.estimate.replicates import REPLICATES
from monitor.estimate.twophase import FLAGGED, stratified_variance
from monitor.findings.inputs import edition_inputs
from monitor.operate.editions import edition_classifier
from monitor.store import Store

from .conftest import Released
from .weeks import ENTRIES, WEEK, registry

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "replicate_errors.py"


def design_errors(released: Released) -> dict[tuple[str, str], float]:
    """The standard error of each cell's flagged share, by the estimator's own arrays."""
    errors = {}
    with Store.of_home(released.config, create=False) as store:
        findings = store.editions.latest(WEEK)
        assert findings is not None
        classifier = edition_classifier(store, findings)
        inputs = edition_inputs(store, registry(), findings, classifier, Settings())
    for cell in inputs.cells:
        looked = look(cell, Settings())
        of_entry = looked.positions.sum(axis=1)
        share = looked.positions[:, FLAGGED].sum() / of_entry.sum()
        influence = (looked.positions[:, FLAGGED] - share * of_entry) / of_entry.sum()
        probability = np.where(looked.is_core, looked.probability, 0.0)
        variance, _ = stratified_variance(influence, looked.frame, probability)
        errors[cell.platform, str(cell.cluster)] = float(np.sqrt(variance))
    return errors


def test_a_standard_error_comes_out_of_the_release_alone(
    released: Released, capsys: pytest.CaptureFixture[str]
) -> None:
    script = runpy.run_path(str(SCRIPT))
    errors = script["standard_errors"](released.restricted)
    design = design_errors(released)
    assert len(errors) == len(design) == 2
    for row in errors.itertuples():
        expected = design[row.platform, row.cluster]
        assert expected > 0.0
        assert row.linearised == pytest.approx(expected, rel=1e-9)
        # 200 replicates: 5 % of itself, four times that, and the share is no linear statistic.
        assert row.bootstrap == pytest.approx(expected, rel=0.22)
    assert script["main"](str(released.restricted)) == 0
    assert "bootstrap" in capsys.readouterr().out


def test_every_entry_that_answered_has_its_factors(released: Released) -> None:
    packed = (released.restricted / "data" / "replicates.csv.gz").read_bytes()
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode())))
    assert 0 < len(rows) <= 2 * ENTRIES
    assert {len(row["factors"].split()) for row in rows} == {REPLICATES}
    certain = [row for row in rows if row["sampling_fraction"] == "1.0"]
    assert all(set(row["factors"].split()) == {"1"} for row in certain)
    assert not (released.public / "data" / "replicates.csv.gz").exists()
