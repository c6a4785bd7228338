"""One budget for all: every policy's levers scaled until its programme costs what the others' do."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.sweep import Machine, Progress
from experiments.twins.arms import Arm
from experiments.twins.gather import Runs, add
from sim.errors import RegularsError
from sim.loading import load_policy

PILOT_SEEDS = range(3)
ROUNDS = 6
CLOSE = 0.02  # of the budget


def equal_cost(arms: Sequence[Arm], baseline: int, machine: Machine, rate: float) -> tuple[Arm, ...]:
    """The arms with their levers scaled to one programme cost: that of the cheapest policy that costs anything.

    A policy names the levers that its budget goes through in `BUDGET_LEVERS`; they are multiplied by one number, found by
    the secant rule on three seeds. Policies without such levers, and the baseline, stay as they are.

    Raises:
        RegularsError: No policy costs anything, or a budget cannot be met.
    """
    scales: dict[int, list[tuple[float, float]]] = {}
    costs = _costs(arms, machine, rate)
    levers = [_levers(arm) if row != baseline else () for row, arm in enumerate(arms)]
    movable = [row for row in range(len(arms)) if levers[row] and costs[row] > 0]
    if not movable:
        raise RegularsError("budget: equal was given, but no policy has a programme that costs anything")
    goal = min(costs[row] for row in movable)
    scaled = list(arms)
    for row in movable:
        scales[row] = [(0.0, 0.0), (1.0, costs[row])]
    for _ in range(ROUNDS):
        open_rows = [row for row in movable if abs(scales[row][-1][1] - goal) > CLOSE * goal]
        if not open_rows:
            break
        for row in open_rows:
            scaled[row] = _scaled(arms[row], levers[row], _next(scales[row], goal))
        found = _costs([scaled[row] for row in open_rows], machine, rate)
        for row, cost in zip(open_rows, found, strict=True):
            scales[row].append((float(scaled[row].factors["budget_scale"]), cost))
    late = [arms[row].name for row in movable if abs(scales[row][-1][1] - goal) > CLOSE * goal]
    if late:
        raise RegularsError(
            f"budget: equal was given, but {', '.join(late)} cannot be scaled to {goal:,.0f} yuan a run"
        )
    return tuple(scaled)


def _next(known: list[tuple[float, float]], goal: float) -> float:
    """The scale at which the line through the last two costs meets the goal."""
    (s0, c0), (s1, c1) = known[-2:]
    step = s1 * goal / c1 if c1 == c0 else s0 + (goal - c0) * (s1 - s0) / (c1 - c0)
    return float(np.clip(step, 0.1 * s1, 10 * s1))


def _costs(arms: Sequence[Arm], machine: Machine, rate: float) -> list[float]:
    """Mean programme cost of a run of each arm, yuan."""
    runs = Runs(tuple(arms))
    with Progress("budget", len(arms) * len(PILOT_SEEDS)) as bar:
        add(runs, list(PILOT_SEEDS), machine, rate, done=bar.step)
    for (row, seed), line in runs.failed.items():
        raise RegularsError(f"{arms[row].name}, seed {seed}: {line}")
    return [float(row.mean()) for row in runs.values("programme_cost")]


def _levers(arm: Arm) -> tuple[str, ...]:
    return tuple(getattr(type(load_policy(arm.config["policy"])), "BUDGET_LEVERS", ()))


def _scaled(arm: Arm, levers: Sequence[str], by: float) -> Arm:
    """The arm with its levers multiplied."""
    policy = dict(arm.config["policy"])
    full = _all_levers(arm.config["policy"])
    for name in levers:
        policy[name] = _times(full[name], by)
    return Arm(arm.name, dict(arm.config) | {"policy": policy}, dict(arm.factors) | {"budget_scale": by}, {})


def _all_levers(node: Mapping[str, Any]) -> dict[str, Any]:
    from sim.loading import levers_of

    return levers_of(load_policy(node))


def _times(value: Any, by: float) -> Any:
    return [_times(one, by) for one in value] if isinstance(value, list | tuple) else float(value) * by
