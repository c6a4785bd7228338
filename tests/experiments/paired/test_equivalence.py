"""Non-inferiority and equivalence."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats as student
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

from experiments.paired.equivalence import equivalence, more_seeds, non_inferiority
from experiments.paired.relative import relative
from sim.errors import RegularsError
from tests.experiments.paired.worlds import MANY, contributions, generator, passing

TABLE = contributions(generator(41), 1, effects=(0.0, 0.1, -0.8))[0].mean(axis=2)


@pytest.mark.parametrize("policy", [1, 2])
@pytest.mark.parametrize("floor", [-0.2, -0.05, -0.02, 0.0])
def test_a_pass_is_an_interval_above_the_floor(policy: int, floor: float):
    """The verdict and the relative interval that the report shows never contradict each other."""
    share = relative(TABLE[policy], TABLE[0], 0.95)
    found = non_inferiority(TABLE, policy, margin_floor=floor)
    assert share is not None and share.low is not None and share.high is not None
    assert found.answer == ("pass" if share.low >= floor else "fail" if share.high < floor else "cannot tell")
    assert (found.answer == "pass") == (found.p_value <= 0.025)
    assert (found.more_seeds == 0) == (found.answer != "cannot tell")


def test_an_absolute_floor_is_in_the_unit_of_the_outcome():
    found = non_inferiority(TABLE, 1, margin_floor=-0.2, relative=False)
    peer = DescrStatsW(TABLE[1] - TABLE[0] + 0.2)
    assert (found.low, found.high) == pytest.approx(peer.tconfint_mean(), rel=1e-9)
    assert found.p_value == pytest.approx(peer.ttest_mean(alternative="larger")[1], rel=1e-9)


def test_identical_policies_stand_on_a_floor_of_nothing():
    table = 0.1 * np.array([[3.0, 7.0, 11.0]] * 2)
    assert non_inferiority(table, 1, margin_floor=0.0).answer == "pass"
    assert non_inferiority(table, 1, margin_floor=0.01).answer in ("fail", "cannot tell")
    assert equivalence(table, 1, margin=1e-9).answer == "pass"
    assert non_inferiority([[1.0, 2.0], [0.0, 1.0]], 1, margin_floor=-0.5, relative=False).answer == "fail"


@pytest.mark.parametrize(("margin", "answer"), [(0.5, "pass"), (0.05, "cannot tell")])
def test_tost_is_that_of_statsmodels(margin: float, answer: str):
    found = equivalence(TABLE, 1, margin=margin, relative=False)
    assert found.answer == answer
    assert found.p_value == pytest.approx(ttost_paired(TABLE[1], TABLE[0], -margin, margin)[0], rel=1e-9)
    assert (found.answer == "pass") == (found.p_value < 0.05)


def test_what_lies_outside_the_margin_fails():
    assert equivalence(TABLE, 2, margin=0.02).answer == "fail"
    assert equivalence(TABLE, 1, margin=0.05).answer == "pass"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"values": -TABLE}, "above 0"),
        ({"margin_floor": -1.0}, "margin_floor"),
        ({"margin_floor": math.nan}, "margin_floor"),
        ({"policy": 3}, "policy"),
        ({"values": TABLE[:, :1]}, "seeds"),
    ],
)
def test_what_cannot_be_asked_is_refused(change: dict[str, Any], word: str):
    with pytest.raises(RegularsError, match=word):
        non_inferiority(**({"values": TABLE, "policy": 1} | change))


def over_seeds(customers, floor):
    return non_inferiority(customers.mean(axis=2), 1, margin_floor=floor).answer


def over_customers(customers, floor):
    """Planted fault: customers taken as independent."""
    return non_inferiority(customers.reshape(2, -1), 1, margin_floor=floor).answer


@pytest.mark.parametrize(("verdict", "right"), [(over_seeds, True), (over_customers, False)], ids=["seeds", "fault"])
def test_a_policy_right_on_the_floor_passes_and_fails_2_5_percent_of_the_time_each(verdict, right: bool):
    """1,000 verdicts on the floor, at most 40 of either: holds 99.6 % of the time, at 6 % of either 0.3 %."""
    assert passing(0, 40, 0.025) > 0.998 and passing(0, 40, 0.06) < 0.004
    answers = [verdict(one, -0.02) for one in contributions(generator(42), MANY, effects=(0.0, -0.2))]
    assert (answers.count("pass") <= 40 and answers.count("fail") <= 40) == right


def test_so_many_more_seeds_tell_4_times_out_of_5():
    """76 to 84 % of 1,000 tests of that size decide: holds 99.8 % of the time, at a power of 72 % 0.3 %."""
    assert passing(760, 840, 0.8) > 0.998 and passing(760, 840, 0.72) < 0.003
    seen = generator(43).normal(size=12)
    more = more_seeds(0.4 * seen.std(ddof=1), seen, 0.95)
    assert more is not None

    def decided(seeds: int) -> int:
        z = 0.4 + generator(44).normal(size=(MANY, seeds))
        t = z.mean(axis=1) / z.std(axis=1, ddof=1) * np.sqrt(seeds)
        return int((t > student.t.ppf(0.975, seeds - 1)).sum())

    assert 760 <= decided(12 + more) <= 840
    assert not 760 <= decided(12 + more // 2) <= 840  # planted fault: half as many


def test_a_verdict_out_of_reach_is_said_to_be():
    luck = generator(45).normal(size=10)
    assert more_seeds(1e-4, luck, 0.95) is None
    assert more_seeds(0.0, luck, 0.95) is None
    assert more_seeds(100.0, luck, 0.95) == 1
