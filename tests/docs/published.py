"""Every published figure of the validation page, computed again by the product.

``python -m tests.docs.published`` writes the table the page shows.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from orebook.evaluate.classic import (
    mix_yield,
    price_variance,
    sequential,
    usage_variance,
)
from orebook.evaluate.expost import ex_post_split
from orebook.evaluate.lmdi import additive
from orebook.evaluate.transfer import division_profit, hirshleifer
from orebook.ledger.bilinear import reconcile_nonlinear
from orebook.ledger.component_network import component_network
from orebook.ledger.reconcile import reconcile
from orebook.market.parity import import_parity, per_kg_to_per_t, quality_price
from orebook.plan.equal_rent import equal_rent, rent_money
from orebook.plan.lp import Builder, Problem
from orebook.plan.prices import one_sided
from orebook.plan.solve import Settings, Solver
from orebook.process.contract import Case
from orebook.process.registry import bind, kind
from orebook.process.smelter.potline import dc_energy, metal_per_charge
from orebook.reward.contract import linear_share, prize_spread, ratchet_share
from orebook.reward.state_rules import profit_score
from orebook.reward.truthful import JointBase, Weitzman, osband_reichelstein
from tests.ledger import test_bilinear as circuits
from tests.ledger.networks import NETWORKS
from tests.plan.chains import V3_FACTORS
from tests.plan.linear import UNITS, chain8, food, series
from tests.plan.test_whole_trade import food_2, scarf
from tests.plan.test_whole_units import wood_plan

TABLE = Path(__file__).resolve().parents[2] / "docs" / "generate" / "validation.csv"
COLUMNS = ("topic", "case", "figure", "unit", "published", "ours", "source")


@dataclass(frozen=True, slots=True)
class Published:
    """One published case: figures, where they stand, and how to compute them.

    Parameters
    ----------
    topic, name, source : str
        Chapter of the page, name of the case, where the figures stand.
    unit : str
        Unit of the figures.
    published : mapping
        Figure to its published value [unit].
    ours : callable
        Returns the same figures as the product computes them [unit].
    within : float
        Largest difference allowed, relative to the published value, or absolute where
        that is below one: half a digit of what was published [-].
    """

    topic: str
    name: str
    source: str
    unit: str
    published: Mapping[str, float]
    ours: Callable[[], Iterable[float]]
    within: float = 1e-6


CONSTRUCTED = (
    "constructed for this project, optimum known in closed form or checked twice"
)
WEEK = "chain8, " + CONSTRUCTED


def priced(
    problem: Problem,
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return profit, bid, ask, price of the balances, and rent money of the columns."""
    solver = Solver(problem)
    solution = solver.optimal()
    rows = problem.rows["balance"].all().ravel()
    bid, ask = one_sided(solver.problem, solution, rows)
    price = equal_rent(solver.problem, solution, free_rows=rows)
    money = rent_money(solver.problem, solution, price)
    return -solution.objective, bid, ask, price[rows], money.columns


def two_units(second: float = 100.0) -> list[float]:
    """Return profit, bid, ask, price and both rents of V1."""
    problem = series([10, 20], [100, second], ore=50, product=300)
    profit, bid, ask, price, rent = priced(problem)
    return [profit, bid[1], ask[1], price[1], rent[0], rent[1]]


def seven_units() -> list[float]:
    """Return profit and the price after each unit of V2."""
    problem = series([10, 20, 5, 8, 12, 30, 40], [100] * 7, ore=50, product=300)
    profit, _, _, price, _ = priced(problem)
    return [profit, *price[1:]]


def goods(problem: Problem, names: Iterable[str]) -> list[int]:
    """Return the place of each good among the balances."""
    block = problem.rows["balance"]
    return [block.position(name) * block.periods for name in names]


def week(factors: Mapping[str, float], names: Iterable[str], side: int) -> list[float]:
    """Return profit and one side (1 bid, 2 ask, 3 price) of goods of chain8."""
    problem = chain8(factors)
    found = priced(problem)
    return [found[0], *(float(found[side][k]) for k in goods(problem, names))]


