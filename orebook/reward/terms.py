"""Terms of a scheme beside its measures: targets, reports, stock, ratchet, deferral."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from orebook.reward.contract import ratchet_share
from orebook.reward.part import Name, Number, Part, Positive, Share

RELATIVE = frozenset({"peers", "own_best", "external"})
"""Targets set by others, or by what the team itself reached before."""


class Target(Part):
    """Where the target of a measure comes from.

    Parameters
    ----------
    source : str
        ``plan``; ``fair`` (the process at the feed really got); ``fixed``;
        ``external`` (median of the figures of peers outside, from ``peers/``);
        ``own_best`` (quantile of the team's own closed months before);
        ``peers`` (mean of the other teams, the own one left out); ``report`` (what the
        team itself said, which invites low reports: the lab shows it).
    value : float, optional
        The number, for ``fixed`` [unit of the measure].
    of : tuple of str
        For ``peers`` the measures compared with, this one where empty; for
        ``external`` the one indicator of ``peers/``.
    base : {"none", "plan", "fair"}
        For ``peers``: compare raw values, or deviations from the own plan or fair
        value: target = own base x (1 + strength x mean deviation of the others).
    strength : float
        Part of the others' deviation that is filtered out, cov/var [-].
    quantile : float
        For ``own_best``: 0.9 is what the best tenth of the months reached [-].
    at_least : int
        For ``own_best``: months needed; with fewer the plan stands in [-].
    like : float, optional
        For ``own_best``: only months whose load lies within this part of the present
        load; all where too few are [-].
    """

    source: Literal["plan", "fair", "fixed", "external", "own_best", "peers", "report"]
    value: Number | None = None
    of: tuple[Name, ...] = ()
    base: Literal["none", "plan", "fair"] = "none"
    strength: Share = 1.0
    quantile: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    at_least: Annotated[int, Field(ge=1)] = 6
    like: Positive | None = None

    @model_validator(mode="after")
    def _value_if_fixed(self) -> Self:
        if (self.source == "fixed") != (self.value is not None):
            msg = "a fixed target needs value; any other takes none"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _of_fits(self) -> Self:
        if self.source == "external" and len(self.of) != 1:
            msg = 'an external target needs of = ["indicator"], one name in peers/'
            raise ValueError(msg)
        if self.of and self.source not in {"external", "peers"}:
            msg = f"a target of source '{self.source}' takes no `of`"
            raise ValueError(msg)
        return self


class Report(Part):
    """What happens with the team's own report of a measure, sent before the period.

    Parameters
    ----------
    days : int
        Days before the first of the period by which it must be dated [d].
    missing : {"target", "nothing"}
        A late or missing report counts as a report of the target itself, or the
        measure pays nothing.
    """

    days: Annotated[int, Field(ge=0)] = 0
    missing: Literal["target", "nothing"] = "target"


class Stock(Part):
    """How stock beyond the plan counts in margins and effects.

    Parameters
    ----------
    valued_at : {"price", "marginal_cost"}
        Internal price, or what the makers spent on it: neither margin nor a gain of
        efficiency counts before it is sold.
    capital_charge : float
        Interest on that stock, a year [-].
    """

    valued_at: Literal["price", "marginal_cost"] = "price"
    capital_charge: Share = 0.0


class Ratchet(Part):
    """The promise how far good results raise later targets.

    Parameters
    ----------
    step : float
        Part l of a result above target that is added to the next target [-].
    interest : float
        Interest by which the team discounts from one revision to the next [-].
    """

    step: Share
    interest: Positive = 0.1

    @property
    def effective(self) -> float:
        """Part of the stated share that the team really sees [-]."""
        return ratchet_share(1.0, ratchet=self.step, discount=1 / (1 + self.interest))


class Deferral(Part):
    """Part of a positive amount paid later.

    Parameters
    ----------
    share : float
        Part held back [-].
    months : int
        For how long [months].
    forfeit_on_veto : bool
        Whether a veto before the day of payment takes what is still held back.
    """

    share: Share = 0.0
    months: Annotated[int, Field(ge=1)] = 12
    forfeit_on_veto: bool = False
