"""Document 2: winning back lost customers."""

import numpy as np

from experiments.evidence import causes
from experiments.evidence.claim import Claim, Figures, Places, Sweep, World, later
from experiments.evidence.document0 import expectation
from experiments.evidence.looks import lift, one, questions, share, standing, told_one
from experiments.evidence.rules import YEAR, best_cut, errors, first_reaching, lost

NONE = World()
NUMBERS = (1, 2, 3, 5, 10)

_NEXT = """
WITH placed AS (
    SELECT time, order_number AS n, lead(time) OVER (PARTITION BY shopper ORDER BY time) AS next FROM orders)
SELECT count(*) FILTER (next <= time + 90) / count(*) AS share FROM placed WHERE n = $n AND time <= $days - 90
"""


def again(places: Places) -> Figures:
    """Chance of an order within 90 days by number of purchases, and of a prospect's visit."""
    with questions(places["none"]) as run:
        chance = [one(run, _NEXT, n=n, days=run.days)["share"] for n in NUMBERS]
    found: Figures = {f"after_{n}": value for n, value in zip(NUMBERS, chance, strict=True)}
    found |= {"conversion": told_one(places["none"], "conversion"), "flips_at": first_reaching(NUMBERS, chance, 0.6)}
    return found | {"figure": chance[0], "after_10_above_60": None if chance[-1] is None else chance[-1] - 0.6}


CUTS = {"food": (30.0, 30.0), "cosmetics": (30.0, 30.0), "womens_wear": (90.0, 90.0), "appliances": (120.0, 365.0)}


def cut_offs(places: Places) -> Figures:
    """Errors at the document's cut-off over errors at the best one, by category; the figure is their mean."""
    found: Figures = {}
    for kind, (low, high) in CUTS.items():
        with questions(places[kind]) as run:
            day = run.days - YEAR
            if day <= 0:
                return {"figure": None}
            file = standing(run, day)
        silence, gone = day - file["last"], lost(file, day, YEAR)
        cut, fewest = best_cut(silence, gone)
        at = min(
            errors(silence, gone, min(max(cut, low), high)), errors(silence, gone, low), errors(silence, gone, high)
        )
        found |= {f"best_cut_days_{kind}": cut, f"errors_{kind}": at / fewest if fewest else None}
    ratios = [found[f"errors_{kind}"] for kind in CUTS]
    known = [value for value in ratios if value is not None]
    found |= {
        f"right_in_{kind}": None if value is None else 1.1 - value for kind, value in zip(CUTS, ratios, strict=True)
    }
    return found | {"figure": float(np.mean(known)) if known else None}


def natural_fortnight(places: Places) -> Figures:
    """Of repeat buyers silent for 30-60 days, the share that is back within 14 days by itself."""
    with questions(places["none"]) as run:
        days = range(60, run.days - 14, 30)
        found = [_back(standing(run, day), day, 30.0, 60.0, 14.0) for day in days]
    return {"figure": float(np.nanmean(found)) if found and np.isfinite(found).any() else None}


def natural_month(places: Places) -> Figures:
    """Of buyers of two orders or more silent for one to two years, the share that is back within 30 days by itself."""
    with questions(places["none"]) as run:
        days = range(0, run.days - 30, 30)
        found = [_back(standing(run, day), day, 365.0, 730.0, 30.0) for day in days]
    return {"figure": float(np.nanmean(found)) if found and np.isfinite(found).any() else None}


def _back(file: dict[str, np.ndarray], day: float, low: float, high: float, within: float) -> float:
    silence = day - file["last"]
    return share(file["back"] < day + within, (file["n"] >= 2) & (silence >= low) & (silence < high))


def standing_discount(places: Places) -> Figures:
    """Margin of a rare deep discount against a standing one of the same average depth."""
    margin = {name: told_one(places[name], "margin_rate") for name in ("rare", "standing", "none")}
    hope = {name: expectation(places, name) for name in ("rare", "standing")}
    return {
        "figure": margin["rare"] - margin["standing"],
        "reference_price_kept": hope["standing"] - hope["rare"],
        "standing_less_none": margin["standing"] - margin["none"],
        "contribution_rare_against_standing": lift(places, "rare", "standing", "contribution"),
        "contribution_standing_against_none": lift(places, "standing", "none", "contribution"),
    }