def tied_rents() -> list[float]:
    """Return what six tied units, cogeneration and smelter earn in V4."""
    rent = priced(chain8({}))[4]
    return [
        rent[UNITS.index(u)] for u in ("wash", "digest", "boiler", "cogen", "smelt")
    ]


def four_weeks() -> list[float]:
    """Return profit and alumina sold of V5."""
    problem = chain8(V3_FACTORS, weeks=4)
    solver = Solver(problem)
    run, sell, buy = (problem.columns[n] for n in ("run", "sell", "buy"))
    solver.change_bounds(
        [run.index("calcine", 2), run.index("smelt", 3)], [0, 0], [21_000, 9_000]
    )
    at = range(4)
    solver.change_costs(sell.index("alumina", at), [-3050, -2950, -3200, -3120])
    solver.change_costs(buy.index("alumina", at), [3150, 3050, 3300, 3220])
    found = solver.optimal()
    return [-found.objective, *found.x[sell.index("alumina", at)]]


def alumina_by_method() -> Iterator[float]:
    """Yield the price of alumina in V3 by each algorithm."""
    for options in (
        Settings(method="simplex"),
        Settings(method="ipm"),
        Settings(method="ipm", presolve=False),
        Settings(method="ipm", crossover=False),
    ):
        problem = chain8(V3_FACTORS)
        dual = Solver(problem, options).solve().row_dual
        yield float(dual[goods(problem, ["alumina"])[0]])


def whole_numbers() -> list[float]:
    """Return cost and both duals of V12 after the on/off decision is fixed."""
    builder = Builder(periods=1)
    x = builder.columns("x", ["x"], cost=-3.0)
    y = builder.columns("y", ["y"], cost=4.0, upper=1.0, integer=True)
    rows = builder.rows("row", ["link", "cap"], lower=-np.inf, upper=[[0.0], [5.5]])
    builder.entries(rows.all(), x.all(), 1.0)
    builder.entries(rows.index("link"), y.index("y"), -8.0)
    found = Solver(builder.problem()).optimal()
    return [found.objective, float(found.x[0]), *map(float, found.row_dual)]


def scaled() -> list[float]:
    """Return what V14 leaves of a price when masses shrink a thousandfold."""
    names = ["washed_ore", "hydrate"]
    large, small = week({}, names, 3), [0.0]
    problem = chain8({}, mass=1e-3)
    found = priced(problem)
    small = [float(found[3][k]) for k in goods(problem, names)]
    return [s / p for s, p in zip(small, large[1:], strict=True)]


def network(name: str) -> Callable[[], list[float]]:
    """Return a solver of one published linear network."""

    def solve() -> list[float]:
        case = NETWORKS[name]
        found = reconcile(case.matrix, case.reading, case.sd)
        return [float(found.objective), float(found.value[0]), float(found.sd[0])]

    return solve


def networks() -> Iterator[Published]:
    """Yield one case for each linear network."""
    for name, case in NETWORKS.items():
        published = {
            "objective": case.objective,
            "first value": case.reconciled[0],
            "its sd": case.reconciled_sd[0],
        }
        yield Published(
            "Reconciliation, linear",
            name.replace("_", " "),
            f"network and readings: {case.source}",
            "-",
            published,
            network(name),
        )


def ripps() -> list[float]:
    """Return objective and values of the reactor of Ripps."""
    matrix = [[0.1, 0.6, -0.2, -0.7], [0.8, 0.1, -0.2, -0.1], [0.1, 0.3, -0.6, -0.2]]
    sd = np.sqrt([0.000289, 0.0025, 0.000576, 0.04])
    found = reconcile(matrix, [0.1858, 4.7935, 1.2295, 3.88], sd)
    return [float(found.objective), *map(float, found.value)]


