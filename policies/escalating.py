"""Giving regulars ever more: a first discount, then what is asked for, until the margin floor (claims 0.6, 0.7)."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class Escalating:
    """Opens with a discount; then concedes what is asked: discount, free post, gift; refuses below the margin floor."""

    ZERO: ClassVar = {"open_with": 0.0, "concede": False}  # levers at which it is `none`
    BUDGET_LEVERS: ClassVar = ("open_with",)  # what a comparison at equal budgets scales
    open_with: Share = 0.02  # first concession to a returning customer, share of list price
    max_discount: Share = 0.10  # largest price cut; what is asked beyond comes as free post, then as a gift
    margin_floor_order: Annotated[float, Field(ge=-1, le=1)] = (
        0.0  # least contribution of an order, share of list price
    )
    concede: bool = True  # false: the hard line, which never gives anything

    def offer(self, visit: Visit) -> Offer:
        """The concession of each customer; nothing for first orders, and nothing once the floor is reached."""
        if not self.concede:
            return Offer()
        opening = np.where((visit.orders > 0) & (visit.last_grant <= 0), self.open_with * visit.basket, 0.0)
        standing = np.where(visit.orders > 0, visit.last_grant * visit.basket, 0.0)
        want = np.maximum(np.maximum(opening, standing), visit.ask)
        cut = np.minimum(want, self.max_discount * visit.basket)
        post = (want - cut > 0) & (visit.post_fee > 0)
        gift = np.maximum(want - cut - np.where(post, visit.post_fee, 0.0), 0.0)
        left = visit.basket - cut - visit.goods_cost - visit.post_cost - gift + np.where(post, 0.0, visit.post_fee)
        grant = left >= self.margin_floor_order * visit.basket
        return Offer(
            discount=np.where(grant, cut / np.maximum(visit.basket, 0.01), 0.0),
            free_post=post & grant,
            gift=np.where(grant, gift, 0.0),
        )

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()
