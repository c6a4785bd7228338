"""Facts about contacts: winning back, targeting, waking the inert, frequency; the desk; referral."""

from pathlib import Path

import numpy as np

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import one, questions, ratio, share, told_one
from experiments.facts.fact import Arm, Curve, Fact, Part
from sim.referral import referred

LIFE = 180  # days of a second life that are looked at
MONTHLY = (0, 1, 2, 4, 7, 10, 16)

_SECOND = """
WITH touched AS (SELECT * FROM read_parquet($path)),
    back AS (SELECT shopper, min(open_time) AS start FROM touched WHERE regained GROUP BY shopper),
    life AS (
        SELECT shopper, start, least(left_at, category_end, moved_at, start + $life) - start AS days
        FROM back JOIN shoppers USING (shopper) WHERE start <= $days - $life AND left_at >= start),
    earned AS (SELECT shopper, sum(contribution_fen) / 100 AS yuan FROM orders JOIN life USING (shopper)
        WHERE time >= start AND time < start + $life GROUP BY shopper)
SELECT (SELECT count(*) FROM back) / (SELECT count(DISTINCT shopper) FROM touched) AS share, avg(days) AS days,
    avg(coalesce(yuan, 0)) AS yuan, count(*) AS people FROM life LEFT JOIN earned USING (shopper)
"""
TRIALS = ("discount", "service", "both")


def second_lives(places: Places) -> Figures:
    """Share won back, days and yuan of second lives, by instrument."""
    told = {}
    for name in TRIALS:
        with questions(places[name]) as run:
            told[name] = one(run, _SECOND, path=str(places[name] / "touches.parquet"), life=LIFE, days=run.days)
    if any(row["days"] is None for row in told.values()):
        return {"won_back": None, "service_longer": None, "both_poorer": None}
    best = max(told["discount"]["share"], told["service"]["share"])
    found: Figures = {"won_back": told["both"]["share"] - best, "service_longer": told["service"]["days"] - told["both"]["days"],
                      "both_poorer": told["both"]["yuan"] - told["service"]["yuan"]}  # fmt: skip
    return found | {
        f"{what}_{name}": told[name][what] for name in TRIALS for what in ("share", "days", "yuan", "people")
    }


_LEFT = """
SELECT count(*) FILTER (left_at < $until) / count(*) AS share FROM shoppers
WHERE segment > 0 AND index AND left_at >= 0 AND {whom}
"""


def unsaid(places: Places) -> Figures:
    """Of those who gave up waiting, the share who gave no sign; and the share of callers who gave up."""
    with questions(places["busy"]) as run:
        told = run.summary["desk"]
    return {"silent": ratio(told["silent"], told["abandoned"]),
            "abandoned": ratio(told["abandoned"], told["chats"] + told["contacts"])}  # fmt: skip


def woken(places: Places) -> Figures:
    """Share who left within 180 days more when contacted than when not, points: the inert, and all."""
    found: Figures = {}
    for name, whom in (("inert", "variety = 0"), ("all", "true")):
        shares = []
        for world in ("contacted", "none"):
            with questions(places[world]) as run:
                shares.append(one(run, _LEFT.format(whom=whom), until=LIFE)["share"])
        found[name] = shares[0] - shares[1]
    return found


def frequency(places: Places) -> Figures:
    """The monthly number of messages with the highest contribution; 7 a month against none and against most; by number, yuan."""
    with questions(places["monthly_0"]) as run:
        people = one(run, "SELECT count(*) AS n FROM shoppers WHERE segment > 0")["n"]
    value = {k: told_one(places[f"monthly_{k}"], "contribution") / people for k in MONTHLY}
    best = max(MONTHLY, key=lambda k: value[k])
    found: Figures = {
        "best": float(best),
        "seven_less_none": value[7] - value[0],
        "seven_less_most": value[7] - value[MONTHLY[-1]],
    }
    return found | {f"gain_{k}": value[k] - value[0] for k in MONTHLY}


_BY_PRICE = """
WITH ranked AS (SELECT shopper, ntile(3) OVER (ORDER BY price_coef, shopper) AS third FROM shoppers WHERE segment > 0)
SELECT third, count(*) AS n FROM orders JOIN ranked USING (shopper) GROUP BY third
"""


