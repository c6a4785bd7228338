"""Document 0: how a shop cares for old customers (2011)."""

from pathlib import Path

import numpy as np

from experiments.evidence import remedies
from experiments.evidence.claim import Claim, Figures, Places, Sweep, World
from experiments.evidence.looks import expectation, lift, one, questions, ratio, told, told_one
from experiments.evidence.spiral import peace, spiral
from sim.config import Service
from sim.measure.records import SPEND, read_summary

NONE = World()
# 5 % off for everybody; a price on the tag is no favour to ask more of, so that nobody asks
FLAT = World(("+policy=member_price", "policy.spend=[0.0]", "policy.cut=[0.05]", "population.entitlement=0.0"))
BUSY, GENEROUS = World(("service=busy",)), World(("service=generous",))
LADDER = 1000.0  # yuan, first step
STEP_WIDTH = 400.0  # yuan on each side of it
NOBODY = "campaign.first_notice.holdout=0"  # held out


def rivals_at(depth: float, *more: str) -> World:
    """All rivals a share `depth` below list for the whole run."""
    return World((f"market.price_wars=[{{start:0,days:36500,depth:{depth}}}]", *more))


# -- 0.1 ----------------------------------------------------------------------------------------------------------------


def new_against_old(places: Places) -> Figures:
    """Cost of a newcomer over the cost of one more customer retained."""
    base, price = told(places["none"], "retained_customers", "cost_per_newcomer")
    spent = {name: told_one(places[name], "index_programme_cost") for name in ("points", "member_price")}
    spent["generous"] = _desk(places["generous"]) - _desk(places["none"])
    kept = {name: told_one(places[name], "retained_customers") - base for name in spent}
    found: Figures = {f"more_retained_by_{name}": value for name, value in kept.items()}
    found |= {f"spent_on_{name}": value for name, value in spent.items()} | {"cost_per_newcomer": price}
    best = max(price * ratio(kept[name], spent[name]) for name in spent)
    return found | {"figure": best, "flips_at": _visit_cost(places["none"]) / best if best > 0 else None}


def _desk(folder: Path) -> float:
    """What the desk costs in a run, yuan."""
    return sum(told(folder, "wages", "service"))


def _visit_cost(folder: Path) -> float:
    """Advertising for one prospect's visit, yuan."""
    return ratio(*told(folder, "acquisition", "prospects"))


# -- 0.2 ----------------------------------------------------------------------------------------------------------------

_BY_SPEND = f"""
WITH here AS (SELECT shopper, count(*) AS n FROM orders GROUP BY shopper),
    there AS (SELECT shopper, count(*) AS n, sum({SPEND})::BIGINT AS spend FROM twin_orders GROUP BY shopper),
    people AS (
        SELECT (s.spend_fen - coalesce(there.spend, 0)) / 100.0 AS before, coalesce(here.n, 0) AS n, coalesce(there.n, 0) AS twin
        FROM twin_shoppers AS s LEFT JOIN here USING (shopper) LEFT JOIN there USING (shopper) WHERE s.segment > 0)
SELECT sum(n) / sum(twin) - 1 AS lift, count(*) AS people FROM people WHERE before >= $low AND before < $high
"""


def lock_in(places: Places) -> Figures:
    """Extra orders of those just above the first step less those just below, against twins without the ladder."""
    with questions(places["member_price"], places["none"]) as run:
        above = one(run, _BY_SPEND, low=LADDER, high=LADDER + STEP_WIDTH)["lift"]
        below = one(run, _BY_SPEND, low=LADDER - STEP_WIDTH, high=LADDER)["lift"]
    if above is None or below is None:
        return {"figure": None}
    return {"figure": above - below, "above": above, "below": below}


# -- 0.3, 0.4, 0.5 ------------------------------------------------------------------------------------------------------


def worthless(places: Places) -> Figures:
    """Orders that a member price wins where rivals are cheaper, over what it wins where they are not."""
    cheap = lift(places, "cheap_member", "cheap", "orders_per_known_customer")
    level = lift(places, "member", "none", "orders_per_known_customer")
    return {
        "figure": ratio(cheap, level) if level > 0 else None,
        "lift_rivals_cheaper": cheap,
        "lift_rivals_level": level,
    }


def dropped(places: Places) -> Figures:
    """Orders gained when rivals go from cheap to suspiciously cheap, and when two of three are badly rated."""
    name = "orders_per_known_customer"
    return {"figure": lift(places, "suspicious", "cheap", name), "badly_rated": lift(places, "rated", "none", name)}


def service_or_price(places: Places) -> Figures:
    """Orders lost by a slow desk over orders lost by rivals a few per cent cheaper."""
    name = "orders_per_known_customer"
    service, price = lift(places, "busy", "generous", name), lift(places, "cheap", "none", name)
    return {"figure": ratio(service, price), "busy_against_generous": service, "rivals_cheaper": price}


