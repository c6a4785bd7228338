"""Fits a population to an order log: rate and spread, regularity, loss, order value between and within customers."""

from dataclasses import dataclass

from sim.orders.clock import Clock, fit_clock
from sim.orders.log import Histories, OrderLog, histories
from sim.orders.values import Values, fit_values


@dataclass(frozen=True)
class Fit:
    """A population as its order log shows it.

    Attributes:
        clock: When customers order and when they are gone; days.
        values: What an order is worth; ln yuan.
        customers, orders: In the log (a customer's orders of one day count once).
        log_likelihood: Of the clock given each customer's first order, time in days.
        identified: Whether anyone ordered twice; if not, the clock is the stated prior.
        said: Remarks for the reader, one line each.
    """

    clock: Clock
    values: Values
    customers: int
    orders: int
    log_likelihood: float
    identified: bool
    said: tuple[str, ...]

    @property
    def mean_rate(self) -> float:
        """Orders per day of a customer who has not left, mean over customers."""
        return self.clock.r / self.clock.alpha


def fit(
    log: OrderLog,
    shape: float | None = None,
    exit_after_first: bool | None = None,
    prior_weight: float = 1.0,
) -> Fit:
    """Fits clock and order values to a log, in seconds.

    Args:
        log: As `read_orders` gives it.
        shape: Regularity of gaps to keep, in [0.3, 8], or None to fit it.
        exit_after_first: Whether the first order may be the last, or None to choose by likelihood.
        prior_weight: Of the wide prior around CDNOW's clock, >= 0; 0 gives the pure maximum likelihood.
    Raises:
        OrderLogError: No order has a value above 0.
        ValueError: `shape` is out of its range.
    """
    if shape is not None and not 0.3 <= shape <= 8.0:
        raise ValueError(f"shape: {shape}; expected a number in [0.3, 8]")
    seen: Histories = histories(log)
    clock, likelihood, about_clock = fit_clock(seen, shape, exit_after_first, prior_weight)
    values, about_values = fit_values(log)
    return Fit(
        clock=clock,
        values=values,
        customers=len(log),
        orders=len(log.customer),
        log_likelihood=likelihood,
        identified=bool((seen.repeats > 0).any()),
        said=(*about_clock, *about_values, _summary(clock, values)),
    )


def _summary(clock: Clock, values: Values) -> str:
    """The fitted population in one line."""
    gap = clock.alpha / clock.r
    return (
        f"clock: r {clock.r:.3g}, alpha {clock.alpha:.3g} days (one order in {gap:.3g} days), regularity {clock.shape:.2f}; "
        f"leaves after an order: {clock.a / (clock.a + clock.b):.2f} (a {clock.a:.3g}, b {clock.b:.3g}); "
        f"order value: {values.mean:.4g} yuan, log-sd {values.between:.2f} between and {values.within:.2f} within customers"
    )
