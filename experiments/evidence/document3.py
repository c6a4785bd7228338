"""Document 3: second marketing by category (undated, speaks of 11.11 and 12.12)."""

from typing import Any

import numpy as np
import yaml

from experiments.evidence import newcomers, remedies
from experiments.evidence.claim import Claim, Figures, Places, Sweep, World
from experiments.evidence.document1 import PLANS
from experiments.evidence.looks import lift, one, questions, standing, told_one
from experiments.evidence.rules import HORIZON, lost, ranking

MONTH = 30
_MISFIT = "SELECT avg(misfit::INT) AS misfit, avg(returned::INT) AS returned FROM orders WHERE segment = 0"


def hype(places: Places) -> Figures:
    """What doctored photos do to newcomers: they buy once; do they come back?"""
    found: Figures = {"conversion_up": lift(places, "hype", "none", "conversion")}
    name = "newcomer_repeat_rate"
    found["figure"] = told_one(places["hype"], name) - told_one(places["none"], name)
    for world in ("hype", "none"):
        with questions(places[world]) as run:
            row = one(run, _MISFIT)
        found |= {f"{what}_{world}": value for what, value in row.items()}
    return found | {"contribution": lift(places, "hype", "none", "contribution")}


def sub_cycles(places: Places) -> Figures:
    """How well silence over the cycle tells the lost: one cycle for all needs, or that of the last kind of need."""
    config = yaml.safe_load((places["baby"] / "config.yaml").read_text(encoding="utf-8"))
    kinds = config["population"]["sub_cycles"]
    with questions(places["baby"]) as run:
        days = range(HORIZON, run.days - HORIZON + 1, MONTH)
        found = [_ranked(standing(run, day), day, int(config["seed"]), kinds) for day in days]
    if not found:
        return {"figure": None}
    single, own = (float(np.nanmean(column)) for column in np.array(found).T)
    return {"figure": own - single, "one_cycle": single, "sub_category_cycles": own}


def _ranked(file: dict[str, Any], day: float, seed: int, kinds: list[dict[str, Any]]) -> tuple[float, float]:
    """Areas under the curve on a day: with one cycle, and with that of the last kind of need."""
    from sim.draws import SUB_CYCLE, uniform_pair

    some = np.isfinite(file["own"]) & np.isfinite(file["need"])
    if not some.any():
        return np.nan, np.nan
    pairs = zip(file["shopper"][some].astype(int), file["need"][some].astype(int), strict=True)
    u = np.array([uniform_pair(seed, int(who), int(need), SUB_CYCLE)[0] for who, need in pairs])
    kind = np.searchsorted(np.cumsum([k["share"] for k in kinds])[:-1], u, side="right")
    factor = np.array([k["cycle_factor"] for k in kinds])[kind]
    cycles = (day - file["last"][some]) / file["own"][some]
    gone = lost(file, day, HORIZON)[some]
    return ranking(cycles, gone), ranking(cycles / factor, gone)


_BACK = "SELECT count(*) FILTER (order_number > 1) / count(DISTINCT shopper) AS again FROM orders"
WEAR = World(("population=womens_wear",))


def without_misfits(places: Places) -> Figures:
    """Repeat orders per buyer of women's wear if no garment missed its picture or size: the most a matching word wins."""
    with questions(places["exact"]) as run:
        best = one(run, _BACK)["again"]
    with questions(places["wear"]) as run:
        usual = one(run, _BACK)["again"]
    return {"figure": best / usual - 1, "contribution": lift(places, "exact", "wear", "contribution")}


def _codes(rate: float) -> dict[str, World]:
    key = f"messages.referral_rate={rate}"
    return {"none": World(), "waves": newcomers.WAVES_ON, "split": newcomers.SPLIT + key}


