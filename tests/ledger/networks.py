"""Published flow networks with readings and the figures they must give.

A node is written as its streams, 1-based, + into it and - out of it.  The networks
and readings are those of the sources named; the expected figures were computed for
this project by two independent methods.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One published network; see the module docstring."""

    name: str
    source: str
    nodes: tuple[str, ...]
    reading: NDArray[np.float64]
    sd: NDArray[np.float64]
    reconciled: NDArray[np.float64]
    reconciled_sd: NDArray[np.float64]
    objective: float
    dof: int
    measurement_z: NDArray[np.float64]
    nodal_z: NDArray[np.float64]
    bias_t: NDArray[np.float64]
    bias: NDArray[np.float64]

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Incidence, nodes by streams."""
        return incidence(self.nodes, self.reading.size)


def incidence(nodes: tuple[str, ...], width: int) -> NDArray[np.float64]:
    """Return the incidence of nodes written as signed stream numbers."""
    matrix = np.zeros((len(nodes), width))
    for row, node in enumerate(nodes):
        for word in node.split():
            matrix[row, int(word[1:]) - 1] = 1.0 if word[0] == "+" else -1.0
    return matrix


def shared_networks(folder: Path) -> list[dict[str, object]]:
    """Return all networks of the reference data, or skip."""
    path = folder / "ledger-hse" / "linear_networks.json"
    if not path.is_file():
        pytest.skip(f"no reference networks at {path}")
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def shared_matrix(network: dict[str, object]) -> NDArray[np.float64]:
    """Return the balances of one network of the reference data."""
    matrix = np.zeros((network["nodes"], len(network["streams"])))
    for row, column, weight in network["incidence"]:
        matrix[row, column] = weight
    return matrix


def table(text: str) -> NDArray[np.float64]:
    """Return the numbers of a text."""
    return np.array([float(word) for word in text.split()])


NETWORKS = {
    network.name: network
    for network in (
        Network(
            name="censored6",
            source="Dovi and Solisio, Chem. Eng. J. 84 (2001) 309-314",
            nodes=(
                "+1 +2 -3",
                "-2 +3 -4",
                "+4 -5 -6",
            ),
            reading=table("11.0 9.9 21.25 11.1 7.0 3.8"),
            sd=table(
                "0.17888544 0.16124515 0.34641016 0.18165902 0.22803509 0.12247449"
            ),
            reconciled=table(
                "11.029312 9.9571089 20.986421 11.029312 7.1779734 3.8513385"
            ),
            reconciled_sd=table(
                "0.1095482 0.14748033 0.17168866 0.1095482 0.13737035 0.11064945"
            ),
            objective=1.6674925,
            dof=3,
            measurement_z=table("0.20727 0.876056 0.876056 0.487804 0.977796 0.977796"),
            nodal_z=table("0.82958 0.590899 0.948683"),
            bias_t=table("0.0429609 0.767474 0.767474 0.237953 0.956085 0.956085"),
            bias=table("-0.0469008 -0.349409 0.349409 0.111086 -0.279348 -0.279348"),
        ),
        Network(
            name="heat_exchanger_bypass",
            source="Narasimhan and Jordache, Data Reconciliation (2000), ch. 1",
            nodes=(
                "+1 -2 -3",
                "+2 -4",
                "+3 -5",
                "+4 +5 -6",
            ),
            reading=table("101.91 64.45 34.65 64.2 36.44 98.88"),
            sd=table("1.0 1.0 1.0 1.0 1.0 1.0"),
            reconciled=table("100.22 64.5 35.72 64.5 35.72 100.22"),
            reconciled_sd=table(
                "0.57735027 0.57735027 0.57735027 0.57735027 0.57735027 0.57735027"
            ),
            objective=6.4075,
            dof=4,
            measurement_z=table("2.06982 0.0612372 1.31048 0.367423 0.881816 1.64116"),
            nodal_z=table("1.62235 0.176777 1.26572 1.01614"),
            bias_t=table("4.28415 0.00375 1.71735 0.135 0.7776 2.6934"),
            bias=table("2.535 -0.075 -1.605 -0.45 1.08 -2.01"),
        ),
        Network(
            name="yang8",
            source="Yang, Ten & Jao, Comput. Chem. Eng. 19S (1995) S217-S222",
            nodes=(
                "+1 -2 -7",
                "+2 -3 +8",
                "+3 +4 -5",
                "-6 +7 -8",
            ),
            reading=table("110.1 41.1 79.0 30.6 108.3 19.8 55.0 39.0"),
            sd=table(
                "1.7983326 1.3427584 1.2903488 0.99949987 1.768898 0.6465292 "
                "1.7966636 1.2739702"
            ),
            reconciled=table(
                "101.33905 42.529144 80.900036 29.825573 110.72561 20.439015 "
                "58.809907 38.370892"
            ),
            reconciled_sd=table(
                "0.92125199 0.96783614 0.83404377 0.89329557 1.0755991 0.59487189 "
                "0.96686832 0.8968102"
            ),
            objective=35.232721,
            dof=4,
            measurement_z=table(
                "5.67257 1.53548 1.92982 1.72726 1.72726 2.52342 2.51592 0.695272"
            ),
            nodal_z=table("4.86975 0.487519 0.540122 1.65546"),
            bias_t=table(
                "32.1781 2.35769 3.72421 2.98343 2.98343 6.36764 6.32985 0.483403"
            ),
            bias=table(
                "11.8782 -2.97445 -3.26352 3.84858 -3.84858 -4.16527 -5.36306 1.2471"
            ),
        ),
        Network(
            name="recycle7",
            source="Rosenberg, Mah & Iordache, Ind. Eng. Chem. Res. 26 (1987) 555-564",
            nodes=(
                "+1 -2 +4 +6",
                "+2 -3",
                "+3 -4 -5",
                "+5 -6 -7",
            ),
            reading=table("5.026 14.722 14.721 4.968 10.088 5.131 4.835"),
            sd=table("1.0 1.0 1.0 1.0 1.0 1.0 1.0"),
            reconciled=table(
                "4.9049524 14.798619 14.798619 4.8137619 9.9848571 5.0799048 4.9049524"
            ),
            reconciled_sd=table(
                "0.6172134 0.6172134 0.6172134 0.72374686 0.65465367 0.72374686 "
                "0.6172134"
            ),
            objective=0.068479619,
            dof=4,
            measurement_z=table(
                "0.153849 0.0973811 0.0986521 0.223512 0.136445 0.074044 0.0889079"
            ),
            nodal_z=table("0.2015 0.000707107 0.193412 0.0704367"),
            bias_t=table(
                "0.0236695 0.00948308 0.00973223 0.0499577 0.0186173 0.00548252 "
                "0.00790462"
            ),
            bias=table("0.195538 -0.123769 -0.125385 0.3239 0.1805 0.1073 -0.113"),
        ),
        Network(
            name="steam_metering",
            source="Serth & Heenan, AIChE J. 32 (1986) 733-747",
            nodes=(
                "+1 +2 -3 +4",
                "-5 -6 +7 +8 -9",
                "-1 +5 -10",
                "+10 +11 -12",
                "+3 -11 +13 -14 -15 -16 -17",
                "-2 +6 -13",
                "-7 +14 +18 -19 -20 -21",
                "+15 -18 +22 -23 -24",
                "+12 +16 -22 -25",
                "+19 +23 -26 +27",
                "-8 +20 +26 +28",
            ),
            reading=table(
                "0.875 0.989 108.426 107.799 50.149 110.327 2.201 165.779 0.821 "
                "51.779 14.757 67.183 107.734 89.855 58.554 23.258 31.879 15.843 "
                "7.92 10.13 91.047 5.555 2.471 44.687 81.656 82.839 70.685 72.913"
            ),
            sd=table(
                "0.022 0.025 2.796 2.749 1.332 2.807 0.058 4.101 0.021 1.31 0.372 "
                "1.682 2.782 2.297 1.5 0.591 0.818 0.406 0.196 0.263 2.183 0.136 "
                "0.065 1.166 2.137 2.033 1.77 1.806"
            ),
            reconciled=table(
                "0.87475702 0.9892061 109.18967 107.32571 52.008554 112.03143 "
                "2.1970897 162.66416 0.82126844 51.133797 14.760925 65.894721 "
                "111.04222 92.591461 57.915108 23.108856 31.855543 15.975296 "
                "7.8989018 10.062408 88.408358 5.5576459 2.4720706 45.025387 "
                "83.445931 81.070056 70.699083 71.531696"
            ),
            reconciled_sd=table(
                "0.021997384 0.024998717 1.5535807 1.5535575 0.74480993 1.3018108 "
                "0.057979115 1.3314501 0.020999349 0.74473406 0.36095589 0.77521884 "
                "1.3018991 1.4024706 0.91849133 0.56461348 0.79106551 0.39401329 "
                "0.1949507 0.26106035 1.3991151 0.13541798 0.064937829 0.89692692 "
                "0.90875245 1.1763242 1.1772609 1.3772602"
            ),
            objective=10.685693,
            dof=11,
            measurement_z=table(
                "0.716196 0.81371 0.32851 0.20869 1.68392 0.68537 2.51251 0.803033 "
                "1.62361 0.598677 0.0436199 0.863052 1.34559 1.50426 0.538737 "
                "0.8541 0.112677 1.35098 1.04168 2.12003 1.57465 0.210515 0.376666 "
                "0.454189 0.925435 1.06684 0.0106552 1.18238"
            ),
            nodal_z=table(
                "0.315466 1.29882 1.34074 0.298961 0.435266 0.405856 1.74342 "
                "0.568608 1.15923 0.65213 0.0209023"
            ),
            bias_t=table(
                "0.512937 0.662124 0.107919 0.0435514 2.83558 0.469731 6.31272 "
                "0.644862 2.63612 0.358414 0.00190269 0.744858 1.8106 2.26279 "
                "0.290238 0.729487 0.012696 1.82515 1.0851 4.49453 2.47953 "
                "0.0443165 0.141877 0.206288 0.85643 1.13815 0.000113533 1.39802"
            ),
            bias=table(
                "1.02175 -2.0079 -1.10475 0.695381 -2.70546 -2.17148 5.43074 "
                "3.48185 -4.3307 0.953303 -0.0670912 1.63574 -4.23587 -4.36292 "
                "1.02214 1.70839 0.362159 -2.27406 1.97577 4.59941 4.47812 "
                "-0.309794 -0.559916 -0.828814 -2.18507 2.65925 -0.0252561 3.3011"
            ),
        ),
    )
}
