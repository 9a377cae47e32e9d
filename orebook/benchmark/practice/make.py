"""From records to a card: roles of the columns, search, verdict of the physics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from orebook.benchmark.note import Note
from orebook.benchmark.practice.card import Action, Card, Condition
from orebook.benchmark.practice.confirm import Verdict, verdicts
from orebook.benchmark.practice.find import WANTED, Search, search
from orebook.benchmark.practice.records import Records
from orebook.benchmark.practice.roles import Chosen, choose
from orebook.benchmark.practice.valuation import Asked, streams_of
from orebook.benchmark.practice.window import Window
from orebook.errors import InputError
from orebook.ledger.layout import plain
from orebook.plan.accounts import PriceSet
from orebook.process.contract import Array
from orebook.process.network import Network

__all__ = ["Question", "find_practice"]

LIFE = timedelta(days=365)  # after which a card is to be found anew
NO_SETTINGS = Note(
    "记录中没有设定值：只能给出自身最佳，不能说明该怎么做；请指明设定列（--settings）"
    "或提供班次记录（--records 文件）",
    "no settings in these records: the own best is told, but not what to do; name them "
    "(--settings) or give records of shifts (--records FILE)",
)
NO_ACTION = Note(
    "没有任何设定既显著又得到工艺模型确认：此卡没有动作",
    "no setting is both significant and confirmed by the process model: this card has "
    "no action",
)
NO_TONNES = Note(
    "记录中没有产量：只能给出每吨收益；请指明产量列（--tonnes）",
    "no tonnes in the records: gain per t only; name them (--tonnes)",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a practice is looked for.

    Parameters
    ----------
    network : Network
        Chain and physics.
    subject : str
        Unit or centre.
    prices : PriceSet
        Internal prices of one period.
    period : str
        That period.
    asked : Asked
        Columns named by the user.
    unconfirmed : bool
        Whether settings that the process model does not know, or is silent about,
        count; those it contradicts never do.
    at : mapping of str to float, optional
        Conditions looked at where they are not those of the last third.
    """

    network: Network
    subject: str
    prices: PriceSet
    period: str
    asked: Asked = field(default_factory=Asked)
    unconfirmed: bool = False
    at: dict[str, float] | None = None


def find_practice(
    question: Question, records: Records, *, card_id: str, owner: str = ""
) -> Card:
    """Find the practice that records show, and write it as a draft card.

    Parameters
    ----------
    question : Question
        What is looked for.
    records : Records
        Of shifts, campaigns or months.
    card_id : str
        Name of the card.
    owner : str
        Who answers for it; the centre of the unit where empty.

    Returns
    -------
    Card
        A draft; without an action where nothing is significant and confirmed.

    Raises
    ------
    InputError
        If a column is missing or there are too few records.
    """
    q = question
    chosen = choose(
        records, q.network, q.subject, q.prices, period=q.period, asked=q.asked
    )
    said: list[Verdict] = []

    def allowed(found: tuple[Window, ...]) -> Sequence[bool]:
        where = dict(zip(chosen.conditions, _where(q, chosen), strict=True))
        said[:] = verdicts(
            q.network, q.subject, _port_prices(q), per=_per(q, chosen), at=where,
            names=chosen.settings, windows=found,
        )  # fmt: skip
        fine = {"confirmed", "silent", "unknown"} if q.unconfirmed else {"confirmed"}
        return [s in fine for s in said]

    found = search(chosen.evidence, _where(q, chosen), allowed=allowed)
    return _card(q, records, chosen, found, said, (card_id, owner))