def washer() -> list[float]:
    """Return objective and the three flows of the bauxite washer."""
    net = component_network([[1, -1, -1]], 3)
    assay = np.array([[52, 57.6, 39.5], [11, 6.1, 21.8], [14, 15.2, 12.3]]) / 100
    spread = np.array([[0.5, 0.5, 0.6], [0.3, 0.2, 0.5], [0.3, 0.3, 0.3]]) / 100
    reading, sd = net.pack([500, 345, 160], assay), net.pack([10, 5, 8], spread)
    found = reconcile_nonlinear(
        net.residual_and_jacobian,
        reading,
        sd,
        start=net.start(reading),
        names=net.names(),
    )
    return [float(found.objective), *map(float, net.flow(found.value.data))]


def exchangers() -> list[float]:
    """Return objective, a flow and a temperature of the exchanger network."""
    nan = np.nan
    flow = [1000, nan, 401.7, nan, nan, 552.7, nan, nan, 253.2, nan, nan, 308.1]
    flow += [nan, nan, 680.1]
    temp = [466.33, nan, 481.78, 530.09, 616.31, nan, 619, 614.92, 618.11, nan, nan]
    temp += [694.99, nan, 667.84, 558.34]
    reading = np.array(flow + temp)
    sd = np.concatenate([0.02 * reading[:15], np.full(15, 0.75)])
    blank = np.where(np.arange(30) < 15, 500.0, 550.0)
    start = np.where(np.isnan(reading), blank, reading)
    found = reconcile_nonlinear(circuits.exchanger_balances, reading, sd, start=start)
    at = [circuits.STREAMS.index("A1"), 15 + circuits.STREAMS.index("C2")]
    return [float(found.objective), *map(float, found.value.data[at])]


USED = np.array([3250.0, 2275.0, 975.0])
SHARES = np.array([0.5, 0.3, 0.2])
STANDARD = np.array([70.0, 80.0, 90.0])


def tomatoes() -> list[float]:
    """Return price, usage, mix and yield variance of the three tomatoes."""
    price = price_variance(USED, standard_price=STANDARD, actual_price=[70, 82, 96])
    usage = usage_variance(USED, standard_quantity=6400 * SHARES, price=STANDARD)
    split = mix_yield(USED, shares=SHARES, prices=STANDARD, standard_total=6400)
    return [float(price.sum()), float(usage.sum()), split.mix, split.yields]


def refinery() -> list[float]:
    """Return the textbook variances of the refinery case."""
    from tests.evaluate.test_classic import ACTUAL, BUDGET

    parts = sequential(BUDGET, ACTUAL)
    return [
        parts["volume"],
        parts["sales price"],
        parts["soda usage"],
        sum(parts.values()),
    ]


def two_sectors() -> list[float]:
    """Return activity, structure and intensity of the two-sector case."""
    cases = []
    for activity, energy in (([10, 40], [30, 20]), ([40, 40], [80, 16])):
        q, e = np.array(activity, float), np.array(energy, float)
        cases.append(
            {"activity": q.sum(), "structure": q / q.sum(), "intensity": e / q}
        )
    return [float(v.sum()) for v in additive(*cases).values()]


MARGINS = np.array([-150, -320, -1100, 2900, -3050, 16400, -300, -460.0])
CAME = np.array([-150, -320, -1100, 3900, -4050, 13400, -300, -520.0])
DONE = np.array([3900, 826.8, 1950, 811.536, 0, 590, 5900, 2670.06])
BALANCES = np.array(
    [
        [1, 1, -2.4, 0, 0, 0, 0, 0],
        [0, 0, 1, -1, 1, -1.92, 0, 0],
        [0, 0, -0.3, 0, 0, -13.4, 1, 1],
    ]
)


def best(margins: np.ndarray) -> np.ndarray:
    """Return the best activities of the transfer chain by an outside solver."""
    caps = [4000, None, 2000, None, None, 600, 6000, None]
    bounds = [(0, cap) for cap in caps]
    return linprog(-margins, A_eq=BALANCES, b_eq=np.zeros(3), bounds=bounds).x


