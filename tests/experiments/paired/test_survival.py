"""Retention curves and their bands."""

import numpy as np
import pytest

from experiments.paired import student, survival
from experiments.paired.survival import active_days, curve_differences, curves, shares
from sim.errors import RegularsError
from tests.experiments.paired.worlds import HIGH, LOW, MANY, generator, passing

GROUP, SEEDS, DAYS, HAZARD, SHOCK = 400, 12, 30, 0.02, 0.5


def counts(draw: np.random.Generator, n: int, policies: int = 1) -> np.ndarray:
    """Customers left each day, shape (n, policies, seeds, days); all of a seed share the hazard of its year."""
    hazard = HAZARD * np.exp(SHOCK * draw.normal(size=(n, 1, SEEDS)) + 0.1 * draw.normal(size=(n, policies, SEEDS)))
    left = np.full((n, policies, SEEDS, DAYS), GROUP)
    for day in range(1, DAYS):
        left[..., day] = draw.binomial(left[..., day - 1], 1.0 - hazard)
    return left


def truth() -> np.ndarray:
    """Expected share left, shape (days,), by quadrature over the year's hazard."""
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    hazard = HAZARD * np.exp(np.sqrt(SHOCK**2 + 0.1**2) * z)
    return (weight / weight.sum()) @ (1.0 - hazard[:, None]) ** np.arange(DAYS)


def test_a_curve_is_the_mean_over_seeds_with_a_t_interval_at_each_day():
    left = counts(generator(91), 1, 2)[0]
    found = curves(left)
    share = left / GROUP
    assert found.mean == pytest.approx(share.mean(axis=1))
    error = share.std(axis=1, ddof=1) / np.sqrt(SEEDS)
    assert found.pointwise == pytest.approx(student.quantile(0.95, SEEDS - 1) * error)
    assert (found.pointwise[:, 0] == 0.0).all() and (found.simultaneous >= found.pointwise).all()
    assert (found.simultaneous[:, 1:] > 1.05 * found.pointwise[:, 1:]).all()


def over_seeds(left):
    found = curves(left)
    return found.mean[0], found.pointwise[0]


def over_customers(left):
    """Planted fault: Greenwood's errors, customers taken as independent."""
    share = left[0].mean(axis=0) / GROUP
    return share, 1.96 * np.sqrt(share * (1.0 - share) / (GROUP * SEEDS))


@pytest.mark.parametrize(("band", "right"), [(over_seeds, True), (over_customers, False)], ids=["seeds", "fault"])
def test_a_day_is_covered_93_to_97_percent_of_the_time(band, right, monkeypatch):
    """1,000 curves, the last day; error rates as in test_rates."""
    monkeypatch.setattr(survival, "DRAWS", 2)  # the simultaneous band is not looked at here
    expected = truth()[-1]
    missed = 0
    for left in counts(generator(92), MANY):
        mean, width = band(left)
        missed += abs(mean[-1] - expected) > width[-1]
    assert (LOW <= missed <= HIGH) == right


@pytest.mark.parametrize(("name", "right"), [("simultaneous", True), ("pointwise", False)])
def test_the_simultaneous_band_holds_the_whole_curve(name, right, monkeypatch):
    """300 curves, at most 8 % leave it somewhere: holds 99.1 % of the time, at 12 % missed 1.7 %."""
    assert passing(0, 24, 0.05, 300) > 0.99 and passing(0, 24, 0.12, 300) < 0.02
    monkeypatch.setattr(survival, "DRAWS", 500)
    expected = truth()
    missed = 0
    for left in counts(generator(93), 300):
        found = curves(left)
        missed += bool((np.abs(found.mean[0] - expected) > getattr(found, name)[0] + 1e-12).any())
    assert (missed <= 24) == right


def test_differences_are_paired_by_seed():
    """The shared year drops out, so the band of a difference is far narrower than that of either curve."""
    left = counts(generator(94), 1, 3)[0]
    left[2] = left[0]
    found = curve_differences(left)
    assert found.identical.tolist() == [False, True] and (found.simultaneous[1] == 0.0).all()
    assert found.mean[0] == pytest.approx(((left[1] - left[0]) / GROUP).mean(axis=0))
    assert (1.5 * found.simultaneous[0, 10:] < curves(left).simultaneous[0, 10:]).all()


def test_active_days_are_the_area_under_the_curve():
    assert active_days([[[4, 2, 1]]]).tolist() == [[1.75]]
    assert active_days([[[2, 1]]], group=[4]).tolist() == [[0.75]]


@pytest.mark.parametrize(
    ("active", "group", "word"),
    [
        ([[4, 2]], None, "shape"),
        ([[[4, 5]]], None, "day 1"),
        ([[[4, -1]]], None, "day 1"),
        ([[[4, np.nan]]], None, "day 1"),
        ([[[0, 0]]], None, "empty"),
        ([[[4, 2]]], [1, 2], "group"),
        ([[[4, 2]]], [3], "day 0"),
    ],
)
def test_what_is_no_count_is_refused(active, group, word):
    with pytest.raises(RegularsError, match=word):
        shares(active, group)


def test_one_seed_has_no_band():
    with pytest.raises(RegularsError, match="seeds"):
        curves([[[4, 2]]])
