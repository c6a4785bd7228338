"""Document 1: "Customer, don't go", the definition of churn and its reasons (2011)."""

import numpy as np

from experiments.evidence import causes, remedies
from experiments.evidence.claim import Claim, Figures, Places, World
from experiments.evidence.looks import lift, questions, ratio, share, standing, told_one
from experiments.evidence.rules import HORIZON, YEAR, crossing, first_reaching, lost, stock

NONE = World()
LOST = 0.90  # the document says 90-95 %
CYCLES = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)

# -- 1.1, 1.2, 1.3 ------------------------------------------------------------------------------------------------------


def silent_year(places: Places) -> Figures:
    """Of customers silent for a year, the share that stays silent for another."""
    with questions(places["none"]) as run:
        if run.days < YEAR:
            return {"figure": None}
        shares = []
        for day in range(0, run.days + 1, 90):  # the series over the run, whatever became of them
            file = standing(run, day)
            shares.append(float(np.mean(day - file["last"] >= YEAR)))
        day = run.days - YEAR
        file = standing(run, day)
    quiet = day - file["last"] >= YEAR
    gone = lost(file, day, YEAR)
    found: Figures = {"figure": share(gone, quiet), "of_the_lost_found": share(quiet, gone),
                      "left_for_good_or_away": share(file["gone"] <= day, quiet)}  # fmt: skip
    return found | {"silent_at_start": shares[0], "silent_at_end": shares[-1]}


_OWN_GAPS = """
WITH gaps AS (
    SELECT shopper, time - lag(time) OVER (PARTITION BY shopper ORDER BY time) AS gap FROM orders),
scaled AS (SELECT shopper, gap, avg(gap) OVER (PARTITION BY shopper) AS mean, count(gap) OVER (PARTITION BY shopper) AS n FROM gaps)
SELECT gap / mean AS gap FROM scaled WHERE gap IS NOT NULL AND n >= 5
"""
KINDS = ("general", "food", "womens_wear", "appliances")


def normal_cycle(places: Places) -> Figures:
    """Log-likelihood of own gaps under a normal less a gamma, per gap; how right the rule of two cycles is, by category."""
    found: Figures = {}
    for kind in KINDS:
        with questions(places[kind]) as run:
            file = standing(run, run.days - HORIZON) if run.days > HORIZON else None
            if kind == "general":
                gaps = np.asarray(run.db.execute(_OWN_GAPS).fetchnumpy()["gap"], dtype=float)
        if file is not None:
            found[f"lost_beyond_2_cycles_{kind}"] = stock(file, run.days - HORIZON, file["own"], 2.0)
    return found | {"figure": _log_likelihoods(gaps)}


def _log_likelihoods(gaps: np.ndarray) -> float | None:
    """Mean log density of the best normal less that of the best gamma; None for a handful of gaps."""
    from scipy.stats import gamma, norm

    if len(gaps) < 50:
        return None
    shape, _, scale = gamma.fit(gaps, floc=0)
    normal = norm.logpdf(gaps, gaps.mean(), gaps.std())
    return float(np.mean(normal - gamma.logpdf(gaps, shape, scale=scale)))


def beyond_two_cycles(places: Places) -> Figures:
    """Share not back in 180 days beyond two cycles: three ways to say so."""
    with questions(places["none"]) as run:
        day = run.days - HORIZON
        if day <= 0:
            return {"figure": None}
        at = {cycles: crossing(run, cycles) for cycles in CYCLES}
        file = standing(run, day)
    mean = float(np.nanmean(file["own"])) if np.isfinite(file["own"]).any() else np.nan
    own = [stock(file, day, file["own"], cycles) for cycles in CYCLES]
    found: Figures = {f"crossing_{cycles:g}": value for cycles, value in at.items()}
    found |= {f"stock_own_{cycles:g}": value for cycles, value in zip(CYCLES, own, strict=True)}
    found |= {f"stock_population_{cycles:g}": stock(file, day, mean, cycles) for cycles in (1.5, 2.0)}
    two = {"own": own[CYCLES.index(2.0)], "population": found["stock_population_2"]}
    found |= {f"stock_by_{name}_cycle_above_90": None if value is None else value - LOST for name, value in two.items()}
    found |= {"population_cycle_days": mean, "flips_at": first_reaching(CYCLES, list(at.values()), LOST)}
    return found | {"figure": at[2.0]}


# -- 1.6 ----------------------------------------------------------------------------------------------------------------


