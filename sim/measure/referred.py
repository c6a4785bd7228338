"""What a campaign's codes brought: friends' visits, friends who bought, and how they fare against other newcomers."""

from typing import Any

import numpy as np

from sim.measure.intervals import difference_of_means, difference_of_shares, mean_of, share_of
from sim.referral import referred

FOLLOWED = 180  # days after the first order over which newcomers are compared


def friends_table(part: Any, campaign: str, days: int) -> dict[str, Any] | None:
    """Figures of the codes of a campaign; None if it gave none.

    Args:
        part: `sim.part.Part`.
        campaign: Its name.
        days: Length of the run.
    """
    mine = [k for k, (name, terms) in enumerate(part.terms) if name == campaign and terms.code]
    if not mine:
        return None
    came = int(sum(part.friends_visits.get(k, 0) for k in mine))
    new = np.flatnonzero(part.customers["first_order"] >= 0)
    friend = referred(part.customers["key"][new])
    known = part.customers["first_order"][new] + FOLLOWED <= days
    groups = [_fare(part, new[known & kept], days) for kept in (friend, ~friend)]
    return {
        "visits": came,
        "customers": int(np.count_nonzero(friend)),
        "referrers": len(np.unique(part.bonds["referrer"])),
        "referrer_left": int(np.count_nonzero(_left(part.people[part.bonds["referrer"]]))),
        "referred": _told(groups[0]),
        "other_newcomers": _told(groups[1]),
        "difference": {
            "stayed_180": difference_of_shares(groups[0][0], groups[1][0]),
            "orders_180": difference_of_means(groups[0][1], groups[1][1]),
        },
    }


def _left(people: Any) -> Any:
    return people["away"] | (people["gone"] != 0)


def _fare(part: Any, rows: Any, days: int) -> tuple[Any, Any]:
    """Who had not turned away 180 days after the first order (latent), and further orders per 180 days until the end."""
    first = part.customers["first_order"][rows]
    stayed = part.people["left_at"][rows] > first + FOLLOWED
    return stayed, (part.customers["orders"][rows] - 1.0) * FOLLOWED / np.maximum(days - first, 1.0)


def _told(group: tuple[Any, Any]) -> dict[str, Any]:
    return {"followed": len(group[0]), "stayed_180": share_of(group[0]), "orders_180": mean_of(group[1])}
