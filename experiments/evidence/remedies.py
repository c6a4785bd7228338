"""Remedies of documents 0 to 3 that messages and product classes carry: clubs, care, early birds, plans by cell."""

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import lift, one, questions, ratio, share, standing, told_one
from experiments.evidence.responses import at_equal_cost, gain_and_cost
from experiments.evidence.winning_back import sender
from sim.measure.records import read_summary

SALES = World(("events=double_eleven",))
NOTICE = "+campaign=[first_notice]"
CARE = World(("+campaign=[care]", "campaign.care.holdout=0"))
CURES = World(("+campaign=[check_in,early_bird]", "campaign.check_in.holdout=0", "campaign.early_bird.holdout=0"))
MATRIX = World(("+policy=product_matrix",))
TOLD = World(("+policy=product_matrix", "+campaign=[winback]", "campaign.winback.stages=[0.0,0.0,0.0]",
              "campaign.winback.least_orders=1", "campaign.winback.holdout=0"))  # fmt: skip
PROFIT = World(policy=(("name", "profit_goods"), ("_target_", "experiments.evidence.levers.OnClasses")))
ONE_PLAN = sender("Cells")
BY_LAST_ORDER = sender("Cells", once=(0.0, 0.05, 0.10), often=(0.0, 0.05, 0.10))
BY_CELL = sender("Cells", once=(0.05, 0.10, 0.0), often=(0.0, 0.05, 0.10))
FLAT = World(policy=(("name", "flat"), ("_target_", "experiments.evidence.levers.Phase"), ("cut", 0.02)))
FOUR = World(
    ("+campaign=[care,newcomer_waves,winback]", "campaign.care.holdout=0", "campaign.newcomer_waves.holdout=0",
     "campaign.winback.holdout=0"),
    (("name", "first_orders"), ("_target_", "experiments.evidence.levers.Phase"), ("cut", 0.02), ("newcomers_only", True)),
)  # fmt: skip
YEAR = 365


def club(places: Places) -> Figures:
    """Orders that first notice, points and both together bring where the shop has sales for all."""
    name = "orders_per_known_customer"
    found: Figures = {world: lift(places, world, "sales", name) for world in ("notice", "points", "both")}
    found["contribution_gained"] = gain_and_cost(places, "both", "sales")[0]
    found["contribution_gained_by_notice"] = gain_and_cost(places, "notice", "sales")[0]
    return found | {"figure": found["both"]}


def forgotten(places: Places) -> Figures:
    """Share of needs lost to forgetting that care takes away; parcel note and e-mail, and with calls for dear goods."""
    lost = {name: ratio(read_summary(places[name])["causes"]["forgot"], told_one(places[name], "needs"))
            for name in ("none", "care", "calls")}  # fmt: skip
    found: Figures = {f"forgotten_{name}": value for name, value in lost.items()}
    for name in ("care", "calls"):
        found[f"orders_gained_{name}"] = lift(places, name, "none", "orders_per_known_customer")
        found[f"contribution_gained_{name}"] = gain_and_cost(places, name)[0]
    return found | {
        "figure": 1 - ratio(lost["calls"], lost["none"]),
        "care_alone": 1 - ratio(lost["care"], lost["none"]),
    }


_ORDERS = """
WITH bought AS (SELECT shopper, count(*) AS n FROM orders GROUP BY shopper)
SELECT sum(coalesce(n, 0)) / count(*) AS orders FROM shoppers LEFT JOIN bought USING (shopper) WHERE segment > 0 AND {whom}
"""


def cured(places: Places) -> Figures:
    """What seekers of variety order more, by the cures and without boredom, against buyers by habit."""
    found: Figures = {}
    for kind, whom in {"seekers": "variety > 0", "inertial": "variety = 0"}.items():
        orders = {}
        for world in ("none", "cures", "without_variety"):
            with questions(places[world]) as run:
                orders[world] = one(run, _ORDERS.format(whom=whom))["orders"]
        if not orders["none"]:
            return {"figure": None}
        found[f"gained_by_{kind}"] = orders["cures"] / orders["none"] - 1
        found[f"most_that_a_cure_could_win_{kind}"] = orders["without_variety"] / orders["none"] - 1
    more = (found["gained_by_seekers"] or 0.0) - (found["gained_by_inertial"] or 0.0)
    return found | {"figure": found["gained_by_seekers"], "more_than_inertial": more,
                    "contribution_gained": gain_and_cost(places, "cures")[0]}  # fmt: skip


def classes(places: Places) -> Figures:
    """Cuts on traffic and marginal goods against the same cuts on profit goods at equal cost; who is brought back."""
    found: Figures = {"figure": at_equal_cost(places, "matrix", "profit")}
    for name in ("none", "matrix", "profit", "told"):
        with questions(places[name]) as run:
            start, later = standing(run, 0), standing(run, YEAR) if run.days > YEAR else None
        if later is None:
            return {"figure": None}
        lapsed, once = -start["last"] > 2 * start["own"], start["n"] == 1
        found[f"lapsed_back_{name}"] = share(start["back"] < YEAR, lapsed)
        found[f"one_timers_back_{name}"] = share(start["back"] < YEAR, once & (-start["last"] > 90))
        twos = np.isin(later["shopper"], start["shopper"][start["n"] >= 2])
        found[f"buyers_of_two_kept_{name}"] = share(np.isfinite(later["back"]), twos)
        found[f"contribution_{name}_against_none"] = lift(places, name, "none", "contribution")
    told, matrix, profit = (found[f"buyers_of_two_kept_{name}"] or 0.0 for name in ("told", "matrix", "profit"))
    found["told_lapsed_come_back"] = (found["lapsed_back_told"] or 0.0) - (found["lapsed_back_matrix"] or 0.0)
    return found | {
        "buyers_of_two_kept_more": matrix - profit,
        "told_buyers_of_two": told - matrix,
        "one_timers_come_back": (found["one_timers_back_told"] or 0.0) - (found["one_timers_back_none"] or 0.0),
    }


def plans(places: Places) -> Figures:
    """A plan for each cell against one for all and against one by last order alone, at equal cost."""
    found: Figures = {"figure": at_equal_cost(places, "cells", "one")}
    found["history_over_last_order"] = at_equal_cost(places, "cells", "last_order")
    found["last_order_over_nothing"] = at_equal_cost(places, "last_order", "one")
    for name in ("one", "last_order", "cells"):
        gain, cost = gain_and_cost(places, name)
        found |= {f"contribution_gained_{name}": gain, f"cost_{name}": cost}
    return found


def four_groups(places: Places) -> Figures:
    """First-order cut, care, waves and win-back together against one cut for all, at equal cost."""
    found: Figures = {"figure": at_equal_cost(places, "four", "flat")}
    for name in ("four", "flat"):
        gain, cost = gain_and_cost(places, name)
        found |= {f"contribution_gained_{name}": gain, f"cost_{name}": cost}
        found[f"retention_365_{name}"] = told_one(places[name], "retention_365")
    return found
