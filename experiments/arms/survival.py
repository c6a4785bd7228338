"""Time to an event from counts per arm, time and event: log-rank test, and Cox's model with Efron's ties.

statsmodels has both by customer (`survdiff`, `PHReg`) but takes no counts; ours need the distinct times only, so that ten
million customers cost no more memory than their days. Tests hold them equal to statsmodels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.arms.answer import Answer
from experiments.arms.cells import too_many
from experiments.arms.proportions import FEW
from experiments.arms.read import Customers
from sim.errors import RegularsError

F64 = NDArray[np.float64]
CHUNK = 2**18  # events handled at a time
STEPS, CLOSE = 50, 1e-10  # most Newton steps; change of the coefficients at which they end
FARTHEST = 12.0  # coefficients beyond this run to infinity: times of the arms do not overlap


@dataclass(frozen=True)
class Counts:
    """At each time with an event, ascending: `at_risk` and `events` per arm, shape (times, arms); customers per arm."""

    at_risk: F64
    events: F64
    customers: tuple[int, ...]


@dataclass(frozen=True)
class Fit:
    """Log hazards per arm and their covariance, shape (arms,) and (arms, arms); NaN where there is no estimate."""

    log_hazard: F64
    covariance: F64


def read_counts(customers: Customers) -> tuple[Counts, list[str]]:
    """Counts of a file, and what is said of rows that cannot be used.

    Raises:
        RegularsError: The event column holds something else than 0 and 1 in more than a few rows.
    """
    assert customers.time is not None and customers.event is not None
    time, event = customers.v(customers.time), customers.v(customers.event)
    odd, usable = (
        f"isfinite({event}) AND {event} NOT IN (0, 1)",
        f"isfinite({time}) AND {time} >= 0 AND {event} IN (0, 1)",
    )
    total, used, negative, strange, example = customers.query(
        f"SELECT count(*), count(*) FILTER (WHERE {usable}), count(*) FILTER (WHERE {time} < 0), "
        f"count(*) FILTER (WHERE {odd}), min({event}) FILTER (WHERE {odd}) FROM known"
    )[0]
    said = [f"{negative} times below 0 were taken as missing"] if negative else []
    if strange:
        told = f"event: {strange} of {total} values of column '{customers.event}' are not 0 or 1, such as {example}"
        if too_many(int(str(strange)), int(str(total))):
            raise RegularsError(f"{told}; needed: 1 for an event at that time, 0 for none")
        said.append(f"{told}: taken as missing")
    if used != total:
        said.append(
            f"survival: {int(str(total)) - int(str(used))} of {total} customers lack time or event: left out of it"
        )
    rows = customers.connection.execute(
        f"SELECT {time} AS time, place, {event} AS event, count(*) AS n FROM known WHERE {usable} "
        "GROUP BY ALL ORDER BY time, place, event"
    ).fetchnumpy()
    time_of, place, event_of, n = (np.asarray(rows[name]) for name in ("time", "place", "event", "n"))
    return grouped(time_of, place, event_of, n, len(customers.arms)), said


def grouped(time: F64, place: NDArray[np.int64], event: F64, n: NDArray[np.int64], arms: int) -> Counts:
    """Counts from rows of time (>= 0), place of the arm (0 to arms-1), event (0 or 1) and number of customers (> 0)."""
    times, at = np.unique(np.asarray(time, dtype=np.float64), return_inverse=True)
    left, events = np.zeros((len(times), arms)), np.zeros((len(times), arms))
    np.add.at(left, (at, place), n)
    np.add.at(events, (at, place), np.asarray(n) * (np.asarray(event) == 1))
    at_risk = left[::-1].cumsum(axis=0)[::-1]
    busy = events.sum(axis=1) > 0
    return Counts(at_risk[busy], events[busy], tuple(int(size) for size in left.sum(axis=0)))


def logrank(counts: Counts, treatment: int, control: int) -> Answer:
    """Log-rank test of two arms; the statistic is chi-square with one degree of freedom.

    `observed` and `expected` are events of the treatment arm, `events` those of both. `rough` is there, and true, where
    fewer than five events are expected in an arm: chi-square is then far too sure (one customer who leaves early can
    make p as small as you like).

    Source:
        Mantel (1966); Peto & Peto (1972).
    """
    from scipy.stats import chi2

    if 0 in (counts.customers[treatment], counts.customers[control]):
        return Answer("logrank", reason="an arm has no customers with time and event")
    risk, events = counts.at_risk[:, [treatment, control]], counts.events[:, [treatment, control]]
    n, d = risk.sum(axis=1), events.sum(axis=1)
    risk, n, d, own = risk[d > 0], n[d > 0], d[d > 0], events[d > 0, 0]
    surplus = float((own - d * risk[:, 0] / n).sum())
    variance = float((d * (risk[:, 0] / n) * (risk[:, 1] / n) * (n - d) / np.maximum(n - 1, 1)).sum())
    expected, both = float(own.sum()) - surplus, float(d.sum())
    more = {"observed": float(own.sum()), "expected": expected, "events": both}
    if variance <= 0:
        return Answer("logrank", reason="no event while customers of both arms were at risk", more=more)
    statistic = surplus**2 / variance
    few = {"rough": True} if min(expected, both - expected) < FEW else {}
    reason = "the test has no difference of its own; its size is in cox"
    return Answer("logrank", None, None, None, float(chi2.sf(statistic, 1)), statistic, reason, more | {"df": 1} | few)


def fit_cox(counts: Counts, control: int) -> Fit:
    """Cox's model with an indicator for every arm but the control, ties by Efron.

    An arm without events, or whose times do not overlap with the others', has no finite estimate and is left out: in the
    limit it changes nothing for the rest.

    Source:
        Cox (1972); Efron (1977).
    """
    arms = len(counts.customers)
    log_hazard, covariance = np.full(arms, np.nan), np.full((arms, arms), np.nan)
    kept = [arm for arm in range(arms) if counts.events[:, arm].sum() > 0]
    while len(kept) > 1:
        kept.sort(key=lambda arm: arm != control)  # the first is the one that others are held against
        coefficients, information = _newton(counts.at_risk[:, kept], counts.events[:, kept])
        gone = np.abs(coefficients) > FARTHEST
        if not gone.any():
            log_hazard[kept] = [0.0, *coefficients]
            covariance[np.ix_(kept, kept)] = 0.0
            covariance[np.ix_(kept[1:], kept[1:])] = np.linalg.inv(information)
            break
        # if all the others run away together, it is the first that has no overlap with them
        kept = kept[1:] if gone.all() and len(gone) > 1 else [kept[0], *np.array(kept[1:])[~gone].tolist()]
    return Fit(log_hazard, covariance)


def cox(counts: Counts, fit: Fit, treatment: int, control: int, alpha: float) -> Answer:
    """Log hazard ratio of two arms in a fitted model; statistic = coefficient, interval and p by Wald."""
    from scipy.stats import norm

    if 0 in (counts.customers[treatment], counts.customers[control]):
        return Answer("cox", reason="an arm has no customers with time and event")
    if 0 in (counts.events[:, treatment].sum(), counts.events[:, control].sum()):
        return Answer("cox", reason="an arm has no events, so that the coefficient is not finite")
    coefficient = float(fit.log_hazard[treatment] - fit.log_hazard[control])
    cov = fit.covariance
    square = float(cov[treatment, treatment] + cov[control, control] - 2 * cov[treatment, control])
    if not np.isfinite(coefficient) or not square > 0:
        return Answer("cox", reason="the times of the arms do not overlap, so that the coefficient is not finite")
    error = float(np.sqrt(square))
    reach = float(norm.ppf(1 - alpha / 2)) * error
    low, high = coefficient - reach, coefficient + reach
    ratio, *limits = (float(x) for x in np.exp([coefficient, low, high]))
    more = {"se": error, "hazard_ratio": ratio, "hazard_ratio_low": limits[0], "hazard_ratio_high": limits[1]}
    p_value = 2 * float(norm.sf(abs(coefficient) / error))
    return Answer("cox", coefficient, low, high, p_value, coefficient, more=more)


def _newton(at_risk: F64, events: F64) -> tuple[F64, F64]:
    """Coefficients of every arm but the first, and their information matrix at the maximum."""
    coefficients = np.zeros(at_risk.shape[1] - 1)
    height, slope, information = _likelihood(coefficients, at_risk, events)
    for _ in range(STEPS):
        step = np.linalg.lstsq(information, slope, rcond=None)[0]
        while True:
            tried = coefficients + step
            higher, slope, information = _likelihood(tried, at_risk, events)
            if higher >= height - 1e-9 * abs(height) or np.abs(step).max() < CLOSE:
                break
            step = step / 2
        coefficients, height = tried, higher
        if np.abs(step).max() < CLOSE or np.abs(coefficients).max() > FARTHEST:
            break
    return coefficients, information


def _likelihood(coefficients: F64, at_risk: F64, events: F64) -> tuple[float, F64, F64]:
    """Efron's log partial likelihood, its slope and its information (minus the second derivative)."""
    hazard = np.exp(np.concatenate([[0.0], coefficients]))
    slope = events.sum(axis=0)
    height = float(slope[1:] @ coefficients)
    information = np.zeros((len(hazard), len(hazard)))
    deaths = events.sum(axis=1).astype(np.int64)
    bounds = np.searchsorted(np.cumsum(deaths), np.arange(0, deaths.sum(), CHUNK), side="right")
    for start, end in zip(bounds, [*bounds[1:], len(deaths)], strict=True):
        d = deaths[start:end]
        row = np.repeat(np.arange(start, end), d)
        order = np.arange(len(row)) - np.repeat(np.cumsum(d) - d, d)  # 0, 1, ... within the events of one time
        weight = (at_risk[row] - (order / deaths[row])[:, None] * events[row]) * hazard
        total = weight.sum(axis=1)
        share = weight / total[:, None]
        height -= float(np.log(total).sum())
        slope = slope - share.sum(axis=0)
        information += np.diag(share.sum(axis=0)) - share.T @ share
    return height, slope[1:], information[1:, 1:]
