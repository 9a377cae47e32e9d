"""The practice card: condition, action, setting, expected gain, owner; and its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from orebook.benchmark.note import Note
from orebook.benchmark.practice.confirm import Verdict
from orebook.benchmark.practice.find import Baseline
from orebook.benchmark.practice.reference import Level
from orebook.benchmark.practice.valuation import Valuation
from orebook.errors import InputError

__all__ = [
    "Action",
    "Card",
    "Condition",
    "FollowUp",
    "State",
    "TrialRun",
    "drop",
    "followed",
    "keep",
    "start_trial",
]

State = Literal["draft", "trial", "kept", "dropped", "retired"]
Finding = Literal["pays", "open", "loses"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: where the card was made for, and the range it is valid in."""

    name: str
    unit: str
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Action:
    """A setting and its window.

    Parameters
    ----------
    name, unit : str
        Setting as in the records.
    low, middle, high : float
        The window and what to aim at [unit].
    now_low, now_middle, now_high : float
        10, 50 and 90 % of what the rest did [unit].
    gain, sd : float
        Of keeping to it, and its standard deviation [CNY/t].
    chance : float
        Of seeing this without any effect [-].
    significant : bool
        At 10 % of false discoveries.
    verdict : str
        What the process model says of the direction.
    counts : bool
        Whether it is part of the action and of the gain.
    """

    name: str
    unit: str
    low: float
    middle: float
    high: float
    now_low: float
    now_middle: float
    now_high: float
    gain: float
    sd: float
    chance: float
    significant: bool
    verdict: Verdict
    counts: bool


@dataclass(frozen=True, slots=True)
class TrialRun:
    """A trial: first and last day, ISO 8601, and who answers for it."""

    first: str
    last: str
    owner: str


@dataclass(frozen=True, slots=True)
class Span:
    """What one calendar month of a trial showed."""

    month: str
    records: int
    adherence: float
    captured_cny: float


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What records since the trial began say.

    Parameters
    ----------
    first, last : str
        First and last day with a record, ISO 8601.
    source, sha256 : str
        File followed, hash of its content.
    records, valid : int
        Records, and those under the conditions of the card [-].
    adherence : float
        Share of the valid ones inside the window [-].
    inside, outside : float or None
        Money per t above what was practised before, inside and outside the window
        [CNY/t].
    captured, captured_low, captured_high : float
        Money of the records inside, with 80 % limits [CNY].
    expected : float
        What the card promised for their tonnes [CNY].
    finding : str
        ``pays``: the low limit is above nought; ``loses``: the high one below.
    spans : tuple of Span
        By calendar month.
    days, points : tuple
        Day and money per t above what was practised before, of the valid records
        inside, for the control chart.
    """

    first: str
    last: str
    source: str
    sha256: str
    records: int
    valid: int
    adherence: float
    inside: float | None
    outside: float | None
    captured: float
    captured_low: float
    captured_high: float
    expected: float
    finding: Finding
    spans: tuple[Span, ...] = ()
    days: tuple[str, ...] = ()
    points: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A practice card.

    Parameters
    ----------
    id, subject : str
        Name of the card; unit or centre it is for.
    state : str
        ``draft``, ``trial``, ``kept``, ``dropped`` or ``retired``.
    owner : str
        Who answers for it.
    found, expires : str
        Day of the last record behind it, and day it is to be found anew by, ISO 8601.
    source, sha256 : str
        Records it was found in, hash of their content.
    records : int
        Records searched [-].
    neighbours : float
        Comparable ones, in records of full weight [-].
    widened : bool
        Whether the circle had to be widened to hold 30.
    conditions : tuple of Condition
        When it is valid.
    actions : tuple of Action
        What to do; those that do not count are kept for the record.
    gain, gain_low, gain_high : float
        Expected, with 80 % limits [CNY/t].
    tonnes_per_year : float
        Tonnes of the records, as many days as a year has [t/a]; 0 where unknown.
    adherence_before : float or None
        Share of recent comparable records inside already [-].
    best : Level
        Own best under these conditions, corrected for luck.
    naive_record, naive_month : float
        What best record and best month would promise [CNY/t].
    naive_month_name : str
        That month.
    baseline : Baseline
        What was practised before.
    valuation : Valuation
        How money per t is made, with its prices.
    notes : tuple of Note
        What the user should know.
    trial : TrialRun or None
        Its last trial.
    follow : FollowUp or None
        Its last follow-up.
    reason : str
        Why it was kept, dropped or retired.
    """

    id: str
    subject: str
    state: State
    owner: str
    found: str
    expires: str
    source: str
    sha256: str
    records: int
    neighbours: float
    widened: bool
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    gain: float
    gain_low: float
    gain_high: float
    tonnes_per_year: float
    adherence_before: float | None
    best: Level
    naive_record: float
    naive_month: float
    naive_month_name: str
    baseline: Baseline
    valuation: Valuation
    notes: tuple[Note, ...] = ()
    asked_conditions: tuple[str, ...] = ()
    trial: TrialRun | None = None
    follow: FollowUp | None = None
    reason: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def todo(self) -> tuple[Action, ...]:
        """The actions that count."""
        return tuple(a for a in self.actions if a.counts)

    @property
    def money(self) -> tuple[float, float, float]:
        """Expected gain of a year with its 80 % limits [CNY/a]."""
        t = self.tonnes_per_year
        return self.gain * t, self.gain_low * t, self.gain_high * t

    def to_dict(self) -> dict[str, object]:
        """Return the card as plain data with stable names."""
        year, low, high = self.money
        return asdict(self) | {
            "notes": [n._asdict() for n in self.notes],
            "money_per_year_cny": year,
            "money_per_year_low_cny": low,
            "money_per_year_high_cny": high,
        }

    @staticmethod
    def from_dict(data: Mapping[str, object]) -> Card:
        """Return the card that :meth:`to_dict` wrote."""
        from pydantic import TypeAdapter

        given = {k: v for k, v in data.items() if k in Card.__dataclass_fields__}
        return TypeAdapter(Card).validate_python(given)


