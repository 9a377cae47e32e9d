"""A pooling instance: inputs of known quality, pools that mix, outputs with limits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf

__all__ = ["Arc", "Input", "Output", "Pool", "PoolingInstance"]

Qualities = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Input:
    """A material that can be bought, of known quality.

    Parameters
    ----------
    id : str
        Name, unique among inputs, pools and outputs.
    cost : float
        Cost per unit taken [CNY/t].
    min, max : float
        Least and largest amount taken [t].
    quality : mapping of str to float
        Value of each quality; blends linearly by mass [any unit].
    """

    id: str
    cost: float = 0.0
    min: float = 0.0
    max: float = inf
    quality: Qualities = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pool:
    """A place where everything that enters is mixed to one quality.

    Parameters
    ----------
    id : str
        Name.
    cost : float
        Cost per unit of throughput [CNY/t].
    min, capacity : float
        Least and largest throughput [t].
    """

    id: str
    cost: float = 0.0
    min: float = 0.0
    capacity: float = inf


@dataclass(frozen=True, slots=True)
class Output:
    """A product that is sold within limits of quality.

    Parameters
    ----------
    id : str
        Name.
    price : float
        Revenue per unit [CNY/t].
    cost : float
        Cost per unit, subtracted from the price [CNY/t].
    min, max : float
        Least and largest amount [t].
    quality_max, quality_min : mapping of str to float
        Limits of the blended quality [unit of the quality].
    """

    id: str
    price: float = 0.0
    cost: float = 0.0
    min: float = 0.0
    max: float = inf
    quality_max: Qualities = field(default_factory=dict)
    quality_min: Qualities = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arc:
    """A way from an input to a pool or output, or from a pool to an output.

    Parameters
    ----------
    source, target : str
        Names of the two ends.
    min, max : float
        Least and largest flow [t].
    cost : float
        Cost per unit of flow; negative is revenue [CNY/t].
    """

    source: str
    target: str
    min: float = 0.0
    max: float = inf
    cost: float = 0.0

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class PoolingInstance:
    """What is to be pooled; build one by `read_pooling` or `parse_pooling`.

    Parameters
    ----------
    name : str
        Name of the instance.
    inputs, pools, outputs, arcs : tuple
        The network.
    notes : tuple of str
        Fields of the file that were not used.
    """

    name: str
    inputs: tuple[Input, ...]
    pools: tuple[Pool, ...]
    outputs: tuple[Output, ...]
    arcs: tuple[Arc, ...]
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return one line with the sizes."""
        return (
            f"{self.name}: {len(self.inputs)} inputs, {len(self.pools)} pools, "
            f"{len(self.outputs)} outputs, {len(self.arcs)} arcs"
        )

    def digest(self) -> str:
        """Return the SHA-256 of the data, to tell later what was solved."""
        network = {
            part: [asdict(one) for one in getattr(self, part)]
            for part in ("inputs", "pools", "outputs", "arcs")
        }
        text = json.dumps(network, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
