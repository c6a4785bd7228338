"""An auditor: runs a config as the command does, keeps all that passes, and says which sums do not add up."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from sim import part, run
from sim.config import Config
from sim.plots import read
from sim.record import OrderParts
from sim.shop.money import BOOKS, COLUMN, MONEY, ORDER, SIGN
from sim.world import World

ON_THE_DAY = (
    "list_fen",
    "discount_fen",
    "shipping_charged_fen",
    "shipping_paid_fen",
    "gift_fen",
    "points_fen",
    "membership_fee_fen",
)
MOVES = ("issued", "released", "redeemed", "expired", "clawed_back", "pending_clawed", "pending_expired")


class Watched(World):
    """A world whose points are counted after every tick and every midnight."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.seen, self.before = [], None
        super().__init__(*args, **more)

    def hand_over(self, policy: Any) -> None:
        """The books have begun anew: so do the counts."""
        super().hand_over(policy)
        self.before = None

    def trade(self, end: float) -> None:
        """A tick, then a look at the points."""
        super().trade(end)
        self.look(f"trading until {end}")

    def close_day(self, day: int) -> None:
        """Midnight, then a look at the points."""
        super().close_day(day)
        self.look(f"midnight {day}")

    def look(self, when: str) -> None:
        """Customer file against lots, customer by customer; changes of the file against the books."""
        customers, lots = self.customers.rows, self.lots.rows
        file = {name: customers[f"points_{name}"] for name in ("pending", "available")}
        for name, flag in (("pending", True), ("available", False)):
            mine = lots[lots["live"] & (lots["pending"] == flag)]
            held = np.zeros(len(customers), np.int64)
            np.add.at(held, mine["row"], mine["left"])
            if not np.array_equal(held, file[name]) or (file[name] < 0).any():
                self.seen.append(f"{when}: lots and file differ in {name}")
        now = {name: int(self.books[:, COLUMN[f"points_{name}"]].sum()) for name in MOVES}
        now |= {name: int(column.sum()) for name, column in file.items()}
        if self.before is not None:
            change = {name: now[name] - self.before[name] for name in now}
            pending = change["issued"] - change["released"] - change["pending_clawed"] - change["pending_expired"]
            gone = change["redeemed"] + change["expired"] + change["clawed_back"]
            if change["pending"] != pending or change["pending"] + change["available"] != change["issued"] - gone:
                self.seen.append(f"{when}: books and file differ")
        self.before = now


@dataclass
class Trail:
    """All that a run left: its files as read back, the order rows as they were rung up, and the world's own counts."""

    config: Config
    summary: dict[str, Any]
    daily: dict[str, Any]
    orders: dict[str, Any]
    shoppers: dict[str, Any]
    rows: Any
    world: Watched


def followed(config: Config, policy: Any, history: Any, world: type[Watched] = Watched) -> Trail:
    """Runs as the command does, in a folder of its own."""
    kept: list[Any] = []
    worlds: list[Watched] = []

    class Kept(OrderParts):
        def take(self, orders: Any) -> None:
            kept.append(orders.copy())
            super().take(orders)

    def build(*args: Any) -> Watched:
        worlds.append(world(*args))
        return worlds[-1]

    with tempfile.TemporaryDirectory() as folder, patch.multiple(part, OrderParts=Kept, World=build):
        summary = run.run(config, policy, False, Path(folder), history)
        daily, shoppers = read([Path(folder, "daily.parquet")]), read([Path(folder, "shoppers.parquet")])
        orders = read(sorted(Path(folder, "orders").glob("*.parquet")))
    rows = np.concatenate(kept) if kept else np.zeros(0, ORDER)
    return Trail(config, summary, daily, orders, shoppers, rows, worlds[0])


def audit(trail: Trail) -> list[str]:
    """Every sum that does not add up, to the fen and to the point."""
    return [*order_rows(trail), *days(trail), *whole_run(trail), *points(trail), *trail.world.seen]


