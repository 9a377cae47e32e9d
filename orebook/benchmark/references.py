"""The six references of an indicator, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from orebook.benchmark.money import gap_of
from orebook.benchmark.note import Note
from orebook.benchmark.own_best import FEWEST, OwnBest, Past, own_best
from orebook.benchmark.reading import Reading
from orebook.benchmark.result import REFERENCES, Reference
from orebook.benchmark.study import Key, Study
from orebook.chain.indicator import Level

__all__ = ["level_of", "references"]

BEYOND_IT = Note(
    "本月已越过该值，请核对数据与其假设",
    "the month is beyond it: check figures and what it assumes",
)
SMALL = 1e-6
BEYOND = 2.0  # standard deviations past a law of nature that are no accident [-]


def references(study: Study, key: Key) -> dict[str, Reference]:
    """Return all six references of an indicator of a plant, without money.

    Parameters
    ----------
    study : Study
        What is compared.
    key : tuple of str
        Plant and indicator.
    """
    own = study.readings.get(key)
    if not isinstance(own, Reading):
        return {
            k: Reference(k, source=Note("本月无数值", "no figure of the month"))
            for k in REFERENCES
        }
    found = (
        _limit(study, key),
        _planned(study, key, own),
        _own_best(study, key, own),
        _group_best(study, key, own),
        _peer(study, key),
        _theory(study, key, own),
    )
    one = study.indicators[key[1]]
    return {
        r.kind: replace(
            r, gap=None if r.level is None else gap_of(one, own.value, r.level)
        )
        for r in found
    }


def level_of(study: Study, key: Key) -> Level | None:
    """Return the levels of an indicator for the class of the plant.

    Parameters
    ----------
    study : Study
        What is compared.
    key : tuple of str
        Plant and indicator.
    """
    levels = study.indicators[key[1]].levels
    of = study.classes[key]
    return next((x for x in levels if x.of == of and of), None) or next(
        (x for x in levels if not x.of), None
    )


def _limit(study: Study, key: Key) -> Reference:
    level = level_of(study, key)
    value = None
    if level is not None:
        value = level.grades[-1] if level.grades else level.limit
    if value is not None and level is not None:
        return Reference("limit", value, value, source=Note.same(level.source))
    claim = study.claims.limit(study.indicators[key[1]], study.classes[key])
    if claim is not None:
        return Reference(
            "limit", claim.value, claim.value, source=Note.same(claim.source)
        )
    return Reference("limit", source=Note("无已知限定值", "no legal limit is known"))


def _planned(study: Study, key: Key, own: Reading) -> Reference:
    planned = study.plan_readings.get(key)
    if not isinstance(planned, Reading):
        return Reference("plan", source=planned or Note("计划中没有", "not planned"))
    level = study.moved(key, planned.value, planned.theory, own)
    return Reference(
        "plan", planned.value, level, source=Note("当月计划", "plan of the month")
    )


def _own_best(study: Study, key: Key, own: Reading) -> Reference:
    found = own_best(
        list(_past(study, key, own)), _conditions(own), study.indicators[key[1]].better
    )
    if found is None and own.uncounted:
        stores = ", ".join(own.uncounted)
        return Reference(
            "own_best",
            source=Note(
                f"{stores} 的在制量无法折算，月度数值不可比",
                f"what {stores} holds is not known: months cannot be compared",
            ),
        )
    if found is None:
        count = sum(1 for _ in _past(study, key, own))
        return Reference(
            "own_best",
            source=Note(
                f"此前仅 {count} 个已结月份，至少需 {FEWEST} 个",
                f"{count} closed months before it; needs {FEWEST}",
            ),
        )
    return Reference("own_best", found.naive, found.level, source=_told(found))


def _past(study: Study, key: Key, own: Reading) -> Iterable[Past]:
    """Yield earlier months; one whose stock change is not known is no example."""
    for period, readings in study.past_readings.items():
        then = readings.get(key)
        if isinstance(then, Reading) and not then.uncounted:
            value = study.moved(key, then.value, then.theory, own)
            yield Past(period, value, then.sd, _conditions(then))


def _group_best(study: Study, key: Key, own: Reading) -> Reference:
    one, found = study.indicators[key[1]], []
    for other in study.alike(key):
        reading = study.readings[other, key[1]]
        assert isinstance(reading, Reading)
        level = study.moved(key, reading.value, reading.theory, own)
        found.append((level, reading.value, other))
    if not found:
        return Reference(
            "group_best",
            source=Note("集团内无同类装置", "no other plant of its class"),
        )
    level, value, other = (min if one.better == "lower" else max)(found)
    return Reference("group_best", value, level, source=Note.same(other))


def _peer(study: Study, key: Key) -> Reference:
    claim = study.claims.best(study.indicators[key[1]], study.classes[key])
    if claim is None:
        return Reference(
            "peer", source=Note("无同类同行数据", "no peer of its class says")
        )
    return Reference("peer", claim.value, claim.value, source=Note.same(claim.source))


def _theory(study: Study, key: Key, own: Reading) -> Reference:
    one = study.indicators[key[1]]
    if own.theory is not None:
        said = Note(
            one.theory_by or "按本月原料的化学计量或热力学",
            one.theory_by_en or "stoichiometry or heat, with this feed",
        )
        if gap_of(one, own.value, own.theory) < -max(BEYOND * own.sd, SMALL):
            said = said.then(BEYOND_IT)
        return Reference("theory", own.theory, own.theory, source=said)
    claim = study.claims.theory(one, study.classes[key])
    if claim is not None:
        said = Note.same(claim.source)
        if gap_of(one, own.value, claim.value) < -max(BEYOND * own.sd, SMALL):
            said = said.then(BEYOND_IT)
        return Reference("theory", claim.value, claim.value, source=said)
    return Reference("theory", source=Note("未给出理论极限", "no limit is stated"))


def _conditions(reading: Reading) -> tuple[float, ...]:
    """Return what nobody could choose: the load, and what the feed allows."""
    return (reading.driver, 0.0 if reading.theory is None else reading.theory)


def _told(found: OwnBest) -> Note:
    near = "all there are" if found.widened else "the nearest"
    nah = "全部" if found.widened else "条件最近"
    return Note(
        f"{found.periods} 个已结月份（{nah}）中最好的十分之一，按计量可信度 "
        f"{found.trust:.0%} 收缩；单月最好 {found.naive:.6g}",
        f"best tenth of {found.periods} closed months ({near}), shrunk to "
        f"{found.trust:.0%} of the spread; best single month {found.naive:.6g}",
    )
