"""Which components of an assay are matter, to be counted once."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The elements by atomic number, hydrogen to uranium (IUPAC).
_TABLE = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga
Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd
Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra
Ac Th Pa U
"""
ELEMENTS = frozenset(_TABLE.split())
_ATOM = re.compile(r"([A-Z][a-z]?)\d*")


def is_formula(component: str) -> bool:
    """Return whether a component is a chemical formula.

    A size class (``Fines``), a sum (``TREO``) or a form of a component
    (``Al2O3_g``, the gibbsitic part of ``Al2O3``) is none.

    Examples
    --------
    >>> [is_formula(c) for c in ("Al2O3", "Al2O3_g", "Fines", "TREO")]
    [True, False, False, False]
    """
    atoms = _ATOM.findall(component)
    return bool(re.fullmatch(rf"({_ATOM.pattern})+", component)) and all(
        atom in ELEMENTS for atom in atoms
    )


def matter(assay: Mapping[str, float]) -> float:
    """Return the sum of the components that are matter of their own [-].

    Parameters
    ----------
    assay : mapping
        Mass fraction by component [-].

    Examples
    --------
    >>> round(matter({"Al2O3": 0.455, "Al2O3_g": 0.405, "Fines": 0.6}), 3)
    0.455
    """
    return sum(share for name, share in assay.items() if is_formula(name))


def forms_above(assay: Mapping[str, float]) -> dict[str, float]:
    """Return each component whose forms exceed it, with their sum [-].

    The forms of ``Al2O3`` are ``Al2O3_g``, ``Al2O3_m`` and so on.

    Examples
    --------
    >>> forms_above({"SiO2": 0.02, "SiO2_r": 0.03})
    {'SiO2': 0.03}
    """
    sums: dict[str, float] = {}
    for name, share in assay.items():
        base, mark, _ = name.partition("_")
        if mark and base in assay:
            sums[base] = sums.get(base, 0.0) + share
    return {base: total for base, total in sums.items() if total > assay[base] + 1e-9}
