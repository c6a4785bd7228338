"""The figures of a run, from its books and its customer file. Definitions: docs/design.md, section 8."""

from typing import Any

import numpy as np

from sim.columns import Records
from sim.config import Config
from sim.measure.campaigns import campaign_table
from sim.measure.referred import friends_table
from sim.measure.second_life import second_life
from sim.shop.money import BOOKS, MONEY, SIGN
from sim.visits import CAUSES

INDEX_DAYS = 365  # a customer belongs to the index group if the last order before day 0 is no older
ACTIVE_CYCLES = 2.0
OWN_CYCLE_ORDERS = 3  # with fewer orders the category's cycle stands for a customer's own


# All that `summarise` reads of people and of the customer file.
OF_PEOPLE = ("gone", "away", "away_cause", "left_at")
OF_CUSTOMERS = (
    "key", "orders", "first_order", "last_order", "mean_gap", "run_orders", "index", "points_pending", "points_available",
    "member_until",
)  # fmt: skip


def mark_index_group(customers: Records, category_gap_days: float) -> None:
    """At day 0: who is measured, light, medium or heavy by the orders of the last year, and the cycle of the past.

    Light: at most half the orders that the category's gap would give in a year; heavy: more than half as many again.
    The bounds are the category's, not quantiles, so that nobody's segment depends on who else is there.
    The cycle is the mean gap of a customer's own orders so far, the category's with fewer than three orders.
    """
    known = customers["orders"] > 0
    customers["index"] = known & (customers["last_order"] >= -INDEX_DAYS)
    customers["run_orders"] = 0
    customers["run_last_order"] = np.nan
    customers["history_last_order"] = customers["last_order"]
    customers["history_cycle"] = np.where(known, history_cycle(customers, category_gap_days), np.nan)
    usual = INDEX_DAYS / category_gap_days
    year = customers["orders_year"]
    customers["segment"] = np.where(known, 1 + (year > 0.5 * usual).astype(int) + (year > 1.5 * usual).astype(int), 0)


def history_cycle(customers: Records, category_gap_days: float) -> Any:
    """Mean gap between a customer's orders so far, days; the category's for fewer than three orders, or all at once."""
    span = customers["last_order"] - customers["first_order"]
    own = (customers["orders"] >= OWN_CYCLE_ORDERS) & (span > 0)
    return np.where(own, span / np.maximum(customers["orders"] - 1, 1), category_gap_days)


def retention(retained: Any, group: int, days: int) -> dict[str, float | None]:
    """Share of the index group with an order in (h - 90, h], for h = 90, 180, 365; None beyond the horizon."""
    curve = np.cumsum(retained)
    return {str(h): (float(curve[h] / group) if h <= days and group else None) for h in (90, 180, 365)}


def active(customers: Records, now: float) -> int:
    """Customers who ordered within two cycles: their own with three orders or more, else the mean of those."""
    known = customers["orders"] > 0
    orders, first, last = (customers[name][known] for name in ("orders", "first_order", "last_order"))
    often = orders >= OWN_CYCLE_ORDERS
    cycle = (last - first) / np.maximum(orders - 1, 1)
    others = customers["mean_gap"][known]
    population = float(cycle[often].mean()) if often.any() else float(others.mean()) if len(others) else 0.0
    return int(np.count_nonzero(now - last <= ACTIVE_CYCLES * np.where(often, cycle, population)))


def ratio(over: float, under: float) -> float | None:
    """Quotient, None without a base."""
    return over / under if under else None


def money(books: Any) -> dict[str, int]:
    """Sums of every account over all rows of `books`."""
    total = books.sum(axis=0)
    return {name: int(total[i]) for i, name in enumerate(BOOKS)}


def contribution(sums: dict[str, int]) -> int:
    """Contribution of the order rows, fen."""
    return sum(sign * sums[name] for name, sign in zip(MONEY, SIGN, strict=True))


def points_part(part: Any, sums: dict[str, int]) -> dict[str, int]:
    """The points ledger since the shop opened: issued = pending + available + redeemed + expired + clawed back."""
    moved = ("issued", "redeemed", "expired", "clawed_back")
    ledger = {name: part.history[f"points_{name}"] + sums[f"points_{name}"] for name in moved}
    return ledger | {
        "pending": int(part.customers["points_pending"].sum()),
        "available": int(part.customers["points_available"].sum()),
    }


