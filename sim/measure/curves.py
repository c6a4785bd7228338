"""Figures by day and by order number, for the pictures of a comparison."""

import numpy as np
from numpy.typing import NDArray

from sim.measure.gaps import index_size, retained
from sim.measure.records import Run, opened
from sim.shop.money import MONEY, SIGN

LONGEST = 20  # order numbers told one by one

_LADDER = """
SELECT order_number AS number, count(*) AS orders, sum(list_fen) AS list_fen, sum(reward) AS reward_fen,
    sum(contribution_fen) AS contribution_fen
FROM bought WHERE order_number <= $longest GROUP BY order_number ORDER BY order_number
"""


def retention_curve(folder: Run) -> NDArray[np.float64]:
    """Share of the index group with an order in (h - 90, h], h = 0..days; shape (days + 1,), nan for no group.

    Orders before day 0 do not count, so that the curve is whole from h = 90 on.
    """
    with opened(folder) as run:
        size = index_size(run)
        change = np.zeros(run.days + 1, np.int64)
        for day, more in retained(run):
            change[day] += more
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
        run.bought()
        rows = run.rows(_LADDER, longest=LONGEST)
        return [{name: int(value) for name, value in row.items()} for row in rows]
