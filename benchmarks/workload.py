"""The reference workload, one run in a process of its own: `python -m benchmarks.workload shoppers days record`."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.verbs import timed
from policies.points import Points
from sim.config import Config
from sim.population import Population
from sim.run import run

BEST_OF, SMALL = 5, 100_000  # up to so many shoppers, the best of so many runs: other work on a machine only slows them


def once(config: Config) -> dict[str, Any]:
    """CPU-seconds and needs of one run under `points`, history and run-off included in the time."""
    with tempfile.TemporaryDirectory() as folder:
        busy, wall = time.process_time(), time.perf_counter()
        summary = run(config, Points(), False, Path(folder))
        busy, wall = time.process_time() - busy, time.perf_counter() - wall
    needs = summary["needs"] + summary["needs_warm_up"]
    return {
        "needs": needs,
        "orders": summary["orders"],
        "cpu_seconds": busy,
        "seconds": wall,
        "needs_per_cpu_second": needs / busy,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def by_verb(config: Config) -> dict[str, float]:
    """Shares of the CPU-seconds of another such run, its compiled acts taken apart into their verbs."""
    with tempfile.TemporaryDirectory() as folder, timed() as verbs:
        busy = time.process_time()
        run(config, Points(), False, Path(folder))
        busy = time.process_time() - busy
    shares = {name: seconds / busy for name, seconds in verbs.items()}
    return shares | {"the rest": 1.0 - sum(shares.values())}


def compiled() -> None:
    """Compiles everything, so that the clock sees none of it."""
    tiny = Config(shoppers=100, days=30, record="summary", population=Population(shop_age_days=60))
    with tempfile.TemporaryDirectory() as folder:
        run(tiny, Points(), False, Path(folder))


def apart(shoppers: int, days: int, record: str) -> dict[str, Any]:
    """`once` in a process of its own, so that its peak of memory is its own."""
    words = [sys.executable, "-m", "benchmarks.workload", str(shoppers), str(days), record]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    compiled()
    people, length, kept = sys.argv[1:]
    world = Config(shoppers=int(people), days=int(length), record=kept)  # type: ignore[arg-type]
    tries = [once(world) for _ in range(BEST_OF if world.shoppers <= SMALL else 1)]
    print(json.dumps(min(tries, key=lambda told: told["cpu_seconds"])))