def rfm_or_spend(places: Places) -> Figures:
    """Contribution of tiers by recency, frequency and money against tiers by spend, at one programme cost."""
    from sim.measure.subsidy import subsidised

    found: Figures = {"figure": lift(places, "rfm", "spend_tiers", "contribution")}
    for name in ("rfm", "spend_tiers"):
        paid = subsidised(places[name], places["none"])["orders"]["all"]
        given = paid["subsidised_fen"] + paid["winning_fen"]
        found[f"given_on_orders_that_come_anyway_{name}"] = ratio(paid["subsidised_fen"], given)
        found[f"programme_cost_{name}"] = told_one(places[name], "programme_cost")
    return found


PLANS = {"none": NONE, "one": remedies.ONE_PLAN, "last_order": remedies.BY_LAST_ORDER, "cells": remedies.BY_CELL}
CLAIMS = (
    Claim(
        "1.1", "Retail churn is no purchase for a year",
        "of customers silent for 365 days a year before the end, the share with no order in the next 365 days; holds above 0.9",
        {"none": NONE}, silent_year, threshold=LOST,
    ),
    Claim(
        "1.2", "A customer's cycle is the mean of the gaps, which are normal; not for appliances, mattresses, furniture",
        "mean log density of own gaps (over the own mean, five gaps or more) under the best normal less the best gamma, per "
        "gap; holds above 0. Beside it, by category, the share of those beyond two own cycles who are not back in 180 days",
        {kind: World((f"population={kind}",)) for kind in KINDS}, normal_cycle,
    ),
    Claim(
        "1.3", "Beyond 1.5 cycles a customer is at risk, beyond 2 lost (90-95 %)",
        "share not back within 180 days of the moment at which silence reaches 2 own cycles (third order or later); holds above "
        "0.9, or only where the stock on a day of all silent for more than 2 own, or 2 of the population's mean cycles, does; "
        "flips_at: own cycles of silence at which the share at crossing reaches 0.9",
        {"none": NONE}, beyond_two_cycles, threshold=LOST,
        also=("stock_by_own_cycle_above_90", "stock_by_population_cycle_above_90"),
    ),
    Claim(
        "1.4", "They leave because they forget the name; then satisfaction, variety, price, other",
        "relative gain in orders per customer with forgetting off less the largest gain of satisfaction, price or variety off, "
        "on the same luck; holds above 0. Causes as stated stand beside",
        causes.WORLDS, causes.forgetting_first,
    ),
    Claim(
        "1.5", "Touches, parcel gifts and care calls for dear goods cure forgetting",
        "share of needs lost to forgetting that campaign care (note, e-mail, calls from 300 yuan an order on, nobody held out) takes "
        "away; a cure takes away half: holds above 0.5, only where it pays (contribution gained without or with calls, yuan). That "
        "messages refresh memory is an assumption of the engine; how much that is worth is not",
        {"none": NONE, "care": remedies.CARE, "calls": remedies.CARE + "campaign.care.call_from=300"},
        remedies.forgotten, threshold=0.5, also=("contribution_gained_care", "contribution_gained_calls"),
    ),
    Claim(
        "1.6", "Bigger discounts belong to customers with bigger R, F and M",
        "contribution of rfm against spend_tiers at equal programme cost, share; holds above 0",
        {"none": NONE, "rfm": World(("+policy=rfm",), equal=True), "spend_tiers": World(("+policy=spend_tiers",), equal=True)},
        rfm_or_spend, seeds_times=3,
    ),
    Claim(
        "1.7", "Check-in, new goods and early-bird cure variety seeking",
        "orders that hybrid and variety-seeking customers place more under check_in and early_bird; share, holds above 0, if also more "
        "than buyers by habit do (else it is no cure of variety seeking) and contribution is gained, yuan. Beside it what no boredom at "
        "all would bring. New goods are not in the model",
        {"none": NONE, "cures": remedies.CURES, "without_variety": causes.OFF["variety"]}, remedies.cured,
        also=("more_than_inertial", "contribution_gained"),
    ),
    Claim(
        "1.8", "Promote with traffic and marginal goods, tell the lapsed first, above all one-timers; never discount profit goods",
        "contribution of product_matrix less that of the same cuts on profit goods at equal cost (on the line through none), share of "
        "contribution; holds above 0, if also, told by win-back messages, more lapsed and more one-timers are back within a year, and more "
        "buyers of two orders or more are kept than where profit goods are cut",
        {"none": NONE, "matrix": remedies.MATRIX, "profit": remedies.PROFIT, "told": remedies.TOLD}, remedies.classes,
        also=("told_lapsed_come_back", "one_timers_come_back", "buyers_of_two_kept_more"),
    ),
    Claim(
        "1.9", "Segment by frequency and last purchase, with a plan for each cell",
        "an SMS every 60 days to all: contribution with coupons by cell (bought once or more often; active, late, lost) less that with 5 % "
        "for all, at equal cost of coupons and messages (on the line through none), share of contribution; holds above 0",
        PLANS, remedies.plans,
    ),
)  # fmt: skip
