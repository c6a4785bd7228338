"""The yardstick: facts of an order log, and how far a simulated log lies from a real one.

A log is two arrays: rows of customers, ascending, and days of their orders, whole numbers from 0, ascending within a
customer; orders of one customer on one day count once.

Source:
    Wheat & Morrison (1990) for the regularity, Fader, Hardie & Lee (2005) for weekly tracking, Kaplan & Meier (1958).
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.orders.log import F64, I64

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MOST_REPEATS = 10  # the last class of the histogram holds this many and more
SILENCES = (-1e-9, 1.0, 1.5, 2.0, 3.0, 5.0, np.inf)  # own mean gaps since the last order, edges of classes
STEPS, WITHIN = 5, (90, 365)  # the repeat ladder: after order 1..5, another within these days
MONTH, MONTHS = 30, 7  # of silence, in days; the last class is open


@dataclass(frozen=True)
class Facts:
    """What a log shows; names as in the table of `docs/validation.md`.

    Attributes:
        repeats: Shares of customers by orders after the first, 0..9 and 10+; shape (11,).
        weeks: Last days of the weeks; cumulative: orders after the first until then; shape (w,) each.
        calibration: Orders after the first until the cut; holdout: all orders of known customers after it.
        gaps: Quantiles 10/25/50/75/90 % of days between orders; cycles: of customers' mean gaps (two gaps or more).
        regularity: Wheat-Morrison k of the last two gaps, or None.
        silent: By class of silence at the cut (three orders or more): customers and share that never came back.
        beyond_two: The same for all whose silence exceeds two own mean gaps.
        ladder: Kaplan-Meier share with another order within 90 and 365 days, after order 1..5; shape (5, 2).
        monthly: P(order within 30 days) by months of silence; shape (7,).
        top_fifth: Share of orders of the 20 % of customers with most.
        active: Share of customers known at the cut who order after it.
    """

    repeats: F64
    weeks: I64
    cumulative: F64
    calibration: int
    holdout: int
    gaps: F64
    cycles: F64
    regularity: float | None
    silent: NDArray[Any]
    beyond_two: tuple[int, float]
    ladder: F64
    monthly: F64
    top_fifth: float
    active: float


def facts(customer: I64, day: I64, cut: int, end: int) -> Facts:
    """The facts of a log.

    Args:
        customer: Rows of customers, ascending; shape (m,).
        day: Of each order, >= 0, none after `end`; shape (m,).
        cut: Last day of the calibration part.
        end: Last day of the log, > cut.
    """
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    count = np.diff(np.r_[start, len(customer)])
    first, repeats = day[start], count - 1
    is_first = np.zeros(len(day), bool)
    is_first[start] = True
    weeks = np.arange(7, end + 7, 7)
    weeks[-1] = min(weeks[-1], end)
    again = np.sort(day[~is_first])
    gap = np.where(is_first, np.nan, np.diff(day, prepend=0))
    many = repeats >= 2
    last = day[start + count - 1]
    silent, beyond, active = _silent(day, start, count, cut)
    bins = np.bincount(np.minimum(repeats, MOST_REPEATS), minlength=MOST_REPEATS + 1)
    most = np.sort(count)[::-1]
    return Facts(
        repeats=bins / len(count),
        weeks=weeks,
        cumulative=np.searchsorted(again, weeks, side="right").astype(float),
        calibration=int((again <= cut).sum()),
        holdout=int((day > cut).sum() - (first > cut).sum()),
        gaps=_quantiles(gap[~is_first]),
        cycles=_quantiles((last - first)[many] / repeats[many]),
        regularity=_wheat_morrison(gap, (start + count - 1)[many]),
        silent=silent,
        beyond_two=beyond,
        ladder=_ladder(day, start, count, end),
        monthly=_monthly(customer, day, start, end),
        top_fifth=float(most[: len(most) // 5].sum() / most.sum()),
        active=active,
    )


def _quantiles(values: F64) -> F64:
    """The five quantiles; nan where there is nothing."""
    return np.quantile(values, QUANTILES) if len(values) else np.full(len(QUANTILES), np.nan)


def _wheat_morrison(gap: F64, at: I64) -> float | None:
    """Regularity k of gamma gaps from the variance of the last gap's share of the last two; None below six customers."""
    if len(at) <= 5:
        return None
    share = gap[at] / (gap[at] + gap[at - 1])
    spread = float(share.var())
    return float((1 - 4 * spread) / (8 * spread)) if spread > 0 else None


