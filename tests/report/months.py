"""A small group with two sites and everything a report shows, and a month of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from orebook.chain.calendar import horizon, period
from orebook.chain.chain import Chain
from orebook.chain.group import Centre, Group, Place
from orebook.chain.plant import FixedCost, Limit, Store
from orebook.chain.series import PriceSeries
from orebook.evaluate.hindsight import hindsight
from orebook.evaluate.journal import journal, settle_market
from orebook.evaluate.policy.basis import basis_of
from orebook.evaluate.policy.revalue import plan_set
from orebook.evaluate.policy.value import price
from orebook.evaluate.variance import variance
from orebook.ledger.month import ClosedMonth, GrossError, Incident
from orebook.plan.accounts import lines
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.plan.result import Plan
from orebook.process.network import network
from orebook.report.month_result import MonthResult
from orebook.reward.gather import Evidence, gather
from orebook.reward.scheme import Scheme
from orebook.reward.settle import settle
from tests.evaluate.months import closed_month, real_month
from tests.plan.chains import V3_FACTORS, chain8

MAY = period("2026-05")
NAMES = {
    "wash": "洗矿", "slurry_prep": "制浆", "digest": "溶出", "precip": "分解",
    "calcine": "焙烧", "boiler": "锅炉", "cogen": "汽轮机", "smelt": "电解",
    "ore": "矿石", "power": "电力", "washed_ore": "精矿", "caustic": "烧碱",
    "slurry": "矿浆", "steam": "蒸汽", "liquor": "精液", "hydrate": "氢氧化铝",
    "coal": "煤", "alumina": "氧化铝", "anode": "阳极", "aluminium": "铝",
    "trade": "贸易",
}  # fmt: skip
PARENT = {"smelt": "smelter", "boiler": "power-plant", "cogen": "power-plant"}
SCHEME = {
    "id": "two-teams", "name": "两队方案", "valid_from": "2026-01-01",
    "valid_to": "2026-12-31", "fund": {"amount": 200000}, "pool": {"of_fund": 1.2},
    "teams": [{"id": "smelt", "share": 0.6}, {"id": "precip", "share": 0.4}],
    "measures": [
        {"id": "margin", "name": "中心毛益", "name_en": "centre margin",
         "source": "margin", "unit": "CNY", "weight": 0.6,
         "curve": {"kind": "piecewise", "points": [(0.8, 0.2), (1.2, 1.6)],
                   "floor": -0.2, "cap": 1.5}},
        {"id": "power", "name": "电耗", "name_en": "power per tonne",
         "source": "indicator", "of": "smelt.power/smelt.aluminium",
         "unit": "MWh/t", "direction": "min", "weight": 0.4,
         "curve": {"kind": "piecewise", "points": [(0.9, 0.0), (1.1, 2.0)]}},
    ],
    "gates": [{"id": "late", "name": "隐患逾期", "name_en": "hazard overdue",
               "incident": "hazard_overdue", "effect": "deduction", "value": 0.1}],
    "limits": {"floor": -0.5, "cap": 2.0},
}  # fmt: skip


def group_chain() -> Chain:
    """Return chain8 as a group of two sites, with names in both languages."""
    silo = Store(id="silo", name="氧化铝仓", name_en="alumina silo", centre="trade",
                 good="alumina@p", capacity="30000 t", opening="5000 t",
                 holding_cost="20 CNY/t/month")  # fmt: skip
    chain = chain8(V3_FACTORS, stores=(silo,))
    return chain.model_copy(update={
        "group": Group(id="g", name="两厂示例", name_en="two-site example",
                       first_period="2026-05", illustrative=True),
        "centres": _centres(chain),
        "places": (Place(id="p", name="厂区", name_en="works", centre="refinery"),),
        "materials": tuple(
            m.model_copy(update={"name": NAMES[m.id], "group": _group(m.id)})
            for m in chain.materials
        ),
        "units": tuple(_named(u) for u in chain.units),
        "purchases": tuple(_priced(_named(p)) for p in chain.purchases),
        "sales": tuple(_named(s) for s in chain.sales),
        "costs": (
            FixedCost(id="labour", name="人工", name_en="labour", centre="smelt",
                      category="labour", amount="3 MCNY/month"),
            FixedCost(id="depreciation", name="折旧", name_en="depreciation",
                      centre="smelt", category="depreciation", amount="8 MCNY/month",
                      controllable=False),
        ),
        "limits": (
            Limit(id="grid", name="购电许可", name_en="grid permit", centre="trade",
                  terms={"buy:power": "1 MWh/MWh"}, unit="MWh", max="300000 MWh/month"),
        ),
        "series": {"coal": SERIES},
    })  # fmt: skip


SERIES = PriceSeries(
    id="coal", name="动力煤", name_en="steam coal", unit="CNY/t", basis="excl_vat",
    values=(("2026-04", 640.0), ("2026-05", 650.0)), source="说明性数字 / made up",
    licence="CC0-1.0", retrieved="2026-06-01", illustrative=True,
)  # fmt: skip


def _named(entry):
    return entry.model_copy(update={"name": NAMES[entry.id]})


def _priced(purchase):
    change = {"series": "coal", "price": None} if purchase.id == "coal" else {}
    return purchase.model_copy(update=change)


def _group(material: str) -> str:
    return {"power": "power", "steam": "steam"}.get(material, "intermediate")


def _centres(chain: Chain) -> tuple[Centre, ...]:
    upper = (
        Centre(id="g", name="集团", name_en="group", level="group"),
        Centre(id="refinery", name="氧化铝厂", name_en="refinery", level="site",
               parent="g"),
        Centre(id="power-plant", name="热电厂", name_en="power plant", level="plant",
               parent="refinery"),
        Centre(id="smelter", name="电解铝厂", name_en="smelter", level="site",
               parent="g"),
    )  # fmt: skip
    own = (
        Centre(id=c.id, name=NAMES[c.id] + "车间", name_en=f"{c.name_en} workshop",
               level="workshop", parent=PARENT.get(c.id, "refinery"),
               ownership=0.7 if c.id == "smelt" else 1.0)
        for c in chain.centres
        if c.id != "g"
    )  # fmt: skip
    return (*upper, *own)


@cache
def plan_of_group() -> Plan:
    """Return the plan of three months."""
    net = network(group_chain())
    return make_plan(net, conditions(net.chain, horizon(MAY, 3), known_until=None))


def closed(plan: Plan, *, seed: int = 1) -> ClosedMonth:
    """Return a month with a gross error, a hazard closed late and a source file."""
    month = closed_month(plan, real_month(plan, seed=seed))
    size = 0.1 * month.figures["digest.steam"].value
    return replace(
        month,
        gross_errors=(GrossError("M-steam-2", "digest.steam", size, "t", 7.2, 3.9),),
        incidents=(Incident("H1", "2026-05-03", "precip", "hazard", "栏杆松动",
                            "hazards.csv:2", due="2026-05-10", closed="2026-05-20"),),
        tests={"worst_imbalance_sigma": 1.7, "objective": 12.0},
        sources=("ab" * 32,),
        simulated=True,
    )  # fmt: skip


@cache
def result_of(seed: int = 1) -> MonthResult:
    """Return the whole month, settled."""
    plan = plan_of_group()
    return result_from(plan, closed(plan, seed=seed), [Scheme.model_validate(SCHEME)])


def result_from(plan: Plan, month: ClosedMonth, schemes: list[Scheme]) -> MonthResult:
    """Run every step after the close, as the book does."""
    rents, actual = plan.rent_by_centre(0), month.month()
    priced = price(plan.network, plan_set(), basis_of(plan))
    prices = priced.prices
    postings = journal(lines(plan.network, actual, prices))
    split = variance(plan.network, prices, plan=plan.month(0), actual=actual,
                     fed=month.content)  # fmt: skip
    evidence = Evidence(plan, month, split, postings)
    return MonthResult(
        plan=plan,
        priced=priced,
        closed=month,
        close_hash="c0ffee" * 10,
        close_version=1,
        planned=settle_market(journal(plan.lines(0)), rents),
        market=settle_market(postings, rents),
        postings=postings,
        variance=split,
        adaptation=hindsight(plan, month),
        settlements=tuple(settle(s, gather(s, evidence)) for s in schemes),
        seconds={},
    )
