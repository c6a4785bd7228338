"""Agents by shift: the rota, its wages, and the queue where agents come and go."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from policies.testing.worlds import callers, differing, same_orders, told
from sim.config import Service
from sim.originals import original
from sim.shop.money import COLUMN
from sim.shop.shifts import agent_hours, open_lines, shift_constants, shift_queue
from tests.test_world import POLICIES
from tests.worlds import small, trade

queue = original(shift_queue)
ALL_DAY = {"service_minutes": 40.0, "agents": {"ordinary": 60.0, "priority": 60.0}}
TWO = [
    {"from_hour": 0, "to_hour": 4, "agents": {"ordinary": 30.0, "priority": 30.0}},
    {"from_hour": 4, "to_hour": 10, "agents": {"ordinary": 120.0, "priority": 60.0}},
]


def desk(service: Service) -> Any:
    """The constants that the queue reads."""
    return SimpleNamespace(open_hours=service.open_hours, **shift_constants(service))


def rota(*agents: int) -> tuple[Service, Any]:
    """A desk of ten hours in equal shifts of so many ordinary agents (10,000 customers), and its line."""
    hours = 10 / len(agents)
    shifts = [
        {"from_hour": k * hours, "to_hour": (k + 1) * hours, "agents": {"ordinary": n, "priority": 0}}
        for k, n in enumerate(agents)
    ]
    service = Service(shifts=shifts)
    return service, open_lines(service, 10_000, 0.0)[0]


def test_who_comes_after_the_shift_waits_for_an_agent_on_duty():
    """Two agents for five hours, then one: the second agent is back at the beginning of the next day."""
    service, line = rota(2, 1)

    def ask(hour: float, work: float) -> tuple[float, bool]:
        return queue(line, hour, 100.0, work, False, 0.0, desk(service))

    assert ask(4.0, 3.0) == (0.0, True)  # agent 0 until 7
    assert ask(4.5, 1.0) == (0.0, True)  # agent 1 until 5.5, beyond the end of the shift
    assert ask(5.0, 4.0) == (2.0, True)  # only agent 0 is there: until 11
    assert ask(6.0, 0.5) == (4.0, True)  # agent 1 again, at hour 10
    assert ask(10.0, 1.0) == (0.5, True)
    assert ask(9.0, 9.0) == (2.0, True)


def test_who_loses_patience_takes_no_agent_and_a_silent_one_takes_the_check():
    service, line = rota(1, 1)
    constants = desk(service)
    assert queue(line, 0.0, 1.0, 5.0, False, 0.25, constants) == (0.0, True)
    assert queue(line, 1.0, 1.0, 5.0, False, 0.25, constants) == (1.0, False)
    assert line[0] == 5.0
    assert queue(line, 1.0, 1.0, 5.0, True, 0.25, constants) == (1.0, False)
    assert line[0] == 5.25


def test_wages_are_paid_by_the_hour_on_duty():
    """30 and 120 per 10,000 for 300 customers are 1 and 4 agents; priority 1 and 2; at 30 yuan an hour."""
    service = Service(shifts=TWO)
    assert agent_hours(service, 300) == 4 * (1 + 1) + 6 * (4 + 2)
    assert agent_hours(Service(), 20_000) == (4 + 2) * 10.0
    world, orders = trade(small(days=60, service={"shifts": TWO}), POLICIES["none"])
    total = world.books[: world.config.days - world.origin, [COLUMN["wages_fen"], COLUMN["service_fen"]]].sum()
    days = world.config.days - world.origin
    assert total == 44 * 3000 * days
    assert len(orders) > 100


@pytest.mark.parametrize("name", ["points", "rfm"])
def test_engine_equals_oracle(name):
    """Two shifts and two lines, busy enough that people give up."""
    config = small(days=250, service={"shifts": TWO, "service_minutes": 60.0})
    world, orders = trade(config, POLICIES[name])
    assert differing(world, orders, told(config, POLICIES[name])) == []
    assert np.sum(list(callers(world).values()), axis=0).min() > 10


def test_equal_shifts_are_no_shifts():
    """The same agents in two shifts: not an order differs. Fewer in the morning: some do."""
    halves = [{"from_hour": a, "to_hour": a + 5, "agents": ALL_DAY["agents"]} for a in (0, 5)]
    plain = trade(small(days=200, service=ALL_DAY), POLICIES["rfm"])[1]
    assert same_orders(plain, trade(small(days=200, service=ALL_DAY | {"shifts": halves}), POLICIES["rfm"])[1])
    assert not same_orders(plain, trade(small(days=200, service=ALL_DAY | {"shifts": TWO}), POLICIES["rfm"])[1])


@pytest.mark.parametrize(
    ("shifts", "told_words"),
    [
        ([{"from_hour": 0, "to_hour": 8}], "end at hour 8; needed: open_hours, 10"),
        ([{"from_hour": 1, "to_hour": 10}], "needed: from 0 to a later hour"),
        ([{"from_hour": 0, "to_hour": 6}, {"from_hour": 5, "to_hour": 10}], "needed: from 6 to a later hour"),
        (
            [{"from_hour": 0, "to_hour": 6}, {"from_hour": 6, "to_hour": 10, "agents": {"priority": 0}}],
            "priority agents all day",
        ),
    ],
)
def test_a_day_with_gaps_is_refused(shifts, told_words):
    with pytest.raises(ValidationError, match=told_words):
        Service(shifts=shifts)
