"""Try schemes on history: what they cost, whom they favour, how they can be gamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orebook.reward.facts import Facts
from orebook.reward.lab.attacks import Attack, Strength, attacks
from orebook.reward.lab.measures import Figures, figures
from orebook.reward.lab.panel import Panel, panel
from orebook.reward.lab.replay import Replay, replay
from orebook.reward.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Trial:
    """A scheme tried on a history.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    replay : Replay
        Settled month by month.
    figures : Figures
        Cost, distribution, ties and flat zones.
    attacks : tuple of Attack
        What gaming would bring.
    """

    scheme: Scheme
    replay: Replay
    figures: Figures
    attacks: tuple[Attack, ...]

    def total(self, team: str) -> float:
        """Return what a team gets over the history [CNY]; nothing if it takes no part.

        Parameters
        ----------
        team : str
            The team.
        """
        teams = self.replay.panel.teams
        if team not in teams:
            return 0.0
        return int(self.replay.cents[:, teams.index(team)].sum()) / 100

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        months = len(self.replay.panel.periods)
        teams = self.replay.panel.teams
        return {
            "scheme": self.scheme.id,
            "figures": self.figures.to_dict(),
            "attacks": [
                {
                    "attack": a.name,
                    "applies": a.applies,
                    "money_cny": round(a.money, 2),
                    "pays": a.pays(months),
                    "teams": {
                        t: round(float(g), 2)
                        for t, g in zip(teams, a.gains, strict=True)
                        if g > 0
                    },
                }
                for a in self.attacks
            ],
            "months": [
                {
                    "period": p,
                    "fund_cny": round(float(self.replay.fund[k]), 2),
                    "paid_cny": f"{int(self.replay.cents[k].sum()) / 100:.2f}",
                    "factor": float(self.replay.factor[k]),
                    "margin_cny": round(float(self.replay.panel.margin[k]), 2),
                    "teams": {
                        t: f"{int(c) / 100:.2f}"
                        for t, c in zip(teams, self.replay.cents[k], strict=True)
                    },
                }
                for k, p in enumerate(self.replay.panel.periods)
            ],
        }


@dataclass(frozen=True, slots=True)
class Moved:
    """How a team fares under another scheme.

    Parameters
    ----------
    team : str
        The team.
    before, after : float
        Pay over the history under the one and the other [CNY].
    rank_before, rank_after : int
        Place by pay over fund, 1 is best [-].
    """

    team: str
    before: float
    after: float
    rank_before: int
    rank_after: int

    @property
    def change(self) -> float:
        """What the team gains [CNY]."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Lab:
    """One or two schemes tried on a history.

    Parameters
    ----------
    trials : tuple of Trial
        The schemes; the first is the one in question.
    missing : mapping of str to str
        Months left out, and why.
    """

    trials: tuple[Trial, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    def moved(self) -> tuple[Moved, ...]:
        """Return how every team fares under the first scheme against the second.

        The greatest winner comes first; empty with one scheme.
        """
        if len(self.trials) < 2:
            return ()
        new, old = self.trials[:2]
        ranks = [_ranks(t) for t in (old, new)]
        teams = dict.fromkeys((*new.replay.panel.teams, *old.replay.panel.teams))
        rows = [
            Moved(t, old.total(t), new.total(t), *(r.get(t, 0) for r in ranks))
            for t in teams
        ]
        return tuple(sorted(rows, key=lambda m: (-m.change, m.team)))

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        return {
            "periods": list(self.trials[0].replay.panel.periods),
            "missing": [{"period": p, "why": w} for p, w in self.missing.items()],
            "schemes": [t.to_dict() for t in self.trials],
            "moved": [
                {
                    "team": m.team,
                    "before_cny": f"{m.before:.2f}",
                    "after_cny": f"{m.after:.2f}",
                    "change_cny": f"{m.change:.2f}",
                    "rank_before": m.rank_before,
                    "rank_after": m.rank_after,
                }
                for m in self.moved()
            ],
        }


def _ranks(trial: Trial) -> dict[str, int]:
    found = trial.replay
    base = found.earned.base.sum(axis=0)
    paid = found.cents.sum(axis=0) / 100
    multiple = np.divide(paid, base, out=np.zeros_like(paid), where=base > 0)
    order = np.argsort(-multiple, kind="stable")
    return {found.panel.teams[k]: place + 1 for place, k in enumerate(order)}


def try_scheme(
    scheme: Scheme, history: Panel, strength: Strength | None = None
) -> Trial:
    """Replay a scheme on a history and try to game it.

    Parameters
    ----------
    scheme : Scheme
        The rules.
    history : Panel
        The months.
    strength : Strength, optional
        How hard the attacks are made.
    """
    found = replay(scheme, history)
    return Trial(
        scheme, found, figures(scheme, found), attacks(scheme, found, strength)
    )


def backtest(
    schemes: Sequence[Scheme],
    facts: Sequence[Sequence[Facts]],
    *,
    missing: Mapping[str, str] | None = None,
    strength: Strength | None = None,
) -> Lab:
    """Try one or two schemes on the facts of many months.

    Parameters
    ----------
    schemes : sequence of Scheme
        The scheme in question, and one to compare with.
    facts : sequence of sequence of Facts
        For each scheme its facts of the same months, in order.
    missing : mapping of str to str, optional
        Months left out, and why.
    strength : Strength, optional
        How hard the attacks are made.
    """
    trials = [
        try_scheme(scheme, panel(scheme, history), strength)
        for scheme, history in zip(schemes, facts, strict=True)
    ]
    return Lab(tuple(trials), dict(missing or {}))
