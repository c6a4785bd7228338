"""The simulated clock, the search over its parameters, and what is claimed of their uncertainty."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.calibration.backtest import backtest, fitted
from experiments.calibration.forecast import own_forecast
from experiments.calibration.process import Process, rate_scores, simulate
from experiments.calibration.search import FAMILIES, FREE
from experiments.calibration.study import PINNED
from tests.experiments.calibration.logs import TRUTH, log_of

POISSON = Process(rate_shape=20.0, needs_per_day=0.1, exit_mean=1e-4, exit_size=1.0, own_share=0.5)


def test_orders_of_a_clock_whose_answer_is_known() -> None:
    """Nobody leaves or forgets, half of the needs are own: 0.05 orders a day.

    Error rates: 4,000 customers times 200 days give 40,000 orders; the law of rates adds a standard error of 0.35 %, the
    numbers 0.5 %, so 2.5 % fails once in 10,000 seeds. Days with two orders and the least gap of a day take 3 %.
    """
    found = simulate(POISSON, np.zeros(4_000, np.int64), 199, 1)
    rate = (len(found.day) - 4_000) / 4_000 / 199.5
    assert rate == pytest.approx(0.05 * 0.97, rel=0.03)
    fewer = simulate(replace(POISSON, own_share=0.4), np.zeros(4_000, np.int64), 199, 1)
    assert (len(fewer.day) - 4_000) / 4_000 / 199.5 < 0.05 * 0.9


def test_leaving_in_closed_form() -> None:
    """With own_share 1, needs soon and leaving at each: the chance of no second order is the mean exit probability."""
    sure = replace(POISSON, own_share=1.0, needs_per_day=0.5, exit_mean=0.3, exit_size=2.0, exit_after_first=True)
    found = simulate(sure, np.zeros(20_000, np.int64), 400, 2)
    once = np.bincount(found.customer) == 1
    assert once.mean() == pytest.approx(0.3, abs=0.012)  # standard error 0.0033
    kept = simulate(replace(sure, exit_after_first=False), np.zeros(20_000, np.int64), 400, 2)
    assert (np.bincount(kept.customer) == 1).mean() < 0.01


def test_common_luck_pauses_and_season() -> None:
    """The same seed gives the same log; pauses and a weak half of the year take orders away."""
    entry = np.zeros(2_000, np.int64)
    base = simulate(TRUTH, entry, 364, 3)
    assert np.array_equal(base.day, simulate(TRUTH, entry, 364, 3).day)
    assert len(simulate(replace(TRUTH, pause_share=0.4), entry, 364, 3).day) < 0.9 * len(base.day)
    season = np.r_[np.full(182, 1.5), np.full(183, 0.5)]
    moved = simulate(TRUTH, entry, 364, 3, season)
    assert (moved.day < 182).mean() > (base.day < 182).mean() + 0.05
    assert np.corrcoef(rate_scores(2_000, 3), np.bincount(base.customer))[0, 1] > 0.4


def test_the_fit_forecasts_and_other_rates_do_not() -> None:
    """Fitted on half of the days, the holdout total of 1,500 customers within 15 %.

    Error rates: total and fit together vary by 5 % over seeds; a population with a third fewer needs misses by more.
    """
    log = log_of()
    found = fitted(log.until(182), "pausing", customers=6_000, rounds=6)
    told = backtest(found.process, log, 182, seeds=3, customers=6_000).errors
    assert abs(told["holdout total"]) < 0.15
    assert told["forecast correlation"] > 0.5
    wrong = replace(found.process, needs_per_day=found.process.needs_per_day * 0.65)
    assert backtest(wrong, log, 182, seeds=3, customers=6_000).errors["holdout total"] < -0.2
    draws = found.draws(50)
    assert len({one.needs_per_day for one in draws}) == 50
    for name in found.names:
        values = [getattr(one, name) for one in draws]
        assert FREE[name].low <= min(values) <= max(values) <= FREE[name].high


def test_own_forecasts_add_up() -> None:
    """With the true population the expected orders sum to the real ones within 8 % (standard error 2.5 %)."""
    log = log_of()
    expected, later = own_forecast(TRUTH, log.customer, log.day, 182, log.end)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.08)
    low, high = expected < np.median(expected), expected > np.quantile(expected, 0.9)
    assert later[high].mean() > 5 * later[low].mean()


def drawn_truth(seed: int) -> Process:
    """A population from the middle of the prior."""
    chance = np.random.default_rng(seed)
    names = FAMILIES["pausing"].names
    values = {name: float(FREE[name].back(FREE[name].there(FREE[name].centre) + 0.4 * FREE[name].sd * chance.normal()))
              for name in names}  # fmt: skip
    return Process(**values | {"needs_per_day": 0.05 * float(np.exp(0.5 * chance.normal())), "exit_after_first": False})


@pytest.mark.slow
@pytest.mark.xfail(
    reason="known: coverage 0.75 over the first 15 logs, the intervals are too narrow (docs/validation.md)"
)
def test_intervals_cover() -> None:
    """Simulation-based calibration: on 20 logs of known truth the 90 % intervals of what is pinned down cover in 80-97 %.

    Error rates: 20 logs give about 100 intervals, in part of one log, so the coverage has a standard error near 0.035: a
    right 90 % fails once in 40. Intervals a third as wide (the planted fault) cover less than 60 %.
    """
    hit, narrow = [], []
    for seed in range(20):
        truth = drawn_truth(seed)
        log = log_of(truth, 2_500, 400, seed)
        found = fitted(log, "pausing", customers=7_500, rounds=6, polish=256)
        sd = np.sqrt(np.diag(found.covariance))
        for at, name in enumerate(found.names):
            if sd[at] / FREE[name].sd < PINNED:
                off = abs(FREE[name].there(getattr(truth, name)) - found.point[at]) / sd[at]
                hit.append(off < 1.645)
                narrow.append(off < 1.645 / 3)
    print(f"{len(hit)} intervals, coverage {np.mean(hit):.3f}")
    assert len(hit) > 60
    assert 0.80 <= np.mean(hit) <= 0.97
    assert np.mean(narrow) < 0.6
