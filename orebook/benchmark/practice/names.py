"""Which column of records is which setting or stream, in either language."""

from __future__ import annotations

from orebook.benchmark.practice.records import Column, Records
from orebook.chain.chain import Chain
from orebook.glossary.settings import setting_name
from orebook.ledger.layout import plain
from orebook.process.contract import Process, Setting
from orebook.process.network import Stream

__all__ = ["settings_by_name", "stream_column"]


def settings_by_name(process: Process) -> dict[str, Setting]:
    """Return the settings of a unit by id, English and Chinese name, all plain.

    Parameters
    ----------
    process : Process
        Physics of the unit.

    Examples
    --------
    >>> from orebook.process.contract import Outcome
    >>> seed = Setting("seed", "g/L", 800.0, 560.0, 1040.0)
    >>> unit = Process("example", (), (), lambda case: Outcome({}), settings=(seed,))
    >>> settings_by_name(unit)["种子浓度"].name
    'seed'
    """
    found: dict[str, Setting] = {}
    for s in process.settings:
        for name in (*setting_name(s.name)[::-1], s.name.replace("_", " "), s.name):
            found.setdefault(plain(name), s)
    return found


def stream_column(records: Records, stream: Stream, chain: Chain) -> Column | None:
    """Return the column of a stream: by its id, port, or name of its material.

    Parameters
    ----------
    records : Records
        As read.
    stream : Stream
        What is looked for.
    chain : Chain
        Names its material.
    """
    material = chain.material[stream.balance.material]
    return records.find(
        stream.id, stream.port, material.id, material.name, material.name_en
    )
