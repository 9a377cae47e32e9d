"""Calm colours; each has one meaning, and none carries a meaning alone."""

from __future__ import annotations

from typing import Final

PAPER: Final = "#f7f8f9"
INK: Final = "#20272c"
MUTED: Final = "#4a545c"
GRID: Final = "#cfd5d9"
BAND: Final = "#c3ccd2"
BAND_DARK: Final = "#a9b5bd"
BAND_LIGHT: Final = "#dfe4e7"
HATCH: Final = "#e6eaec"

TOTAL: Final = "#5d6a73"
GAIN: Final = "#3f7396"
LOSS: Final = "#a3623c"

SERIES: Final = ("#2f5f80", "#8f5a36", "#5a6b45", "#6b5684", "#4d5a62", "#7d6a2c")
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
"""Lines are told apart by their dashes as well as by colour."""

CARRIERS: Final = {
    "material": ("#5d6a73", ""),
    "heat": ("#8a6a14", "8 3"),
    "power": ("#6b5684", "2 3"),
    "water": ("#2f7480", "9 3 2 3"),
}
"""Colour and dashes of what flows."""


def signed(value: float) -> str:
    """Return the colour of a gain or a loss.

    Parameters
    ----------
    value : float
        The change [CNY].

    Returns
    -------
    str
        Colour.

    Examples
    --------
    >>> signed(-1.0) == LOSS
    True
    """
    return LOSS if value < 0 else GAIN
