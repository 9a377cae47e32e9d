"""Records and readings of one book together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from orebook.store.intake import Delivery, Taken, finish, missing, take_in
from orebook.store.locate import Places
from orebook.store.readings import Readings
from orebook.store.records import Clock, Records, utc_now
from orebook.store.seal import ReadingsProof, verify_readings
from orebook.store.values import IntakeFile


@dataclass(frozen=True, slots=True)
class Store:
    """The open store of one book; made by `Store.at`.

    Parameters
    ----------
    records : Records
        Documents, postings, intake files, events and audit trail.
    readings : Readings
        Figures of meters, scales and assays.
    """

    records: Records
    readings: Readings

    @classmethod
    def at(cls, places: Places, *, clock: Clock = utc_now) -> Self:
        """Open the store at `places`, finishing an intake that was cut short.

        Parameters
        ----------
        places : Places
            From `orebook.store.locate.locate`.
        clock : callable, optional
            Gives the time of the audit trail.

        Returns
        -------
        Store
            A context manager that closes the records at the end.
        """
        records = Records(places.records, places.book, clock=clock)
        store = cls(records, Readings(places.readings))
        finish(store.records, store.readings)
        return store

    def take_in(self, delivery: Delivery) -> Taken:
        """Take one intake file in; see `orebook.store.intake.take_in`."""
        return take_in(self.records, self.readings, delivery)

    def take_in_all(self, deliveries: Iterable[Delivery]) -> tuple[Taken, ...]:
        """Take files in one after the other; cheaper than opening for each.

        Parameters
        ----------
        deliveries : iterable of Delivery
            In the order to be received; each is kept or not by itself.

        Returns
        -------
        tuple of Taken
            One outcome per file.
        """
        # The outer session keeps the readings file open for the inner ones.
        with self.readings.session():
            return tuple(self.take_in(delivery) for delivery in deliveries)

    def missing(self) -> tuple[IntakeFile, ...]:
        """Return files to be taken in again; see `orebook.store.intake.missing`."""
        return missing(self.records, self.readings)

    def verify_readings(self) -> ReadingsProof:
        """Hold the readings against their seals, see `orebook.store.seal`."""
        return verify_readings(self.records, self.readings)

    def close(self) -> None:
        """Give the connections back."""
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
