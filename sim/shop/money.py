"""The money of an order, in whole fen, and the shop's books by day."""

from math import floor
from typing import Any

import numpy as np
from numba import njit

from sim.config import Catalogue, Service
from sim.population import Population

ORDER = np.dtype(
    [
        ("row", "i8"),
        ("shopper", "i8"),
        ("time", "f8"),
        ("need", "i8"),  # ordinal: the address of its chance, the same in twin worlds
        ("order_number", "i8"),
        ("segment", "i8"),
        ("tier", "i8"),
        ("list_class_fen", "i8", (4,)),
        ("list_fen", "i8"),
        ("discount_fen", "i8"),
        ("shipping_charged_fen", "i8"),
        ("shipping_paid_fen", "i8"),
        ("goods_fen", "i8"),
        ("gift_fen", "i8"),
        ("points_fen", "i8"),
        ("service_fen", "i8"),
        ("refund_fen", "i8"),
        ("membership_fee_fen", "i8"),
        ("contribution_fen", "i8"),
        ("post_forgone_fen", "i8"),
        ("ask_fen", "i8"),
        ("coupon_fen", "i8"),  # part of the discount
        ("refused", "?"),
        ("points_earned", "i8"),
        ("points_redeemed", "i8"),
        ("returned", "?"),
        ("return_day", "i8"),
        ("goods_back_fen", "i8"),
        ("late_days", "f8"),
        ("defect", "?"),
        ("misfit", "?"),
    ],
    align=True,
)

BOOKS = (
    "needs", "visits", "prospects", "orders", "newcomers", "asks", "refusals",
    "chats", "contacts", "abandoned", "silent", "wait_seconds",
    "list_fen", "discount_fen", "shipping_charged_fen", "shipping_paid_fen", "goods_fen", "gift_fen", "points_fen",
    "service_fen", "refund_fen", "membership_fee_fen", "post_forgone_fen", "wages_fen", "acquisition_fen",
    "points_issued", "points_released", "points_redeemed", "points_expired", "points_clawed_back",
    "points_pending_clawed", "points_pending_expired", "messages_fen", "coupon_fen",
)  # fmt: skip
COLUMN = {name: i for i, name in enumerate(BOOKS)}
MONEY = (
    "list_fen",
    "discount_fen",
    "shipping_charged_fen",
    "shipping_paid_fen",
    "goods_fen",
    "gift_fen",
    "points_fen",
    "service_fen",
    "refund_fen",
    "membership_fee_fen",
)
SIGN = (1, -1, 1, -1, -1, -1, -1, -1, -1, 1)  # of each account of MONEY in the contribution
_FIRST = COLUMN["list_fen"]
_GOODS = COLUMN["goods_fen"]
_REFUND = COLUMN["refund_fen"]
_FEES = COLUMN["membership_fee_fen"]
_FORGONE = COLUMN["post_forgone_fen"]
_COUPON = COLUMN["coupon_fen"]
_ORDERS = COLUMN["orders"]
_NEWCOMERS = COLUMN["newcomers"]


def shop_constants(population: Population, catalogue: Catalogue, service: Service) -> dict[str, Any]:
    """Constants of the shop's own arithmetic."""
    share = np.array(catalogue.class_share_sales)
    margin = np.array(catalogue.class_margin)
    scale = float(share @ margin)  # so that the sales-weighted margin is the category's
    class_margin = population.gross_margin * margin / scale if scale > 0 else np.zeros(4)
    return {
        "class_cost": np.maximum(1.0 - class_margin, 0.0),
        "ship_cost_fen": int(round(catalogue.ship_cost * 100)),
        "resale_share": catalogue.resale_share,
        "return_fee_fen": int(round(service.return_fee * 100)),
        "wage_minute_fen": service.wage_hour * 100.0 / 60.0,
        "category_gap_days": population.category_gap_days,
        "point_fen": 1.0,
    }


@njit(cache=True, error_model="numpy")
def fen(amount: float) -> int:
    """Yuan times 100 to the nearest whole fen; amounts are >= 0."""
    return int(floor(amount + 0.5))


@njit(cache=True, error_model="numpy")
def goods_cost(v: Any, shop: Any) -> float:
    """What the planned basket costs the shop, yuan."""
    cost = 0.0
    for c in range(4):
        cost += v.basket_class[c] * shop.class_cost[c]
    return cost


