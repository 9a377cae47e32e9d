"""Why an amount is what it is: a tree that recomputes it, and what one unit is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from orebook.reward.attain import RATES
from orebook.reward.steps import MeasureStep, TeamSteps, bounded, near, scaled

OPERATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "product": prod,
    "less": lambda v: v[0] - sum(v[1:]),
    "ratio": lambda v: v[0] / v[1],
    "above": lambda v: 1 + (v[0] - v[1]) / abs(v[1]),
    "below": lambda v: 1 + (v[1] - v[0]) / abs(v[1]),
    "line": lambda v: v[1] + v[2] * (v[0] - v[3]),
    "at_least": max,
    "at_most": min,
    "scaled": lambda v: scaled(v[0], v[1]),
    "veto": lambda v: min(v[0], 0.0),
}
"""How a node is computed from its children."""

ATTAINMENT_NODES = {
    ("ratio", "max"): ("ratio", "actual / target"),
    ("ratio", "min"): ("ratio", "target / actual"),
    ("relative_gap", "max"): ("above", "1 + (actual - target) / |target|"),
    ("relative_gap", "min"): ("below", "1 + (target - actual) / |target|"),
    ("difference", "max"): ("less", "actual - target"),
    ("difference", "min"): ("less", "target - actual"),
}
"""Operation and formula of each attainment formula."""

TARGET_FIRST = {("ratio", "min"), ("difference", "min")}
"""Formulas whose first operand is the target."""


@dataclass(frozen=True, slots=True)
class Node:
    """One number of the explanation, with what it was computed from.

    Parameters
    ----------
    label, label_zh : str
        What it is, in English and Chinese.
    value : float
        The number.
    unit : str
        Its unit; "-" for none.
    formula : str
        How it follows from the children, in words; empty for a leaf.
    operation : str
        Name in OPERATIONS; empty for a leaf.
    children : tuple of Node
        Operands in order.
    evidence : tuple of str
        For a leaf: postings, readings, incidents or the clause of the scheme.
    """

    label: str
    label_zh: str
    value: float
    unit: str
    formula: str = ""
    operation: str = ""
    children: tuple[Node, ...] = ()
    evidence: tuple[str, ...] = ()

    def leaves(self) -> Iterator[Node]:
        """Yield the numbers that were given, not computed."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def recompute(self) -> float:
        """Return the value computed again from the leaves alone."""
        if not self.children:
            return self.value
        values = [child.recompute() for child in self.children]
        return OPERATIONS[self.operation](values)

    def to_dict(self) -> dict[str, object]:
        """Return the tree as plain dictionaries with stable names."""
        return {
            "label": self.label,
            "label_zh": self.label_zh,
            "value": self.value,
            "unit": self.unit,
            "formula": self.formula,
            "operation": self.operation,
            "evidence": list(self.evidence),
            "children": [child.to_dict() for child in self.children],
        }

    def text(self, *, chinese: bool = False) -> str:
        """Return the tree as indented lines.

        Parameters
        ----------
        chinese : bool
            Use the Chinese labels.

        Returns
        -------
        str
            One line for each number.
        """
        return "\n".join(self._lines(0, chinese=chinese))

    def _lines(self, depth: int, *, chinese: bool) -> Iterator[str]:
        label = self.label_zh if chinese else self.label
        unit = "" if self.unit == "-" else f" {self.unit}"
        how = f"  = {self.formula}" if self.formula else ""
        source = f"  [{', '.join(self.evidence)}]" if self.evidence else ""
        yield f"{'  ' * depth}{label}: {_figure(self)}{unit}{how}{source}"
        for child in self.children:
            yield from child._lines(depth + 1, chinese=chinese)


@dataclass(frozen=True, slots=True)
class Marginal:
    """What one unit of a raw measure is worth to a team.

    Parameters
    ----------
    measure, name, unit : str
        Which measure, and the unit of its raw value.
    up, down : float
        Change of pay for one unit more and for one unit less, each exact within its
        piece of the curve [CNY per unit].
    step : float
        Payout lost at once if the value worsens from where it stands; zero unless
        it stands at a step of the curve [-].
    """

    measure: str
    name: str
    unit: str
    up: float
    down: float
    step: float = 0.0

    @property
    def kink(self) -> bool:
        """Whether the two sides differ: a corner, a cap or a bound lies here."""
        return not near(self.up, -self.down)

    def sentence(self) -> str:
        """Return both sides in words."""
        return (
            f"{self.name}: one {self.unit} less is worth {self.down:+,.2f} CNY, "
            f"one {self.unit} more {self.up:+,.2f} CNY"
        )