def revaluation(world: Any, redeemed: int, accrued_fen: int, opening_liability: int) -> int:
    """What points cost beyond what their orders booked: gifts handed out + liability gained - accruals, fen."""
    programme = world.programme
    if programme is None:
        return 0
    return (
        round(redeemed * programme.cost_ratio * programme.POINT_FEN)
        + liability(world)
        - opening_liability
        - accrued_fen
    )


def liability(world: Any) -> int:
    """Expected cost of the points outstanding at the estimate in force, fen."""
    if world.programme is None:
        return 0
    customers = world.customers.rows
    points = int(customers["points_pending"].sum() + customers["points_available"].sum())
    return round(points * world.programme.cost_ratio * world.estimate * world.programme.POINT_FEN)


def campaigns(config: Config, part: Any) -> dict[str, Any]:
    """The table of campaigns, with the second lives of those each of them regained."""
    names = sorted(config.campaign)
    found = campaign_table(part.messages, part.terms, part.waves, config.days, names)
    for place, name in enumerate(names):
        found[name]["second_life"] = second_life(part.lives[part.lives["campaign"] == place], config.days)
        if (friends := friends_table(part, name, config.days)) is not None:
            found[name]["friends"] = friends
    return found


def summarise(config: Config, part: Any) -> dict[str, Any]:
    """All figures of a run from what it left (`sim.part.Part`), what its orders bring later included."""
    customers, people = part.customers, part.people
    sums = money(part.books)
    known = customers["orders"] > 0
    run_orders = customers["run_orders"]
    buyers = int(np.count_nonzero(run_orders))
    costs = {
        "wages": sums["wages_fen"],
        "acquisition": sums["acquisition_fen"],
        "messages": sums["messages_fen"],
        "points_revaluation": part.revaluation,
        "other": 0,
    }
    total = contribution(sums) - sum(costs.values())
    paid = sums["list_fen"] - sums["discount_fen"] + sums["shipping_charged_fen"] - sums["refund_fen"]
    revenue = paid + sums["membership_fee_fen"]
    gone = {
        name: int(
            np.count_nonzero(
                known & ((people["gone"] == i) | ((people["gone"] == 0) & people["away"] & (people["away_cause"] == i)))
            )
        )
        for i, name in enumerate(CAUSES)
        if i
    }
    return {
        "policy": config.policy["name"],
        "seed": config.seed,
        "shoppers": config.shoppers or 1,
        "days": config.days,
        "needs": sums["needs"],
        "needs_warm_up": part.history["needs"],
        "orders": sums["orders"],
        "customers": int(known.sum()),
        "active_customers": active(customers, float(config.days)),
        "retention": retention(part.retained, int(customers["index"].sum()), config.days),
        "repeat_rate": ratio(int(np.count_nonzero(run_orders >= 2)), buyers),
        "orders_per_customer": ratio(sums["orders"], int(known.sum())),
        "revenue": revenue / 100,
        "contribution": total / 100,
        "contribution_per_customer": ratio(total / 100, int(known.sum())),
        "contribution_run_off": (total + part.run_off) / 100,
        "margin_rate": ratio(total, revenue),
        "discounts": sums["discount_fen"] / 100,
        "coupons": sums["coupon_fen"] / 100,
        "perks": (sums["post_forgone_fen"] + sums["gift_fen"]) / 100,
        "points": points_part(part, sums),
        "points_cost": sums["points_fen"] / 100,
        "points_liability": part.liability / 100,
        "deferred_revenue": part.deferred_revenue / 100,
        "membership_fees": sums["membership_fee_fen"] / 100,
        "members": int(np.count_nonzero(customers["member_until"] > config.days)),
        "shop_costs": {name: value / 100 for name, value in costs.items()},
        "asks": sums["asks"],
        "refusals": sums["refusals"],
        "visits": sums["visits"],
        "desk": {name: sums[name] for name in ("chats", "contacts", "abandoned", "silent", "wait_seconds")},
        "own_share": ratio(sums["orders"] - sums["newcomers"], sums["needs"] - sums["prospects"]),
        "causes": {name: int(part.missed[i]) for i, name in enumerate(CAUSES) if i},
        "exits": gone,
        "conversion": ratio(sums["newcomers"], sums["prospects"]),
        "cost_per_new_customer": ratio(sums["acquisition_fen"] / 100, sums["newcomers"]),
        "campaigns": campaigns(config, part),
    }
