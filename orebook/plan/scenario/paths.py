"""Price paths: the distribution of the margin, and what each contract adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orebook.chain.trade import Purchase, Sale
from orebook.errors import InfeasibleError, InputError
from orebook.plan.conditions import FloatArray
from orebook.plan.replan import StandingPlan
from orebook.plan.replan_changes import Changes, NewPrice, check_changes
from orebook.plan.scenario.jobs import Progress, Runner
from orebook.plan.scenario.margins import Outcome, outcomes
from orebook.plan.scenario.overlay import beside_level, series_prices
from orebook.plan.scenario.price_model import PriceModel, multipliers
from orebook.plan.scenario.risk import tail_mean

__all__ = [
    "Exposure",
    "PathStudy",
    "PricePath",
    "generated",
    "path_changes",
    "run_paths",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class PricePath:
    """One way prices may go.

    Parameters
    ----------
    name : str
        Its name.
    levels : mapping
        Series id, ``buy:ID`` or ``sell:ID`` to its price in each period of the plan;
        nan keeps what the plan knows [unit of the series, or CNY/unit].
    weight : float
        Its weight among the paths, above 0 [-].
    """

    name: str
    levels: Mapping[str, FloatArray]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one contract adds to the margin and to its spread.

    Parameters
    ----------
    contract : str
        ``buy:ID`` or ``sell:ID``.
    planned : float
        Money of the contract in the plan; purchases below 0 [CNY].
    one_percent : float
        Change of the margin if the price rises by 1 % and the plan stays [CNY].
    share : float
        Share of the variance of the margin that goes with this contract; all
        contracts and the rest sum to 1 [-].
    """

    contract: str
    planned: float
    one_percent: float
    share: float


@dataclass(frozen=True)
class PathStudy:
    """The margin over many price paths.

    Parameters
    ----------
    plan : StandingPlan
        The plan at the prices known.
    names : tuple of str
        Names of the paths.
    weight : array of float, shape (paths,)
        Probability of each [-].
    margin : array of float, shape (paths,)
        Margin of the plan made for each path [CNY].
    held : array of float, shape (paths,)
        Margin of the plan made today, left as it is, at the prices of each path
        [CNY].
    exposures : tuple of Exposure
        By share of the variance, largest first.
    basis : mapping
        Where the paths are from: file or model, seed.
    """

    plan: StandingPlan
    names: tuple[str, ...]
    weight: FloatArray
    margin: FloatArray
    held: FloatArray
    exposures: tuple[Exposure, ...]
    basis: Mapping[str, object] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Expected margin [CNY]."""
        return float(self.weight @ self.margin)

    @property
    def deviation(self) -> float:
        """Standard deviation of the margin [CNY]."""
        return float(np.sqrt(self.weight @ (self.margin - self.mean) ** 2))

    def quantile(self, share: float) -> float:
        """Return the margin that is not reached with a probability [CNY].

        Parameters
        ----------
        share : float
            The probability, 0 to 1 [-].
        """
        order = np.argsort(self.margin, kind="stable")
        reached = np.cumsum(self.weight[order])
        place = int(np.searchsorted(reached, share - 1e-12))
        return float(self.margin[order][min(place, order.size - 1)])

    def summary(self, lang: str = "zh") -> str:
        """Return the study as text, ``lang`` being ``"zh"`` or ``"en"``."""
        from orebook.plan.scenario.words import path_text

        return path_text(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the study as plain data with stable names."""
        return {
            "periods": [p.name for p in self.plan.periods],
            "base_cny": self.plan.margin,
            "basis": dict(self.basis),
            "mean_cny": self.mean,
            "deviation_cny": self.deviation,
            "quantiles_cny": {f"{100 * q:g}%": self.quantile(q) for q in QUANTILES},
            "worst_tenth_cny": tail_mean(self.margin, self.weight, 0.1),
            "adapting_cny": float(self.weight @ (self.margin - self.held)),
            "exposures": [
                {
                    "contract": e.contract,
                    "planned_cny": e.planned,
                    "one_percent_cny": e.one_percent,
                    "share": e.share,
                }
                for e in self.exposures
            ],
            "paths": [
                {"path": n, "weight": float(w), "margin_cny": float(m)}
                | {"held_cny": float(h)}
                for n, w, m, h in zip(
                    self.names, self.weight, self.margin, self.held, strict=True
                )
            ],
        }


def generated(
    plan: StandingPlan, model: PriceModel, *, count: int, seed: int
) -> tuple[PricePath, ...]:
    """Return random price paths that start from what the plan knows.

    Parameters
    ----------
    plan : StandingPlan
        Gives the horizon and the prices known.
    model : PriceModel
        How the series move.
    count, seed : int
        Number of paths, at least 1, and seed [-].

    Returns
    -------
    tuple of PricePath
        Every series is a multiple of its price in the plan; what the price is known
        at counts as half a month before the first period begins.

    Raises
    ------
    InputError
        If there are no paths or the model names a series the book does not have.
    """
    from orebook.plan.replan_limits import known_name

    if count < 1:
        raise InputError(f"{count} paths; expected at least 1; write --count 200")
    ends = np.cumsum([p.months for p in plan.periods]) / 12.0
    lengths = np.array([p.months for p in plan.periods]) / 12.0
    middle = ends - lengths / 2.0 + 0.5 / 12.0
    moved = multipliers(model, [float(m) for m in middle], count=count, seed=seed)
    for factor in model.factors:
        known_name("price series", factor.series, plan.network.chain.series)
    levels = {f.series: _level(plan, f.series) for f in model.factors}
    width = len(str(count))
    return tuple(
        PricePath(
            f"path-{k + 1:0{width}d}",
            {
                f.series: levels[f.series] * moved[k, i]
                for i, f in enumerate(model.factors)
            },
        )
        for k in range(count)
    )


