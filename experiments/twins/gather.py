"""Runs of all arms and seeds, made or found, and their measures as arrays."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.sweep import Machine, Outcome, sweep
from experiments.twins.arms import Arm
from experiments.worlds import answer
from sim.contract import F64
from sim.errors import RegularsError
from sim.keys import LATER, PRESENTATION

PLACES = ("folder", "runs_dir", "orders")  # keys that hold a path


@dataclass
class Runs:
    """All that has been run so far.

    Attributes:
        arms: Rows.
        seeds: Columns.
        told: What each run left, by (row, seed): `folder`, `key`, `reused`, `measures`.
        failed: Lines that say why a run is missing, by (row, seed).
        seconds: Spent simulating and measuring, summed over workers.
    """

    arms: tuple[Arm, ...]
    seeds: list[int] = field(default_factory=list)
    told: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    failed: dict[tuple[int, int], str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: {"simulation": 0.0, "measures": 0.0})

    def values(self, name: str, seeds: Sequence[int] | None = None, rows: Sequence[int] | None = None) -> F64:
        """One outcome, shape (arms, seeds); nan where a run has none."""
        rows = range(len(self.arms)) if rows is None else rows
        table = [[self.told[row, seed]["measures"]["outcomes"][name] for seed in seeds or self.seeds] for row in rows]
        return np.array([[np.nan if value is None else value for value in line] for line in table], dtype=float)

    def keep_whole(self) -> None:
        """Drops the seeds at which a run is missing, for all arms: one failed run costs its seed, not the sweep."""
        rows = range(len(self.arms))
        self.seeds = [seed for seed in self.seeds if all((row, seed) in self.told for row in rows)]

    def left_out(self) -> dict[str, list[int]]:
        """Seeds at which a run failed, by arm."""
        return {
            arm.name: seeds
            for row, arm in enumerate(self.arms)
            if (seeds := sorted(seed for place, seed in self.failed if place == row))
        }

    def part(self, row: int, seed: int, name: str) -> Any:
        """One measure of one run."""
        return self.told[row, seed]["measures"][name]


def add(runs: Runs, seeds: Sequence[int], machine: Machine, rate: float, rows: Sequence[int] | None = None,
        done: Callable[[int], None] | None = None) -> None:  # fmt: skip
    """Runs more seeds of all arms (or of some rows), or finds them, and measures them.

    The first arm goes first: it leaves the shop's past of each seed on the shelf, where the others find it.
    """
    rows = range(len(runs.arms)) if rows is None else rows
    cells = [(row, seed) for row in rows for seed in seeds if (row, seed) not in runs.told]
    configs = [_config(runs.arms[row], seed, machine) for row, seed in cells]
    for cell, outcome in zip(cells, sweep(configs, partial(measured, rate=rate), machine, done), strict=True):
        _enter(runs, cell, outcome)
    runs.seeds.extend(seed for seed in seeds if seed not in runs.seeds)


def _config(arm: Arm, seed: int, machine: Machine) -> Mapping[str, Any]:
    """What a worker is handed: the config, or the folder of a run that is there."""
    told = {"folder": arm.folders[seed]} if seed in arm.folders else dict(arm.config) | {"seed": seed}
    if machine.executor == "dask":  # whose workers may stand in another folder
        told |= {name: str(Path(told[name]).resolve()) for name in PLACES if told.get(name) is not None}
    return told


def _enter(runs: Runs, cell: tuple[int, int], outcome: Outcome) -> None:
    if outcome.error is not None:
        runs.failed[cell] = outcome.error
        return
    runs.told[cell] = outcome.answer
    for name in runs.seconds:
        runs.seconds[name] += outcome.answer["seconds"][name]


def measured(config: Mapping[str, Any], rate: float) -> dict[str, Any]:
    """One run, found or made, and its measures; done in a worker."""
    from sim.measure.measures import measures

    began, clock = time.time(), time.perf_counter()
    folder = Path(str(config["folder"])) if "folder" in config else Path(answer(config))
    simulated = time.perf_counter()
    found = measures(folder, rate)
    mark = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    reused = (folder / "run.json").stat().st_mtime < began
    seconds = {"simulation": 0.0 if reused else simulated - clock, "measures": time.perf_counter() - simulated}
    return {"folder": str(folder), "key": mark["key"], "reused": reused, "measures": found, "seconds": seconds}


def subsidies(
    runs: Runs,
    baseline: int,
    machine: Machine,
    done: Callable[[int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> dict[tuple[int, int], dict[str, Any]]:
    """Each run held against its twin of the baseline, order by order; by (row, seed).

    Left out are worlds whose customers of day 0 are not the baseline's (a swept population, say).
    """
    base, rows = _past(runs.arms[baseline]), [row for row in range(len(runs.arms)) if row != baseline]
    tasks = [
        {"twin": runs.told[baseline, seed]["folder"], "folders": [runs.told[row, seed]["folder"] for row in rows]}
        for seed in runs.seeds
    ]
    found = {}
    for seed, outcome in zip(runs.seeds, sweep(tasks, against_twin, machine, done, meanwhile), strict=True):
        if outcome.error is not None:
            raise RegularsError(outcome.error)
        for row, told in zip(rows, outcome.answer, strict=True):
            if not isinstance(told, RegularsError):
                found[row, seed] = told
            elif _past(runs.arms[row]) == base:
                raise told
    return found


def _past(arm: Arm) -> dict[str, Any]:
    """What the customers of day 0 and the length of a run depend on."""
    return {name: value for name, value in arm.config.items() if name not in (*PRESENTATION, *LATER, "seed")} | {
        "days": arm.config.get("days")
    }


def against_twin(task: Mapping[str, Any]) -> list[Any]:
    """`sim.measure.subsidy.each_subsidised` of the folders of one seed and their twin; done in a worker."""
    from sim.measure.subsidy import each_subsidised

    return list(each_subsidised(task["folders"], task["twin"]))
