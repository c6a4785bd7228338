"""Discounts and coupons of a supermarket chain against the world's: `python -m benchmarks.journey` (three minutes).

The Complete Journey, fetched by `python -m sim.orders.fetch journey`. The population's clock, baskets, and law of coupon use are
fitted to the first 60 % of the year; then all of it is simulated from the households' real entry days, with no prospects: nine
customers for each household, mean of ten seeds. What is given and what comes out: docs/validation.md.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from benchmarks.backtests import Row, as_log
from benchmarks.journey_data import Redeeming, campaigns, coupon_value, fitting, real, shelf
from benchmarks.journey_shop import Chain
from benchmarks.shop import settings
from experiments.calibration.backtest import SEEDS, fitted
from experiments.calibration.files import population
from experiments.calibration.process import spread
from experiments.calibration.values import fit_value_law, part
from sim.errors import RegularsError
from sim.orders.read import read_orders

ORDERS = Path("data/journey.csv")
CUT = 218  # day 0 is 2017-01-01: 60 % of the year
FAMILY, LEAST = "pausing", 20_000
CHAIN = {"chat_prob": 0.0, "after_sales_prob": 0.0, "entitlement": 0.0}  # nobody haggles at a till
QUINTILES = 5


def chain() -> Chain:
    """What is given of the chain, all of it known on day `CUT` but for whom the later booklets went to."""
    orders = read_orders(ORDERS)
    log = as_log(orders)
    known = log.until(CUT)
    process = fitted(known, FAMILY).process
    law = fit_value_law(part(orders, CUT + 1), process, known)
    basket = {
        "basket_mean": law.mean, "basket_log_sd_between": law.values.between, "basket_log_sd_within": law.values.within,
        "basket_log_skew_between": law.skewness, "value_rate_correlation": law.rate_correlation,
    }  # fmt: skip
    food = settings("population=food").population
    keys = population("journey", process, basket, 7.0, {}, "the first 60 % of the Complete Journey", food.price_coef)
    return Chain(
        keys | CHAIN | {"return_rate": food.return_rate, "return_if_bad": food.return_if_bad}, spread(log.entry, LEAST),
        shelf(CUT), tuple(campaigns()), coupon_value(CUT), fitting(CUT),
    )  # fmt: skip


def moments(seen: Redeeming) -> tuple[Any, Any]:
    """What coupon use is fitted to, with sampling errors: shares of broad and of narrow booklets that were used, of
    households that ever used one, and visits for each booklet used; shape (4,) each.
    """
    used = seen.uses > 0
    _, ever = by_household(seen)
    samples = (used[seen.broad], used[~seen.broad], ever > 0, seen.uses[used])
    return np.array([one.mean() for one in samples]), np.array([one.std() / np.sqrt(len(one)) for one in samples])


def by_household(seen: Redeeming) -> tuple[Any, Any]:
    """Spend of each household that got a booklet, and visits at which it used a coupon; shape (n,) each."""
    got, place = np.unique(seen.household, return_inverse=True)
    return seen.spend[got], np.bincount(place, seen.uses)


def fit(given: Chain) -> tuple[float, float, float]:
    """Mean and concentration of `coupon_prob`, and the share of baskets that broad booklets are good for, at which the
    booklets that ended by day `CUT` were used as in truth.
    """
    from scipy.optimize import least_squares

    wanted, error = moments(real(CUT))
    low, high = np.array([-6.0, np.log(0.21), given.fitting[0]]), np.array([3.0, np.log(100.0), given.fitting[1]])

    def law(point: Any) -> tuple[float, float, float]:
        return float(expit(point[0])), float(np.exp(point[1])), float(point[2])

    def misses(point: Any) -> Any:
        return (moments(given.played(*law(point), 1, CUT + 1, CUT))[0] - wanted) / error

    start = [-2.0, 0.5, 2 * given.fitting[0]]
    return law(least_squares(misses, start, bounds=(low, high), diff_step=0.1, x_scale=[1.0, 1.0, 0.1], max_nfev=12).x)


def facts(seen: Redeeming) -> dict[str, Any]:
    """The published facts, of real or simulated households."""
    spend, visits = by_household(seen)
    most, place = np.sort(visits)[::-1], np.argsort(np.argsort(spend)) * QUINTILES // len(spend)
    return {
        "discount share": seen.discount_share,
        "redemption": float((seen.uses > 0).mean()),
        "top tenth": float(most[: len(most) // 10].sum() / max(most.sum(), 1)),
        "ever by quintile": np.array([(visits[place == k] > 0).mean() for k in range(QUINTILES)]),
        "ever": float((visits > 0).mean()),
        "order days": seen.order_days,
    }


def rows(given: Chain, law: tuple[float, float, float]) -> tuple[list[Row], dict[str, Any], dict[str, Any]]:
    """The table, and all facts: simulated, mean of ten seeds, and real. A ladder that does not rise throughout counts as 0."""
    played = [facts(given.played(*law, seed)) for seed in range(100, 100 + SEEDS)]
    found, true = {name: np.mean([one[name] for one in played], axis=0) for name in played[0]}, facts(real())
    ladder = found["ever by quintile"]
    steep = float(ladder[-1] / ladder[0]) if (np.diff(ladder) > 0).all() else 0.0
    return [
        Row("discount share of sales", found["discount share"], 0.02, 0.01, true["discount share"]),
        Row("redemption by household-campaign", found["redemption"], 0.02, 0.01, true["redemption"]),
        Row("top tenth's share of visits with a coupon", found["top tenth"], 0.10, 0.05, true["top tenth"]),
        Row("ever used one: top fifth of spend over bottom", steep, 4.0, 4.0, more_is_better=True),
    ], found, true  # fmt: skip


def main() -> None:
    """Prints what is given and fitted, and the table."""
    given = chain()
    law = fit(given)
    (share, depth), (narrow, all_broad) = given.specials, given.fitting
    print(f"""given, as seen until day {CUT}: specials on {share:.3f} of the shelf, {depth:.3f} deep; a coupon takes off {given.coupon:.2f};
narrow booklets are good for something in {narrow:.3f} of baskets, broad ones with all their coupons in {all_broad:.3f}
fitted to booklets that ended by then: coupon_prob {law[0]:.3f}, coupon_prob_concentration {law[1]:.2f}, broad ones {law[2]:.3f}
""")
    table, found, true = rows(given, law)
    print(f"{'fact':48} {'figure':>8} {'real':>8} {'match':>7} {'beat':>7}  verdict")
    true_ladder = true["ever by quintile"]
    for row in table:
        aim = true_ladder[-1] / true_ladder[0] if row.more_is_better else row.aim
        print(f"{row.fact:48} {row.figure:8.4f} {aim:8.4f} {row.match:7.4f} {row.beat:7.4f}  {row.verdict}")
    told, wanted = (", ".join(f"{one:.3f}" for one in seen["ever by quintile"]) for seen in (found, true))
    print(f"\never used one, by fifths of spend: {told}; real {wanted}")
    for name in ("ever", "order days"):
        print(f"{name}: {found[name]:.3f}; real {true[name]:.3f}")


if __name__ == "__main__":
    try:
        main()
    except RegularsError as error:
        sys.exit(str(error))
