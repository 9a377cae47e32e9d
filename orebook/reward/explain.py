"""Why an amount is what it is: a tree whose leaves recompute it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from orebook.reward.steps import GateStep, MeasureStep, TeamSteps, scaled

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
    pooled = _pool_node(steps, _bound_node(steps, _gate_node(steps)))
    cents = steps.amount - pooled.value
    rounding = _rule(steps, "rounding", ("rounding to the cent", "分位取整"), cents)
    labels = ("amount", "应发金额")
    return _node(labels, "after pool + rounding", "sum", (pooled, rounding))


def _pool_node(steps: TeamSteps, capped: Node) -> Node:
    node = capped
    if steps.pool.limit is not None:
        labels = ("after pool", "总额调节后")
        factor = _pool_factor(steps, steps.pool.limit)
        node = _node(labels, "times k where above zero", "scaled", (capped, factor))
    if steps.months == 1:
        return node
    before = _earlier(
        steps, ("paid in earlier months", "前几个月已发"), steps.paid_before
    )
    labels = ("this month", "本月")
    month = _node(labels, "so far - earlier months", "less", (node, before))
    stop = next((g for g in steps.gates if g.effect == "veto"), None)
    if stop is None:
        return month
    count = _gate_leaf(stop, stop.count, "-")
    labels = ("after veto", "否决后")
    return _node(labels, "nothing above zero", "veto", (month, count))


def _pool_factor(steps: TeamSteps, limit: float) -> Node:
    one = _rule(steps, "pool", ("never above", "不超过"), 1.0, unit="-")
    if steps.pool.positive == 0:
        return one
    source = (f"settlement:{steps.scheme}/{steps.period}#positive",)
    total = _leaf(("sum above zero", "正数合计"), steps.pool.positive, source)
    pair = (_rule(steps, "pool", ("pool limit", "总额上限"), limit), total)
    labels = ("limit / sum", "上限÷合计")
    quotient = _node(labels, "limit / sum above zero", "ratio", pair, unit="-")
    labels = ("pool factor", "总额调节系数")
    formula = "k = min(1, limit / sum)"
    return _node(labels, formula, "at_most", (one, quotient), unit="-")


def _bound_node(steps: TeamSteps, node: Node) -> Node:
    if steps.months == 1:
        return _bounded_node(steps, node)
    labels = ("earlier months", "前几个月")
    before = _earlier(steps, labels, steps.gated_before)
    labels = ("so far", "累计")
    whole = _node(labels, "this month + earlier months", "sum", (node, before))
    return _bounded_node(steps, whole)


def _earlier(steps: TeamSteps, labels: tuple[str, str], value: float) -> Node:
    """Leaf whose evidence is the settlements of the earlier months."""
    count = steps.months - 1
    source = (f"settlement:{steps.scheme}, {count} months before {steps.period}",)
    return _leaf(labels, value, source)


def _bounded_node(steps: TeamSteps, node: Node) -> Node:
    if steps.floor is not None:
        bound = _rule(steps, "limits.floor", ("floor", "保底"), steps.floor)
        labels = ("after floor", "保底后")
        node = _node(labels, "max(amount, floor)", "at_least", (node, bound))
    if steps.cap is not None:
        bound = _rule(steps, "limits.cap", ("cap", "封顶"), steps.cap)
        labels = ("after cap", "封顶后")
        node = _node(labels, "min(amount, cap)", "at_most", (node, bound))
    return node


def _gate_node(steps: TeamSteps) -> Node:
    node = _deduction_node(steps)
    for gate in steps.gates:
        if gate.effect == "multiplier":
            labels = ("after multiplier", "系数后")
            factor = _gate_leaf(gate, gate.factor, "-")
            formula = "times factor where above zero"
            node = _node(labels, formula, "scaled", (node, factor))
        if gate.effect == "veto":
            labels = ("after veto", "否决后")
            count = _gate_leaf(gate, gate.count, "-")
            node = _node(labels, "nothing above zero", "veto", (node, count))
    return node


def _deduction_node(steps: TeamSteps) -> Node:
    parts = tuple(_measure_node(steps, measure) for measure in steps.measures)
    earned = _node(("earned", "考核所得"), "sum of measures", "sum", parts)
    cuts = [
        _gate_leaf(gate, gate.deduction, "CNY")
        for gate in steps.gates
        if gate.effect == "deduction"
    ]
    if not cuts:
        return earned
    labels = ("after deductions", "扣减后")
    return _node(labels, "earned - deductions", "less", (earned, *cuts))


def _measure_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    clause = f"measures.{measure.id}.weight"
    weight = _rule(steps, clause, ("weight", "权重"), measure.weight, unit="-")
    operands = (_base_node(steps, measure), weight, _payout_node(steps, measure))
    labels = (measure.name_en or measure.name, measure.name)
    if measure.months == 1:
        return _node(labels, "base x weight x payout", "product", operands)
    count = _rule(steps, "settle_over", ("months", "月数"), measure.months, unit="-")
    whole_labels = (f"{labels[0]}, so far", f"{labels[1]}（累计）")
    formula = "base x weight x payout x months"
    whole = _node(whole_labels, formula, "product", (*operands, count))
    earlier_labels = ("earned in earlier months", "前几个月已计")
    earlier = _earlier(steps, earlier_labels, measure.earlier)
    return _node(labels, "so far - earlier months", "less", (whole, earlier))


def _base_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    if not measure.fund_based:
        clause = f"measures.{measure.id}.pays"
        return _rule(steps, clause, ("pays money", "直接计奖"), measure.base)
    clause = f"teams.{steps.team}"
    share = _rule(steps, clause, ("share", "份额"), steps.share, unit="-")
    labels = ("team fund", "团队奖金基数")
    return _node(labels, "fund x share", "product", (_fund_node(steps), share))


def _fund_node(steps: TeamSteps) -> Node:
    fund = steps.fund
    if fund.share is None:
        return _leaf(("fund", "奖金总额"), fund.amount, fund.evidence)
    margin = _leaf(("margin", "毛益"), fund.margin, fund.evidence)
    compared = _leaf(("compared with", "对比"), fund.compared, fund.evidence)
    gain_labels = ("margin to share", "可分享毛益")
    gain = _node(gain_labels, "margin - compared", "less", (margin, compared))
    share = _rule(steps, "fund.share_of_margin", ("part", "比例"), fund.share, unit="-")
    node = _node(("fund", "奖金总额"), "part x margin", "product", (share, gain))
    for clause, bound, operation in (
        ("fund.minimum", fund.minimum, "at_least"),
        ("fund.maximum", fund.maximum, "at_most"),
    ):
        if bound is not None:
            leaf = _rule(steps, clause, ("bound", "界限"), bound)
            node = _node(("fund", "奖金总额"), operation, operation, (node, leaf))
    return node


def _payout_node(steps: TeamSteps, measure: MeasureStep) -> Node:
    piece = measure.curve.segment(measure.attainment)
    clause = f"measures.{measure.id}.curve"
    y0 = _rule(steps, clause, ("payout at corner", "折点兑现"), piece.y0, unit="-")
    slope = _rule(steps, clause, ("slope", "斜率"), piece.slope, unit="-")
    x0 = _rule(steps, clause, ("corner", "折点"), piece.x0, unit="-")
    if measure.notes:
        x0 = replace(x0, evidence=(*x0.evidence, *measure.notes))
    formula = (
        f"{piece.y0:g} + {piece.slope:g} x ({measure.attainment:.6g} - {piece.x0:g})"
    )
    operands = (_attainment_node(measure), y0, slope, x0)
    return _node(("payout", "兑现系数"), formula, "line", operands, unit="-")


def _attainment_node(measure: MeasureStep) -> Node:
    operation, formula = ATTAINMENT_NODES[measure.way]
    unit, evidence = measure.unit, measure.evidence
    actual = _leaf(("actual", "实际"), measure.actual, evidence, unit=unit)
    target = _leaf(("target", "目标"), measure.target, evidence, unit=unit)
    pair = (target, actual) if measure.way in TARGET_FIRST else (actual, target)
    labels = ("attainment", "完成率")
    shown = unit if measure.way[0] == "difference" else "-"
    return _node(labels, formula, operation, pair, unit=shown)


def _node(
    labels: tuple[str, str],
    formula: str,
    operation: str,
    children: tuple[Node, ...],
    *,
    unit: str = "CNY",
) -> Node:
    value = OPERATIONS[operation]([child.value for child in children])
    return Node(*labels, value, unit, formula, operation, children)


def _leaf(
    labels: tuple[str, str],
    value: float,
    evidence: tuple[str, ...],
    *,
    unit: str = "CNY",
) -> Node:
    return Node(*labels, value, unit, evidence=evidence)


def _rule(
    steps: TeamSteps,
    clause: str,
    labels: tuple[str, str],
    value: float,
    *,
    unit: str = "CNY",
) -> Node:
    """Leaf whose evidence is a clause of the scheme."""
    return _leaf(labels, value, (f"scheme:{steps.scheme}#{clause}",), unit=unit)


def _gate_leaf(gate: GateStep, value: float, unit: str) -> Node:
    labels = (gate.name_en or gate.name, gate.name)
    return _leaf(labels, value, gate.evidence, unit=unit)


def _figure(node: Node) -> str:
    return f"{node.value:,.2f}" if node.unit == "CNY" else f"{node.value:.6g}"