def by_price(folder: Path) -> dict[int, int]:
    """Orders of customers of day 0, by third of their price coefficient."""
    with questions(folder) as run:
        return {int(row["third"]): int(row["n"]) for row in run.rows(_BY_PRICE)}


def waited(places: Places) -> Figures:
    """Orders lost by a busy desk, least less most price-sensitive third, share."""
    busy, good = by_price(places["busy"]), by_price(places["generous"])
    lost = {third: ratio(busy[third], good[third]) - 1 for third in (1, 2, 3)}
    return {
        "insensitive_less_sensitive": lost[1] - lost[3],
        "lost_insensitive": lost[1],
        "lost_middle": lost[2],
        "lost_sensitive": lost[3],
    }


_STAYED = """
SELECT shopper, left_at > first_order + $life AS stayed FROM shoppers
WHERE segment = 0 AND first_order >= 0 AND first_order <= $days - $life
"""


def friends(places: Places) -> Figures:
    """Share of newcomers still with the shop 180 days after their first order: referred less others."""
    with questions(places["referral"]) as run:
        told = run.db.execute(_STAYED, {"life": LIFE, "days": run.days}).fetchnumpy()
    friend, stayed = referred(np.asarray(told["shopper"])), np.asarray(told["stayed"], dtype=bool)
    both = [share(stayed, friend), share(stayed, ~friend)]
    return {
        "longer": both[0] - both[1],
        "stayed_referred": both[0],
        "stayed_others": both[1],
        "referred": float(friend.sum()),
    }


def sent(folder: Path) -> int:
    """Messages that went out."""
    with questions(folder) as run:
        sql = "SELECT count(*) AS n FROM read_parquet($path) WHERE NOT holdout"
        return int(one(run, sql, path=str(folder / "touches.parquet"))["n"])


def targeted(places: Places) -> Figures:
    """Contribution gained per message against no campaign, yuan: ranked by lift less ranked by risk."""
    base = told_one(places["none"], "contribution")
    gain = {name: told_one(places[name], "contribution") - base for name in ("lift", "risk")}
    each = {name: ratio(gain[name], sent(places[name])) for name in gain}
    return {"lift_less_risk": each["lift"] - each["risk"], "lift": each["lift"], "risk": each["risk"]}


def ranked(by: str) -> Arm:
    """Win-back as in conf/campaign, to the half of those due that a ranking puts first."""
    return Arm(
        campaigns=(
            (
                ("name", "winback"),
                ("_target_", "policies.campaigns.winback.Winback"),
                ("ranking", by),
                ("top_share", 0.5),
            ),
        )
    )


PASSED_ON = Arm(
    ("messages.referral_rate=2.0",),
    campaigns=((("name", "referral"), ("_target_", "policies.campaigns.referral.Referral"), ("holdout", 0.0)),),
)


def winback(*coupons: float) -> Arm:
    """Two messages of each kind, four weeks apart, to all who are silent beyond two own cycles; coupon 0 is information."""
    common = (("_target_", "policies.campaigns.winback.Winback"), ("pause_days", 28.0), ("oldest_days", 3000.0),
              ("least_orders", 1), ("holdout", 0.0))  # fmt: skip
    return Arm(campaigns=tuple((("name", f"winback_{100 * c:.0f}"), ("stages", (c, c)), *common) for c in coupons))


def letters(monthly: float, channel: str = "email", until: float = 36500.0, *words: str) -> Arm:
    """A newsletter to all who ordered within a year."""
    return Arm(words, campaigns=((("name", "newsletter"), ("_target_", "experiments.facts.levers.Newsletter"),
                                ("monthly", float(monthly)), ("channel", channel), ("until", until)),))  # fmt: skip


