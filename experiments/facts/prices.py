"""Facts about prices: elasticity, promotions, deep deals, and what erodes the reference price."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.levers import Phase
from experiments.evidence.looks import one, questions, ratio, told_one
from experiments.facts.fact import Arm, Fact, Part
from experiments.facts.live import calm, counts, elasticity, everyday, opened

CHANGE, PROMOTION, EVERY, LASTS = 0.05, 0.10, 90.0, 14.0
# Elasticities of the category presets: Bijmolt, van Heerde & Pieters (2005) and assumptions around them
TARGETS = {"general": -2.6, "womens_wear": -3.0, "cosmetics": -2.5, "mother_and_baby": -3.5, "electronics": -5.0,
           "food": -2.2, "appliances": -4.0}  # fmt: skip
NEAR = 0.15  # of the target
DEAL_DAYS = 60


def by_preset(configs: Mapping[str, Any]) -> Figures:
    """Elasticity between twins 5 % below and above, by preset."""
    return {name: float(elasticity(everyday(config, CHANGE), CHANGE)[0, 0]) for name, config in configs.items()}


def promoted(configs: Mapping[str, Any]) -> Figures:
    """Elasticity of orders in the days of short promotions, over the everyday elasticity."""
    config = calm(configs["general"])
    shop = opened(config)
    moved = [counts(shop.trade(price=move).orders) for move in (0.0, -CHANGE, CHANGE)]
    daily = float(elasticity(moved, CHANGE)[0, 0])
    make: Any = Phase  # a dataclass by a decorator that mypy cannot see through
    policy = make(cut=PROMOTION, every_days=EVERY, lasts_days=LASTS)
    with_it, without = (in_promotion(shop.trade(policy=arm).orders) for arm in (policy, None))
    short = float(np.log(ratio(with_it, without)) / np.log1p(-PROMOTION))
    return {"steeper": short / daily, "promotion": short, "everyday": daily}


def in_promotion(orders: Any) -> int:
    """Orders that fall on days of a promotion."""
    return int(np.count_nonzero(np.mod(orders["time"], EVERY) < LASTS))


_LATER = """
SELECT (SELECT count(*) FROM orders JOIN shoppers USING (shopper) WHERE {whom} AND time >= $day) AS n,
    (SELECT count(*) FROM shoppers WHERE {whom}) AS people
"""
FIRST = "shoppers.segment = 0 AND first_order >= 0 AND first_order < $day"
ESTABLISHED = "shoppers.segment > 0 AND first_order < $day"


def later_orders(folder: Path, whom: str) -> float:
    """Orders per head after the deal; nan for nobody."""
    with questions(folder) as run:
        row = one(run, _LATER.format(whom=whom), day=DEAL_DAYS)
    return ratio(row["n"], row["people"])


def deep_deal(places: Places) -> Figures:
    """Later orders per head after a deep against a shallow deal, share."""
    return {name: ratio(later_orders(places["deep"], whom), later_orders(places["shallow"], whom)) - 1
            for name, whom in (("first_timers", FIRST), ("established", ESTABLISHED))}  # fmt: skip


def erosion(places: Places) -> Figures:
    """Concession that customers have come to expect per yuan of programme cost, over that of a price cut."""
    per_yuan: dict[str, float] = {}
    for name in ("cut", "points", "gift"):
        with questions(places[name]) as run:
            hope = one(run, "SELECT avg(expectation) AS e FROM shoppers WHERE segment > 0")["e"]
        per_yuan[name] = ratio(hope, told_one(places[name], "programme_cost_per_known_customer"))
    costs = {f"cost_{name}": told_one(places[name], "programme_cost_per_known_customer") for name in per_yuan}
    found: Figures = {name: ratio(per_yuan[name], per_yuan["cut"]) for name in ("points", "gift")}
    return found | costs


def phase(cut: float) -> World:
    """A deal for all in the first days; the shop sees many prospects, so that first-timers can be counted."""
    pairs = (("name", f"deal_{cut:g}"), ("_target_", "experiments.evidence.levers.Phase"), ("cut", cut),
             ("every_days", 1e6), ("lasts_days", float(DEAL_DAYS)))  # fmt: skip
    return World(("population.prospect_rate=1825.0",), pairs)


def given(**share: float) -> World:
    """A concession of one kind for all; nobody asks for more."""
    pairs = (("name", "given"), ("_target_", "experiments.facts.levers.Given"), *share.items())
    return Arm(("population.entitlement=0.0",), pairs)


FACTS = (
    Fact(
        "elasticity", "Own-price elasticity is near -2.6, by category as in the presets",
        "Bijmolt, van Heerde & Pieters (2005); presets other than general: assumed",
        "ln orders over ln price between twins 5 % cheaper and dearer from day 0, all orders of 365 days; per preset, "
        "tolerance 15 % of its target",
        {name: World((f"population={name}",)) for name in TARGETS},
        {name: Part(target * (1 + NEAR), target * (1 - NEAR), 0.0, f"target {target:g}") for name, target in TARGETS.items()},
        live=by_preset, construction="price_coef of each preset is solved for this elasticity", size=0.75,
    ),
    Fact(
        "promotion_elasticity", "Promotions are steeper than everyday prices (-3.6 against -2.6, ratio 1.4)",
        "Bijmolt, van Heerde & Pieters (2005); the short-run figure second-hand",
        "elasticity of orders in 14 of 90 days at 10 % off, same days in the twin, over the everyday elasticity "
        "(5 % either way, 365 days); ratio",
        {"general": World()}, {"steeper": Part(1.1, 1.7, 1.0, "promotion over everyday")}, live=promoted,
    ),
    Fact(
        "deep_deals", "After deep discounts first-time buyers order more later (+10 %), established ones less (-10 %)",
        "Anderson & Simester (2004), signs; sizes of 2010 second-hand",
        "orders per head from day 60 to 365 after 30 % off for all in the first 60 days, against 10 % off; those whose "
        "first order fell in the deal, and customers of day 0; share",
        {"deep": phase(0.3), "shallow": phase(0.1)},
        {"first_timers": Part(0.0, 0.25, 0.0, "first order in the deal"), "established": Part(-0.15, 0.0, 0.0, "customers of day 0")},
        deep_deal,
    ),
    Fact(
        "reference_price", "Price discounts erode the reference price more than points or gifts of equal cost",
        "Stourm, Bradlow & Fader (2015), sign; gifts: assumed",
        "mean concession expected at the end (ln) per yuan of programme cost per customer of day 0, over that of a 5 % price "
        "cut; points and gifts of about the same cost; ratio",
        {"cut": given(cut=0.05), "gift": given(gift=0.05),
         "points": World(("+policy=points", "policy.earn_rate=0.11", "population.entitlement=0.0"))},
        {"points": Part(None, 1.0, 1.0, "points over cut"), "gift": Part(None, 1.0, 1.0, "gift over cut")}, erosion,
        construction="points_mental_account and gift_reference_weight are the shares that count as a lower price",
    ),
)  # fmt: skip
