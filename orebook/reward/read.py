"""Reading a scheme file: every mistake with its line, all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orebook.chain.model_file import Form, line_of, parse_model, read_model

if TYPE_CHECKING:
    from orebook.reward.scheme import Scheme

__all__ = ["line_of", "parse_scheme", "read_scheme"]

CURVES = (
    *("piecewise", "linear", "asymmetric", "dead_band"),
    *("weitzman", "osband_reichelstein", "joint_base"),
)


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Scheme
        The checked scheme.

    Raises
    ------
    BookError
        The file cannot be read, or has mistakes; lists them all.
    """
    return read_model(path, _form())


def parse_scheme(text: str, *, file: str = "scheme.toml") -> Scheme:
    """Turn the text of a scheme file into a scheme.

    Parameters
    ----------
    text : str
        TOML.
    file : str
        Name for messages.

    Returns
    -------
    Scheme
        The checked scheme.

    Raises
    ------
    BookError
        The text has mistakes; lists them all.
    """
    return parse_model(text, _form(), file=file)


def _form() -> Form[Scheme]:
    from orebook.reward.part import Part
    from orebook.reward.payout import CurvePart
    from orebook.reward.payout_truthful import TruthfulPart
    from orebook.reward.scheme import Scheme

    bases = (Part, CurvePart, TruthfulPart)
    parts = [part for base in bases for part in base.__subclasses__()]
    names = sorted({name for part in parts for name in part.model_fields})
    return Form(Scheme, "scheme", names, {"curve": CURVES})
