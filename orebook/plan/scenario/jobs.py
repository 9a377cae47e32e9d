"""Run independent jobs on any executor, in order, without losing one.

A job is a pure function of (shared value, job). Where a worker dies, its jobs run
again; where one kills its worker time and again, it is named.
"""

from __future__ import annotations

import os
import pickle
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Generic, TypeVar, cast

from orebook.errors import OrebookError

__all__ = ["HERE", "POOL_COST", "JobLostError", "Progress", "Runner", "run"]

S = TypeVar("S")
J = TypeVar("J")
R = TypeVar("R")
Progress = Callable[[str, float], None]

POOL_COST = 2.0
"""Work left below which starting a pool of processes does not pay [s]."""
_KEPT = 4  # shared values a worker keeps unpacked [-]
_IN_FLIGHT = 64  # jobs submitted at once to an executor whose size is unknown [-]


class JobLostError(OrebookError):
    """A job took its worker with it more often than it may be tried again."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Where jobs run, and how often one is tried again.

    Parameters
    ----------
    executor : Executor or None
        Any executor of `concurrent.futures`; it is left open. None runs a pool of
        processes of its own where that pays, see `run`.
    workers : int or None
        Processes of the own pool [-]; 1 runs everything in this process. None lets
        the rule decide.
    attempts : int
        Times a job is started at most when its worker dies with it [-].
    lost : tuple of exception types
        What else, besides a broken executor, says that a worker was lost.
    """

    executor: Executor | None = None
    workers: int | None = None
    attempts: int = 3
    lost: tuple[type[BaseException], ...] = ()


HERE = Runner(workers=1)
"""Runs everything one after the other in this process."""


@dataclass(frozen=True, slots=True)
class _Packed:
    """A shared value on its way to another process."""

    key: str
    data: bytes


_values: OrderedDict[str, object] = OrderedDict()  # of a worker, by key


def _pack(value: object) -> _Packed:
    data = zlib.compress(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL), 1)
    return _Packed(sha256(data).hexdigest(), data)


def _hold(packed: _Packed) -> object:
    """Return the value, unpacked once in each process."""
    if packed.key not in _values:
        _values[packed.key] = pickle.loads(zlib.decompress(packed.data))
        while len(_values) > _KEPT:
            _values.popitem(last=False)
    return _values[packed.key]


def _begin(file: Path, key: str) -> None:
    """Start a worker: unpack before the first job comes."""
    _hold(_Packed(key, file.read_bytes()))


def _held(key: str, function: Callable[[S, J], R], job: J) -> R:
    return function(cast("S", _values[key]), job)


def _sent(packed: _Packed, function: Callable[[S, J], R], job: J) -> R:
    return function(cast("S", _hold(packed)), job)


def run(
    function: Callable[[S, J], R],
    shared: S,
    jobs: Iterable[J],
    *,
    runner: Runner | None = None,
    progress: Progress | None = None,
    step: str = "scenarios",
) -> tuple[R, ...]:
    """Run a function on every job and return the results in the order of the jobs.

    Parameters
    ----------
    function : callable
        Takes (shared, job); at the top of a module, so that processes can import it.
    shared : object
        What all jobs need; sent once to each worker of the own pool, and with each
        job, packed, to other executors, whose workers unpack it once.
    jobs : iterable
        The jobs.
    runner : Runner, optional
        Where to run; None as ``Runner()``.
    progress : callable, optional
        Called with (step, share done) as jobs come back.
    step : str
        Name of the step for ``progress``.

    Returns
    -------
    tuple
        One result a job, the same whatever the executor and the number of workers.

    Raises
    ------
    JobLostError
        If a job lost its worker as often as it may be tried.

    Notes
    -----
    Without an executor and a number of workers, jobs run in this process until the
    time of those done says that the rest would take longer than starting a pool.
    After a loss, the jobs that were in flight run one at a time, so that only the one
    that kills its worker is counted against. Where a given executor breaks for good,
    the rest runs in a pool of its own. Processes are spawned, so a script that calls
    this needs the guard ``if __name__ == "__main__":``.

    Examples
    --------
    >>> run(pow, 2, [1, 2, 3], runner=HERE)
    (2, 4, 8)
    """
    how = runner or Runner()
    work = _Work(function, shared, tuple(jobs), how, progress or _silent, step)
    if how.executor is None and how.workers in (None, 1):
        work.here(limit=POOL_COST if how.workers is None else None)
    if work.left:
        work.elsewhere()
    return tuple(work.results[i] for i in range(len(work.jobs)))


def _silent(step: str, share: float) -> None:
    """Report nothing."""


