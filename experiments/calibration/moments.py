"""What is fitted: figures of an order log that scale with its length, and how sure the log is of each.

Beside shares, gaps and ladders of the whole log it is cut after two thirds: orders of the last third by what came
before say how fast customers are lost and whether the silent return.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from experiments.calibration.facts import QUANTILES, kaplan_meier
from sim.orders.log import F64, I64

_COUNTS = (0, 1, 2, 3, 5, 10)  # least repeats of each class
_LADDER, _PARTS = 4, (12, 4, 2)  # order numbers, and horizons as parts of the span
_TIMES, _MONTHS = 8, 18
_BEFORE = (1, 2, 3, 4, 7)  # least orders before the cut, of each class
_SILENCE = (-1.0, 1.0, 2.0, 5.0, np.inf)
# By which a share, or a logarithm, may be off before it counts: no model is exact.
SHARE_SLACK, LOG_SLACK = 0.005, 0.02


@dataclass(frozen=True)
class Moments:
    """Figures of a log: values (nan where the log says nothing), and whether each is a logarithm; shape (q,)."""

    value: F64
    is_log: np.ndarray


@dataclass(frozen=True)
class Target:
    """What the log says: its moments, their covariance by resampling customers (q, q), and weights 1/sd (q,)."""

    value: F64
    covariance: F64
    weight: F64


def moments(customer: I64, day: I64, end: int) -> Moments:
    """The figures of a log (arrays as in `facts.facts`) of days 0..end."""
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    count = np.diff(np.r_[start, len(customer)])
    is_first = np.zeros(len(day), bool)
    is_first[start] = True
    repeats, last = count - 1, day[start + count - 1]
    shares = [float((repeats >= low).mean()) for low in _COUNTS[1:]]
    again, n = np.sort(day[~is_first]), len(start)
    times = np.linspace(0, end, _TIMES + 1)[1:]
    pace = np.log((np.searchsorted(again, times, side="right") + 0.5) / n)
    gaps = np.diff(day, prepend=0)[~is_first]
    many = repeats >= 2
    own = (last - day[start])[many] / repeats[many]
    after, quiet = _last_third(day, start, count, end)
    ladder = _ladder(day, start, count, end)
    monthly = _monthly(customer, day, start, end)
    shares_, logs = [*shares, *ladder, *monthly, *quiet], [*pace, *_log_quantiles(gaps), *_log_quantiles(own), *after]
    return Moments(np.array(shares_ + logs), np.r_[np.zeros(len(shares_), bool), np.ones(len(logs), bool)])


def target(customer: I64, day: I64, end: int, resamples: int = 60, seed: int = 0) -> Target:
    """Moments of a log with their sampling error."""
    chance = np.random.default_rng(seed)
    found = moments(customer, day, end)
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    count = np.diff(np.r_[start, len(customer)])
    drawn = []
    for _ in range(resamples):
        who = np.sort(chance.integers(0, len(start), len(start)))
        size = count[who]
        rows = np.repeat(start[who] - np.r_[0, np.cumsum(size)[:-1]], size) + np.arange(size.sum())
        drawn.append(moments(np.repeat(np.arange(len(who)), size), day[rows], end).value)
    sample = np.array(drawn)
    usable = np.isfinite(found.value) & np.isfinite(sample).all(axis=0)
    spread = np.where(usable, sample - sample.mean(axis=0), 0.0)
    covariance = spread.T @ spread / (resamples - 1)
    slack = np.where(found.is_log, LOG_SLACK, SHARE_SLACK)
    weight = np.where(usable, 1 / np.sqrt(np.diag(covariance) + slack**2), 0.0)
    return Target(np.where(usable, found.value, 0.0), covariance, weight)


def _log_quantiles(values: F64) -> F64:
    """Of days, half a day added so that gaps of one day do not weigh more than they say."""
    return np.log(np.quantile(values, QUANTILES) + 0.5) if len(values) else np.full(len(QUANTILES), np.nan)


def _ladder(day: I64, start: I64, count: I64, end: int) -> list[float]:
    """Share with another order within parts of the span, after the first orders."""
    shares: list[float] = []
    horizons = tuple(max(1, round((end + 1) / part)) for part in _PARTS)
    for number in range(1, _LADDER + 1):
        reached = count >= number
        at, more = start[reached] + number - 1, count[reached] > number
        wait = np.where(more, day[np.minimum(at + 1, len(day) - 1)], end) - day[at]
        shares += [1 - one for one in kaplan_meier(np.maximum(wait, 1e-6), more, horizons)]
    return shares


def _monthly(customer: I64, day: I64, start: I64, end: int) -> list[float]:
    """P(order in the next eighteenth of the span) by such parts of silence."""
    month = max(1, round((end + 1) / _MONTHS))
    width, classes = end + month + 2, 7
    place, whose = customer * width + day, customer[start] * width
    seen, bought = np.zeros(classes), np.zeros(classes)
    for now in range(3 * month, end - month + 1, month):
        past = np.searchsorted(place, whose + now, side="right")
        known = past > start
        silence = np.minimum((now - day[np.maximum(past - 1, 0)]) // month, classes - 1)[known]
        seen += np.bincount(silence, minlength=classes)
        buys = (np.searchsorted(place, whose + now + month, side="right") > past)[known]
        bought += np.bincount(silence, buys, minlength=classes)
    with np.errstate(invalid="ignore"):
        return list(bought / seen)


def _last_third(day: I64, start: I64, count: I64, end: int) -> tuple[list[float], list[float]]:
    """Ln mean orders of the last third by orders before it, and the share without return by silence in own gaps."""
    cut = (2 * end) // 3
    seen = np.add.reduceat((day <= cut).astype(np.int64), start)
    later = count - seen
    lows = [*_BEFORE, np.inf]
    after = []
    for low, high in itertools.pairwise(lows):
        who = (seen >= low) & (seen < high)
        after.append(float(np.log((later[who].sum() + 0.5) / who.sum())) if who.any() else float("nan"))
    latest = day[start + np.maximum(seen, 1) - 1]
    own = np.maximum((latest - day[start]) / np.maximum(seen - 1, 1), 1e-9)
    silence = np.where(seen >= 3, (cut - latest) / own, np.nan)
    quiet = []
    for low_, high_ in itertools.pairwise(_SILENCE):
        who = (silence > low_) & (silence <= high_)
        quiet.append(float((later[who] == 0).mean()) if who.any() else float("nan"))
    return after, quiet
