"""The one call for scores of single units: `frontier`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from orebook.benchmark.frontier.bad import Contract
from orebook.benchmark.frontier.batch import FloatArray
from orebook.benchmark.frontier.checks import check
from orebook.benchmark.frontier.data import Factors, FactorsLike, factors, unit_names
from orebook.benchmark.frontier.kernel import Engine
from orebook.benchmark.frontier.models import RUN, Task, free_disposal, with_bads
from orebook.benchmark.frontier.result import FrontierResult
from orebook.benchmark.frontier.technology import Returns, check_returns
from orebook.benchmark.frontier.weights import Restriction
from orebook.errors import InputError

__all__ = ["MODELS", "Model", "Orientation", "frontier"]

Model = Literal["radial", "directional", "additive", "ram", "sbm", "super", "super_sbm"]
Orientation = Literal["input", "output", "none"]
MODELS: Final[tuple[Model, ...]] = (
    "radial",
    "directional",
    "additive",
    "ram",
    "sbm",
    "super",
    "super_sbm",
)
_POSITIVE: Final = frozenset({"sbm", "super_sbm"})
_SIGNED: Final = frozenset({"additive", "ram"})


def frontier(
    inputs: FactorsLike,
    outputs: FactorsLike,
    *,
    returns: Returns = "vrs",
    orientation: Orientation = "input",
    model: Model = "radial",
    units: Sequence[str] | None = None,
    bads: FactorsLike | None = None,
    contract: Contract = "by_production",
    polluting: Sequence[str] | None = None,
    direction: tuple[FactorsLike, FactorsLike] | None = None,
    fixed: Sequence[str] = (),
    weights: Sequence[Restriction] = (),
    reference: tuple[FactorsLike, FactorsLike] | None = None,
    engine: Engine = "auto",
) -> FrontierResult:
    """Measure units against the frontier of the best among them.

    Parameters
    ----------
    inputs, outputs : array, mapping or table
        One row per unit, one column per factor [unit of the factor]. Names of a table
        or mapping are kept.
    returns : {"vrs", "crs", "nirs", "ndrs", "fdh"}
        Returns to scale; "fdh" compares with single peers, without mixing them.
    orientation : {"input", "output", "none"}
        Use less, make more, or both.
    model : str
        "radial": one factor for all inputs (or outputs). "directional": steps of a
        direction. "additive", "ram", "sbm": each factor by itself. "super",
        "super_sbm": the unit left out of its own reference, so that those on the
        frontier rank too.
    units : sequence of str, optional
        Names of the units; those of the table otherwise.
    bads : array, mapping or table, optional
        Outputs nobody wants; the score is then a step, goods up and bads down.
    contract : {"by_production", "as_input", "weak", "kuosmanen"}
        What may be thrown away, see docs/frontier.md.
    polluting : sequence of str, optional
        Inputs the bads come from, under "by_production"; all otherwise.
    direction : pair, optional
        Less of inputs and more of outputs, one row for all or one per unit; what the
        unit itself uses and makes otherwise [unit of the factor].
    fixed : sequence of str
        Factors nobody can change (non-discretionary).
    weights : sequence of RatioLimit or ShareLimit
        Restrictions of the multipliers; radial and directional.
    reference : pair, optional
        Inputs and outputs of other peers to measure against.
    engine : {"auto", "numpy", "compiled"}
        Path of the kernel; all give the same scores.

    Returns
    -------
    FrontierResult
        Scores, weights of peers, targets, slacks, certificate. Input radial: share of
        the inputs that would do. Output radial: factor of the outputs. Directional:
        steps. Super: above 1 outside the frontier of the others.

    Raises
    ------
    InputError
        Figures or options make scores impossible; the message lists each.

    Notes
    -----
    Charnes, Cooper, Rhodes 1978; Banker, Charnes, Cooper 1984; Andersen, Petersen
    1993; Chambers, Chung, Färe 1998; Tone 2001, 2002; Cooper, Park, Pastor 1999;
    Murty, Russell, Levkoff 2012.

    Examples
    --------
    Eight stores with their staff and sales (Cooper, Seiford, Tone, table 1.1):

    >>> staff, sales = [2, 3, 3, 4, 5, 5, 6, 8], [1, 3, 2, 3, 4, 2, 3, 5]
    >>> frontier(staff, sales, returns="crs").scores.round(3).tolist()
    [0.5, 1.0, 0.667, 0.75, 0.8, 0.4, 0.5, 0.625]
    """
    x, y = factors(inputs, "input"), factors(outputs, "output")
    names = unit_names(len(x.values), units, x, y)
    _check_options(returns, orientation, model)
    foul = None if bads is None else factors(bads, "bad output")
    if foul is not None:
        unit_names(len(names), None, foul)
    findings = check(
        x, y, names, bads=foul, positive=model in _POSITIVE,
        signed=model in _SIGNED and returns == "vrs",
    )  # fmt: skip
    peers, against, itself = names, (x.values, y.values), np.arange(len(names))
    if reference is not None:
        peers, against = _other_peers(reference, x, y)
    task = Task(
        x, y, names, peers, (x.values, y.values), against,
        itself if reference is None else None, returns, orientation,
        _direction(x, y, direction, orientation, fixed), weights, engine,
        findings, model,
    )  # fmt: skip
    if foul is not None:
        return with_bads(task, foul, contract, polluting)
    if returns == "fdh":
        return free_disposal(task)
    return RUN[model](task)


def _check_options(returns: str, orientation: str, model: str) -> None:
    """Refuse unknown names."""
    check_returns(returns)
    for kind, value, known in (
        ("orientation", orientation, ("input", "output", "none")),
        ("model", model, MODELS),
    ):
        if value not in known:
            from orebook.chain.nearest import did_you_mean

            raise InputError(
                f"{kind} {value!r}; expected one of {', '.join(known)}; "
                f"{did_you_mean(value, known, 'correct it')}"
            )
    if returns == "fdh" and model not in ("radial", "directional"):
        raise InputError(
            f"model {model!r} with returns 'fdh'; expected 'radial' or 'directional' "
            "there; choose other returns to scale"
        )
    if orientation == "none" and model in ("radial", "super"):
        raise InputError(
            f"model {model!r} without orientation; expected 'input' or 'output'; for "
            "both at once use model 'directional'"
        )


def _other_peers(
    reference: tuple[FactorsLike, FactorsLike], x: Factors, y: Factors
) -> tuple[tuple[str, ...], tuple[FloatArray, FloatArray]]:
    """Return names and figures of peers that are not the units themselves."""
    one, other = factors(reference[0], "input"), factors(reference[1], "output")
    names = unit_names(len(one.values), None, one, other)
    wanted, given = (len(x.names), len(y.names)), (len(one.names), len(other.names))
    if wanted != given:
        raise InputError(
            f"reference has {given} inputs and outputs; expected {wanted} as the units "
            "have; give the same factors"
        )
    check(one, other, names)
    return names, (one.values, other.values)


def _direction(
    x: Factors,
    y: Factors,
    given: tuple[FactorsLike, FactorsLike] | None,
    orientation: str,
    fixed: Sequence[str],
) -> tuple[FloatArray, FloatArray]:
    """Return the direction of each unit; fixed factors stay where they are."""
    found = []
    for table, values, side in ((x, None, "output"), (y, None, "input")):
        if given is None:
            values = table.values * float(orientation != side)
        else:
            index = 0 if table is x else 1
            row = np.atleast_2d(np.asarray(factors(given[index], "direction").values))
            row = row.T if row.shape == (len(table.names), 1) else row
            if row.shape not in (table.values.shape, (1, len(table.names))):
                raise InputError(
                    f"direction has shape {row.shape}; expected one figure for each "
                    f"of {len(table.names)} factors; give a row for all, or per unit"
                )
            values = np.broadcast_to(row, table.values.shape)
        values = np.array(values, dtype=float)
        values[:, [name in fixed for name in table.names]] = 0.0
        found.append(values)
    unknown = [name for name in fixed if name not in (*x.names, *y.names)]
    if unknown:
        from orebook.chain.nearest import did_you_mean

        hint = did_you_mean(unknown[0], (*x.names, *y.names), "correct the name")
        raise InputError(
            f"fixed factor '{unknown[0]}' is not there; expected an input or output; "
            f"{hint}"
        )
    together = np.concatenate(found, axis=1)
    wrong = (together < 0.0).any(axis=1) | ~(together > 0.0).any(axis=1)
    if wrong.any() and given is not None:
        raise InputError(
            f"direction of unit {int(wrong.argmax()) + 1} is nought or below; expected "
            "0 or more for each factor and above 0 for one; change it"
        )
    return found[0], found[1]
