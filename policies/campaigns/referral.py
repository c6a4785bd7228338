"""Referral: thanks and a code to pass on, for customers who came back (source document 3, claim 3.4)."""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class

Share = Annotated[float, Field(ge=0, le=0.9)]


@policy_class
class Referral:
    """Who has ordered again is thanked with a code; satisfied customers pass it on, friends come and may buy.

    The referred are bound to the shop while their referrer is. Who has brought a friend may be thanked by a coupon.
    """

    friend_cut: Share = 0.05  # share of price off the friend's first order
    reward: Share = 0.0  # coupon for who has brought a friend, share of price; 0 = thanks only
    least_orders: Annotated[int, Field(ge=1)] = 2
    days_valid: Annotated[float, Field(ge=7, le=365)] = 180.0  # of a code; a later order brings the next
    channel: str = "email"
    review_days: Annotated[int, Field(ge=1, le=90)] = 7
    holdout: Share = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At each look, codes for those who ordered since the last and hold none, and thanks to who brought friends."""
        given: dict[int, float] = {}  # day of the last code, by customer
        thanked: dict[int, int] = {}  # friends thanked for, by customer
        while True:
            known = shop.customers()
            fresh = (shop.day - known.last_order <= self.review_days) & (known.orders >= self.least_orders)
            due = [n for n in known.customer[fresh].tolist() if shop.day - given.get(n, -np.inf) >= self.days_valid]
            given |= dict.fromkeys(due, shop.day)
            shop.send(
                Touch(
                    np.array(due, np.int64), "code", self.channel, coupon_share=self.friend_cut,
                    days_valid=self.days_valid, code=True,
                )
            )  # fmt: skip
            brought = known.friends > 0
            friends = dict(zip(known.customer[brought].tolist(), known.friends[brought].tolist(), strict=True))
            grateful = [n for n, count in friends.items() if count > thanked.get(n, 0)]
            thanked |= friends
            kind = "offer" if self.reward else "information"
            shop.send(
                Touch(np.array(grateful, np.int64), "friend", self.channel, kind, coupon_share=self.reward)
            )  # fmt: skip
            yield float(self.review_days)
