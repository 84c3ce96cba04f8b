"""What the estimator was given for a stored edition, for those who compute it again."""

from __future__ import annotations

from monitor.config import JAKARTA
from monitor.estimate import CellData, Settings
from monitor.model import Findings, Value
from monitor.registry import Registry, registry_on
from monitor.store import Store
from monitor.store.signals import signal_rates

from .cells import cell_data
from .gather import Gathered, gather
from .judge import Judged, judge


class EditionInputs(Value):
    """A stored edition, and the observations, labels and cells that it was estimated from."""

    findings: Findings
    gathered: Gathered
    judged: Judged
    cells: tuple[CellData, ...]


def edition_inputs(
    store: Store, registry: Registry, findings: Findings, classifier: str, settings: Settings
) -> EditionInputs:
    """The inputs of a stored edition as of its own time; ``classifier`` is the version it ran.

    The same steps as in ``build_findings``, up to the estimator.
    """
    registry = registry_on(registry, findings.as_of.astimezone(JAKARTA).date())
    week = findings.week
    gathered = gather(
        store,
        week,
        findings.edition,
        classifier=classifier,
        window=settings.window,
        as_of=findings.as_of,
    )
    judged = judge(registry, gathered)
    cells = cell_data(
        registry,
        week,
        classifier,
        gathered.sampled.units,
        judged.screened,
        gathered.labelled,
        signal_rates(store, registry, week),
    )
    return EditionInputs(findings=findings, gathered=gathered, judged=judged, cells=tuple(cells))
