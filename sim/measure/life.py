"""One customer's life in one world, for the picture of the same shopper in two."""

from pathlib import Path
from typing import Any

from sim.measure.records import SEGMENTS, opened
from sim.visits import CATEGORY_OVER, CAUSES, MOVED

_ORDER = (
    "time", "need", "order_number", "tier", "list_fen", "discount_fen", "post_forgone_fen", "gift_fen", "ask_fen",
    "refused", "points_earned", "points_redeemed", "points_fen", "contribution_fen", "returned", "late_days", "defect",
    "misfit",
)  # fmt: skip
_AT_END = ("satisfaction", "expectation", "points_available", "points_pending", "tier", "needs_alive", "considered")
_BEFORE = ("first_order", "history_last_order", "history_cycle")


def life(folder: str | Path, shopper: int) -> dict[str, Any] | None:
    """What the records hold of one customer; None if the shop never had an order of this shopper.

    Args:
        folder: Of a run with `record=orders`.
        shopper: Key; customers of day 0 of a made-up population are numbered from 0.
    Returns:
        `segment`, `known` (at day 0), `index`, `before` (day of the first order, last order and cycle before day 0),
        `orders` (by time: concessions, ask, points earned and redeemed, money, mishaps), `exit_day` and `exit_cause`
        (None while the customer has not left by the end), `at_end` (satisfaction in utils, expectation, points, tier,
        needs met and visits since day 0). Satisfaction over time is not recorded, nor are lapsed or withdrawn points
        by customer: only what is left at the end is known.
    """
    with opened(folder) as run:
        pages = run.rows("SELECT * FROM shoppers WHERE shopper = $shopper", shopper=shopper)
        if not pages:
            return None
        page = pages[0]
        orders = run.rows(
            f"SELECT {', '.join(_ORDER)} FROM orders WHERE shopper = $shopper ORDER BY time", shopper=shopper
        )
        day, cause = _exit(page, run.days)
    return {
        "shopper": shopper,
        "segment": SEGMENTS[page["segment"]],
        "known": page["segment"] > 0,
        "index": page["index"],
        "before": {name: page[name] for name in _BEFORE},
        "orders": orders,
        "exit_day": day,
        "exit_cause": cause,
        "at_end": {name: page[name] for name in _AT_END},
    }


def _exit(page: dict[str, Any], days: int) -> tuple[float | None, str | None]:
    """Which end came first, by the end of the run: turning away, the end of the category, or moving."""
    ends = (
        (page["left_at"], CAUSES[page["away_cause"]]),
        (page["category_end"], CAUSES[CATEGORY_OVER]),
        (page["moved_at"], CAUSES[MOVED]),
    )
    day, cause = min(ends, key=lambda end: end[0])
    return (day, cause) if day <= days else (None, None)
