"""What a month pays one team, with the whole explanation."""

from __future__ import annotations

from orebook.errors import InputError
from orebook.report.month_result import MonthResult


def team_rewards(result: MonthResult, team: str | None) -> list[dict[str, object]]:
    """Return the reward rows of a month, of one team or of all.

    Raises
    ------
    InputError
        If no scheme in force pays that team.
    """
    rows = result.reward_rows()
    paid = sorted({str(row["team"]) for row in rows})
    if team is not None and team not in paid:
        raise InputError(
            f"no scheme pays a team '{team}' in {result.closed.period}; teams are "
            f"{', '.join(paid) or 'none'}; correct the name"
        )
    return [row for row in rows if team in (None, row["team"])]


def explain_team(result: MonthResult, team: str, *, chinese: bool = False) -> str:
    """Return the whole explanation of a team's pay as indented text."""
    team_rewards(result, team)
    texts: list[str] = []
    for settlement in result.settlements:
        if team in settlement.teams:
            paid = settlement.teams[team]
            texts.append(paid.explanation.text(chinese=chinese))
            texts += [m.sentence() for m in paid.marginals]
    return "\n".join(texts)