def divisions() -> list[float]:
    """Return group profit and three divisions at the duals of the plan."""
    owners = [
        "mine",
        "trade",
        "refinery",
        "trade",
        "trade",
        "smelter",
        "power",
        "trade",
    ]
    found = division_profit(
        [4000, 800, 2000, 848, 0, 600, 6000, 2640],
        margins=MARGINS,
        balances=BALANCES,
        prices=[320, 2900, 460],
        owners=owners,
    )
    return [found.group, *(found.by_owner[o] for o in ("mine", "refinery", "smelter"))]


def demski() -> list[float]:
    """Return market, not re-planned and execution of the ex-post case."""
    planned = best(MARGINS)
    split = ex_post_split(
        plan=MARGINS @ planned,
        optimum=CAME @ best(CAME),
        replanned_at_actual=CAME @ planned,
        plan_at_actual=CAME @ planned,
        actual=CAME @ DONE,
    )
    return [split.market, split.not_replanned, split.execution]


def upstream() -> list[float]:
    """Return amount, price and both profits of Hirshleifer's case."""
    found = hirshleifer((10, 1), (110, 2))
    return [found.made, found.price, found.upstream, found.downstream]


def soviet() -> list[float]:
    """Return pay by report at an output of 1200."""
    rule = Weitzman(base=50, target=1000, alpha=0.07, beta=0.10, gamma=0.13)
    return [float(v) for v in rule.pay([1000, 1100, 1150, 1200, 1300], 1200)]


def joint() -> list[float]:
    """Return pay by report at an output of 1000."""
    rule = JointBase(weight=0.5, demand=900, gain=1.0, under_report=0.7)
    return [float(v) for v in rule.pay([800, 900, 1000, 1100, 1200], 1000)]


def potline() -> list[float]:
    """Return alumina and carbon dioxide per tonne of metal."""
    chain = kind("potline").example()
    setting = {
        k: np.asarray(v)
        for k, v in {
            "alumina_loss": 0.007,
            "net_carbon": 420.0,
            "anode_carbon": 0.976,
        }.items()
    }
    run = bind(chain.units[0], chain).run(
        Case({"charge": np.asarray(1000.0)}, {}, setting)
    )
    metal = run.flows["metal"]
    return [
        float(-1000 * run.flows["alumina"] / metal),
        float(run.flows["co2"] / metal),
    ]


def parity() -> list[float]:
    """Return parity and loss of the traders' table."""
    found = float(import_parity(1903, premium=110, fx=6.7289, vat=0.17, handling=100))
    return [found, 14740 - found, found / 1903]


V4 = ("washed_ore", "slurry", "liquor", "hydrate", "steam")
PLAN, NETS, BENT = (
    "Planning",
    "Reconciliation, linear",
    "Reconciliation, with assays and heat",
)
VARY, PAY = "Variance, transfer prices, hindsight", "Rewards"
MARKET, METAL = "Market prices", "Electrolysis"


