"""Is every name of a price policy in the book, and every price in the right unit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from orebook.chain.chain import Balance
from orebook.chain.model_file import line_of
from orebook.chain.nearest import did_you_mean, listed
from orebook.errors import Mistake, UnitError
from orebook.evaluate.policy.rules import CapacityFee, PricePolicy, PriceRule, Rate
from orebook.process.network import Network
from orebook.quantity import Measure, rate

__all__ = ["balances_of", "name_mistakes"]

Path = tuple[str | int, ...]


def balances_of(text: str, network: Network) -> tuple[Balance, ...]:
    """Return the balances a good names: one place, or every place of the material.

    Parameters
    ----------
    text : str
        ``material@place`` or ``material``.
    network : Network
        The streams.
    """
    material, at, place = (part.strip() for part in text.partition("@"))
    return tuple(
        b
        for b in network.balances
        if b.material == material and (not at or b.place == place)
    )


def name_mistakes(
    policy: PricePolicy, network: Network, file: str, lines: list[str]
) -> Iterator[Mistake]:
    """Yield every name that is not in the book and every unit that does not fit.

    Parameters
    ----------
    policy : PricePolicy
        As read.
    network : Network
        Chain and streams.
    file, lines : str, list of str
        Name and text of its file.
    """
    work = _Check(policy, network, file, lines)
    yield from work.prices()
    yield from work.fees()
    yield from work.quality()
    yield from work.posted()


@dataclass(frozen=True, slots=True)
class _Check:
    policy: PricePolicy
    network: Network
    file: str
    lines: list[str]

    def told(self, path: Path, value: object, *words: str) -> Mistake:
        field = ".".join(map(str, path))
        line = line_of(path, self.lines)
        return Mistake(self.file, line, field, str(value), *words)

    def unknown(
        self, path: Path, name: str, what: str, known: Collection[str]
    ) -> Mistake:
        hint = did_you_mean(name, known, "correct it")
        words = (f"is no {what} of the book", f"one of {listed(known)}", hint)
        return self.told(path, name, *words)

    def money(self, path: Path, value: object, unit: str) -> Iterator[Mistake]:
        """Yield the mistake of a price in another unit than its good is counted in."""
        if not isinstance(value, Measure):
            return
        try:
            value.to(unit)
        except UnitError:
            words = ("has another unit", f"a price in {unit}", f"write it in {unit}")
            yield self.told(path, value, *words)

    def unit(self, balance: Balance) -> str:
        return f"CNY/{self.network.chain.material[balance.material].unit}"

    # -- the parts of a policy -------------------------------------------------------

    def prices(self) -> Iterator[Mistake]:
        claimed: dict[Balance, PriceRule] = {}
        for k, rule in enumerate(self.policy.prices):
            for i, text in enumerate(rule.goods):
                path: Path = ("prices", k, "goods", i)
                found = balances_of(text, self.network)
                if not found:
                    yield self.unknown(path, text, "good", self._goods())
                for b in found:
                    other = claimed.setdefault(b, rule)
                    if other is not rule and not self._apart(other, rule):
                        words = (
                            f"has a price by rule {other.id} too",
                            "one rule for a good at a time",
                            "remove one, or date them apart",
                        )
                        yield self.told(path, text, *words)
                    yield from self._rates(("prices", k), rule, self.unit(b))

    def _goods(self) -> list[str]:
        return [str(b) for b in self.network.balances]

    def _apart(self, one: PriceRule, other: PriceRule) -> bool:
        """Return whether two rules are never valid on the same day."""
        whole = (self.policy.valid_from, self.policy.valid_to)
        first = max(one.valid_from or whole[0], other.valid_from or whole[0])
        return first > min(one.valid_to or whole[1], other.valid_to or whole[1])

    def _rates(self, path: Path, rule: PriceRule, unit: str) -> Iterator[Mistake]:
        sides: tuple[tuple[Path, Rate | None], ...] = (
            (path, rule),
            ((*path, "credit"), rule.credit),
            ((*path, "charge"), rule.charge),
        )
        chain = self.network.chain
        known = {p.id for p in chain.purchases} | {s.id for s in chain.sales}
        for at, one in sides:
            if one is None:
                continue
            for name in ("value", "less", "floor", "ceiling"):
                yield from self.money((*at, name), getattr(one, name), unit)
            for i, contract in enumerate(one.contracts):
                if contract not in known:
                    place = (*at, "contracts", i)
                    yield self.unknown(place, contract, "contract", known)

    def fees(self) -> Iterator[Mistake]:
        centres = self.network.chain.centre
        for k, fee in enumerate(self.policy.fees):
            for name, centre in (("payer", fee.payer), ("owner", fee.owner)):
                if centre not in centres:
                    yield self.unknown(("fees", k, name), centre, "centre", centres)
            if fee.payer == fee.owner:
                words = ("pays itself", "two centres", "name who reserves as payer")
                yield self.told(("fees", k, "owner"), fee.owner, *words)
            yield from self._fee(("fees", k, "fee"), fee)

    def _fee(self, path: Path, fee: CapacityFee) -> Iterator[Mistake]:
        """Yield a fee that is no money per unit of what is reserved."""
        unit = fee.fee.unit.partition("/")[2]
        try:
            fee.fee.to(f"CNY/{unit}")
            rate(str(fee.reserved), unit)
        except UnitError:
            per = fee.reserved.unit.partition("/")[0] or "t"
            words = (f"does not go with {fee.reserved}", f"money per {per}",
                     f"write for example 40 CNY/{per}")  # fmt: skip
            yield self.told(path, fee.fee, *words)

    def quality(self) -> Iterator[Mistake]:
        for k, one in enumerate(self.policy.quality):
            path: Path = ("quality", k)
            found = list(self._one(path, one.good))
            yield from (m for m in found if isinstance(m, Mistake))
            for b in found:
                if isinstance(b, Balance):
                    yield from self.money((*path, "value"), one.value, self.unit(b))
                    yield from self.money((*path, "cap"), one.cap, self.unit(b))

    def posted(self) -> Iterator[Mistake]:
        for k, one in enumerate(self.policy.posted):
            path: Path = ("posted", k)
            for b in self._one(path, one.good):
                if isinstance(b, Mistake):
                    yield b
                else:
                    yield from self.money((*path, "charge"), one.charge, self.unit(b))

    def _one(self, path: Path, text: str) -> Iterator[Balance | Mistake]:
        """Yield the one good a text names, or what is wrong with it."""
        found = balances_of(text, self.network)
        if len(found) == 1:
            yield found[0]
        elif found:
            words = (f"lies at {len(found)} places", "material@place",
                     f"write for example {found[0]}")  # fmt: skip
            yield self.told((*path, "good"), text, *words)
        else:
            yield self.unknown((*path, "good"), text, "good", self._goods())
