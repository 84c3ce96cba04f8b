"""A release for research of the weeks that have an edition, in one of two tiers.

Public: nothing that names or leads to an offer or a seller; every estimate can be computed again.
Restricted: titles, and pseudonyms of offers and sellers under a key that stays with the publisher;
every estimate, interval and verdict can be computed again, to the last digit.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import count
from pathlib import Path

from monitor.config import Config, PantauError
from monitor.estimate import Settings
from monitor.findings.inputs import EditionInputs, edition_inputs
from monitor.model import Case, CaseKey, EditionKind, Findings, Label, Origin, VersionKey
from monitor.registry import Registry
from monitor.research import public, restricted
from monitor.research.key import ReleaseKey
from monitor.research.package import (
    ReleaseFacts,
    citation,
    citation_file,
    codebook,
    data_package,
)
from monitor.research.replicates import replicate_rows
from monitor.research.restricted import Pseudonyms
from monitor.research.shared import (
    Row,
    cell_rows,
    edition_ids,
    edition_row,
    estimate_rows,
    fill_rate_rows,
    policy_rows,
    rate_rows,
    relisting_rows,
    unit_rows,
)
from monitor.research.tables import PUBLIC, RESTRICTED
from monitor.research.writer import TableWriter, load_pyarrow
from monitor.store import Store


class Tier(StrEnum):
    """Who a release is for: everybody, or those who agreed with the publisher."""

    public = "public"
    restricted = "restricted"


ClassifierOf = Callable[[Findings], str]
"""Tells the version of the classifier that a stored edition ran."""


def export(
    config: Config,
    registry: Registry,
    store: Store,
    folder: Path,
    *,
    classifier_of: ClassifierOf,
    key: ReleaseKey | None = None,
    weeks: Collection[str] | None = None,
    formats: Iterable[str] = ("csv",),
) -> Path:
    """Write a release into a new or empty ``folder`` and return it: restricted with a ``key``.

    It is of all weeks with an edition, or of those named. Raises ``PantauError`` where one of them
    has none, where an edition is not what the store gives now, and where files cannot be written.
    """
    chosen = _weeks(store, weeks)
    formats = frozenset(formats)
    if "parquet" in formats:
        load_pyarrow()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PantauError(f"{folder}: is not empty; choose another folder")
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "data").mkdir(parents=True)
        _Release(config, registry, store, key, part, formats).write(chosen, classifier_of)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _weeks(store: Store, weeks: Collection[str] | None) -> tuple[str, ...]:
    with_edition = sorted({week for week, _, _ in store.editions.all()})
    if weeks is None:
        if not with_edition:
            raise PantauError("no edition is stored to release; make one with: pantau report")
        return tuple(with_edition)
    if missing := sorted(set(weeks) - set(with_edition)):
        raise PantauError(
            f"{missing[0]}: no edition is stored; make one with: pantau report --week {missing[0]}"
        )
    return tuple(sorted(set(weeks)))


class _Release:
    """A release that is being written into ``folder``."""

    def __init__(
        self,
        config: Config,
        registry: Registry,
        store: Store,
        key: ReleaseKey | None,
        folder: Path,
        formats: frozenset[str],
    ) -> None:
        self.config, self.registry, self.store, self.folder = config, registry, store, folder
        self.settings = Settings()
        self.pseudonyms = Pseudonyms(key) if key else None
        tables = RESTRICTED if key else PUBLIC
        self.writers = {
            table.name: TableWriter(table, folder / "data", formats) for table in tables
        }
        self.ids = edition_ids(store)
        self.hashes: dict[str, str] = {}
        self.cases: dict[CaseKey, Case] = {}
        self.known_versions: set[VersionKey] = set()
        self.known_decisions: set[tuple[VersionKey, str]] = set()
        self.labelled: dict[tuple[str, int], Row] = {}
        self.sample_weeks: set[str] = set()
        self.row_numbers = count(1)

    def write(self, weeks: Sequence[str], classifier_of: ClassifierOf) -> None:
        """Write all files."""
        inputs = None
        try:
            for week in weeks:
                inputs = self._week(week, classifier_of)
            assert inputs is not None
            self._whole(weeks, inputs)
        finally:
            for writer in self.writers.values():
                writer.close()
        self._describe(weeks)

    def _add(self, table: str, rows: Iterable[Row], origin: Origin) -> None:
        for row in rows:
            self.writers[table].add(row, origin)

    def _week(self, week: str, classifier_of: ClassifierOf) -> EditionInputs:
        """Write what is of one week, and return what its newest edition was estimated from."""
        *older, name = (name for name in self.ids if name[0] == week)
        for earlier in older:
            self._edition(earlier, is_newest=False)
        findings, edition = self._edition(name, is_newest=True), self.ids[name]
        self.hashes[edition] = self.store.editions.sha256(*name)
        inputs = edition_inputs(
            self.store, self.registry, findings, classifier_of(findings), self.settings
        )
        self._require_same_cells(inputs)
        origin = findings.origin
        self._add("cells", cell_rows(edition, inputs), origin)
        self._add("units", unit_rows(inputs.gathered.sampled.units), origin)
        self.cases |= {case.key: case for case in findings.cases}
        self.labelled |= restricted.labelled_items(inputs)
        self.sample_weeks |= {week} | {item.audited.week for item in inputs.gathered.labelled}
        if self.pseudonyms is None:
            rows = public.position_rows(
                inputs, self.registry.rates, self.settings, self.row_numbers
            )
            self._add("positions", rows, origin)
            totals = public.label_total_rows(edition, inputs, self.settings)
            self._add("label_totals", totals, origin)
        else:
            self._restricted_week(edition, inputs, self.pseudonyms)
        return inputs

    def _edition(self, name: tuple[str, EditionKind, datetime], *, is_newest: bool) -> Findings:
        """Write what an edition says, and return it."""
        findings = self.store.editions.latest(*name)
        assert findings is not None
        edition, origin = self.ids[name], findings.origin
        sha256 = self.store.editions.sha256(*name)
        row = edition_row(self.store, edition, findings, sha256, is_newest)
        self._add("editions", [row], origin)
        self._add("estimates", estimate_rows(edition, findings), origin)
        self._add("fill_rates", fill_rate_rows(edition, findings), origin)
        self._add("relistings", relisting_rows(edition, findings), origin)
        return findings

    def _restricted_week(self, edition: str, inputs: EditionInputs, pseudonyms: Pseudonyms) -> None:
        origin, rates = inputs.findings.origin, self.registry.rates
        offers = restricted.offer_rows(
            inputs, pseudonyms, rates, self.known_versions, self.registry.country
        )
        self._add("offers", offers, origin)
        decisions = restricted.decision_rows(inputs, pseudonyms, self.known_decisions)
        self._add("decisions", decisions, origin)
        self._add("positions", restricted.position_rows(inputs, pseudonyms), origin)
        self._add("replicates", replicate_rows(edition, inputs, self.settings), origin)
        self._add("breaches", restricted.breach_rows(inputs), origin)
        orders = {
            (week, item.observation_id): order
            for week in {labelled.audited.week for labelled in inputs.gathered.labelled}
            if (sample := self.store.audit_samples.of_week(week))
            for order, item in enumerate(sample.items)
        }
        self._add("outcomes", restricted.outcome_rows(edition, inputs, orders), origin)

    def _whole(self, weeks: Sequence[str], newest: EditionInputs) -> None:
        """Write what is not of one week alone."""
        origin = self.store.origin
        self._add("policies", policy_rows(self.registry), origin)
        self._add("exchange_rates", rate_rows(self.registry), origin)
        cases = [case for _, case in sorted(self.cases.items())]
        pseudonyms = self.pseudonyms
        sample = restricted.sample_rows(
            self.store, sorted(self.sample_weeks), newest, pseudonyms, self.labelled
        )
        if pseudonyms is None:
            self._add("cases", public.case_rows(cases), origin)
            self._add("audit_sample", public.anonymous_sample(sample), origin)
            return
        self._add("audit_sample", sample, origin)
        rows = (
            public.case_columns(case) | restricted.case_identity(case, pseudonyms) for case in cases
        )
        self._add("cases", rows, origin)
        self._add("case_events", restricted.case_event_rows(cases, pseudonyms), origin)
        labels: tuple[Label, ...] = newest.gathered.labels
        self._add("labels", restricted.label_rows(labels, frozenset(weeks), pseudonyms), origin)

    def _require_same_cells(self, inputs: EditionInputs) -> None:
        """Raises ``PantauError`` where the store gives other cells than the edition has."""
        findings = inputs.findings
        stored = {(cell.platform, cell.cluster, cell.policy) for cell in findings.cells}
        if stored != {(cell.platform, cell.cluster, cell.policy) for cell in inputs.cells}:
            raise PantauError(
                f"{findings.week}: the {findings.edition} edition is not what the store and the"
                f" registry give now; see: pantau report --verify {findings.week}"
            )

    def _describe(self, weeks: Sequence[str]) -> None:
        facts = ReleaseFacts(
            tier=Tier.restricted if self.pseudonyms else Tier.public,
            weeks=tuple(weeks),
            origin=self.store.origin,
            created=self._created(),
            editions=self.hashes,
            settings=self.settings,
            key_id=self.pseudonyms.key.id if self.pseudonyms else None,
        )
        writers = tuple(self.writers.values())
        package = data_package(self.config, facts, writers, self.folder)
        documents = {
            "datapackage.json": json.dumps(package, indent=1, ensure_ascii=False) + "\n",
            "codebook.md": codebook(facts, writers, citation(self.config, facts)),
            "CITATION.cff": citation_file(self.config, facts),
        }
        for name, document in documents.items():
            (self.folder / name).write_text(document, encoding="utf-8")

    def _created(self) -> datetime:
        return self.config.now().replace(microsecond=0)
