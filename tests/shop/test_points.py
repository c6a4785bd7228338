"""The points ledger against cases worked by hand, through the real register and its midnights."""

from datetime import date
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from policies.points import Points
from sim import acts
from sim.calendar import make_calendar
from sim.columns import Records
from sim.house import Quiet
from sim.shop.money import COLUMN
from sim.visits import VISIT
from sim.world import World
from tests.worlds import small

ANN, BEN, CAI, DEE = range(4)
CARD = Points(earn_rate=0.1, threshold=500, pending_days=2, expiry_days=10)  # ten points a yuan
# Day, customer, yuan paid, wants to redeem, day on which the parcel comes back (None = kept). Points of day d may be
# used from midnight d + 3 and lapse at midnight d + 11; a parcel back on day d is seen at midnight d + 1.
ORDERS = [
    (0, ANN, 60, True, None),  # nothing to redeem yet
    (0, BEN, 40, False, 1),  # comes back while its points are pending
    (0, CAI, 50, False, 5),  # comes back when its points are spent
    (0, DEE, 55, False, 2),  # comes back on the midnight of its release: taken back first
    (1, CAI, 30, False, None),
    (4, ANN, 30, True, None),  # 600 available: one gift of 500
    (5, BEN, 70, False, 9),
    (5, CAI, 1, True, None),  # the gift takes the 500 of day 0, the oldest lot
    (8, ANN, 50, True, None),  # 400 available are not enough
    (9, BEN, 20, True, None),  # redeems 500 of the 700 of day 5, which come back later that day
]
# Midnight: (pending, available) of each, as the past day, its returns, releases and expiries leave them.
BALANCES = {
    1: [(600, 0), (400, 0), (500, 0), (550, 0)],
    2: [(600, 0), (0, 0), (800, 0), (550, 0)],  # Ben's 400 clawed back
    3: [(0, 600), (0, 0), (300, 500), (0, 0)],  # Dee's 550 clawed back; the others' day 0 released
    4: [(0, 600), (0, 0), (0, 800), (0, 0)],
    5: [(300, 100), (0, 0), (0, 800), (0, 0)],  # Ann's gift
    6: [(300, 100), (700, 0), (10, 0), (0, 0)],  # Cai's gift of 500; for the 500 spent, the 300 of day 1 go back
    7: [(0, 400), (700, 0), (10, 0), (0, 0)],
    8: [(0, 400), (0, 700), (0, 10), (0, 0)],
    9: [(500, 400), (0, 700), (0, 10), (0, 0)],
    10: [(500, 400), (200, 0), (0, 10), (0, 0)],  # Ben's gift; 200 of his 700 are left to claw back, 500 are lost
    11: [(0, 800), (200, 0), (0, 10), (0, 0)],  # Ann: 500 released, then the last 100 of day 0 lapse
    12: [(0, 800), (0, 200), (0, 10), (0, 0)],
    14: [(0, 800), (0, 200), (0, 10), (0, 0)],
    15: [(0, 500), (0, 200), (0, 10), (0, 0)],  # the 300 of day 4 lapse
    16: [(0, 500), (0, 200), (0, 0), (0, 0)],  # Cai's 10 lapse
    19: [(0, 0), (0, 200), (0, 0), (0, 0)],
    20: [(0, 0), (0, 0), (0, 0), (0, 0)],
}
# Midnight: issued, redeemed, expired, clawed back so far.
TOTALS = {
    1: (2050, 0, 0, 0),
    2: (2350, 0, 0, 400),
    3: (2350, 0, 0, 950),
    5: (2650, 500, 0, 950),
    6: (3360, 1000, 0, 1250),
    9: (3860, 1000, 0, 1250),
    10: (4060, 1500, 0, 1450),
    11: (4060, 1500, 100, 1450),
    15: (4060, 1500, 400, 1450),
    16: (4060, 1500, 410, 1450),
    19: (4060, 1500, 910, 1450),
    20: (4060, 1500, 1110, 1450),
}


def opened(policy: Points) -> World:
    """A shop of four customers who come only when a test sends them."""
    config = small(shoppers=4, days=40, service={"desk": False}, population={"shop_age_days": 1})
    calendar = make_calendar(config.population, config.events, date(2025, 1, 1), -1, 41)
    world = World(config, Quiet(), calendar)
    world.found()
    world.hand_over(policy)
    return world


def ring_up(world: World, visits: Records) -> None:
    """The register alone: what the visits say has been decided stands."""
    with patch.object(acts, "close_sale", acts.close_sale.py_func), patch.object(acts, "decide_all", lambda *_: None):
        world._make_room(len(visits))
        world._settle(visits, world._sell(visits, len(world.people.rows)))


