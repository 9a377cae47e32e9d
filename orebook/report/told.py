"""Names of a study of many plans in both languages, as its text has them."""

from __future__ import annotations

from orebook.plan.scenario.datum import Datum
from orebook.plan.scenario.words import Words
from orebook.process.network import Network
from orebook.report.table import Cell, Said
from orebook.report.words import both

__all__ = ["Told", "figure_or", "percent"]


class Told:
    """Looks up names in Chinese and English at once.

    Parameters
    ----------
    network : Network
        Gives the names.
    """

    def __init__(self, network: Network) -> None:
        self.zh, self.en = Words(network, "zh"), Words(network, "en")

    def stream(self, name: str) -> Said:
        """Return the name of a stream."""
        return Said(self.zh.stream(name), self.en.stream(name))

    def balance(self, name: str) -> Said:
        """Return the name of a balance ``material@place``."""
        return Said(self.zh.balance(name), self.en.balance(name))

    def limit(self, name: str) -> Said:
        """Return the name of a limit ``kind subject``."""
        return Said(self.zh.limit(name), self.en.limit(name))

    def datum(self, datum: Datum) -> Said:
        """Return the name of a datum that moves."""
        return Said(self.zh.datum(datum), self.en.datum(datum))

    def word(self, key: str) -> Said:
        """Return a word of plans, such as a cause."""
        return Said(self.zh.names.word(key), self.en.names.word(key))

    def contract(self, key: str) -> Said:
        """Return the name of a contract ``buy:ID`` or ``sell:ID``."""
        kind, _, owner = key.partition(":")
        zh, en = self.zh.names, self.en.names
        return Said(zh.subject(kind, owner), en.subject(kind, owner))


def percent(factor: float) -> str:
    """Return a factor as a change in per cent.

    Examples
    --------
    >>> percent(0.9), percent(1.025), percent(1.0)
    ('−10 %', '+2.5 %', '0 %')
    """
    change = round(100.0 * (factor - 1.0), 9)
    return f"{change:+.4g} %".replace("-", "−") if change else "0 %"


def figure_or(value: float | None, key: str = "no_plan") -> Cell:
    """Return a figure, or a word where there is none.

    Parameters
    ----------
    value : float or None
        The figure; None or nan where there is none.
    key : str
        Key of the word in the words of the report.

    Examples
    --------
    >>> figure_or(1.5), figure_or(float("nan")).en
    (1.5, 'no plan')
    """
    return both(key) if value is None or value != value else float(value)
