"""The engine against the oracle: row for row, integers and keys equal, floats to the last bit, for every policy."""

from typing import Any

import numpy as np
import pytest

from policies.testing.worlds import callers, differing, told
from sim.oracle import Oracle
from tests.test_world import POLICIES
from tests.worlds import small, trade

FULL: dict[str, Any] = {
    "days": 400,
    "service": {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0},
    "market": {"price_wars": [{"start": 50, "days": 40, "depth": 0.15}], "imitation_share": 0.6},
}
FAULTS = [{"expectation_decay": 0.11}, {"late_hurt": 0.26}, {"goal_gradient": 0.23}]


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
    monkeypatch.setattr(Oracle, "count_caller", lambda s, t, k, a, u, w: count(s, t, k, a, u, w // 1.0))
    assert differing(world, orders, told(config, POLICIES["none"])) == ["callers"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_a_planted_fault_is_seen(fault: dict[str, float]) -> None:
    """An oracle whose constants are off by a hair disagrees: the equality above can fail."""
    policy = POLICIES["points"] if "goal_gradient" in fault else POLICIES["escalating"]
    world, orders = trade(small(days=200), policy)
    assert differing(world, orders, told(small(days=200, population=fault), policy))
