"""The desk against the queues whose answer is known: Erlang C (endless patience) and Erlang A (callers hang up).

A stream of calls made by hand meets the real `serve`, batch after batch, half of the calls in each line. Service times
are the desk's own, keyed by call. Figures are compared over 500 batches of about 1,000 calls per line, which are independent
but for their ends; deviations are in standard errors, `LIMIT` fails a right desk once in a million figures.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numba import njit

from sim.columns import constants
from sim.config import Config
from sim.house import desk_constants
from sim.shop.customers import CUSTOMER
from sim.shop.desk import CONTACT, book_callers, serve, take_agent
from sim.shop.money import COLUMN
from sim.visits import VISIT
from tests.worlds import deviation, erlang_a, erlang_c, poisson_tail

LIMIT = 5.0
CALLS, BATCHES = 1_000, 500  # per line and batch
MINUTES, OPEN_HOURS = 6.0, 10.0
DESKS = [(1, 0.7), (3, 2.2), (10, 8.0)]  # agents, load
IMPATIENT = [(1, 0.9, 2.0), (2, 1.6, 0.5), (5, 6.5, 1.0), (10, 9.5, 3.0)]  # agents, load, patience in service times


@cache
def answered(
    agents: int, load: float, patience: float = np.inf, longer: float = 1.0, silent: float = 0.0, seed: int = 11
) -> list[tuple[Any, Any]]:
    """Waits in mean service times, and answers, by line: the ordinary line, then the priority line, of an agent more.

    Both have `load`. Each entry has shape (batches, calls); a first batch, in which the queue builds up, is left out.
    """
    service = {"service_minutes": MINUTES * longer, "service_shape": 1.0, "open_hours": OPEN_HOURS}
    desk = constants(desk_constants(Config(service=service, population={"silent_abandon_share": silent})))
    luck = np.random.default_rng(seed)
    customers = np.zeros(2, CUSTOMER)
    customers["priority"] = [False, True]
    lines = np.zeros(agents), np.zeros(agents + 1)
    batches, now = [], 0.0
    for batch in range(BATCHES + 1):
        visits = np.zeros(2 * CALLS, VISIT)
        hours = now + np.cumsum(luck.exponential(MINUTES / 60.0 / load / 2.0, 2 * CALLS))
        now = hours[-1]
        visits["time"], visits["key"], visits["need"] = hours / OPEN_HOURS, np.arange(2 * CALLS), batch
        visits["row"], visits["chatted"] = luck.integers(0, 2, 2 * CALLS), True
        visits["patience"] = luck.exponential(1.0, 2 * CALLS) * patience * MINUTES * 60.0
        serve(visits, np.zeros(0, CONTACT), np.zeros(0, np.int64), customers, *lines, desk, seed)
        batches.append(visits[["row", "wait", "abandoned"]])
    calls = np.concatenate(batches[1:])
    seen = []
    for line in (0, 1):
        mine = calls[calls["row"] == line]
        mine = mine[: len(mine) // BATCHES * BATCHES].reshape(BATCHES, -1)
        seen.append((mine["wait"] / (MINUTES * 60.0), ~mine["abandoned"]))
    return seen


def deviations(seen: tuple[Any, Any], expected: tuple[float, ...]) -> list[float]:
    """Deviations of P(wait > 0), the mean wait and, if expected, the share that hangs up."""
    waits, answers = seen
    found = [(waits > 0).mean(axis=1), waits.mean(axis=1), (~answers).mean(axis=1)]
    return [deviation(sample, value) for sample, value in zip(found, expected, strict=False)]


def far(seen: list[tuple[Any, Any]], *expected: tuple[float, ...]) -> float:
    """Largest deviation over both lines."""
    return max(abs(d) for line, values in zip(seen, expected, strict=True) for d in deviations(line, values))


@pytest.mark.parametrize(("agents", "load"), DESKS)
def test_endless_patience_is_erlang_c(agents: int, load: float) -> None:
    """P(wait) and mean wait: false-fail 4e-6 a desk; catches 0.035 of P(wait) and 24 % of the mean wait."""
    assert far(answered(agents, load), erlang_c(load, agents), erlang_c(load, agents + 1)) < LIMIT


@pytest.mark.parametrize(("agents", "load", "patience"), IMPATIENT)
def test_exponential_patience_is_erlang_a(agents: int, load: float, patience: float) -> None:
    """P(wait), mean wait, hang-ups: false-fail 6e-6 a desk; catches 0.03, 12 % and 0.01."""
    expected = [erlang_a(load, n, patience) for n in (agents, agents + 1)]
    assert far(answered(agents, load, patience), *expected) < LIMIT


def test_slower_agents_are_seen() -> None:
    """Planted fault: services 5 % longer, in a queue of each kind."""
    assert far(answered(3, 2.2, longer=1.05), erlang_c(2.2, 3), erlang_c(2.2, 4)) > LIMIT
    assert far(answered(5, 6.5, 1.0, longer=1.05), erlang_a(6.5, 5, 1.0), erlang_a(6.5, 6, 1.0)) > LIMIT


def test_callers_who_leave_unsaid_cost_time() -> None:
    """Planted fault: the minute that agents lose on an empty chat makes the queue longer than Erlang A's."""
    waits = answered(5, 6.5, 1.0, silent=0.7)[0]
    assert max(deviations(waits, erlang_a(6.5, 5, 1.0))) > LIMIT


