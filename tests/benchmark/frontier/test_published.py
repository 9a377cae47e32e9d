"""Every published case: ours against theirs. The source of each is in its name."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest

from orebook.benchmark.frontier import (
    Process,
    RatioLimit,
    cost_efficiency,
    frontier,
    luenberger,
    malmquist,
    malmquist_luenberger,
    money_gap,
    network,
    profitability,
    revenue_efficiency,
    stochastic,
)
from tests.benchmark.frontier.conftest import CASES, HERE, TOLERANCE


def near(found: object, expected: object) -> None:
    """Compare with figures of six decimals; ``null`` where none was published."""
    wanted = np.array(
        [np.nan if e is None else e for e in expected],
        dtype=float,  # type: ignore[union-attr]
    )
    got = np.where(np.isnan(wanted), np.nan, np.asarray(found, dtype=float))
    np.testing.assert_allclose(got, wanted, rtol=0.0, atol=TOLERANCE)


RADIAL: list[tuple[str, str, dict[str, Any]]] = [
    ("cst_stores", "ccr_in", {"returns": "crs"}),
    ("cst_stores", "bcc_in", {}),
    ("cst_2_2", "ccr_in", {"returns": "crs"}),
    ("cst_2_2", "sbm_crs", {"returns": "crs", "model": "sbm", "orientation": "none"}),
    ("cst_hospitals", "ccr_in", {"returns": "crs"}),
    ("cst_hospitals", "bcc_in", {}),
    ("cst_hospitals", "nirs_in", {"returns": "nirs"}),
    ("cst_hospitals", "ccr_out_phi", {"returns": "crs", "orientation": "output"}),
    ("cst_hospitals", "bcc_out_phi", {"orientation": "output"}),
    ("cst_hospitals", "super_ccr_in", {"returns": "crs", "model": "super"}),
    ("cst_hospitals", "sbm_crs",
     {"returns": "crs", "model": "sbm", "orientation": "none"}),
    ("cst_hospitals", "fdh_in", {"returns": "fdh"}),
    ("cst_hospitals", "assurance_region_v1_over_v2_2_to_5__u2_over_u1_1_to_3",
     {"returns": "crs", "weights": [RatioLimit("input 1", "input 2", 2.0, 5.0),
                                    RatioLimit("output 2", "output 1", 1.0, 3.0)]}),
    ("tone2001", "sbm_crs", {"returns": "crs", "model": "sbm", "orientation": "none"}),
    ("tone2001", "ccr_in", {"returns": "crs"}),
    ("tone2002_power_plants", "super_ccr_in", {"returns": "crs", "model": "super"}),
    ("tone2002_power_plants", "super_sbm_in_crs",
     {"returns": "crs", "model": "super_sbm"}),
    ("tone2002_power_plants", "super_sbm_crs",
     {"returns": "crs", "model": "super_sbm", "orientation": "none"}),
    ("eleven_units", "super_in_vrs", {"model": "super"}),
]  # fmt: skip
for scale in ("crs", "vrs"):
    RADIAL += [
        ("eleven_units", f"radial_in_{scale}", {"returns": scale}),
        ("eleven_units", f"radial_out_phi_{scale}",
         {"returns": scale, "orientation": "output"}),
        ("eleven_units", f"additive_{scale}", {"returns": scale, "model": "additive"}),
        ("eleven_units", f"ddf_observed_{scale}",
         {"returns": scale, "model": "directional", "orientation": "none"}),
        ("eleven_units", f"sbm_{scale}",
         {"returns": scale, "model": "sbm", "orientation": "none"}),
    ]  # fmt: skip


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize(("case", "key", "options"), RADIAL)
def test_scores_of_one_period(
    case: str, key: str, options: dict[str, Any], engine: str
) -> None:
    """Cooper, Seiford, Tone; Tone 2001, 2002; DataEnvelopmentAnalysis.jl."""
    data = CASES[case]
    found = frontier(data["X"], data["Y"], engine=engine, **options)
    near(found.scores, data["expected"][key])
    assert found.certificate.worst < 1e-9


def test_every_expected_column_of_a_case_is_shown_here() -> None:
    """No published column is passed over in silence."""
    shown = {(case, key) for case, key, _ in RADIAL}
    for case in ("cst_stores", "cst_2_2", "cst_hospitals", "tone2001",
                 "tone2002_power_plants", "eleven_units"):  # fmt: skip
        missing = {k for k in CASES[case]["expected"] if (case, k) not in shown}
        assert missing == set()


def test_weakly_efficient_unit_has_its_slack() -> None:
    """Cooper, Seiford, Tone, example 2.2: the sixth unit scores 1 with a slack of 2."""
    data = CASES["cst_2_2"]
    found = frontier(data["X"], data["Y"], returns="crs")
    np.testing.assert_allclose(found.slacks[5], [2.0, 0.0, 0.0], atol=1e-9)
    assert not found.efficient[5]
    assert found.efficient[2]


def test_infeasible_super_efficiency_is_said_and_scored() -> None:
    """DataEnvelopmentAnalysis.jl: unit 9 has no point under variable returns."""
    data = CASES["eleven_units"]
    found = frontier(data["X"], data["Y"], model="super")
    assert found.status[8] == "infeasible"
    assert [s for s in found.status if s != "optimal"] == ["infeasible"]
    assert np.isfinite(found.scores).all()
    assert found.scores[8] > 1.0
    assert "1 programmes without a point" in found.summary()


@pytest.mark.parametrize("case", ["coelli_cost", "cst_cost"])
def test_cost_efficiency(case: str) -> None:
    """Coelli, Rao, Battese 1998; Cooper, Seiford, Tone 2007, chapter 8."""
    data = CASES[case]
    expected = data["expected"]
    found = cost_efficiency(data["X"], data["Y"], data["input_prices"], returns="crs")
    near(found.technical, expected["te_crs"])
    near(found.efficiency, expected["ce_crs"])
    near(found.allocative, expected["ae_crs"])
    if "min_cost" in expected:
        near(found.best, expected["min_cost"])
        np.testing.assert_allclose(found.optimum, expected["optimal_inputs"])


def test_profitability_cost_and_revenue() -> None:
    """Zofío, Prieto 2006, as checked in DataEnvelopmentAnalysis.jl."""
    data = CASES["zofio_prieto2006"]
    x, y, w, p = (data[k] for k in ("X", "Y", "input_prices", "output_prices"))
    expected = data["expected"]
    near(profitability(x, y, w, p).efficiency, expected["profitability"])
    for scale in ("crs", "vrs"):
        cost = cost_efficiency(x, y, w, returns=scale)  # type: ignore[arg-type]
        near(cost.efficiency, expected[f"cost_{scale}"])
        revenue = revenue_efficiency(x, y, p, returns=scale)  # type: ignore[arg-type]
        near(revenue.efficiency, expected[f"revenue_{scale}"])
    gap = money_gap(x, y, w, p)
    near(gap.nerlovian, expected["nerlovian_profit_inefficiency_g_observed"])
    worth = np.array(x) @ w + np.array(y) @ p
    near(gap.step / worth, expected["technical_part"])
    near(gap.nerlovian - gap.step / worth, expected["allocative_part"])


def test_profit_gap_in_money() -> None:
    """Zofío, Pastor, Aparicio 2013: direction worth 1, so that the step is money."""
    data = CASES["zofio_pastor_aparicio2013"]
    x, y, w, p = (data[k] for k in ("X", "Y", "input_prices", "output_prices"))
    expected = data["expected"]
    found = money_gap(x, y, w, p, direction="equal")
    near(found.profit, expected["profit"])
    near(found.gap, expected["profit_gap_money"])
    near(found.step, expected["technical_money"])
    near(found.gap - found.step, expected["allocative_money"])
    together = (found.technical + found.allocative).sum(axis=1)
    np.testing.assert_allclose(together, found.gap, rtol=0.0, atol=1e-12)


def test_malmquist() -> None:
    """DataEnvelopmentAnalysis.jl documentation, five units, two periods."""
    data = CASES["malmquist_5"]
    found = malmquist(
        [data["X_1"], data["X_2"]], [data["Y_1"], data["Y_2"]], method="adjacent"
    )
    near(found.index[0], data["expected"]["mi"])
    near(found.catching_up[0], data["expected"]["ec"])
    near(found.frontier_shift[0], data["expected"]["tc"])


def test_bad_outputs_in_two_periods() -> None:
    """DataEnvelopmentAnalysis.jl; the weak row shows the anomaly of the contract."""
    data = CASES["bad_output_two_period"]
    expected, x = data["expected"], data["X"]
    for period in (1, 2):
        found = frontier(
            x, data[f"Y_{period}"], bads=data[f"B_{period}"], contract="as_input",
            returns="crs", orientation="output",
        )  # fmt: skip
        near(found.scores, expected[f"ddf_period{period}_bad_as_input"])
    weak = frontier(
        x, data["Y_1"], bads=data["B_1"], contract="weak", returns="crs",
        orientation="output",
    )  # fmt: skip
    near(weak.scores, expected["ddf_period1_weak_disposability"])


@pytest.mark.parametrize(
    ("key", "at", "by"), [("ddf_obs2_tech1", 2, 1), ("ddf_obs1_tech2", 1, 2)]
)
def test_distances_across_periods(key: str, at: int, by: int) -> None:
    """DataEnvelopmentAnalysis.jl: units of one period against the other's frontier."""
    data = CASES["bad_output_two_period"]

    def side(period: int) -> tuple[Any, Any]:
        x = np.column_stack([data["X"], data[f"B_{period}"]])
        return x, np.array(data[f"Y_{period}"])

    x, y = side(at)
    move = x * [0.0, 1.0]
    found = frontier(
        x, y, returns="crs", model="directional", direction=(move, y),
        reference=side(by),
    )  # fmt: skip
    near(found.scores, data["expected"][key])


