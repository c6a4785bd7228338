"""The engine against the oracle: row for row, integers and keys equal, floats to the last bit, for every policy."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.calendar import make_calendar
from sim.config import Config
from sim.oracle import Oracle
from sim.people.person import PERSON
from sim.shop.money import COLUMN
from tests.test_world import POLICIES
from tests.worlds import small, trade

FULL: dict[str, Any] = {
    "days": 400,
    "service": {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0},
    "market": {"price_wars": [{"start": 50, "days": 40, "depth": 0.15}], "imitation_share": 0.6},
}
FAULTS = [{"expectation_decay": 0.11}, {"late_hurt": 0.26}, {"goal_gradient": 0.23}]


def told(config: Config, policy: Any) -> Oracle:
    """The oracle after its run."""
    age = config.population.shop_age_days
    oracle = Oracle(
        config, policy, make_calendar(config.population, config.events, date(2025, 1, 1), -age, config.days + 1)
    )
    oracle.run()
    return oracle


def callers(world: Any) -> dict[int, list[int]]:
    """Chats, after-sales contacts, who gave up, seconds of wait: the engine's books by day, days with a caller."""
    table = world.books[:, [COLUMN[name] for name in ("chats", "contacts", "abandoned", "wait_seconds")]]
    days = range(world.origin, world.config.days)
    return {day: table[day - world.origin].tolist() for day in days if table[day - world.origin].any()}


def differing(world: Any, orders: Any, oracle: Oracle) -> list[str]:
    """Columns of the orders and of the customers' minds in which engine and oracle are not equal to the last bit."""
    columns = [name for name in orders.dtype.names if name != "row"]
    found = [n for n in columns if [getattr(o, n) for o in oracle.orders] != orders[n].tolist()]
    if callers(world) != {day: tally for day, tally in oracle.callers.items() if day < oracle.config.days}:
        found.append("callers")
    people = world.people.rows[world.customers.rows["orders"] > 0]
    minds = {shopper.p.key: shopper.p for shopper in oracle.everybody}
    if sorted(minds) != sorted(people["key"].tolist()):
        return [*found, "customers"]
    told_minds = [minds[key] for key in people["key"].tolist()]
    return found + [n for n in PERSON.names or () if [getattr(p, n) for p in told_minds] != people[n].tolist()]


@pytest.mark.parametrize("name", POLICIES)
def test_engine_equals_oracle(name: str) -> None:
    """300 shoppers, 400 days, price war, returns, imitation, a busy desk with both lines: orders and minds are equal."""
    config = small(**FULL)
    world, orders = trade(config, POLICIES[name])
    assert differing(world, orders, told(config, POLICIES[name])) == []
    assert len(orders) > 500
    assert orders["returned"].any()
    assert min(np.sum(list(callers(world).values()), axis=0)) > 10


def test_a_planted_fault_of_the_desk_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An oracle that books a wait as rounded down disagrees in the callers of some day."""
    config = small(days=200, service=FULL["service"])
    world, orders = trade(config, POLICIES["none"])
    count = Oracle.count_caller
    monkeypatch.setattr(Oracle, "count_caller", lambda s, t, k, a, w: count(s, t, k, a, w // 1.0))
    assert differing(world, orders, told(config, POLICIES["none"])) == ["callers"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_a_planted_fault_is_seen(fault: dict[str, float]) -> None:
    """An oracle whose constants are off by a hair disagrees: the equality above can fail."""
    policy = POLICIES["points"] if "goal_gradient" in fault else POLICIES["escalating"]
    world, orders = trade(small(days=200), policy)
    assert differing(world, orders, told(small(days=200, population=fault), policy))
