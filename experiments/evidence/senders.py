"""Campaigns that only studies need: a fixed schedule, those silent for so long, one plan by cells of the customer file."""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class

Share = Annotated[float, Field(ge=0, le=0.9)]
Days = Annotated[float, Field(gt=0)]


def kind_of(share: float) -> str:
    """A message with a coupon is an offer, one without is information."""
    return "offer" if share else "information"


@policy_class
class Schedule:
    """The same message to everybody, again and again; who has not ordered since the last one may be left in peace."""

    every_days: Days = 30.0
    wait_days: Annotated[float, Field(ge=0)] = 0.0  # without an order since the last message; 0 = no patience
    coupon_share: Share = 0.0  # 0 = information
    silent_days: Days = 365.0  # longer silences are given up
    holdout: Share = 0.0

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """A message to all who are due."""
        while True:
            known = shop.customers()
            due = shop.day - known.last_order <= self.silent_days
            unanswered = known.last_order < known.last_message  # false before the first message
            due &= ~(unanswered & (shop.day - known.last_message < self.wait_days))
            kind, share = kind_of(self.coupon_share), self.coupon_share
            shop.send(Touch(known.customer[due], "regular", "sms", kind, coupon_share=share, days_valid=30.0))
            yield self.every_days


@policy_class
class Silent:
    """Those silent for `low` to `high` days when it begins; stage by stage until they order, and anew after a while."""

    low: Annotated[float, Field(ge=0)] = 30.0
    high: Days = 60.0
    stages: tuple[Share, ...] = (0.0,)  # coupon of each stage, share of price; 0 = information
    pause_days: Days = 45.0  # between stages
    again_days: Days = 30.0  # from one beginning to the next
    least_orders: Annotated[int, Field(ge=1)] = 2
    holdout: Share = 0.1

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """Rounds of stages; the days of all rounds are sorted into one calendar."""
        while True:
            begun = shop.day
            for number, share in enumerate(self.stages):
                known = shop.customers()
                silence = begun - known.last_order  # below 0 for who came back since
                due = (silence >= self.low) & (silence < self.high) & (known.orders >= self.least_orders)
                shop.send(
                    Touch(
                        known.customer[due], f"stage {number + 1}", "sms", kind_of(share), coupon_share=share,
                        days_valid=14.0,
                    )
                )  # fmt: skip
                if number + 1 < len(self.stages):
                    yield self.pause_days
            yield max(self.again_days - (shop.day - begun), 1.0)


@policy_class
class Cells:
    """One message every so often to all; the coupon goes by cell: bought once or more often, and how long silent."""

    once: tuple[Share, Share, Share] = (0.05, 0.05, 0.05)  # active, late, lost; 0 = information
    often: tuple[Share, Share, Share] = (0.05, 0.05, 0.05)
    late: Days = 1.5  # mean gaps of silence
    lost: Days = 3.0
    every_days: Days = 60.0
    silent_days: Days = 540.0
    holdout: Share = 0.0

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """All cells at one midnight, each with its own wave."""
        while True:
            known = shop.customers()
            silence = shop.day - known.last_order
            state = np.searchsorted([self.late, self.lost], silence / known.mean_gap)
            near = silence <= self.silent_days
            for row, (name, shares) in enumerate((("once", self.once), ("often", self.often))):
                for place, share in enumerate(shares):
                    cell = near & (state == place) & ((known.orders > 1) == bool(row))
                    shop.send(
                        Touch(
                            known.customer[cell], f"{name} {place}", "sms", kind_of(share), coupon_share=share,
                            days_valid=30.0,
                        )
                    )  # fmt: skip
            yield self.every_days
