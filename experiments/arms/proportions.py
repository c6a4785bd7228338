"""Differences of shares."""

from experiments.arms.answer import Answer
from experiments.arms.sums import Sample

FEW = 5  # expected customers in a cell below which the normal approximation is doubtful


def newcombe(treatment: Sample, control: Sample, alpha: float) -> Answer:
    """Difference of two shares: Newcombe's hybrid score interval, and the z test with one pooled share.

    Args:
        treatment, control: Counts of the two arms (`ones` of `n`).
        alpha: 1 minus the level of the interval.
    Returns:
        Statistic: z. The interval also stands where all or none are 1; z does not. `rough` is there, and true, where
        z leans on a cell that is expected to hold fewer than five customers.
    Source:
        Newcombe (1998), Statistics in Medicine 17, method 10; by statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    if treatment.n == 0 or control.n == 0:
        return Answer("newcombe", reason="an arm has no values")
    ones, sizes = [treatment.ones, control.ones], [treatment.n, control.n]
    difference = ones[0] / sizes[0] - ones[1] / sizes[1]
    limits = confint_proportions_2indep(
        ones[0], sizes[0], ones[1], sizes[1], method="newcomb", compare="diff", alpha=alpha
    )
    low, high = map(float, limits)
    if sum(ones) in (0, sum(sizes)):
        return Answer("newcombe", difference, low, high, reason="the outcome is the same for all customers: no z test")
    z, p_value = map(float, proportions_ztest(ones, sizes))
    rough = {"rough": True} if is_doubtful(treatment, control) else {}
    return Answer("newcombe", difference, low, high, p_value, z, more=rough)


def is_doubtful(treatment: Sample, control: Sample) -> bool:
    """Whether a cell of the two by two table is expected to hold fewer than five customers."""
    n, ones = treatment.n + control.n, treatment.ones + control.ones
    return n > 0 and min(treatment.n, control.n) * min(ones, n - ones) / n < FEW
