"""Check-in: a page where members sign in for a small reward and keep the shop in mind (source document 1, claim 1.7)."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class


@policy_class
class CheckInPage:
    """The page is open to all; who takes to it (`messages.checkin_adopt`) comes every `every_days` and is rewarded."""

    ZERO: ClassVar = {"silent_days": 1e-9}  # levers at which nobody is shown the page
    every_days: Annotated[int, Field(ge=7, le=90)] = 7
    silent_days: Annotated[float, Field(gt=0)] = 365.0  # whose last order is older is shown nothing
    holdout: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # has no effect: the page costs by the visit

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """A new page every so often."""
        while True:
            known = shop.customers()
            near = shop.day - known.last_order <= self.silent_days
            shop.send(Touch(known.customer[near], "page", "page"))
            yield float(self.every_days)
