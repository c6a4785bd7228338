"""The clock of a log's customers: when they order again and when they are gone, fitted by maximum likelihood.

The gaps of one customer are gamma of shape k and mean 1/rate; rates are gamma(r, alpha) over customers; after an order
the customer leaves with probability p, beta(a, b) over customers. Mixing over rate and p has a closed form for every k:
the chance that a pending gap outlasts the silence is a beta probability, because a gamma gap over a gamma rate is one.

Source:
    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), for k = 1 without exit
    at the first order (BG/NBD); Batislam, Denizel & Filiztekin (2007) with it (MBG/NBD); Platzer & Reutterer (2016),
    Ticking Away the Moments, Marketing Science 35(5), for whole k.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import betainc, betaln, expit, gammaln, logit

from sim.orders.log import F64, Histories


@dataclass(frozen=True)
class Clock:
    """Parameters of a population's order process.

    Attributes:
        r, alpha: Shape (no unit) and rate (days) of the gamma mix of order rates.
        a, b: Of the beta mix of the probability to leave after an order.
        shape: k, regularity of a customer's gaps; 1 is Poisson, below 1 burstier, above more regular.
        exit_after_first: Whether the first order, too, may be the last.
    """

    r: float
    alpha: float
    a: float
    b: float
    shape: float = 1.0
    exit_after_first: bool = True


@dataclass(frozen=True)
class Posterior:
    """What is known of each customer after the log, shape (n,): given the exit, rate and p are independent.

    Attributes:
        shape, rate: Of the gamma law of the customer's order rate, before the silence is heard.
        tail: z such that the pending gap outlasts the silence with probability I_z(shape, k).
        outlast: That probability.
        checks: Times the customer could have left so far, if another order comes.
        stay, leave: ln weight of "another order is pending" (without `outlast`) and of "left".
    """

    shape: F64
    rate: F64
    tail: F64
    outlast: F64
    checks: F64
    stay: F64
    leave: F64

    @property
    def pending(self) -> F64:
        """Probability that another order will come."""
        with np.errstate(divide="ignore"):
            return np.asarray(expit(self.stay + np.log(self.outlast) - self.leave))


# Where a log says little: MBG/NBD as published for CDNOW (validation/btyd_reference.json), 7 days to a week.
PRIOR = Clock(r=0.5248, alpha=43.28, a=0.8914, b=1.614)
# In ln shape, ln r, ln mean rate, logit of mean p, ln(a + b): spread of the prior and bounds of the search.
_PRIOR_SD = np.array([0.5, 2.0, 3.0, 2.0, 2.0])
_LOW = np.array([np.log(0.3), np.log(0.02), np.log(1e-6), logit(1e-4), np.log(0.05)])
_HIGH = np.array([np.log(8.0), np.log(100.0), np.log(2.0), logit(0.99), np.log(500.0)])
_START_CUSTOMERS, _MOST_CUSTOMERS = 2_000, 40_000
_MARGIN = 2.0  # ln likelihood by which "no exit at the first order" must win: shoppers of the world may leave then


def posterior(clock: Clock, seen: Histories) -> Posterior:
    """Posterior of each customer's rate, exit probability and state; arrays of shape (n,)."""
    shape = clock.r + clock.shape * seen.repeats
    rate = clock.alpha + clock.shape * seen.recency
    tail = rate / (rate + clock.shape * seen.silence)
    checks = seen.repeats + 1.0 if clock.exit_after_first else seen.repeats
    none = betaln(clock.a, clock.b)
    left = betaln(clock.a + 1.0, clock.b + np.maximum(checks, 1.0) - 1.0) - none
    return Posterior(
        shape=shape,
        rate=rate,
        tail=tail,
        outlast=betainc(shape, clock.shape, tail),
        checks=checks,
        stay=betaln(clock.a, clock.b + checks) - none,
        leave=np.where(checks > 0, left, -np.inf),
    )


def log_likelihood(clock: Clock, seen: Histories) -> F64:
    """Each customer's ln likelihood given the first order, time in days; shape (n,)."""
    after = posterior(clock, seen)
    k, x = clock.shape, seen.repeats
    orders = k * x * np.log(k) - x * gammaln(k) + (k - 1.0) * seen.log_gaps
    mixed = gammaln(after.shape) - gammaln(clock.r) + clock.r * np.log(clock.alpha) - after.shape * np.log(after.rate)
    with np.errstate(divide="ignore"):
        end = np.logaddexp(after.leave, after.stay + np.log(after.outlast))
    return np.asarray(orders + mixed + end)