def planning() -> list[Published]:
    """Return the planning cases."""
    v2 = (77.857143, 115.714286, 138.571429, 164.428571, 194.285714, 242.142857, 300)
    v3 = {
        "profit": 107_136_460,
        "washed ore": 534.72,
        "slurry": 651.30,
        "liquor": 1763.694,
        "hydrate": 1913.562092,
        "steam": 112.44,
    }
    bids = dict(zip(V4, (534.72, 651.30, 1763.694, 1220.6052, 112.44), strict=True))
    asks = dict(
        zip(V4, (995.6870, 1112.2670, 2823.918, 1913.5621, 670.4526), strict=True)
    )
    rent = dict(
        zip(V4, (611.5478, 804.9557, 2442.6094, 1798.0693, 205.4421), strict=True)
    )
    tied = 42_408_960 / 6
    return [
        Published(
            PLAN,
            "V1 two equal units",
            CONSTRUCTED,
            "CNY",
            {
                "profit": 22_000,
                "bid": 60,
                "ask": 280,
                "price": 170,
                "rent of A": 11_000,
                "rent of B": 11_000,
            },
            two_units,
        ),
        Published(
            PLAN,
            "V1 with B a little larger",
            CONSTRUCTED,
            "CNY",
            {
                "profit": 22_000,
                "bid": 280,
                "ask": 280,
                "price": 280,
                "rent of A": 22_000,
                "rent of B": 0,
            },
            lambda: two_units(100.001),
        ),
        Published(
            PLAN,
            "V2 seven equal units",
            CONSTRUCTED,
            "CNY",
            {"profit": 12_500}
            | {f"price after unit {k + 1}": p for k, p in enumerate(v2)},
            seven_units,
        ),
        Published(
            PLAN,
            "V3 one week with slack",
            WEEK,
            "CNY",
            v3,
            lambda: week(V3_FACTORS, V4, 3),
        ),
        Published(
            PLAN,
            "V4 balanced chain, bid",
            WEEK,
            "CNY",
            {"profit": 107_136_460} | bids,
            lambda: week({}, V4, 1),
        ),
        Published(
            PLAN,
            "V4 balanced chain, ask",
            WEEK,
            "CNY",
            {"profit": 107_136_460} | asks,
            lambda: week({}, V4, 2),
        ),
        Published(
            PLAN,
            "V4 balanced chain, price",
            WEEK,
            "CNY",
            {"profit": 107_136_460} | rent,
            lambda: week({}, V4, 3),
        ),
        Published(
            PLAN,
            "V4 rents",
            WEEK,
            "CNY",
            {
                "wash": tied,
                "digest": tied,
                "boiler": tied,
                "cogen": 12_120_000,
                "smelt": 52_607_500,
            },
            tied_rents,
        ),
        Published(
            PLAN,
            "V5 four weeks with a store",
            WEEK,
            "CNY; t",
            {
                "profit": 421_840_584,
                "alumina sold, week 1": 25_750,
                "week 2": 5_750,
                "week 3": 16_750,
                "week 4": 22_675,
            },
            four_weeks,
        ),
        Published(
            PLAN,
            "V7 food manufacture 1",
            "Williams, Model Building in Mathematical Programming; 107,843 in the book",
            "money",
            {"profit": 107_842.592593},
            lambda: [-Solver(food()).optimal().objective],
        ),
        Published(
            PLAN,
            "food manufacture 2",
            "Williams, Model Building in Mathematical Programming; 100,279 in the book",
            "money",
            {"profit": 100_278.7},
            lambda: [-Solver(food_2()).optimal().objective],
        ),
        Published(
            PLAN,
            "four units over eight hours",
            "Wood and Wollenberg, Power Generation, Operation and Control, example 5D",
            "money",
            {"without least times": 73_274.0, "with least times": 74_110.0},
            lambda: [-wood_plan(times=times).margin for times in (False, True)],
            within=1e-5,
        ),
        Published(
            PLAN,
            "Scarf's example, three kinds of units",
            "O'Neill et al., European Journal of Operational Research, 2005",
            "money",
            {"cost at demand 55": 347.0},
            lambda: [-scarf(55.0).margin],
        ),
        Published(
            PLAN,
            "V8 price of alumina by algorithm",
            WEEK,
            "CNY/t",
            {
                "simplex": 3050,
                "ipm, crossover": 3050,
                "ipm, no presolve": 3050,
                "ipm, no crossover": 3050,
            },
            alumina_by_method,
            within=1e-4,
        ),
        Published(
            PLAN,
            "V12 duals given whole numbers",
            CONSTRUCTED,
            "-",
            {"cost": -12.5, "x": 5.5, "dual of x <= 8y": 0, "dual of x <= 5.5": -3},
            whole_numbers,
        ),
        Published(
            PLAN,
            "V14 masses in kt",
            WEEK,
            "ratio of prices",
            {"washed ore": 1000, "hydrate": 1000},
            scaled,
        ),
    ]


