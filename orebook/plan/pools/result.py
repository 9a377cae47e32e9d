"""What the pools of a plan hold, and how far the plan can be from the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, cast

from orebook.plan.lp import FloatArray
from orebook.plan.pooling.result import Step, relative_gap

__all__ = ["GAP", "PoolSettings", "PoolsFound", "Step", "kept_quality"]

GAP = 1e-4
"""Relative gap at which a plan counts as optimal [-]."""

Certify = Literal["auto", "scip", "none"]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How long and how far the best compositions are searched for.

    Parameters
    ----------
    seconds : float
        Longest time of the whole search [s].
    certify : {"auto", "scip", "none"}
        Close the gap with SCIP; "auto" where it is installed.
    parts : tuple of int
        Parts of the piecewise relaxations [-].
    """

    seconds: float = 30.0
    certify: Certify = "auto"
    parts: tuple[int, ...] = (2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class PoolsFound:
    """The pools of a plan.

    Parameters
    ----------
    profit, bound : float
        Margin of the plan, and what no plan exceeds [CNY].
    certified : bool
        True if the gap is at most 1e-4 and every user answers straight.
    bent : tuple of str
        Units that do not answer linearly to the quality of a pool: for these the bound
        holds for the answer at the ingredients only, hence proves nothing.
    composition, content : mapping
        Pool ``MATERIAL@PLACE`` to the share of each ingredient, and to its content by
        component, shape (periods,) [-].
    amount : mapping
        Pool to the amount taken from it, shape (periods,) [t]; stock carried over
        included.
    worth : mapping
        Pool to the money per percentage point of each component, shape (periods,):
        what the group gains if the mix held one point more of it, while compositions
        may still move [CNY per point].
    steps : tuple of Step
        The rungs of the ladder.
    seconds : float
        Time taken [s].
    given_settings : bool
        True where settings were free too: the bound holds for those chosen.
    """

    profit: float
    bound: float
    certified: bool
    bent: tuple[str, ...]
    composition: Mapping[str, Mapping[str, FloatArray]]
    content: Mapping[str, Mapping[str, FloatArray]]
    amount: Mapping[str, FloatArray] = field(default_factory=dict)
    worth: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    seconds: float = 0.0
    given_settings: bool = False

    @property
    def gap(self) -> float:
        """How far the margin can lie below the best, relative to it [-]."""
        return relative_gap(self.profit, self.bound)

    def summary(self) -> str:
        """Return profit, bound and gap in one line, without timings."""
        proof = "proven optimal" if self.certified else "not proven optimal"
        text = (
            f"pools: margin {self.profit:,.0f} CNY, at most {self.bound:,.0f} CNY "
            f"(gap {100 * self.gap:.4f} %, {proof}); prices hold for the compositions "
            "chosen"
        )
        if self.given_settings:
            text += "; the bound holds for the settings chosen"
        if self.bent:
            text += f"; no bound for the bent answer of {', '.join(self.bent)}"
        return text

    def rows(self, periods: tuple[str, ...]) -> list[dict[str, object]]:
        """Return one row for each pool and period in which it is used.

        Parameters
        ----------
        periods : tuple of str
            Names of the periods.
        """
        return [
            {
                "pool": pool,
                "period": name,
                "amount_t": float(amount[t]),
                "composition": _at(self.composition[pool], t),
                "quality": _at(self.content[pool], t),
                "worth_cny_per_point": _at(self.worth.get(pool, {}), t),
            }
            for pool, amount in self.amount.items()
            for t, name in enumerate(periods)
            if amount[t] > 0.0
        ]

    def to_dict(self, periods: tuple[str, ...]) -> dict[str, object]:
        """Return the pools as plain data with stable names, without timings."""
        return {
            "margin_cny": self.profit,
            "bound_cny": self.bound,
            "gap": self.gap,
            "certified": self.certified,
            "not_linear": list(self.bent),
            "given_settings": self.given_settings,
            "prices": "given the compositions",
            "steps": [
                {k: v for k, v in asdict(one).items() if k != "seconds"}
                for one in self.steps
            ],
            "mixes": self.rows(periods),
        }


def _at(values: Mapping[str, FloatArray], t: int) -> dict[str, float]:
    return {name: float(value[t]) for name, value in values.items()}


def kept_quality(plan: object, period: str) -> dict[str, dict[str, float]]:
    """Return the quality of each mix in a period of a plan that was kept.

    Parameters
    ----------
    plan : mapping
        From ``Plan.to_dict``, perhaps read back.
    period : str
        Name of the period.

    Examples
    --------
    >>> mix = {"pool": "blend@yard", "period": "2026-05", "quality": {"SiO2": 0.05}}
    >>> kept_quality({"pools": {"mixes": [mix]}}, "2026-05")
    {'blend@yard': {'SiO2': 0.05}}
    """
    told = cast("Mapping[str, object]", plan).get("pools") or {}
    pools = cast("Mapping[str, list[Mapping[str, object]]]", told)
    return {
        str(row["pool"]): dict(cast("Mapping[str, float]", row["quality"]))
        for row in pools.get("mixes", [])
        if row["period"] == period
    }
