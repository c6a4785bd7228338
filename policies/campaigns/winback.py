"""Win-back: lapsed buyers as a class of their own, in stages with long pauses (source document 2, claims 2.6 to 2.12)."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from policies.campaigns.ranking import best, expected_lift
from sim.contract import Bool, CampaignView, Touch, policy_class

Share = Annotated[float, Field(ge=0, le=0.9)]


@policy_class
class Winback:
    """Who has been silent for `lapse_cycles` cycles is written to, stage by stage, until back or out of stages.

    The shop does not know why they left: a stage without a coupon is information (what is new, an apology), which meets
    leavers over service or quality; a stage with one meets leavers over price. With `reason_matched` it takes a parcel
    sent back as a sign: those customers are told what was put right, never sent a coupon.
    """

    stages: tuple[Share, ...] = (0.0, 0.10, 0.20)  # coupon of each stage, share of price
    pause_days: Annotated[float, Field(ge=7, le=730)] = 45.0  # between stages
    lapse_cycles: Annotated[float, Field(gt=0, le=20)] = 2.0  # cycles of silence
    cycle_days: Annotated[float, Field(ge=1, le=3650)] | None = None  # the category's cycle; null = own mean gaps
    reason_matched: bool = False  # who sent a parcel back gets information in place of a coupon
    oldest_days: Annotated[float, Field(gt=0)] = 540.0  # longer silences are given up
    least_orders: Annotated[int, Field(ge=1)] = 2  # promising customers only
    least_basket: Annotated[float, Field(ge=0)] = 0.0  # their mean order, yuan
    ranking: Literal["everybody", "risk", "lift"] = (
        "everybody"  # risk: longest silent first; lift: by the answers so far
    )
    top_share: Annotated[float, Field(gt=0, le=1)] = 0.5  # ranking=risk, lift: share of those due who are written to
    least_answers: Annotated[int, Field(ge=1)] = 100  # ranking=lift: of held-out customers; before, everybody
    minimum: Annotated[float, Field(ge=0)] = 0.0  # list value that a basket needs for the coupon, yuan
    days_valid: Annotated[float, Field(ge=1, le=365)] = 30.0
    channel: str = "sms"
    review_days: Annotated[int, Field(ge=1, le=90)] = 7
    holdout: Share = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages

    def chosen(self, due: Bool, risk: Any, lift: Any, customer: Any) -> Bool:
        """Of those due, all, or the share with the highest risk or expected lift (None: not known yet); shape (n,)."""
        if self.ranking == "everybody" or not due.any():
            return due
        if self.ranking == "risk":
            return due & (risk >= np.quantile(risk[due], 1 - self.top_share))
        return due if lift is None else best(due, self.top_share, lift, risk, customer)

    def lift(self, shop: CampaignView, known: Any, silence: Any) -> Any:
        """What a message is expected to add to each customer's chance of an order; None: not asked for, or not known."""
        if self.ranking != "lift":
            return None
        return expected_lift(shop.answers(), self.least_answers, silence, known.mean_gap, known.orders, known.spend)

    def message(self, customer: Any, wave: str, share: float) -> Touch:
        """An offer, or information where there is no coupon."""
        kind = "offer" if share else "information"
        return Touch(
            customer, wave, self.channel, kind, coupon_share=share, minimum=self.minimum, days_valid=self.days_valid
        )

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At each look, whoever has come into the next stage since the last; at the first, all who lapsed before."""
        begun = shop.day
        while True:
            known = shop.customers()
            silence = shop.day - known.last_order
            promising = (known.orders >= self.least_orders) & (silence <= self.oldest_days)
            promising &= known.spend >= self.least_basket * known.orders
            cycle = known.mean_gap if self.cycle_days is None else self.cycle_days
            lapsed_for = silence - self.lapse_cycles * cycle
            running = np.minimum(lapsed_for, shop.day - begun)  # old lapses begin with the campaign
            risk, lift = silence / cycle, self.lift(shop, known, silence)
            for number, share in enumerate(self.stages):
                start = number * self.pause_days
                due = promising & (lapsed_for >= 0) & (running >= start) & (running < start + self.review_days)
                told = self.chosen(due, risk, lift, known.customer)
                hurt = told & (known.returns > 0) & (self.reason_matched and share > 0)
                shop.send(self.message(known.customer[told & ~hurt], f"stage {number + 1}", share))
                if self.reason_matched and share > 0:
                    shop.send(self.message(known.customer[hurt], f"stage {number + 1}, put right", 0.0))
            yield float(self.review_days)