def reconciliation() -> list[Published]:
    """Return the reconciliation cases."""
    return [
        *networks(),
        Published(
            NETS,
            "reactor, element balances",
            "Ripps (1965), as restated in later literature",
            "-",
            {
                "objective": 8.45474,
                "stream 1": 0.16757,
                "stream 2": 4.85945,
                "stream 3": 1.17297,
                "stream 4": 3.85405,
            },
            ripps,
            within=1e-5,
        ),
        Published(
            BENT,
            "bauxite washer",
            CONSTRUCTED,
            "-; t",
            {
                "objective": 0.753104,
                "ore": 502.5262,
                "washed ore": 344.4177,
                "tailings": 158.1085,
            },
            washer,
        ),
        Published(
            BENT,
            "heat exchanger network",
            "Swartz (1989); figures computed for this project by two methods",
            "-; kg/h; K",
            {"objective": 14.796603, "flow A1": 963.6327, "temperature C2": 594.8032},
            exchangers,
        ),
    ]


def evaluation() -> list[Published]:
    """Return the variance, transfer and hindsight cases."""
    return [
        Published(
            VARY,
            "three tomatoes",
            "Horngren, Datar, Rajan, Cost Accounting (unfavourable shown as minus)",
            "USD",
            {"price": -10_400, "usage": -4_450, "mix": 3_250, "yield": -7_700},
            tomatoes,
        ),
        Published(
            VARY,
            "refinery in textbook order",
            CONSTRUCTED,
            "kCNY",
            {
                "volume": 7050,
                "sales price": -17_160,
                "soda usage": 1747.2,
                "sum": -22_537.8,
            },
            refinery,
        ),
        Published(
            VARY,
            "two sectors, LMDI",
            "after Ang (2005)",
            "energy",
            {"activity": 32.384638, "structure": 38.284867, "intensity": -24.669505},
            two_sectors,
        ),
        Published(
            VARY,
            "transfer at the plan's duals",
            CONSTRUCTED,
            "kCNY",
            {
                "group": 6_228_800,
                "mine": 680_000,
                "refinery": 1_788_000,
                "smelter": 2_800_800,
            },
            divisions,
        ),
        Published(
            VARY,
            "ex-post split",
            "Demski (1967) on a constructed chain",
            "kCNY",
            {
                "market": -902_352.239,
                "not re-planned": -208_047.761,
                "execution": -200_416.8,
            },
            demski,
        ),
        Published(
            VARY,
            "no outside market",
            "Hirshleifer (1956)",
            "-",
            {
                "amount": 100 / 3,
                "price": 130 / 3,
                "upstream": 555.556,
                "downstream": 1111.111,
            },
            upstream,
        ),
    ]


def rewards() -> list[Published]:
    """Return the incentive cases."""
    parabola = {"value": lambda z: 5e-5 * z**2, "slope": lambda z: 1e-4 * z}
    case = {"risk_aversion": 0.002, "effort_cost": 1.0, "variance": 400.0}
    return [
        Published(
            PAY,
            "truthful target, pay by report",
            "Weitzman (1976)",
            "-",
            {"1000": 64, "1100": 67, "1150": 68.5, "1200": 70, "1300": 67},
            soviet,
        ),
        Published(
            PAY,
            "pay by report at 1200",
            "Osband and Reichelstein (1985)",
            "-",
            {"1000": 70, "1200": 72, "1400": 70},
            lambda: map(
                float, osband_reichelstein([1000, 1200, 1400], 1200, **parabola)
            ),
        ),
        Published(
            PAY,
            "joint base at 1000",
            "Hu Zuguang, joint base method",
            "-",
            {"800": 10, "900": 30, "1000": 50, "1100": 0, "1200": -50},
            joint,
        ),
        Published(
            PAY,
            "best linear share",
            "Holmstrom and Milgrom (1987)",
            "-",
            {"alone": 0.555556, "against a peer": 0.776398},
            lambda: [linear_share(**case), linear_share(**case, peer=0.8)],
        ),
        Published(
            PAY,
            "prize spread",
            "Lazear and Rosen (1981)",
            "-",
            {"spread": 70.898154},
            lambda: [prize_spread(marginal_cost=1, noise=20)],
        ),
        Published(
            PAY,
            "share under a ratchet of 0.3",
            "Weitzman (1980)",
            "-",
            {"share": 0.25},
            lambda: [ratchet_share(1.0, ratchet=0.3, discount=0.9090909)],
        ),
        Published(
            PAY,
            "profit score",
            "SASAC order 22, annex 2 (2010)",
            "points",
            {"score": 33.333333},
            lambda: [profit_score(target=1200, baseline=1150, actual=1320)],
        ),
    ]


