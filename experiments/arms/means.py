"""Differences of means from sums: Welch, CUPED before Welch, Tukey-Kramer."""

from collections.abc import Sequence
from math import sqrt

from experiments.arms.answer import Answer
from experiments.arms.sums import Paired, Sample

NOTHING_LEFT = 1e-12  # share of the variance below which the covariate has explained all


def welch(treatment: Sample, control: Sample, alpha: float, method: str = "welch") -> Answer:
    """Difference of two means, variances not taken as equal.

    Args:
        treatment, control: Sums of the two arms.
        alpha: 1 minus the level of the interval, in (0, 1).
        method: Name under which it is reported.
    Source:
        Welch (1947), with the degrees of freedom of Satterthwaite (1946).
    """
    from scipy.stats import t

    if treatment.mean is None or control.mean is None:
        return Answer(method, reason="an arm has no values")
    difference = treatment.mean - control.mean
    if treatment.var is None or control.var is None:
        return Answer(method, difference, reason="an arm has one value only, so that its variance is not known")
    parts = treatment.var / treatment.n, control.var / control.n
    error = sqrt(sum(parts))
    if error == 0:
        return Answer(method, difference, reason="the values of both arms are constant")
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (treatment.n - 1) + parts[1] ** 2 / (control.n - 1))
    statistic, reach = difference / error, float(t.ppf(1 - alpha / 2, freedom)) * error
    p_value = 2 * float(t.sf(abs(statistic), freedom))
    more = {"df": freedom, "se": error}
    return Answer(method, difference, difference - reach, difference + reach, p_value, statistic, more=more)


def cuped(treatment: Paired | None, control: Paired | None, alpha: float) -> Answer:
    """Welch after taking off what a covariate from before the test explains.

    One theta = cov(y, x) / var(x) over the customers of both arms together; y - theta (x - mean x) is compared.

    Args:
        treatment, control: Joint sums over customers of whom outcome and covariate are known; None below two.
        alpha: As for `welch`.
    Source:
        Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled experiments, WSDM.
    """
    if treatment is None or control is None:
        return Answer("cuped", reason="an arm has fewer than two customers with outcome and covariate")
    both = pooled(treatment, control)
    if both.xx == 0:
        return Answer("cuped", reason="the covariate is constant in both arms")
    theta = both.xy / both.xx
    arms = [_adjusted(arm, theta, both.x) for arm in (treatment, control)]
    answer = welch(arms[0], arms[1], alpha, "cuped")
    reduction = both.xy**2 / (both.xx * both.yy) if both.yy else None
    more = {"theta": theta, "variance_reduction": reduction, "n": [treatment.n, control.n]}
    reason = answer.reason and "nothing varies in either arm once the covariate is taken off"
    return Answer(
        "cuped",
        answer.difference,
        answer.low,
        answer.high,
        answer.p_value,
        answer.statistic,
        reason,
        answer.more | more,
    )


def pooled(a: Paired, b: Paired) -> Paired:
    """Sums over the customers of two arms together (Chan, Golub & LeVeque 1983)."""
    n, dy, dx = a.n + b.n, b.y - a.y, b.x - a.x
    between = a.n * b.n / n

    def joined(within_a: float, within_b: float, square: float) -> float:
        return ((a.n - 1) * within_a + (b.n - 1) * within_b + between * square) / (n - 1)

    return Paired(
        n,
        a.y + dy * b.n / n,
        a.x + dx * b.n / n,
        joined(a.yy, b.yy, dy * dy),
        joined(a.xx, b.xx, dx * dx),
        joined(a.xy, b.xy, dy * dx),
    )


def tukey(samples: Sequence[Sample], pairs: Sequence[tuple[int, int]], alpha: float) -> list[Answer]:
    """All pairs of arms at once, one variance for all.

    Args:
        samples: Sums of every arm; arms with fewer than two values are left out.
        pairs: Places of (treatment, control).
        alpha: 1 minus the level that all intervals hold together.
    Source:
        Tukey (1949) and Kramer (1956); the studentized range is that of SciPy.
    """
    from scipy.stats import studentized_range

    usable = {
        place: (s.n, s.mean, s.var) for place, s in enumerate(samples) if s.mean is not None and s.var is not None
    }
    freedom = sum(n - 1 for n, _, _ in usable.values())
    within = sum((n - 1) * var for n, _, var in usable.values()) / freedom if freedom else 0.0
    if within == 0:
        return [Answer("tukey", reason="nothing varies within the arms") for _ in pairs]
    arms, answers = len(usable), []
    quantile = float(studentized_range.ppf(1 - alpha, arms, freedom)) if arms > 1 else 0.0
    for treatment, control in pairs:
        if treatment not in usable or control not in usable:
            answers.append(Answer("tukey", reason="an arm has fewer than two values"))
            continue
        (n1, mean1, _), (n0, mean0, _) = usable[treatment], usable[control]
        difference, error = mean1 - mean0, sqrt(within / 2 * (1 / n1 + 1 / n0))
        statistic = abs(difference) / error
        p_value = min(1.0, max(0.0, float(studentized_range.sf(statistic, arms, freedom))))
        low, high = difference - quantile * error, difference + quantile * error
        more = {"df": freedom, "arms": arms}
        answers.append(Answer("tukey", difference, low, high, p_value, statistic, more=more))
    return answers


def _adjusted(arm: Paired, theta: float, middle: float) -> Sample:
    var = arm.yy + theta**2 * arm.xx - 2 * theta * arm.xy
    return Sample(arm.n, arm.y - theta * (arm.x - middle), var if var > NOTHING_LEFT * arm.yy else 0.0)