def fit_clock(
    seen: Histories,
    shape: float | None = None,
    exit_after_first: bool | None = None,
    prior_weight: float = 1.0,
) -> tuple[Clock, float, list[str]]:
    """Most likely clock of a log.

    Args:
        seen: The customers' histories.
        shape: Regularity to keep, in [0.3, 8], or None to fit it.
        exit_after_first: To keep, or None to choose by likelihood (True unless False wins by 2).
        prior_weight: Of a wide prior around `PRIOR` that keeps small logs from running away; 0 for pure likelihood.
    Returns:
        The clock, its ln likelihood (all customers, without prior) and remarks.
    """
    said: list[str] = []
    kept = exit_after_first is None or exit_after_first
    if not np.any(seen.repeats > 0):
        clock = replace(PRIOR, shape=shape or 1.0, exit_after_first=kept)
        said.append(
            "no customer ordered twice: rates and loss cannot be known from this log; CDNOW's are taken instead"
        )
        return clock, float(log_likelihood(clock, seen).sum()), said
    used, count = _thinned(seen, said)
    variants = (True, False) if exit_after_first is None else (exit_after_first,)
    fits = [_most_likely(used, count, shape, variant, prior_weight) for variant in variants]
    values = [float((log_likelihood(clock, used) * count).sum()) for clock in fits]
    best = 1 if len(fits) == 2 and values[1] > values[0] + _MARGIN else 0
    if len(fits) == 2:
        said.append(
            f"exit at the first order: {'yes' if best == 0 else 'no'} (ln likelihood {values[0]:.1f} with, {values[1]:.1f} without)"
        )
    clock = fits[best]
    if shape is None and not 0.305 < clock.shape < 7.9:
        said.append(f"regularity {clock.shape:.3g} lies at the edge of what is searched (0.3 to 8)")
    return clock, float(log_likelihood(clock, seen).sum()), said


def _thinned(seen: Histories, said: list[str]) -> tuple[Histories, F64]:
    """At most 40,000 customers, evenly taken, and equal histories counted once."""
    n = len(seen.repeats)
    step = -(-n // _MOST_CUSTOMERS)
    if step > 1:
        said.append(f"clock fitted on every {step}th customer")
    rows = np.column_stack([seen.repeats, seen.recency, seen.age, seen.log_gaps])[::step]
    alike, count = np.unique(rows, axis=0, return_counts=True)
    repeats, recency, age, log_gaps = alike.T
    return Histories(repeats, recency, age, log_gaps), count.astype(np.float64)


def _most_likely(
    seen: Histories,
    count: F64,
    shape: float | None,
    exit_after_first: bool,
    weight: float,
) -> Clock:
    """Climbs on a few customers first, then on all."""
    free = slice(0, 5) if shape is None else slice(1, 5)
    center = _to_point(PRIOR)
    point = center.copy()
    if shape is not None:
        point[0] = np.log(shape)
    step = max(1, len(count) // _START_CUSTOMERS)
    few = Histories(
        seen.repeats[::step],
        seen.recency[::step],
        seen.age[::step],
        seen.log_gaps[::step],
    )
    few_count = count[::step]
    point[2] = np.clip(
        np.log((seen.repeats @ count + 0.5) / (seen.age @ count + 1.0)),
        _LOW[2],
        _HIGH[2],
    )
    for part, times in ((few, few_count), (seen, count)):

        def minus(values: F64, part: Histories = part, times: F64 = times) -> float:
            at = point.copy()
            at[free] = values
            apart = ((at - center) / _PRIOR_SD)[free]
            fit = float(log_likelihood(_to_clock(at, exit_after_first), part) @ times)
            return (0.5 * weight * float(apart @ apart) - fit) / float(times.sum())

        bounds = list(zip(_LOW[free], _HIGH[free], strict=True))
        found = minimize(
            minus,
            point[free],
            method="L-BFGS-B",
            jac="3-point",
            bounds=bounds,
            options={"ftol": 1e-13, "gtol": 1e-8},
        )
        point[free] = found.x
    return _to_clock(point, exit_after_first)


def _to_point(clock: Clock) -> F64:
    """A clock as the numbers that are searched."""
    mean_p = clock.a / (clock.a + clock.b)
    rest = [clock.r, clock.r / clock.alpha]
    return np.array([np.log(clock.shape), *np.log(rest), logit(mean_p), np.log(clock.a + clock.b)])


def _to_clock(point: F64, exit_after_first: bool) -> Clock:
    """Inverse of `_to_point`."""
    shape, r, mean_rate, size = np.exp(point[[0, 1, 2, 4]])
    mean_p = float(expit(point[3]))
    return Clock(
        r=float(r),
        alpha=float(r / mean_rate),
        a=float(size) * mean_p,
        b=float(size) * (1.0 - mean_p),
        shape=float(shape),
        exit_after_first=exit_after_first,
    )