def test_malmquist_luenberger_and_luenberger() -> None:
    """DataEnvelopmentAnalysis.jl, bads as inputs."""
    data = CASES["bad_output_two_period"]
    expected = data["expected"]
    sides = [data["X"]] * 2, [data["Y_1"], data["Y_2"]]
    bads = [data["B_1"], data["B_2"]]
    ml = malmquist_luenberger(*sides, bads, method="adjacent")
    near(ml.index[0], expected["ml_index"])
    near(ml.catching_up[0], expected["ml_ec"])
    near(ml.frontier_shift[0], expected["ml_tc"])
    added = luenberger(
        *sides, bads=bads, method="adjacent", returns="crs", direction="output"
    )
    near(added.index[0], expected["luenberger"])
    near(added.catching_up[0], expected["luenberger_ec"])


def test_network_of_three_processes() -> None:
    """Kao 2009: two processes feed a third; published to four decimals."""
    data = CASES["kao2009_network"]
    names = "ABCDE"

    def column(process: int, place: int) -> list[float]:
        return [data[f"process{process}"][unit][place] for unit in names]

    found = network(
        [
            Process("1", {"x1": column(1, 0), "x2": column(1, 1)},
                    {"y1": column(1, 2)}),
            Process("2", {"x1": column(2, 0), "x2": column(2, 1)},
                    {"y2": column(2, 2)}),
            Process("3", {"x1": column(3, 0), "x2": column(3, 1), "y1": column(1, 4),
                          "y2": column(2, 4)}, {"y3": column(3, 2)}),
        ],
        units=list(names),
    )  # fmt: skip
    system = [data["expected"]["system"][unit] for unit in names]
    np.testing.assert_allclose(found.system, system, atol=5e-5)
    near(found.black_box, [data["expected"]["black_box_ccr"][u] for u in names])
    assert (found.system <= found.black_box + 1e-12).all()


