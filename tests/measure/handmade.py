"""Folders of runs written by hand: a few customers, a few orders, books that agree with them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.record import write_parquet

NEVER = 1e12
ORDER: dict[str, Any] = {
    "shopper": 0, "time": 0.0, "need": 1, "order_number": 1, "segment": 1, "tier": 0, "list_fen": 10_000,
    "discount_fen": 0, "shipping_charged_fen": 600, "shipping_paid_fen": 800, "goods_fen": 6_000, "gift_fen": 0,
    "points_fen": 0, "service_fen": 0, "refund_fen": 0, "membership_fee_fen": 0, "contribution_fen": 0, "post_forgone_fen": 0, "ask_fen": 0,
    "refused": False, "points_earned": 0, "points_redeemed": 0, "returned": False, "late_days": 0.0, "defect": False,
    "misfit": False,
}  # fmt: skip
SHOPPER: dict[str, Any] = {
    "shopper": 0, "segment": 1, "index": True, "first_order": -100.0, "needs_alive": 0, "considered": 0,
    "left_at": NEVER, "category_end": NEVER, "moved_at": NEVER, "away_cause": 0, "history_last_order": -10.0,
    "history_cycle": 30.0, "satisfaction": 0.25, "expectation": 0.0, "tier": 0, "points_available": 0,
    "points_pending": 0,
}  # fmt: skip
BOOK = (
    "list_fen", "discount_fen", "shipping_charged_fen", "shipping_paid_fen", "goods_fen", "gift_fen", "points_fen",
    "service_fen", "refund_fen", "membership_fee_fen", "post_forgone_fen",
)  # fmt: skip
DESK = ("visits", "chats", "contacts", "abandoned", "silent", "wait_seconds")
PAID_IN = ("list_fen", "shipping_charged_fen", "membership_fee_fen")
SIGN = {name: 1 if name in PAID_IN else -1 for name in BOOK if name != "post_forgone_fen"}
NO_COSTS = {"wages": 0.0, "acquisition": 0.0, "messages": 0.0, "points_revaluation": 0.0, "other": 0.0}


def order(shopper: int, time: float, **changes: Any) -> dict[str, Any]:
    """An order row that adds up."""
    row = ORDER | {"shopper": shopper, "time": time, "need": int(time)} | changes
    return row | {"contribution_fen": sum(sign * row[name] for name, sign in SIGN.items())}


def columns(rows: Sequence[dict[str, Any]], blank: dict[str, Any]) -> dict[str, Any]:
    """Rows as columns; of no row, columns without one."""
    return {name: np.array([row[name] for row in rows], np.array(blank[name]).dtype) for name in blank}


def leave(
    folder: Path, shoppers: Sequence[dict[str, Any]], orders: Sequence[dict[str, Any]], days: int = 400,
    parts: int = 1, costs: dict[str, float] | None = None, prospects: int = 0,
    desk: dict[str, int] | None = None, **told: Any,
) -> Path:  # fmt: skip
    """Writes what a run would leave, with all refunds on the day of the order."""
    (folder / "orders").mkdir(parents=True)
    rows = sorted(orders, key=lambda row: (row["time"], row["shopper"]))
    for part in range(parts):
        size = -(-len(rows) // parts)
        some = rows[part * size : (part + 1) * size]
        write_parquet(columns(some, ORDER), folder / "orders" / f"part-{part:05d}.parquet")
    write_parquet(columns([SHOPPER | one for one in shoppers], SHOPPER), folder / "shoppers.parquet")
    spent = NO_COSTS | (costs or {})
    books: dict[str, Any] = {"day": np.arange(days + 1), "row": np.array(["day"] * days + ["after_end"])}
    for name in ("orders", "prospects", *DESK, "wages_fen", "acquisition_fen", "messages_fen", *BOOK):
        books[name] = np.zeros(days + 1, np.int64)
    for row in rows:
        books["orders"][int(row["time"])] += 1
        for name in BOOK:
            books[name][int(row["time"])] += row[name]
    books["prospects"][0] = prospects
    for name, value in (desk or {}).items():
        books[name][0] = value
    books["wages_fen"][0], books["acquisition_fen"][0] = round(spent["wages"] * 100), round(spent["acquisition"] * 100)
    write_parquet(books, folder / "daily.parquet")
    summary = _summary(rows, days, spent, len(shoppers)) | told
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


def _summary(rows: Sequence[dict[str, Any]], days: int, costs: dict[str, float], customers: int) -> dict[str, Any]:
    sums = {name: sum(row[name] for row in rows) for name in BOOK}
    value = sum(row["contribution_fen"] for row in rows) / 100 - sum(costs.values())
    paid = sums["list_fen"] - sums["discount_fen"] + sums["shipping_charged_fen"] - sums["refund_fen"]
    paid += sums["membership_fee_fen"]
    return {
        "policy": "none", "seed": 0, "days": days, "orders": len(rows), "needs": 0, "customers": customers,
        "active_customers": 0, "revenue": paid / 100, "contribution": value, "contribution_run_off": value,
        "discounts": sums["discount_fen"] / 100, "perks": (sums["gift_fen"] + sums["post_forgone_fen"]) / 100,
        "points_cost": sums["points_fen"] / 100, "points_liability": 0.0, "membership_fees": sums["membership_fee_fen"] / 100, "members": 0, "asks": 0, "refusals": 0, "shop_costs": costs,
    }  # fmt: skip
