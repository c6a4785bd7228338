"""Second marketing of document 3: waves for newcomers, codes for repeaters, stimulated against natural repurchase."""

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import lift, told_one
from experiments.evidence.responses import answers, gain_and_cost
from sim.measure.records import read_summary

HORIZONS = (2, 10, 30, 90)
WAVES = 5
KINDS = ("food", "womens_wear", "general", "appliances")
# A crowd of prospects around one 11.11, since big first orders on one day are few; no old customers, and no desk that the
# crowd would block. It ends when the last wave is judged.
SALES = World(
    ("start=2025-11-09", "days=170", "shoppers=100", "population.prospect_rate=100000", "population.shop_age_days=30",
     "service=none", "events.sales=[{name: double_eleven, month: 11, day: 11, days: 1, discount: 0.15}]"),
)  # fmt: skip
BIG = World(
    (*SALES.overrides, "+campaign=[newcomer_waves]", "campaign.newcomer_waves.first_spend=299",
     "campaign.newcomer_waves.first_in_sale=true"),
)  # fmt: skip
WINBACK = World(("+campaign=[winback]",))
WAVES_ON = World(
    ("+campaign=[newcomer_waves]", "campaign.newcomer_waves.first_spend=0", "campaign.newcomer_waves.minimum=0")
)
SPLIT = World(("+campaign=[newcomer_waves,referral]", *WAVES_ON.overrides[1:]))
PATH = World(("+campaign=[newcomer_waves,care]", *WAVES_ON.overrides[1:]))
GROUPS = {kind: World((f"population={kind}",)) if kind != "general" else World() for kind in KINDS}
ON = {f"{kind}_on": World((*GROUPS[kind].overrides, *PATH.overrides)) for kind in KINDS}


def code_or_coupon(places: Places) -> Figures:
    """What a code to pass on for repeaters brings on top of thanks and coupons for newcomers."""
    split, waves = places["split"], places["waves"]
    friends = read_summary(split)["campaigns"]["referral"].get("friends") or {}
    found: Figures = {"figure": lift(places, "split", "waves", "contribution"),
                      "newcomers": lift(places, "split", "waves", "newcomers"),
                      "waves_against_none": lift(places, "waves", "none", "contribution")}  # fmt: skip
    found |= {f"friends_{name}": value for name, value in friends.items() if isinstance(value, (int, float))}
    name = "newcomer_repeat_rate"
    return found | {"newcomers_back_more": told_one(split, name) - told_one(waves, name)}


def big_first_orders(places: Places) -> Figures:
    """Of newcomers with a big first order, how many more come back for the waves, and wave by wave."""
    name = "newcomer_waves"
    whole = answers(places, "big", name, WAVES * 30.0 + 10.0, off="sales")
    found: Figures = {"figure": whole["true"], "natural": whole["natural"], "customers": whole["customers"]}
    found["shop_estimate"] = whole["shop"]
    for wave in (1, 3, WAVES):
        told = answers(places, "big", name, 10.0, wave=f"wave {wave}", off="sales")
        found |= {f"wave_{wave}_{what}_10_days": told[what] for what in ("gross", "natural")}
    gain, _ = gain_and_cost(places, "big", "sales")
    return found | {"contribution_gained": gain}


def few_days_or_overall(places: Places) -> Figures:
    """What a verdict after two days misses of what thanks, coupon and care do to newcomers, by group."""
    found: Figures = {}
    for kind in KINDS:
        for within in (2, 30, 90):
            told = answers(places, f"{kind}_on", "newcomer_waves", within, off=kind)
            found[f"gained_{within}_days_{kind}"] = told["true"]
            found[f"gross_{within}_days_{kind}"] = told["gross"]
    late, early = (np.array([found[f"gained_{within}_days_{kind}"] for kind in KINDS], float) for within in (90, 2))
    return found | {"figure": float(late.mean() - early.mean()), "gained_2_days": float(early.mean())}


def stimulated_or_natural(places: Places) -> Figures:
    """How far off gross response and the holdout's estimate are from the truth; means over two campaigns."""
    found: Figures = {}
    for within in HORIZONS:
        told = [answers(places, "winback", "winback", within), answers(places, "waves", "newcomer_waves", within)]
        for what in ("gross", "true", "shop"):
            found[f"{what}_{within}_days"] = float(np.mean([one[what] for one in told]))
        gross = np.mean([abs(one["gross"] - one["true"]) for one in told])
        shop = np.mean([abs(one["shop"] - one["true"]) for one in told])
        found[f"closer_by_holdout_{within}_days"] = float(gross - shop)
    return found | {"figure": found["closer_by_holdout_30_days"]}
