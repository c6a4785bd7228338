"""Facts about cards of points: goal gradient, head start, whom the pressure moves, and expiry."""

from pathlib import Path

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import one, questions, ratio, told_one
from experiments.facts.fact import Curve, Fact, Part

# A card of stamps: every order earns 100 points exactly
STAMPS = (
    "population.basket_mean=20.0", "population.basket_log_sd_between=0.0", "population.basket_log_sd_within=0.0",
    "population.quantity_elasticity=0.0", "population.redeem_prob=1.0", "population.entitlement=0.0",
    "population.shop_taste_mean=1.0", "population.shop_age_days=365", "population.return_rate=0.0",
    "catalogue.attach_rate=[0.0,0.0,0.0,0.0]", "catalogue.ship_fee=0.0", "catalogue.ship_cost=0.0", "service=none",
    "+policy=points", "policy.earn_rate=0.05", "policy.pending_days=0", "policy.expiry_days=null",
)  # fmt: skip
CAFE = (*STAMPS, "population.cycle_mean_days=3.0", "population.category_gap_days=5.0", "policy.threshold=1000")
WASH = (*STAMPS, "population.cycle_mean_days=12.0", "population.category_gap_days=20.0")
FULL, JOIN_DAYS, HORIZON, EFFORT = 10, 90, 270, 8

_GAPS = """
WITH placed AS (
    SELECT shopper, time, lead(time) OVER w AS next, sum(points_earned - points_redeemed) OVER w AS points,
        sum(points_redeemed) OVER w AS redeemed
    FROM orders WINDOW w AS (PARTITION BY shopper ORDER BY time))
SELECT points // 100 AS stamps, redeemed > 0 AS again, avg(ln(next - time)) AS gap FROM placed
WHERE next IS NOT NULL AND points >= 100 GROUP BY ALL
"""


def gaps(folder: Path) -> dict[tuple[int, bool], float]:
    """Mean ln days to the next order, by stamps on the card and whether a card was full before."""
    with questions(folder) as run:
        return {(int(row["stamps"]), bool(row["again"])): float(row["gap"]) for row in run.rows(_GAPS)}


def gradient(places: Places) -> Figures:
    """Gaps near the reward against the first, and the first after it against the first of all; both against the twin."""
    with_it, without = gaps(places["card"]), gaps(places["indifferent"])
    change = {
        k: with_it[k, False] - without[k, False]
        for k in range(1, FULL)
        if {(k, False)} <= with_it.keys() & without.keys()
    }
    if not {1, FULL - 1} <= change.keys() or (1, True) not in with_it or (1, True) not in without:
        return {"last_gap": None, "reset": None}
    found: Figures = {"last_gap": float(np.expm1(change[FULL - 1] - change[1]))}
    found["reset"] = float(np.expm1(with_it[1, True] - without[1, True] - change[1]))
    return found | {f"gap_{k}": float(np.expm1(value - change[1])) for k, value in change.items()}


# Only those who joined at one and the same need in both worlds: the head start also brings in others, who buy less often
_COMPLETE = """
WITH here AS (SELECT shopper, min(time) AS start, min(need) AS need FROM orders GROUP BY shopper),
    there AS (SELECT shopper, min(need) AS need FROM twin_orders GROUP BY shopper),
    joined AS (SELECT shopper, start FROM here JOIN there USING (shopper, need) WHERE start < $join),
    card AS (SELECT shopper, count(*) AS n FROM orders JOIN joined USING (shopper)
        WHERE time < start + $horizon GROUP BY shopper)
SELECT count(*) FILTER (n >= $effort) / count(*) AS share FROM card
"""


def completed(folder: Path, twin: Path) -> float:
    """Of those who join at the same need in both worlds, the share with eight orders here within 270 days of it."""
    with questions(folder, twin) as run:
        return float(one(run, _COMPLETE, join=JOIN_DAYS, horizon=HORIZON, effort=EFFORT)["share"])


def head_start(places: Places) -> Figures:
    """Odds ratio of a full card with the head start against without, same effort, same joiners."""
    ten, eight = places["ten"], places["eight"]
    share = {"ten": completed(ten, eight), "eight": completed(eight, ten)}
    odds = {name: value / (1 - value) if 0 < value < 1 else np.nan for name, value in share.items()}
    return {"odds_ratio": ratio(odds["ten"], odds["eight"]), "with_head_start": share["ten"], "without": share["eight"]}


_SEGMENT = "SELECT count(*) AS n, sum(points_redeemed) AS points FROM orders WHERE segment = $segment"


