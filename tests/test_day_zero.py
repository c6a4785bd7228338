"""No break at day 0: a run goes on as its past did, and where its day 0 lies changes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from policies.cashback import Cashback
from policies.none import NoPolicy
from policies.product_matrix import ProductMatrix
from policies.stack import Stack
from sim.calendar import make_calendar
from sim.columns import Records
from sim.config import Config
from sim.measure.summary import mark_index_group
from sim.people.traits import draw_life_traits
from sim.visits import CAUSES, FORGOT, NO_PURCHASE, PRICE, QUALITY, SERVICE, VARIETY
from sim.world import World
from tests.test_world import POLICIES
from tests.worlds import small

OPENED = date(2024, 3, 1)
SHIFT = 120  # days between the two places of day 0; whole periods of 30 days, in which reviews and estimates are made


def opened(age: int, days: int, **more: Any) -> Config:
    """A shop that opened on OPENED, `age` days before its day 0."""
    population = {"shop_age_days": age, "return_rate": 0.15} | more.pop("population", {})
    return small(start=OPENED + timedelta(days=age), days=days, population=population, **more)


def build(config: Config, history: Any, kind: type[World] = World) -> tuple[World, list[Records]]:
    """A world before its first day, and the list that will hold its order rows."""
    rows: list[Records] = []
    age = config.population.shop_age_days
    start = config.start or OPENED
    calendar = make_calendar(config.population, config.events, start, -age, config.days + 1)
    world = kind(config, history, calendar, rows.append)
    world.found()
    return world, rows


def lived(world: World, policy: Any, watch: Any = None) -> None:
    """The past, day 0, and the run."""
    world.run(0, watch)
    mark_index_group(world.customers.rows, world.config.population.category_gap_days)
    world.hand_over(policy)
    world.prospects_come = True
    world.run(world.config.days, watch)


# -- the same people, the same calendar: not an order differs -----------------------------------------------------------


def founded_alike(world: World, other: World, shift: int) -> None:
    """Gives `world` the founding days of `other`, whose day 0 lies `shift` days earlier, and the rivals' same prices."""
    people = world.people.rows
    people["entry"] = other.people.rows["entry"] - shift
    for p in people:
        draw_life_traits(p, world.mind[0], world.seed)  # clocks that begin with the first order
    world.next_time.rows[:] = people["entry"]
    world.rivals.level[:] = other.rivals.level


class Forgetful(World):
    """The planted fault: at day 0 a tenth of the customers forget which shop they used last."""

    def hand_over(self, policy: Any) -> None:
        super().hand_over(policy)
        self.people.rows["last_shop"][::10] = -1


def in_calendar_time(policy: Any, kind: type[World]) -> tuple[Any, Any]:
    """Order rows of two runs of one shop, day 0 in the midst of both, SHIFT days apart; times from the opening on."""
    more = {"population": {"prospect_rate": 0.0}, "service": {"agents": {"ordinary": 30.0, "priority": 30.0}}}
    early, late = opened(300, 300, **more), opened(300 + SHIFT, 300 - SHIFT, **more)
    one, rows_one = build(early, policy)
    other, rows_other = build(late, policy, kind)
    founded_alike(other, one, SHIFT)
    found = []
    for world, rows, age in ((one, rows_one, 300), (other, rows_other, 300 + SHIFT)):
        lived(world, policy)
        orders = np.concatenate(rows)
        orders["time"] += age
        orders["return_day"] += np.where(orders["returned"], age, 0)
        found.append(orders)
    return found[0], found[1]


def differing(one: Any, other: Any) -> list[str]:
    """Columns that differ. Segments are set at day 0; times may differ by rounding, as they are counted from day 0."""
    if len(one) != len(other):
        return ["length"]
    columns = [name for name in one.dtype.names if name not in ("segment", "time")]
    found = [name for name in columns if not np.allclose(one[name], other[name], rtol=0, atol=1e-9)]
    return found + ["time"] * (not np.allclose(one["time"], other["time"], rtol=0, atol=1e-6))


# As in the tests of the world, but nothing that counts from day 0: orders for cashback, the head start, status periods
# that do not divide SHIFT.
ANY_DAY = POLICIES | {
    "cashback": replace(POLICIES["cashback"], since=-36500.0),
    "rfm_kept": replace(POLICIES["rfm_kept"], status_days=60),
    "points_beyond": replace(POLICIES["points_beyond"], head_start=0),
    "stack_best": Stack(
        layers={"a": Cashback(share=0.1, since=-36500.0), "b": ProductMatrix()}, rule="best", max_concession=0.06
    ),
}


