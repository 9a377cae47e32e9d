"""Names and figures of a plan for people, in Chinese or English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from orebook.chain.chain import Balance, Chain, good
from orebook.errors import InputError
from orebook.process.network import Network

__all__ = ["MEANT", "QUALITY", "Names", "place_of", "short", "unit_of"]

QUALITY = frozenset({"feed_limit", "spec"})
"""Families of limits that allow nothing in tonnes: a quality must hold."""

MEANT: Mapping[str, tuple[str, str]] = {
    "horizon": ("计划期推移", "the horizon moved on"),
    "prices": ("市场价格", "market prices"),
    "availability": ("设备可用率", "availability of units and routes"),
    "stocks": ("期初库存", "opening stocks"),
    "limits": ("合同、产能与质量限制", "limits of contracts, capacity and quality"),
    "book": ("账册的其他改动", "other changes of the book"),
    "together": ("各项变化合计", "all changes together"),
    "buy": ("采购", "purchase"),
    "sell": ("销售", "sale"),
    "send": ("发运", "shipment"),
    "close": ("期末库存", "closing stock"),
    "draw": ("自用", "own use"),
    "unit": ("装置", "unit"),
    "duty": ("负荷", "duty"),
    "capacity": ("产能", "capacity"),
    "minimum": ("最低负荷", "least load"),
    "feed_limit": ("入料质量", "feed quality"),
    "buy_total": ("采购合同量", "purchase quantity"),
    "sell_total": ("销售合同量", "sale quantity"),
    "shortfall": ("照付不议缺口", "take-or-pay shortfall"),
    "take_or_pay": ("照付不议", "take-or-pay"),
    "relation": ("负荷幅度", "reach of loads"),
    "demand": ("计费需量", "billed load"),
    "demand_load": ("分时负荷", "load of a band"),
    "spec": ("产品质量", "product quality"),
    "excess": ("超量销售", "sales beyond a tier"),
    "sale_tier": ("销售阶梯", "sales tier"),
    "ship": ("发运", "shipment"),
    "route": ("运力", "route capacity"),
    "stock": ("库存", "stock"),
    "limit": ("限额", "limit"),
    "balance": ("平衡", "balance"),
    "on": ("启停", "runs or stands"),
    "start": ("启动", "start"),
    "stop": ("停机", "stop"),
    "state": ("启停", "runs or stands"),
    "least_run": ("最短运行时间", "least time to run"),
    "least_stop": ("最短停机时间", "least time to stand"),
    "most_starts": ("最多启动次数", "most starts"),
    "batch": ("批次数", "number of batches"),
    "batches": ("整批作业", "whole batches"),
    "batch_on": ("运行时的批次", "batches while running"),
    "lots": ("整船整批", "whole lots"),
    "lots_to_date": ("累计批次", "lots to date"),
    "band": ("阶梯档位", "band of a step tariff"),
    "band_amount": ("档内用量", "amount in a band"),
    "band_per": ("档内基数", "divisor in a band"),
    "band_one": ("仅一档有效", "one band at a time"),
    "band_sum": ("计费用量", "amount charged"),
    "band_per_sum": ("指标基数", "divisor of the index"),
    "band_low": ("档位下限", "lower edge of a band"),
    "band_high": ("档位上限", "upper edge of a band"),
    "band_room": ("档位容量", "room in a band"),
}
"""Words of causes, roles and families of limits: Chinese, English."""


def place_of(lang: str) -> int:
    """Return the place of a language in pairs (Chinese, English) [-].

    Parameters
    ----------
    lang : str
        ``"zh"`` or ``"en"``.

    Raises
    ------
    InputError
        If the language is another.

    Examples
    --------
    >>> place_of("en")
    1
    """
    if lang not in ("zh", "en"):
        message = f"lang = {lang!r}; expected 'zh' or 'en'; choose one"
        raise InputError(message)
    return 0 if lang == "zh" else 1


class Names:
    """Names of everything a plan speaks of, in one language.

    Parameters
    ----------
    chain : Chain
        The book.
    lang : str
        ``"zh"`` or ``"en"``.
    """

    def __init__(self, chain: Chain, lang: str) -> None:
        self.chain = chain
        self.place = place_of(lang)
        families = (
            *(chain.materials, chain.places, chain.units, chain.stores, chain.routes),
            *(chain.draws, chain.purchases, chain.sales, chain.limits, chain.centres),
            chain.demand_charges,
        )
        self.names: dict[str, str] = {}
        for family in families:
            named = {x.id: (x.name, x.name_en)[self.place] for x in family}
            shared = Counter(named.values())
            for id_, name in named.items():
                self.names[id_] = name if shared[name] == 1 else f"{name} ({id_})"

    def word(self, key: str) -> str:
        """Return the word of a cause, role or family of limits."""
        return MEANT.get(key, (key, key))[self.place]

    def named(self, id_: str) -> str:
        """Return the name of an entry; its id where the book has none."""
        return self.names.get(id_, id_)

    def balance(self, balance: Balance) -> str:
        """Return material and place in one name."""
        return f"{self.named(balance.material)}@{self.named(balance.place)}"

    def subject(self, kind: str, subject: str) -> str:
        """Return family, owner and detail of a column or limit in one name."""
        return f"{self.word(kind)} {self.owner(kind, subject)}".rstrip()

    def owner(self, kind: str, subject: str) -> str:
        """Return owner and detail of a column or limit, without its family."""
        owner, mark, rest = subject.partition(":")
        owner, _, tier = owner.partition("#")
        rest = rest.removesuffix(" max").removesuffix(" min")
        what = self.named(self._passing(owner, rest))
        tail = f" [{what}]" if mark and not self._plain(kind, owner) else ""
        return f"{self.named(owner)}{tail}" + (f" #{tier}" if tier else "")

    def _passing(self, owner: str, port: str) -> str:
        """Return the material that passes a port of a unit; the port if none does."""
        unit = self.chain.unit.get(owner)
        if unit is None or port not in unit.ports:
            return port
        return good(unit.ports[port], unit.place).material

    def _plain(self, kind: str, owner: str) -> bool:
        """Return whether the detail of a name tells nothing: there is only one."""
        if kind == "capacity":
            unit = self.chain.unit.get(owner)
            return unit is not None and len(unit.limits) == 1
        if kind == "sell":
            return any(s.id == owner and len(s.goods) == 1 for s in self.chain.sales)
        if kind == "ship":
            return any(
                r.id == owner and len(r.materials) == 1 for r in self.chain.routes
            )
        return False


def unit_of(network: Network, kind: str, subject: str) -> str:
    """Return the unit a column or limit of a plan is counted in.

    Parameters
    ----------
    network : Network
        Chain and physics.
    kind, subject : str
        Family and entity.

    Returns
    -------
    str
        Empty where there is none to tell.
    """
    chain = network.chain
    if kind in QUALITY:
        return "t"  # a limit on quality counts tonnes of the limited component
    owner, _, rest = subject.partition(":")
    owner = owner.partition("#")[0]
    if kind in ("demand", "demand_load"):
        return "MW"
    if kind == "limit":
        return next((x.unit for x in chain.limits if x.id == owner), "")
    if owner in network.processes and kind in ("capacity", "minimum", "duty"):
        return _load_unit(network, kind, owner, rest)
    goods = {f"buy:{p.id}": p.good for p in chain.purchases}
    goods |= {f"sell:{s.id}": s.goods[0] for s in chain.sales}
    goods |= {f"stock:{s.id}": s.good for s in chain.stores}
    goods |= {f"ship:{r.id}": f"{r.materials[0]}@" for r in chain.routes}
    if kind == "balance":
        return chain.material[good(subject).material].unit
    key = f"{_TRADE.get(kind, kind)}:{owner}"
    material = good(goods[key]).material if key in goods else rest
    return chain.material[material].unit if material in chain.material else ""


def _load_unit(network: Network, kind: str, unit: str, what: str) -> str:
    process = network.processes[unit]
    if kind == "duty":
        return next((d.unit for d in process.duties if d.name == what), "")
    name = what or next(iter(network.chain.unit[unit].limits), "")
    return process.limits.get(name, "")


_TRADE = {
    "buy_total": "buy",
    "take_or_pay": "buy",
    "shortfall": "buy",
    "sell_total": "sell",
    "sale_tier": "sell",
    "excess": "sell",
    "route": "ship",
}


def short(value: float, *, sign: str = "") -> str:
    """Return a figure with as many digits as a reader needs.

    Parameters
    ----------
    value : float
        The figure [any unit].
    sign : str
        ``"+"`` to write the sign of a gain too.

    Examples
    --------
    >>> short(12345.678), short(1204.572), short(0.50812), short(-3.0, sign="+")
    ('12,346', '1,204.57', '0.50812', '-3')
    """
    size = abs(value)
    if size < 1e-9:  # rounding of the solver, not a figure
        return "0"
    if size < 1.0:
        small = f"{float(f'{value:.5g}'):{sign}.9f}"
        return small.rstrip("0").removesuffix(".")
    figure = f"{value:{sign},.0f}" if size >= 1e4 else f"{value:{sign},.2f}"
    return figure.removesuffix(".00")
