"""Run scenarios on a cluster: the one module that knows Dask, an optional extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from orebook.errors import InputError
from orebook.plan.scenario.jobs import Runner

__all__ = ["CONNECT_WITHIN", "cluster"]

CONNECT_WITHIN = 20.0
"""Time a scheduler may take to answer [s]."""


@contextmanager
def cluster(address: str, *, attempts: int = 3) -> Iterator[Runner]:
    """Connect to the scheduler of a cluster and run jobs on its workers.

    Parameters
    ----------
    address : str
        Of the scheduler, ``"tcp://host:8786"``.
    attempts : int
        Times a job is started at most when its worker dies with it [-]. The
        scheduler itself tries again before it gives up a job.

    Yields
    ------
    Runner
        For `orebook.plan.scenario.jobs.run`; the connection closes at the end.

    Raises
    ------
    InputError
        If the extra is not installed or nobody answers at the address.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise InputError(
            f"a cluster at {address} was asked for, but the package 'distributed' is "
            "not installed; expected the extra 'cluster'; run: "
            "pip install 'orebook[cluster]'"
        ) from error
    try:
        connect: Callable[..., Any] = Client  # it has no types
        client = connect(address, timeout=CONNECT_WITHIN, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no scheduler answers at {address} ({error}); expected tcp://HOST:PORT "
            "of a running one; start it with: dask scheduler"
        ) from error
    # Not pure: a job tried again must not be answered with its old failure.
    with client, client.get_executor(pure=False) as executor:
        lost = (KilledWorker, CancelledError)
        yield Runner(executor=executor, attempts=attempts, lost=lost)
