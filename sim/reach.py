"""How far rewards and tiers are, at each customer's own pace: the one thing the customer file tells the mind."""

from typing import Any

from numba import njit

from sim.shop.points import days_to_reward

FAR = 1e12  # days


@njit(cache=True, error_model="numpy")
def tell_reward(p: Any, c: Any, threshold: int) -> None:
    """Sets the days to the next gift."""
    days, full = days_to_reward(c, threshold, c.points_rate)
    p.reward_days = days
    p.reward_days_full = full


@njit(cache=True, error_model="numpy")
def tell_tier(p: Any, c: Any, to_next: float, span: float) -> None:
    """Sets the days to the next tier, from the yuan still to spend."""
    if c.orders == 0 or c.spend_fen <= 0 or to_next >= FAR or span >= FAR:
        p.tier_days = FAR
        p.tier_days_full = FAR
        return
    pace = c.spend_fen / 100.0 / c.orders / c.mean_gap
    p.tier_days = to_next / pace
    p.tier_days_full = max(span, to_next) / pace


@njit(cache=True, error_model="numpy")
def tell_rewards(people: Any, customers: Any, rows: Any, n: int, threshold: int) -> None:
    """`tell_reward` for the first `n` of `rows`."""
    for k in range(n):
        tell_reward(people[rows[k]], customers[rows[k]], threshold)


@njit(cache=True, error_model="numpy")
def tell_tiers(people: Any, customers: Any, rows: Any, to_next: Any, span: Any) -> None:
    """`tell_tier` for all `rows`."""
    for k in range(len(rows)):
        tell_tier(people[rows[k]], customers[rows[k]], to_next[k], span[k])
