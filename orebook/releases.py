"""The releases of a plan that a book keeps, and how a month followed them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orebook.chain.calendar import Period
    from orebook.evaluate.expost import ExPost
    from orebook.evaluate.weekly import Release, Week
    from orebook.ledger.month import ClosedMonth
    from orebook.plan.replan_changes import Changes
    from orebook.plan.result import Plan
    from orebook.store.records import Records

REPLANNED = "re-planned"  # state of a plan kept after the first release


def keep_release(records: Records, first: Period, plan: Plan) -> None:
    """Keep a plan as the release of its period, unless it is so already.

    What it was made from is kept with it, so that it can be made again.
    """
    from orebook.plan.kept_inputs import inputs_of
    from orebook.store.chain_hash import canonical, parse

    key = str(len(plan.periods))
    content = plan.to_dict() | {"inputs": inputs_of(plan)}
    kept = records.documents("plan", first.name, key=key, status="released")
    if not kept or kept[-1].content != parse(canonical(content).decode()):
        records.put("plan", first.name, content, key=key, status="released")


def kept_history(records: Records, period: str, periods: int) -> tuple[Changes, ...]:
    """Return what was new at each re-plan of a release, in order.

    Parameters
    ----------
    records : Records
        Where releases are kept.
    period, periods : str, int
        First period and length of the plan [-].
    """
    from orebook.plan.replan_changes import history_of

    kept = records.documents("plan", period, key=str(periods), status=REPLANNED)
    return history_of(kept[-1].content) if kept else ()


def last_replan(records: Records, plan: Plan) -> Plan | None:
    """Return the last re-plan of a release, None if there was none.

    Parameters
    ----------
    records : Records
        Where releases are kept.
    plan : Plan
        The release.
    """
    from orebook.plan.replan import replay

    history = kept_history(records, plan.periods[0].name, len(plan.periods))
    return replay(plan, history) if history else None


def releases_of(records: Records, plan: Plan) -> tuple[Release, ...]:
    """Return the re-plans of a release that state their day, in order.

    Parameters
    ----------
    records : Records
        Where releases are kept.
    plan : Plan
        The release.
    """
    from orebook.evaluate.weekly import Release
    from orebook.plan.replan import replay
    from orebook.plan.replan_changes import history_of

    name, key = plan.periods[0].name, str(len(plan.periods))
    found = []
    for document in records.documents("plan", name, key=key, status=REPLANNED):
        content = document.content
        day = content.get("as_of") if isinstance(content, dict) else None
        if isinstance(day, str):
            made = replay(plan, history_of(content))
            found.append(Release(date.fromisoformat(day), made))
    return tuple(sorted(found, key=lambda r: r.day))


def hindsight_of(
    records: Records, plan: Plan, closed: ClosedMonth, replanned: Plan | None
) -> tuple[ExPost, tuple[Week, ...]]:
    """Return the ex-post split of a month, and of its weeks if it was re-planned.

    Parameters
    ----------
    records : Records
        Where releases are kept.
    plan : Plan
        The release.
    closed : ClosedMonth
        The month.
    replanned : Plan or None
        Its last re-plan.
    """
    from orebook.evaluate.hindsight import hindsight
    from orebook.evaluate.weekly import weekly

    split = hindsight(plan, closed, replanned=replanned)
    releases = releases_of(records, plan)
    return split, weekly(plan, closed, releases) if releases else ()