class _Work(Generic[S, J, R]):
    """The jobs of one run and what has come of them."""

    def __init__(
        self,
        function: Callable[[S, J], R],
        shared: S,
        jobs: Sequence[J],
        how: Runner,
        say: Progress,
        step: str,
    ) -> None:
        self.function, self.shared, self.jobs = function, shared, jobs
        self.how, self.say, self.step = how, say, step
        self.results: dict[int, R] = {}
        self.tried = dict.fromkeys(range(len(jobs)), 0)
        self.broken = False  # the executor that was given is of no use any more

    @property
    def left(self) -> list[int]:
        """Jobs without a result, in order."""
        return [i for i in range(len(self.jobs)) if i not in self.results]

    def done(self, index: int, result: R) -> None:
        self.results[index] = result
        self.say(self.step, len(self.results) / len(self.jobs))

    def here(self, *, limit: float | None) -> None:
        """Run in this process while what is left costs less than ``limit`` [s]."""
        begun = perf_counter()
        for index, job in enumerate(self.jobs):
            self.done(index, self.function(self.shared, job))
            each = (perf_counter() - begun) / len(self.results)
            rest = each * len(self.left)
            if limit is not None and rest > limit and _processors() > 1:
                return

    def elsewhere(self) -> None:
        """Run on the executor; what was lost runs again, one at a time."""
        packed = _pack(self.shared)
        suspects: list[int] = []
        # By file: a worker that dies while it is sent something large would leave the
        # sender waiting for ever.
        with TemporaryDirectory(prefix="orebook-") as folder:
            file = Path(folder) / "shared"
            file.write_bytes(packed.data)
            while left := self.left:
                now = suspects or left
                suspects = self._round(packed, file, now, alone=bool(suspects))
                for index in suspects:
                    self._again(index)

    def _again(self, index: int) -> None:
        self.tried[index] += 1
        if self.tried[index] >= self.how.attempts:
            raise JobLostError(
                f"job {index + 1} of {len(self.jobs)} ({self.jobs[index]!r:.200}) lost "
                f"its worker {self.tried[index]} times; expected a worker that lives; "
                "look for too little memory, for a script without the guard "
                'if __name__ == "__main__":, or run it in this process: --workers 1'
            )

    def _round(
        self, packed: _Packed, file: Path, indices: Sequence[int], *, alone: bool
    ) -> list[int]:
        """Run some jobs until all are done or a worker is lost; return the lost."""
        given = None if self.broken else self.how.executor
        with self._executor(packed.key, file, given, alone=alone) as executor:
            waiting = deque(indices)
            flying: dict[Future[R], int] = {}
            width = 1 if alone else self._width(given)
            try:
                while waiting or flying:
                    while waiting and len(flying) < width:
                        index = waiting.popleft()
                        job = self.jobs[index]
                        flying[self._submit(executor, packed, given, job)] = index
                    lost = self._collect(flying)
                    if lost:
                        return sorted({*lost, *self._rest(flying)})
            except BrokenExecutor:
                self.broken = given is not None
                return sorted(self._rest(flying)) or [index]
            finally:
                for future in flying:
                    future.cancel()
        return []

    def _collect(self, flying: dict[Future[R], int]) -> list[int]:
        """Take what has come back; return the jobs whose worker was lost."""
        lost = []
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            index = flying.pop(future)
            try:
                self.done(index, future.result())
            except BrokenExecutor:
                self.broken = self.how.executor is not None
                lost.append(index)
            except self.how.lost:
                lost.append(index)
        return lost

    def _rest(self, flying: dict[Future[R], int]) -> list[int]:
        """Wait for what still flies, keep its results, return what was lost."""
        lost: list[int] = []
        while flying:
            lost += self._collect(flying)
        return lost

    def _submit(
        self, executor: Executor, packed: _Packed, given: Executor | None, job: J
    ) -> Future[R]:
        if given is None:
            return executor.submit(_held, packed.key, self.function, job)
        return executor.submit(_sent, packed, self.function, job)

    def _executor(
        self, key: str, file: Path, given: Executor | None, *, alone: bool
    ) -> AbstractContextManager[Executor]:
        if given is not None:
            return nullcontext(given)
        return ProcessPoolExecutor(
            1 if alone else self._workers(),
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(file, key),
        )

    def _workers(self) -> int:
        return max(1, min(self.how.workers or _processors(), len(self.jobs)))

    def _width(self, given: Executor | None) -> int:
        return _IN_FLIGHT if given is not None else 2 * self._workers()


def _processors() -> int:
    """Return how many processors this process may use [-]."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
