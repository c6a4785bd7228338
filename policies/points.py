"""A points club: prices stay, points earn gifts (source document 0, claims 0.8 and 0.11)."""

from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, PointsProgramme, Receipt, Settlement, Visit, policy_class

Gift = Annotated[int, Field(ge=1, le=1_000_000)]
Month = Annotated[int, Field(ge=1, le=12)]
Day = Annotated[int, Field(ge=1, le=31)]
DAYS_OF = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@policy_class
class Points:
    """Points for every yuan paid, gifts for points. One point has a face value of one fen.

    All levers after `redemption_estimate` are neutral as they stand: one gift, no head start, one rate for all.
    """

    BUDGET_LEVERS: ClassVar = ("earn_rate",)  # what a comparison at equal budgets scales
    ZERO: ClassVar = {"earn_rate": 0.0}  # levers at which it is `none`
    earn_rate: Annotated[float, Field(ge=0, le=0.2)] = 0.01  # yuan of face value per yuan paid
    threshold: Annotated[int, Field(ge=0)] = 500  # points that buy a gift; 0 = redeemed at once
    pending_days: Annotated[int, Field(ge=0, le=365)] = 7  # until the return window is over
    expiry_days: Annotated[int, Field(ge=1, le=3650)] | None = 365  # null = never
    point_cost_ratio: Annotated[float, Field(ge=0, le=1)] = 0.6  # cost of gifts per yuan of face value
    redemption_estimate: Annotated[float, Field(ge=0, le=1)] = 0.75  # until the shop's own past says more
    dearer_gifts: tuple[Gift, ...] = ()  # points of further gifts, ascending; the dearest that can be had is taken
    lapse_on: tuple[Month, Day] | None = None  # month and day at whose end all points lapse every year
    inactivity_days: Annotated[int, Field(ge=1, le=3650)] | None = None  # without an order, then all points lapse
    head_start: Annotated[int, Field(ge=0, le=100_000)] = 0  # points with the first order from day 0 on
    streak_orders: Annotated[int, Field(ge=1, le=1000)] = 3  # earlier orders in the year that make a streak
    streak_days: Annotated[float, Field(ge=0, le=3650)] = 45.0  # since the last of them, at most
    streak_bonus: Annotated[float, Field(ge=0, le=4)] = 0.0  # points more in a streak, share of the usual
    cash_from: Annotated[int, Field(ge=0, le=1_000_000)] = 0  # points that with cash buy the first gift; 0 = none do
    cash_ratio: Annotated[float, Field(ge=0, le=10)] = 1.0  # yuan in cash per yuan of face value that is missing
    tier_spend: tuple[Annotated[float, Field(ge=0)], ...] = ()  # yuan in a year for each tier of earning, ascending
    tier_factors: tuple[Annotated[float, Field(ge=0, le=10)], ...] = ()  # times the rate, by tier, that of tier 1 first

    def __post_init__(self) -> None:
        if self.tier_spend and len(self.tier_spend) != len(self.tier_factors):
            raise ValueError("tier_spend must have as many steps as tier_factors")
        if list(self.tier_spend) != sorted(self.tier_spend):
            raise ValueError("tier_spend must ascend")
        if any(
            gift <= below for gift, below in zip(self.dearer_gifts, (self.threshold, *self.dearer_gifts), strict=False)
        ):
            raise ValueError("dearer_gifts must ascend and lie above threshold")
        if self.dearer_gifts and self.threshold == 0:
            raise ValueError("dearer_gifts needs a threshold of 1 or more, since at 0 all points are redeemed at once")
        if self.cash_from >= max(self.threshold, 1):
            raise ValueError("cash_from must lie below threshold, or be 0")
        if self.lapse_on is not None and self.lapse_on[1] > DAYS_OF[self.lapse_on[0] - 1]:
            raise ValueError("lapse_on must be a month and a day of every year, such as [12, 31]")

    @property
    def points_programme(self) -> PointsProgramme | None:
        """The terms on the card; none if nothing is earned."""
        if self.earn_rate == 0:
            return None
        return PointsProgramme(
            self.threshold, self.pending_days, self.expiry_days, self.point_cost_ratio, self.redemption_estimate,
            self.dearer_gifts, self.lapse_on, self.inactivity_days, self.cash_from, self.cash_ratio,
        )  # fmt: skip

    def offer(self, visit: Visit) -> Offer:
        """Points for all; more in a streak or a higher tier, and a head start for those who join."""
        return Offer(points=self.rate(visit), bonus_points=self.welcome(visit))

    def rate(self, visit: Visit) -> Any:
        """Yuan of face value per yuan paid: one number, or shape (n,)."""
        rate: Any = self.earn_rate
        if self.streak_bonus > 0:
            recent = visit.time - visit.last_order <= self.streak_days  # false before the first order
            rate = rate * (1.0 + self.streak_bonus * (recent & (visit.orders_year >= self.streak_orders)))
        if self.tier_factors:
            rate = rate * np.array([1.0, *self.tier_factors])[np.minimum(visit.tier, len(self.tier_factors))]
        return np.minimum(rate, 1.0)

    def welcome(self, visit: Visit) -> Any:
        """The head start, for the first order from day 0 on (Nunes & Dreze 2006): points, shape (n,), or 0."""
        if self.head_start == 0 or self.earn_rate == 0:
            return 0
        return self.head_start * ((visit.time >= 0) & ~(visit.last_order >= 0))

    def settle(self, receipt: Receipt) -> Settlement:
        """The tier of earning after this order, if there are tiers."""
        if not self.tier_spend or self.earn_rate == 0:
            return Settlement()
        tier = np.searchsorted(self.tier_spend, receipt.spend_year, side="right")
        ahead, below = np.array([*self.tier_spend, np.inf]), np.array([0.0, *self.tier_spend])
        return Settlement(
            tier=tier,
            to_next_tier=np.maximum(ahead[tier] - receipt.spend_year, 0.0),
            tier_span=ahead[tier] - below[tier],
        )