def order_rows(t: Trail) -> Iterator[str]:
    """Each order by itself."""
    o = t.orders
    total = sum(sign * o[name] for name, sign in zip(MONEY, SIGN, strict=True))
    if not np.array_equal(total, o["contribution_fen"]):
        yield "a row: contribution"
    classes = sum(o[f"list_{name}_fen"] for name in ("traffic", "profit", "marginal", "potential"))
    if not np.array_equal(classes, o["list_fen"]):
        yield "a row: product classes"
    if any((o[name] < 0).any() for name in MONEY) or any(o[name].dtype.kind != "i" for name in MONEY):
        yield "a row: an account below 0 or not whole"
    rung = t.rows[np.lexsort((t.rows["shopper"], t.rows["time"]))]
    if any(not np.array_equal(o[name], rung[name]) for name in o if name in rung.dtype.names):
        yield "a row: not as rung up"
    if not np.array_equal(np.lexsort((o["shopper"], o["time"])), np.arange(len(o["time"]))):
        yield "rows: not in order of time and shopper"


def days(t: Trail) -> Iterator[str]:
    """Each day: orders against books, refunds and goods put back on their own day; the last row is what comes after."""
    n, rows = t.config.days, t.rows
    day = np.floor(rows["time"]).astype(np.int64)
    back = np.minimum(rows["return_day"], n)

    def by_day(values: Any, on: Any) -> Any:
        found = np.zeros(n + 1, np.int64)
        np.add.at(found, on, values)
        return found

    returned = rows["returned"]
    expected = {name: by_day(rows[name], day) for name in (*ON_THE_DAY, "service_fen", "post_forgone_fen")}
    expected["refund_fen"] = by_day(rows["refund_fen"][returned], back[returned])
    goods = by_day(rows["goods_fen"] + rows["goods_back_fen"], day)
    expected["goods_fen"] = goods - by_day(rows["goods_back_fen"][returned], back[returned])
    expected["orders"] = by_day(np.ones(len(rows), np.int64), day)
    expected["newcomers"] = by_day(rows["order_number"] == 1, day)
    expected["points_issued"] = by_day(rows["points_earned"], day)
    expected["points_redeemed"] = by_day(rows["points_redeemed"], day)
    service, agents = t.config.service, sum(len(line) for line in t.world.lines)
    paid = round(agents * service.open_hours * service.wage_hour * 100) if service.desk else 0
    expected["wages_fen"] = np.append(np.full(n, paid), 0) - expected["service_fen"]
    expected["acquisition_fen"] = t.daily["prospects"] * round(t.config.population.visit_cost * 100)
    for name, values in expected.items():
        if not np.array_equal(values, t.daily[name]):
            yield f"days: {name}"
    if t.daily["row"].tolist() != ["day"] * n + ["after_end"] or not set(BOOKS) <= set(t.daily):
        yield "days: rows"


def whole_run(t: Trail) -> Iterator[str]:
    """Contribution = sum of order rows - sum of shop costs, and the other sums of money, to the fen."""

    def fen(amount: float) -> int:
        return round(amount * 100)

    s, o = t.summary, {name: int(column.sum()) for name, column in t.orders.items() if column.dtype.kind == "i"}
    costs = {name: fen(value) for name, value in s["shop_costs"].items()}
    if fen(s["contribution"]) != o["contribution_fen"] - sum(costs.values()):
        yield "run: contribution"
    paid = o["list_fen"] - o["discount_fen"] + o["shipping_charged_fen"] - o["refund_fen"]
    if fen(s["revenue"]) != paid + o["membership_fee_fen"] or fen(s["membership_fees"]) != o["membership_fee_fen"]:
        yield "run: revenue"
    if fen(s["discounts"]) != o["discount_fen"] or fen(s["perks"]) != o["post_forgone_fen"] + o["gift_fen"]:
        yield "run: concessions"
    if costs["wages"] != t.daily["wages_fen"].sum() or costs["acquisition"] != t.daily["acquisition_fen"].sum():
        yield "run: shop costs"
    if s["orders"] != len(t.rows) or s["asks"] < np.count_nonzero(o["ask_fen"]) or s["needs"] < s["orders"]:
        yield "run: counts"


def points(t: Trail) -> Iterator[str]:
    """Issued = pending + available + redeemed + expired + clawed back; the file of shoppers has what is outstanding."""
    p = dict(t.summary["points"])
    if any(value < 0 for value in p.values()) or p.pop("issued") != sum(p.values()):
        yield "points: the run"
    for name in ("pending", "available"):
        if p[name] != t.shoppers[f"points_{name}"].sum():
            yield f"points: {name} in the file of shoppers"
    programme = t.world.programme
    if programme is None and (sum(p.values()) or t.summary["points_liability"]):
        yield "points: without a programme"