def start_trial(card: Card, first: date, last: date, owner: str) -> Card:
    """Put a card on trial.

    Parameters
    ----------
    card : Card
        A draft with at least one action, or one on trial whose days change.
    first, last : date
        First and last day.
    owner : str
        Who answers for it.

    Raises
    ------
    InputError
        If the card is in another state, has no action, or the days are reversed.
    """
    _expect(card, {"draft", "trial"}, "put on trial")
    if last < first:
        raise InputError(
            f"trial of {card.id} from {first} until {last}: expected the first day not "
            "after the last; exchange --from and --until"
        )
    if not card.todo:
        raise InputError(
            f"card {card.id} has no action to try: no setting is both significant and "
            "confirmed; find again with more records or other --settings"
        )
    if not owner.strip():
        raise InputError(
            f"trial of {card.id} has no owner; expected a name or a centre; add --owner"
        )
    run = TrialRun(first.isoformat(), last.isoformat(), owner)
    return replace(card, state="trial", owner=owner, trial=run)


def followed(card: Card, found: FollowUp) -> Card:
    """Return the card with a follow-up; a kept card that loses is retired.

    Parameters
    ----------
    card : Card
        On trial or kept.
    found : FollowUp
        What the records say.

    Raises
    ------
    InputError
        If the card is in another state.
    """
    _expect(card, {"trial", "kept"}, "followed")
    if card.state == "kept" and found.captured_high < 0.0:
        why = (
            f"captured {found.captured:,.0f} CNY, at best {found.captured_high:,.0f}: "
            "the upper limit is below nought"
        )
        return replace(card, state="retired", follow=found, reason=why)
    return replace(card, follow=found)


def keep(card: Card, reason: str) -> Card:
    """Keep a card after its trial, for a year.

    Parameters
    ----------
    card : Card
        On trial, and followed up.
    reason : str
        Why.

    Raises
    ------
    InputError
        If it was not on trial, never followed up, or no reason is given.
    """
    _expect(card, {"trial"}, "kept")
    if card.follow is None:
        raise InputError(
            f"card {card.id} was not followed up, so nothing says that it pays; run: "
            f"orebook practice follow BOOK {card.id} --records FILE"
        )
    until = date.fromisoformat(card.follow.last) + timedelta(days=365)
    return replace(
        card, state="kept", reason=_reason(card, reason), expires=until.isoformat()
    )


def drop(card: Card, reason: str) -> Card:
    """Drop a card.

    Parameters
    ----------
    card : Card
        Not dropped or retired yet.
    reason : str
        Why.

    Raises
    ------
    InputError
        If it is gone already, or no reason is given.
    """
    _expect(card, {"draft", "trial", "kept"}, "dropped")
    return replace(card, state="dropped", reason=_reason(card, reason))


def _reason(card: Card, reason: str) -> str:
    if not reason.strip():
        raise InputError(
            f"card {card.id}: expected a reason, those who come later will ask; add "
            "--reason"
        )
    return reason


def _expect(card: Card, states: set[str], what: str) -> None:
    if card.state not in states:
        raise InputError(
            f"card {card.id} is {card.state} and cannot be {what}; expected "
            f"{' or '.join(sorted(states))}; see: orebook practice show BOOK {card.id}"
        )
