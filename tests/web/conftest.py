"""A home with a store, and a person of each kind before its pages."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, sync_playwright

from monitor.config import Config, utc_now, week_of
from monitor.demo import DemoServer
from monitor.model import CollectedBy, Origin, Role, UnitRecord
from monitor.operate.collection import plan_week
from monitor.operate.desk import InspectionDesk
from monitor.operate.pages import site_of_home
from monitor.registry import Registry, load_registry
from monitor.registry.values import InspectionBasis
from monitor.store import Store
from monitor.web import create_app, invite
from tests.audit.conftest import serving
from tests.audit.test_pages import Client

Visit = Callable[..., Client]
INSPECTED = ("lazada", "shopee", "tokopedia")


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The registry, with three platforms that inspectors are asked for by a recorded decision."""
    shipped = load_registry()
    platforms = {
        name: replace(platform, collection=CollectedBy.inspector) if name in INSPECTED else platform
        for name, platform in shipped.platforms.items()
    }
    basis = InspectionBasis(
        platforms=INSPECTED, who="Direktur", reference="ND-1/2026", date=date(2026, 1, 5)
    )
    return replace(shipped, platforms=platforms, inspection_bases=(basis,))


@pytest.fixture(scope="session")
def shops(registry: Registry) -> Iterator[DemoServer]:
    with DemoServer(seed=3, registry=registry) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, shops: DemoServer) -> Config:
    home = tmp_path / "home"
    home.mkdir()
    return Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}", demo_url=shops.url)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with Store.open(config.database_url) as opened:
        yield opened


@pytest.fixture
def worklist(config: Config, registry: Registry, store: Store) -> list[UnitRecord]:
    """What inspectors are asked for this week."""
    week = week_of(utc_now())
    plan_week(config, registry, store, week, origin=Origin.simulated, platforms=INSPECTED)
    return InspectionDesk(config, registry, store).worklist(week)


@pytest.fixture
def desk(config: Config, registry: Registry, store: Store, worklist: object) -> InspectionDesk:
    for name in ("Ani", "Budi"):
        invite(store, name, role=Role.inspector)
    return InspectionDesk(config, registry, store)


@pytest.fixture
def address(config: Config, registry: Registry, store: Store) -> Iterator[str]:
    site = site_of_home(config, registry, store, tuple(Role))
    with serving(create_app(site)) as served:
        yield served


@pytest.fixture
def visit(store: Store, address: str) -> Visit:
    """Enters as somebody with some roles."""

    def enter(name: str, *roles: Role) -> Client:
        link = [invite(store, name, address, role) for role in roles][-1]
        client = Client(address)
        assert client(urlsplit(link).path)[0] == 200
        return client

    return enter


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine; apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()
