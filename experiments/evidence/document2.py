"""Document 2: winning back lost customers."""

import numpy as np

from experiments.evidence import causes, remedies
from experiments.evidence import winning_back as back
from experiments.evidence.claim import Claim, Figures, Places, Sweep, World
from experiments.evidence.looks import expectation, lift, one, questions, standing, told_one
from experiments.evidence.newcomers import WINBACK
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


def _patience(days: float) -> dict[str, World]:
    return {"none": NONE, "patient": back.PATIENT, "often": back.often(days)}


CLAIMS = (
    Claim(
        "2.1", "A new customer costs more than regaining a lost one (2-3 times)",
        "lapsed buyers with an order within 90 days of their first win-back message, more than in the twin without, for the money that "
        "wins one newcomer by advertising (messages and coupons against visits); holds above 2, only where it is above 1. The shop's "
        "own estimate by its holdout stands beside; flips_at: advertising per prospect's visit, yuan",
        {"none": NONE, "winback": WINBACK}, back.new_against_lost, threshold=2.0, also=("cheaper_at_all",),
    ),
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
    Claim(
        "2.6", "Treat prospects, active, repeat-seeking and lost customers separately",
        "contribution of a plan for each group (2 % off first orders, care, newcomer_waves, winback) less that of one cut of 2 % for all, at "
        "equal cost of concessions and messages (on the line through none), share of contribution; holds above 0",
        {"none": NONE, "four": remedies.FOUR, "flat": remedies.FLAT}, remedies.four_groups,
    ),
    Claim(
        "2.7", "Spice shop: after a month a 20 dollar coupon and 0.3 g of saffron; about 20 % were back in two weeks",
        "repeat buyers silent for 30-60 days while rivals are 10 % cheaper get a coupon of a third of the price: back within 14 days more "
        "than in the twin without, share; holds if half of the 20 % is due to the coupon, above 0.1; only where gross return is above 0.2",
        {"war": World((back.WAR,)), "spice": back.SPICE + back.WAR}, back.spice, threshold=0.1, also=("gross_above_20",),
    ),
    Claim(
        "2.8", "Useful content may beat offers; ask leavers, mend, tell them",
        "contribution of an SMS with content every 30 days against one with a 10 % coupon (the same days and channel); share, holds above 0, "
        "if also content gains against none. What it meets in leavers over service is assumed (messages.apology_pull)",
        {"none": NONE, "content": back.CONTENT, "coupons": back.COUPONS}, back.content_or_coupons,
        also=("contribution_content_against_none",),
    ),
    Claim(
        "2.9", "Do not bombard; without an answer wait 6 months and come back with truly new goods",
        "contribution of a 10 % coupon by SMS every 30 days, but 180 days after one without an answer, against one every 7 days whatever "
        "the answer; share, holds above 0; flips_at: days between the messages of who does not wait. New goods are not in the model",
        _patience(7.0), back.bombard, sweep=Sweep("days between messages", (7.0, 30.0, 60.0), _patience, beyond=True),
    ),
    Claim(
        "2.10", "Standing discounts bring loss; mix in gifts and draws",
        "margin rate of 25 % off in 18 of 90 days less that of 5 % off always (the same on average), share of revenue; holds "
        "above 0, if also customers come to expect less",
        {"none": NONE, "rare": _phase("rare_discount", 0.25, 90.0, 18.0), "standing": _phase("standing_discount", 0.05, 1.0, 1.0)},
        standing_discount, also=("reference_price_kept",), sweep=Sweep("population.expectation_gain", (0.2, 0.5, 0.9)),
    ),
    Claim(
        "2.11", "Pick those silent for 1-2 years with 2-3 purchases, in stages: 50 % are interested, 15-20 % regular again",
        "of buyers of two orders or more silent for 1-2 years who get three stages (news, 10 %, 20 %; 45 days apart), the share with two "
        "orders within 180 days of the first; holds above 0.15; how many the twin without has is taken off beside. Interest: messages "
        "opened, which is an assumption (messages.sms.open)",
        {"none": NONE, "years": back.YEARS}, back.regular_again, threshold=0.15,
    ),
    Claim(
        "2.12", "Only promising customers; 'only today' works",
        "contribution gained per win-back message to buyers of two orders or more less that per message to everybody, yuan; holds above 0, "
        "if also a ranking by lift (the campaign's own answers) beats everybody and a coupon for one day beats one for 30. Wording as such is not in the "
        "model: 'only today' is a coupon that ends",
        {"none": NONE, "promising": WINBACK, "everybody": back.EVERYBODY, "risk": back.RISK, "lift": back.LIFT, "today": back.TODAY},
        back.whom, also=("lift_above_everybody", "only_today"),
    ),
    Claim(
        "2.13", "Patience: silence may be money or family trouble",
        "of customers silent beyond 2 own cycles, the share that is back within a year unasked: the most that patience can win. Which of "
        "them were in trouble",
        {"none": NONE}, back.paused,
        missing="the model has no shock to a shopper's income (a pause, then a natural return), so that no silence has this reason",
    ),
)  # fmt: skip
