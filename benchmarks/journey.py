"""Discounts and coupons of a supermarket chain against the world's: `python -m benchmarks.journey` (two minutes).

The Complete Journey, fetched by `python -m sim.orders.fetch journey`. The population's clock, baskets, and law of coupon use are
fitted to the first 60 % of the year; then all of it is simulated from the households' real entry days, with no prospects: nine
customers for each household, mean of ten seeds. What is given, fitted and comes out: docs/validation.md.
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
from sim.orders.log import OrderLogError
from sim.orders.read import read_orders

ORDERS = Path("data/journey.csv")
CUT = 218  # day 0 is 2017-01-01: 60 % of the year
FAMILY, LEAST = "pausing", 20_000
CHAIN = {"chat_prob": 0.0, "after_sales_prob": 0.0, "entitlement": 0.0}  # nobody haggles at a till
QUINTILES = 5


def chain() -> Chain:
    """What is given of the chain: what it did, all year; what its customers did, until day `CUT` but for their first day."""
    plan, given = shelf(CUT), campaigns()
    orders = read_orders(ORDERS)
    log = as_log(orders)
    known = log.until(CUT)
    process = fitted(known, FAMILY).process
    law = fit_value_law(part(orders, CUT + 1), process, known)
    food = settings("population=food").population
    gap = 1 / (process.own_share * process.needs_per_day)
    keys = population(
        "journey", process, law.keys(), gap, {}, "the first 60 % of the Complete Journey", food.price_coef
    )
    return Chain(
        keys | CHAIN | {"return_rate": food.return_rate, "return_if_bad": food.return_if_bad}, spread(log.entry, LEAST),
        plan, tuple(given), coupon_value(CUT), fitting(CUT),
    )  # fmt: skip


def moments(seen: Redeeming) -> tuple[Any, Any]:
    """What coupon use is fitted to, with sampling errors: shares of broad and of narrow booklets that were used, of
    households that ever used one, and visits for each booklet used; shape (4,) each.
    """
    used = seen.times_used > 0
    samples = (used[seen.broad], used[~seen.broad], by_household(seen)[1] > 0, seen.times_used[used])
    return np.array([one.mean() for one in samples]), np.array([one.std() / np.sqrt(len(one)) for one in samples])


def by_household(seen: Redeeming) -> tuple[Any, Any]:
    """Spend of each household that got a booklet, and visits at which it used a coupon; shape (n,) each."""
    got, place = np.unique(seen.household, return_inverse=True)
    return seen.spend[got], np.bincount(place, seen.times_used)


def fit(given: Chain) -> tuple[float, float, float]:
    """Mean and concentration of `coupon_prob`, and the share of baskets that broad booklets are good for, at which the
    booklets that ended by day `CUT` were used as in truth.
    """
    from scipy.optimize import least_squares

    wanted, error = moments(real(last=CUT))
    low, high = np.array([-6.0, np.log(0.21), given.fitting[0]]), np.array([3.0, np.log(100.0), given.fitting[1]])

    def law(point: Any) -> tuple[float, float, float]:
        return float(expit(point[0])), float(np.exp(point[1])), float(point[2])

    def misses(point: Any) -> Any:
        return (moments(given.played(*law(point), 1, CUT + 1).redeeming(last=CUT))[0] - wanted) / error

    start = [-2.0, 0.5, 2 * given.fitting[0]]
    return law(least_squares(misses, start, bounds=(low, high), diff_step=0.1, x_scale=[1.0, 1.0, 0.1], max_nfev=12).x)


def facts(seen: Redeeming) -> dict[str, Any]:
    """The published facts, of real or simulated households."""
    spend, visits = by_household(seen)
    most, place = np.sort(visits)[::-1], np.argsort(np.argsort(spend)) * QUINTILES // len(spend)
    return {
        "discount share": seen.discount_share,
        "redemption": float((seen.times_used > 0).mean()),
        "top tenth": float(most[: len(most) // 10].sum() / max(most.sum(), 1)),
        "ever by quintile": np.array([(visits[place == k] > 0).mean() for k in range(QUINTILES)]),
        "ever": float((visits > 0).mean()),
        "order days": seen.order_days,
    }


def rows(found: dict[str, Any], true: dict[str, Any]) -> list[Row]:
    """The table. A ladder that does not rise throughout counts as 0; there is no more than a match in it."""
    ladder = found["ever by quintile"]
    steep = float(ladder[-1] / ladder[0]) if (np.diff(ladder) > 0).all() else 0.0
    return [
        Row("discount share of sales", found["discount share"], 0.02, 0.01, true["discount share"]),
        Row("redemption by household-campaign", found["redemption"], 0.02, 0.01, true["redemption"]),
        Row("top tenth's share of visits with a coupon", found["top tenth"], 0.10, 0.05, true["top tenth"]),
        Row("ever used one: top fifth of spend over bottom", steep, 4.0, np.inf, more_is_better=True),
    ]


def judged(given: Chain, law: tuple[float, float, float]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Facts of simulated households, mean over seeds, and of real ones: by booklets of the year, and those begun after `CUT`."""
    firsts = {"all": 0, "later": CUT + 1}
    played: dict[str, list[dict[str, Any]]] = {name: [] for name in firsts}
    for seed in range(100, 100 + SEEDS):
        world = given.played(*law, seed)
        for name, first in firsts.items():
            played[name].append(facts(world.redeeming(first)))
    return {name: ({fact: np.mean([one[fact] for one in played[name]], axis=0) for fact in played[name][0]},
                   facts(real(first))) for name, first in firsts.items()}  # fmt: skip


def main() -> None:
    """Prints what is given and fitted, and the table."""
    given = chain()
    law = fit(given)
    (share, depth), (narrow, all_broad) = given.specials, given.fitting
    print(f"""given, as seen until day {CUT}: specials on {share:.3f} of the shelf, {depth:.3f} deep; a coupon takes off {given.coupon:.2f};
narrow booklets are good for something in {narrow:.3f} of baskets, broad ones with all their coupons in {all_broad:.3f}
fitted to booklets that ended by then: coupon_prob {law[0]:.3f}, coupon_prob_concentration {law[1]:.2f}, broad ones {law[2]:.3f}""")
    titles = {"all": "booklets of the whole year", "later": f"booklets begun after day {CUT}"}
    for name, (found, true) in judged(given, law).items():
        print(f"\n{titles[name]:48} {'figure':>8} {'real':>8} {'match':>7} {'beat':>7}  verdict")
        for row in rows(found, true)[name == "later" :]:  # shelf discounts are those of the year
            ladder = true["ever by quintile"]
            aim = ladder[-1] / ladder[0] if row.more_is_better else row.aim
            print(f"{row.fact:48} {row.figure:8.4f} {aim:8.4f} {row.match:7.4f} {row.beat:7.4f}  {row.verdict}")
        told, wanted = (", ".join(f"{one:.3f}" for one in seen["ever by quintile"]) for seen in (found, true))
        print(f"ever used one, by fifths of spend: {told}; real {wanted}")
        print(f"ever used one: {found['ever']:.3f}; real {true['ever']:.3f}")
    print(f"order days of a household: {found['order days']:.1f}; real {true['order days']:.1f}")


if __name__ == "__main__":
    try:
        main()
    except (RegularsError, OrderLogError) as error:
        sys.exit(f"{error}; fetch it: python -m sim.orders.fetch journey")