def _where(q: Question, chosen: Chosen) -> Array:
    """Return the conditions looked at: as asked, else those of the last third."""
    z = chosen.evidence.conditions
    last = max(len(z) // 3, 1)
    where = np.median(z[-last:], axis=0)
    given = {plain(n): v for n, v in (q.at or {}).items()}
    names = [plain(n) for n in chosen.conditions]
    for name, figure in given.items():
        if name not in names:
            raise InputError(
                f"--at {name}: no condition is called so; expected some of "
                f"{', '.join(chosen.conditions) or 'none'}; correct the name"
            )
        where[names.index(name)] = figure
    return np.asarray(where)


def _port_prices(q: Question) -> dict[str, float]:
    return {
        s.port: q.prices.internal[s.balance]
        for s in streams_of(q.network, q.subject)
        if s.role == "unit"
    }


def _per(q: Question, chosen: Chosen) -> str:
    """Return the port of the product."""
    streams = streams_of(q.network, q.subject)
    per = next(
        (t.stream for t in chosen.valuation.terms
         if t.column == chosen.valuation.per), ""
    )  # fmt: skip
    named = next((s.port for s in streams if s.id == per), "")
    return named or next((s.port for s in streams if s.sign > 0), "")


def _card(
    q: Question,
    records: Records,
    chosen: Chosen,
    found: Search,
    said: Sequence[Verdict],
    names: tuple[str, str],
) -> Card:
    card_id, owner = names
    last = date.fromordinal(
        int(chosen.evidence.days[-1]) + date(1970, 1, 1).toordinal()
    )
    centres = {s.centre for s in streams_of(q.network, q.subject)}
    return Card(
        id=card_id,
        subject=q.subject,
        state="draft",
        owner=owner or sorted(centres)[0],
        found=last.isoformat(),
        expires=(last + LIFE).isoformat(),
        source=records.name,
        sha256=records.sha256,
        records=found.records,
        neighbours=found.neighbours,
        widened=found.widened,
        conditions=_conditions(chosen, found),
        actions=_actions(chosen, found, said),
        gain=found.gain[0],
        gain_low=found.gain[1],
        gain_high=found.gain[2],
        tonnes_per_year=_tonnes(chosen),
        adherence_before=found.adherence,
        best=found.best,
        naive_record=found.naive.record,
        naive_month=found.naive.month,
        naive_month_name=found.naive.month_name,
        baseline=found.baseline,
        valuation=chosen.valuation,
        notes=(*chosen.notes, *_notes(chosen, found)),
        asked_conditions=_asked_conditions(chosen),
        dropped=chosen.dropped,
    )


def _conditions(chosen: Chosen, found: Search) -> tuple[Condition, ...]:
    base = found.baseline
    return tuple(
        Condition(n, chosen.units.get(n, ""), at, low, high)
        for n, at, low, high in zip(
            chosen.conditions, base.at, found.low, found.high, strict=True
        )
    )


def _actions(
    chosen: Chosen, found: Search, said: Sequence[Verdict]
) -> tuple[Action, ...]:
    return tuple(
        Action(
            n, chosen.units.get(n, ""), w.low, w.middle, w.high, w.rest_low,
            w.rest_middle, w.rest_high, w.credible if used else w.gain, w.sd, w.chance,
            w.kept, verdict, used,
        )
        for n, w, used, verdict in zip(
            chosen.settings, found.windows, found.used, said, strict=True
        )
    )  # fmt: skip


def _asked_conditions(chosen: Chosen) -> tuple[str, ...]:
    """Return conditions as they are named in records; the season as one."""
    names = ["season" if n.startswith("season_") else n for n in chosen.conditions]
    return tuple(dict.fromkeys(names))


def _tonnes(chosen: Chosen) -> float:
    """Return the tonnes of a year at the pace of the records [t/a]."""
    if not chosen.valuation.tonnes:
        return 0.0
    days = chosen.evidence.days
    step = float(np.median(np.diff(np.unique(days)))) if len(days) > 1 else 1.0
    length = float(days[-1] - days[0]) + step
    return float(chosen.evidence.tonnes.sum()) / length * 365.0


def _notes(chosen: Chosen, found: Search) -> list[Note]:
    notes = []
    if found.records < WANTED:
        notes.append(
            Note(
                f"只有 {found.records} 条记录，少于 {WANTED} 条：全部视为可比；"
                "班次或批次记录能说明更多",
                f"only {found.records} records, fewer than {WANTED}: all are taken as "
                "comparable; records of shifts or campaigns would say more",
            )
        )
    elif found.widened:
        notes.append(
            Note(
                f"相同条件下的记录少于 {WANTED} 条：范围已放宽到 {found.width:.1f} "
                "倍标准差",
                f"fewer than {WANTED} records under these conditions: the circle was "
                f"widened to {found.width:.1f} standard deviations",
            )
        )
    if not chosen.settings:
        notes.append(NO_SETTINGS)
    elif not any(found.used):
        notes.append(NO_ACTION)
    if not chosen.valuation.tonnes:
        notes.append(NO_TONNES)
    return notes
