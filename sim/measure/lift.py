"""The lift split: a difference in contribution, told as people, attrition, frequency, recall, choice and value.

Within fixed groups (customers of day 0, light, medium or heavy by their history; newcomers), the contribution of the
order rows is a product of six factors, and their Shapley values are exact, of any sign, and add up to the difference.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, lcm, prod

from sim.measure.fen import largest_remainder
from sim.measure.records import SEGMENTS, Run, opened

SUMS = ("people", "alive_seconds", "needs", "visits", "orders", "contribution_fen")  # each over the one before
FACTORS = ("people", "attrition", "frequency", "recall", "choice", "value")

# Alive in whole seconds, so that the order of rows cannot change a sum. Newcomers are alive from their first order.
_GROUPS = """
WITH life AS (
    SELECT segment, needs_alive, considered,
        CASE WHEN segment = 0 THEN first_order ELSE 0 END AS since,
        least(left_at, category_end, moved_at, $days) AS until
    FROM shoppers),
people AS (
    SELECT segment, count(*) AS people, sum(needs_alive) AS needs, sum(considered) AS visits,
        sum(CAST(round(greatest(until - since, 0) * 86400) AS BIGINT)) AS alive_seconds
    FROM life GROUP BY segment),
bought AS (
    SELECT segment, count(*) AS orders, sum(contribution_fen) AS contribution_fen FROM bought GROUP BY segment)
SELECT * FROM people LEFT JOIN bought USING (segment)
"""


def groups(folder: Run) -> dict[str, dict[str, int]]:
    """The sums whose ratios are the factors, by group; each ratio of neighbours in `SUMS` is one factor.

    people: customers of day 0 in the group, or newcomers won. alive_seconds: of the run (newcomers: since their first
    order) before they turned away, left the category or moved. needs: met while alive. visits: those for which the
    customer came to the counter. A newcomer's visit as a prospect, which ended in the first order, counts as one need
    and one visit, so that no order lacks its visit. orders, contribution_fen: of the order rows, before shop costs.
    """
    found = {name: dict.fromkeys(SUMS, 0) for name in SEGMENTS}
    with opened(folder) as run:
        run.bought()
        for row in run.rows(_GROUPS, days=run.days):
            sums = {name: int(row[name] or 0) for name in SUMS}
            if row["segment"] == 0:
                sums["needs"] += sums["people"]
                sums["visits"] += sums["people"]
            found[SEGMENTS[row["segment"]]] = sums
    return found


def split(before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Contribution of the order rows of `after` less that of `before`, fen, by group and factor.

    Args:
        before, after: As `groups` gives them, with the same groups.
    Raises:
        ValueError: The groups differ, or a sum is not 0 although one before it is.
    Rule for 0 over 0: such a factor is taken to be as in the other run, so that it explains nothing; in both, it is 0.
        The product stays exact, since an earlier factor is 0.
    Source:
        Shapley (1953), A value for n-person games; for factors of a product, Shorrocks (2013).
    """
    if set(before) != set(after):
        raise ValueError(f"groups differ: {sorted(before)} and {sorted(after)}")
    parts: dict[str, dict[str, int]] = {}
    for name in before:
        values = shapley(*_factors(before[name], after[name]))
        total = after[name]["contribution_fen"] - before[name]["contribution_fen"]
        parts[name] = largest_remainder(dict(zip(FACTORS, values, strict=True)), total)
    return parts


def shapley(before: Sequence[Fraction], after: Sequence[Fraction]) -> list[Fraction]:
    """Each factor's share in the change of a product: its mean effect over all orders in which factors may change."""
    n = len(before)
    old = [one.numerator * other.denominator for one, other in zip(before, after, strict=True)]  # whole numbers over
    new = [other.numerator * one.denominator for one, other in zip(before, after, strict=True)]  # one denominator each
    whole = lcm(*(comb(n - 1, size) for size in range(n)))
    under = n * whole * prod(one.denominator * other.denominator for one, other in zip(before, after, strict=True))
    shares = []
    for i in range(n):
        sums = [1]  # of the products of the others, by how many of them have changed
        for k in (k for k in range(n) if k != i):
            sums = [old[k] * same + new[k] * changed for same, changed in zip([*sums, 0], [0, *sums], strict=True)]
        weighed = sum(of * (whole // comb(n - 1, size)) for size, of in enumerate(sums))
        shares.append(Fraction(weighed * (new[i] - old[i]), under))
    return shares


def _factors(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[list[Fraction], list[Fraction]]:
    """Both runs' factors of one group, with the rule for 0 over 0."""
    one, other = _ratios(before), _ratios(after)
    pairs = [(a if a is not None else b, b if b is not None else a) for a, b in zip(one, other, strict=True)]
    return [a or Fraction(0) for a, _ in pairs], [b or Fraction(0) for _, b in pairs]


def _ratios(sums: Mapping[str, int]) -> list[Fraction | None]:
    """Each sum over the one before it; None for 0 over 0."""
    found: list[Fraction | None] = [Fraction(sums["people"])]
    for under, over in pairwise(SUMS):
        if not sums[under] and sums[over]:
            raise ValueError(f"{over} is {sums[over]}, but {under} is 0")
        found.append(Fraction(sums[over], sums[under]) if sums[under] else None)
    return found