def rung_up(world: World, day: int, rows: list[tuple[int, int, int, bool, int | None]], rate: float) -> None:
    """Sells the day's orders, a minute apart."""
    visits = np.zeros(len(rows), VISIT)
    for k, (_, customer, yuan, redeems, back) in enumerate(rows):
        v = visits[k]
        v["row"], v["key"], v["time"], v["points"] = customer, customer, day + 0.25 + k / 1440, rate
        v["basket"], v["quantity"], v["redeems"] = yuan, 1.0, redeems
        v["basket_class"][0] = yuan
        v["returned"], v["return_delay"] = back is not None, 0.0 if back is None else back + 0.5 - v["time"]
    if rows:
        ring_up(world, visits)


def midnights(
    policy: Points, orders: list[tuple[int, int, int, bool, int | None]], last: int
) -> dict[int, tuple[Any, Any, World]]:
    """(pending, available) of each customer, totals, and the world, at each midnight from 1 to `last`."""
    world, found = opened(policy), {}
    for day in range(last):
        rung_up(world, day, [order for order in orders if order[0] == day], policy.earn_rate)
        world.close_day(day + 1)
        page = world.customers.rows
        total = tuple(
            int(world.books[:, COLUMN[f"points_{name}"]].sum())
            for name in ("issued", "redeemed", "expired", "clawed_back")
        )
        found[day + 1] = (
            list(zip(page["points_pending"].tolist(), page["points_available"].tolist(), strict=True)),
            total,
            world,
        )
    return found


def test_the_hand_worked_days() -> None:
    """Balances and totals on each midnight of the table, to the point."""
    seen = midnights(CARD, ORDERS, 20)
    assert {day: seen[day][0] for day in BALANCES} == BALANCES
    assert {day: seen[day][1] for day in TOTALS} == TOTALS
    for balances, (issued, redeemed, expired, clawed), _ in seen.values():
        assert issued == sum(sum(pair) for pair in balances) + redeemed + expired + clawed


def test_the_estimate_learns_from_lots_that_are_over() -> None:
    """Once all lots are over: 1500 points redeemed of 4060 - 1450 that were the customers' to use."""
    world = midnights(CARD, ORDERS, 20)[20][2]
    world.review_estimate()
    assert world.estimate == (0.75 * 100_000 + 1500) / (100_000 + 4060 - 1450)
    assert not world.lots.rows["live"].any()


@pytest.mark.parametrize(
    "changed",
    [
        Points(earn_rate=0.1, threshold=400, pending_days=2, expiry_days=10),
        Points(earn_rate=0.1, threshold=500, pending_days=3, expiry_days=10),
        Points(earn_rate=0.1, threshold=500, pending_days=2, expiry_days=11),
        Points(earn_rate=0.101, threshold=500, pending_days=2, expiry_days=10),
    ],
    ids=["threshold", "pending", "expiry", "rate"],
)
def test_other_terms_give_other_days(changed: Points) -> None:
    """Planted faults: one term of the card a little different is seen in the table."""
    seen = midnights(changed, ORDERS, 20)
    assert {day: seen[day][0] for day in BALANCES} != BALANCES


def test_redeemed_at_once_and_never_lapsing() -> None:
    """Threshold 0, nothing pending, no expiry: an order's points go with it, and cannot be clawed back."""
    card = Points(earn_rate=0.1, threshold=0, pending_days=0, expiry_days=None)
    orders = [(0, ANN, 100, True, 3), (0, BEN, 20, False, None), (6, BEN, 10, True, None), (7, BEN, 5, False, 8)]
    seen = midnights(card, orders, 30)
    assert [seen[day][1] for day in (1, 4, 7, 9, 30)] == [
        (1200, 1000, 0, 0),
        (1200, 1000, 0, 0),  # Ann's parcel is back, her points are spent
        (1300, 1300, 0, 0),
        (1350, 1300, 0, 50),
        (1350, 1300, 0, 50),
    ]
    assert seen[6][0] == [(0, 0), (0, 200), (0, 0), (0, 0)]
    assert seen[30][0] == [(0, 0)] * 4


def test_what_an_order_books() -> None:
    """Points are earned on what is paid, an order books their expected cost, a parcel sent back books none."""
    rows: list[Any] = []
    world = opened(CARD)
    world.take_orders = rows.append
    rung_up(world, 0, [(0, ANN, 60, False, None), (0, BEN, 40, False, 1)], 0.1)
    world._hand_on()
    orders = np.concatenate(rows)
    assert orders["points_earned"].tolist() == [600, 400]
    assert orders["points_fen"].tolist() == [270, 0]  # 600 points at 0.6 fen a point redeemed, 75 % of them redeemed
    assert orders["points_redeemed"].tolist() == [0, 0]