def test_program_follow_through() -> None:
    """Charnes, Cooper, Rhodes 1981: 70 schools, 5 inputs, 3 outputs."""
    text = (HERE / "pft1981.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(text))
    inputs = ("education", "occupation", "parental", "counseling", "teachers")
    outputs = ("reading", "math", "coopersmith")

    def table(names: tuple[str, ...], of: list[dict[str, str]]) -> dict[str, Any]:
        return {name: [float(row[name]) for row in of] for name in names}

    for returns, key in (("crs", "ccr_in_pooled"), ("vrs", "bcc_in_pooled")):
        found = frontier(table(inputs, rows), table(outputs, rows), returns=returns)  # type: ignore[arg-type]
        near(found.scores, [float(row[key]) for row in rows])
    for program in {row["program"] for row in rows}:
        own = [row for row in rows if row["program"] == program]
        found = frontier(table(inputs, own), table(outputs, own), returns="crs")
        near(found.scores, [float(row["ccr_in_own_program"]) for row in own])


def test_stochastic_frontier_of_60_firms() -> None:
    """Coelli 1996, FRONTIER 4.1, the program's own published output."""
    text = (HERE / "front41.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(text))
    inputs = {n: [float(r[n]) for r in rows] for n in ("capital", "labour")}
    found = stochastic(inputs, [float(r["output"]) for r in rows])
    np.testing.assert_allclose(found.coefficients, [0.5616, 0.2811, 0.5365], atol=6e-5)
    assert found.sigma2 == pytest.approx(0.2170, abs=6e-5)
    assert found.gamma == pytest.approx(0.7972, abs=6e-5)
    assert found.log_likelihood == pytest.approx(-17.0272, abs=6e-5)
    assert found.efficiency.mean() == pytest.approx(0.7406, abs=6e-5)
