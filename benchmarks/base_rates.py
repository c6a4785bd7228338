"""Base rates under `none` beside those of real shops, as the README shows them: `python -m benchmarks.base_rates`.

The general shop: newcomers of the first year for the second order, all buyers of 730 days for the rest. The cdnow preset: a
cohort from its first orders on, as the real one. Seed 0, but for elasticities: mean and 95 % interval over five seeds.
"""

from typing import Any

import numpy as np

from benchmarks.elasticity import elasticity_of
from benchmarks.shop import gaps_after, opened, second_orders, settings, top_fifth

PURCHASES = (1, 3, 5, 10)  # after which the next is waited for
WAIT = 90  # days
COHORT_DAYS = 500  # a CDNOW buyer was followed for 464 to 545 days from the first purchase

# CDNOW 1997-98, 23,570 buyers, and an unnamed online grocer, 1,525 buyers of 2006-07 (data of the package BTYDplus): computed
# from the logs. Elasticity: mean of 1,851 estimates, Bijmolt, van Heerde & Pieters (2005).
REAL = {
    "second order within 30 / 90 / 365 days of the first": ("17 / 29 / 46 %", "35 / 54 / 62 %"),
    "next order within 90 days of order number 1 / 3 / 5 / 10": ("29 / 52 / 65 / 85 %", "54 / 75 / 77 / 88 %"),
    "share of sales from the top 20 % of buyers": ("67 %", "66 % (of orders)"),
    "own-price elasticity of orders": ("-2.62, mean of 1,851 published estimates", ""),
}


def percent(shares: list[float]) -> str:
    """Shares as `17 / 29 / 46 %`."""
    return " / ".join(f"{100 * share:.0f}" for share in shares) + " %"


def within(orders: Any, latest: float) -> str:
    """Shares of orders number 1, 3, 5, 10 that were followed by another within 90 days."""
    return percent([float(np.mean(gaps_after(orders, k, latest - WAIT) <= WAIT)) for k in PURCHASES])


def general() -> tuple[list[str], dict[str, Any]]:
    """The general shop's column, and its summary."""
    config = settings()
    year = opened(config).trade()
    column = [
        percent(second_orders(year.orders, config.days - 365)),
        within(year.orders, config.days),
        percent([top_fifth(year.orders)]),
        elasticity_of("general"),
    ]
    return column, year.summary()


def cdnow() -> list[str]:
    """The cdnow preset's column."""
    shop = opened(settings("population=cdnow"))
    orders = np.concatenate([shop.past, shop.trade().orders])
    first = orders[orders["order_number"] == 1]
    begun = dict(zip(first["shopper"].tolist(), first["time"].tolist(), strict=True))
    orders["time"] -= [begun[who] for who in orders["shopper"].tolist()]  # every buyer's clock starts with the first
    orders = orders[orders["time"] <= COHORT_DAYS]
    return [
        percent(second_orders(orders, 0.0)),
        within(orders, COHORT_DAYS),
        percent([top_fifth(orders)]),
        elasticity_of("cdnow"),
    ]


def main() -> None:
    """A Markdown table, and what else the general shop must keep to."""
    column, summary = general()
    print("| | `general` | `cdnow` | real: CDNOW | real: online grocery |")
    print("|---|---|---|---|---|")
    for (name, real), ours, cohort in zip(REAL.items(), column, cdnow(), strict=True):
        print(f"| {name} | {ours} | {cohort} | {' | '.join(real)} |")
    causes = summary["causes"]
    print(
        f"\n`general`: own share of needs {summary['own_share']:.3f}, conversion of prospects {summary['conversion']:.3f}, "
        f"largest cause of missed needs {max(causes.values()) / sum(causes.values()):.2f}"
    )


if __name__ == "__main__":
    main()
