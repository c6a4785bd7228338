"""What messages did: the shop's own estimate by its held-out share, and the truth, from twins without the campaign."""

from pathlib import Path

import numpy as np

from experiments.evidence.claim import Places
from experiments.evidence.looks import questions, ratio, told

# Each customer's first message of a campaign (or wave) and what was ordered after it, here and in the twin without it.
_ANSWERS = """
WITH first AS (
    SELECT shopper, min(time) AS time, bool_or(holdout) AS held FROM read_parquet($path)
    WHERE campaign = $campaign AND ($wave = '' OR wave = $wave) GROUP BY shopper),
known AS (SELECT f.* FROM first AS f JOIN twin_shoppers USING (shopper) WHERE time + $within <= $days),
here AS (
    SELECT k.shopper, count(*) AS n FROM known AS k JOIN orders AS o ON o.shopper = k.shopper AND o.time >= k.time
    AND o.time < k.time + $within GROUP BY k.shopper),
there AS (
    SELECT k.shopper, count(*) AS n FROM known AS k JOIN twin_orders AS o ON o.shopper = k.shopper AND o.time >= k.time
    AND o.time < k.time + $within GROUP BY k.shopper)
SELECT held, count(*) AS customers, avg((coalesce(here.n, 0) >= $times)::INT) AS answered,
    avg((coalesce(there.n, 0) >= $times)::INT) AS natural
FROM known LEFT JOIN here USING (shopper) LEFT JOIN there USING (shopper) GROUP BY held
"""
_COUPONS = "SELECT coalesce(sum(coupon_fen), 0) / 100 AS yuan FROM orders"


def answers(
    places: Places, on: str, campaign: str, within: float, wave: str = "", times: int = 1, off: str = "none"
) -> dict[str, float]:
    """Answers to each customer's first message of a campaign, or of one wave of it.

    Args:
        places: Of the study.
        on, off: Names of the worlds with and without the campaign.
        campaign, wave: Of the messages; "" = any wave.
        within: Days after the message.
        times: Orders in them that make an answer.
    Returns:
        `customers` written to; `gross`, share of them who answered; `natural`, share of the same customers who did so
        in the twin; `true`, gross less natural; `held_out`, share of those held out who did; `shop`, gross less held_out.
    """
    path = str(places[on] / "touches.parquet")
    with questions(places[on], places[off]) as run:
        rows = run.rows(
            _ANSWERS, path=path, campaign=campaign, wave=wave, within=within, times=times, days=run.days
        )  # fmt: skip
    by = {bool(row["held"]): row for row in rows}
    nobody = {"customers": 0, "answered": np.nan, "natural": np.nan}
    sent, held = by.get(False, nobody), by.get(True, nobody)
    return {
        "customers": float(sent["customers"]),
        "gross": sent["answered"],
        "natural": sent["natural"],
        "true": sent["answered"] - sent["natural"],
        "held_out": held["answered"],
        "shop": sent["answered"] - held["answered"],
    }


def spent(folder: Path) -> float:
    """What a run spent on messages and coupons, yuan."""
    with questions(folder) as run:
        return float(run.rows(_COUPONS)[0]["yuan"]) + told(folder, "messages")[0]


def gain_and_cost(places: Places, world: str, base: str = "none") -> tuple[float, float]:
    """Contribution gained over the base, and concessions and messages that it took, yuan."""
    names = ("contribution", "programme_cost", "messages")
    here, there = (np.array(told(places[name], *names)) for name in (world, base))
    more = here - there
    return float(more[0]), float(more[1] + more[2])


def at_equal_cost(places: Places, plan: str, other: str, base: str = "none") -> float:
    """Contribution of a plan less that of another at the plan's cost, as a share of the base's contribution.

    The other plan is taken at the plan's cost on the straight line through the base, which costs nothing, and itself.
    """
    gain, cost = gain_and_cost(places, plan, base)
    other_gain, other_cost = gain_and_cost(places, other, base)
    return ratio(gain - ratio(other_gain, other_cost) * cost, told(places[base], "contribution")[0])
