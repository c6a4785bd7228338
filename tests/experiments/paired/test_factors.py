"""Many factors with seed fixed effects, and which standard errors hold the 5 % level."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from experiments.paired import factors
from experiments.paired.factors import columns, effects
from sim.errors import RegularsError
from tests.experiments.paired.worlds import HIGH, LOW, MANY, generator, passing

CUTS, POSTS = (0.02, 0.04, 0.06), ("paid", "free")
ROWS = list(product(CUTS, POSTS))
LEVELS = {"cut": [cut for cut, _ in ROWS], "post": [post for _, post in ROWS]}


def sweep(draw: np.random.Generator, seeds: int, bite: float = 0.0) -> Any:
    """A swept outcome, shape (rows, seeds): market of the seed, effects that differ from seed to seed, own luck."""
    cut, free = np.array(LEVELS["cut"]), np.array([post == "free" for post in LEVELS["post"]], dtype=float)
    market = draw.normal(size=seeds)
    steep, welcome = draw.normal(size=(2, seeds))  # what the year makes of a factor: shared by all rows of the seed
    values = 10.0 + market + np.outer(cut * 50.0, bite + steep) + np.outer(free, bite + welcome)
    return values + 0.3 * draw.normal(size=values.shape)


def test_effects_are_found_exactly_where_there_is_no_luck():
    table = np.array([[10.0 + 100.0 * cut + 2.0 * (post == "free")] for cut, post in ROWS]) + np.arange(5.0)
    fit = effects(table, LEVELS)
    assert [(one.factor, one.step) for one in fit.effects] == [
        ("cut", "0.04 against 0.02"), ("cut", "0.06 against 0.02"), ("post", "free against paid"),
    ]  # fmt: skip
    assert [one.mean for one in fit.effects] == pytest.approx([2.0, 4.0, 2.0])
    assert [one.half_width for one in fit.effects] == pytest.approx([0.0] * 3, abs=1e-9)
    assert fit.explained == pytest.approx(1.0)
    (slope, _) = effects(table, LEVELS, linear=["cut"]).effects
    assert (slope.factor, slope.step, slope.mean) == ("cut", "per unit", pytest.approx(100.0))


def frame(table: Any) -> pd.DataFrame:
    """Long form: one row per run."""
    rows, seeds = table.shape
    long = {name: np.repeat(np.array(of, dtype=object), seeds) for name, of in LEVELS.items()}
    return pd.DataFrame(long | {"seed": np.tile(np.arange(seeds), rows), "y": table.reshape(-1)})


def test_coefficients_are_those_of_ols_with_seed_dummies():
    """And statsmodels' plain cluster-robust errors are ours times sqrt((n - 1) / n)."""
    table = sweep(generator(51), 20, bite=1.0)
    fit = effects(table, LEVELS, p_values=True)
    data = frame(table)
    formula = "y ~ C(cut) + C(post, Treatment('paid')) + C(seed)"
    plain = ols(formula, data).fit(cov_type="cluster", cov_kwds={"groups": data["seed"], "use_correction": False})
    slots = [name for name in plain.params.index if "cut" in name or "post" in name]
    assert [one.mean for one in fit.effects] == pytest.approx(plain.params[slots].to_list(), rel=1e-9)
    critical = 2.093024  # t, 19 degrees of freedom
    errors = [one.half_width / critical * np.sqrt(19 / 20) for one in fit.effects]
    assert errors == pytest.approx(plain.bse[slots].to_list(), rel=1e-6)
    assert all(one.simultaneous > one.half_width for one in fit.effects)
    assert all(one.p_value is not None and one.p_value < 0.01 for one in fit.effects)


def ours(table: Any) -> bool:
    """Whether the effect of free post is found."""
    found = effects(table, LEVELS).effects[-1]
    return abs(found.mean) > found.half_width


def plain_cluster(table: Any) -> bool:
    """Planted fault: cluster-robust errors without a small-sample correction, normal quantile."""
    found, seeds = effects(table, LEVELS).effects[-1], table.shape[1]
    critical = {6: 2.570582}[seeds]  # t, 5 degrees of freedom
    return abs(found.mean) > 1.959964 * found.half_width / critical * np.sqrt((seeds - 1) / seeds)


def runs_as_independent(table: Any) -> bool:
    """Planted fault: the classical errors of the same regression."""
    _, design = columns(LEVELS, len(table))
    within = table - table.mean(axis=0)
    seeds, y, x = table.shape[1], within.T.reshape(-1), np.tile(design, (table.shape[1], 1))
    coefficient, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    variance = rest[0] / (len(y) - seeds - x.shape[1]) * np.linalg.inv(x.T @ x)[-1, -1]
    return bool(abs(coefficient[-1]) > 1.99 * np.sqrt(variance))


@pytest.mark.parametrize(("found", "right"), [(ours, True), (plain_cluster, False), (runs_as_independent, False)])
def test_only_errors_from_seeds_hold_the_5_percent_level(found: Any, right: bool, monkeypatch: Any):
    """1,000 sweeps of six seeds, no effect: 3 to 7 %; rates as in test_rates, plain cluster errors err in 13 %."""
    assert passing(LOW, HIGH, 0.134) < 1e-9
    monkeypatch.setattr(
        factors, "joint_quantile", lambda *_: 1.0
    )  # the simultaneous half-widths are not looked at here
    draw = generator(52)
    assert (LOW <= sum(found(sweep(draw, 6)) for _ in range(MANY)) <= HIGH) == right


def test_crossed_factors_add_their_products():
    table = np.array([[(cut == 0.06) * (post == "free") * 3.0] for cut, post in ROWS]) + np.zeros(4)
    fit = effects(table, LEVELS, crossed=[("cut", "post")])
    found = {one.step: one.mean for one in fit.effects}
    assert found["0.06 against 0.02, free against paid"] == pytest.approx(3.0)
    assert sum(abs(mean) for mean in found.values()) == pytest.approx(3.0)


def test_steps_are_held_against_the_levels_of_the_baseline():
    names, _ = columns(LEVELS, len(ROWS), baseline=5)
    assert names == [("cut", "0.02 against 0.06"), ("cut", "0.04 against 0.06"), ("post", "paid against free")]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"levels": LEVELS | {"price": LEVELS["cut"]}}, "cut and price cannot be told apart"),
        ({"levels": {"cut": [1, 2]}}, "factors.cut"),
        ({"levels": {"cut": ["x"] * 6}}, "none differs"),
        ({"linear": ["post"]}, "numbers"),
        ({"linear": ["cot"]}, "did you mean cut"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change: dict[str, Any], word: str):
    with pytest.raises(RegularsError, match=word):
        effects(**({"values": np.ones((6, 3)), "levels": LEVELS} | change))


def test_a_constant_outcome_has_no_effects():
    fit = effects(np.ones((6, 3)), LEVELS, p_values=True)
    assert {(one.mean, one.half_width, one.p_value) for one in fit.effects} == {(0.0, 0.0, None)}
    assert fit.explained == 0.0
