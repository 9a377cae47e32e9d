"""Why a circuit cannot be, in words: each constraint in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from orebook.process.alumina.parameters import parameters

__all__ = ["WORDS", "worded"]

WORDS: Mapping[str, tuple[str, str]] = {
    "assay": (
        "the ore's minerals sum to more than the ore: {value:.3g} of it is left for "
        "what the assay does not tell (bound {bound:g}); correct Al2O3, SiO2, Fe2O3, "
        "TiO2 or the share of {ore_gibbsite}",
        "矿石矿物之和超过矿石本身：未化验部分为 {value:.3g}（下限 {bound:g}）；请核对 "
        "Al2O3、SiO2、Fe2O3、TiO2 或{ore_gibbsite}",
    ),
    "flash": (
        "slurry would flash {value:.3g} K below {digestion_temperature}; it must be at "
        "least {bound:g} K; lower {flash_temperature} or raise the digestion "
        "temperature",
        "末级闪蒸仅比{digestion_temperature}低 {value:.3g} K，至少应低 {bound:g} K；请"
        "降低{flash_temperature}或提高溶出温度",
    ),
    "cake": (
        "the underflow brings {value:.3g} t/t more liquor than the mud that leaves "
        "keeps; the bound is {bound:g}; lower {cake_moisture} or {underflow_solids}",
        "底流带液仅比外排赤泥多 {value:.3g} t/t，下限 {bound:g}；请降低"
        "{cake_moisture}或{underflow_solids}",
    ),
    "product": (
        "the alumina would lose {value:.3g} on ignition (bound {bound:g}); lower "
        "{product_alumina} or {product_soda}",
        "产品灼减为 {value:.3g}（下限 {bound:g}）；请降低{product_alumina}或"
        "{product_soda}",
    ),
    "extraction": (
        "the ore gives {value:.3g} t of alumina per tonne once silica and lime have "
        "bound theirs; it must be above {bound:g}; feed a better ore or lower "
        "{lime_ratio}",
        "扣除硅和石灰结合的氧化铝后每吨矿仅溶出 {value:.3g} t，应高于 {bound:g}；请配入"
        "较好的矿石或降低{lime_ratio}",
    ),
    "digestion_ratio": (
        "{digestion_ratio} lies {value:.3f} above equilibrium; it must be at least "
        "{bound:g} above; raise it or {digestion_temperature}",
        "{digestion_ratio}仅高出平衡 {value:.3f}，至少应高出 {bound:g}；请提高该值或"
        "{digestion_temperature}",
    ),
    "supersaturation": (
        "precipitation would leave the caustic ratio at {value:.3f}, which must be at "
        "least {bound:.3f} for liquor to circulate; lower {last_temperature}, raise "
        "{seed} or {precipitation_hours}, or lower {digestion_ratio}",
        "分解后苛性比值为 {value:.3f}，至少须达到 {bound:.3f} 溶液才能循环；请降低"
        "{last_temperature}，提高{seed}或{precipitation_hours}，或降低{digestion_ratio}",
    ),
    "wash_water": (
        "{pregnant_caustic} would need {value:.3g} t/t of wash water; the bound is "
        "{bound:g}; lower it or raise {test_tank_caustic}",
        "{pregnant_caustic}要求洗水 {value:.3g} t/t，下限 {bound:g}；请降低该值或提高"
        "{test_tank_caustic}",
    ),
    "evaporation": (
        "evaporation would be {value:.3g} t/t; the bound is {bound:g}; raise "
        "{test_tank_caustic}, lower {pregnant_caustic} or bring in more water",
        "蒸水量为 {value:.3g} t/t，下限 {bound:g}；请提高{test_tank_caustic}，降低"
        "{pregnant_caustic}或增加进水",
    ),
    "carbonate": (
        "carbonate to be salted out would be {value:.3g} t/t of Na2O; the bound is "
        "{bound:g}, more leaves than enters; lower {carbonate_share} or {causticised}",
        "须排出的碳碱为 {value:.3g} t/t Na2O（下限 {bound:g}），排出多于进入；请降低"
        "{carbonate_share}或{causticised}",
    ),
    "iteration": (
        "the iteration did not settle: a residual of {value:.2g} is left (bound "
        "{bound:g}) though no bound is known to bind; move a set-point towards the "
        "route's default",
        "迭代未收敛：残差 {value:.2g}（上限 {bound:g}），未发现起限制作用的约束；请将设"
        "定值向工艺默认值靠拢",
    ),
}
"""Constraint to its words; names of parameters in braces are written in full."""


def worded(constraint: str, value: float, bound: float, lang: str) -> str:
    """Return why a constraint is not met, parameters named in both languages.

    Parameters
    ----------
    constraint : str
        One of `WORDS`.
    value, bound : float
        What it comes to, and the bound.
    lang : str
        ``"en"`` or ``"zh"``.

    Examples
    --------
    >>> worded("wash_water", -0.2, 0.0, "en").partition(" would")[0]
    'pregnant_caustic (精液苛性碱浓度)'
    """
    text = WORDS[constraint][0 if lang == "en" else 1]
    named = [n for _, n, _, _ in Formatter().parse(text) if n in parameters()]
    names = {n: _named(n, lang) for n in named if n is not None}
    return text.format(value=value, bound=bound, **names)


def _named(name: str, lang: str) -> str:
    chinese = parameters()[name].zh
    return f"{name} ({chinese})" if lang == "en" else f"{chinese}（{name}）"
