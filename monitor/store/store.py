"""The store: one method a question or an act, each in its own transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from monitor.config import Config
from monitor.listing import (
    Classification,
    DetailVisit,
    Draw,
    EditionKind,
    Findings,
    Label,
    Listing,
    Observation,
    Origin,
    Plan,
    PlannedUnit,
    Policy,
    Run,
    RunOutcome,
    SampledPage,
    UnitRecord,
)
from monitor.registry import Registry
from monitor.store import (
    audits,
    backups,
    classifications,
    editions,
    exports,
    homes,
    observations,
    pages,
    plans,
    registries,
    responses,
    runs,
    versions,
)
from monitor.store.audits import Annotator
from monitor.store.database import Database
from monitor.store.errors import StoreError


class Store:
    """An open store. Reading methods that return iterators stream; all raise ``StoreError``."""

    def __init__(self, database: Database, origin: Origin | None = None) -> None:
        self._database = database
        self._origin = origin

    # --- opening ---------------------------------------------------------------------------

    @classmethod
    def of_home(cls, config: Config, *, origin: Origin | None = None, create: bool = True) -> Self:
        """Opens the store of a home; one that belongs to another home is refused.

        The home becomes the owner of a store that has none, unless ``create`` is False.
        """
        return cls.open(config.database_url, origin=origin, create=create, home=config.home)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        origin: Origin | None = None,
        create: bool = True,
        home: Path | None = None,
    ) -> Self:
        """Opens a store; a new or empty database gets the schema, unless ``create`` is False.

        ``url`` is ``sqlite:///PATH`` or ``postgresql+psycopg://…``. With ``origin`` a store that
        holds the other kind of data is refused at once, with ``home`` one of another home.
        """
        owner = homes.home_at(home, create=create) if home else None
        database = Database(url)
        try:
            backups.require_file(database, create=create)
            with database.read() as connection:
                found = versions.version(connection, database.name)
            if found is None and not create:
                raise StoreError(f"{database.name}: is empty; run: pantau db upgrade")
            if found is None:
                _, found = versions.migrate(database, owner)
            versions.require_newest(found, database.name)
            with database.read() as connection:
                simulated = runs.recorded_origin(connection)
            if origin is not None and simulated is not None:
                runs.refuse_mixing(simulated, origin)
            if owner is not None:
                homes.require_owner(database, owner, claiming=create)
        except StoreError:
            database.close()
            raise
        return cls(database, origin)

    @staticmethod
    def upgrade(url: str, home: Path | None = None) -> tuple[str | None, str]:
        """Brings a database to the newest schema; returns the versions before and after."""
        owner = homes.home_at(home, create=True) if home else None
        database = Database(url)
        try:
            backups.require_file(database, create=True)
            return versions.migrate(database, owner)
        finally:
            database.close()

    @classmethod
    def rehome(cls, config: Config) -> str | None:
        """Makes a home the owner of its database; returns folder and host of the owner before."""
        home = homes.home_at(config.home, create=True)
        with cls.open(config.database_url, create=False) as store, store._database.write() as on:
            return homes.take_over(on, home)

    def close(self) -> None:
        """Gives the connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def simulated(self) -> bool | None:
        """Whether the store holds simulated data; None before its first write."""
        with self._database.read() as connection:
            return runs.recorded_origin(connection)

    @property
    def origin(self) -> Origin:
        """What is written from here on: simulated beside simulated data, live otherwise."""
        return Origin.simulated if self.simulated else Origin.live

    # --- plan and units --------------------------------------------------------------------

    def save_plan(self, plan: Plan) -> None:
        """Stores a week's plan once; the same again changes nothing, another one is refused."""
        with self._database.write() as connection:
            plans.save(connection, plan)

    def plan(self, week: str) -> Plan | None:
        """The plan of a week, units in the order of their positions."""
        with self._database.read() as connection:
            return plans.load(connection, week)

    def weeks(self) -> tuple[str, ...]:
        """Weeks that have a plan or an observation, oldest first."""
        with self._database.read() as connection:
            return plans.weeks(connection)

    def pending_units(self, week: str, platform: str | None = None) -> tuple[PlannedUnit, ...]:
        """Units nobody has fetched yet, in the order of their positions."""
        with self._database.read() as connection:
            return plans.pending(connection, week, platform)

    def unit_by_url(self, platform: str, url: str, week: str) -> PlannedUnit | None:
        """The planned unit that a page at this address is; see ``monitor.store.matching``."""
        with self._database.read() as connection:
            return plans.by_url(connection, platform, url, week)

    def units(self, week: str, platform: str | None = None) -> tuple[UnitRecord, ...]:
        """All units of a week and what became of them, in the order of their positions."""
        with self._database.read() as connection:
            return plans.records(connection, week, platform)

    # --- ledger ----------------------------------------------------------------------------

    def start_run(
        self,
        job: str,
        origin: Origin,
        started_at: datetime,
        week: str | None = None,
        platform: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> int:
        """Begins an entry of the ledger; returns its number."""
        with self._database.write() as connection:
            self._claim(connection, origin)
            return runs.start(connection, job, origin, started_at, week, platform, versions or {})

    def finish_run(
        self,
        run_id: int,
        outcome: RunOutcome,
        finished_at: datetime,
        reason: str | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Ends an entry of the ledger."""
        with self._database.write() as connection:
            runs.finish(connection, run_id, outcome, finished_at, reason, counts or {})

    def runs(
        self,
        job: str | None = None,
        week: str | None = None,
        platform: str | None = None,
        limit: int | None = None,
    ) -> tuple[Run, ...]:
        """Entries of the ledger, newest first, at most ``limit``."""
        with self._database.read() as connection:
            return runs.listed(connection, job, week, platform, limit)

    # --- pages and visits ------------------------------------------------------------------

    def write_page(self, run_id: int, page: SampledPage) -> None:
        """Stores one page whole or not at all; see ``monitor.store.pages`` for what stands."""
        with self._database.write() as connection:
            self._claim(connection, page.origin)
            pages.write_page(connection, run_id, page)

    def pages(self, week: str | None) -> tuple[SampledPage, ...]:
        """Pages of a week (None: undated ones) whose evidence was kept, without their listings."""
        with self._database.read() as connection:
            return tuple(responses.of_week(connection, week))

    def write_visit(self, run_id: int, visit: DetailVisit) -> None:
        """Stores one visit to a listing's own page."""
        with self._database.write() as connection:
            self._claim(connection, visit.origin)
            pages.write_visit(connection, run_id, visit)

    def visits(self, week: str) -> tuple[DetailVisit, ...]:
        """Visits that a week's audit asked for, in the order they were made."""
        with self._database.read() as connection:
            return observations.visits(connection, week)

    # --- observations ----------------------------------------------------------------------

    def observations(
        self, week: str | None, *, classifier: str | None = None, planned: bool | None = None
    ) -> Iterator[Observation]:
        """What stood at the places of a week, with the decision of ``classifier``, else the latest.

        ``planned=False`` gives saved pages outside the plan by the week of their observation;
        ``week=None`` those that do not tell their time.
        """
        with self._database.read() as connection:
            yield from observations.of_week(connection, week, classifier, planned)

    def listing_history(self, platform: str, item_id: str) -> tuple[Observation, ...]:
        """All observations of one listing, oldest first, undated ones last."""
        with self._database.read() as connection:
            return observations.history(connection, platform, item_id)

    def seen_before(self, week: str, platform: str | None = None) -> frozenset[tuple[str, str]]:
        """(platform, item_id) of listings observed in any week before."""
        with self._database.read() as connection:
            return frozenset(observations.seen_before(connection, week, platform))

    def contents(self) -> Iterator[tuple[str, Listing]]:
        """Every listing version with its content hash, in the order they were first seen."""
        with self._database.read() as connection:
            yield from observations.contents(connection)

    # --- classification --------------------------------------------------------------------

    def unclassified(self, classifier: str) -> Iterator[tuple[int, Listing]]:
        """Listing versions a classifier version has not decided yet, with their numbers."""
        with self._database.read() as connection:
            yield from observations.unclassified(connection, classifier)

    def write_classifications(self, rows: Iterable[tuple[int, Classification]]) -> int:
        """Stores decisions in batches; returns how many were new."""
        source, new = iter(rows), 0
        while batch := list(islice(source, classifications.BATCH)):
            with self._database.write() as connection:
                new += classifications.write(connection, batch)
        return new

    def freeze_screen(self, week: str, classifier: str) -> int:
        """Takes a classifier version's decisions as the week's screen; returns its places."""
        with self._database.write() as connection:
            return classifications.freeze(connection, week, classifier)

    def screen(self, week: str) -> Iterator[Observation]:
        """The places of a week's screen, with the decisions that stand."""
        with self._database.read() as connection:
            yield from observations.screened(connection, week)

    # --- audit -----------------------------------------------------------------------------

    def save_draw(self, draw: Draw) -> None:
        """Stores a week's draw once, before its first label."""
        with self._database.write() as connection:
            audits.save_draw(connection, draw)

    def draw(self, week: str) -> Draw | None:
        """The draw of a week."""
        with self._database.read() as connection:
            return audits.load_draw(connection, week)

    def add_annotator(self, name: str, token_sha256: str, invited_at: datetime) -> None:
        """Invites a person; a second invitation replaces the secret of their link."""
        annotator = Annotator(name=name, token_sha256=token_sha256, invited_at=invited_at)
        with self._database.write() as connection:
            audits.add_annotator(connection, annotator)

    def annotators(self) -> tuple[Annotator, ...]:
        """Who was invited, by name."""
        with self._database.read() as connection:
            return audits.annotators(connection)

    def append_label(self, label: Label) -> None:
        """Appends a label; it is never changed."""
        with self._database.write() as connection:
            audits.append(connection, label)

    def labels(self, week: str | None = None, since: str | None = None) -> tuple[Label, ...]:
        """Labels of a week's audit, or of all from the week ``since`` on, as they arrived."""
        with self._database.read() as connection:
            return audits.labels(connection, week, since)

    def labels_of(self, platform: str, item_id: str, version: str) -> tuple[Label, ...]:
        """All labels of one listing version, of whatever week."""
        with self._database.read() as connection:
            return audits.labels_of(connection, platform, item_id, version)

    def carried_labels(self, week: str) -> tuple[Label, ...]:
        """Labels of earlier audits whose listing version stands unchanged at a place this week."""
        with self._database.read() as connection:
            return audits.carried(connection, week)

    # --- registry and editions -------------------------------------------------------------

    def save_registry(self, registry: Registry) -> None:
        """Keeps platforms, policies, permissions and frame; old wordings stay."""
        with self._database.write() as connection:
            registries.save(connection, registry)

    def save_policies(self, policies: Iterable[Policy]) -> int:
        """Keeps every wording of the policies once; returns how many were new."""
        with self._database.write() as connection:
            return registries.save_policies(connection, policies)

    def save_edition(self, findings: Findings) -> None:
        """Freezes an edition."""
        with self._database.write() as connection:
            self._claim(connection, findings.origin)
            editions.save(connection, findings)

    def edition(
        self, week: str, kind: EditionKind | None = None, as_of: datetime | None = None
    ) -> Findings | None:
        """The latest edition of a week, of a kind or as of a time if one is asked for."""
        with self._database.read() as connection:
            return editions.load(connection, week, kind, as_of)

    def editions(self) -> tuple[tuple[str, EditionKind, datetime], ...]:
        """(week, kind, as_of) of all editions, oldest first."""
        with self._database.read() as connection:
            return editions.listed(connection)

    # --- copies ----------------------------------------------------------------------------

    def backup(self, path: Path) -> Path:
        """A consistent copy of a SQLite store, also while others write."""
        return backups.backup(self._database, path)

    @staticmethod
    def restore(url: str, path: Path, home: Path | None = None) -> Path | None:
        """Replaces a SQLite store by a copy that was checked first, whose owner ``home`` becomes.

        Returns where the replaced one was kept.
        """
        return backups.restore(url, path, homes.home_at(home, create=True) if home else None)

    def export(self, folder: Path, key: str, weeks: Collection[str] | None = None) -> Path:
        """Writes the views for research, sellers and addresses replaced by keyed hashes."""
        return exports.export(self._database, folder, key, weeks)

    # --- inside ----------------------------------------------------------------------------

    def _claim(self, connection: Connection, origin: Origin) -> None:
        if self._origin is not None:
            runs.refuse_mixing(self._origin is Origin.simulated, origin)
        runs.claim(connection, origin)