@njit(cache=True, error_model="numpy")
def ring_up(c: Any, v: Any, o: Any, shop: Any, point_cost: float) -> None:
    """Writes the money of an own order: every account in whole fen, so that the row adds up exactly.

    `point_cost` is what one point earned is expected to cost, fen, at the estimate in force.
    """
    o.row = v.row
    o.shopper = v.key
    o.time = v.time
    o.need = v.need
    o.order_number = c.orders + 1
    o.segment = c.segment
    o.tier = c.tier
    o.list_fen = 0
    cut = 0.0
    cost = 0.0
    net = 0.0  # fen on which a coupon counts
    for k in range(4):
        value = fen(v.basket_class[k] * v.quantity * 100.0)
        o.list_class_fen[k] = value
        o.list_fen += value
        cut += value * v.discount[k]
        if v.coupon_class[k] > 0:
            net += value * (1.0 - v.discount[k])
        cost += value * shop.class_cost[k]
    o.discount_fen = fen(cut)
    o.coupon_fen = 0
    if v.coupon > 0:
        o.coupon_fen = min(
            fen(net * v.coupon_share if v.coupon_share > 0.0 else min(v.coupon_yuan * 100.0, net)),
            o.list_fen - o.discount_fen,
        )
        o.discount_fen += o.coupon_fen
    fee = fen(v.post_fee * 100.0)
    o.shipping_charged_fen = 0 if v.free_post else fee
    o.post_forgone_fen = fee if v.free_post else 0
    o.shipping_paid_fen = shop.ship_cost_fen
    o.goods_fen = fen(cost)
    o.gift_fen = fen(v.gift * 100.0)
    o.points_earned = fen((o.list_fen - o.discount_fen) * v.points / shop.point_fen) + v.bonus
    o.points_fen = fen(o.points_earned * point_cost)
    o.service_fen = fen(v.service_minutes * shop.wage_minute_fen)
    o.membership_fee_fen = fen(v.membership_fee * 100.0)  # stays with the shop also if the parcel comes back
    o.ask_fen = fen(v.asked * 100.0)
    o.refused = v.refused
    o.returned = v.returned
    o.refund_fen = 0
    o.goods_back_fen = 0
    o.return_day = 0
    o.late_days = v.late
    o.defect = v.defect
    o.misfit = v.misfit
    o.points_redeemed = 0
    if v.returned:  # the row is whole from the start: an order's fate is drawn here
        o.return_day = int(floor(v.time + v.return_delay))
        kept = 0 if v.defect else shop.return_fee_fen
        o.refund_fen = max(o.list_fen - o.discount_fen - kept, 0)
        o.goods_back_fen = fen(o.goods_fen * shop.resale_share)
        o.goods_fen -= o.goods_back_fen
        o.points_fen = 0
    o.contribution_fen = (
        o.list_fen - o.discount_fen + o.shipping_charged_fen - o.shipping_paid_fen
        - o.goods_fen - o.gift_fen - o.points_fen - o.service_fen - o.refund_fen + o.membership_fee_fen
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def book_day(o: Any, books: Any, day: int, last: int) -> None:
    """Enters an order in the books, each amount on its own day; what falls after the end goes to row `last`."""
    b = books[day]
    b[_ORDERS] += 1
    b[_NEWCOMERS] += o.order_number == 1
    b[_FIRST] += o.list_fen
    b[_FIRST + 1] += o.discount_fen
    b[_FIRST + 2] += o.shipping_charged_fen
    b[_FIRST + 3] += o.shipping_paid_fen
    b[_GOODS] += o.goods_fen + o.goods_back_fen
    b[_FIRST + 5] += o.gift_fen
    b[_FIRST + 6] += o.points_fen
    b[_FIRST + 7] += o.service_fen
    b[_FEES] += o.membership_fee_fen
    b[_FORGONE] += o.post_forgone_fen
    b[_COUPON] += o.coupon_fen
    if o.returned:
        later = books[min(day + o.return_day - int(floor(o.time)), last)]
        later[_REFUND] += o.refund_fen
        later[_GOODS] -= o.goods_back_fen
