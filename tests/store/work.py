"""What the crash tests run and kill: a program that takes files in and closes.

Started with no argument it reads orders from its input, one a line, and runs each in a
forked child, so that the libraries are loaded once. An order is JSON: book, url,
readings, task, stop (a named point at which the child dies) and kill_after (seconds
after which it is killed). The status of the child is printed at its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb  # noqa: F401  (loaded before the fork)
import numpy as np
import pg8000  # noqa: F401

from orebook.store import intake
from orebook.store.batch import batch
from orebook.store.intake import Delivery
from orebook.store.locate import Places
from orebook.store.step import Step
from orebook.store.store import Store
from orebook.store.values import Event, Posting, Reject

FILES = 4
PERIODS = 3


def delivery(number: int, *, size: int = 1_000) -> Delivery:
    """File `number`: it overlaps the one before by half and corrects a tenth of it."""
    line = np.arange(size) + number * size // 2
    values = np.where(line % 10 == 0, line + number, line).astype(float)
    stamps = np.datetime64("2025-01-01", "us") + line * np.timedelta64(1, "m")
    day = f"2025-01-{number % 28 + 1:02d}"
    return Delivery(
        content_hash=f"{number:064d}",
        name=f"meters-{number}.csv",
        kind="meter",
        rows=size + 3,
        readings=batch("FI-101", stamps, values, unit="t", kind="meter"),
        events=(
            Event("2025-01-01", "potroom", "note", "", "in every file", size + 1),
            Event(day, "potroom", "incident", "minor", f"no. {number}", size + 2),
        ),
        rejects=(Reject(size + 3, "value", "?", "no number", "a number", "mend"),),
    )


def take_files(store: Store) -> None:
    """Take all files in."""
    for number in range(FILES):
        store.take_in(delivery(number))


def close_periods(store: Store) -> None:
    """Close some months, each with postings and a statement in one step."""
    for month in range(1, PERIODS + 1):
        period = f"2025-{month:02d}"
        postings = [
            Posting("b", "a", "x", "m", "p", float(one), "t", 2.0, one * 200)
            for one in range(100)
        ]
        with store.records.step() as step:
            step.put("close", period, {"month": month}, postings=postings)
            step.put("statement", period, {"margin": month / 3})


def everything(store: Store) -> None:
    """Take all files in, then close."""
    take_files(store)
    close_periods(store)


def note(store: Store) -> None:
    """Keep twenty documents of this process in a shared period."""
    for number in range(20):
        store.records.put("note", "2025-01", {"n": number}, key=f"{os.getpid()}")


def file_of_own(store: Store) -> None:
    """Take in three files that no other process has."""
    for number in range(3):
        own = delivery(number, size=500)
        store.take_in(replace(own, content_hash=f"{os.getpid()}-{number}"))


TASKS: dict[str, Callable[[Store], None]] = {
    task.__name__: task
    for task in (take_files, close_periods, everything, note, file_of_own)
}


def kill_self(*_: object, **__: object) -> None:
    """Die as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def stop_at(point: str) -> None:
    """Have this process die at a named point of the intake of the second file."""
    target, name, before = {
        "before readings": (intake, "_store_readings", 1),
        "after readings": (intake, "_register", 1),
        "within readings": (intake.Session, "remember", 1),
        "within records": (Step, "audit", 2),  # receipt and seal of the first file
        "before the seal": (intake, "sealed", 1),
    }[point]
    original, calls = getattr(target, name), iter(range(1_000))

    def stop(*values: object, **named: object) -> object:
        if next(calls) == before:
            kill_self()
        return original(*values, **named)

    setattr(target, name, stop)


def run(order: dict[str, str]) -> None:
    """Run one order in this process."""
    if order["stop"]:
        stop_at(order["stop"])
    places = Places(order["book"], order["url"], Path(order["readings"]))
    with Store.at(places) as store:
        TASKS[order["task"]](store)


def serve() -> None:
    """Run orders from the input, each in a child."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            try:
                run(order)
                os._exit(0)
            finally:
                os._exit(1)
        if order["kill_after"] is not None:
            # Not waited for yet, the number cannot have gone to another process.
            time.sleep(order["kill_after"])
            os.kill(child, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
