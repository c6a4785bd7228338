"""Facts about programmes as a whole: whom they move, through what, against discounts and against rivals' own."""

from pathlib import Path

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import lift, one, questions, ratio, told_one
from experiments.facts.fact import Arm, Fact, Part
from sim.measure.records import SPEND

NONE, POINTS = World(), World(("+policy=points",))
RICH = ("+policy=points", "policy.earn_rate=0.05")
LAST = 180  # days before the end

_BY_SEGMENT = f"SELECT sum({SPEND})::BIGINT AS fen FROM orders WHERE segment = $segment"


def by_segment(places: Places) -> Figures:
    """Revenue gained by the programme from light, medium and heavy buyers of day 0, share."""
    found: Figures = {}
    for segment, name in ((1, "light"), (2, "middle"), (3, "heavy")):
        spent = []
        for world in ("points", "none"):
            with questions(places[world]) as run:
                spent.append(one(run, _BY_SEGMENT, segment=segment)["fen"])
        found[name] = ratio(*spent) - 1
    return found


_LATE = f"""
SELECT count(DISTINCT shopper) AS buyers, count(*) AS orders, sum({SPEND})::BIGINT AS fen FROM orders
WHERE segment > 0 AND time >= $day
"""


def late(folder: Path) -> tuple[float, float, float]:
    """Of customers of day 0 in the last 180 days: buyers, orders per buyer, yuan per order."""
    with questions(folder) as run:
        row = one(run, _LATE, day=run.days - LAST)
    return float(row["buyers"]), ratio(row["orders"], row["buyers"]), ratio(row["fen"], row["orders"]) / 100


def through(places: Places) -> Figures:
    """What the programme does to the number of buyers, their orders and their spend per order, ln units."""
    attrition, frequency, visit = (
        float(np.log(a / b)) for a, b in zip(late(places["points"]), late(places["none"]), strict=True)
    )
    return {
        "more_through_attrition": attrition - frequency,
        "spend_per_visit": visit,
        "attrition": attrition,
        "frequency": frequency,
    }


MEMBER = 1000.0  # yuan
_MEMBERS = f"""
WITH bought AS (SELECT shopper, sum({SPEND})::BIGINT AS fen FROM orders GROUP BY shopper)
SELECT sum(coalesce(bought.fen, 0))::BIGINT AS fen FROM shoppers LEFT JOIN bought USING (shopper)
WHERE segment > 0 AND (spend_fen - coalesce(bought.fen, 0) >= $least) = $members
"""


def switched(places: Places) -> Figures:
    """Points in place of a member price against keeping it: shares of revenue and spend; retention in points."""
    spent: dict[tuple[str, bool], float] = {}
    for world in ("points", "discounts"):
        for members in (True, False):
            with questions(places[world]) as run:
                spent[world, members] = float(one(run, _MEMBERS, least=MEMBER * 100, members=members)["fen"])
    return {
        "revenue": lift(places, "points", "discounts", "revenue"),
        "retention": told_one(places["points"], "retention_365") - told_one(places["discounts"], "retention_365"),
        "members_spend": ratio(spent["points", True], spent["discounts", True]) - 1,
        "others_spend": ratio(spent["points", False], spent["discounts", False]) - 1,
        "programme_cost": lift(places, "points", "discounts", "programme_cost"),
    }


_TIERS = """
WITH moved AS (SELECT shopper, max(tier) AS top, first(tier ORDER BY time) AS start FROM twin_orders GROUP BY shopper),
    fate AS (SELECT shopper, top > start AS up, top > twin_shoppers.tier AS down FROM moved JOIN twin_shoppers USING (shopper))
SELECT count(*) FILTER (up AND NOT down) AS up, count(*) FILTER (down) AS down FROM orders JOIN fate USING (shopper) WHERE time >= $day
"""


def tier_moves(places: Places) -> Figures:
    """Orders of the demoted lost by demotion, less those of the promoted won by promotion; groups of the indifferent twin."""
    base = places["indifferent"]
    seen = {}
    for name in ("indifferent", "promotion", "demotion"):
        with questions(places[name], base) as run:
            seen[name] = one(run, _TIERS, day=run.days - LAST)
    won = ratio(seen["promotion"]["up"], seen["indifferent"]["up"]) - 1
    lost = 1 - ratio(seen["demotion"]["down"], seen["indifferent"]["down"])
    return {"loss_less_gain": lost - won, "demotion_loses": lost, "promotion_wins": won}


def crowded(places: Places) -> Figures:
    """Orders per customer of day 0 won by points, where rivals have a scheme less where they have none."""
    won = {}
    for name in ("alone", "crowded"):
        with_it, without = (
            told_one(places[f"{name}_{arm}"], "orders_per_known_customer") for arm in ("points", "none")
        )
        won[name] = (with_it - without, ratio(with_it, without) - 1)
    return {"change": won["crowded"][0] - won["alone"][0], "won_alone": won["alone"][0], "won_crowded": won["crowded"][0],
            "relative_alone": won["alone"][1], "relative_crowded": won["crowded"][1]}  # fmt: skip


