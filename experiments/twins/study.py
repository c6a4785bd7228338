"""A comparison from the command to the folder it leaves."""

import hashlib
import json
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
from experiments.twins.arms import Arm, baseline_of, of_policies, of_runs, shared_seeds, with_twins
from experiments.twins.asked import refuse
from experiments.twins.budget import equal_cost
from experiments.twins.customers import refuse_stranger
from experiments.twins.gather import Runs, add
from experiments.worlds import user_places
from sim.errors import wrong
from sim.machine import processors
from sim.measure.definitions import DEFINITIONS
from sim.store import Store

HOME = Path(__file__).parents[1]
NOT_IN_KEY = {"workers", "executor", "scheduler", "results_dir", "runs", "policies"}
MOST_LINES = 10  # of failed runs that are shown


def study(asked: Compare, world: Sequence[str]) -> int:
    """Runs what is missing, compares, writes, prints; returns the exit code."""
    from experiments.twins.terminal import print_report

    refuse(asked, world)
    began = time.perf_counter()
    machine = machine_of(asked, world)
    with machine.held():
        runs, baseline, notes = gathered(asked, world, machine)
        simulated = time.perf_counter() - began
        folder = written(asked, runs, baseline, notes, machine, simulated) if runs.seeds else None
    if folder is not None:
        print_report(json.loads((folder / "comparison.json").read_text(encoding="utf-8")), folder)
    return failures(runs)


def machine_of(asked: Any, world: Sequence[str]) -> Machine:
    """Where the runs are made; all cores by default."""
    workers = asked.workers or processors()
    here = (str(Path.cwd()),) if asked.executor == "dask" else ()  # its workers may stand in another folder
    return Machine(workers, asked.executor, asked.scheduler, (*user_places(world), *here))


def gathered(asked: Compare, world: Sequence[str], machine: Machine) -> tuple[Runs, int, dict[str, Any]]:
    """The runs of all arms; the row of the baseline; how the number of seeds came about.

    Seeds at which a run failed are dropped for all arms; `Runs.failed` says why.
    """
    runs, baseline, notes = _gathered(asked, world, machine)
    runs.keep_whole()
    return runs, baseline, notes


def _gathered(asked: Compare, world: Sequence[str], machine: Machine) -> tuple[Runs, int, dict[str, Any]]:
    rate = asked.discount_rate_year
    arms = _arms(asked, world)
    baseline = baseline_of(arms, asked.baseline)
    there = shared_seeds(arms) if asked.runs else ()
    if asked.shopper is not None:
        refuse_stranger(asked.shopper, arms, there[0] if there else None)
    if asked.budget == "equal":
        arms = equal_cost(arms, baseline, machine, rate)
    runs = Runs(arms)
    if asked.runs:
        _more(runs, there, machine, rate)
        return runs, baseline, {"seeds": "all that every arm has"}
    if asked.race:
        return runs, baseline, _race(runs, asked, machine)
    if asked.seeds == "auto":
        return runs, baseline, _until_precise(runs, baseline, asked, machine)
    _more(runs, list(range(asked.seeds) if isinstance(asked.seeds, int) else asked.seeds), machine, rate)
    return runs, baseline, {"seeds": "as asked"}


def _arms(asked: Compare, world: Sequence[str]) -> tuple[Arm, ...]:
    if asked.runs:
        return of_runs(asked.runs)
    if asked.truth:
        return with_twins(of_policies(world, asked.policies, least=1))
    return of_policies(world, asked.policies)


def _more(runs: Runs, seeds: Sequence[int], machine: Machine, rate: float, rows: Sequence[int] | None = None) -> None:
    with Progress("runs", len(seeds) * len(rows or runs.arms)) as bar:
        add(runs, seeds, machine, rate, rows, bar.step)


def _until_precise(runs: Runs, baseline: int, asked: Compare, machine: Machine) -> dict[str, Any]:
    """Adds seeds until the precision is met or the budget is spent."""
    _more(runs, range(LEAST), machine, asked.discount_rate_year)
    while not runs.failed:
        values = _followed(runs, asked)
        step = next_step(values, baseline, asked.precision, asked.level, LEAST, asked.max_seeds)
        if step.stop:
            return {"seeds": "auto", "why": step.why, "reason": step.reason, "half_width": step.half_width}
        seen = len(runs.seeds)
        _more(runs, range(seen, seen + step.more), machine, asked.discount_rate_year)
    return {"seeds": "auto", "why": "a run failed, so no seeds were added"}


def _followed(runs: Runs, asked: Compare) -> Any:
    """The outcome that decides how many seeds are run, shape (arms, seeds)."""
    values = runs.values(asked.outcome)
    if not np.isfinite(values).all():
        raise wrong(
            "outcome", asked.outcome, "one that these worlds have; this needs longer runs, or a group that is not empty"
        )
    return values


