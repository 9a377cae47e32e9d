"""Without the extra, a cluster is refused with the way to get it."""

from __future__ import annotations

import sys

import pytest

from orebook.errors import InputError
from orebook.plan.scenario.cluster import cluster


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"orebook\[cluster\]"),
        cluster("tcp://127.0.0.1:8786"),
    ):
        pass
