"""Migration from one scheme to another on a date, with what becomes of points and tiers.

`python -m sim +policy=migration +policy@policy.before=points +policy@policy.after=cashback policy.day=180`
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from policies.changes import (
    calendar_until,
    either,
    either_membership,
    membership_of,
    needs_policy,
    run_down,
    settled,
    terms,
)
from policies.none import NoPolicy
from sim.contract import Membership, Offer, PointsProgramme, Receipt, Settlement, ShopView, Visit, policy_class

Scheme = Annotated[Any, Field(json_schema_extra={"type": "object"})]


@policy_class
class Migration:
    """Until `day` the one policy, from then on the other.

    Points are converted if both have a points programme. If only the first has one, points stay good for gifts until
    `redeem_days` after the date, and then lapse. If only the second has one, it begins with nothing. A paid membership of
    the first is worth from the date on what the second grants its own members; if that sells none, nothing.
    """

    ZERO: ClassVar = {"before": NoPolicy(), "after": NoPolicy()}  # levers at which it is `none`
    before: Scheme = None  # policy until the date
    after: Scheme = None  # policy from the date on
    day: Annotated[int, Field(ge=1, le=36500)] = 180  # of the run, at whose midnight the change is made
    conversion: Annotated[float, Field(ge=0, le=100)] = 1.0  # new points for an old one, rounded down lot by lot
    keep_tiers: bool = True  # false: on the date everybody falls to tier 0 and leaves the priority line
    redeem_days: Annotated[int, Field(ge=0, le=3650)] = 90  # after the date, where the second scheme has no points
    announce_days: Annotated[int, Field(ge=0, le=3650)] = 30  # before the date, from which `last_threshold` holds
    # points that buy a gift from the announcement on; 0 = any number, at once; null = as before
    last_threshold: Annotated[int, Field(ge=0, le=1_000_000)] | None = None

    def __post_init__(self) -> None:
        needs_policy("before", self.before, "points")
        needs_policy("after", self.after, "cashback")
        old, new = terms(self.before), terms(self.after)
        if old is not None and old.until is not None:
            raise ValueError("before ends its points by itself; allowed: a policy whose points have no end")
        if old is not None and new is not None and old.cost_ratio != new.cost_ratio:
            raise ValueError(
                f"before and after have points of different cost ({old.cost_ratio:g} and {new.cost_ratio:g} yuan per yuan "
                "of face value); allowed: the same point_cost_ratio, and conversion for a change of worth"
            )

    @property
    def points_programme(self) -> PointsProgramme | None:
        """The terms of both, one after the other."""
        old, new = terms(self.before), terms(self.after)
        if old is None:
            return new
        if new is None:
            ends = replace(old, until=self.day + self.redeem_days)
        else:
            ends = replace(old, until=self.day, successor=new, conversion=self.conversion)
        return run_down(ends, self.day - self.announce_days, self.last_threshold if self.announce_days else None)

    def membership(self, visit: Visit) -> Membership:
        """That of the scheme in force."""
        early = visit.time < self.day
        return either_membership(early, membership_of(self.before, visit), membership_of(self.after, visit))

    def offer(self, visit: Visit) -> Offer:
        """That of the scheme in force."""
        return either(visit.time < self.day, self.before.offer(visit), self.after.offer(visit), visit)

    def settle(self, receipt: Receipt) -> Settlement:
        """Tiers of the scheme in force; where it sets none, they stay."""
        return settled(receipt.time < self.day, self.before.settle(receipt), self.after.settle(receipt), receipt)

    def processes(self, shop: ShopView) -> Iterator[float]:
        """The calendar of the scheme in force; on the date tiers are taken, if they are not kept."""
        yield from calendar_until(self.before, shop, self.day)
        known = shop.customers()
        if not self.keep_tiers and (known.tier.any() or known.priority.any()):
            shop.assign(Settlement(tier=0, priority=False))
        if hasattr(self.after, "processes"):
            yield from self.after.processes(shop)
