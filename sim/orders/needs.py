"""Needs in the silence: when the last one was and when the next will be, given that none became an order."""

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv

from sim.draws import uniforms
from sim.orders.log import F64, I64

STEP, NEXT = (
    98,
    99,
)  # purposes of `sim.draws`; STEP at need ordinal trial * _STEPS + step
_STEPS, _TRIALS = 1_000, 60
_MEMORY = 12.0  # mean gaps after which a renewal process has forgotten where it began


def last_need(seed: int, key: I64, silence: F64, cycle: F64, shape: float, stop: F64) -> F64:
    """Days before the start of each shopper's last need, given that no need in the silence stopped it; shape (n,).

    Args:
        seed, key: Of the draws.
        silence: Days since the last own order (itself a need), > 0.
        cycle: Mean gap between needs, days.
        shape: Regularity of the gaps.
        stop: Chance of each need to end the silence (by an order or by leaving), in [0, 1]; 0: it never ends (away).
    Returns:
        Days in [0, silence]; equal to it where no need has come since.

    Given that needs do not stop, gaps are gamma of the same shape at a slower pace (exponential tilting) but for the
    open one at the end; the draw is corrected for that by rejection, so it is exact.
    """
    pace = shape / cycle
    calm = (1.0 - stop) ** (1.0 / shape)
    age = silence.copy()
    open_rows = np.flatnonzero(calm > 1e-9)
    for trial in range(_TRIALS):
        if len(open_rows) == 0:
            break
        at = open_rows
        tried, accept = _path(seed, key[at], silence[at], shape, (pace * calm)[at], trial)
        age[at] = tried
        open_rows = at[accept >= _fit_of_end(tried, shape, pace[at], calm[at])]
    return age


def _path(seed: int, key: I64, silence: F64, shape: float, pace: F64, trial: int) -> tuple[F64, F64]:
    """Needs at gamma gaps of `pace` (shape per mean gap) until now: days since the last one, and a uniform to judge it.

    A long silence is entered 12 mean gaps before its end, with the gap of a process long under way.
    """
    begin = np.maximum(silence - _MEMORY * shape / pace, 0.0)
    u, accept = uniforms(seed, key, trial * _STEPS, STEP).T
    v = uniforms(seed, key, trial * _STEPS + 1, STEP)[:, 0]
    gap = np.where(begin > 0.0, v * gammaincinv(shape + 1.0, u), gammaincinv(shape, u)) / pace
    need = begin.copy()
    rows, step = np.flatnonzero(begin + gap < silence), 2
    need[rows] += gap[rows]
    while len(rows) and step < _STEPS:
        u = uniforms(seed, key[rows], trial * _STEPS + step, STEP)[:, 0]
        after = need[rows] + gammaincinv(shape, u) / pace[rows]
        come = after < silence[rows]
        rows, step = rows[come], step + 1
        need[rows] = after[come]
    return silence - need, accept


def _fit_of_end(age: F64, shape: float, pace: F64, calm: F64) -> F64:
    """Chance in [0, 1] to accept a path that ends in an open gap of `age`: true over tilted survival, over its bound."""
    true, tilted = gammaincc(shape, pace * age), gammaincc(shape, pace * calm * age)
    limit = calm ** (1.0 - shape)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = np.exp(np.minimum(pace * (1.0 - calm) * age, 700.0)) * true / tilted
    ratio = np.where(true > 1e-200, ratio, limit)
    return np.asarray(np.clip(ratio / np.maximum(limit, 1.0), 0.0, 1.0))


def residual(seed: int, key: I64, age: F64, cycle: F64, shape: float) -> F64:
    """Days to the next need, the open gap having lasted `age` days already; > 0, shape (n,)."""
    pace = shape / cycle
    u = uniforms(seed, key, 0, NEXT)[:, 0]
    beyond = gammaincc(shape, pace * age)
    with np.errstate(over="ignore", invalid="ignore"):
        wait = gammainccinv(shape, u * beyond) / pace - age
    wait = np.where((beyond > 1e-250) & np.isfinite(wait), wait, -np.log(u) / pace)
    return np.asarray(np.maximum(wait, 1e-6))