def prices_and_metal() -> list[Published]:
    """Return the market and electrolysis cases."""
    return [
        Published(
            MARKET,
            "import parity of aluminium",
            "traders' table, 7 August 2017",
            "CNY/t; CNY/t; -",
            {"parity": 15_947.97, "against 14,740": -1207.97, "parity ratio": 8.380},
            parity,
            within=1e-4,
        ),
        Published(
            MARKET,
            "rare-earth concentrate by grade",
            "listed company's notice, first quarter 2026",
            "CNY/t",
            {"49 %": 26_297.32, "52 %": 27_907.36},
            lambda: map(float, quality_price(26834, quoted=0.50, actual=[0.49, 0.52])),
        ),
        Published(
            MARKET,
            "neodymium oxide at 7.1 CNY/USD",
            "US Geological Survey, Mineral Commodity Summaries 2025: 78 USD/kg",
            "CNY/t",
            {"2023": 553_800},
            lambda: [float(per_kg_to_per_t(78, fx=7.1))],
        ),
        Published(
            METAL,
            "Faraday",
            "CODATA 2018",
            "kg/kAh; kg/(kA d)",
            {"per kAh": 0.33557273, "per kA day": 8.0537455},
            lambda: [float(metal_per_charge(1.0)), 24 * float(metal_per_charge(1.0))],
        ),
        Published(
            METAL,
            "direct current energy at 4.0 V, 94 %",
            "Grjotheim and Kvande (1993): 2980 U / CE",
            "kWh/t",
            {"energy": 2980 * 4.0 / 0.94},
            lambda: [float(dc_energy(4.0, 0.94))],
            within=1e-5,
        ),
        Published(
            METAL,
            "per tonne of metal",
            "stoichiometry at 98.6 % alumina; 40 CFR 98 subpart F",
            "kg; t",
            {"alumina": 1929.8, "carbon dioxide": 1.503},
            potline,
            within=7e-4,
        ),
    ]


def cases() -> list[Published]:
    """Return all cases, in the order of the page."""
    from tests.docs.published_benchmark import benchmarks
    from tests.docs.published_control import control
    from tests.docs.published_fits import fits
    from tests.docs.published_frontier import frontiers
    from tests.docs.published_games import games
    from tests.docs.published_power import power
    from tests.docs.published_refinery import refinery

    return [
        *planning(),
        *reconciliation(),
        *evaluation(),
        *rewards(),
        *prices_and_metal(),
        *games(),
        *frontiers(),
        *power(),
        *refinery(),
        *fits(),
        *benchmarks(),
        *control(),
    ]


def rows(case: Published) -> Iterator[dict[str, str]]:
    """Yield the rows of a case as the table holds them."""
    for (figure, theirs), ours in zip(case.published.items(), case.ours(), strict=True):
        values = (case.topic, case.name, figure.replace("_", " "), case.unit)
        yield dict(
            zip(
                COLUMNS,
                (*values, f"{theirs:.10g}", f"{ours + 0.0:.10g}", case.source),
                strict=True,
            )
        )


def write() -> None:
    """Write the table of the validation page."""
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for case in cases():
            writer.writerows(rows(case))


if __name__ == "__main__":
    write()