def _race(runs: Runs, asked: Compare, machine: Machine) -> dict[str, Any]:
    """Ten seeds of all arms, then more for those that may still be best; the table is of the seeds that all have."""
    _more(runs, range(LEAST), machine, asked.discount_rate_year)
    if runs.failed:
        return {"seeds": "race", "why": "a run failed, so no race was held"}
    values = _followed(runs, asked)
    better = DEFINITIONS[asked.outcome].larger_is_better is not False
    race = Race(values, asked.race_lead * abs(float(values.mean())), asked.level, better)
    extra = Runs(runs.arms, list(runs.seeds), dict(runs.told))
    raced: dict[str, str] = {}  # not all of `extra`: many workers run ahead of the race's end
    while not race.done and race.seeds < asked.max_seeds and not extra.failed:
        seeds = list(range(race.seeds, min(race.seeds + machine.workers, asked.max_seeds)))
        _more(extra, seeds, machine, asked.discount_rate_year, race.survivors)
        for seed in [] if extra.failed else seeds:
            if not race.done:
                raced |= {f"{runs.arms[row].name} seed {seed}": extra.told[row, seed]["key"] for row in race.survivors}
                race.add(extra.values(asked.outcome, [seed], race.survivors)[:, 0])
    runs.failed.update(extra.failed)
    for name, spent in extra.seconds.items():
        runs.seconds[name] += spent
    return _told(race, runs, raced, bool(extra.failed), asked)


def _told(race: Race, runs: Runs, raced: dict[str, str], failed: bool, asked: Compare) -> dict[str, Any]:
    """How a race went, with the keys of the runs that only some arms have: `raced`."""
    names = [runs.arms[row].name for row in race.survivors]
    winner = runs.arms[race.winner].name if race.done else None
    stopped = "a run failed" if failed else f"the budget of {asked.max_seeds} seeds is spent"
    said = f"{winner} wins the race" if winner else f"{stopped}, still in the race: {', '.join(names)}"
    return {
        "seeds": "race", "winner": winner, "survivors": names, "race_seeds": race.seeds, "lead": asked.race_lead,
        "confidence": asked.level, "runs": raced,
        "why": f"{said} after {race.seeds} seeds (KN; a lead of {100 * asked.race_lead:g} % is found with a chance of "
        f"{100 * asked.level:g} %); the tables are of the seeds that all arms have",
    }  # fmt: skip


def failures(runs: Runs) -> int:
    """Names every run that failed, those of one reason together; 1 if there is one."""
    if not runs.failed:
        return 0
    reasons: dict[str, list[str]] = {}
    for (row, seed), line in sorted(runs.failed.items()):
        reasons.setdefault(line, []).append(f"{runs.arms[row].name}, seed {seed}")
    if not runs.told and len(reasons) == 1:  # nothing ran: one wrong input, one line
        print(*reasons, file=sys.stderr)
        return 1
    for line, names in list(reasons.items())[:MOST_LINES]:
        more = f" (and {len(names) - 1} more runs)" if len(names) > 1 else ""
        print(f"{names[0]}{more}: {line}", file=sys.stderr)
    left = "no seed is left to compare" if not runs.seeds else "their seeds are left out for all"
    print(
        f"{len(runs.failed)} of {len(runs.told) + len(runs.failed)} runs failed: {left}; whole runs are kept.",
        file=sys.stderr,
    )
    return 1


def written(
    asked: Compare, runs: Runs, baseline: int, notes: dict[str, Any], machine: Machine, simulated: float
) -> Path:
    """The folder of the answer: found by its key, or written now."""
    from experiments.twins.compared import compared
    from experiments.twins.report import write_report

    options = asked.model_dump(mode="json", exclude=NOT_IN_KEY)
    keys = {
        arm.name: {str(seed): runs.told[row, seed]["key"] for seed in runs.seeds} for row, arm in enumerate(runs.arms)
    }
    told = json.dumps([options, keys, notes, runs.left_out(), _sources()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("compare", key, "summary")) is not None:
        return folder
    clock = time.perf_counter()
    about = _about(runs, simulated)
    given = {"runs": keys, "options": options, "how_many_seeds": notes}
    with store.writing("compare", key, "summary", about) as hidden:
        write_report(hidden, compared(asked, runs, baseline, machine, given, hidden if asked.figures else None))
        about["seconds_analysis"] = round(time.perf_counter() - clock, 3)
    return store.place("compare", key)


def _about(runs: Runs, simulated: float) -> dict[str, Any]:
    """What is not the same at every run of the command: times, places, what was there already."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "folders": {
            f"{runs.arms[row].name} seed {seed}": told["folder"] for (row, seed), told in sorted(runs.told.items())
        },
        "failed": {f"{runs.arms[row].name} seed {seed}": line for (row, seed), line in sorted(runs.failed.items())},
        "reused_runs": sum(bool(told["reused"]) for told in runs.told.values()),
        "new_runs": sum(not told["reused"] for told in runs.told.values()),
        "worker_seconds": {name: round(spent, 3) for name, spent in runs.seconds.items()},
        "seconds_runs": round(simulated, 3),
    }


def _sources() -> str:
    """A hash of the code that answers."""
    digest = hashlib.sha256()
    for path in sorted([*HOME.rglob("*.py"), *(HOME.parent / "sim" / "measure").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
