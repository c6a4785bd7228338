"""Order logs of known truth, in memory and as files."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from experiments.calibration.backtest import Log
from experiments.calibration.process import Process, simulate

TRUTH = Process(rate_shape=0.8, needs_per_day=0.05, cycle_regularity_k=1.0, exit_mean=0.1, exit_size=3.0, recall_floor=0.5,
                memory_half_life_cycles=4.0, pause_share=0.1, pause_factor=4.0, exit_after_first=False)  # fmt: skip


def log_of(process: Process = TRUTH, customers: int = 1_500, end: int = 364, seed: int = 5) -> Log:
    """Customers who come evenly over the first quarter of the days."""
    entry = np.random.default_rng(seed).integers(0, end // 4, customers)
    found = simulate(process, entry, end, 900_000 + seed)
    return Log(found.customer, found.day, end)


def write_csv(log: Log, path: Path, first: date = date(2024, 1, 1), value: float = 100.0, seed: int = 5) -> Path:
    """As a shop would export it."""
    chance = np.random.default_rng(seed)
    level = chance.normal(0, 0.5, int(log.customer.max()) + 1)
    values = value * np.exp(level[log.customer] + chance.normal(0, 0.5, len(log.day)))
    rows = [f"c{who:05d},{first + timedelta(days=int(day))},{paid:.2f}"
            for who, day, paid in zip(log.customer, log.day, values, strict=True)]  # fmt: skip
    path.write_text("customer,date,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
