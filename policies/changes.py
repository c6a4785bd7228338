"""What migration and closing have in common: terms that run down, and answers before and after a date."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from policies.stack import columns
from sim.contract import Membership, Offer, PointsProgramme, Receipt, Settlement, ShopView, Visit


def needs_policy(name: str, given: Any, example: str) -> None:
    """Refuses what is no policy under the lever `name`."""
    if given is None:
        raise ValueError(f"{name}: none was given; add one: +policy@policy.{name}={example}")
    if not callable(getattr(given, "offer", None)):
        raise ValueError(f"{name} is no policy")


def terms(policy: Any) -> PointsProgramme | None:
    """The points programme of a policy; None without one."""
    found: PointsProgramme | None = getattr(policy, "points_programme", None)
    return found


def run_down(programme: PointsProgramme, announced: int, last_threshold: int | None) -> PointsProgramme:
    """The same programme, on whose card smaller gifts stand from the day `announced` on; `until` stays as it is."""
    if last_threshold is None or last_threshold >= programme.threshold or announced < 1:
        return programme
    gifts = (programme.threshold, *programme.dearer_gifts) if last_threshold > 0 else ()
    least = programme.cash_from if programme.cash_from < last_threshold else 0
    last = replace(programme, threshold=last_threshold, dearer_gifts=gifts, cash_from=least)
    return replace(programme, until=announced, successor=last, conversion=1.0)


def either(early: Any, before: Offer, after: Offer, visit: Visit) -> Offer:
    """Row by row `before` where `early`, else `after`; `early` has shape (n,)."""
    one, other = columns(before, visit), columns(after, visit)
    chosen = {
        name: np.where(early[:, None] if column.ndim == 2 else early, column, other[name])
        for name, column in one.items()
    }
    return Offer(**chosen)


def membership_of(policy: Any, visit: Visit) -> Membership:
    """The membership that a policy states; none is sold if it has none."""
    found: Membership = policy.membership(visit) if hasattr(policy, "membership") else Membership()
    return found


def either_membership(early: Any, before: Membership, after: Membership) -> Membership:
    """Row by row `before` where `early`, else `after`; `early` has shape (n,)."""
    names = ("fee", "discount", "free_post", "days")
    return Membership(*(np.where(early, getattr(before, name), getattr(after, name)) for name in names))


def settled(early: Any, before: Settlement, after: Settlement, receipt: Receipt) -> Settlement:
    """Row by row the tiers of `before` where `early`, else of `after`; who sets none leaves the file as it is."""

    def column(name: str, kept: Any) -> Any:
        values = [getattr(one, name) for one in (before, after)]
        if all(value is None for value in values):
            return None
        first, second = (kept if value is None else value for value in values)
        return np.where(early, first, second)

    tier = column("tier", receipt.tier)
    return Settlement(tier, column("priority", receipt.priority), column("to_next_tier", 0), column("tier_span", 0))


def calendar_until(policy: Any, shop: ShopView, day: int) -> Iterator[float]:
    """A policy's own calendar until `day`, on which it returns."""
    if hasattr(policy, "processes") and shop.day < day:
        for wait in policy.processes(shop):
            if shop.day + np.ceil(wait) >= day:
                break
            yield wait
    if shop.day < day:
        yield float(day - shop.day)
