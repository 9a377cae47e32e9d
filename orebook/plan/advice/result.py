"""Advice as a value: the frontier, today, the recommended settings and their steps."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.errors import InputError
from orebook.plan.advice.board import Board, Knob
from orebook.plan.advice.frontier import Frontier
from orebook.plan.advice.search import Point
from orebook.plan.advice.stand import Stand
from orebook.plan.advice.steps import Step
from orebook.plan.advice.words import told
from orebook.plan.result import Plan

__all__ = ["Advice", "Measured"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Where the meters of a closed month say the units were.

    Parameters
    ----------
    period : str
        The month.
    cost : float
        Cost of the products at the plan's internal prices [CNY].
    product : float
        Main product [its unit].
    index : float or None
        The index, where flows alone tell it [its unit].
    """

    period: str
    cost: float
    product: float
    index: float | None


@dataclass(frozen=True)
class Advice:
    """What was found for a unit or a centre.

    Parameters
    ----------
    plan : Plan
        The group's plan.
    name : str
        Unit or centre.
    period : int
        Place of the period in the plan [-].
    board : Board
        Units, settings, needs and index.
    main : Stand
        Unit whose product figures are related to.
    still : tuple of Knob
        Free settings that change nothing in this model.
    others : tuple of str
        Further indices the settings move.
    frontier : Frontier
        Least cost against the index.
    today_cost, today_index : float
        Where the settings of today lead [CNY, unit of the index].
    today_missed : tuple of str
        Needs that the settings of today miss.
    same_index : Point
        Least cost at today's index or better.
    aim : str or float
        What was to be recommended.
    recommended : Point
        The recommended settings.
    steps : tuple of Step
        From today to them; their money sums to `saving`.
    measured : Measured or None
        Where a closed month was, if one was given.
    group : float or None
        What the group gains by the recommended settings, by planning again [CNY].
    group_words : str
        Why there is no plan with them; empty otherwise.
    """

    plan: Plan
    name: str
    period: int
    board: Board
    main: Stand
    still: tuple[Knob, ...]
    others: tuple[str, ...]
    frontier: Frontier
    today_cost: float
    today_index: float
    today_missed: tuple[str, ...]
    same_index: Point
    aim: str | float
    recommended: Point
    steps: tuple[Step, ...]
    measured: Measured | None = None
    group: float | None = None
    group_words: str = ""

    @property
    def output(self) -> float:
        """Main product of the period [its unit]."""
        return self.main.output

    @property
    def product_unit(self) -> str:
        """Unit of the main product."""
        ports = self.main.process.ports
        return next(p.unit for p in ports if p.name == self.main.product)

    @property
    def product(self) -> str:
        """Material of the main product."""
        name = f"{self.main.unit.id}.{self.main.product}"
        return self.plan.network.stream[name].balance.material

    @property
    def distance(self) -> float:
        """What today costs more than need be at its own index [CNY]."""
        return self.today_cost - self.same_index.cost

    @property
    def saving(self) -> float:
        """What the recommended settings save, at fixed internal prices [CNY]."""
        return self.today_cost - self.recommended.cost

    @property
    def settings(self) -> dict[str, dict[str, float]]:
        """The recommended settings by unit and name [unit of the setting]."""
        return self.at(self.recommended)

    @property
    def indifferent(self) -> tuple[Knob, ...]:
        """Recommended settings that nothing holds: worth nothing on the margin."""
        held = zip(self.board.knobs, self.recommended.held, strict=True)
        return tuple(knob for knob, by in held if not by)

    def at(self, point: Point) -> dict[str, dict[str, float]]:
        """Return the settings of a point by unit and name [unit of the setting]."""
        chosen = self.board.settings(point.z)
        return {
            unit: {name: float(value) for name, value in values.items()}
            for unit, values in chosen.items()
            if values
        }

    def per_unit(self, money: float) -> float:
        """Return money per unit of the main product [CNY/unit]."""
        return money / self.output

    def value(self, step: Step, *, after: bool) -> float | None:
        """Return the setting a step moves, before or after it [its unit]."""
        if step.knob is None:
            return None
        knob = self.board.knobs[step.knob]
        z = step.after if after else step.before
        return float(self.board.settings(z)[knob.unit][knob.name])

    def summary(self, lang: str = "zh") -> str:
        """Return the advice in plain words.

        Parameters
        ----------
        lang : str
            ``"zh"`` or ``"en"``.

        Raises
        ------
        InputError
            If the language is another.
        """
        if lang not in ("zh", "en"):
            raise InputError(f"lang = {lang!r}; expected 'zh' or 'en'; choose one")
        return told(self, lang)

    def to_dict(self) -> dict[str, object]:
        """Return the advice as plain data with stable names."""
        index, edge, measured = self.board.index, self.frontier, self.measured
        return {
            "name": self.name,
            "units": [s.unit.id for s in self.board.stands],
            "shared_with": [s.unit.id for s in self.board.others],
            "period": self.plan.periods[self.period].name,
            "product": self.product,
            "product_amount": self.output,
            "product_unit": self.product_unit,
            "index": {
                "name": index.name,
                "unit": index.unit,
                "better": index.better,
                "others": list(self.others),
            },
            "today": {
                **self._figures(self.today_cost, self.today_index),
                "settings": self._today(),
                "missed": list(self.today_missed),
                "distance_cny": self.distance,
            },
            "measured": None
            if measured is None
            else {
                "period": measured.period,
                "cost_cny": measured.cost,
                "product_amount": measured.product,
                "index": measured.index,
            },
            "frontier": [self._point(p) for p in edge.points],
            "knee": edge.knee,
            "knee_depth_cny": edge.depth,
            "convex": edge.convex,
            "trade_off": edge.trade_off,
            "aim": self.aim,
            "recommended": self._point(self.recommended),
            "saving_cny": self.saving,
            "steps": [self._step(s) for s in self.steps],
            "indifferent": [k.id for k in self.indifferent],
            "without_effect": [k.id for k in self.still],
            "group_gain_cny": self.group,
            "group_infeasible": self.group_words,
        }

    def _figures(self, cost: float, index: float) -> dict[str, object]:
        return {
            "index": index,
            "cost_cny": cost,
            "cost_cny_per_unit": self.per_unit(cost),
        }

    def _today(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for knob in self.board.knobs:
            found.setdefault(knob.unit, {})[knob.name] = knob.today
        return found

    def _point(self, point: Point) -> dict[str, object]:
        held = zip(self.board.knobs, point.held, strict=True)
        return {
            **self._figures(point.cost, point.index),
            "price_cny_per_index": point.price,
            "settings": self.at(point),
            "held": {knob.id: by for knob, by in held},
            "residual": point.residual,
            "certified": point.certified,
        }

    def _step(self, step: Step) -> dict[str, object]:
        knob = None if step.knob is None else self.board.knobs[step.knob]
        return {
            "setting": None if knob is None else knob.id,
            "unit": None if knob is None else knob.measure,
            "before": self.value(step, after=False),
            "after": self.value(step, after=True),
            "money_cny": step.money,
            "index": step.index,
            "stopped": step.stopped,
        }
