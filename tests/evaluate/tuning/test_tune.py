"""Planted constants are found again, with honest doubt, by any route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import curve_fit

from orebook.chain.chain import Chain
from orebook.chain.plant import Span
from orebook.errors import DataQualityError, InputError
from orebook.evaluate.fair import fair_flows
from orebook.evaluate.tuning.constants import group_of, groups_at
from orebook.evaluate.tuning.model import Model, bounds
from orebook.evaluate.tuning.months import Evidence, chosen
from orebook.evaluate.tuning.result import Tuning
from orebook.evaluate.tuning.tune import tune
from orebook.ledger.month import ClosedMonth, Figure, GrossError
from orebook.process.contract import Case
from orebook.process.network import network, with_settings
from orebook.process.registry import kind
from tests.evaluate.tuning.planted import (
    LASTING,
    MONTHLY,
    Values,
    months,
    potline,
    refinery,
    station,
)

POT = {"example": {"current_efficiency": 0.942, "net_carbon": 408.0,
                   "aluminium_fluoride": 18.2}}  # fmt: skip
BAYER = {
    "digest": {"extraction_monohydrate": 0.952, "dsp_soda": 0.63},
    "wash": {"washer_efficiency": 0.64},
    "precipitate": {"growth_constant": 2.0},
}


def names(truth: Values) -> list[str]:
    return [f"{u}.{c}" for u, by in truth.items() for c in by]


def true(truth: Values) -> np.ndarray:
    return np.array([v for by in truth.values() for v in by.values()])


def fitted(truth: Values, used: Sequence[Evidence], **options: object) -> Tuning:
    net = refinery() if "digest" in truth else potline()
    where = "plant" if "digest" in truth else "example"
    group = groups_at(net, where, names(truth))[0]
    return tune(net, group, used, **options)  # type: ignore[arg-type]


def estimates(found: Tuning) -> dict[str, float]:
    return {e.constant.id: e.value for e in found.estimates}


def inside(found: Tuning, truth: Values, *, sds: float | None = None) -> list[bool]:
    """Return whether each true constant lies in its interval, or so many errors off."""
    known = dict(zip(names(truth), true(truth), strict=True))
    return [
        abs(e.value - known[e.constant.id]) <= sds * e.standard_error
        if sds is not None
        else e.low <= known[e.constant.id] <= e.high
        for e in found.estimates
    ]


# ------------------------------------------------------------------- planted truth


@pytest.mark.parametrize("truth", [POT, BAYER], ids=["potline", "refinery"])
def test_months_without_error_give_the_constants_back(truth: Values) -> None:
    """Zero noise: the truth to 1e-6, though the duties of the closes are off by 1 %."""
    net = refinery() if truth is BAYER else potline()
    exact = months(net, truth, seed=4, error=0.0, count=6)
    rng = np.random.default_rng(0)
    off = tuple(
        replace(
            e,
            closed=replace(
                e.closed,
                duties={
                    k: v * (1 + 0.01 * rng.standard_normal())
                    for k, v in e.closed.duties.items()
                },
            ),
        )
        for e in exact
    )
    found = fitted(truth, off)
    assert list(estimates(found)) == names(truth)
    assert list(estimates(found).values()) == pytest.approx(true(truth), rel=1e-6)
    assert found.chi2_after < 1e-2 < 1.0 < found.chi2_before
    assert found.jacobian_error < 1e-3


def test_the_truth_lies_within_the_stated_doubt_of_a_potline() -> None:
    """Over 32 plants, 3 constants each: 2 errors hold >= 90 %, 95 % intervals 87..100.

    Of 96 draws at 95 % fewer than 84 inside have a probability of 1e-3.
    """
    within, covered = [], []
    for seed in range(32):
        found = fitted(POT, months(potline(), POT, seed=seed))
        assert len(found.estimates) == 3
        within += inside(found, POT, sds=2.0)
        covered += inside(found, POT)
    assert np.mean(within) >= 0.9
    assert 0.87 <= np.mean(covered) <= 1.0


@pytest.mark.slow
def test_the_truth_lies_within_the_stated_doubt_of_a_refinery() -> None:
    within, covered = [], []
    for seed in range(60):
        found = fitted(BAYER, months(refinery(), BAYER, seed=100 + seed))
        within += inside(found, BAYER, sds=2.0)
        covered += inside(found, BAYER)
    assert np.mean(within) >= 0.9
    assert 0.9 <= np.mean(covered) <= 0.99


def test_two_refineries_are_told_within_three_errors() -> None:
    for seed in range(2):
        found = fitted(BAYER, months(refinery(), BAYER, seed=seed, count=6))
        assert all(inside(found, BAYER, sds=3.0))
        assert 0.9 < found.rms_after < found.rms_left_out < found.rms_before
        assert not found.overfits


def test_goods_no_meter_reads_are_told_by_what_goes_in_and_out() -> None:
    """Slurry and mud between the workshops are not metered, as in most refineries."""
    blind = ("grind.slurry", "digest.slurry", "grind.mud_solids", "wash.mud_solids",
             "settle.digested", "wash.digested", "calcine.hydrate")  # fmt: skip
    found = fitted(BAYER, months(refinery(), BAYER, seed=1, count=5, unmetered=blind))
    assert all(inside(found, BAYER, sds=3.0))
    assert not {p.row for p in found.points} & set(blind)


# --------------------------------------------------------------------- other oracles


def test_it_agrees_with_curve_fit_under_the_full_covariance() -> None:
    """scipy.optimize.curve_fit with every duty a parameter and correlated errors.

    The covariance is 0.64 sd^2 month by month and 0.36 sd sd' over the months of a
    meter: what the projection marginalises is written out here.
    """
    net, used = potline(), months(potline(), POT, seed=11, count=6)
    found = fitted(POT, used)
    ports = [s for s in net.of("example") if s.id in used[0].closed.figures]
    ports = [s for s in ports if any(p.row == s.id for p in found.points)]
    value = np.array([[e.closed.figures[s.id].value for s in ports] for e in used])
    sd = np.array([[e.closed.figures[s.id].sd for s in ports] for e in used])
    count, width = value.shape
    covariance = np.diag((MONTHLY * sd.ravel()) ** 2)
    for k in range(width):
        rows = np.arange(count) * width + k
        covariance[np.ix_(rows, rows)] += LASTING**2 * np.outer(sd[:, k], sd[:, k])

    def model(_: object, *p: float) -> np.ndarray:
        setting = {c: np.asarray(v) for c, v in zip(POT["example"], p, strict=False)}
        charge = np.array(p[3:]) * 1e5
        flows = (
            net.processes["example"].run(Case({"charge": charge}, {}, setting)).flows
        )
        return np.stack([s.sign * flows[s.port] for s in ports], axis=1).ravel()

    start = [0.935, 415.0, 17.0, *np.full(count, 0.95)]
    theirs, spread = curve_fit(
        model, np.zeros(1), value.ravel(), p0=start, sigma=covariance,
        absolute_sigma=True, xtol=1e-14, ftol=1e-14, gtol=1e-14, maxfev=20000,
    )  # fmt: skip
    assert list(estimates(found).values()) == pytest.approx(theirs[:3], rel=2e-6)
    widened = np.sqrt(max(1.0, found.chi2_after / found.freedom))
    errors = [e.standard_error for e in found.estimates]
    assert errors == pytest.approx(widened * np.sqrt(np.diag(spread))[:3], rel=2e-3)
    correlation = spread[:3, :3] / np.outer(*2 * [np.sqrt(np.diag(spread))[:3]])
    assert found.correlation == pytest.approx(correlation, abs=5e-3)
    residual = value.ravel() - model(None, *theirs)
    chi2 = residual @ np.linalg.solve(covariance, residual)
    assert found.chi2_after == pytest.approx(chi2, rel=1e-4)


def test_slopes_are_those_of_differences_one_by_one() -> None:
    net = refinery()
    group = groups_at(net, "plant", names(BAYER))[0]
    model = Model(net, group, months(net, BAYER, seed=2, count=4))
    at = np.array([c.start for c in group.constants])
    slopes, size = model.slopes(at), bounds(group.constants)[2]
    for k in range(at.size):
        step = np.zeros(at.size)
        step[k] = 0.02 * size[k]
        gap = [model.project((at + s * step)[None]).residual[0] for s in (1.0, -1.0)]
        alone = (gap[0] - gap[1]) / (2.0 * step[k])
        largest = np.max(np.abs(slopes[:, k]))
        assert np.max(np.abs(alone - slopes[:, k])) < 2e-4 * largest


def test_what_is_predicted_is_the_fair_target_at_the_fitted_constants() -> None:
    """One model: the process of the fair target, at the duty that was told."""
    used = months(potline(), POT, seed=5, error=0.0)
    found = fitted(POT, used)
    net = with_settings(potline(), found.values)
    for evidence in used[:3]:
        metal = evidence.closed.figures["example.metal"].value
        per = fair_flows(net, "example", {"charge": 1.0}, {})["metal"]
        flows = fair_flows(net, "example", {"charge": metal / per}, {})
        for p in found.points:
            if p.period == evidence.closed.period:
                port = p.row.partition(".")[2]
                assert p.after == pytest.approx(abs(flows[port]), rel=1e-6)


# ------------------------------------------------------------------------ properties


def test_the_order_of_the_months_does_not_matter() -> None:
    used = months(potline(), POT, seed=8)
    first = fitted(POT, used)
    second = fitted(POT, [used[k] for k in np.random.default_rng(1).permutation(12)])
    assert first.to_dict() == second.to_dict()


def test_other_units_of_measure_of_the_same_month_scale_nothing() -> None:
    """Figures, their doubt and duties twice as large: the same constants."""
    used = months(potline(), POT, seed=8)
    twice = [
        replace(
            e,
            closed=replace(
                e.closed,
                figures={
                    k: replace(f, value=2 * f.value, sd=2 * f.sd)
                    for k, f in e.closed.figures.items()
                },
                duties={k: 2 * v for k, v in e.closed.duties.items()},
            ),
        )
        for e in used
    ]
    assert list(estimates(fitted(POT, twice)).values()) == pytest.approx(
        list(estimates(fitted(POT, used)).values()), rel=1e-9
    )


def test_lasting_errors_do_not_average_out() -> None:
    """Four times the months halve the doubt of chance, not that of calibration."""
    few = fitted(POT, months(potline(), POT, seed=3, count=6), lasting=LASTING)
    many = fitted(POT, months(potline(), POT, seed=3, count=24), lasting=LASTING)
    free = fitted(POT, months(potline(), POT, seed=3, count=24), lasting=0.0)
    error = [f.estimates[0].standard_error for f in (few, many, free)]
    assert 0.6 * error[0] < error[1] < error[0]
    assert error[2] < 0.5 * error[1]


# --------------------------------------------------------------- what cannot be told


def test_constants_that_act_alike_keep_their_values_and_say_so() -> None:
    used = months(refinery(), BAYER, seed=1, count=5)
    group = group_of(refinery(), "precipitate", ["growth_constant", "solubility_shift",
                                                 "digest.dsp_soda"])  # fmt: skip
    found = tune(refinery(), group, used)
    assert [e.constant.name for e in found.estimates] == ["dsp_soda"]
    held = {h.constant.id: h for h in found.held}
    assert held["precipitate.growth_constant"].alike == (
        "precipitate.solubility_shift",
    )
    assert "cannot tell it from precipitate.solubility_shift" in found.summary("en")
    assert "无法将其与 precipitate.solubility_shift 区分" in found.summary("zh")


def test_the_doubt_of_what_is_held_widens_the_errors_of_the_others() -> None:
    """A station whose stages all differ from the book: intervals still hold.

    Without it condensing_efficiency would be told as 0.831 +- 0.005 for 0.86.
    """
    values = {"auxiliary_power": 0.085, "condensing_efficiency": 0.86,
              "extraction_efficiency": 0.77, "wall_loss": 0.006}  # fmt: skip
    truth = {"example": values}
    used = months(station(), truth, seed=1, error=0.002)
    found = tune(station(), group_of(station(), "example", names(truth)), used)
    assert {h.reason for h in found.held} == {"alike"}
    assert len(found.estimates) == 2
    assert all(inside(found, truth))
    ridge = tune(station(), group_of(station(), "example", names(truth)), used,
                 ridge=True)  # fmt: skip
    assert all(inside(ridge, truth))
    errors = {e.constant.id: e.standard_error for e in ridge.estimates}
    for e in found.estimates:  # holding says less than a prior, never more
        assert e.standard_error > 0.9 * errors[e.constant.id]


def test_auxiliary_power_and_wall_loss_of_a_station_are_found() -> None:
    truth = {"example": {"auxiliary_power": 0.085, "wall_loss": 0.006}}
    asked = group_of(station(), "example", names(truth))
    exact = months(station(), truth, seed=3, error=0.0, stated=0.002)
    assert list(estimates(tune(station(), asked, exact)).values()) == pytest.approx(
        [0.085, 0.006], rel=1e-6
    )
    found = tune(station(), asked, months(station(), truth, seed=3, error=0.002))
    assert all(inside(found, truth, sds=3.0))


def test_ridge_moves_them_together_within_what_was_known() -> None:
    used = months(refinery(), BAYER, seed=1, count=5)
    asked = ["growth_constant", "solubility_shift"]
    found = tune(
        refinery(), group_of(refinery(), "precipitate", asked), used, ridge=True
    )
    widened = np.sqrt(max(1.0, found.chi2_after / found.freedom))
    for e in found.estimates:
        assert e.standard_error < 1.001 * widened * e.constant.prior_sd
    assert abs(found.correlation[0, 1]) > 0.9
    assert found.condition > 5.0


def test_a_constant_that_moves_nothing_is_refused_where_it_was_named() -> None:
    used = months(refinery(), BAYER, seed=1, count=5)
    group = group_of(refinery(), "digest", ["extraction_gibbsite"])
    with pytest.raises(InputError, match="extraction_gibbsite' cannot be observed"):
        tune(refinery(), group, used)
    whole = tune(refinery(), group_of(refinery(), "digest"), used)
    unseen = [h.constant.name for h in whole.held if h.reason == "unseen"]
    assert unseen == ["extraction_gibbsite"]


def test_nothing_that_can_be_told_is_an_error_with_a_way_out() -> None:
    used = months(refinery(), BAYER, seed=1, count=5)
    asked = group_of(refinery(), "precipitate", ["growth_constant", "solubility_shift"])
    with pytest.raises(DataQualityError, match="hold all near what was known"):
        tune(refinery(), asked, used)


def test_a_bound_that_is_hit_is_said() -> None:
    used = months(potline(), {}, seed=5)
    figures = [dict(e.closed.figures) for e in used]
    for f in figures:  # weighed three quarters of what there was
        for port in ("anode", "butts", "co2"):
            f[f"example.{port}"] = replace(
                f[f"example.{port}"], value=0.75 * f[f"example.{port}"].value
            )
    wrong = [replace(e, closed=replace(e.closed, figures=f))
             for e, f in zip(used, figures, strict=True)]  # fmt: skip
    found = tune(potline(), group_of(potline(), "example", ["net_carbon"]), wrong)
    assert found.estimates[0].bound == "low"
    assert found.estimates[0].value == pytest.approx(334.0, abs=1e-3)
    assert "low end of its range" in found.summary("en")
    assert "下限" in found.summary("zh")


def test_chance_fitted_to_few_months_shows_in_the_months_left_out() -> None:
    """Nothing to find: what the fit gains in the months used is lost in the others."""
    gained, lost = [], []
    for seed in range(6):
        used = months(potline(), {}, seed=seed, count=3, lasting=0.0)
        asked = group_of(potline(), "example", ["current_efficiency", "net_carbon",
                                                "aluminium_fluoride"])  # fmt: skip
        found = tune(potline(), asked, used, lasting=0.0)
        gained.append(found.rms_before - found.rms_after)
        lost.append(found.rms_left_out - found.rms_before)
    assert min(gained) >= -1e-9
    assert np.mean(lost) > 0.0


# ------------------------------------------------------------------- months set aside


def test_months_with_a_stop_or_a_gross_error_are_set_aside_by_name() -> None:
    used = list(months(potline(), POT, seed=2))
    wrong = GrossError("M", "example.power", 900.0, "MWh", 9.0, 3.0)
    used[3] = replace(used[3], closed=replace(used[3].closed, gross_errors=(wrong,)))
    used[5] = replace(
        used[5], closed=replace(used[5].closed, availability={"example": 0.6})
    )
    used[7] = replace(
        used[7], closed=replace(used[7].closed, duties={"example:charge": 0.0})
    )
    found = fitted(POT, used, exclude=["2026-02"])
    assert {x.period: x.reason for x in found.excluded} == {
        "2026-02": "asked", "2026-04": "gross_error", "2026-06": "outage",
        "2026-08": "standing",
    }  # fmt: skip
    assert [p for p, _ in found.months] == [
        f"2026-{m:02d}" for m in (1, 3, 5, 7, 9, 10, 11, 12)
    ]
    assert found.months[0] == ("2026-01", "hash 2026-01")
    assert "2026-06 not used: unit 'example' could run 60% of the month" in (
        found.summary("en")
    )


def test_a_robust_fit_keeps_such_months_and_is_not_drawn_by_them() -> None:
    used = list(months(potline(), POT, seed=2))
    clean = estimates(fitted(POT, used))
    figures = dict(used[3].closed.figures)
    power = figures["example.power"]
    figures["example.power"] = replace(power, value=1.25 * power.value)
    wrong = GrossError("M", "example.power", 0.0, "MWh", 9.0, 3.0)
    used[3] = replace(
        used[3], closed=replace(used[3].closed, figures=figures, gross_errors=(wrong,))
    )
    robust = fitted(POT, used, robust=True)
    assert len(robust.months) == 12
    name = "example.current_efficiency"
    sd = next(e for e in robust.estimates if e.constant.id == name).constant.prior_sd
    assert abs(estimates(robust)[name] - clean[name]) < 0.35 * sd
    weights = {p.period: p.weight for p in robust.points if p.row == "example.power"}
    assert min(weights, key=lambda k: weights[k]) == "2026-04"
    drawn = [replace(e, closed=replace(e.closed, gross_errors=())) for e in used]
    plain = estimates(fitted(POT, drawn))
    assert abs(plain[name] - clean[name]) > 2 * abs(
        estimates(robust)[name] - clean[name]
    )


def test_too_few_months_say_why_the_others_are_not_used() -> None:
    used = months(potline(), POT, seed=2, count=4)
    with pytest.raises(InputError, match=r"2 closed months.*2026-01 not used"):
        fitted(POT, used, exclude=["2026-01", "2026-03"])
    with pytest.raises(InputError, match="'2026-13' is none of the closed months"):
        chosen(potline(), ("example",), used, exclude=["2026-13"])


# ------------------------------------------------------------------------------ names


def test_a_recipe_of_the_book_declares_constants_of_its_own() -> None:
    """The yield moves with a setting; with ``prior_sd`` it is fitted like any other."""
    chain = kind("recipe").example()
    unit = chain.units[0]
    settings = unit.recipe["settings"]["temperature"]
    with pytest.raises(InputError, match=r"kind recipe.*expected a unit of a kind"):
        group_of(network(chain), "example")
    told = {**settings, "prior_sd": "2 degC"}
    recipe = {**unit.recipe, "settings": {"temperature": told}}
    net = network(_with_recipe(chain, recipe))
    found = group_of(net, "example").constants
    assert [(c.name, c.prior_sd, c.of) for c in found] == [("temperature", 2.0, "degC")]
    real = with_settings(net, {"example": {"temperature": 147.0}})
    used = []
    for k in range(4):
        feed = {"bauxite": np.asarray(1e5 * (1.0 + 0.1 * k))}
        flows = real.processes["example"].run(Case(feed)).flows
        figures = {
            s.id: Figure(abs(float(flows[s.port])), 100.0, "measured",
                         abs(float(flows[s.port])), 100.0, ("M",))
            for s in net.of("example")
        }  # fmt: skip
        duties = {"example:bauxite": float(feed["bauxite"])}
        used.append(
            Evidence(ClosedMonth(f"2026-0{k + 1}", figures, duties, {}, {}, {}))
        )
    tuned = tune(net, group_of(net, "example"), used)
    assert tuned.estimates[0].value == pytest.approx(147.0, rel=1e-6)
    wrong = {**settings, "prior_sd": "0 degC"}
    with pytest.raises(InputError, match="is not above 0"):
        network(_with_recipe(chain, {**recipe, "settings": {"temperature": wrong}}))


def _with_recipe(chain: Chain, recipe: dict[str, object]) -> Chain:
    unit = chain.units[0].model_copy(update={"recipe": recipe})
    values = {name: getattr(chain, name) for name in Chain.model_fields}
    return Chain.model_validate({**values, "units": (unit,)})


def test_names_that_are_wrong_are_answered_with_those_that_are_right() -> None:
    with pytest.raises(InputError, match=r"did you mean 'dsp_soda'"):
        group_of(refinery(), "digest", ["dsp_soad"])
    with pytest.raises(InputError, match=r"several units.*wash.power"):
        groups_at(refinery(), "plant", ["power"])
    with pytest.raises(InputError, match="did you mean 'digest'"):
        groups_at(refinery(), "digst")
    with pytest.raises(InputError, match="no unit is called 'digst'"):
        group_of(refinery(), "digst")
    with pytest.raises(InputError, match=r"lies with unit 'make-up'.*--constants"):
        group_of(refinery(), "make-up")


def test_a_circuit_is_one_group_and_what_the_plan_may_choose_is_not_fitted() -> None:
    whole = groups_at(refinery(), "works")
    assert len(whole) == 1
    assert len(whole[0].units) == 8
    assert {c.unit for c in group_of(refinery(), "wash").constants} == {"wash"}
    chain = refinery().chain
    wash = chain.unit["wash"].model_copy(update={"free": {"power": Span()}})
    units = tuple(wash if u.id == "wash" else u for u in chain.units)
    values = {name: getattr(chain, name) for name in Chain.model_fields}
    freed = replace(refinery(), chain=Chain.model_validate({**values, "units": units}))
    assert "power" not in {c.name for c in group_of(freed, "wash").constants}


def test_options_outside_their_range_are_refused() -> None:
    used = months(potline(), POT, seed=2, count=4)
    with pytest.raises(InputError, match="lasting = 1 is no share"):
        fitted(POT, used, lasting=1.0)
    with pytest.raises(InputError, match=r"confidence = 0.2"):
        fitted(POT, used, confidence=0.2)
