"""The lab in lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.reward.lab.lab import Lab, Trial

NAMES = {
    "month_end_shift": "month-end shift",
    "stock_build": "stock build without sale",
    "splitting": "one month settled as two",
    "false_report": "false report",
    "equal_loafing": "equal loafing",
    "substitution": "saving here, losing there",
}
"""The attacks in words."""


def told(lab: Lab) -> str:
    """Return a lab as text.

    Parameters
    ----------
    lab : Lab
        One or two schemes tried.
    """
    periods = lab.trials[0].replay.panel.periods
    lines = [f"{len(periods)} months, {periods[0]} to {periods[-1]}"]
    lines += [f"  left out {p}: {why}" for p, why in lab.missing.items()]
    for trial in lab.trials:
        lines += _trial(trial)
    if len(lab.trials) > 1:
        after, before = (t.scheme.id for t in lab.trials)
        lines.append(f"each team, {before} -> {after}; place 0: not in the scheme")
    lines += [
        f"  {m.team}: {m.before:,.2f} -> {m.after:,.2f} CNY ({m.change:+,.2f}), place "
        f"{m.rank_before} -> {m.rank_after}"
        for m in lab.moved()
    ]
    return "\n".join(lines)


def _trial(trial: Trial) -> Iterator[str]:
    f, months = trial.figures, len(trial.replay.panel.periods)
    yield (
        f"{trial.scheme.id}: {f.cost:,.2f} CNY paid of funds of {f.fund:,.2f}; pay "
        f"over fund {f.worst:.2f} / {f.middle:.2f} / {f.best:.2f} (least, middle, most)"
    )
    margin = "never moves" if f.margin_tie is None else f"{f.margin_tie:+.2f}"
    yield (
        f"  tie with the group's margin {margin}; flat {f.flat:.0%}; vetoed "
        f"{f.vetoed:.0%}; below zero {f.penalised:.0%}; inequality {f.inequality:.2f}"
    )
    if f.effective_share is not None:
        seen = "not seen" if f.ratchet is None else f"{f.ratchet:.2f} seen in targets"
        yield (
            f"  ratchet {f.declared_ratchet:.0%} promised, {seen}; of a stated share "
            f"{f.effective_share:.0%} is felt"
        )
    for attack in trial.attacks:
        what = "pays" if attack.pays(months) else "does not pay"
        what = what if attack.applies else "has nothing to work on"
        yield f"  {NAMES[attack.name]}: {what}, {attack.money:,.2f} CNY"
