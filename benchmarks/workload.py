"""The reference workload, one run in a process of its own: `python -m benchmarks.workload shoppers days record [campaigns]`."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.verbs import timed
from policies.campaigns.care import Care
from policies.campaigns.newcomer_waves import NewcomerWaves
from policies.campaigns.winback import Winback
from policies.points import Points
from sim.config import Config
from sim.population import Population
from sim.run import run

CAMPAIGNS = {"newcomer_waves": NewcomerWaves(), "winback": Winback(), "care": Care()}
BEST_OF, SMALL = 5, 100_000  # up to so many shoppers, the best of so many runs: other work on a machine only slows them


def once(config: Config) -> dict[str, Any]:
    """CPU-seconds and needs of one run under `points`, history and run-off included in the time."""
    campaigns = {name: CAMPAIGNS[name] for name in config.campaign}
    with tempfile.TemporaryDirectory() as folder:
        busy, wall = time.process_time(), time.perf_counter()
        summary = run(config, Points(), False, Path(folder), campaigns=campaigns)
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
    once(tiny)
    once(tiny.model_copy(update={"campaign": {name: {} for name in CAMPAIGNS}}))


def apart(shoppers: int, days: int, record: str, campaigns: bool = False) -> dict[str, Any]:
    """`once` in a process of its own, so that its peak of memory is its own."""
    words = [sys.executable, "-m", "benchmarks.workload", str(shoppers), str(days), record, *["campaigns"] * campaigns]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    compiled()
    people, length, kept, *more = sys.argv[1:]
    with_campaigns: dict[str, Any] = {name: {} for name in CAMPAIGNS} if more else {}
    world = Config(shoppers=int(people), days=int(length), record=kept, campaign=with_campaigns)  # type: ignore[arg-type]
    tries = [once(world) for _ in range(BEST_OF if world.shoppers <= SMALL else 1)]
    print(json.dumps(min(tries, key=lambda told: told["cpu_seconds"])))