def pressure(places: Places) -> Figures:
    """Orders that pressure adds, light less heavy buyers; rewards and orders of the heavy, share."""
    lift, points, orders = {}, {}, {}
    for segment in (1, 2, 3):
        told = {}
        for name in ("points", "indifferent"):
            with questions(places[name]) as run:
                told[name] = one(run, _SEGMENT, segment=segment)
        lift[segment] = ratio(told["points"]["n"], told["indifferent"]["n"]) - 1
        points[segment], orders[segment] = float(told["points"]["points"] or 0), float(told["points"]["n"])
    return {"heavy_rewards": ratio(points[3], sum(points.values())), "light_less_heavy": lift[1] - lift[3],
            "heavy_orders": ratio(orders[3], sum(orders.values())), "lift_light": lift[1], "lift_heavy": lift[3]}  # fmt: skip


SETTINGS = {f"gradient_{g:g}_redeem_{r:g}": (g, r) for g in (0.0, 0.22, 0.6) for r in (0.2, 0.95)}


def expiry(places: Places) -> Figures:
    """Contribution per customer of day 0 gained by expiry after 180 days, yuan, by setting; and the orders gained."""
    found: Figures = {}
    for name in SETTINGS:
        with_it, without = places[f"{name}_expiry"], places[f"{name}_never"]
        with questions(without) as run:
            people = one(run, "SELECT count(*) AS n FROM shoppers WHERE segment > 0")["n"]
        gain = told_one(with_it, "contribution") - told_one(without, "contribution")
        found[name] = gain / people
        found[f"orders_{name}"] = ratio(told_one(with_it, "orders"), told_one(without, "orders")) - 1
    return found | {"cheap": found["gradient_0_redeem_0.95"], "dear": found["gradient_0.6_redeem_0.2"]}


def _expiry_worlds() -> dict[str, World]:
    worlds: dict[str, World] = {}
    for name, (gain, redeem) in SETTINGS.items():
        words = ("+policy=points", "policy.earn_rate=0.05", "policy.threshold=3000",
                 f"population.goal_gradient={gain}", f"population.redeem_prob={redeem}")  # fmt: skip
        worlds |= {
            f"{name}_{what}": World((*words, f"policy.expiry_days={days}"))
            for what, days in (("expiry", "180"), ("never", "null"))
        }
    return worlds


FACTS = (
    Fact(
        "goal_gradient", "Gaps are about 20 % shorter near the reward, and reset after it", "Kivetz, Urminsky & Zheng (2006)",
        "a cafe (needs every 3 days) with a card of 10 stamps: gap after stamp 9 against after stamp 1, and after stamp 1 of later "
        "cards against the first, each over the twin that does not mind rewards; ln means, 365 days; share",
        {"card": World(CAFE), "indifferent": World((*CAFE, "population.goal_gradient=0.0"))},
        {"last_gap": Part(-0.30, -0.10, 0.0, "last against first gap"), "reset": Part(-0.05, 0.05, None, "after the reward")},
        gradient, construction="goal_gradient 0.22 is the log of these 20 %, and progress after a reward is set to none",
        size=0.5, curve=Curve("stamps on the card", "gap against that after stamp 1", {k: f"gap_{k}" for k in range(1, FULL)}),
    ),
    Fact(
        "head_start", "With a head start of 2 in 10 stamps 34 % fill the card, with 8 stamps 19 % (same effort; odds ratio 2.2)",
        "Nunes & Dreze (2006); shares second-hand",
        "a car wash (needs every 12 days): who joins in the first 90 days, at the same need in both worlds, with 8 orders within 270 days; odds ratio of 10 stamps with "
        "2 given against 8",
        {"ten": World((*WASH, "policy.threshold=1000", "policy.head_start=200")), "eight": World((*WASH, "policy.threshold=800"))},
        {"odds_ratio": Part(1.3, 2.5, 1.0, "head start against none")}, head_start, size=1.5,
    ),
    Fact(
        "points_pressure", "Points pressure acts on light buyers; heavy ones (over 2/3 of purchases) take over 80 % of the rewards",
        "Hartmann & Viard (2008)",
        "under `points`, customers of day 0, 540 days: points redeemed by heavy buyers, share; orders that pressure adds (against "
        "the twin that does not mind rewards), light less heavy, share",
        {"points": World(("+policy=points",)), "indifferent": World(("+policy=points", "population.goal_gradient=0.0"))},
        {"heavy_rewards": Part(0.65, 0.95, 0.5, "rewards of heavy buyers"), "light_less_heavy": Part(0.0, 0.2, 0.0, "lift, light less heavy")},
        pressure, size=1.5, days=540,
    ),
    Fact(
        "expiry", "Expiry pays only in part of the parameter space", "Breugelmans & Liu-Thompkins (2017), sign",
        "contribution per customer of day 0 gained by expiry after 180 days against none (5 % points, gifts from 30 yuan), 540 days, "
        "yuan: above 0 where rewards do not pull and nearly all redeem, below 0 where they pull strongly and few redeem at once",
        _expiry_worlds(), {"cheap": Part(0.0, None, 0.0, "goal_gradient 0, redeem_prob 0.95"),
                           "dear": Part(None, 0.0, 0.0, "goal_gradient 0.6, redeem_prob 0.2")}, expiry, days=540,
    ),
)  # fmt: skip
