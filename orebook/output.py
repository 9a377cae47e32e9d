"""What the commands print: JSON with stable names, and a calm progress display."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float], None]


def dumps(data: object) -> str:
    """Return data as JSON text; Chinese stays readable, infinities are refused.

    Examples
    --------
    >>> print(dumps({"name": "氧化铝"}))
    {
      "name": "氧化铝"
    }
    """
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Show the step and the share done while a command works.

    Parameters
    ----------
    quiet : bool
        Show nothing (JSON output, or no terminal to show it on).

    Yields
    ------
    callable
        To be called with (step, share done 0..1).
    """
    if quiet:
        yield lambda step, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=step, completed=share)
