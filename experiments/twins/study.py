"""A comparison from the command to the folder it leaves."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from experiments.compare import Compare
from experiments.paired.precision import LEAST, next_step
from experiments.paired.selection import Race
from experiments.sweep import Machine, Progress
from experiments.twins import findings, reasons
from experiments.twins.arms import Arm, baseline_of, of_policies, of_runs, shared_seeds
from experiments.twins.budget import equal_cost
from experiments.twins.gather import Runs, add, subsidies
from experiments.worlds import user_places
from sim.errors import RegularsError, unknown
from sim.measure.definitions import DEFINITIONS
from sim.store import Store

HOME = Path(__file__).parents[1]
TOLD = ("contribution", "retention_180", "orders", "revenue", "lifetime_value", "programme_cost")


def study(asked: Compare, world: Sequence[str]) -> int:
    """Runs what is missing, compares, writes, prints; returns the exit code."""
    from experiments.twins.report import print_report

    if asked.outcome not in DEFINITIONS:
        raise unknown("outcome", "outcome", asked.outcome, DEFINITIONS)
    began = time.perf_counter()
    machine = machine_of(asked, world)
    runs, baseline, notes = gathered(asked, world, machine)
    simulated = time.perf_counter() - began
    if (code := failures(runs)) != 0:
        return code
    folder = written(asked, runs, baseline, notes, machine, simulated)
    print_report(json.loads((folder / "comparison.json").read_text(encoding="utf-8")), folder)
    return 0


def machine_of(asked: Any, world: Sequence[str]) -> Machine:
    """Where the runs are made; all cores by default."""
    workers = asked.workers or len(os.sched_getaffinity(0))
    return Machine(workers, asked.executor, asked.scheduler, user_places(world))


def gathered(asked: Compare, world: Sequence[str], machine: Machine) -> tuple[Runs, int, dict[str, Any]]:
    """The runs of all arms; the row of the baseline; how the number of seeds came about."""
    if asked.runs:
        if world:
            raise RegularsError(f"{world[0]}: was given with runs=...; allowed: one or the other, runs are as they are")
        arms = of_runs(asked.runs)
        runs = Runs(arms)
        _more(runs, shared_seeds(arms), machine, asked.discount_rate_year)
        return runs, baseline_of(arms, asked.baseline), {"seeds": "all that every arm has"}
    arms = of_policies(world, asked.policies)
    baseline = baseline_of(arms, asked.baseline)
    if asked.budget == "equal":
        arms = equal_cost(arms, baseline, machine, asked.discount_rate_year)
    runs = Runs(arms)
    if asked.race:
        return runs, baseline, _race(runs, asked, machine)
    if asked.seeds == "auto":
        return runs, baseline, _until_precise(runs, baseline, asked, machine)
    seeds = range(asked.seeds) if isinstance(asked.seeds, int) else dict.fromkeys(asked.seeds)
    _more(runs, list(seeds), machine, asked.discount_rate_year)
    return runs, baseline, {"seeds": "as asked"}


def _more(runs: Runs, seeds: Sequence[int], machine: Machine, rate: float, rows: Sequence[int] | None = None) -> None:
    with Progress("runs", len(seeds) * len(rows or runs.arms)) as bar:
        add(runs, seeds, machine, rate, rows, bar.step)


def _until_precise(runs: Runs, baseline: int, asked: Compare, machine: Machine) -> dict[str, Any]:
    """Adds seeds until the precision is met or the budget is spent."""
    _more(runs, range(LEAST), machine, asked.discount_rate_year)
    while not runs.failed:
        values = runs.values(asked.outcome)
        step = next_step(values, baseline, asked.precision, asked.level, LEAST, asked.max_seeds)
        if step.stop:
            return {"seeds": "auto", "why": step.why, "reason": step.reason, "half_width": step.half_width}
        seen = len(runs.seeds)
        _more(runs, range(seen, seen + step.more), machine, asked.discount_rate_year)
    return {"seeds": "auto", "why": "a run failed"}


def _race(runs: Runs, asked: Compare, machine: Machine) -> dict[str, Any]:
    """Ten seeds of all arms, then more for those that may still be best; the table is of the seeds that all have."""
    _more(runs, range(LEAST), machine, asked.discount_rate_year)
    if runs.failed:
        return {"seeds": "race", "why": "a run failed"}
    values = runs.values(asked.outcome)
    better = DEFINITIONS[asked.outcome].larger_is_better is not False
    race = Race(values, asked.race_lead * abs(float(values.mean())), asked.level, better)
    extra = Runs(runs.arms, list(runs.seeds), dict(runs.told))
    while not race.done and race.seeds < asked.max_seeds:
        seeds = list(range(race.seeds, min(race.seeds + machine.workers, asked.max_seeds)))
        _more(extra, seeds, machine, asked.discount_rate_year, race.survivors)
        if extra.failed:
            runs.failed.update(extra.failed)
            break
        for seed in seeds:
            if not race.done:
                race.add(extra.values(asked.outcome, [seed], race.survivors)[:, 0])
    for name, spent in extra.seconds.items():
        runs.seconds[name] += spent
    names = [runs.arms[row].name for row in race.survivors]
    winner = runs.arms[race.winner].name if race.done else None
    said = f"{winner} is selected" if winner else f"budget spent, still in: {', '.join(names)}"
    return {"seeds": "race", "why": f"{said}, {race.seeds} seeds", "winner": winner, "survivors": names,
            "race_seeds": race.seeds, "lead": asked.race_lead, "confidence": asked.level}  # fmt: skip


def failures(runs: Runs) -> int:
    """Names every run that failed; 1 if there is one."""
    if not runs.failed:
        return 0
    for (row, seed), line in sorted(runs.failed.items())[:10]:
        print(f"{runs.arms[row].name}, seed {seed}: {line}", file=sys.stderr)
    if len(runs.failed) > 10:
        print(f"and {len(runs.failed) - 10} more", file=sys.stderr)
    done = len(runs.told)
    print(f"{len(runs.failed)} of {done + len(runs.failed)} runs failed; the others are kept.", file=sys.stderr)
    return 1


def written(
    asked: Compare, runs: Runs, baseline: int, notes: dict[str, Any], machine: Machine, simulated: float
) -> Path:
    """The folder of the answer: found by its key, or written now."""
    from experiments.twins.report import write_report

    options = asked.model_dump(mode="json", exclude={"workers", "executor", "scheduler", "results_dir", "runs", "policies"})
    keys = {arm.name: {str(seed): runs.told[row, seed]["key"] for seed in runs.seeds} for row, arm in enumerate(runs.arms)}
    told = json.dumps([options, keys, notes, _sources()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("compare", key, "summary")) is not None:
        return folder
    clock = time.perf_counter()
    found = compared(asked, runs, baseline, notes, machine) | {"runs": keys, "options": options}
    about: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "folders": {f"{runs.arms[row].name} seed {seed}": told["folder"] for (row, seed), told in sorted(runs.told.items())},
        "reused_runs": sum(bool(told["reused"]) for told in runs.told.values()),
        "new_runs": sum(not told["reused"] for told in runs.told.values()),
        "worker_seconds": {name: round(spent, 3) for name, spent in runs.seconds.items()},
        "seconds_runs": round(simulated, 3),
    }
    with store.writing("compare", key, "summary", about) as hidden:
        write_report(hidden, found, runs, baseline, asked)
        about["seconds_analysis"] = round(time.perf_counter() - clock, 3)
    return store.place("compare", key)


def compared(asked: Compare, runs: Runs, baseline: int, notes: dict[str, Any], machine: Machine) -> dict[str, Any]:
    """Every figure of a comparison, as plain JSON values."""
    level, arms = asked.level, runs.arms
    with Progress("twins", len(runs.seeds) * (len(arms) - 1)) as bar:
        paid = subsidies(runs, baseline, machine, bar.step)
    found: dict[str, Any] = {
        "arms": [arm.name for arm in arms],
        "factors": {arm.name: dict(arm.factors) for arm in arms},
        "baseline": arms[baseline].name,
        "seeds": list(runs.seeds),
        "how_many_seeds": notes,
        "world": world_of(arms),
        "interval": f"{level:g} t interval of the mean of paired differences, one per seed; seeds are the unit of replication",
        "assumptions": assumptions(asked, arms),
        "outcomes": findings.outcomes(runs, baseline, level),
        "best": {name: findings.best(runs, name) for name in {asked.outcome, "contribution", "retention_180"}},
        "margin_floor": findings.floors(runs, baseline, asked.margin_floor, level),
        "sentences": findings.sentences(runs, baseline, level, dict.fromkeys([asked.outcome, *TOLD])),
        "bridge": reasons.bridges(runs, baseline, level),
        "lift": reasons.lifts(runs, baseline, level),
        "rewards": reasons.rewards(runs, baseline, paid),
    }
    return found | _extras(asked, runs, baseline)


def _extras(asked: Compare, runs: Runs, baseline: int) -> dict[str, Any]:
    """Factors of a sweep, Cox on disjoint seeds, one shopper's lives: where asked for or where there are any."""
    from experiments.twins import extras

    return {
        "sweep": extras.factors(runs, baseline, asked.outcome, asked.level),
        "survival": extras.survival(runs, baseline, asked.level, asked.survival == "cox"),
        "shopper": extras.lives(runs, asked.shopper),
    }


