"""The second life of the regained: who came back after a campaign's first message, against who came back untouched.

Among customers whom the message found lapsed. Definitions: docs/writing-a-campaign.md.
"""

from typing import Any

import numpy as np

from sim.lives import LIFE_DAYS
from sim.measure.intervals import difference_of_means, difference_of_shares, mean_of, share_of


def second_life(lives: Any, days: int) -> dict[str, Any]:
    """Figures of one campaign.

    Args:
        lives: `sim.lives.LIFE` records of the campaign, shape (n,).
        days: Length of the run.
    """
    groups = {"touched": ~lives["holdout"], "natural": lives["holdout"]}
    found: dict[str, Any] = {name: _group(lives[kept], days) for name, kept in groups.items()}
    followed = [_followed(lives[kept], days) for kept in groups.values()]
    found["difference"] = {
        "orders_180": difference_of_means(*(each["orders"].astype(float) for each in followed)),
        "active_180": difference_of_shares(*(each["active"] for each in followed)),
        "contribution_180": difference_of_means(*(each["contribution_fen"] / 100.0 for each in followed)),
    }
    return found


def _followed(lives: Any, days: int) -> Any:
    """Those who came back early enough to be followed."""
    return lives[lives["returned"] + LIFE_DAYS <= days]


def _group(lives: Any, days: int) -> dict[str, Any]:
    followed = _followed(lives, days)
    return {
        "lapsed": len(lives),
        "returned": int(np.count_nonzero(~np.isnan(lives["returned"]))),
        "followed": len(followed),
        "orders_180": mean_of(followed["orders"].astype(float)),
        "active_180": share_of(followed["active"]),
        "contribution_180": mean_of(followed["contribution_fen"] / 100.0),
        "days_to_lapse": days_to_lapse(lives[~np.isnan(lives["returned"])], days),
    }


def days_to_lapse(lives: Any, days: int) -> dict[str, Any]:
    """Median days from the return until lapsed again, with its 95 % interval (None beyond what was seen).

    Source: Kaplan & Meier (1958); interval by Brookmeyer & Crowley (1982), as statsmodels gives it.
    """
    nothing = {"median": None, "low": None, "high": None}
    if not len(lives):
        return nothing
    from statsmodels.duration.survfunc import SurvfuncRight

    mark = np.where(np.isnan(lives["lapsed"]), lives["last"] + lives["patience"], lives["lapsed"])
    lapsed = mark <= days
    if not lapsed.any():
        return nothing
    curve = SurvfuncRight(np.minimum(mark, days) - lives["returned"], lapsed.astype(int))
    with np.errstate(divide="ignore", invalid="ignore"):  # at survival 1 and 0
        low, high = curve.quantile_ci(0.5)
    named = {"median": float(curve.quantile(0.5)), "low": float(low), "high": float(high)}
    return {name: value if np.isfinite(value) else None for name, value in named.items()}
