"""The cheapest repair of an infeasible plan, and each way alone, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orebook.chain.chain import good
from orebook.plan.assemble import Assembly
from orebook.plan.infeasible import Member
from orebook.plan.naming import QUALITY, Names, short, unit_of
from orebook.plan.repair import (
    Give,
    Requirement,
    alone,
    cheapest_gives,
    outlet,
    requirement_of,
)

__all__ = ["PlanRepair", "repaired", "span"]

VERBS = {"max": "raise", "min": "lower"}


@dataclass(frozen=True)
class PlanRepair:
    """What can be done about a plan that cannot be.

    Parameters
    ----------
    assembly : Assembly
        What was solved.
    contradiction : tuple of Requirement
        The smallest set of requirements that contradict each other.
    cheapest : tuple of Give
        The cheapest repair; empty where giving does not help.
    ways : tuple of (Requirement, tuple of Give or None)
        Each member of the contradiction with how far it alone must give; None where
        alone it cannot.
    outlets : tuple of Give
        Where no member helps alone: the good for which an outlet, or a source, outside
        the plan would do, and how much.
    """

    assembly: Assembly
    contradiction: tuple[Requirement, ...]
    cheapest: tuple[Give, ...]
    ways: tuple[tuple[Requirement, tuple[Give, ...] | None], ...]
    outlets: tuple[Give, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the repair in words."""
        if self.cheapest:
            yield f"cheapest repair: {', and '.join(self._sentences(self.cheapest))}"
        for requirement, gives in self.ways:
            if gives is None:
                yield f"  alone not enough: {self._named(requirement)}"
            elif {g.member for g in gives} != {g.member for g in self.cheapest}:
                yield f"  or alone: {', and '.join(self._sentences(gives))}"

        for give in self.outlets:
            yield f"  or {self._outlet(give)}"

    def _outlet(self, give: Give) -> str:
        unit = self._row(give)["unit"]
        period = self.assembly.conditions.periods[give.period].name
        what, amount = self._named(give), short(give.amount)
        if give.side == "max":
            return f"find an outlet for {amount} {unit} of {what} in {period}"
        return f"find {amount} {unit} of {what} in {period} from elsewhere"

    def to_dict(self) -> dict[str, object]:
        """Return the repair as plain data with stable names."""
        return {
            "contradiction": [
                {"kind": r.kind, "subject": r.subject, "side": r.side}
                for r in self.contradiction
            ],
            "repair": [self._row(g) for g in self.cheapest],
            "alone": [
                {
                    "kind": r.kind,
                    "subject": r.subject,
                    "side": r.side,
                    "gives": None if gives is None else [self._row(g) for g in gives],
                }
                for r, gives in self.ways
            ],
            "outlets": [self._row(g) for g in self.outlets],
        }

    def _row(self, give: Give) -> dict[str, object]:
        return {
            "kind": give.kind,
            "subject": give.subject,
            "side": give.side,
            "period": self.assembly.conditions.periods[give.period].name,
            "limit": give.limit,
            "amount": give.amount,
            "after": give.after,
            "unit": unit_of(self.assembly.network, give.kind, give.subject),
            "cost_cny": give.cost,
        }

    def _named(self, requirement: Requirement | Give) -> str:
        names = Names(self.assembly.network.chain, "en")
        if requirement.kind == "balance":
            return names.balance(good(requirement.subject))
        return names.subject(requirement.kind, requirement.subject)

    def _sentences(self, gives: Iterable[Give]) -> Iterator[str]:
        """Yield one sentence for each limit, its periods together."""
        groups: dict[tuple[str, str, str], list[Give]] = {}
        for give in gives:
            key = give.kind, give.subject, give.side
            groups.setdefault(key, []).append(give)
        for same in groups.values():
            same.sort(key=lambda g: g.period)
            yield self._sentence(same)

    def _sentence(self, same: Sequence[Give]) -> str:
        first = same[0]
        names = [self.assembly.conditions.periods[g.period].name for g in same]
        unit = unit_of(self.assembly.network, first.kind, first.subject)
        amount = sum(g.amount for g in same)
        what = self._named(first)
        if first.kind in QUALITY:
            return (
                f"loosen {what} in {span(names)}: {short(amount)} t of the limited "
                "component too much" + (" in all" if len(same) > 1 else "")
            )
        text = f"{VERBS[first.side]} {what} in {span(names)} by {short(amount)} {unit}"
        if len(same) > 1:
            return f"{text.rstrip()} in all"
        return f"{text.rstrip()} (from {short(first.limit)} to {short(first.after)})"


def repaired(assembly: Assembly, members: Sequence[Member]) -> PlanRepair:
    """Find how a plan that cannot be could be made possible.

    Parameters
    ----------
    assembly : Assembly
        What was solved.
    members : sequence of Member
        The smallest contradiction, as `orebook.plan.infeasible.contradiction` gives it.

    Returns
    -------
    PlanRepair
        The cheapest repair, and each member of the contradiction alone.
    """
    problem = assembly.problem
    sides = [side for member in members for side in _sides(member)]
    every = (requirement_of(problem, member) for member in sides)
    found = tuple(dict.fromkeys(r for r in every if r is not None))
    ways = tuple((r, alone(problem, r)) for r in found)
    outlets: tuple[Give, ...] = ()
    if all(gives is None for _, gives in ways):
        outlets = _outlets(assembly, members)
    return PlanRepair(assembly, found, cheapest_gives(problem), ways, outlets)


def _outlets(assembly: Assembly, members: Sequence[Member]) -> tuple[Give, ...]:
    """Return the cheapest good of which an outlet or source outside would do."""
    problem = assembly.problem
    labels = [problem.describe(*m) for m in members if m[0].startswith("row")]
    goods = dict.fromkeys(x.entity for x in labels if x.block == "balance")
    found = [outlet(problem, name) for name in goods]
    able = [gives for gives in found if gives is not None]
    return min(able, key=lambda gives: sum(g.cost for g in gives), default=())


def _sides(member: Member) -> Iterator[Member]:
    """Yield the sides of a limit; an equality has both."""
    kind, index = member
    if kind != "row":
        yield member
    else:
        yield from (("row_lower", index), ("row_upper", index))


def span(periods: Sequence[str]) -> str:
    """Return some periods in words.

    Parameters
    ----------
    periods : sequence of str
        Names of periods.

    Examples
    --------
    >>> span(["2026-05", "2026-06"]), span(["2026-07", "2026-05", "2026-06"])
    ('2026-05 and 2026-06', '2026-05 to 2026-07 (3 periods)')
    """
    names = sorted(dict.fromkeys(periods))
    if len(names) < 3:
        return " and ".join(names)
    return f"{names[0]} to {names[-1]} ({len(names)} periods)"
