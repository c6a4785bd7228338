"""Real customers: the population of a run taken from an order log, each customer given that customer's own past."""

from dataclasses import dataclass
from datetime import date
from math import exp
from typing import Any

import numpy as np

from sim.config import Config
from sim.errors import RegularsError
from sim.orders.fit import Fit, fit
from sim.orders.given import Given, draw_given_log
from sim.orders.log import OrderLog, OrderLogError
from sim.orders.read import read_orders
from sim.people.traits import draw_choice_traits, draw_life_traits
from sim.shop.customers import PERIOD_DAYS, PERIODS, PRIOR_GAPS
from sim.shop.register import open_pages
from sim.visits import UNKNOWN
from sim.world import World


@dataclass(frozen=True)
class Logged:
    """An order log, its fit, and one draw of each of its customers."""

    log: OrderLog
    fit: Fit
    given: Given

    @property
    def said(self) -> tuple[str, ...]:
        """What was read, guessed, dropped, assumed: one line each."""
        return (*self.log.said, *self.fit.said, *self.given.said)


def read_population(config: Config) -> tuple[Config, Logged]:
    """The log, and the config with what the log decides: shoppers, start, spread of order values, taste."""
    if config.orders is None:
        raise RegularsError(
            "orders: no file was given; population=orders needs orders=FILE, a CSV or Parquet order log"
        )
    try:
        rate = config.orders_currency_rate
        found = read_orders(
            config.orders,
            config.orders_customer,
            config.orders_time,
            config.orders_value,
            rate,
            config.cutoff,
            config.orders_quantity,
        )
        fitted = fit(found)
        given = draw_given_log(fitted, found, config.population.own_share, config.seed)
    except OrderLogError as error:
        raise RegularsError(str(error)) from None
    n = len(found)
    if config.shoppers is not None and config.shoppers > n:
        raise RegularsError(f"shoppers: {config.shoppers} was given, but the log has {n} customers; allowed: 1 to {n}")
    population = config.population.model_copy(
        update={
            "shop_taste_mean": solved_taste(given.own_share, config),
            "basket_log_sd_within": float(given.value_within),
            "basket_mean": float(fitted.values.mean),
            "exit_after_first": given.exit_after_first,
            "category_gap_days": float(min(max(1.0 / fitted.mean_rate, 1.0), 3650.0)),
            "shop_age_days": 1,
        }
    )
    start = config.start or date.fromisoformat(str(found.start))
    settled = config.model_copy(update={"population": population, "shoppers": config.shoppers or n, "start": start})
    return settled, Logged(found, fitted, given)


def solved_taste(own_share: float, config: Config) -> float:
    """Liking of the shop at which it wins `own_share` of the needs, at list prices and with every chat answered.

    A mean over rivals' prices and shoppers' sensitivity to them: by their noise alone rivals win a few per cent more.
    """
    from scipy.optimize import brentq

    rivals, paid = _price_noise(config)
    outside = exp(config.population.outside_util)
    chat, worth = config.population.chat_prob, config.population.chat_worth

    def gap(taste: float) -> float:
        own = np.exp(taste + paid)
        quiet, answered = (value / (value + rivals + outside) for value in (own, own * exp(worth)))
        return float(np.mean((1.0 - chat) * quiet + chat * answered)) - min(own_share, 0.99)

    return float(brentq(gap, -40.0, 40.0))


