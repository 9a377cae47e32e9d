"""A control chart as a picture with the words of the report."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.benchmark.control import Chart, Panel
from orebook.chart import ControlPanel, control_chart
from orebook.glossary import Lang
from orebook.report.figures import WIDE
from orebook.report.words import both

__all__ = ["control_drawing", "panel_of"]


def control_drawing(
    chart: Chart,
    labels: Sequence[str],
    what: str,
    unit: str,
    lang: Lang,
    width: float = WIDE,
) -> str:
    """Return the picture of a control chart.

    Parameters
    ----------
    chart : Chart
        The chart.
    labels : sequence of str
        Name of each point.
    what, unit : str
        Name and unit of what is charted.
    lang : Lang
        Language of the words.
    width : float
        Width of the picture [px].
    """
    title = both("control_chart_of", what=what).in_(lang)
    panels = [panel_of(p, lang) for p in chart.panels]
    return control_chart(panels, labels, title=title, unit=unit, lang=lang, width=width)


def panel_of(panel: Panel, lang: Lang) -> ControlPanel:
    """Return a panel as it is drawn.

    Parameters
    ----------
    panel : Panel
        Of the chart.
    lang : Lang
        Language of its name.
    """
    marked = tuple(dict.fromkeys(s.point for s in panel.signals))
    name = both(f"control_panel_{panel.name}").in_(lang)
    return ControlPanel(name, panel.points, panel.centre, panel.low, panel.high, marked)
