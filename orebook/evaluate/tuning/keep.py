"""From a tuning to what the book keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from orebook.chain.chain import Chain
from orebook.chain.tuned import Tuned
from orebook.errors import InputError
from orebook.evaluate.tuning.result import Estimate, Tuning
from orebook.process.network import Network
from orebook.process.tuned_check import tuned_mistakes
from orebook.quantity import Measure

__all__ = ["entries"]

_DIGITS = 10  # of a value kept


def entries(
    network: Network,
    tunings: Sequence[Tuning],
    *,
    valid_from: date,
    day: date,
    author: str,
    reason: str = "",
) -> tuple[Tuned, ...]:
    """Return the entries a book keeps of tunings.

    Parameters
    ----------
    network : Network
        Chain, with the entries it has already, and physics.
    tunings : sequence of Tuning
        What was fitted.
    valid_from : date
        Day from which the constants hold.
    day : date
        Day on which they are kept.
    author : str
        Who answers for them.
    reason : str
        Why.

    Raises
    ------
    InputError
        If the author is missing, the constants would hold within one of their months,
        or the book has an entry for a constant from that day already.
    """
    if not author.strip():
        raise InputError(
            "nobody answers for the constants: the author is missing; expected a name "
            'or an office; give --author "process engineering"'
        )
    found = tuple(
        _entry(t, e, valid_from, day, author.strip(), reason)
        for t in tunings
        for e in t.estimates
    )
    _refuse_double(network.chain, found)
    chain = network.chain.model_copy(update={"tuned": found})
    wrong = list(tuned_mistakes(Network(chain, network.processes, network.streams)))
    if wrong:
        w = wrong[0]
        raise InputError(f"{w.entry}: {w.problem}; expected {w.expected}; {w.remedy}")
    return found


def _entry(
    tuning: Tuning, estimate: Estimate, valid_from: date, day: date, author: str,
    reason: str,
) -> Tuned:  # fmt: skip
    c = estimate.constant
    kept = float(f"{estimate.value:.{_DIGITS}g}")
    value = kept if c.low <= kept <= c.high else estimate.value
    given: dict[str, object] = {
        "id": f"{valid_from}-{c.unit}-{c.name}".lower(),
        "unit": c.unit,
        "constant": c.name,
        "value": Measure(value, c.of),
        "valid_from": valid_from,
        "date": day,
        "author": author,
        "before": Measure(c.start, c.of),
        "standard_error": Measure(float(f"{estimate.standard_error:.3g}"), c.of),
        "months": [period for period, _ in tuning.months],
        "hashes": [close for _, close in tuning.months],
        "chi2_before": float(f"{tuning.chi2_before:.6g}"),
        "chi2_after": float(f"{tuning.chi2_after:.6g}"),
    }
    return Tuned.model_validate(given | ({"reason": reason} if reason else {}))


def _refuse_double(chain: Chain, found: Sequence[Tuned]) -> None:
    kept = {(t.unit, t.constant, t.valid_from): t for t in chain.tuned}
    for entry in found:
        other = kept.get((entry.unit, entry.constant, entry.valid_from))
        if other is not None:
            raise InputError(
                f"{entry.unit}.{entry.constant} has a value from {entry.valid_from} on "
                f"already, kept on {other.date} by {other.author}; an entry is never "
                "overwritten; let the new one hold from another day (--valid-from)"
            )
