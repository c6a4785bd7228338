"""A points club: prices stay, points earn gifts (source document 0, claims 0.8 and 0.11)."""

from typing import Annotated, ClassVar

from pydantic import Field

from sim.contract import Offer, PointsProgramme, Receipt, Settlement, Visit, policy_class


@policy_class
class Points:
    """Points for every yuan paid; one gift at one threshold. One point has a face value of one fen."""

    ZERO: ClassVar = {"earn_rate": 0.0}  # levers at which it is `none`
    BUDGET_LEVERS: ClassVar = ("earn_rate",)  # what a comparison at equal budgets scales
    earn_rate: Annotated[float, Field(ge=0, le=0.2)] = 0.01  # yuan of face value per yuan paid
    threshold: Annotated[int, Field(ge=0)] = 500  # points that buy a gift; 0 = redeemed at once
    pending_days: Annotated[int, Field(ge=0, le=365)] = 7  # until the return window is over
    expiry_days: Annotated[int, Field(ge=1, le=3650)] | None = 365  # null = never
    point_cost_ratio: Annotated[float, Field(ge=0, le=1)] = 0.6  # cost of gifts per yuan of face value
    redemption_estimate: Annotated[float, Field(ge=0, le=1)] = 0.75  # until the shop's own past says more

    @property
    def points_programme(self) -> PointsProgramme | None:
        """The terms on the card; none if nothing is earned."""
        if self.earn_rate == 0:
            return None
        return PointsProgramme(
            self.threshold, self.pending_days, self.expiry_days, self.point_cost_ratio, self.redemption_estimate
        )

    def offer(self, visit: Visit) -> Offer:
        """Points for all."""
        return Offer(points=self.earn_rate)

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()
