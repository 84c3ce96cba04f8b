"""A home with a store, and a person of each kind before its pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.config import Config
from monitor.model import Role
from monitor.operate.pages import site_of_home
from monitor.registry import load_registry
from monitor.store import Store
from monitor.web import create_app, invite
from tests.audit.conftest import serving
from tests.audit.test_pages import Client

Visit = Callable[..., Client]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    home = tmp_path / "home"
    home.mkdir()
    return Config(home=home, database_url=f"sqlite:///{home / 'pantau.db'}")


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with Store.open(config.database_url) as opened:
        yield opened


@pytest.fixture
def address(config: Config, store: Store) -> Iterator[str]:
    site = site_of_home(config, load_registry(), store, tuple(Role))
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