def _price_noise(config: Config) -> tuple[Any, Any]:
    """Summed exp utilities of the rivals, and the shop's utility of its list price, over shoppers and days.

    The formulas are those of `sim.people.choice`, over a fixed quasi-random set of 4,096; shape (4096,) each.
    """
    from scipy.stats import beta, norm, qmc

    people, market, catalogue = config.population, config.market, config.catalogue
    points = qmc.Sobol(market.rival_count + 4, rng=0).random(1 << 12).T
    prices = norm.ppf(points[4:]) * np.hypot(market.rival_price_sd, market.rival_shopper_sd)  # ln(price / list)
    sd = people.price_coef_log_sd
    coef = people.price_coef * np.exp(sd * norm.ppf(points[0]) - sd * sd / 2)
    main = np.searchsorted(np.cumsum(catalogue.class_share_sales)[:3], points[1], side="right")
    coef = coef * np.array(catalogue.class_price_coef)[main]
    aversion = people.loss_aversion * np.exp(people.loss_aversion_log_sd * norm.ppf(points[2]))
    w, total = people.ref_external_weight, people.ref_external_concentration
    weight = beta.ppf(points[3], w * total, (1 - w) * total) if 0 < w < 1 else w
    reference = weight * (prices.mean(axis=0) if market.rival_count else 0.0)

    def utility(x: Any) -> Any:
        gap = x - reference
        felt = np.where(gap > 0, aversion * gap, gap)
        return -coef * ((1 - people.reference_share) * x + people.reference_share * felt)

    ratings = np.array((market.rival_ratings * 6)[: market.rival_count]).reshape(-1, 1)
    seen = (ratings >= market.rating_floor) & (prices >= np.log(max(market.suspicious_below, 1e-9)))
    return (seen * np.exp(utility(prices) + market.rival_programme)).sum(axis=0), utility(0.0)


def adopt(world: World, logged: Logged) -> None:
    """Puts the log's customers into a world at its first midnight: traits, state, and their page in the customer file."""
    given = logged.given
    rows = np.argsort(given.key, kind="stable")  # fewer shoppers than customers: a random share, fixed by their ids
    rows = rows[: world.shoppers]
    rows = rows[given.key[rows] % world.shards == world.shard]
    n = len(rows)
    people, customers = world.people.extend(n), world.customers.extend(n)
    world.next_time.extend(n)[:] = given.next_need[rows]
    people["key"] = given.key[rows]
    people["entry"] = given.first_day[rows]
    mind = world.mind[0]
    for p in people:
        draw_choice_traits(p, mind, world.seed)
        draw_life_traits(p, mind, world.seed)
    people["cycle"] = given.cycle_days[rows]
    people["regularity"] = given.shape
    people["log_regularity"] = np.log(float(given.shape))
    people["exit_probability"] = given.exit_probability[rows]
    catalogue = world.config.catalogue
    grown = 1 + float(np.dot(catalogue.class_share_sales, catalogue.attach_rate)) * catalogue.attach_value
    people["basket_level"] = given.value_level[rows] - np.log(grown)
    people["away"] = given.away[rows]
    people["away_cause"] = np.where(given.away[rows], UNKNOWN, 0)
    people["left_at"][given.away[rows]] = 0.0
    people["orders"] = people["need"] = given.orders[rows]
    people["last_contact"] = given.last_day[rows]
    open_pages(customers, people, 0)
    customers["orders"] = given.orders[rows]
    customers["spend_fen"] = np.rint(given.spend[rows] * 100)
    customers["first_order"], customers["last_order"] = given.first_day[rows], given.last_day[rows]
    gap, span = world.config.population.category_gap_days, given.last_day[rows] - given.first_day[rows]
    customers["mean_gap"] = (PRIOR_GAPS * gap + span) / (PRIOR_GAPS + given.orders[rows] - 1)
    log = logged.log
    last = np.searchsorted(log.customer, rows, side="right") - 1
    customers["last_paid_fen"] = np.rint(log.value[last] * 100)
    _last_year(customers, log, rows)


def _last_year(customers: Any, found: OrderLog, rows: Any) -> None:
    """Orders and spend of the periods before day 0 that are still in the year."""
    place = np.full(len(found), -1)
    place[rows] = np.arange(len(rows))
    period = np.floor(found.day / PERIOD_DAYS).astype(int)
    kept = (period > -PERIODS) & (period < 0) & (place[found.customer] >= 0)
    where, slot = place[found.customer][kept], period[kept] % PERIODS
    np.add.at(customers["year_orders"], (where, slot), 1)
    np.add.at(customers["year_fen"], (where, slot), np.rint(found.value[kept] * 100).astype(np.int64))
    customers["orders_year"] = customers["year_orders"].sum(axis=1)
    customers["spend_year_fen"] = customers["year_fen"].sum(axis=1)
