"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).resolve().parent.parent

#: A loaded machine must not fail a property; CI draws the same examples each time.
settings.register_profile(
    "orebook",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("orebook")


def shared_folder() -> Path:
    """Return where the large reference data should lie (it may not exist)."""
    named = os.environ.get("OREBOOK_SHARED")
    base = Path(named) if named else PROJECT.parent / "shared"
    return base / "data" if (base / "data").is_dir() or not named else base


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of large reference data, read in place; the test skips without it."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(
            f"no reference data at {folder}; name the folder in OREBOOK_SHARED to run"
        )
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    """Root folder of the project."""
    return PROJECT