CAP = "messages.contact_cap=16"
FACTS = (
    Fact(
        "referral", "Referred customers stay longer while the referrer stays", "Schmitt, Skiera & Van den Bulte (2011); Van den Bulte et al. (2018)",
        "newcomers with 180 days to the end (540 days): share still with the shop 180 days after the first order, referred less others; "
        "codes passed on forty times as often as in conf/messages, so that there are enough",
        {"referral": PASSED_ON}, {"longer": Part(0.0, None, 0.0, "referred less other newcomers, share")}, friends,
        construction="referral_loyalty is by how much less the referred leave while their referrer stays", days=540,
    ),
    Fact(
        "winback_instruments", "Discount plus service wins back most, with a shorter, less profitable second life; service alone the longest",
        "Kumar, Bhagwat & Zhang (2015), signs",
        "two messages, four weeks apart, to customers silent beyond two own cycles, 365 days: coupons of 20 %, service (information, apology), or "
        "both (twice two messages, since one has one kind here). Won back: share of those written to whose leaving a message ended, both less "
        "the better single one; days and yuan (contribution) of the first 180 days after it",
        {"discount": winback(0.2), "service": winback(0.0), "both": winback(0.0, 0.2)},
        {"won_back": Part(0.0, None, 0.0, "both less the better one, share"), "service_longer": Part(0.0, None, 0.0, "service less both, days"),
         "both_poorer": Part(None, 0.0, 0.0, "both less service, yuan")}, second_lives, size=1.5,
    ),
    Fact(
        "lift_targeting", "Targeting by lift beats targeting by risk", "Ascarza (2018); Lemmens & Gupta (2020)",
        "win-back messages to the half of those due that come first: contribution of the shop gained against no campaign per message, 540 days, "
        "yuan; ranked by the lift that its own answers promise, less ranked by risk",
        {"none": World(), "lift": ranked("lift"), "risk": ranked("risk")}, {"lift_less_risk": Part(0.0, None, 0.0, "lift less risk, yuan a message")},
        targeted, size=1.5, days=540,
    ),
    Fact(
        "sleeping_dogs", "Contacting can raise churn among the inert (6 to 10 %)", "Ascarza, Iyengar & Schleicher (2016)",
        "share of customers by habit (no taste for variety, an order in the year before day 0, still there then) who leave within 180 days "
        "with one text message of prices in 30 days, less without; share",
        {"none": World(), "contacted": letters(1, "sms", 180.0)}, {"inert": Part(0.0, 0.06, 0.0, "inert, contacted less not")}, woken,
        construction="sleeping_dog is the share whom contact makes leave", size=1.5,
    ),
    Fact(
        "message_frequency", "Message frequency has an interior optimum (about 7 a month)", "Zhang, Kumar & Cosguner (2017)",
        "contribution of the shop after messages, five years (the source has lifetimes in view), under 0 to 16 e-mails in 30 days to all "
        "who ordered within a year: number with the highest, seed by seed; 7 less none, 7 less 16, yuan per customer of day 0",
        {"monthly_0": World((CAP,))} | {f"monthly_{k}": letters(k, "email", 36500.0, CAP) for k in MONTHLY[1:]},
        {"best": Part(3.0, 10.0, None, "messages in 30 days"), "seven_less_none": Part(0.0, None, 0.0, "7 less 0"),
         "seven_less_most": Part(0.0, None, 0.0, "7 less 16")}, frequency, size=0.75, days=1825,
        curve=Curve("messages in 30 days", "yuan per customer of day 0 more than without", {k: f"gain_{k}" for k in MONTHLY}),
    ),
    Fact(
        "waiting", "Waiting hurts most the price-insensitive", "Lu, Musalem, Olivares & Schilkrut (2013), sign",
        "orders of customers of day 0 under a busy desk against a generous one (each there ever since), 365 days: the least price-sensitive "
        "third less the most; share",
        {"busy": World(("service=busy",)), "generous": World(("service=generous",))},
        {"insensitive_less_sensitive": Part(None, 0.0, 0.0, "insensitive less sensitive")}, waited,
        construction="price_wait_correlation -0.4 is the fact", size=1.5,
    ),
    Fact(
        "silent_abandonment", "69.5 % of those who give up waiting leave without a sign", "Castellanos et al. (69.5 % over 33 firms)",
        "share of those who give up waiting at a busy desk (chats and after-sales contacts) who give no sign, 365 days; share",
        {"busy": World(("service=busy",))}, {"silent": Part(0.6, 0.8, None, "silent share of those who gave up")}, unsaid,
        construction="silent_abandon_share 0.70 is the fact",
    ),
)  # fmt: skip