def _service_and_rivals(depth: float) -> dict[str, World]:
    return {"none": NONE, "busy": BUSY, "generous": GENEROUS, "cheap": rivals_at(depth)}


# -- 0.8 to 0.12 --------------------------------------------------------------------------------------------------------


def points_or_price(places: Places) -> Figures:
    """Margin of points against member price at one programme cost, and what each does to the reference price."""
    margin = [told_one(places[world], "margin_rate") for world in ("points", "member_price")]
    hope = [expectation(places, world) for world in ("points", "member_price")]
    return {
        "figure": margin[0] - margin[1],
        "reference_price_kept": hope[1] - hope[0],
        "retention_365": told_one(places["points"], "retention_365")
        - told_one(places["member_price"], "retention_365"),
        "refusals_points": told_one(places["points"], "refusals"),
        "refusals_member_price": told_one(places["member_price"], "refusals"),
        "programme_cost_points": told_one(places["points"], "programme_cost"),
        "programme_cost_member_price": told_one(places["member_price"], "programme_cost"),
    }


def first_or_repeat(places: Places) -> Figures:
    """Does price win first orders and service repeat orders? ln lifts, difference of differences."""
    names = {"first": "newcomers", "repeat": "orders_per_known_customer"}
    found: Figures = {}
    for what, (world, base) in {"price": ("member", "none"), "service": ("generous", "busy")}.items():
        for when, name in names.items():
            found[f"{what}_{when}"] = float(np.log1p(lift(places, world, base, name)))
    p, q, r, s = (found[name] or 0.0 for name in ("price_first", "price_repeat", "service_first", "service_repeat"))
    return found | {"figure": (s - r) - (q - p)}


def open_market(places: Places) -> Figures:
    """The first remedy against the ladder: contribution and size of the base."""
    earned, seen = zip(
        *(told(places[name], "contribution", "prospects") for name in ("opening", "member_price")), strict=True
    )
    extra = ratio(earned[0] - earned[1], seen[0] - seen[1])  # yuan that each additional visit may cost more
    return {
        "figure": lift(places, "opening", "member_price", "contribution"),
        "flips_at": _visit_cost(places["member_price"]) + extra,
        "base": lift(places, "opening", "member_price", "customers"),
        "margin_rate": told_one(places["opening"], "margin_rate") - told_one(places["member_price"], "margin_rate"),
        "contribution_against_none": lift(places, "opening", "none", "contribution"),
    }


def trained_desk(places: Places) -> Figures:
    """Extra repeat orders for 1,000 yuan of a better desk, and whether they pay for it; points beside."""
    base = told_one(places["none"], "repeat_orders")
    spent = _desk(places["generous"]) - _desk(places["none"])
    gain = told_one(places["generous"], "contribution") - told_one(places["none"], "contribution")
    bought, cost = told(places["points"], "repeat_orders", "programme_cost")
    causes = [read_summary(places[name])["causes"]["service"] for name in ("generous", "none")]
    return {
        "figure": 1000 * ratio(told_one(places["generous"], "repeat_orders") - base, spent),
        "contribution_gained": gain,
        "retention_365": told_one(places["generous"], "retention_365") - told_one(places["none"], "retention_365"),
        "points": 1000 * ratio(bought - base, cost),
        "flips_at": WAGE * (1 + ratio(gain, spent)),
        "service_misses_generous": causes[0],
        "service_misses_general": causes[1],
    }


WAGE = Service().wage_hour
OPENING = World(
    ("population.prospect_rate=474.5",),
    (("name", "opening"), ("_target_", "experiments.evidence.levers.Phase"), ("cut", 0.1), ("every_days", 1e6),
     ("lasts_days", 180.0), ("newcomers_only", True)),
)  # fmt: skip
POINTS, MEMBER, ESCALATING = (World((f"+policy={name}",)) for name in ("points", "member_price", "escalating"))