def explain_team(steps: TeamSteps) -> Node:
    """Return the explanation tree of a team's amount.

    Parameters
    ----------
    steps : TeamSteps
        The chain of numbers.

    Returns
    -------
    Node
        Tree whose leaves recompute the amount.
    """
    pooled = _pool_node(steps, _cap_node(steps, _gate_node(steps)))
    rounding = _rule(steps, "rounding", ("rounding to the cent", "分位取整"))
    cent = _leaf(rounding, steps.amount - steps.pooled)
    return Node(
        "amount",
        "应发金额",
        steps.amount,
        "CNY",
        "after pool + rounding",
        "sum",
        (pooled, cent),
    )


def marginal_pay(steps: TeamSteps) -> tuple[Marginal, ...]:
    """Return what one unit of each raw measure is worth to a team.

    Parameters
    ----------
    steps : TeamSteps
        The chain of numbers.

    Returns
    -------
    tuple of Marginal
        One for each measure of the team.

    Notes
    -----
    One-sided derivatives of the amount before rounding to cents, carried through
    every step: attainment, curve, weight, gate, floor and cap, pool (the team's own
    effect on k included). Fund, targets and the other teams stay as they are.
    """
    return tuple(
        Marginal(
            measure=m.id,
            name=m.name_en or m.name,
            unit=m.unit,
            up=_amount_rate(steps, _pay_rate(m, 1.0)),
            down=_amount_rate(steps, _pay_rate(m, -1.0)),
            step=m.curve.step(m.attainment),
        )
        for m in steps.measures
    )


def _pay_rate(measure: MeasureStep, direction: float) -> float:
    """Change of a measure's pay as its raw value moves in a direction."""
    rate = direction * RATES[measure.way](measure.actual, measure.target)
    left, right = measure.curve.slopes(measure.attainment)
    return rate * (right if rate > 0 else left) * measure.weight * measure.base


def _amount_rate(steps: TeamSteps, rate: float) -> float:
    rate = _scaled_rate(steps.deducted, rate, steps.multiplier)
    if steps.vetoed:
        rate = _bounded_rate(min(steps.deducted, 0.0), rate, None, 0.0)
        rate = 0.0 if steps.deducted > 0 else rate
    rate = _bounded_rate(steps.gated, rate, steps.floor, steps.cap)
    return _pool_rate(steps, rate)


def _scaled_rate(value: float, rate: float, factor: float) -> float:
    above = value > 0 and not near(value, 0.0)
    return rate * factor if above or (near(value, 0.0) and rate > 0) else rate


def _bounded_rate(
    value: float, rate: float, floor: float | None, cap: float | None
) -> float:
    """Rate after a floor and a cap; at a bound only the way back counts."""
    if cap is not None and (near(value, cap) or value > cap):
        return min(rate, 0.0) if near(value, cap) else 0.0
    if floor is not None and (near(value, floor) or value < floor):
        return max(rate, 0.0) if near(value, floor) else 0.0
    return rate


def _pool_rate(steps: TeamSteps, rate: float) -> float:
    """Rate after the pool: a team that earns more also lowers k for all."""
    pool, own = steps.pool, steps.capped
    if pool.limit is None or own < 0 or (own == 0 and rate <= 0):
        return rate
    if near(pool.positive, pool.limit):
        binds = rate > 0
    else:
        binds = pool.positive > pool.limit
    if not binds:
        return rate
    if pool.positive == 0:
        return 0.0
    factor = pool.limit / pool.positive
    return rate * factor * (1 - own / pool.positive)


def _pool_node(steps: TeamSteps, capped: Node) -> Node:
    pool = steps.pool
    if pool.limit is None:
        return capped
    limit = _leaf(_rule(steps, "pool", ("pool limit", "总额上限")), pool.limit)
    one = _leaf(_rule(steps, "pool", ("never above", "不超过")), 1.0, unit="-")
    if pool.positive == 0:
        factor = one
    else:
        source = (f"settlement:{steps.scheme}/{steps.period}#positive",)
        positive = _leaf(("sum above zero", "正数合计", source), pool.positive)
        quotient = Node(
            "limit / sum",
            "上限÷合计",
            pool.limit / pool.positive,
            "-",
            "limit / sum above zero",
            "ratio",
            (limit, positive),
        )
        factor = Node(
            "pool factor",
            "总额调节系数",
            pool.factor,
            "-",
            "k = min(1, limit / sum)",
            "at_most",
            (one, quotient),
        )
    formula = "times k where above zero"
    return Node(
        "after pool",
        "总额调节后",
        steps.pooled,
        "CNY",
        formula,
        "scaled",
        (capped, factor),
    )


def _cap_node(steps: TeamSteps, node: Node) -> Node:
    value = node.value
    if steps.floor is not None:
        bound = _leaf(_rule(steps, "limits.floor", ("floor", "保底")), steps.floor)
        value = max(value, steps.floor)
        formula = "max(amount, floor)"
        node = Node(
            "after floor", "保底后", value, "CNY", formula, "at_least", (node, bound)
        )
    if steps.cap is not None:
        bound = _leaf(_rule(steps, "limits.cap", ("cap", "封顶")), steps.cap)
        value = bounded(value, None, steps.cap)
        formula = "min(amount, cap)"
        node = Node(
            "after cap", "封顶后", value, "CNY", formula, "at_most", (node, bound)
        )
    return node


