"""Shared fixtures."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
