"""The store: a part for each kind of record, whose methods each are one transaction."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.config import Config
from monitor.model import Origin
from monitor.store import backups, homes, responses, versions
from monitor.store import schema as db
from monitor.store.annotators import Annotators
from monitor.store.archive import Archive
from monitor.store.audit_samples import AuditSamples
from monitor.store.cases import CaseEvents
from monitor.store.claims import Claims
from monitor.store.classifications import Classifications
from monitor.store.database import SAMPLED_ROWS, Database
from monitor.store.desk import InspectorWork
from monitor.store.editions import Editions
from monitor.store.erase import SellerErasure
from monitor.store.erasures import ErasureList
from monitor.store.errors import StoreError
from monitor.store.forgetting import SellerRetention
from monitor.store.labels import Labels
from monitor.store.listing_keys import ListingKeys
from monitor.store.listings import Listings
from monitor.store.observations import Observations
from monitor.store.origins import OriginRule
from monitor.store.pages import Pages
from monitor.store.plans import Plans, Units
from monitor.store.promises import PromisePages
from monitor.store.registries import Registries
from monitor.store.replies import ReplyRequests
from monitor.store.runs import Runs
from monitor.store.screens import Screens
from monitor.store.sellers import Sellers
from monitor.store.visits import Visits
from monitor.store.workers import Workers


class Store:
    """An open store. Methods that return iterators stream; all raise ``StoreError``."""

    def __init__(
        self, database: Database, origin_rule: OriginRule, home: Path | None = None
    ) -> None:
        self._database = database
        self._origin_rule = origin_rule
        self.plans = Plans(database)
        self.units = Units(database)
        self.runs = Runs(database, origin_rule)
        self.erasures = ErasureList(home)
        self.pages = Pages(database, origin_rule, self.erasures)
        self.visits = Visits(database, origin_rule, self.erasures)
        self.observations = Observations(database)
        self.archive = Archive(database)
        self.listings = Listings(database)
        self.sellers = Sellers(database)
        self.erasing = SellerErasure(database)
        self.seller_retention = SellerRetention(database)
        self.listing_keys = ListingKeys(database)
        self.classifications = Classifications(database)
        self.screens = Screens(database)
        self.audit_samples = AuditSamples(database)
        self.annotators = Annotators(database)
        self.desk = InspectorWork(database)
        self.labels = Labels(database)
        self.control_answers = Labels(database, db.ControlAnswer)
        self.case_events = CaseEvents(database)
        self.reply_requests = ReplyRequests(database)
        self.registries = Registries(database)
        self.promise_pages = PromisePages(database)
        self.claims = Claims(database)
        self.workers = Workers(database)
        self.editions = Editions(database, origin_rule)

    # --- opening ---------------------------------------------------------------------------

    @classmethod
    def of_home(cls, config: Config, *, origin: Origin | None = None, create: bool = True) -> Self:
        """Opens the store of a home; one that belongs to another home is refused.

        The home becomes the owner of a store that has none, unless ``create`` is False. A store
        that is empty or missing though the home holds evidence was lost, and is not made anew.
        A worker opens the store of the home that it works for.
        """
        if config.is_worker:
            return cls.open(config.database_url, origin=origin, create=False, works_for_owner=True)
        backups.refuse_lost_store(config.database_url, config.evidence)
        return cls.open(config.database_url, origin=origin, create=create, home=config.home)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        origin: Origin | None = None,
        create: bool = True,
        home: Path | None = None,
        works_for_owner: bool = False,
    ) -> Self:
        """Opens a store; a new or empty database gets the schema, unless ``create`` is False.

        ``url`` is ``sqlite:///PATH`` or ``postgresql+psycopg://…``. With ``origin`` a store that
        holds the other kind of data is refused at once, with ``home`` one of another home.
        A worker, which ``works_for_owner``, is refused in a store that has none or is SQLite.
        """
        owner = homes.home_at(home, create=create) if home else None
        database = Database(url)
        try:
            backups.require_file(database, create=create)
            with database.read() as connection:
                schema = versions.version(connection, database.name)
            if schema is None and not create:
                raise StoreError(f"{database.name}: is empty; run: pantau db upgrade")
            if schema is None:
                _, schema = versions.migrate(database, owner)
            versions.require_newest(schema, database.name)
            rule = OriginRule(database, origin)
            rule.require()
            if works_for_owner:
                homes.require_worker(database)
            if owner is not None:
                homes.require_owner(database, owner, claiming=create)
        except StoreError:
            database.close()
            raise
        return cls(database, rule, home)

    @staticmethod
    def upgrade(url: str, home: Path | None = None) -> tuple[str | None, str]:
        """Brings a database to the newest schema; returns the versions before and after."""
        owner = homes.home_at(home, create=True) if home else None
        database = Database(url)
        try:
            backups.require_file(database, create=True)
            before_and_after = versions.migrate(database, owner)
            # A store of an older version never counted what the planner goes by.
            database.optimize(SAMPLED_ROWS)
            return before_and_after
        finally:
            database.close()

    @classmethod
    def rehome(cls, config: Config) -> str | None:
        """Makes a home the owner of its database; returns folder and host of the owner before."""
        with cls.open(config.database_url, create=False) as store, store._database.write() as on:
            return homes.take_over(on, homes.home_at(config.home, create=True))

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
        return self._origin_rule.simulated

    @property
    def has_current_views(self) -> bool:
        """Whether the views are those of this Pantau; else ``pantau db upgrade`` makes them."""
        with self._database.read() as connection:
            return versions.has_current_views(connection)

    def count_pages(self, week: str | None = None) -> int:
        """How many pages of a week, or of all weeks, have their evidence kept."""
        with self._database.read() as connection:
            return responses.count_pages(connection, week)

    def evidence_files(self) -> dict[str, tuple[int, int]]:
        """Every evidence file that the store points to, by its name below the evidence folder.

        With how many records it points to in it, and the greatest offset in bytes.
        """
        with self._database.read() as connection:
            return responses.evidence_files(connection)

    def restricted_pages(self) -> frozenset[str]:
        """Where the evidence keeps pages that show an erased seller: they are handed to nobody."""
        return self.erasing.restricted_pages(self.erasures.pseudonyms)

    @property
    def size(self) -> int:
        """How many bytes the database takes."""
        return self._database.size()

    def vacuum(self) -> None:
        """Writes the database anew, so that the disk gets back what is free in it."""
        self._database.vacuum()

    def optimize(self) -> None:
        """Counts anew what the query planner goes by."""
        self._database.optimize()

    @property
    def origin(self) -> Origin:
        """What is written from here on: simulated beside simulated data, live otherwise."""
        return Origin.simulated if self.simulated else Origin.live

    @staticmethod
    def is_empty(url: str) -> bool:
        """Whether a database that is there has no table; raises where it holds other tables."""
        database = Database(url)
        try:
            with database.read() as connection:
                return versions.version(connection, database.name) is None
        finally:
            database.close()

    @staticmethod
    def copy_before_upgrade(url: str) -> Path | None:
        """A checked copy of a SQLite store whose schema ``upgrade`` would change, else None."""
        return backups.copy_before_upgrade(url)

    # --- copies ----------------------------------------------------------------------------

    def backup(self, path: Path) -> Path:
        """A consistent copy of a SQLite store, also while others write."""
        return backups.backup(self._database, path)

    @staticmethod
    def copy(url: str, path: Path) -> Path:
        """A consistent copy of a SQLite store of any schema, also while others write."""
        database = Database(url)
        try:
            backups.require_file(database, create=False)
            return backups.backup(database, path)
        finally:
            database.close()

    def require_whole(self) -> None:
        """Raises ``StoreError`` where the file of a SQLite store is damaged, by a quick look."""
        if self._database.path:
            backups.check(self._database.path, thorough=False)

    @staticmethod
    def restore(url: str, path: Path, home: Path | None = None) -> Path | None:
        """Replaces a SQLite store by a copy that was checked first, whose owner ``home`` becomes.

        Returns where the replaced one was kept.
        """
        return backups.restore(url, path, homes.home_at(home, create=True) if home else None)