@pytest.mark.parametrize("name", ANY_DAY)
def test_where_day_zero_lies_changes_no_order(name: str) -> None:
    """Same policy before and after, desk on, points owed, reviews due: equal to the fen in calendar time."""
    one, other = in_calendar_time(ANY_DAY[name], World)
    assert len(one) > 700
    assert differing(one, other) == []


@pytest.mark.parametrize("name", ["none", "escalating"])
def test_a_break_at_day_zero_is_seen(name: str) -> None:
    """The planted fault: a world that forgets a little at day 0."""
    assert differing(*in_calendar_time(POLICIES[name], Forgetful))


# -- prospects, who come from day 0 on, take the place of the first orders of the past -----------------------------------

SEEDS, AGE, WINDOW, INFLOW = 14, 400, 100, 7.5  # INFLOW: first orders a day
CONVERTED = 0.05  # share of prospects who buy
CAUSE_NUMBERS = [FORGOT, PRICE, VARIETY, SERVICE, QUALITY, NO_PURCHASE]
NAMES = ["orders", "first orders", *(CAUSES[number] for number in CAUSE_NUMBERS)]
BOUND = float(student.ppf(1 - 0.5e-3 / len(NAMES), SEEDS - 1))  # two-sided level 0.001 for all names together


class Unheard(World):
    """The planted fault: the desk of the past has no prospects to serve, so that waits jump at day 0."""

    def _pass_by(self, end: float) -> None:
        pass


class LateBloom(World):
    """The planted fault: a fifth more prospects than there had been first orders."""

    def __init__(self, config: Config, *args: Any) -> None:
        more = config.population.model_copy(update={"prospect_rate": config.population.prospect_rate * 1.2})
        super().__init__(config.model_copy(update={"population": more}), *args)


def moved(world: World, rows: list[Records], border: int) -> Any:
    """Changes over `border`, a day of the run: ln of orders, ln of first orders, share of each cause, shape (n,)."""
    missed: dict[int, Any] = {}
    lived(world, NoPolicy(), lambda day: missed.update({int(day): world.missed.copy()}))
    orders = np.concatenate(rows)
    time, first = orders["time"] - border, orders["order_number"] == 1
    before, after = (time >= -WINDOW) & (time < 0), (time >= 0) & (time < WINDOW)
    change = [np.log(after.sum() / before.sum()), np.log((after & first).sum() / (before & first).sum())]
    shares = []
    for day in (border, border + WINDOW):
        part = missed[day] - missed[day - WINDOW]
        shares.append(part / part.sum())
    return np.array([*change, *(shares[1] - shares[0])[CAUSE_NUMBERS]])


def apart(kind: type[World]) -> Any:
    """Student's t of each change over day 0, less the change over the same date in a run whose day 0 is WINDOW later."""
    gaps = []
    for seed in range(SEEDS):
        population = {"prospect_rate": INFLOW / CONVERTED}
        agents = {"agents": {"ordinary": 2.0, "priority": 0.0}}
        here = opened(AGE, WINDOW, shoppers=round(INFLOW * AGE), seed=seed, population=population, service=agents)
        later = opened(
            AGE + WINDOW, 1, shoppers=round(INFLOW * (AGE + WINDOW)), seed=seed, population=population, service=agents
        )
        gaps.append(moved(*build(here, NoPolicy(), kind), border=0) - moved(*build(later, NoPolicy()), border=-WINDOW))
    found = np.array(gaps)
    return found.mean(axis=0) / (found.std(axis=0, ddof=1) / np.sqrt(SEEDS))


def broken(kind: type[World]) -> list[str]:
    """Figures whose change over day 0 is not that of the same date in the other run."""
    return [name for name, value in zip(NAMES, apart(kind), strict=True) if abs(value) > BOUND]


def test_orders_and_causes_go_on_over_day_zero() -> None:
    """Orders, first orders and the share of each cause, in windows of 100 days, over 14 pairs of runs.

    A right engine fails one set of seeds in 1,000. Caught at even odds (at twice the size for certain): a break of 9 %
    in orders, of 15 % in first orders, of 1.5 points in the share of a cause (2.1 in that of `variety`).
    """
    assert broken(World) == []


@pytest.mark.slow
def test_a_desk_that_is_busier_from_day_zero_on_is_seen() -> None:
    """The planted fault: without the chats of prospects before day 0, `service` jumps by two points of all misses."""
    assert "service" in broken(Unheard)


@pytest.mark.slow
def test_more_newcomers_than_before_are_seen() -> None:
    """The planted fault: a fifth more prospects."""
    assert "first orders" in broken(LateBloom)