def world_of(arms: Sequence[Arm]) -> dict[str, Any]:
    """What all arms have in common, shortly."""
    first = arms[0].config
    shown = {name: first.get(name) for name in ("shoppers", "days", "start", "run_off_days")}
    groups = {name: (first.get(name) or {}).get("name") for name in ("population", "catalogue", "market", "service", "events")}
    alike = {name: value for name, value in {**shown, **groups}.items()
             if all((arm.config.get(name) == first.get(name)) for arm in arms)}  # fmt: skip
    return alike


def assumptions(asked: Compare, arms: Sequence[Arm]) -> list[str]:
    """What a reader must know before believing a figure."""
    said = ["synthetic shoppers: traits and sizes are those of the population's file, with their sources and confidence"]
    if any(arm.config.get("population", {}).get("from_orders") for arm in arms):
        said.append("population=orders: intervals cover luck, not other customers")
    if asked.budget == "own":
        said.append("budgets are not equal: each policy spends what its levers give")
    said.append("individual outcomes are of customers known at day 0; purchase cycles are those before day 0")
    if np.any([arm.config.get("service", {}).get("desk", True) for arm in arms]):
        said.append("customers of a seed share its desk")
    return said


def _sources() -> str:
    """A hash of the code that answers."""
    digest = hashlib.sha256()
    for path in sorted([*HOME.rglob("*.py"), *(HOME.parent / "sim" / "measure").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
