"""A small valid book in a fresh folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orebook.chain.new import new_book


@pytest.fixture(scope="session")
def _written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "starter"
    new_book(folder)
    return folder


@pytest.fixture
def book(_written: Path, tmp_path: Path) -> Path:
    """Return a copy of the starter book that a test may spoil."""
    return Path(shutil.copytree(_written, tmp_path / "book"))
