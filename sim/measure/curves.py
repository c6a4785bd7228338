"""Figures by day and by order number, for the pictures of a comparison."""

import numpy as np
from numpy.typing import NDArray

from sim.measure.records import REWARD, Run, opened
from sim.shop.money import MONEY, SIGN

RETENTION_DAYS = 90
LONGEST = 20  # order numbers told one by one

# An order at t counts for t <= h < t + 90, or until the next order takes over.
_SPELLS = f"""
WITH spells AS (
    SELECT ceil(time) AS start, least(ceil(time + {RETENTION_DAYS}),
        coalesce(ceil(lead(time) OVER (PARTITION BY shopper ORDER BY time)), 1e12)) AS stop
    FROM orders SEMI JOIN (SELECT shopper FROM shoppers WHERE "index") USING (shopper)),
changes AS (SELECT unnest([start, stop]) AS day, unnest([1, -1]) AS change FROM spells)
SELECT CAST(day AS BIGINT) AS day, sum(change) AS change FROM changes WHERE day <= $days GROUP BY day
"""
_LADDER = f"""
SELECT order_number AS number, count(*) AS orders, sum(list_fen) AS list_fen, sum({REWARD}) AS reward_fen,
    sum(contribution_fen) AS contribution_fen
FROM orders WHERE order_number <= {LONGEST} GROUP BY order_number ORDER BY order_number
"""


def retention_curve(folder: Run) -> NDArray[np.float64]:
    """Share of the index group with an order in (h - 90, h], h = 0..days; shape (days + 1,), nan for no group.

    Orders before day 0 do not count, so that the curve is whole from h = 90 on.
    """
    with opened(folder) as run:
        size = run.rows('SELECT count(*) AS size FROM shoppers WHERE "index"')[0]["size"]
        change = np.zeros(run.days + 1, np.int64)
        for row in run.rows(_SPELLS, days=run.days):
            change[row["day"]] += row["change"]
    return np.cumsum(change) / size if size else np.full(len(change), np.nan)


def contribution_by_day(folder: Run) -> NDArray[np.int64]:
    """Contribution by day after wages and advertising, fen, shape (days,); what falls after the end is left out."""
    terms = " ".join(f"{'+' if sign > 0 else '-'} {name}" for name, sign in zip(MONEY, SIGN, strict=True))
    with opened(folder) as run:
        rows = run.rows(
            f"SELECT 0 {terms} - wages_fen - acquisition_fen - messages_fen AS fen FROM daily WHERE row = 'day' ORDER BY day"
        )
    return np.array([row["fen"] for row in rows], np.int64)


def ladder(folder: Run) -> list[dict[str, int]]:
    """By order number in the customer's life, 1..20: orders, list sales, reward money and contribution, fen."""
    with opened(folder) as run:
        return [{name: int(value) for name, value in row.items()} for row in run.rows(_LADDER)]
