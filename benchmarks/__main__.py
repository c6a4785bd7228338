"""Speed and memory of the engine: `python -m benchmarks` (some minutes), `python -m benchmarks small` (one).

Each size runs in a process of its own, after compilation; up to 100,000 customers the best of five runs counts.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.workload import apart, by_verb, compiled
from policies.points import Points
from sim.calendar import make_calendar
from sim.config import Config
from sim.oracle import Oracle
from sim.population import Population
from sim.run import run

ORACLE = Config(
    shoppers=300,
    days=200,
    record="summary",
    run_off_days=0,
    population=Population(shop_age_days=200, prospect_rate=5.0),
)
DAYS = 730
SIZES = {"1,000": 1_000, "100,000": 100_000, "1,000,000, orders recorded": 1_000_000, "2,000,000": 2_000_000}
SMALL = 2  # sizes of the short version


def oracle() -> float:
    """Needs per CPU-second of the oracle: those that the engine counts in the same small world."""
    with tempfile.TemporaryDirectory() as folder:
        summary = run(ORACLE, Points(), False, Path(folder))
    age = ORACLE.population.shop_age_days
    calendar = make_calendar(ORACLE.population, ORACLE.events, date(2025, 1, 1), -age, ORACLE.days + 1)
    busy = time.process_time()
    Oracle(ORACLE, Points(), calendar).run()
    needs = int(summary["needs"] + summary["needs_warm_up"])
    return needs / (time.process_time() - busy)


def help_seconds() -> float:
    """Wall time of `python -m sim --help`, best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sim", "--help"], capture_output=True, check=True)
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    """Prints a table and one line of JSON."""
    compiled()
    sizes = list(SIZES.items())[: SMALL if "small" in sys.argv[1:] else None]
    figures: dict[str, Any] = {}
    for name, shoppers in sizes:
        figures[name] = apart(shoppers, DAYS, "orders" if "orders" in name else "summary")
        told = figures[name]
        print(f"{name} customers, {DAYS} days: {told['needs_per_cpu_second'] / 1e6:.2f} million needs per CPU-second, "
              f"{told['seconds']:.2f} s, peak {told['peak_bytes'] / 2**30:.2f} GiB", flush=True)  # fmt: skip
    usual, busy = figures["100,000"], apart(SIZES["100,000"], DAYS, "summary", campaigns=True)
    figures["100,000, three campaigns"] = busy
    print(f"100,000 customers with newcomer_waves, winback and care: {busy['needs_per_cpu_second'] / 1e6:.2f} million needs "
          "per CPU-second")  # fmt: skip
    if "2,000,000" in figures:
        ratio = usual["needs_per_cpu_second"] / figures["2,000,000"]["needs_per_cpu_second"]
        figures["cost per need, 2,000,000 over 100,000"] = ratio
        print(f"cost per need at 2,000,000 over that at 100,000: {ratio:.2f}")
    figures["oracle, needs per CPU-second"] = oracle()
    figures["engine over oracle"] = usual["needs_per_cpu_second"] / figures["oracle, needs per CPU-second"]
    print(f"needs per CPU-second, engine at 100,000 customers over oracle at 300: {figures['engine over oracle']:.0f}x")
    figures["--help, seconds"] = help_seconds()
    print(f"python -m sim --help: {figures['--help, seconds']:.2f} s")
    figures["verbs"] = by_verb(Config(shoppers=SIZES["100,000"], days=DAYS, record="summary"))
    print("where the time goes at 100,000 customers, verb by verb:")
    for verb, share in sorted(figures["verbs"].items(), key=lambda item: -item[1]):
        print(f"  {verb:34} {100 * share:4.1f} %")
    json.dump(figures, sys.stdout)
    print()


main()
