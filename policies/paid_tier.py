"""A paid tier: members pay a yearly fee in advance for a price cut, free post and the priority line."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Bool, Customers, Membership, Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class PaidTier:
    """Whoever thinks a year's membership worth its fee pays it with an order, and has cut and free post from that order on.

    Nobody is made a member by the shop: customers weigh what the last year's purchases would save them. When the
    membership is over they weigh it anew at their next order. The fee is not refunded, whatever is bought or sent back.
    """

    BUDGET_LEVERS: ClassVar = ("cut",)  # what a comparison at equal budgets scales
    ZERO: ClassVar = {"cut": 0.0, "free_post": False}  # levers at which it is `none`: nobody pays for nothing
    fee: Annotated[float, Field(ge=0, le=100_000)] = 60.0  # yuan for `days`
    cut: Share = 0.08  # members' price cut, share of list price
    free_post: bool = True  # members pay no postage
    priority: bool = True  # members are served in the priority line, until their first order after the end
    days: Annotated[int, Field(ge=1, le=3650)] = 365  # that a membership lasts

    def membership(self, visit: Visit) -> Membership:
        """The same terms for everybody."""
        return Membership(self.fee, self.cut, self.free_post, self.days)

    def offer(self, visit: Visit) -> Offer:
        """Cut and free post for members, those who join with this order among them."""
        member = visit.joins | runs(visit, visit.time)
        return Offer(discount=np.where(member, self.cut, 0.0), free_post=member & self.free_post)

    def settle(self, receipt: Receipt) -> Settlement:
        """Members wait in the priority line."""
        return Settlement(priority=runs(receipt, receipt.time)) if self.priority else Settlement()


def runs(known: Customers, now: float | np.ndarray) -> Bool:
    """Whether a membership runs at `now`, shape (n,)."""
    member: Bool = known.member_until > now  # nan, for those who never had one, is not above any day
    return member
