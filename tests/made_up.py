"""People, visits, messages, pages and orders of all sorts, made up at random for tests of formulas."""

from typing import Any

import numpy as np

from sim.mail import MESSAGE, WAVE
from sim.people import steps, traits
from sim.people.luck import PLACES
from sim.people.person import PERSON
from sim.shop import money
from sim.shop.customers import CUSTOMER
from sim.visits import VISIT
from sim.waiting import HABIT

SEED = 9
FLAGS_OF_A_VISIT = (
    "first", "chatted", "abandoned", "silent", "lost", "free_post", "refused", "redeems", "defect", "misfit", "returned",
)  # fmt: skip


def sometimes(luck: Any, column: Any, value: Any) -> Any:
    """A third of a column replaced by an edge."""
    return np.where(luck.random(len(column)) < 1 / 3, value, column)


def some_people(n: int, mind: Any, luck: Any) -> Any:
    """People of all sorts in all states, shape (n,)."""
    people = np.zeros(n, PERSON)
    people["key"], people["entry"] = luck.integers(0, 2**62, n), luck.uniform(-1000, 0, n)
    for i in range(n):
        traits.draw_choice_traits(people[i], mind, SEED)
        traits.draw_life_traits(people[i], mind, SEED)
    for name, end in {"need": 60, "orders": 20, "repeats": 15, "last_shop": 8, "away_cause": 10}.items():
        people[name] = luck.integers(0, end, n) - (name == "last_shop")
    people["last_contact"] = luck.uniform(-1000, 0, n)
    people["satisfaction"] = sometimes(luck, luck.normal(0, 2, n), -30.0)
    scales = {"expectation": 0.1, "service_grievance": 1, "quality_grievance": 1, "stretch": 3, "owed": 3}
    for name, scale in scales.items():
        people[name] = sometimes(luck, luck.exponential(scale, n), 0.0)
    people["last_grant"] = sometimes(luck, luck.uniform(0, 0.8, n), 0.0)
    for name in ("reward_days", "tier_days"):
        people[name] = sometimes(luck, 10 ** luck.uniform(-3, 4, n), 1e12)
        people[f"{name}_full"] = people[name] * luck.uniform(1, 10, n)
    people["fatigue"], people["fatigue_day"] = luck.exponential(5, n), luck.integers(-1000, 0, n)
    people["postponed"], people["away"] = luck.random((2, n)) < 0.3
    return people


def some_visits(people: Any, mind: Any, luck: Any) -> Any:
    """A visit of each, with all sorts of offers and outcomes, shape (n,)."""
    n = len(people)
    visits = np.zeros(n, VISIT)
    for i in range(n):
        steps.approach(people[i], visits[i], 1.5, luck.random(PLACES), mind, SEED, luck.normal(0, 0.3, 6), i % 4 == 0)
    visits["time"], visits["asked"] = luck.uniform(-1000, 999, n), sometimes(luck, luck.uniform(0, 50, n), 0.0)
    visits["discount"] = sometimes(luck, luck.uniform(0, 0.95, n), 0.0)[:, None] * luck.integers(0, 2, (n, 4))
    for name in FLAGS_OF_A_VISIT:
        visits[name] = luck.random(n) < 0.4
    for name, high in {
        "gift": 50, "points": 1, "wait": 3e3, "service_minutes": 30, "felt": 0.8, "booked": 0.8, "late": 10,
        "return_delay": 7, "contact_delay": 10, "wait_hurt": 2, "quality_hurt": 3, "goods_cost": 100,
    }.items():  # fmt: skip
        visits[name] = sometimes(luck, luck.uniform(0, high, n), 0.0)
    visits["quantity"], visits["shop"] = luck.uniform(1, 2, n), luck.integers(-1, 7, n)
    visits["cause"] = luck.integers(0, 10, n)
    some_coupons(visits, "coupon_class", luck)
    return visits


def some_coupons(table: Any, classes: str, luck: Any) -> None:
    """Coupons of both sorts, and none, on any classes."""
    n = len(table)
    table["coupon"], table[classes] = luck.integers(0, 2, n), luck.integers(0, 2, (n, 4))
    table["coupon_share"] = sometimes(luck, luck.uniform(0, 0.95, n), 0.0)
    table["coupon_yuan"] = np.where(table["coupon_share"] > 0, 0.0, luck.uniform(0, 300, n))


def some_messages(n: int, luck: Any) -> Any:
    """Messages just sent, with the time at which they may be opened."""
    messages = np.zeros(n, MESSAGE)
    messages["id"], messages["number"] = luck.integers(1, 1e6, n), luck.integers(0, 2**32, n)
    messages["time"] = luck.integers(-990, 990, n)
    messages["open_time"] = messages["time"] + luck.exponential(1, n)
    return messages


def some_waves(n: int, luck: Any) -> Any:
    """Waves of all sorts."""
    waves = np.zeros(n, WAVE)
    some_coupons(waves, "classes", luck)
    waves["offer"], waves["page"] = luck.random((2, n)) < 0.4
    waves["minimum"], waves["days_valid"] = sometimes(luck, luck.uniform(0, 300, n), 0.0), luck.uniform(1, 2000, n)
    waves["open_chance"] = luck.random(n)
    return waves


def some_pages(n: int, luck: Any) -> Any:
    pages = np.zeros(n, CUSTOMER)
    pages["orders"], pages["segment"], pages["tier"] = luck.integers(0, 4, (3, n))
    return pages


def some_orders(n: int, luck: Any) -> Any:
    orders = np.zeros(n, money.ORDER)
    orders["time"], orders["returned"] = luck.uniform(-100, 100, n), luck.random(n) < 0.5
    orders["return_day"] = np.floor(orders["time"]) + luck.integers(0, 12, n)
    for name in (*money.MONEY, "post_forgone_fen", "goods_back_fen"):
        orders[name] = luck.integers(0, 100_000, n)
    orders["order_number"] = luck.integers(1, 3, n)
    return orders


def some_habits(people: Any, luck: Any) -> Any:
    habits = np.zeros(len(people), HABIT)
    habits["expected"] = luck.uniform(0, 0.3, len(people))
    habits["need"] = np.maximum(people["need"] - luck.integers(0, 4, len(people)), 0)
    habits["put_off"] = people["need"] + luck.integers(0, 2, len(people))
    return habits
