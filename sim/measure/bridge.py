"""The money bridge: from the contribution of one run to that of another, account by account, to the fen.

`V1 - V0 = (Q1 - Q0) * V0 / Q0 + Q1 * sum_a(a1 / Q1 - a0 / Q0)` (design, section 8): V contribution of the order rows,
Q orders, a the sum of an account. What the shop pays beyond its orders (wages, acquisition, ...) has bars of its own.
"""

from collections.abc import Mapping
from fractions import Fraction

from sim.measure.fen import largest_remainder
from sim.measure.records import Run, opened

# Accounts of an order, each the sum of columns of the books with their sign in the contribution. Postage is seen at its
# everyday fee: what a customer was let off is a perk, and what is left of `post` is the shop's margin on postage.
# Goods sent back are taken off `goods`; `returns` is the money refunded for them.
ORDER_ACCOUNTS: dict[str, dict[str, int]] = {
    "price": {"list_fen": 1},
    "discounts": {"discount_fen": -1},
    "perks": {"gift_fen": -1, "post_forgone_fen": -1},
    "points": {"points_fen": -1},
    "post": {"shipping_charged_fen": 1, "post_forgone_fen": 1, "shipping_paid_fen": -1},
    "goods": {"goods_fen": -1},
    "service": {"service_fen": -1},
    "returns": {"refund_fen": -1},
    "fees": {"membership_fee_fen": 1},
}


def accounts(folder: Run) -> dict[str, int]:
    """Accounts of a run, fen, signed as they enter its contribution, and `orders`; they add up to the contribution.

    From the books by day and `after_end`, so that refunds which fall after the run are in, and the shop costs of the
    summary (wages, acquisition, messages, revaluation of points, other).
    """
    with opened(folder) as run:
        columns = sorted({name for part in ORDER_ACCOUNTS.values() for name in part})
        sums = run.rows(f"SELECT sum(orders) AS orders, {', '.join(f'sum({n}) AS {n}' for n in columns)} FROM daily")[0]
        found = {"orders": int(sums["orders"])}
        for name, part in ORDER_ACCOUNTS.items():
            found[name] = sum(sign * int(sums[column]) for column, sign in part.items())
        return found | {name: -round(value * 100) for name, value in run.summary["shop_costs"].items()}


def contribution(of: Mapping[str, int]) -> int:
    """Contribution of a run after shop costs, fen, from its accounts."""
    return sum(of.values()) - of["orders"]


def bridge(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Bars from the contribution of one run to that of another, whole fen; they add up to the difference exactly.

    `volume` is the change in the number of orders at the old contribution per order; each account of `ORDER_ACCOUNTS`
    is its change per order, at the new number of orders; each shop cost is its plain difference.

    Args:
        before, after: As `accounts` gives them. A shop cost that one of them lacks is 0 there.
    Raises:
        ValueError: An account is not 0 in a run without orders.
    Rule for no orders: a run without orders has no contribution per order, so it is taken to have the other's, and the
        whole difference of the order rows is volume.
    """
    ratio = Fraction(after["orders"], before["orders"]) if before["orders"] else None
    bars = {"volume": Fraction(0)} | {name: Fraction(0) for name in ORDER_ACCOUNTS}
    for of in (before, after):
        if not of["orders"] and any(of[name] for name in ORDER_ACCOUNTS):
            raise ValueError(f"accounts without orders are not 0: {dict(of)}")
    for name in ORDER_ACCOUNTS:
        if ratio is None:
            bars["volume"] += after[name]
            continue
        bars["volume"] += (ratio - 1) * before[name]
        bars[name] = after[name] - ratio * before[name]
    total = sum(after[name] - before[name] for name in ORDER_ACCOUNTS)
    costs = [name for name in {**before, **after} if name != "orders" and name not in ORDER_ACCOUNTS]
    return largest_remainder(bars, total) | {name: after.get(name, 0) - before.get(name, 0) for name in costs}
