"""The site, a store with a plan, and what stands in them after a run."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

import monitor.registry
from monitor.config import Config, Crawl
from monitor.model import Origin, Run
from monitor.store import Store
from tests.crawl.site import (
    BLIBLI,
    LAZADA,
    Planned,
    Request,
    Runs,
    SecureSite,
    Site,
    StatesOf,
    configured,
    plan_words,
    states_of,
)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A running site; with ``tls`` it speaks HTTPS."""
    site = Site()
    handler = type("Handler", (Request,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    yield site
    site.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def secure_site() -> Iterator[SecureSite]:
    """``secure_site(tls)``: a site that speaks HTTPS until the test ends."""
    with ExitStack() as sites:
        yield lambda tls: sites.enter_context(serving(tls))


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    """One site for tests that look at the same run from different sides."""
    with serving() as site:
        yield site


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Config:
    return configured(tmp_path, site)


@pytest.fixture(scope="module")
def shared_config(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("home"), shared_site, timeout=4.0)


@pytest.fixture
def planned(config: Config) -> Planned:
    return partial(plan_words, config)


@pytest.fixture
def states(config: Config) -> StatesOf:
    return partial(states_of, config)


@pytest.fixture
def registry(tmp_path: Path) -> Callable[[str, str], Path]:
    """``registry(old, new)``: a copy of the packaged registry with its platforms changed."""

    def changed(old: str, new: str) -> Path:
        source = Path(monitor.registry.__file__).parent / "data"
        folder = Path(shutil.copytree(source, tmp_path / "registry"))
        text = (folder / "platforms.toml").read_text(encoding="utf-8")
        assert old in text
        (folder / "platforms.toml").write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return changed


@pytest.fixture
def live(config: Config, registry: Callable[[str, str], Path]) -> Config:
    """A live configuration; the platforms are our own server."""
    text = f'hosts = ["{LAZADA}"'
    folder = registry(text, f'{text}, "127.0.0.1"')
    platforms = folder / "platforms.toml"
    text = f'hosts = ["{BLIBLI}"'
    platforms.write_text(platforms.read_text().replace(text, f'{text}, "127.0.0.1"'))
    return msgspec.structs.replace(
        config,
        demo_url=None,
        own_hosts=("127.0.0.1",),
        contact="pantau@example.id",
        registry=folder,
        crawl=Crawl(delay=0.0, timeout=60.0, night_from=time(0), night_until=time(0)),
    )


@pytest.fixture
def runs(config: Config) -> Runs:
    def read(job: str = "crawl") -> list[Run]:
        with Store.open(config.database_url, origin=Origin.simulated) as store:
            return list(store.runs.newest(job=job))

    return read
