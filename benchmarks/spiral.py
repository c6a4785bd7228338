"""The spiral of claim 0.6 under `escalating`: `python -m benchmarks.spiral [any override of python -m sim]`.

What the k-th order of a customer since the policy began (day 0, or the first order of a newcomer) is conceded, whether
what was asked for was refused, and what the order leaves; the figures of the same shop under `none` below.
"""

import sys
from typing import Any

import numpy as np

from benchmarks.shop import Shop, opened, settings
from policies.escalating import Escalating
from sim.errors import RegularsError

ORDERS = (1, 3, 5, 8, 12, 16, 25)


def number_since(shop: Shop, orders: Any) -> Any:
    """Number of each order among those that the policy could concede something to, 0 for first orders; shape (n,)."""
    customers = shop.world.customers.rows
    before = dict(zip(customers["key"].tolist(), customers["orders"].tolist(), strict=True))
    return orders["order_number"] - np.array([before.get(who, 1) for who in orders["shopper"].tolist()])


def conceded(orders: Any) -> Any:
    """Discount, postage and gift, share of list value, shape (n,)."""
    return (orders["discount_fen"] + orders["post_forgone_fen"] + orders["gift_fen"]) / orders["list_fen"]


def main(arguments: list[str]) -> None:
    """A Markdown table and two lines."""
    shop = opened(settings(*arguments))
    plain, year = shop.trade(), shop.trade(Escalating())
    orders, number = year.orders, number_since(shop, year.orders)
    print("| order | conceded | of it, where granted | asked | refused | contribution, yuan | under none | orders |")
    print("|---|---|---|---|---|---|---|---|")
    alike, share = number_since(shop, plain.orders), conceded(orders)
    for k in ORDERS:
        at, twin = number == k, plain.orders[alike == k]
        if not at.any() or not len(twin):
            continue
        print(
            f"| {k} | {share[at].mean():.1%} | {share[at & (share > 0)].mean():.1%} | {(orders['ask_fen'][at] > 0).mean():.0%} "
            f"| {orders['refused'][at].mean():.0%} | {orders['contribution_fen'][at].mean() / 100:.1f} "
            f"| {twin['contribution_fen'].mean() / 100:.1f} | {at.sum():,} |"
        )
    for name, done in (("none", plain), ("escalating", year)):
        rows, summary = done.orders["contribution_fen"].sum() / 100, done.summary()
        print(
            f"{name}: {summary['orders']:,} orders, contribution of orders {rows / summary['customers']:.1f} yuan per customer, "
            f"after wages and advertising {summary['contribution_per_customer']:.1f}"
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RegularsError as error:
        sys.exit(str(error))
