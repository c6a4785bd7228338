"""Small worlds for tests, run in memory, and closed forms for those worlds whose answer is known."""

from datetime import date
from typing import Any

import numpy as np
from scipy.special import gammaln, hyp2f1

from sim.calendar import make_calendar
from sim.config import Config
from sim.contract import F64, Offer, Receipt, Settlement, Visit, policy_class
from sim.measure.summary import mark_index_group
from sim.shop.money import ORDER
from sim.world import Quiet, World

SMALL: dict[str, Any] = {"shoppers": 300, "days": 300, "run_off_days": 0}
POPULATION: dict[str, Any] = {"prospect_rate": 4.0, "shop_age_days": 200, "return_rate": 0.15}
CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # weeks; Fader, Hardie & Lee (2005), table 2

# Nobody leaves, forgets, complains or sends back, and all are alike: worlds below change what they are about.
CALM: dict[str, Any] = {
    "exit": "none", "shock_exit": 0.0, "category_exit_rate": 0.0, "moving_rate": 0.0, "recall_floor": 1.0,
    "prospect_rate": 0.0, "chat_prob": 0.0, "after_sales_prob": 0.0, "defect_rate": 0.0, "misfit_rate": 0.0,
    "late_rate": 0.0, "return_rate": 0.0, "cycle_log_sd": 0.0, "regularity_log_sd": 0.0,
}  # fmt: skip
ALONE: dict[str, Any] = {"outside_util": -50.0}  # with no rival: every need that comes is an own order


def small(**changes: Any) -> Config:
    """A config of a small shop; `population` and other groups are merged over the small defaults."""
    population = POPULATION | changes.pop("population", {})
    return Config(**(SMALL | changes), population=population)


def trade(
    config: Config, policy: Any, shuffle: int | None = None, shard: int = 0, campaigns: dict[str, Any] | None = None
) -> tuple[World, Any]:
    """Runs a config; returns the world at its end and all order rows, from the shop's opening on."""
    rows: list[Any] = []
    origin = -config.population.shop_age_days
    calendar = make_calendar(
        config.population, config.events, config.start or date(2025, 1, 1), origin, config.days + 1
    )
    world = World(config, Quiet(), calendar, rows.append, shard, config.shards)
    if shuffle is not None:
        luck = np.random.default_rng(shuffle)
        world.batch_order = luck.permutation
    world.found()
    world.run(0)
    mark_index_group(world.customers.rows, config.population.category_gap_days)
    world.hand_over(policy)
    world.prospects_come = True
    world.campaign(campaigns or {})
    world.run(config.days)
    return world, np.concatenate(rows) if rows else np.zeros(0, ORDER)


def same_orders(one: Any, other: Any, leave_out: tuple[str, ...] = ("row",)) -> bool:
    """Are two tables of orders equal, column for column?"""
    names = [name for name in one.dtype.names if name not in leave_out]
    return len(one) == len(other) and all(
        np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f") for n in names
    )


def deviation(sample: Any, expected: float) -> float:
    """Distance of a sample's mean from `expected`, in standard errors; `sample` holds independent values, shape (n,)."""
    return float((np.mean(sample) - expected) / (np.std(sample, ddof=1) / np.sqrt(len(sample))))


@policy_class
class FlatDiscount:
    """The same price cut for everybody."""

    cut: float = 0.0

    def offer(self, visit: Visit) -> Offer:
        """The cut."""
        return Offer(discount=self.cut)

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()


# -- buying and leaving ---------------------------------------------------------------------------------------------


def bg_nbd(shoppers: int, weeks: int, after_first: bool = False, seed: int = 7, **population: Any) -> Config:
    """The world that is BG/NBD (`after_first`: MBG/NBD) at the CDNOW parameters; first orders spread over 12 weeks."""
    law = {
        "rate": "gamma", "rate_shape": CDNOW["r"], "rate_alpha_days": 7.0 * CDNOW["alpha"], "cycle_regularity_k": 1.0,
        "exit": "beta", "exit_beta": (CDNOW["a"], CDNOW["b"]), "exit_after_first": after_first,
        "exit_sensitivity": 0.0, "min_gap_days": 0.0, "shop_age_days": 84,
    }  # fmt: skip
    return small(
        shoppers=shoppers, days=7 * weeks, seed=seed, service={"desk": False}, market={"rival_count": 0},
        population=CALM | ALONE | law | population,
    )  # fmt: skip


def repeats_expected(weeks: Any, r: float, alpha: float, a: float, b: float, after_first: bool = False) -> Any:
    """E[X(t)]: repeat orders expected in the first `weeks` after a first order.

    Args:
        weeks: >= 0; one number or shape (k,).
        r, alpha: Shape (> 0) and rate (weeks, > 0) of the gamma mix of order rates.
        a, b: Shapes of the beta mix of the chance to leave, > 0; a = 1 is refused, where the form is a limit.
        after_first: May leave after the first order too (MBG/NBD).
    Source:
        Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, eq. 9; Batislam, Denizel & Filiztekin (2007),
        International Journal of Research in Marketing 24(3), 201-209.
    """
    if min(r, alpha, a, b) <= 0 or a == 1 or np.min(weeks) < 0:
        raise ValueError(f"repeats_expected(weeks={weeks}, r={r}, alpha={alpha}, a={a}, b={b}): all > 0, a not 1")
    silent = (alpha / (alpha + np.asarray(weeks))) ** r
    z = np.asarray(weeks) / (alpha + np.asarray(weeks))
    if after_first:
        return b / (a - 1) * (1 - silent * hyp2f1(r, b + 1, a + b, z))
    return (a + b - 1) / (a - 1) * (1 - silent * hyp2f1(r, b, a + b - 1, z))