def _level(plan: StandingPlan, series: str) -> FloatArray:
    """Return the level of a series that the prices of the plan imply, (periods,)."""
    chain, price = plan.network.chain, plan.assembly.conditions.price
    contracts: dict[str, Purchase | Sale]
    contracts = {f"buy:{p.id}": p for p in chain.purchases if p.series == series}
    contracts |= {f"sell:{s.id}": s for s in chain.sales if s.series == series}
    for key, contract in contracts.items():
        return (price[key] - beside_level(chain, key, contract)) / contract.factor
    return np.zeros(len(plan.periods))  # nothing in the plan follows it


def path_changes(plan: StandingPlan, path: PricePath) -> Changes:
    """Return what a price path changes in a plan.

    Parameters
    ----------
    plan : StandingPlan
        The plan.
    path : PricePath
        Levels of series move all contracts on them; prices of contracts go last.

    Raises
    ------
    InputError
        If it names what the plan does not have.
    """
    names = [p.name for p in plan.periods]
    series: list[NewPrice] = []
    contracts: list[NewPrice] = []
    for key, levels in path.levels.items():
        for t in np.flatnonzero(np.isfinite(levels)):
            value = float(levels[t])
            if key.startswith(("buy:", "sell:")):
                contracts.append(NewPrice(key, value, periods=(names[t],)))
            else:
                series += series_prices(plan, key, period=int(t), value=value)
    return Changes(prices=(*series, *contracts))


def run_paths(
    plan: StandingPlan,
    paths: Sequence[PricePath],
    *,
    basis: Mapping[str, object] | None = None,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> PathStudy:
    """Make the plan of every price path and return the distribution of the margin.

    Parameters
    ----------
    plan : StandingPlan
        The plan at the prices known.
    paths : sequence of PricePath
        At least one.
    basis : mapping, optional
        Where the paths are from, for the record.
    runner : Runner, optional
        Where the plans are made.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    PathStudy
        Each path is planned as if all its prices were known beforehand.

    Raises
    ------
    InputError
        If there is no path or one names what the plan does not have.
    InfeasibleError
        If a path has no plan (prices alone cannot cause that).
    """
    if not paths:
        raise InputError("there is no price path; expected at least one; add a path")
    changes = [path_changes(plan, p) for p in paths]
    for one in changes:
        check_changes(plan, one)
    found = outcomes(plan, changes, runner=runner, progress=progress, step="paths")
    if lost := next((o for o in found if not o.feasible), None):
        raise InfeasibleError(lost.message)
    weight = np.array([p.weight for p in paths], np.float64)
    weight /= weight.sum()
    margin = np.array([o.margin for o in found])
    prices = [_prices(plan, one) for one in changes]
    held = np.array([_held(plan, price) for price in prices])
    exposures = _exposures(plan, found, prices, margin=margin, weight=weight)
    names = tuple(p.name for p in paths)
    return PathStudy(plan, names, weight, margin, held, exposures, dict(basis or {}))


def _prices(plan: StandingPlan, changes: Changes) -> dict[str, FloatArray]:
    from orebook.plan.replan_changes import new_conditions

    return dict(new_conditions(plan, changes).price)


def _quantities(plan: StandingPlan, amounts: FloatArray) -> dict[str, FloatArray]:
    """Return what passes each contract, sold above 0 and bought below, (periods,)."""
    found: dict[str, FloatArray] = {}
    for i, s in enumerate(plan.network.streams):
        if s.role in ("buy", "sell"):
            key, sign = f"{s.role}:{s.owner}", 1.0 if s.role == "sell" else -1.0
            found[key] = found.get(key, 0.0) + sign * amounts[i]
    return found


def _held(plan: StandingPlan, price: Mapping[str, FloatArray]) -> float:
    """Return the margin of the plan as it stands at other prices [CNY]."""
    known = plan.assembly.conditions.price
    moved = {k: v - known[k] for k, v in price.items()}
    quantity = _quantities(plan, plan.amounts)
    gain = sum(float(q @ moved[k]) for k, q in quantity.items())
    return plan.margin + gain - _shortfall(plan, moved)


def _shortfall(plan: StandingPlan, moved: Mapping[str, FloatArray]) -> float:
    """Return what take-or-pay shortfalls of the plan cost more [CNY]."""
    block = plan.assembly.problem.columns.get("shortfall")
    if block is None:
        return 0.0
    return sum(
        float(plan.x[block.slice(entity)] @ moved[f"buy:{entity}"])
        for entity in block.entities
    )


def _exposures(
    plan: StandingPlan,
    found: Sequence[Outcome],
    prices: Sequence[Mapping[str, FloatArray]],
    *,
    margin: FloatArray,
    weight: FloatArray,
) -> tuple[Exposure, ...]:
    """Split the variance of the margin among contracts: cov(part, margin) / var."""
    known = plan.assembly.conditions.price
    planned = _quantities(plan, plan.amounts)
    money: dict[str, list[float]] = {k: [] for k in planned}
    for one, price in zip(found, prices, strict=True):
        for key, quantity in _quantities(plan, one.amounts).items():
            money[key].append(float(quantity @ price[key]))
    centred = margin - weight @ margin
    variance = float(weight @ centred**2)
    exposures = []
    for key, parts in money.items():
        now = float(planned[key] @ known[key])
        shared = float(weight @ (np.array(parts) * centred))
        share = shared / variance if variance > 0.0 else 0.0
        exposures.append(Exposure(key, now, now / 100.0, share))
    return tuple(sorted(exposures, key=lambda e: (-abs(e.share), e.contract)))
