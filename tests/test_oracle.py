"""The engine against the oracle: row for row, integers and keys equal, floats to the last bit, for every policy."""

from datetime import date
from typing import Any

import pytest

from sim.calendar import make_calendar
from sim.config import Config
from sim.oracle import Oracle
from sim.people.person import PERSON
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


def differing(world: Any, orders: Any, oracle: Oracle) -> list[str]:
    """Columns of the orders and of the customers' minds in which engine and oracle are not equal to the last bit."""
    columns = [name for name in orders.dtype.names if name != "row"]
    found = [n for n in columns if [getattr(o, n) for o in oracle.orders] != orders[n].tolist()]
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


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_a_planted_fault_is_seen(fault: dict[str, float]) -> None:
    """An oracle whose constants are off by a hair disagrees: the equality above can fail."""
    policy = POLICIES["points"] if "goal_gradient" in fault else POLICIES["escalating"]
    world, orders = trade(small(days=200), policy)
    assert differing(world, orders, told(small(days=200, population=fault), policy))
