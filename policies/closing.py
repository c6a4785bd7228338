"""Closing a points scheme: announced, run down, and at its end what is left lapses. The rest of the scheme goes on.

`python -m sim +policy=closing +policy@policy.scheme=points policy.announce_day=365`
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from policies.changes import either, membership_of, needs_policy, run_down, terms
from policies.none import NoPolicy
from sim.contract import Membership, Offer, PointsProgramme, Receipt, Settlement, ShopView, Visit, policy_class


@policy_class
class Closing:
    """From the announcement on members may take smaller gifts; after the notice all points lapse.

    The run on points is no lever: smaller gifts come within the reach of more members, and each redeems with the own
    probability at the next order. What lapses at the end leaves the liability and comes back in `points_revaluation`.
    """

    ZERO: ClassVar = {"scheme": NoPolicy()}  # levers at which it is `none`
    scheme: Annotated[Any, Field(json_schema_extra={"type": "object"})] = None  # the policy whose points end
    announce_day: Annotated[int, Field(ge=1, le=36500)] = 365  # day of the run on which members are told
    notice_days: Annotated[int, Field(ge=1, le=3650)] = 90  # from then on until all points lapse
    earn_until: Literal["announcement", "end"] = "announcement"  # how long orders still earn points
    # points that buy a gift after the announcement; 0 = any number, at once; null = as before
    last_threshold: Annotated[int, Field(ge=0, le=1_000_000)] | None = 100

    def __post_init__(self) -> None:
        needs_policy("scheme", self.scheme, "points")
        programme = terms(self.scheme)
        if programme is None and not isinstance(self.scheme, NoPolicy):  # which is what this one is at zero
            raise ValueError("scheme has no points to close; allowed: a policy that gives points, such as points")
        if programme is not None and programme.until is not None:
            raise ValueError("scheme ends its points by itself; allowed: a policy whose points have no end")

    @property
    def end(self) -> int:
        """Day at whose beginning all points lapse."""
        return self.announce_day + self.notice_days

    @property
    def points_programme(self) -> PointsProgramme | None:
        """The scheme's terms, run down."""
        programme = terms(self.scheme)
        if programme is None:
            return None
        return run_down(replace(programme, until=self.end), self.announce_day, self.last_threshold)

    def membership(self, visit: Visit) -> Membership:
        """The scheme's."""
        return membership_of(self.scheme, visit)

    def offer(self, visit: Visit) -> Offer:
        """What the scheme gives, without points once they are no longer earned."""
        given = self.scheme.offer(visit)
        stop = self.announce_day if self.earn_until == "announcement" else self.end
        return either(visit.time < stop, given, replace(given, points=0.0, bonus_points=0), visit)

    def settle(self, receipt: Receipt) -> Settlement:
        """The scheme's tiers."""
        settlement: Settlement = self.scheme.settle(receipt)
        return settlement

    def processes(self, shop: ShopView) -> Iterator[float]:
        """The scheme's calendar."""
        if hasattr(self.scheme, "processes"):
            yield from self.scheme.processes(shop)
