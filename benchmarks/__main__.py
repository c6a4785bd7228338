"""The reference workload: `python -m benchmarks`. Needs per CPU-second of the engine, and against our own oracle."""

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from policies.points import Points
from sim.calendar import make_calendar
from sim.config import Config, Population
from sim.oracle import Oracle
from sim.run import run

ORACLE = Config(shoppers=300, days=200, population=Population(prospect_rate=5.0, shop_age_days=200))


def engine(config: Config) -> dict[str, Any]:
    """CPU-seconds and needs of one run, history and run-off included in the time."""
    with tempfile.TemporaryDirectory() as folder:
        busy, wall = time.process_time(), time.perf_counter()
        summary = run(config, Points(), False, Path(folder))
        busy, wall = time.process_time() - busy, time.perf_counter() - wall
    needs = summary["needs"] + summary["needs_warm_up"]
    return {"needs": needs, "cpu_seconds": busy, "seconds": wall, "needs_per_cpu_second": needs / busy}


def oracle() -> float:
    """Orders per CPU-second of the oracle on a small shop."""
    age = ORACLE.population.shop_age_days
    calendar = make_calendar(ORACLE.population, ORACLE.events, date(2025, 1, 1), -age, ORACLE.days + 1)
    busy = time.process_time()
    orders = Oracle(ORACLE, Points(), calendar).run()
    return len(orders) / (time.process_time() - busy)


def main() -> None:
    """Prints a table and one line of JSON."""
    small = {"record": "summary", "days": 730}
    engine(Config(shoppers=100, days=30, record="summary"))  # compiles
    figures: dict[str, Any] = {
        "1,000 shoppers": engine(Config(shoppers=1000, **small)),
        "100,000 shoppers": engine(Config(shoppers=100_000, **small)),
    }
    shop = ORACLE.model_copy(update={"shoppers": 20_000, "record": "summary", "run_off_days": 0})
    with tempfile.TemporaryDirectory() as folder:
        busy = time.process_time()
        summary = run(shop, Points(), False, Path(folder))
        busy = time.process_time() - busy
    figures["engine to oracle, orders of the run per CPU-second"] = summary["orders"] / busy / oracle()
    for name, value in figures.items():
        shown = (
            f"{value:.0f}x"
            if isinstance(value, float)
            else f"{value['needs_per_cpu_second'] / 1e6:.2f} million needs per CPU-second, {value['seconds']:.2f} s"
        )
        print(f"{name}: {shown}")
    json.dump(figures, sys.stdout)
    print()


main()