def _phase(name: str, cut: float, every: float, lasts: float) -> World:
    return World((), (("name", name), ("_target_", "experiments.evidence.levers.Phase"), ("cut", cut),
                      ("every_days", every), ("lasts_days", lasts)))  # fmt: skip


WINBACK = "the campaign winback with coupons"
CLAIMS = (
    later("2.1", "A new customer costs more than regaining a lost one (2-3 times)",
          "cost per buyer reactivated more than in the held-out share, against advertising per new customer", WINBACK),
    Claim(
        "2.2", "A new visitor buys with 5 %, a returning customer with 60 %",
        "chance of another order within 90 days of the first; holds above 0.6, or only where the tenth reaches it; conversion "
        "of prospects stands beside; flips_at: number of purchases after which the chance reaches 0.6",
        {"none": NONE}, again, threshold=0.6, also=("after_10_above_60",),
    ),
    Claim(
        "2.3", "Why they left: service over 65 %, quality 15, a rival's price 10, forgot or moved 10",
        "share of leavers who state service, of all stated reasons; holds above 0.65. What mechanisms cost: claim 2.4",
        {"none": NONE}, causes.service_stated, threshold=0.65,
        sweep=Sweep("population.wait_sensitivity", (0.1, 0.25, 0.5, 1.0)),
    ),
    Claim(
        "2.4", "Price is far from the main reason (10 %)",
        "orders gained with price off (no coefficient) over those gained with the weightiest mechanism off, same luck; ratio, "
        "holds (far) below 0.5",
        causes.WORLDS, causes.price_minor, threshold=0.5, above=False,
    ),
    Claim(
        "2.5", "Lapse cut-offs: clothes one season, appliances 4-6 months to a year, catering, delivery and beauty one month",
        "false alarms and misses (no order in the next 365 days) at the document's cut-off over those at the best, mean over "
        "food 30 d, cosmetics 30 d, women's wear 90 d, appliances 120-365 d; ratio, holds below 1.1, only where some do",
        {kind: World((f"population={kind}",)) for kind in CUTS}, cut_offs, threshold=1.1, above=False,
        also=tuple(f"right_in_{kind}" for kind in CUTS),
    ),
    later("2.6", "Treat prospects, active, repeat-seeking and lost customers separately",
          "one plan for all against a plan for each of four groups, at equal budget", "campaigns by segment"),
    Claim(
        "2.7", "Spice shop: after a month a 20 dollar coupon and 0.3 g of saffron; about 20 % were back in two weeks",
        "natural return within 14 days of repeat buyers silent for 30-60 days, share: what the 20 % must be held against. "
        "Gross and incremental return of the coupon",
        {"none": NONE}, natural_fortnight, missing=f"needs {WINBACK}, which the engine does not have yet",
    ),
    later("2.8", "Useful content may beat offers; ask leavers, mend, tell them",
          "retention by a content touch (memory, no expectation) against a coupon touch", "messages with content"),
    later("2.9", "Do not bombard; without an answer wait 6 months and come back with truly new goods",
          "a sweep over the contact schedule: unsubscribing and later return", "messages with fatigue and unsubscribing"),
    Claim(
        "2.10", "Standing discounts bring loss; mix in gifts and draws",
        "margin rate of 25 % off in 18 of 90 days less that of 5 % off always (the same on average), share of revenue; holds "
        "above 0, if also customers come to expect less",
        {"none": NONE, "rare": _phase("rare_discount", 0.25, 90.0, 18.0), "standing": _phase("standing_discount", 0.05, 1.0, 1.0)},
        standing_discount, also=("reference_price_kept",), sweep=Sweep("population.expectation_gain", (0.2, 0.5, 0.9)),
    ),
    Claim(
        "2.11", "Pick those silent for 1-2 years with 2-3 purchases, in stages: 50 % are interested, 15-20 % regular again",
        "natural return within 30 days of buyers of two orders or more silent for 1-2 years, share: what the stages must be "
        "held against. Interest (clicks) and two orders in 180 days of those touched",
        {"none": NONE}, natural_month, missing=f"needs {WINBACK}, which the engine does not have yet",
    ),
    later("2.12", "Only promising customers; 'only today' works",
          "profit per message: ranked by lift, by risk, all", WINBACK),
    later("2.13", "Patience: silence may be money or family trouble",
          "share of the lost who are only paused", "a state of income shock (pause, then natural return)"),
)  # fmt: skip
