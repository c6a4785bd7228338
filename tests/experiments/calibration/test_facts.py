"""The yardstick: equal to the shared definition where that lies at hand, and right by hand on a log of three customers."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from experiments.calibration.facts import distance, facts, kaplan_meier
from tests.experiments.calibration.logs import TRUTH, log_of

SHARED = Path(os.environ.get("REGULARS_FACTS", Path(__file__).parents[4] / "shared" / "validation" / "facts.py"))
PERCENT = "MA" + "PE"  # mean absolute percentage error
SAME = {
    "repeats": "hist_repeat", "weeks": "weeks_end_day", "cumulative": "cum", "calibration": "repeat_cal",
    "holdout": "purchases_hold", "gaps": "interval_q", "cycles": "own_cycle_q", "regularity": "wheat_k",
    "beyond_two": "silent_gt2", "ladder": "ladder", "monthly": "p30_by_month", "top_fifth": "top20_share",
    "active": "active_hold",
}  # fmt: skip
NAMES = {
    "repeat counts": "TV repeat-count histogram", "weekly cumulative": f"weekly cumulative {PERCENT}",
    "weekly cumulative, holdout": f"weekly cumulative {PERCENT}, holdout", "holdout total": "holdout total error",
    "gaps": "interval quantiles |log ratio|", "own cycles": "own-cycle quantiles |log ratio|",
    "no return by silence": "silent-state no-return MAE", "beyond two own cycles": ">2 cycles silent: no-return share",
    "repeat ladder": "repeat ladder MAE (90d, 365d; k=1..5)", "P(order in 30 days)": "P(buy in 30d) by months silent MAE",
    "top fifth of orders": "top-20% share of purchases, difference", "regularity": "Wheat-Morrison k",
}  # fmt: skip


@pytest.mark.skipif(not SHARED.exists(), reason="the shared yardstick is not here")
def test_equal_to_the_shared_yardstick() -> None:
    """Every fact and every distance, on two simulated logs."""
    spec = importlib.util.spec_from_file_location("shared_facts", SHARED)
    assert spec is not None and spec.loader is not None
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    one, two = log_of(end=500), log_of(end=500, seed=6)
    ours = [facts(log.customer, log.day, 250, 500) for log in (one, two)]
    wanted = [theirs.facts(log.customer, log.day, 250, 500) for log in (one, two)]
    for mine, name in SAME.items():
        assert np.allclose(np.array(getattr(ours[0], mine), float), np.array(wanted[0][name], float)), mine
    assert np.allclose(ours[0].silent, np.array(wanted[0]["silent"], float))
    measured = theirs.distance(wanted[1], wanted[0] | {"K": 250}, 1.25)
    found = distance(ours[1], ours[0], 250, 1.25)
    for mine, name in NAMES.items():
        assert found[mine] == pytest.approx(measured[name]), mine


def test_by_hand() -> None:
    """Three customers: days 0, 10, 30; 5; 5, 25. Cut on day 20, end on day 40."""
    found = facts(np.array([0, 0, 0, 1, 2, 2]), np.array([0, 10, 30, 5, 5, 25]), 20, 40)
    assert found.repeats[:3].tolist() == [1 / 3, 1 / 3, 1 / 3]
    assert (found.calibration, found.holdout) == (1, 2)
    assert found.cumulative.tolist() == [0, 1, 1, 2, 3, 3]
    assert found.gaps[2] == 20 and found.cycles[2] == 15
    assert found.active == pytest.approx(2 / 3)
    assert found.regularity is None


def test_kaplan_meier_with_censoring() -> None:
    """Events at 1 and 3, one censored at 2: 2/3 left after 1, none of the one at risk after 3."""
    assert kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), (1, 2, 3)) == pytest.approx(
        [2 / 3, 2 / 3, 0]
    )


def test_a_log_is_no_distance_from_itself() -> None:
    """And another population is."""
    from dataclasses import replace

    log, other = log_of(), log_of(replace(TRUTH, exit_mean=0.3))
    same = facts(log.customer, log.day, 180, log.end)
    off = distance(facts(other.customer, other.day, 180, other.end), same, 180)
    none = distance(same, same, 180)
    assert none["repeat counts"] == none["holdout total"] == none["gaps"] == 0
    assert off["holdout total"] < -0.2
