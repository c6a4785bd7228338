"""Agents by shift: who is on duty at which hour of the desk's day, and the queue where that varies.

The desk's clock counts opening hours only. A line is a column: the hours at which its agents are free and, where there
are shifts, the number on duty in each behind them. Agent j is on duty in the shifts of more than j agents.
"""

from math import floor
from typing import Any

import numpy as np
from numba import njit

from sim.config import MAX_SHIFTS, Agents, Service
from sim.contract import F64


def on_duty(agents: Agents, customers: int) -> tuple[int, int]:
    """Agents in the ordinary and the priority line of a shop of so many customers; at least one ordinary agent."""
    scale = customers / 10_000
    priority = max(round(agents.priority * scale), 1) if agents.priority > 0 else 0
    return max(round(agents.ordinary * scale), 1), priority


def open_lines(service: Service, customers: int, hour: float) -> tuple[F64, F64]:
    """Both lines as the desk opens at `hour` of its own clock, everybody free."""
    if not service.shifts:
        ordinary, priority = on_duty(service.agents, customers)
        return np.full(ordinary, hour), np.full(priority, hour)
    by_shift = np.array([on_duty(shift.agents, customers) for shift in service.shifts], float)
    lines = [np.concatenate([np.full(int(line.max()), hour), line]) for line in by_shift.T]
    return lines[0], lines[1] if by_shift[:, 1].any() else np.zeros(0)


def agent_hours(service: Service, customers: int) -> float:
    """Hours of work that a day at the desk costs."""
    if not service.shifts:
        return sum(on_duty(service.agents, customers)) * service.open_hours
    return sum(sum(on_duty(s.agents, customers)) * (s.to_hour - s.from_hour) for s in service.shifts)


def shift_constants(service: Service) -> dict[str, Any]:
    """Constants of the desk's rota; `shift_count` is 0 if the same agents serve all day."""
    shifts = service.shifts if service.desk else ()
    start, end = np.zeros(MAX_SHIFTS), np.zeros(MAX_SHIFTS)
    start[: len(shifts)], end[: len(shifts)] = [s.from_hour for s in shifts], [s.to_hour for s in shifts]
    return {"shift_count": len(shifts), "shift_start": start, "shift_end": end}


@njit(cache=True, error_model="numpy")
def next_duty(line: Any, agents: int, agent: int, hour: float, desk: Any) -> float:
    """The first hour, not before `hour`, at which an agent is on duty."""
    day = floor(hour / desk.open_hours)
    for _ in range(2):
        for k in range(desk.shift_count):
            if hour < day * desk.open_hours + desk.shift_end[k] and line[agents + k] > agent:
                return max(hour, day * desk.open_hours + desk.shift_start[k])
        day += 1
    return hour


@njit(cache=True, error_model="numpy")
def shift_queue(
    line: Any, hour: float, patience: float, service: float, silent: bool, check: float, desk: Any
) -> tuple[float, bool]:
    """One arrival at a line with shifts; arguments and result as those of `desk.queue`.

    Who is served at the end of a shift is served to the end; who comes after it waits for the next agent on duty.
    """
    agents = len(line) - int(desk.shift_count)
    first = 0
    free = np.inf
    for agent in range(agents):
        hour_free = next_duty(line, agents, agent, max(line[agent], hour), desk)
        if hour_free < free:
            free = hour_free
            first = agent
    wait = free - hour
    if wait > patience:
        if silent:
            line[first] = free + check
        return patience, False
    line[first] = free + service
    return wait, True