def test_who_leaves_unsaid_is_told_apart() -> None:
    """Silence is recorded of those who give up alone, at the share asked for; books and records agree.

    Error rates: some 4,000 of 20,000 calls give up, so a share of 0.7 has a standard error of 0.007: 0.04 fails less than
    once in a million seeds. Silence counted whether answered or not (the planted fault) is off by the answered ones.
    """
    desk = constants(
        desk_constants(Config(service={"open_hours": OPEN_HOURS}, population={"silent_abandon_share": 0.7}))
    )
    luck, n = np.random.default_rng(5), 20_000
    visits, book = np.zeros(n, VISIT), np.zeros(len(COLUMN), np.int64)
    visits["time"], visits["key"] = np.cumsum(luck.exponential(0.012, n)), np.arange(n)
    visits["chatted"], visits["patience"] = True, luck.exponential(600.0, n)
    serve(visits, np.zeros(0, CONTACT), np.zeros(0, np.int64), np.zeros(1, CUSTOMER), np.zeros(1), np.zeros(0), desk, 3)
    book_callers(visits, np.zeros(0, CONTACT), book)
    gone = visits["abandoned"]
    assert 2_000 < gone.sum() < n - 2_000 and not visits["silent"][~gone].any()
    assert visits["silent"][gone].mean() == pytest.approx(0.7, abs=0.04)
    assert book[COLUMN["silent"]] == visits["silent"].sum() and book[COLUMN["abandoned"]] == gone.sum()


def test_the_lines_have_agents_of_their_own() -> None:
    """Planted fault: the priority line is told from an ordinary one by its further agent."""
    assert max(abs(d) for d in deviations(answered(3, 2.2)[1], erlang_c(2.2, 3))) > LIMIT


def test_closed_forms_agree_where_they_meet() -> None:
    """Erlang A with patience like a service time is M/M/infinity; with nearly endless patience it is Erlang C."""
    for agents, load in DESKS:
        assert erlang_a(load, agents, 1.0)[0] == pytest.approx(poisson_tail(load, agents), rel=1e-9)
        assert erlang_a(load, agents, 1e5)[:2] == pytest.approx(erlang_c(load, agents), rel=1e-3)
    assert erlang_c(0.7, 1) == pytest.approx((0.7, 0.7 / 0.3))  # M/M/1
    _, mean, lost = erlang_a(6.5, 5, 1.0)
    assert lost == pytest.approx(mean / 1.0)  # each waiting caller hangs up at rate 1 / patience


@njit(cache=True)
def work(line: Any, until: Any) -> None:
    for k in range(len(until)):
        take_agent(line, until[k])


def test_the_agent_free_first_answers() -> None:
    """The heap of free times gives what sorting gives, exactly."""
    luck = np.random.default_rng(2)
    line, plain = np.zeros(7), [0.0] * 7
    for _ in range(2_000):
        until = plain[0] + luck.exponential()
        work(line, np.array([until]))
        plain = sorted([*plain[1:], until])
        assert line[0] == plain[0]
    assert sorted(line.tolist()) == plain
