"""What is paid later: held back by scheme or gate, due, released, forfeited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

NONE = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Held:
    """An amount of a settled month that was not paid at once.

    Parameters
    ----------
    scheme, period, team : str
        What was settled.
    kind : {"deferred", "hold"}
        Deferred by the scheme, or held by a gate until hazards are closed.
    amount : Decimal
        How much [CNY].
    due : date or None
        Day of payment; None where a hazard is still open.
    forfeit_on_veto : bool
        Whether a veto before that day takes it.
    """

    scheme: str
    period: str
    team: str
    kind: str
    amount: Decimal
    due: date | None
    forfeit_on_veto: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """What may take an amount that is held.

    Parameters
    ----------
    scheme, team : str
        Whose.
    on : date
        When.
    veto : bool
        Whether it is a veto; else money is taken back.
    period : str
        For money taken back: the month it is of.
    amount : Decimal
        For money taken back: how much, above zero [CNY].
    """

    scheme: str
    team: str
    on: date
    veto: bool
    period: str = ""
    amount: Decimal = NONE


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An amount with where it stands on a day.

    Parameters
    ----------
    held : Held
        The amount.
    state : {"held", "released", "forfeited"}
        Where it stands.
    forfeited, left : Decimal
        Taken, and what is or will be paid [CNY].
    reason : str
        Why it was taken; empty where it was not.
    """

    held: Held
    state: str
    forfeited: Decimal
    left: Decimal
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names; money as decimal text."""
        h = self.held
        return {
            "scheme": h.scheme,
            "period": h.period,
            "team": h.team,
            "kind": h.kind,
            "amount_cny": str(h.amount),
            "due": None if h.due is None else h.due.isoformat(),
            "state": self.state,
            "forfeited_cny": str(self.forfeited),
            "left_cny": str(self.left),
            "reason": self.reason,
        }


def ledger(
    held: Iterable[Held], happened: Sequence[Happened], on: date
) -> tuple[LedgerRow, ...]:
    """Return where every held amount stands on a day.

    Parameters
    ----------
    held : iterable of Held
        The amounts.
    happened : sequence of Happened
        Vetoes and money taken back.
    on : date
        The day.

    Returns
    -------
    tuple of LedgerRow
        By due day, month and team; what is still open comes last.

    Notes
    -----
    A veto between the settled month and the day of payment takes all of it where the
    scheme says so. Money taken back for a month is taken from what is still held of
    that month first.

    Examples
    --------
    >>> row = Held(
    ...     "s", "2026-01", "a", "deferred", Decimal("100.00"), date(2027, 1, 31)
    ... )
    >>> back = Happened("s", "a", date(2026, 9, 1), False, "2026-01", Decimal("30.00"))
    >>> found = ledger([row], [back], date(2026, 12, 1))[0]
    >>> found.state, found.forfeited, found.left
    ('held', Decimal('30.00'), Decimal('70.00'))
    """
    rows = [_row(h, [e for e in happened if _meets(h, e)], on) for h in held]
    return tuple(
        sorted(
            rows,
            key=lambda r: (r.held.due or date.max, r.held.period, r.held.team),
        )
    )


def _meets(held: Held, event: Happened) -> bool:
    if (held.scheme, held.team) != (event.scheme, event.team):
        return False
    before_due = held.due is None or event.on <= held.due
    if event.veto:
        later = event.on.isoformat()[:7] > held.period
        return held.forfeit_on_veto and later and before_due
    return held.kind == "deferred" and event.period == held.period and before_due


def _row(held: Held, events: Sequence[Happened], on: date) -> LedgerRow:
    known = [e for e in events if e.on <= on]
    veto = next((e for e in known if e.veto), None)
    back = sum((e.amount for e in known if not e.veto), NONE)
    taken = held.amount if veto is not None else min(back, held.amount)
    reason = ""
    if veto is not None:
        reason = f"veto on {veto.on}"
    elif taken:
        reason = f"taken back: {back} for {held.period}"
    left = held.amount - taken
    due = held.due is not None and held.due <= on
    state = "forfeited" if not left and taken else "released" if due else "held"
    return LedgerRow(held, state, taken, left, reason)
