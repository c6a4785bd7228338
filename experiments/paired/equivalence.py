"""No worse than, and as good as: non-inferiority and equivalence on paired differences, in three verdicts."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from experiments.paired import student
from experiments.paired.difference import deviation, half_width
from experiments.paired.values import F64, check_between, check_row, outcome
from sim.errors import wrong

Answer = Literal["pass", "fail", "cannot tell"]
POWER = 0.8  # chance of a verdict after the seeds that `more_seeds` names, were the mean as seen
MOST = 10_000  # seeds beyond which nobody would wait


@dataclass(frozen=True)
class Verdict:
    """Of one policy against the baseline.

    Attributes:
        answer: pass, fail or cannot tell; pass and fail are each wrong with a chance of at most (1 - level) / 2.
        mean: How far the policy stands above the floor (non-inferiority) or its mean difference (equivalence), unit of
            the outcome.
        low, high: Interval of `mean` at `level`.
        level: In (0, 1).
        seeds: Pairs seen.
        p_value: Of the test that would make it pass; None where it was not asked for.
        more_seeds: Seeds that would decide with a chance of 80 % if the truth is what was seen; 0 when decided; None if
            10,000 would not. Looking again after each batch makes a wrong verdict likelier than stated: fix the number.
    """

    answer: Answer
    mean: float
    low: float
    high: float
    level: float
    seeds: int
    p_value: float | None
    more_seeds: int | None


def non_inferiority(
    values: Any,
    policy: int,
    baseline: int = 0,
    margin_floor: float = -0.02,
    relative: bool = True,
    level: float = 0.95,
    p_values: bool = True,
) -> Verdict:
    """Does a policy lose no more than the floor allows?

    The test is a one-sided t test that the mean of `policy - (1 + margin_floor) baseline` is above 0, so the doubt
    about the baseline mean is in it. Pass: the whole interval is on or above the floor; fail: the whole interval is
    below.

    Args:
        values: Shape (policies, seeds), at least 2 seeds, larger is better (negate a cost).
        policy, baseline: Rows.
        margin_floor: Lowest difference allowed: -0.02 is at most 2 % of the baseline mean lost, or, if not `relative`,
            0.02 units of the outcome. Above 0 it asks for a gain. A relative one is above -1.
        relative: Whether the floor is a share of the baseline mean, which must then be above 0.
        level: Two-sided level of the interval: each side errs with (1 - level) / 2, 2.5 % by default.
        p_values: Whether to tell the p of the test too; the verdict is the same.
    Raises:
        RegularsError: As `values.outcome`; a floor out of range; a relative floor on a baseline mean <= 0.
    """
    table = _checked(values, policy, baseline, level)
    above = _above_floor(table[policy], table[baseline], margin_floor, relative)
    mean, width = float(above.mean()), half_width(above, level) or 0.0
    if deviation(above) == 0.0:  # no luck in it: the sign decides, and standing on the floor is not below it
        return Verdict("pass" if mean >= 0.0 else "fail", mean, mean, mean, level, len(above), float(mean < 0.0), 0)
    p = _larger_p(above) if p_values else None
    answer: Answer = "pass" if mean - width >= 0.0 else "fail" if mean + width < 0.0 else "cannot tell"
    more = 0 if answer != "cannot tell" else more_seeds(abs(mean), above, level)
    return Verdict(answer, mean, mean - width, mean + width, level, len(above), p, more)


def equivalence(
    values: Any,
    policy: int,
    baseline: int = 0,
    margin: float = 0.02,
    relative: bool = True,
    level: float = 0.90,
    p_values: bool = True,
) -> Verdict:
    """Is a policy as good as the baseline, give or take a margin (two one-sided tests, TOST)?

    Pass: the interval lies within +-margin (at level 0.90 this is TOST at 5 %); fail: it lies outside.

    Args:
        values: Shape (policies, seeds), at least 2 seeds.
        policy, baseline: Rows.
        margin: > 0; a share of the baseline mean (taken as known: give an absolute one where it is itself in doubt), or
            units of the outcome if not `relative`.
        relative: Which of the two.
        level: Two-sided level of the interval, in (0, 1).
        p_values: As for `non_inferiority`.
    Source:
        Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15(6), 657-680.
    """
    table = _checked(values, policy, baseline, level)
    if not (margin > 0.0 and math.isfinite(margin)):
        raise wrong("margin", margin, "a number > 0")
    limit = margin * _positive(table[baseline], "margin") if relative else margin
    minus = table[policy] - table[baseline]
    mean, width = float(minus.mean()), half_width(minus, level) or 0.0
    low, high = mean - width, mean + width
    inside, outside = -limit < low and high < limit, high < -limit or low > limit
    if deviation(minus) == 0.0:
        return Verdict("pass" if inside else "fail", mean, mean, mean, level, len(minus), float(not inside), 0)
    p = _tost_p(table[policy], table[baseline], limit) if p_values else None
    answer: Answer = "pass" if inside else "fail" if outside else "cannot tell"
    more = 0 if answer != "cannot tell" else more_seeds(abs(limit - abs(mean)), minus, level)
    return Verdict(answer, mean, low, high, level, len(minus), p, more)


def _larger_p(above: F64) -> float:
    from statsmodels.stats.weightstats import DescrStatsW

    return float(DescrStatsW(above).ttest_mean(0.0, alternative="larger")[1])


def _tost_p(ours: F64, base: F64, limit: float) -> float:
    from statsmodels.stats.weightstats import ttost_paired

    return float(ttost_paired(ours, base, -limit, limit)[0])


def more_seeds(distance: float, values: F64, level: float, power: float = POWER) -> int | None:
    """Seeds to add so that a one-sided t test finds a mean `distance` away from its limit.

    Args:
        distance: >= 0, unit of the outcome.
        values: Seen so far, shape (seeds,), not all equal.
        level: Two-sided level, in (0, 1).
        power: Chance of finding it, in (0, 1).
    Returns:
        At least 1; None if the total would exceed 10,000.
    """
    from statsmodels.stats.power import TTestPower

    size = distance / deviation(values)
    if size * math.sqrt(MOST) < student.quantile(level, MOST - 1):  # not even at a power of one half
        return None

    def enough(seeds: int) -> bool:
        if size * math.sqrt(seeds) > 30.0:  # the noncentral t has no digits there, and needs none
            return True
        return float(TTestPower().power(size, seeds, (1.0 - level) / 2.0, alternative="larger")) >= power

    total = student.fewest(enough, MOST)
    return max(total - len(values), 1) if enough(total) else None


def _checked(values: Any, policy: int, baseline: int, level: float) -> F64:
    table = outcome(values, baseline, least=2)
    check_row("policy", policy, len(table))
    check_between("level", level, 0.0, 1.0)
    return table


def _above_floor(ours: F64, base: F64, floor: float, relative: bool) -> F64:
    """How far each seed stands above the floor, shape (seeds,)."""
    if not math.isfinite(floor) or (relative and floor <= -1.0):
        raise wrong("margin_floor", floor, "a share above -1, such as -0.02" if relative else "a finite number")
    if not relative:
        return np.asarray(ours - base - floor)
    _positive(base, "margin_floor")
    return np.asarray((ours - base) - floor * base)  # in this order identical policies stand exactly on a floor of 0


def _positive(base: F64, where: str) -> float:
    mean = float(base.mean())
    if mean <= 0.0:
        raise wrong(
            f"{where}: mean of the baseline", f"{mean:g}", "a mean above 0 for a share of it; else an absolute one"
        )
    return mean
