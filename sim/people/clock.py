"""The operational clock: needs come at gamma gaps in seasonal time; rewards and tiers within reach speed it."""

from math import exp, floor
from typing import Any

from numba import njit

from sim.draws import SUB_CYCLE, uniform_pair
from sim.gamma_table import tabled_gamma_quantile


@njit(cache=True, error_model="numpy")
def season_after(time: float, gap: float, clock: Any, factor: Any, origin: int) -> float:
    """The day on which `gap` operational days have passed since `time`.

    Args:
        time: Days since the start of the run.
        gap: Operational days, >= 0; one is a day at season factor 1.
        clock: Operational days passed at each midnight since `origin`, ascending, shape (m + 1,).
        factor: Season factor of each day, > 0, shape (m,); 1 after its end.
        origin: Day of `clock[0]`.
    """
    last = len(factor)
    day = int(floor(time)) - origin
    if day >= last:
        return time + gap
    target = clock[day] + (time - (origin + day)) * factor[day] + gap
    if target >= clock[last]:
        return origin + last + (target - clock[last])
    low = min(day + int(gap), last - 1)  # exact in a flat season, near in any other
    while clock[low] > target:
        low -= 1
    while clock[low + 1] <= target:
        low += 1
    return origin + low + (target - clock[low]) / factor[low]


@njit(cache=True, error_model="numpy")
def operational(time: float, clock: Any, factor: Any, origin: int) -> float:
    """Operational days passed at `time` since `origin`; arguments as in `season_after`."""
    last = len(factor)
    day = int(floor(time)) - origin
    if day >= last:
        return clock[last] + (time - (origin + last))
    return clock[day] + (time - (origin + day)) * factor[day]


@njit(cache=True, error_model="numpy")
def pull(days: float, days_full: float, horizon: float) -> float:
    """How strongly a reward `days` away is felt, in [0, 1): its nearness beyond what it is at no progress at all.

    A customer for whom even the full way is short (a heavy buyer) hardly feels it; one far away does not yet.

    Args:
        days: To the reward at the customer's own pace, >= 0.
        days_full: The same from no progress, >= days.
        horizon: Days over which nearness fades by a factor e, > 0.
    Source:
        Goal gradient: Kivetz, Urminsky & Zheng (2006); light buyers only: Hartmann & Viard (2008).
    """
    if days >= 40.0 * horizon:
        return 0.0
    start = exp(-days_full / horizon) if days_full < 40.0 * horizon else 0.0
    return max(exp(-days / horizon) - start, 0.0)


@njit(cache=True, error_model="numpy")
def sub_cycle(p: Any, mind: Any, need: int, seed: int) -> int:
    """Which kind of need this is, in a mixed category."""
    u, _ = uniform_pair(seed, p.key, need, SUB_CYCLE)
    kind = 0
    while kind < mind.sub_count - 1 and u >= mind.sub_cumulated[kind]:
        kind += 1
    return kind


@njit(cache=True, error_model="numpy")
def next_need(p: Any, time: float, u: float, mind: Any, seed: int, clock: Any, factor: Any, origin: int) -> float:
    """Day of the need after the one met at `time`; `u` is the gap's own uniform."""
    if mind.sub_count > 0:
        kind = sub_cycle(p, mind, p.need, seed)
        shape = mind.sub_regularity[kind]
        gap = tabled_gamma_quantile(u, shape, mind.sub_log_regularity[kind], mind.gamma_table)
        gap = gap / shape * p.cycle * mind.sub_cycle[kind]
    else:
        gap = tabled_gamma_quantile(u, p.regularity, p.log_regularity, mind.gamma_table) / p.regularity * p.cycle
    ease = p.goal_gradient * pull(p.reward_days, p.reward_days_full, mind.gradient_horizon_days)
    ease += mind.tier_pressure * pull(p.tier_days, p.tier_days_full, mind.gradient_horizon_days)
    if ease > 0.0:
        gap = gap / exp(ease)
    gap = max(gap + (p.stretch + p.owed), 0.0)  # less than nothing is owed after waiting for a coupon
    p.stretch = 0.0
    p.owed = 0.0
    if p.postponed:  # comes back half-way; the need after it stays where it was
        p.owed = 0.5 * gap
        gap = 0.5 * gap
        p.postponed = False
    after = season_after(time, gap, clock, factor, origin)
    return max(after, time + mind.min_gap_days)
