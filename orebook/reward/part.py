"""What every part of a scheme is made of: a frozen model and its field types."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MONEY_UNITS = {
    "CNY": 1.0,
    "kCNY": 1e3,
    "MCNY": 1e6,
    "元": 1.0,
    "万元": 1e4,
    "亿元": 1e8,
}
"""Units of money a scheme file may use, in CNY."""


def money(value: object) -> object:
    """Turn text such as "30 万元" or "120 kCNY" into CNY; leave anything else alone.

    Parameters
    ----------
    value : object
        A number [CNY] or text with a unit of money.

    Returns
    -------
    object
        The amount [CNY], or the value as it was for the next check to judge.

    Raises
    ------
    ValueError
        Text without a known unit of money.

    Examples
    --------
    >>> money("30 万元"), money("1 200.5 CNY")
    (300000.0, 1200.5)
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([-+]?[\d ,_]*\.?\d+(?:e[-+]?\d+)?)\s*(\D+)", value.strip())
    if match is None or match[2].strip() not in MONEY_UNITS:
        units = ", ".join(MONEY_UNITS)
        msg = f"not an amount of money; write a number and one of {units}"
        raise ValueError(msg)
    number = re.sub(r"[ ,_]", "", match[1])
    return float(number) * MONEY_UNITS[match[2].strip()]


Money = Annotated[float, BeforeValidator(money), Field(allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")]


class Part(BaseModel):
    """Base of every part of a scheme: never changed, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")
