"""What centres pay each other beside the price: fees, quality, posted quantities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orebook.chain.chain import Balance
from orebook.plan.accounts import Account, Line, Month
from orebook.process.network import Network, Stream

__all__ = ["DeviationTerm", "FeeTerm", "QualityTerm", "RevaluationTerm"]


@dataclass(frozen=True, slots=True)
class FeeTerm:
    """A capacity fee: what is reserved is paid, used or not.

    Parameters
    ----------
    id, payer, owner : str
        Fee, centre that reserves, centre that owns.
    quantity : float
        Amount reserved in the period [unit].
    unit : str
        Its unit.
    price : float
        Money per unit [CNY/unit].
    """

    id: str
    payer: str
    owner: str
    quantity: float
    unit: str
    price: float

    def lines(self, network: Network, month: Month) -> Iterator[Line]:
        """Yield what the payer pays and the owner receives."""
        yield from _pair(
            self.payer, self.owner, "capacity_fee", f"fee:{self.id}",
            self.quantity, self.unit, self.price,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class QualityTerm:
    """A quality adjustment: better than the contract is paid, worse is deducted.

    Parameters
    ----------
    id : str
        Name of the rule.
    balance : Balance
        The good.
    component : str
        Component.
    contract : float
        Content the base price is for [-].
    value : mapping
        Unit feed stream to money per percentage point and unit [CNY/unit].
    cap : float
        Largest adjustment either way [CNY/unit].
    """

    id: str
    balance: Balance
    component: str
    contract: float
    value: Mapping[str, float]
    cap: float = float("inf")

    def lines(self, network: Network, month: Month) -> Iterator[Line]:
        """Yield what each unit fed pays its suppliers, by what they supplied."""
        sellers = [
            s for s in network.streams
            if s.balance == self.balance and s.sign > 0 and month.amounts[s.id] > 0.0
        ]  # fmt: skip
        total = sum(month.amounts[s.id] for s in sellers)
        for stream, point in self.value.items():
            s = network.stream[stream]
            quantity = month.amounts[stream]
            each = self._each(network, month, s, point)
            for seller in sellers if quantity and each else ():
                part = quantity * month.amounts[seller.id] / total
                yield from _pair(
                    s.centre, seller.centre, "quality_adjustment",
                    f"quality:{self.id}:{stream}", part, s.unit, each,
                )  # fmt: skip

    def _each(self, network: Network, month: Month, s: Stream, point: float) -> float:
        """Return the adjustment per unit [CNY/unit]."""
        book = network.chain.material[s.balance.material].assay
        known = month.content.get(s.id, {})
        content = known.get(self.component, book.get(self.component))
        if content is None:
            return 0.0
        each = point * (content - self.contract) * 100.0
        return max(-self.cap, min(self.cap, each))


@dataclass(frozen=True, slots=True)
class DeviationTerm:
    """A charge on what goes beyond the band around the posted quantity.

    Parameters
    ----------
    id : str
        Name of the rule.
    posted : mapping
        Stream to the quantity posted with the price [unit].
    band : float
        Share of it that is free on either side [-].
    charge : float
        Money per unit beyond [CNY/unit].
    keeper : str
        Centre that receives the charge.
    """

    id: str
    posted: Mapping[str, float]
    band: float
    charge: float
    keeper: str

    def lines(self, network: Network, month: Month) -> Iterator[Line]:
        """Yield what each stream beyond its band costs its centre."""
        for stream, quantity in self.posted.items():
            s = network.stream[stream]
            beyond = beyond_band(month.amounts[stream], quantity, self.band)
            if beyond > 0.0 and s.centre != self.keeper:
                yield from _pair(
                    s.centre, self.keeper, "deviation_charge",
                    f"posted:{self.id}:{stream}", beyond, s.unit, self.charge,
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RevaluationTerm:
    """Stocks at a policy's prices against the plan's: the group makes it good.

    In the group's books a stock is worth what the plan says, so no price set moves the
    margin of the group; its owner is paid, or pays, the difference.

    Parameters
    ----------
    more : mapping
        ``open:STORE`` and ``close:STORE`` to what the policy's worth of a unit is above
        that of the plan [CNY/unit].
    """

    more: Mapping[str, float]

    def lines(self, network: Network, month: Month) -> Iterator[Line]:
        """Yield what the group pays the owner of each stock for its change of worth."""
        root = network.chain.root.id
        for stream, more in self.more.items():
            s, quantity = network.stream[stream], month.amounts[stream]
            if s.centre != root:
                yield from _pair(
                    root, s.centre, "stock_revaluation", f"revaluation:{stream}",
                    quantity, s.unit, -s.sign * more,
                )  # fmt: skip


def beyond_band(actual: float, posted: float, band: float) -> float:
    """Return how far an amount lies outside the band around what was posted [unit].

    Parameters
    ----------
    actual, posted : float
        Amounts [unit].
    band : float
        Free share on either side [-].

    Examples
    --------
    >>> beyond_band(106.0, 100.0, 0.03), beyond_band(98.0, 100.0, 0.03)
    (3.0, 0.0)
    """
    return max(0.0, abs(actual - posted) - band * posted)


def _pair(
    payer: str, payee: str, account: Account, subject: str,
    quantity: float, unit: str, price: float,
) -> Iterator[Line]:  # fmt: skip
    money = quantity * price
    yield Line(payer, account, subject, quantity, unit, price, -money)
    yield Line(payee, account, subject, quantity, unit, price, money)