def share_silent(weeks: Any, r: float, alpha: float, a: float, b: float, after_first: bool = False) -> Any:
    """P(X(t) = 0): share of customers without a repeat order in the first `weeks`; arguments as in `repeats_expected`."""
    silent = (alpha / (alpha + np.asarray(weeks))) ** r
    return (a + b * silent) / (a + b) if after_first else silent


def alive_expected(
    repeats: Any, last: Any, weeks: Any, r: float, alpha: float, a: float, b: float, after_first: bool = False
) -> F64:
    """P(alive | x, t_x, T): chance that a customer with this history has not left.

    Args:
        repeats: Orders after the first, shape (n,).
        last: Weeks from the first order to the last, 0 without a repeat, shape (n,).
        weeks: From the first order to now, >= last, shape (n,).
        r, alpha, a, b, after_first: As in `repeats_expected`.
    Source:
        Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model; Batislam et al. (2007).
    """
    x = np.asarray(repeats, float)
    faded = ((alpha + weeks) / (alpha + last)) ** (r + x)
    if after_first:
        return 1 / (1 + a / (b + x) * faded)
    return np.where(x > 0, 1 / (1 + a / (b + np.maximum(x, 1) - 1) * faded), 1.0)


# -- choice ---------------------------------------------------------------------------------------------------------


def alike(population: dict[str, Any], market: dict[str, Any], **changes: Any) -> Config:
    """A world in which utilities are fixed: all shoppers and days alike, a need every five days, nothing but price."""
    fixed = {
        "cycle_mean_days": 5.0, "shop_age_days": 30, "price_coef_log_sd": 0.0, "loss_aversion_log_sd": 0.0,
        "expectation_gain": 0.0, "shop_taste_sd": 0.0, "state_dependence": 0.0, "state_dependence_sd": 0.0,
        "satisfaction_weight": 0.0, "variety_decay": 0.0, "defer": 0.0, "stockpile_shift": 0.0,
    }  # fmt: skip
    catalogue = {"class_price_coef": (1.0, 1.0, 1.0, 1.0), "ship_fee": 0.0}
    return small(
        service={"desk": False}, catalogue=catalogue, population=CALM | fixed | population,
        market={"rival_price_sd": 0.0, "rival_shopper_sd": 0.0} | market, **changes,
    )  # fmt: skip


def price_value(x: float, market: float, coef: float, eta: float, loss: float, external: float) -> float:
    """-coef * ((1 - eta) x + eta g(x - r)), with r = external * market, g(z) = z for gains and loss * z for losses."""
    gap = x - external * market
    return -coef * ((1 - eta) * x + eta * gap * (loss if gap > 0 else 1.0))


def logit_shares(utilities: Any) -> F64:
    """Multinomial logit: exp(v) / sum exp(v), shape (k,); -inf is an option that is not there (McFadden 1974)."""
    v = np.asarray(utilities, float)
    weights = np.exp(v - v.max())
    return weights / weights.sum()


# -- queues ---------------------------------------------------------------------------------------------------------


def erlang_c(load: float, agents: int) -> tuple[float, float]:
    """M/M/c with infinite patience.

    Args:
        load: Arrivals per mean service time, in [0, agents).
        agents: >= 1.
    Returns:
        P(wait > 0) and mean wait of all callers, in mean service times.
    Source:
        Erlang (1917); Gross et al. (2008), Fundamentals of Queueing Theory, section 2.3.
    """
    if not 0 <= load < agents:
        raise ValueError(f"erlang_c(load={load}, agents={agents}): 0 <= load < agents")
    blocked = 1.0  # Erlang B by recursion
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    waits = blocked / (1 - load / agents * (1 - blocked))
    return waits, waits / (agents - load)


def erlang_a(load: float, agents: int, patience: float) -> tuple[float, float, float]:
    """M/M/c+M: callers hang up after an exponential patience.

    Args:
        load: Arrivals per mean service time, > 0.
        agents: >= 1.
        patience: Mean, in mean service times, > 0.
    Returns:
        P(wait > 0), mean wait of all callers, hang-ups included, in mean service times, and share that hangs up.
    Source:
        Palm (1957); Garnett, Mandelbaum & Reiman (2002), Manufacturing & Service Operations Management 4(3), 208-227:
        the birth-death chain, hang-ups by Little's law.
    """
    if min(load, patience) <= 0 or agents < 1:
        raise ValueError(f"erlang_a(load={load}, agents={agents}, patience={patience}): all > 0, agents >= 1")
    n = np.arange(1, int(agents + patience * max(2 * load - agents, 0)) + 1000)  # beyond, chances halve at each step
    down = np.minimum(n, agents) + np.maximum(n - agents, 0) / patience
    chance = np.concatenate([[0.0], np.cumsum(np.log(load / down))])
    chance = np.exp(chance - chance.max())
    chance /= chance.sum()
    queued = float(chance[agents:] @ np.arange(len(chance) - agents))
    return float(chance[agents:].sum()), queued / load, queued / patience / load


def poisson_tail(mean: float, least: int) -> float:
    """P(N >= least) of a Poisson number: Erlang A's P(wait > 0) when patience is a service time (M/M/infinity)."""
    n = np.arange(least)
    return float(1 - np.exp(n * np.log(mean) - mean - gammaln(n + 1)).sum())
