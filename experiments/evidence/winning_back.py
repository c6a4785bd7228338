"""Win-back of document 2: what it costs, when, with what, how often, and whom."""

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import expectation, lift, questions, ratio, share, standing, told, told_one
from experiments.evidence.newcomers import WINBACK
from experiments.evidence.responses import answers, gain_and_cost, spent
from sim.measure.records import read_summary

_HERE = "experiments.evidence.senders."
_MINE = "study"  # name of the studies' own campaigns


def sender(kind: str, **levers: object) -> World:
    """A world with one of the studies' own campaigns."""
    return World(campaign=((_MINE, (("_target_", f"{_HERE}{kind}"), *levers.items())),))


SPICE = sender("Silent", low=30.0, high=60.0, stages=(0.33,))
WAR = "market.price_wars=[{start:30,days:700,depth:0.1}]"  # a rival next door is 10 % cheaper from day 30 on
YEARS = sender("Silent", low=365.0, high=730.0, stages=(0.0, 0.10, 0.20), again_days=36500.0)
CONTENT = sender("Schedule", every_days=30.0)
COUPONS = sender("Schedule", every_days=30.0, coupon_share=0.10)
PATIENT = sender("Schedule", every_days=30.0, coupon_share=0.10, wait_days=180.0)
EVERYBODY, RISK, LIFT = (
    World((*WINBACK.overrides, "campaign.winback.least_orders=1", f"campaign.winback.ranking={how}"))
    for how in ("everybody", "risk", "lift")
)
TODAY = WINBACK + "campaign.winback.days_valid=1"


def often(days: float) -> World:
    """A coupon by SMS every so many days, whatever the answer."""
    return sender("Schedule", every_days=float(days), coupon_share=0.10)


def new_against_lost(places: Places) -> Figures:
    """Buyers regained for the money that wins one newcomer: truly, and as the shop's holdout has it."""
    told_90 = answers(places, "winback", "winback", 90.0)
    price, cost = told_one(places["none"], "cost_per_newcomer"), spent(places["winback"])
    true, shop = (told_90["customers"] * told_90[what] * price / cost for what in ("true", "shop"))
    visit = ratio(*told(places["none"], "acquisition", "prospects"))
    return {
        "figure": true, "flips_at": 2.0 * visit / true if true > 0 else None, "cheaper_at_all": true - 1.0,
        "by_the_holdout": shop, "cost_per_newcomer": price,
        "cost_of_winback": cost, "gross_90_days": told_90["gross"], "natural_90_days": told_90["natural"],
        "contribution_gained": gain_and_cost(places, "winback")[0],
    }  # fmt: skip


def spice(places: Places) -> Figures:
    """Return within 14 days of a coupon of a third of the basket: gross, natural, incremental."""
    back = answers(places, "spice", _MINE, 14.0, off="war")
    return {"figure": back["true"], "gross_above_20": back["gross"] - 0.2, "gross": back["gross"],
            "natural": back["natural"], "by_the_holdout": back["shop"],
            "contribution_gained": gain_and_cost(places, "spice", "war")[0]}  # fmt: skip


def content_or_coupons(places: Places) -> Figures:
    """Content against coupons, the same days and channel."""
    found: Figures = {"figure": lift(places, "content", "coupons", "contribution")}
    for name in ("content", "coupons"):
        found[f"contribution_{name}_against_none"] = lift(places, name, "none", "contribution")
        found[f"retention_365_{name}"] = told_one(places[name], "retention_365") - told_one(
            places["none"], "retention_365"
        )
        found[f"regained_{name}"] = float(read_summary(places[name])["campaigns"][_MINE]["regained"])
        found[f"expectation_{name}"] = expectation(places, name)
    return found


def bombard(places: Places) -> Figures:
    """Patience after no answer against messages in short order."""
    found: Figures = {"figure": lift(places, "patient", "often", "contribution")}
    for name in ("patient", "often"):
        about = read_summary(places[name])["campaigns"][_MINE]
        found |= {f"messages_{name}": float(about["sent"]), f"unsubscribed_{name}": float(about["unsubscribed"])}
        found |= {f"regained_{name}": float(about["regained"])}
        found[f"contribution_{name}_against_none"] = lift(places, name, "none", "contribution")
        found[f"retained_{name}"] = told_one(places[name], "retained_customers")
    return found


def regular_again(places: Places) -> Figures:
    """Of those silent for one to two years who are written to in stages, who places two orders in 180 days."""
    regular = answers(places, "years", _MINE, 180.0, times=2)
    once = answers(places, "years", _MINE, 180.0)
    about = read_summary(places["years"])["campaigns"][_MINE]
    return {"figure": regular["gross"], "incremental": regular["true"], "incremental_by_the_holdout": regular["shop"],
            "one_order": once["gross"], "one_order_incremental": once["true"], "customers": regular["customers"],
            "messages_opened": ratio(about["opened"], about["sent"])}  # fmt: skip


def whom(places: Places) -> Figures:
    """Contribution gained per message by who is written to, and by how long the coupon lasts; yuan."""
    found: Figures = {}
    for name in ("promising", "everybody", "risk", "lift", "today"):
        sent = read_summary(places[name])["campaigns"]["winback"]["sent"]
        found[f"per_message_{name}"] = ratio(gain_and_cost(places, name)[0], sent)
    value = {name: found[f"per_message_{name}"] or 0.0 for name in ("promising", "everybody", "risk", "lift", "today")}
    return found | {"figure": value["promising"] - value["everybody"],
                    "lift_above_everybody": value["lift"] - value["everybody"],
                    "only_today": value["today"] - value["promising"]}  # fmt: skip


def paused(places: Places) -> Figures:
    """Of those silent beyond two own cycles, who comes back in a year without being asked: the most patience can win."""
    with questions(places["none"]) as run:
        day = run.days - 365
        if day <= 0:
            return {"figure": None}
        file = standing(run, day)
    silent = day - file["last"] > 2 * file["own"]
    return {"figure": share(file["back"] < day + 365, silent),
            "back_in_90_days": share(file["back"] < day + 90, silent),
            "gone_for_good": share(file["gone"] <= day, silent)}  # fmt: skip
