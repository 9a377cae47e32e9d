"""What a diagnosis found, as values that report, command and pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot

from orebook.evaluate.diagnose.estimate import Found
from orebook.evaluate.diagnose.factor import Factor
from orebook.evaluate.diagnose.tie import Charged, Tie
from orebook.evaluate.variance import PROVEN

__all__ = ["Diagnosis", "Indicator", "Money", "Part", "Share", "WorksDiagnosis"]


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a deviation that a factor has.

    Parameters
    ----------
    factor : Factor
        What differs.
    effect, doubt : float
        Effect and one standard deviation of it [unit of the indicator].
    classic : float
        The same in the classic driver tree: slope at base times change.
    """

    factor: Factor
    effect: float
    doubt: float
    classic: float = 0.0

    @property
    def certain(self) -> bool:
        """Whether measuring proves the effect; nothing of unknown doubt is proven."""
        return 0.0 < PROVEN * self.doubt < abs(self.effect)


@dataclass(frozen=True, slots=True)
class Part:
    """Part of an indicator, with the effect of every factor on it [its unit].

    Parameters
    ----------
    name : str
        Name of the part; ``rest`` is what the others leave.
    base, actual : float
        Value on either side.
    effects : tuple of float
        By factor, in the order of the indicator's shares.
    """

    name: str
    base: float
    actual: float
    effects: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator and the split of its deviation.

    Parameters
    ----------
    name, unit : str
        Name and unit of measure.
    better : {"lower", "higher"}
        Which direction is better.
    base, actual : float
        Value on either side [unit].
    shares : tuple of Share
        Their effects sum to actual less base.
    parts : tuple of Part
        What it is made of; empty where nothing is stated.
    money : tuple of float or None
        Money the factors move through the goods of the indicator, in the order of the
        shares [CNY]; None where it is made of no good with a price. Indicators overlap
        (steam is in coal): never add them up.
    """

    name: str
    unit: str
    better: str
    base: float
    actual: float
    shares: tuple[Share, ...]
    parts: tuple[Part, ...] = ()
    money: tuple[float, ...] | None = None

    @property
    def change(self) -> float:
        """Actual less base [unit]."""
        return self.actual - self.base

    @property
    def joint(self) -> float:
        """What the classic driver tree leaves to no factor alone [unit]."""
        return self.change - sum(s.classic for s in self.shares)

    def by_centre(self) -> dict[str, float]:
        """Return the effect of each centre [unit]."""
        found: dict[str, float] = {}
        for s in self.shares:
            found[s.factor.centre] = found.get(s.factor.centre, 0.0) + s.effect
        return found


@dataclass(frozen=True, slots=True)
class Money:
    """Money a factor costs or brings, at the output of the month.

    Parameters
    ----------
    factor : Factor
        What differs.
    amount, doubt : float
        Positive where it helps, and one standard deviation [CNY].
    goods : mapping
        Good, as ``material@place``, or ``variable_cost`` to its part [CNY].
    """

    factor: Factor
    amount: float
    doubt: float
    goods: Mapping[str, float]

    @property
    def certain(self) -> bool:
        """Whether measuring proves the amount; nothing of unknown doubt is proven."""
        return 0.0 < PROVEN * self.doubt < abs(self.amount)


@dataclass(frozen=True)
class WorksDiagnosis:
    """The diagnosis of units that work together.

    Parameters
    ----------
    name : str
        Unit their settings lie with.
    units : tuple of str
        Ids.
    product, output, unit : str, float, str
        Good the money is told at a fixed amount of, its amount and unit.
    indicators : tuple of Indicator
        Split indicators.
    money : tuple of Money
        Every factor once; they sum to the difference of both sides at the output.
    found : tuple of Found
        Settings that moved, as the month shows them.
    settings : int
        Settings that were looked at [-].
    tie : Tie or None
        How it ties to the variance; against the plan only.
    charged : tuple of Charged
        Who is charged with efficiency, and who caused it.
    """

    name: str
    units: tuple[str, ...]
    product: str
    output: float
    unit: str
    indicators: tuple[Indicator, ...]
    money: tuple[Money, ...]
    found: tuple[Found, ...]
    settings: int
    tie: Tie | None = None
    charged: tuple[Charged, ...] = ()

    @property
    def total(self) -> float:
        """Money of all factors [CNY]."""
        return sum(m.amount for m in self.money)

    def by_centre(self) -> dict[str, tuple[float, float]]:
        """Return money and doubt of each centre, the greatest loss first [CNY]."""
        found: dict[str, tuple[float, float]] = {}
        for m in self.money:
            amount, doubt = found.get(m.factor.centre, (0.0, 0.0))
            found[m.factor.centre] = (amount + m.amount, hypot(doubt, m.doubt))
        return dict(sorted(found.items(), key=lambda item: item[1][0]))


@dataclass(frozen=True)
class Diagnosis:
    """The diagnosis of a site in a month.

    Parameters
    ----------
    site, period, against : str
        What was asked.
    base : str
        ``plan``, ``fair``, or the month it is held against.
    works : tuple of WorksDiagnosis
        One each for units that work together.
    skipped : mapping
        Works that cannot be judged to the reason.
    seconds : float
        Time it took, reading and planning not counted [s].
    """

    site: str
    period: str
    against: str
    base: str
    works: tuple[WorksDiagnosis, ...]
    skipped: Mapping[str, str]
    seconds: float = 0.0

    @property
    def total(self) -> float:
        """Money of all factors [CNY]."""
        return sum(w.total for w in self.works)

    def by_centre(self) -> dict[str, float]:
        """Return the money of each centre, the greatest loss first [CNY]."""
        found: dict[str, float] = {}
        for w in self.works:
            for centre, (amount, _) in w.by_centre().items():
                found[centre] = found.get(centre, 0.0) + amount
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def to_dict(self) -> dict[str, object]:
        """Return the diagnosis under the names of ``orebook diagnose --json``."""
        return {
            "site": self.site,
            "period": self.period,
            "against": self.against,
            "base": self.base,
            "total_cny": self.total,
            "workshops": [
                {"centre": c, "money_cny": m} for c, m in self.by_centre().items()
            ],
            "works": [_works(w) for w in self.works],
            "skipped": [{"unit": u, "reason": r} for u, r in self.skipped.items()],
            "seconds": self.seconds,
        }


def _works(w: WorksDiagnosis) -> dict[str, object]:
    return {
        "name": w.name,
        "units": list(w.units),
        "product": w.product,
        "output": w.output,
        "output_unit": w.unit,
        "indicators": [_indicator(i) for i in w.indicators],
        "money": [
            {**_factor(m.factor), "money_cny": m.amount, "doubt_cny": m.doubt,
             "proven": m.certain, "goods": dict(m.goods)}
            for m in w.money
        ],
        "workshops": [
            {"centre": c, "money_cny": m, "doubt_cny": d}
            for c, (m, d) in w.by_centre().items()
        ],
        "settings_looked_at": w.settings,
        "tie": None if w.tie is None else {
            "effects": dict(w.tie.effects), "output_cny": w.tie.output,
            "diagnosis_cny": w.tie.diagnosis, "left_cny": w.tie.left,
        },
        "charged": [
            {"centre": c.centre, "cause": c.cause, "money_cny": c.amount,
             "doubt_cny": c.doubt}
            for c in w.charged
        ],
    }  # fmt: skip


def _indicator(i: Indicator) -> dict[str, object]:
    money = i.money or (None,) * len(i.shares)
    return {
        "indicator": i.name,
        "unit": i.unit,
        "better": i.better,
        "base": i.base,
        "actual": i.actual,
        "change": i.change,
        "classic_joint": i.joint,
        "factors": [
            {**_factor(s.factor), "effect": s.effect, "doubt": s.doubt,
             "classic": s.classic, "proven": s.certain, "money_cny": m}
            for s, m in zip(i.shares, money, strict=True)
        ],
        "parts": [
            {"part": p.name, "base": p.base, "actual": p.actual,
             "effects": list(p.effects)}
            for p in i.parts
        ],
    }  # fmt: skip


def _factor(f: Factor) -> dict[str, object]:
    seen = f.found
    return {
        "factor": f.id,
        "kind": f.kind,
        "centre": f.centre,
        "planned": f.base,
        "real": f.actual,
        "real_sd": None if seen is None else seen.sd,
        "of": f.of,
        "role": None if seen is None else seen.role,
        "at_limit": None if seen is None else seen.at_limit,
        "seen_at": [] if seen is None else [f"{u}.{p}" for u, p in seen.seen_at],
        "not_told_from": [] if seen is None else [f"{u}:{n}" for u, n in seen.alike],
    }