def _gate_node(steps: TeamSteps) -> Node:
    node = _deduction_node(steps)
    for gate in steps.gates:
        if gate.effect == "multiplier":
            factor = _leaf((_en(gate), gate.name, gate.evidence), gate.factor, unit="-")
            value = scaled(node.value, gate.factor)
            formula = "times factor where above zero"
            node = Node(
                "after multiplier",
                "系数后",
                value,
                "CNY",
                formula,
                "scaled",
                (node, factor),
            )
    for gate in steps.gates:
        if gate.effect == "veto":
            flag = _leaf((_en(gate), gate.name, gate.evidence), gate.count, unit="-")
            value = min(node.value, 0.0)
            formula = f"veto: {_en(gate)}"
            node = Node(
                "after veto", "否决后", value, "CNY", formula, "veto", (node, flag)
            )
    return node


def _deduction_node(steps: TeamSteps) -> Node:
    earned = _earned_node(steps)
    cuts = tuple(
        _leaf((_en(gate), gate.name, gate.evidence), gate.deduction)
        for gate in steps.gates
        if gate.effect == "deduction"
    )
    if not cuts:
        return earned
    return Node(
        "after deductions",
        "扣减后",
        steps.deducted,
        "CNY",
        "earned - deductions",
        "less",
        (earned, *cuts),
    )


def _earned_node(steps: TeamSteps) -> Node:
    parts = tuple(_measure_node(steps, measure) for measure in steps.measures)
    formula = "sum of measures"
    return Node("earned", "考核所得", steps.earned, "CNY", formula, "sum", parts)


def _measure_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    clause = f"measures.{measure.id}"
    weight = _leaf(
        _rule(steps, f"{clause}.weight", ("weight", "权重")), measure.weight, unit="-"
    )
    return Node(
        measure.name_en or measure.name,
        measure.name,
        measure.pay,
        "CNY",
        "base x weight x payout",
        "product",
        (_base_node(steps, measure), weight, _payout_node(steps, measure)),
    )


def _base_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    if not measure.fund_based:
        clause = f"measures.{measure.id}.pays"
        return _leaf(_rule(steps, clause, ("pays money", "直接计奖")), measure.base)
    fund = _leaf(("fund", "奖金总额", steps.fund.evidence), steps.fund.amount)
    share = _leaf(
        _rule(steps, f"teams.{steps.team}", ("share", "份额")), steps.share, unit="-"
    )
    formula = "fund x share"
    return Node(
        "team fund",
        "团队奖金基数",
        measure.base,
        "CNY",
        formula,
        "product",
        (fund, share),
    )


def _payout_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    piece = measure.curve.segment(measure.attainment)
    clause = f"measures.{measure.id}.curve"
    y0 = _leaf(_rule(steps, clause, ("payout at corner", "折点兑现")), piece.y0, unit="-")
    slope = _leaf(_rule(steps, clause, ("slope", "斜率")), piece.slope, unit="-")
    x0 = _leaf(_rule(steps, clause, ("corner", "折点")), piece.x0, unit="-")
    return Node(
        "payout",
        "兑现系数",
        measure.payout,
        "-",
        f"{piece.y0:g} + {piece.slope:g} x ({measure.attainment:g} - {piece.x0:g})",
        "line",
        (_attainment_node(measure), y0, slope, x0),
    )


def _attainment_node(measure: MeasureStep) -> Node:
    operation, formula = ATTAINMENT_NODES[measure.way]
    actual = _leaf(("actual", "实际", measure.evidence), measure.actual, measure.unit)
    target = _leaf(("target", "目标", measure.evidence), measure.target, measure.unit)
    pair = (target, actual) if measure.way in TARGET_FIRST else (actual, target)
    unit = measure.unit if measure.way[0] == "difference" else "-"
    return Node(
        "attainment", "完成率", measure.attainment, unit, formula, operation, pair
    )


Source = tuple[str, str, tuple[str, ...]]


def _leaf(source: Source, value: float, unit: str = "CNY") -> Node:
    label, label_zh, evidence = source
    return Node(label, label_zh, value, unit, evidence=evidence)


def _rule(steps: TeamSteps, clause: str, labels: tuple[str, str]) -> Source:
    return (*labels, (f"scheme:{steps.scheme}#{clause}",))


def _en(gate: object) -> str:
    return str(getattr(gate, "name_en", "") or getattr(gate, "name", ""))


def _figure(node: Node) -> str:
    return f"{node.value:,.2f}" if node.unit == "CNY" else f"{node.value:.6g}"
