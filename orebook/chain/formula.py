"""Formulas of indicators: arithmetic over what a plant uses and makes, by role.

``used.caustic * 1000 / made.alumina`` reads the same in every plant, for it names what
a material is, not what the group calls it.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from orebook.chain.nearest import did_you_mean, listed
from orebook.chain.role import ROLES
from orebook.errors import InputError

__all__ = ["Formula", "Term", "formula"]

_HEADS = ("used", "made", "fed", "told", "set", "hours")
_MEASURES = ("heat", "kgce", "burnt", "assayed")
_COMPONENT = re.compile(r"[A-Z][A-Za-z0-9_]*$")
_SHAPE = (
    "numbers, + - * / ( ), min, max, one comparison, and terms such as used.caustic, "
    "made.alumina.Al2O3, used.fuel.kgce, fed.bauxite.SiO2, told.boiler_efficiency, "
    "set.current"
)
_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One quantity a formula asks for.

    Parameters
    ----------
    head : str
        ``used`` or ``made`` (net over the plant), ``fed`` (mean mass fraction of what
        is used), ``told`` (an indicator of the process kind at what really ran),
        ``set`` (a setting of the unit as planned), or ``hours`` of the period.
    name : str
        Role of a material, name of an indicator or setting; empty for ``hours``.
    measure : str
        Empty for the amount; ``heat`` [GJ], ``kgce`` of standard coal [kg], ``burnt``
        the fuel behind it [GJ], ``assayed`` the sum of its assay [t], or a component
        [t].
    """

    head: str
    name: str = ""
    measure: str = ""

    def __str__(self) -> str:
        return ".".join(p for p in (self.head, self.name, self.measure) if p)


@dataclass(frozen=True)
class Formula:
    """A formula that can be evaluated.

    Parameters
    ----------
    text : str
        As written.
    tree : ast.expr
        Parsed, nothing in it but arithmetic.
    terms : tuple of Term
        What it asks for, each once.
    """

    text: str
    tree: ast.expr
    terms: tuple[Term, ...]

    def value(self, known: Mapping[Term, float]) -> float:
        """Return its value; a comparison is 1 where it holds, else 0.

        Parameters
        ----------
        known : mapping
            Value of each of :attr:`terms`.

        Raises
        ------
        ZeroDivisionError
            If it divides by nothing.
        """
        return _value(self.tree, known)


@cache
def formula(text: str) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        As written in a book.

    Raises
    ------
    InputError
        If it is no arithmetic, or names an unknown role; the message has the nearest.

    Examples
    --------
    >>> soda = formula("1000 * used.caustic / made.alumina")
    >>> [str(t) for t in soda.terms]
    ['used.caustic', 'made.alumina']
    >>> soda.value({Term("used", "caustic"): 120.0, Term("made", "alumina"): 1000.0})
    120.0
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise InputError(
            f"cannot be read as a formula; expected {_SHAPE}; correct it"
        ) from error
    found: dict[Term, None] = {}
    _collect(tree, found, top=True)
    return Formula(text, tree, tuple(found))


def _collect(node: ast.expr, found: dict[Term, None], *, top: bool = False) -> None:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _collect(left, found)
            _collect(right, found)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _collect(operand, found)
        case ast.Call(func=ast.Name(id="min" | "max"), args=[_, *_], keywords=[]):
            for part in node.args:
                _collect(part, found)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if (
            top and type(op) in _COMPARE
        ):
            _collect(left, found)
            _collect(right, found)
        case ast.Constant(value=value) if type(value) in (int, float):
            return
        case ast.Attribute() | ast.Name():
            found.setdefault(_term(node))
        case _:
            raise InputError(
                f"'{ast.unparse(node)}' is no part of a formula; expected {_SHAPE}; "
                "remove it"
            )


@cache
def _term(node: ast.expr) -> Term:
    parts = ast.unparse(node).split(".")
    text, head = ".".join(parts), parts[0]
    if head not in _HEADS:
        hint = did_you_mean(head, _HEADS, "correct it")
        raise InputError(
            f"'{text}' begins with no known word; expected {listed(_HEADS)}; {hint}"
        )
    if (head == "hours") != (len(parts) == 1) or len(parts) > 3:
        raise InputError(f"'{text}' is no term; expected {_SHAPE}; correct it")
    name, measure = (*parts[1:], "", "")[:2]
    if head in ("used", "made", "fed") and name not in ROLES:
        hint = did_you_mean(name, ROLES, "choose a role")
        raise InputError(f"'{name}' is no role; expected {listed(ROLES)}; {hint}")
    if head in ("told", "set") and measure:
        raise InputError(f"'{text}' is too long; expected {head}.NAME; correct it")
    component = bool(_COMPONENT.match(measure))
    fits = component if head == "fed" else not measure or measure in _MEASURES
    if not (fits or (head in ("used", "made") and component)):
        raise InputError(
            f"'{measure}' measures nothing; expected {listed(_MEASURES)} or a "
            "component such as Al2O3; correct it"
        )
    return Term(head, name, measure)


def _value(node: ast.expr, known: Mapping[Term, float]) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, known), _value(right, known))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, known)
        case ast.Call(func=ast.Name(id=name), args=parts):
            values = [_value(p, known) for p in parts]
            return min(values) if name == "min" else max(values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            holds = _COMPARE[type(op)](_value(left, known), _value(right, known))
            return float(holds)
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case _:
            return known[_term(node)]
