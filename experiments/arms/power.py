"""Power that a test reached, and the customers it would have needed; the formulas are those of statsmodels.

A power at the observed difference says no more than the p-value (Hoenig & Heisey 2001); it is given because it is asked
for, beside the difference that the test could have found. `effect` puts a difference worth finding in its place.
"""

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

from experiments.arms.answer import Answer
from experiments.arms.sums import Sample

SMALL = 0.003  # standardised differences below this need so many customers that t and normal agree
Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Two-sided error rate and power of a test, both in (0, 1)."""

    alpha: float
    power: float


def size_needed(effect: float, wanted: Wanted, ratio: float = 1.0, by: str = "t") -> float | None:
    """Customers in the control arm that find a standardised difference; None if it is 0.

    Args:
        effect: Difference in standard deviations, or Cohen's h for shares.
        wanted: Error rate and power.
        ratio: Customers in the treatment arm for each in the control arm, > 0.
        by: "t" for means, "normal" for shares.
    """
    from statsmodels.stats.power import NormalIndPower, TTestIndPower, normal_sample_size_one_tail

    if effect == 0:
        return None
    if abs(effect) < SMALL:
        spread = sqrt(1 + 1 / ratio)
        return float(normal_sample_size_one_tail(abs(effect), wanted.power, wanted.alpha / 2, spread, spread))
    solver = TTestIndPower() if by == "t" else NormalIndPower()
    found = _quiet(lambda: solver.solve_power(abs(effect), alpha=wanted.alpha, power=wanted.power, ratio=ratio))
    return found if found is not None and found >= 2 else 2.0


def effect_found(control: int, wanted: Wanted, ratio: float = 1.0) -> float | None:
    """Least standardised difference of means that a test of this size finds; None for fewer than two per arm."""
    from statsmodels.stats.power import TTestIndPower

    if min(control, control * ratio) < 2:
        return None
    return _quiet(
        lambda: TTestIndPower().solve_power(nobs1=control, alpha=wanted.alpha, power=wanted.power, ratio=ratio)
    )


def reached_by_means(answer: Answer, treatment: Sample, control: Sample, wanted: Wanted, effect: float | None) -> Row:
    """Power of a Welch test, in units of its own standard error, and the sizes that would have been needed."""
    from statsmodels.stats.power import TTestIndPower

    error = answer.more.get("se")
    if error is None:
        return _nothing(answer.reason)
    ratio = treatment.n / control.n
    sd = error / sqrt(1 / treatment.n + 1 / control.n)  # the one spread that gives this error
    difference = answer.difference if effect is None else effect
    assert difference is not None
    size = abs(difference) / sd
    power = float(TTestIndPower().power(size, control.n, wanted.alpha, ratio=ratio)) if size < 5 else 1.0
    least = effect_found(control.n, wanted, ratio)
    needed = size_needed(size, wanted, ratio)
    return _row(difference, effect, power, None if least is None else least * sd, needed, ratio)


def reached_by_shares(treatment: Sample, control: Sample, wanted: Wanted, effect: float | None) -> Row:
    """The same for two shares, through the arcsine scale (Cohen's h)."""
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    if min(treatment.n, control.n) < 2:
        return _nothing("an arm has fewer than two values")
    share, ratio = control.ones / control.n, treatment.n / control.n
    other = treatment.ones / treatment.n if effect is None else share + effect
    if not 0 <= other <= 1:
        return _nothing(f"a share of {share:.4g} cannot change by {effect:g}")
    size = abs(float(proportion_effectsize(other, share)))
    power = float(NormalIndPower().power(size, control.n, wanted.alpha, ratio=ratio))
    least = _quiet(
        lambda: NormalIndPower().solve_power(nobs1=control.n, alpha=wanted.alpha, power=wanted.power, ratio=ratio)
    )
    found = None if least is None else _moved(share, least) - share
    needed = size_needed(size, wanted, ratio, "normal")
    return _row(other - share, effect, power, found if found else None, needed, ratio)


def planned_mean(control: Sample, customers: int, wanted: Wanted) -> Row:
    """Difference of means that a next test with so many customers per arm would find, in units and in control sd."""
    least = effect_found(customers, wanted)
    if least is None or not control.var:
        return {"detectable": None, "detectable_sd": least, "reason": "the control arm does not vary"}
    return {"detectable": least * sqrt(control.var), "detectable_sd": least}


def planned_share(control: Sample, change: float, wanted: Wanted) -> Row:
    """Customers per arm that find a change of the control arm's share; downwards if there is no room above."""
    from statsmodels.stats.proportion import proportion_effectsize

    if control.n == 0:
        return {"n_per_arm": None, "reason": "the control arm has no values"}
    share = control.ones / control.n
    other = share + change if share + change <= 1 else share - change
    size = float(proportion_effectsize(other, share))
    return {"from": share, "to": other, "n_per_arm": size_needed(size, wanted, by="normal")}


def _row(
    difference: float, effect: float | None, power: float, least: float | None, needed: float | None, ratio: float
) -> Row:
    row: Row = {
        "difference": difference,
        "difference_from": "observed" if effect is None else "effect",
        "power": power if isfinite(power) else None,
        "detectable": least,
        "needed_control": needed,
        "needed_treatment": None if needed is None else needed * ratio,
    }
    if needed is None:
        row["reason"] = "no size finds a difference of 0"
    elif least is None:
        row["reason"] = "no difference that is possible would be found"
    return row


def _nothing(reason: str | None) -> Row:
    names = ("difference", "power", "detectable", "needed_control", "needed_treatment")
    return dict.fromkeys(names) | {"reason": reason}


def _moved(share: float, size: float) -> float:
    """The share that lies Cohen's h above another; where there is no room, below it."""
    from math import asin, pi, sin

    angle = 2 * asin(sqrt(share))
    target = angle + size if angle + size <= pi else angle - size
    return sin(target / 2) ** 2 if 0 <= target <= pi else share


def _quiet(solve: Any) -> float | None:
    """The answer of a solver as a number, or None if it found none."""
    import warnings

    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = float(np.ravel(solve())[0])
        except (ValueError, RuntimeError):
            return None
    return found if isfinite(found) else None
