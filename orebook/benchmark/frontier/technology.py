"""What peers show to be possible, as rows and shared columns of a programme."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from orebook.benchmark.frontier.batch import (
    BoolArray,
    FloatArray,
    IntArray,
    duplicate,
)
from orebook.errors import InputError

__all__ = ["RETURNS", "Returns", "Technology", "check_returns", "technology"]

Returns = Literal["crs", "vrs", "nirs", "ndrs", "fdh"]
RETURNS: Final[tuple[Returns, ...]] = ("crs", "vrs", "nirs", "ndrs", "fdh")

# Sign of the row of the sum of weights, and whether it is an equation.
_SUM: Final[dict[str, tuple[float, bool]]] = {
    "vrs": (1.0, True),
    "nirs": (1.0, False),
    "ndrs": (-1.0, False),
}


@dataclass(frozen=True, slots=True, eq=False)
class Technology:
    """Peers, scaled, with the rows that say what can be done.

    Parameters
    ----------
    inputs, outputs : array, shape (peers, factors)
        What each peer used and made, divided by the means [-].
    input_scale, output_scale : array
        The means [unit of the factor].
    returns : {"crs", "vrs", "nirs", "ndrs"}
        Returns to scale.
    """

    inputs: FloatArray
    outputs: FloatArray
    input_scale: FloatArray
    output_scale: FloatArray
    returns: Returns

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of peers, inputs and outputs [-]."""
        return (*self.inputs.shape, self.outputs.shape[1])

    @property
    def convex(self) -> bool:
        """Whether there is a row of the sum of weights."""
        return self.returns in _SUM

    @property
    def rows(self) -> int:
        """Number of rows [-]."""
        return sum(self.shape[1:]) + int(self.convex)

    def pool(self) -> FloatArray:
        """Return one column per peer: inputs, outputs with minus, the sum row."""
        parts = [self.inputs.T, -self.outputs.T]
        if self.convex:
            sign = _SUM[self.returns][0]
            parts.append(np.full((1, self.inputs.shape[0]), sign))
        return np.ascontiguousarray(np.concatenate(parts))

    def equal(self) -> BoolArray:
        """Return which rows are equations."""
        found = np.zeros(self.rows, dtype=bool)
        if self.convex:
            found[-1] = _SUM[self.returns][1]
        return found

    def rhs(self, inputs: FloatArray, outputs: FloatArray) -> FloatArray:
        """Return the right-hand side that stands for some units.

        Parameters
        ----------
        inputs, outputs : array, shape (units, factors)
            What the units used and made, scaled [-].
        """
        parts = [inputs, -outputs]
        if self.convex:
            parts.append(np.full((inputs.shape[0], 1), _SUM[self.returns][0]))
        return np.concatenate(parts, axis=1)

    def scaled(
        self, inputs: FloatArray, outputs: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return figures of units in the scale of the technology.

        Parameters
        ----------
        inputs, outputs : array, shape (units, factors)
            What they used and made [unit of the factor].
        """
        return inputs / self.input_scale, outputs / self.output_scale

    def of(self, peers: IntArray) -> Technology:
        """Return the technology that some of the peers show.

        Parameters
        ----------
        peers : array of int
            Which [-].
        """
        return replace(self, inputs=self.inputs[peers], outputs=self.outputs[peers])

    def hinges(self) -> IntArray:
        """Return the rows that can make a first basis dual feasible, best first."""
        if self.returns in ("vrs", "nirs"):
            return np.array([self.rows - 1])
        return np.flatnonzero((self.inputs > 0.0).all(axis=0))

    def logical(self, units: int) -> IntArray:
        """Return the basis of slacks alone.

        Parameters
        ----------
        units : int
            How many units [-].
        """
        return duplicate(np.arange(self.rows, dtype=np.int64), units)


def technology(inputs: FloatArray, outputs: FloatArray, returns: Returns) -> Technology:
    """Return the technology the peers show.

    Parameters
    ----------
    inputs, outputs : array, shape (peers, factors)
        What each peer used and made [unit of the factor].
    returns : {"crs", "vrs", "nirs", "ndrs"}
        Returns to scale.

    Notes
    -----
    Every factor is divided by its mean: raw billions beside shares broke a published
    package (issue 17 of Benchmarking for R).

    Examples
    --------
    >>> made = technology(np.array([[2.0], [4.0]]), np.array([[1.0], [3.0]]), "vrs")
    >>> made.pool().shape, made.input_scale
    ((3, 2), array([3.]))
    """
    input_scale, output_scale = _scale(inputs), _scale(outputs)
    return Technology(
        inputs / input_scale,
        outputs / output_scale,
        input_scale,
        output_scale,
        returns,
    )


def _scale(values: FloatArray) -> FloatArray:
    found = np.abs(values).mean(axis=0)
    return np.where(found > 0.0, found, 1.0)


def check_returns(returns: str) -> None:
    """Refuse an unknown name of returns to scale.

    Parameters
    ----------
    returns : str
        The name.

    Raises
    ------
    InputError
        It is none of those known.
    """
    if returns not in RETURNS:
        from orebook.chain.nearest import did_you_mean

        remedy = did_you_mean(returns, RETURNS, "correct it")
        raise InputError(
            f"returns {returns!r}; expected one of {', '.join(RETURNS)}; {remedy}"
        )
