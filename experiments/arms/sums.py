"""What the statistics need of each arm: counts, means, variances and covariances, summed by DuckDB in one scan."""

from dataclasses import dataclass

from experiments.arms.read import Customers


@dataclass(frozen=True)
class Sample:
    """Values of one arm: their number, mean, variance (divisor n-1; None below two values) and how many are 1."""

    n: int
    mean: float | None
    var: float | None
    ones: int = 0


@dataclass(frozen=True)
class Paired:
    """Customers of one arm of whom both outcome y and covariate x are known: means, variances and covariance (n-1)."""

    n: int
    y: float
    x: float
    yy: float
    xx: float
    xy: float


@dataclass(frozen=True)
class Column:
    """An outcome or covariate: a `Sample` per arm, and whether its values are all 0 or 1, or all the same."""

    samples: tuple[Sample, ...]
    is_share: bool
    is_constant: bool


def arm_sizes(customers: Customers) -> tuple[int, ...]:
    """Customers per arm, whatever is known of them."""
    found = customers.query("SELECT count(*) FROM known GROUP BY place ORDER BY place")  # no arm is without customers
    return tuple(int(str(count)) for (count,) in found)


def columns(customers: Customers) -> dict[str, Column]:
    """Sums of every column that is used, by its name in the file."""
    parts = []
    for at in range(len(customers.columns)):
        v, known = f"v{at}", f"FILTER (WHERE isfinite(v{at}))"
        parts += [f"count({v}) {known}", f"favg({v}) {known}", f"var_samp({v}) {known}", f"min({v}) {known}"]
        parts += [f"max({v}) {known}", f"count(*) FILTER (WHERE {v} = 1)", f"count(*) FILTER (WHERE {v} = 0)"]
    found = customers.query(f"SELECT place, {', '.join(parts)} FROM known GROUP BY place ORDER BY place")
    rows = {int(str(row[0])): row[1:] for row in found}
    return {
        name: _column([rows[place][7 * at : 7 * at + 7] for place in range(len(customers.arms))])
        for at, name in enumerate(customers.columns)
    }


def pairs(customers: Customers, outcome: str, covariate: str) -> tuple[Paired | None, ...]:
    """Joint sums of an outcome and a covariate per arm; None where fewer than two customers have both."""
    y, x = customers.v(outcome), customers.v(covariate)
    found = customers.query(
        f"SELECT place, count(*), favg({y}), favg({x}), var_samp({y}), var_samp({x}), covar_samp({y}, {x}) FROM known "
        f"WHERE isfinite({y}) AND isfinite({x}) GROUP BY place"
    )
    enough = {int(str(place)): Paired(int(str(n)), *map(_number, rest)) for place, n, *rest in found if int(str(n)) > 1}
    return tuple(enough.get(place) for place in range(len(customers.arms)))


def _column(rows: list[tuple[object, ...]]) -> Column:
    samples, lows, highs, binary = [], [], [], 0
    for count, mean, var, low, high, ones, zeros in rows:
        n = int(str(count))
        binary += int(str(ones)) + int(str(zeros))
        if n:
            lows.append(_number(low))
            highs.append(_number(high))
        same = low == high  # then sums may miss the value by their last bit
        middle = None if n == 0 else _number(low) if same else _number(mean)
        spread = None if n < 2 else 0.0 if same else _number(var)
        samples.append(Sample(n, middle, spread, int(str(ones))))
    total = sum(sample.n for sample in samples)
    return Column(tuple(samples), 0 < total == binary, bool(lows) and min(lows) == max(highs))


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0.0
