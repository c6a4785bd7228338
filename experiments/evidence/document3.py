"""Document 3: second marketing by category (undated, speaks of 11.11 and 12.12)."""

import numpy as np
import yaml

from experiments.evidence.claim import Claim, Figures, Places, Sweep, World, later
from experiments.evidence.looks import lift, one, questions, standing, told_one
from experiments.evidence.rules import HORIZON, lost, ranking

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
    from sim.draws import SUB_CYCLE, uniform_pair

    config = yaml.safe_load((places["baby"] / "config.yaml").read_text(encoding="utf-8"))
    kinds = config["population"]["sub_cycles"]
    with questions(places["baby"]) as run:
        day = run.days - HORIZON
        if day <= 0:
            return {"figure": None}
        file = standing(run, day)
    some = np.isfinite(file["own"]) & np.isfinite(file["need"])
    if not some.any():
        return {"figure": None}
    pairs = zip(file["shopper"][some].astype(int), file["need"][some].astype(int), strict=True)
    u = np.array([uniform_pair(int(config["seed"]), int(who), int(need), SUB_CYCLE)[0] for who, need in pairs])
    kind = np.searchsorted(np.cumsum([k["share"] for k in kinds])[:-1], u, side="right")
    factor = np.array([k["cycle_factor"] for k in kinds])[kind]
    cycles = (day - file["last"][some]) / file["own"][some]
    gone = lost(file, day, HORIZON)[some]
    single, own = ranking(cycles, gone), ranking(cycles / factor, gone)
    return {"figure": own - single, "one_cycle": single, "sub_category_cycles": own}


CONCERNS = "care messages that match a concern (campaign care)"
WAVES = "the campaign newcomer_waves with a held-out share"
CLAIMS = (
    Claim(
        "3.1", "Satisfaction precedes loyalty; doctored photos sell once",
        "change in the share of newcomers who order again within 90 days at photo_hype 1 against 0, share; holds below 0, if "
        "also conversion goes up",
        {"none": World(), "hype": World(("service.photo_hype=1.0",))}, hype, above=False, also=("conversion_up",),
        sweep=Sweep("population.photo_worth", (0.0, 0.15, 0.3, 0.6)),
    ),
    later("3.2", "Concerns: baby safety; size, picture and quality of clothes; genuine, effective cosmetics; warranty of electronics",
          "satisfaction and repeat orders after a message that matches the concern against a general one", CONCERNS),
    Claim(
        "3.3", "A mixed mother and baby range has no single cycle",
        "chance that silence in cycles ranks a lost customer above one who is back in 180 days: with the cycle of the last "
        "kind of need less with one cycle; holds above 0",
        {"baby": World(("population=mother_and_baby",))}, sub_cycles,
    ),
    later("3.4", "Split newcomers (thanks and coupon) from repeaters (thanks and a code to pass on)",
          "referrals and repeat orders by arm", "the campaign referral"),
    later("3.5", "Double-11 newcomers with a big first order (299 yuan): five monthly coupon waves, judged after 10 days each",
          "response by wave, natural response of the held-out tenth, decay over waves", WAVES),
    later("3.6", "For each group thanks, coupon, care; judged after a few days and overall",
          "2-day and 30-day response by food, children's wear, daily goods, durables", WAVES),
    later("3.7", "Compare stimulated with natural repurchase, across means, waves, periods",
          "uplift with interval at 2, 10, 30, 90 days; gap between gross and incremental", WAVES),
    later("3.8", "It takes a customer file (region, behaviour, attitude, last experience) and reading chats by hand",
          "value of a policy by what it knows: nothing, last order, full history, stated concern", CONCERNS),
)  # fmt: skip
