"""Pictures as pure functions that return SVG text, for report and web alike."""

from __future__ import annotations

from orebook.chart.band import PriceRow, price_band
from orebook.chart.bars import Bar, bars
from orebook.chart.bullet import Bullet, bullet
from orebook.chart.chain import Panel, chain_diagram, chain_panels
from orebook.chart.control import ControlPanel, control_chart
from orebook.chart.deviation import Cause, deviation
from orebook.chart.flow import Link, Node
from orebook.chart.frontier import Mark, frontier_chart
from orebook.chart.gap_bar import GapBar, gap_bars
from orebook.chart.histogram import Place, histogram
from orebook.chart.league import Standing, league
from orebook.chart.line import Series, line
from orebook.chart.load_band import BandLoad, load_bands
from orebook.chart.reward import Reward, reward_bars
from orebook.chart.tornado import Swing, tornado
from orebook.chart.variance_bars import Effect, variance_bars
from orebook.chart.waterfall import Step, waterfall
from orebook.chart.window import WindowRow, window_strip

__all__ = [
    "BandLoad",
    "Bar",
    "Bullet",
    "Cause",
    "ControlPanel",
    "Effect",
    "GapBar",
    "Link",
    "Mark",
    "Node",
    "Panel",
    "Place",
    "PriceRow",
    "Reward",
    "Series",
    "Standing",
    "Step",
    "Swing",
    "WindowRow",
    "bars",
    "bullet",
    "chain_diagram",
    "chain_panels",
    "control_chart",
    "deviation",
    "frontier_chart",
    "gap_bars",
    "histogram",
    "league",
    "line",
    "load_bands",
    "price_band",
    "reward_bars",
    "tornado",
    "variance_bars",
    "waterfall",
    "window_strip",
]
