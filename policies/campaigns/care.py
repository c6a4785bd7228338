"""Care: thanks and how-to after each order, a call for dear goods (source documents 1 to 3, claims 1.5, 2.8, 3.2)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class


@policy_class
class Care:
    """Information only: it keeps the shop in mind and pleases a little; no price is cut, so nothing is expected."""

    follow_up: bool = True  # e-mail after the order
    insert: bool = True  # a note, booked when the file is next looked at
    call_from: Annotated[float, Field(ge=0)] | None = None  # mean order in yuan from which a customer is called
    # email or call: who sent the last order back is asked what was wrong, `concern_days` after it; null = nobody is
    concern: Literal["email", "call"] | None = None
    concern_days: Annotated[float, Field(ge=7, le=90)] = 14.0
    review_days: Annotated[int, Field(ge=1, le=90)] = 7
    holdout: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At each look, all who have ordered since the last."""
        while True:
            known = shop.customers()
            fresh = shop.day - known.last_order <= self.review_days
            if self.insert:
                shop.send(Touch(known.customer[fresh], "note", "insert"))
            if self.follow_up:
                shop.send(Touch(known.customer[fresh], "how-to", "email"))
            if self.call_from is not None:
                dear = fresh & (known.spend >= self.call_from * known.orders)
                shop.send(Touch(known.customer[dear], "call", "call"))
            if self.concern is not None:
                silence = shop.day - known.last_order
                due = (silence > self.concern_days) & (silence <= self.concern_days + self.review_days)
                sent_back = due & (known.last_paid == 0)
                shop.send(Touch(known.customer[sent_back], "concern", self.concern))
            yield float(self.review_days)
