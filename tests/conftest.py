"""Shared fixtures."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from monitor.evidence.targets import ObjectStore

# No test asserts a time: a busy machine is no failure.
settings.register_profile("pantau", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pantau")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real captures and data sets, which stand beside the project and are never copied."""
    folder = ROOT.parent / "shared"
    if not (folder / "captures").is_dir():
        reason = f"the real data are not here: {folder}"
        if os.environ.get("PANTAU_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def objects(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store whose address and keys stand in the environment, with an empty bucket."""
    import fsspec

    for name, setting in {
        "AWS_ENDPOINT_URL_S3": s3,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "geheim",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, setting)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    files, _ = fsspec.url_to_fs("s3://bukti/pantau")
    files.mkdir("bukti")
    yield ObjectStore("s3://bukti/pantau")
    files.rm("bukti", recursive=True)