def retained(places: Places) -> Figures:
    """Gain in contribution that goes with 5 points more of yearly retention, share."""
    kept = [told_one(places[name], "retention_365") for name in ("loyal", "usual")]
    gain = float(np.log(ratio(*(told_one(places[name], "contribution") for name in ("loyal", "usual")))))
    return {
        "profit": float(np.expm1(gain * ratio(0.05, kept[0] - kept[1]))),
        "retention_loyal": kept[0],
        "retention_usual": kept[1],
    }


LADDER = (
    ("name", "members"),
    ("_target_", "policies.member_price.MemberPrice"),
    ("spend", (MEMBER,)),
    ("cut", (0.05,)),
)
CLUB = (("name", "points"), ("_target_", "policies.points.Points"), ("earn_rate", 0.05))
NO_GAIN, NO_LOSS = "population.promotion_gain=0.0", "population.demotion_loss=0.0"
THERE = "market.rival_programme=0.14"  # what 5 % points are worth here, utils

FACTS = (
    Fact(
        "programme_by_usage", "Light (+15 %) and middle (+8 %) buyers rise, heavy ones stay flat",
        "Liu (2007), signs; sizes assumed", "revenue of `points` against none over 540 days, by segment of day 0; share",
        {"none": NONE, "points": POINTS},
        {"light": Part(0.0, 0.40, 0.0, "light"), "middle": Part(0.0, 0.25, 0.0, "middle"), "heavy": Part(-0.02, 0.05, None, "heavy")},
        by_segment, size=1.5, days=540,
    ),
    Fact(
        "attrition", "The programme works mostly through attrition (over 80 %), spend per visit hardly moves",
        "Gopalakrishnan, Jiang, Nevskaya & Thomadsen (2021)",
        "points of 5 % against none, customers of day 0, last 180 of 540 days, ln: gain in number of buyers; the same less gain in orders per "
        "buyer; yuan per order",
        {"none": NONE, "points": World(RICH)},
        {"attrition": Part(0.0, None, 0.0, "number of buyers"), "more_through_attrition": Part(0.0, None, 0.0, "buyers less orders per buyer"), "spend_per_visit": Part(-0.03, 0.03, None, "spend per order")},
        through, size=1.5, days=540,
    ),
    Fact(
        "points_for_discounts", "Points instead of discounts: revenue slightly up, less attrition, members' spend down, others' up",
        "source not at hand; signs as set for this scorecard",
        "5 % points for all in place of 5 % off for who has spent 1,000 yuan (in force before day 0), 365 days: revenue, members' and "
        "others' spend, share; retention at day 365",
        {"points": Arm((), CLUB, history=LADDER), "discounts": Arm((), LADDER, history=LADDER)},
        {"revenue": Part(0.0, 0.10, 0.0, "revenue"), "retention": Part(0.0, 0.10, 0.0, "retention"),
         "members_spend": Part(-0.20, 0.0, 0.0, "members' spend"), "others_spend": Part(0.0, 0.20, 0.0, "others' spend")},
        switched, size=1.5,
    ),
    Fact(
        "demotion", "Demotion hurts more than promotion helps", "Wagner, Hennig-Thurau & Rudolph (2009)",
        "`rfm`, last 180 of 540 days: orders that the demoted lose by minding demotion, less orders that the promoted win by minding "
        "promotion; groups as in the twin that minds neither; share",
        {"indifferent": World(("+policy=rfm", NO_GAIN, NO_LOSS)), "promotion": World(("+policy=rfm", NO_LOSS)),
         "demotion": World(("+policy=rfm", NO_GAIN))},
        {"loss_less_gain": Part(0.0, None, 0.0, "loss less gain")}, tier_moves,
        construction="demotion_loss 0.4 and promotion_gain 0.2 are the fact", days=540,
    ),
    Fact(
        "rivals_programme", "A programme does less where rivals have one", "Liu & Yang (2009); Meyer-Waarden & Benavent (2006); from memory",
        "orders per customer of day 0 won by 5 % points in 365 days, where every rival has a scheme of the same worth (0.14 utils, there "
        "ever since) less where none has; rivals' schemes are a constant pull here, not a card of their own",
        {"alone_none": NONE, "alone_points": World(RICH), "crowded_none": World((THERE,)), "crowded_points": World((*RICH, THERE))},
        {"change": Part(None, 0.0, 0.0, "with rivals' schemes less without")}, crowded, size=1.5,
    ),
    Fact(
        "retention_profit", "5 points more retention go with 25 to 95 % more profit", "Reichheld & Sasser (1990), second-hand",
        "two shops whose customers always left less or more often (exit_beta 0.4, 10 against 0.4, 7): contribution of 365 days after shop "
        "costs, per 5 points of retention at day 365; share. An output: nothing is set to it",
        {"usual": World(("population.exit_beta=[0.4,7.0]",)), "loyal": World(("population.exit_beta=[0.4,10.0]",))},
        {"profit": Part(0.25, 0.95, 0.0, "profit per 5 points")}, retained, size=1.5,
    ),
)  # fmt: skip
