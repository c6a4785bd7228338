"""Tiers from recency, frequency and money, benefits by tier, margin-bearing goods spared (claims 1.6, 1.8)."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Customers, Offer, Receipt, Settlement, ShopView, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]
Weight = Annotated[float, Field(ge=0, le=1)]


@policy_class
class Rfm:
    """A monthly review scores each customer on recency, frequency and money; the score sets the tier."""

    ZERO: ClassVar = {"tier_discount": (0.0, 0.0), "priority_from": 10}  # levers at which it is `none`
    BUDGET_LEVERS: ClassVar = ("tier_discount",)  # what a comparison at equal budgets scales
    rfm_weights: tuple[Weight, Weight, Weight] = (0.4, 0.35, 0.25)
    recency_days: Annotated[float, Field(gt=0)] = 90.0  # a silence this long halves the recency score
    frequency_year: Annotated[float, Field(gt=0)] = 3.0  # orders in a year worth half the frequency score
    money_year: Annotated[float, Field(gt=0)] = 600.0  # yuan in a year worth half the money score
    tier_scores: tuple[Weight, ...] = (0.45, 0.65)  # least score of each tier, ascending
    tier_discount: tuple[Share, ...] = (0.03, 0.06)  # on spared classes nothing
    priority_from: Annotated[int, Field(ge=1, le=10)] = 2  # tier from which the priority line serves; 10 = none
    spared: tuple[bool, bool, bool, bool] = (False, True, False, False)  # traffic, profit, marginal, potential
    review_days: Annotated[int, Field(ge=1, le=365)] = 30  # days between reviews
    status_days: Annotated[int, Field(ge=0, le=3650)] = (
        0  # a tier holds until such a period, from day 0 on, is over; 0 = no hold
    )
    grace_days: Annotated[float, Field(ge=0, le=3650)] = 0.0  # since the last order, in which nobody falls
    soft_landing: bool = False  # whether a review takes one tier at most

    def __post_init__(self) -> None:
        if len(self.tier_scores) != len(self.tier_discount):
            raise ValueError("tier_discount must have as many steps as tier_scores")

    @property
    def worth_anything(self) -> bool:
        """Without benefits there are no tiers."""
        return any(self.tier_discount) or self.priority_from <= len(self.tier_scores)

    def score(self, customers: Customers, day: Any) -> Any:
        """Weighted score in [0, 1), shape (n,)."""
        silence = np.maximum(day - np.nan_to_num(customers.last_order, nan=-1e6), 0.0)
        recency = self.recency_days / (self.recency_days + silence)
        frequency = customers.orders_year / (self.frequency_year + customers.orders_year)
        spend = np.maximum(customers.spend_year, 0.0)
        w = self.rfm_weights
        return w[0] * recency + w[1] * frequency + w[2] * spend / (self.money_year + spend)

    def tiers(self, customers: Customers, day: Any) -> Settlement:
        """Tier and line of each customer: what the score earns, and who may keep a higher tier for now."""
        earned = np.searchsorted(self.tier_scores, self.score(customers, day), side="right")
        held = np.minimum(customers.tier, len(self.tier_scores))
        if self.soft_landing:
            earned = np.maximum(earned, held - 1)
        keeps = (day - customers.last_order <= self.grace_days) & (self.grace_days > 0)
        tier = np.where(keeps | (not self.may_fall(day)), np.maximum(earned, held), earned)
        return Settlement(tier=tier, priority=tier >= self.priority_from)

    def may_fall(self, day: float) -> bool:
        """Whether a new status period has begun since the last review."""
        return self.status_days == 0 or day // self.status_days > (day - self.review_days) // self.status_days

    def offer(self, visit: Visit) -> Offer:
        """The tier's discount, on the classes that are not spared."""
        cut = np.array([0.0, *self.tier_discount])[np.minimum(visit.tier, len(self.tier_discount))]
        return Offer(discount=cut[:, None] * ~np.array(self.spared))

    def settle(self, receipt: Receipt) -> Settlement:
        """Tiers move at reviews only."""
        return Settlement()

    def processes(self, shop: ShopView) -> Iterator[float]:
        """Reviews everybody, now and then every `review_days`."""
        while self.worth_anything:
            shop.assign(self.tiers(shop.customers(), shop.day))
            yield float(self.review_days)
