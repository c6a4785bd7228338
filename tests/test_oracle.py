"""The engine against the oracle: row for row, integers and keys equal, floats to the last bit, for every policy."""

from datetime import date
from typing import Any

import pytest

from sim.calendar import make_calendar
from sim.oracle import Oracle
from tests.test_world import POLICIES
from tests.worlds import small, trade

FULL: dict[str, Any] = {
    "days": 400,
    "service": {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0},
    "market": {"price_wars": [{"start": 50, "days": 40, "depth": 0.15}], "imitation_share": 0.6},
}


@pytest.mark.parametrize("name", POLICIES)
def test_engine_equals_oracle(name: str) -> None:
    """300 shoppers, 400 days, price war, returns, imitation, a busy desk with both lines."""
    config = small(**FULL)
    _, orders = trade(config, POLICIES[name])
    calendar = make_calendar(
        config.population, config.events, date(2025, 1, 1), -config.population.shop_age_days, config.days + 1
    )
    told = Oracle(config, POLICIES[name], calendar).run()
    assert len(told) == len(orders) > 500
    for column in orders.dtype.names:
        if column != "row":
            assert [getattr(o, column) for o in told] == orders[column].tolist(), column
    assert orders["returned"].any()


@pytest.mark.parametrize(
    "fault",
    [{"expectation_decay": 0.15}, {"late_hurt": 0.26}, {"goal_gradient": 0.23}],
    ids=lambda fault: next(iter(fault)),
)
def test_a_planted_fault_is_seen(fault: dict[str, float]) -> None:
    """An oracle whose formulas are off by a hair disagrees: the equality above can fail."""
    policy = POLICIES["points"] if "goal_gradient" in fault else POLICIES["escalating"]
    right, wrong = small(days=200), small(days=200, population=fault)
    calendar = make_calendar(right.population, right.events, date(2025, 1, 1), -right.population.shop_age_days, 201)
    _, orders = trade(right, policy)
    told = Oracle(wrong, policy, calendar).run()
    seen = list(zip(*(orders[name].tolist() for name in ("time", "ask_fen", "contribution_fen")), strict=True))
    assert [(o.time, o.ask_fen, o.contribution_fen) for o in told] != seen