CLAIMS = (
    Claim(
        "3.1", "Satisfaction precedes loyalty; doctored photos sell once",
        "change in the share of newcomers who order again within 90 days at photo_hype 1 against 0, share; holds below 0, if "
        "also conversion goes up",
        {"none": World(), "hype": World(("service.photo_hype=1.0",))}, hype, above=False, also=("conversion_up",),
        sweep=Sweep("population.photo_worth", (0.0, 0.15, 0.3, 0.6)), seeds_times=4,
    ),
    Claim(
        "3.2", "Concerns: baby safety; size, picture and quality of clothes; genuine, effective cosmetics; warranty of electronics",
        "repeat orders per buyer of women's wear gained if nothing missed its picture or size: the most that a message which matches the "
        "concern could win, share. What such a message does win against a general one",
        {"wear": WEAR, "exact": WEAR + "population.misfit_rate=0.0"}, without_misfits,
        missing="messages have no topic: information meets all leavers over service or quality alike, whatever their concern",
    ),
    Claim(
        "3.3", "A mixed mother and baby range has no single cycle",
        "chance that silence in cycles ranks a lost customer above one who is back in 180 days: with the cycle of the last "
        "kind of need less with one cycle, mean over days a month apart; holds above 0",
        {"baby": World(("population=mother_and_baby",))}, sub_cycles, seeds_times=4,
    ),
    Claim(
        "3.4", "Split newcomers (thanks and coupon) from repeaters (thanks and a code to pass on)",
        "contribution of thanks and coupons for newcomers with codes for repeaters against the same without codes; share, holds above 0. "
        "That satisfied customers pass codes on is assumed (messages.referral_rate), so a gain in newcomers would be there by construction",
        {"none": World(), "waves": newcomers.WAVES_ON, "split": newcomers.SPLIT}, newcomers.code_or_coupon,
        sweep=Sweep("messages.referral_rate", (0.0, 0.05, 0.2), _codes),
    ),
    Claim(
        "3.5", "Double-11 newcomers with a big first order (299 yuan): five monthly coupon waves, judged after 10 days each",
        "newcomers of 11.11 (15 % off) with a first order of 299 yuan or more: back within 160 days of the first message more than in the twin "
        "without, share; holds above 0, if also contribution is gained, yuan. In a shop with a crowd of prospects and without a desk. Waves after "
        "10 days, and the shop's holdout, beside",
        {"sales": newcomers.SALES, "big": newcomers.BIG}, newcomers.big_first_orders, also=("contribution_gained",),
        seeds_times=2,
    ),
    Claim(
        "3.6", "For each group thanks, coupon, care; judged after a few days and overall",
        "newcomers of four categories under newcomer_waves and care: answers within 90 days of the thanks more than in twins, less the same "
        "within 2 days, mean over categories, share; holds (a verdict after two days alone misses something) above 0, if also every category gains "
        "in 30 days",
        newcomers.GROUPS | newcomers.ON, newcomers.few_days_or_overall,
        also=tuple(f"gained_30_days_{kind}" for kind in newcomers.KINDS),
    ),
    Claim(
        "3.7", "Compare stimulated with natural repurchase, across means, waves, periods",
        "distance from the truth (twins) of the gross response less that of the holdout's estimate, at 30 days, mean of winback and "
        "newcomer_waves, share of customers; holds (the comparison comes closer) above 0, if also at 2, 10 and 90 days. Gross exceeds the truth by "
        "the natural response by construction; that a holdout of a tenth is less wrong is not",
        {"none": World(), "winback": newcomers.WINBACK, "waves": newcomers.WAVES_ON}, newcomers.stimulated_or_natural,
        also=tuple(f"closer_by_holdout_{within}_days" for within in (2, 10, 90)),
    ),
    Claim(
        "3.8", "It takes a customer file (region, behaviour, attitude, last experience) and reading chats by hand",
        "the plans of claim 1.9: contribution by full history (orders and silence) less that with one coupon for all, at equal cost, share of contribution; "
        "holds above 0, if also more than by the last order alone. Regions and concerns read from chats are not in the model",
        PLANS, remedies.plans, also=("history_over_last_order",),
    ),
)  # fmt: skip