def _silent(day: I64, start: I64, count: I64, cut: int) -> tuple[NDArray[Any], tuple[int, float], float]:
    """Customers and share without return by silence at the cut, in own mean gaps; and the share active after it."""
    seen = np.add.reduceat((day <= cut).astype(np.int64), start)
    back = count > seen
    latest = day[start + np.maximum(seen, 1) - 1]
    own = np.maximum((latest - day[start]) / np.maximum(seen - 1, 1), 1e-9)
    silence = np.where(seen >= 3, (cut - latest) / own, np.nan)
    classes = [(silence > low) & (silence <= high) for low, high in itertools.pairwise(SILENCES)]
    rows = [(float(one.sum()), _share(~back, one)) for one in classes]
    beyond = silence > 2
    return np.array(rows), (int(beyond.sum()), _share(~back, beyond)), _share(back, seen > 0)


def _share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    """Share of true among some; nan among none."""
    return float(of[among].mean()) if among.any() else float("nan")


def kaplan_meier(days: F64, event: NDArray[np.bool_], horizons: tuple[int, ...]) -> list[float]:
    """Share without the event after each horizon; `days` to event or end, shape (n,)."""
    if not len(days):
        return [float("nan")] * len(horizons)
    order = np.argsort(days, kind="stable")
    days, event = days[order], event[order]
    at, first = np.unique(days, return_index=True)
    events = np.add.reduceat(event.astype(float), first)
    left = np.cumprod(1 - events / (len(days) - first))
    return [float(left[np.searchsorted(at, one, side="right") - 1]) if one >= at[0] else 1.0 for one in horizons]


def _ladder(day: I64, start: I64, count: I64, end: int) -> F64:
    """Share with another order within the horizons, by number of the order."""
    steps = []
    for number in range(1, STEPS + 1):
        reached = count >= number
        at = start[reached] + number - 1
        more = count[reached] > number
        next_day = day[np.minimum(at + 1, len(day) - 1)]
        wait = np.where(more, next_day, end) - day[at]
        steps.append([1 - one for one in kaplan_meier(np.maximum(wait, 1e-6), more, WITHIN)])
    return np.array(steps)


def _monthly(customer: I64, day: I64, start: I64, end: int) -> F64:
    """P(order in the next 30 days) by months since the last order, over cut-offs every 30 days from day 90."""
    width = end + 1000
    place = customer.astype(np.int64) * width + day
    whose = customer[start].astype(np.int64) * width
    seen, bought = np.zeros(MONTHS), np.zeros(MONTHS)
    for now in range(3 * MONTH, end - MONTH, MONTH):
        past = np.searchsorted(place, whose + now, side="right")
        known = past > start
        silence = np.minimum((now - day[np.maximum(past - 1, 0)]) // MONTH, MONTHS - 1)[known]
        buys = (np.searchsorted(place, whose + now + MONTH, side="right") > past)[known]
        seen += np.bincount(silence, minlength=MONTHS)
        bought += np.bincount(silence, buys, minlength=MONTHS)
    return bought / np.maximum(seen, 1)


def distance(simulated: Facts, actual: Facts, cut: int, scale: float = 1.0) -> dict[str, float]:
    """How far a simulated log lies from the real one, by fact.

    Args:
        simulated, actual: Facts with the same cut and end.
        cut: Last day of the calibration part.
        scale: Customers of the real log over those of the simulated one.
    Returns:
        Errors (0 is best), but `beyond two own cycles` and `regularity`, which are the simulated figures themselves.
    """
    wanted, found = actual.cumulative, simulated.cumulative * scale
    error = np.abs(found - wanted) / np.maximum(wanted, 1)
    silent = np.abs(np.nan_to_num(simulated.silent[:, 1]) - actual.silent[:, 1])
    number = actual.silent[:, 0]
    return {
        "repeat counts": float(0.5 * np.abs(simulated.repeats - actual.repeats).sum()),
        "weekly cumulative": float(error[2:].mean()),
        "weekly cumulative, holdout": float(error[actual.weeks > cut].mean()),
        "final error": float(found[-1] / wanted[-1] - 1),
        "holdout total": simulated.holdout * scale / actual.holdout - 1,
        "gaps": _log_ratio(simulated.gaps, actual.gaps),
        "own cycles": _log_ratio(simulated.cycles, actual.cycles),
        "no return by silence": float(np.nansum(number * silent) / number.sum()),
        "beyond two own cycles": simulated.beyond_two[1],
        "repeat ladder": float(np.abs(simulated.ladder - actual.ladder).mean()),
        "P(order in 30 days)": float(np.abs(simulated.monthly - actual.monthly).mean()),
        "top fifth of orders": simulated.top_fifth - actual.top_fifth,
        "regularity": float("nan") if simulated.regularity is None else simulated.regularity,
    }


def _log_ratio(found: F64, wanted: F64) -> float:
    """Mean absolute ln ratio of quantiles."""
    return float(np.mean(np.abs(np.log(found / wanted))))
