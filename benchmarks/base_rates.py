"""Base rates of the general shop under `none`, as the README shows them: `python -m benchmarks.base_rates`."""

import tempfile
from pathlib import Path

import numpy as np

from policies.none import NoPolicy
from sim.config import Config
from sim.plots import read
from sim.run import run

HORIZONS = (30, 90, 365)  # days from the first order to the second


def main() -> None:
    """One run of the defaults, seed 0: repeat shares of the first year's newcomers, concentration over the run."""
    with tempfile.TemporaryDirectory() as folder:
        summary = run(Config(), NoPolicy(), False, Path(folder))
        orders = read(sorted(Path(folder, "orders").glob("*.parquet")))
    first, second = orders["order_number"] == 1, orders["order_number"] == 2
    began = dict(zip(orders["shopper"][first].tolist(), orders["time"][first].tolist(), strict=True))
    again = dict(zip(orders["shopper"][second].tolist(), orders["time"][second].tolist(), strict=True))
    gaps = np.array([again.get(who, np.inf) - when for who, when in began.items() if when <= summary["days"] - 365])
    for days in HORIZONS:
        print(f"second order within {days} days of the first: {100 * np.mean(gaps <= days):.1f} % of {len(gaps):,}")
    _, buyer = np.unique(orders["shopper"], return_inverse=True)
    spent = np.sort(np.bincount(buyer, weights=orders["list_fen"]))[::-1]
    print(
        f"share of list sales from the top 20 % of buyers: {100 * spent[: len(spent) // 5].sum() / spent.sum():.1f} %"
    )
    causes = summary["causes"]
    print(f"own share of needs {summary['own_share']:.3f}, conversion of prospects {summary['conversion']:.3f}")
    print(f"largest cause of missed needs: {max(causes.values()) / sum(causes.values()):.2f}")


main()