CLAIMS = (
    Claim(
        "0.1", "A new customer costs more than keeping an old one (5 times)",
        "advertising per customer won over the spending per customer retained more than under none (index group, last 90 days), "
        "the best of points, member_price and a generous desk; a ratio, holds above 1 (the document says 5); flips_at: advertising per "
        "prospect's visit, yuan",
        {"none": NONE, "points": POINTS, "member_price": MEMBER, "generous": GENEROUS}, new_against_old, threshold=1.0,
    ),
    Claim(
        "0.2", "The usual ladder (1,000 yuan: 98 % price; 3,000 yuan: more) locks customers in",
        "relative gain in orders by member_price against the same customers under none: spend at day 0 of 1,000-1,400 yuan "
        "less 600-1,000 yuan; share, holds above 0",
        {"none": NONE, "member_price": MEMBER}, lock_in,
    ),
    Claim(
        "0.3", "A member price is worthless if a rival's list price is lower",
        "orders per customer gained by a 5 % member price (nobody asks for more) where rivals are 15 % below list, over those gained where they are "
        "level; ratio, holds (next to nothing) below 0.2",
        {"none": NONE, "member": FLAT, "cheap": rivals_at(0.15), "cheap_member": rivals_at(0.15, *FLAT.overrides)},
        worthless, threshold=0.2, above=False,
        sweep=Sweep("rivals below list", (0.05, 0.15, 0.25), lambda depth: {
            "none": NONE, "member": FLAT, "cheap": rivals_at(depth), "cheap_member": rivals_at(depth, *FLAT.overrides)}),
    ),
    Claim(
        "0.4", "Buyers drop suspiciously cheap and badly rated shops and compare a few (3)",
        "orders per customer gained when all rivals go from 20 % to 40 % below list (the limit of trust is 30 %); share, holds "
        "above 0. An assumption of the engine, shown to work: dropped shops leave the set of the shop and 3 rivals",
        {"none": NONE, "cheap": rivals_at(0.2), "suspicious": rivals_at(0.4),
         "rated": World(("market.rival_ratings=[4.8,4.4,4.3]",))}, dropped, also=("badly_rated",),
    ),
    Claim(
        "0.5", "Within a few yuan, service decides",
        "orders per customer lost by a busy desk against a generous one, over those lost to rivals 3 % cheaper (4.5 yuan of an "
        "order); ratio, holds above 1; flips_at: rivals below list, share",
        _service_and_rivals(0.03), service_or_price, threshold=1.0,
        sweep=Sweep("rivals below list", (0.03, 0.06, 0.12, 0.24), _service_and_rivals, beyond=True),
    ),
    Claim(
        "0.6", "The spiral: full price, discount, free post, gift, loss, refusal, the buyer leaves",
        "share who leave within two of their cycles after their first refusal on an order under escalating, over the same in "
        "their never-conceded twins; ratio, holds above 1, if also orders come to leave less than 0 (loss_at_worst, yuan)",
        {"none": NONE, "escalating": ESCALATING}, spiral, threshold=1.0, also=("loss_at_worst",),
        sweep=Sweep("population.refusal_penalty", (0.0, 0.3, 0.6)),
    ),
    Claim(
        "0.7", "A shop with market power that never concedes is at peace",
        "contribution per customer of hard_line less escalating, yuan; holds above 0; swept over reputation",
        {"hard_line": World(("+policy=hard_line",)), "escalating": ESCALATING}, peace,
        sweep=Sweep("population.shop_taste_mean", (-1.0, 0.0, 1.0)),
    ),
    Claim(
        "0.8", "Cure: separate points (the relationship) from discounts (events for all)",
        "margin rate of points less member_price at equal programme cost, share of revenue; holds above 0, if also customers "
        "come to expect less (reference_price_kept, ln units)",
        {"points": World(("+policy=points",), equal=True), "member_price": World(("+policy=member_price",), equal=True)},
        points_or_price, also=("reference_price_kept",),
        sweep=Sweep("population.points_mental_account", (0.0, 0.4, 0.8, 1.0)),
    ),
    Claim(
        "0.9", "Price alone wins only the first deal; service and after-sales lock in",
        "(service: gain in repeat less first orders) less (5 % price cut: the same), ln units; holds above 0",
        {"none": NONE, "member": FLAT, "generous": GENEROUS, "busy": BUSY}, first_or_repeat,
    ),
    Claim(
        "0.10", "First remedy: no care of repeat buyers at all; open the market by price, then by advertising",
        "contribution of 10 % off first orders for 180 days and 30 % more advertising, without any repeat-buyer concession, "
        "against member_price; share, holds above 0, if also the base is larger; flips_at: advertising per prospect's visit, yuan",
        {"opening": OPENING, "member_price": MEMBER, "none": NONE}, open_market, also=("base",),
    ),
    Claim(
        "0.11", "A points club as in department stores: card, first notice of events, gifts for points",
        "orders per customer of day 0 gained by points and first notice together where the shop has sales on 11.11 and 12.12; share, "
        "holds above 0, if also contribution is gained, yuan; each alone stands beside (true effects, holdout 0)",
        {"sales": remedies.SALES, "notice": World((*remedies.SALES.overrides, remedies.NOTICE, NOBODY)),
         "points": World((*remedies.SALES.overrides, "+policy=points")),
         "both": World((*remedies.SALES.overrides, "+policy=points", remedies.NOTICE, NOBODY))},
        remedies.club, also=("contribution_gained",),
    ),
    Claim(
        "0.12", "A trained desk and a complete after-sales process lock in",
        "extra repeat orders per 1,000 yuan of a generous desk against a general one; holds above 0, if also contribution is "
        "gained, yuan; points stand beside; flips_at: wage at which the desk pays no more, yuan an hour (wage_hour 30)",
        {"none": NONE, "generous": GENEROUS, "points": POINTS}, trained_desk, also=("contribution_gained",),
    ),
)  # fmt: skip
