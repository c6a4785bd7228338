"""What a comparison costs beside its runs, and what a second worker brings: `python -m benchmarks.compare [seeds=4 shoppers=5000]`.

Ratios measured in one run, on a machine that does nothing else. The whole question of the issue is
`seeds=20 shoppers=20000`.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from experiments.compare import Compare
from experiments.sweep import Machine, sweep
from experiments.twins.gather import against_twin, measured
from experiments.twins.study import gathered, machine_of, written
from experiments.worlds import answer, composed

POLICIES = ("none", "member_price", "escalating", "points", "rfm")
RUNS = 100  # for the speed-up


@contextmanager
def empty_folder() -> Iterator[None]:
    """A working folder in which nothing has been run yet."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def shares(seeds: int, shoppers: int) -> dict[str, Any]:
    """Seconds of a comparison of five policies, and the analysis as a share of the simulation, both as time waited.

    Analysis is all that is no simulation: measures of each run, twins held against each other, statistics, pictures, page.
    """
    asked, world = Compare(policies=POLICIES, seeds=seeds), [f"shoppers={shoppers}"]
    machine = machine_of(asked, world)
    with empty_folder(), machine.held():
        began = time.perf_counter()
        runs, baseline, notes = gathered(asked, world, machine)
        folder = written(asked, runs, baseline, notes, machine, time.perf_counter() - began)
        told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        first, other = (str(Path(runs.told[row, 0]["folder"])) for row in (baseline, 1))
        memory = peak(first, other)
    spent = told["worker_seconds"]
    simulation, measures = (spent[name] / machine.workers for name in ("simulation", "measures"))
    analysis = measures + told["seconds_analysis"]
    return {"simulation_seconds": simulation, "measures_seconds": measures, "report_seconds": told["seconds_analysis"],
            "analysis_to_simulation": analysis / simulation, "peak_megabytes": memory}  # fmt: skip


def peak(folder: str, twin: str) -> float:
    """Peak memory of a process that measures a run and holds it against its twin, MB."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return float(pool.submit(_peak, folder, twin).result())


def _peak(folder: str, twin: str) -> float:
    measured({"folder": folder}, 0.123)  # a rate of its own, so that nothing is found measured already
    against_twin({"folders": [folder], "twin": twin})
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed_up(shoppers: int) -> dict[str, Any]:
    """What 100 runs take on one worker and on two, start-up included: seconds waited, and seconds of processors.

    On a busy machine look at the latter: twice their ratio is the speed-up that an idle one would show.
    """
    config = composed([f"shoppers={shoppers}"], "+policy=points") | {"record": "orders"}
    waited, spent = {}, {}
    for workers in (1, 2):
        with empty_folder():
            began, busy = time.perf_counter(), cpu_seconds()
            outcomes = sweep([config | {"seed": seed} for seed in range(RUNS)], answer, Machine(workers))
            waited[workers], spent[workers] = time.perf_counter() - began, cpu_seconds() - busy
            assert not [outcome.error for outcome in outcomes if outcome.error]
    return {"one_worker_seconds": waited[1], "two_workers_seconds": waited[2], "speed_up": waited[1] / waited[2],
            "speed_up_by_cpu_seconds": 2 * spent[1] / spent[2]}  # fmt: skip


def cpu_seconds() -> float:
    """Of the workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(words: list[str]) -> None:
    """Prints a table and one line of JSON."""
    given = dict(word.split("=", 1) for word in words)
    seeds, shoppers = int(given.get("seeds", 4)), int(given.get("shoppers", 5000))
    work = partial(shares, seeds)
    small, large = work(max(shoppers // 8, 100)), work(shoppers)
    figures = {"seeds": seeds, "shoppers": shoppers, **large, **speed_up(shoppers),
               "peak_to_that_of_an_eighth": large["peak_megabytes"] / small["peak_megabytes"]}  # fmt: skip
    print(f"{len(POLICIES)} policies x {seeds} seeds x {shoppers:,} customers, two years")
    print(f"  analysis to simulation, time waited      {figures['analysis_to_simulation']:.3f}")
    print(f"  peak memory of one run's analysis        {figures['peak_megabytes']:.0f} MB")
    print(f"  ... to that of an eighth of the shop     {figures['peak_to_that_of_an_eighth']:.2f}")
    print(f"  two workers to one, {RUNS} runs            {figures['speed_up']:.2f} times as fast")
    print(f"  ... by seconds of processors             {figures['speed_up_by_cpu_seconds']:.2f}")
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
