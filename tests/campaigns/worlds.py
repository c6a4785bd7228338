"""Campaigns for small shops: all that are built, with levers that make much happen in 300 days."""

from collections.abc import Iterator
from typing import Any

from policies.campaigns.care import Care
from policies.campaigns.check_in import CheckInPage
from policies.campaigns.early_bird import EarlyBird
from policies.campaigns.first_notice import FirstNotice
from policies.campaigns.newcomer_waves import NewcomerWaves
from policies.campaigns.referral import Referral
from policies.campaigns.winback import Winback
from sim.contract import CampaignView, Touch, policy_class

SALES = {"sales": [{"name": "spring", "month": 4, "day": 1, "days": 5, "discount": 0.2}]}
LOUD: dict[str, Any] = {  # messages are read and do much, so that every branch is taken
    "messages": {
        "unsubscribe": 0.03, "sleeping_dog": 0.3, "return_prob": 0.4, "nudge": 0.5, "contact_cap": 5, "checkin_adopt": 0.4,
        "referral_rate": 0.4, "referral_satisfaction": -0.5,
    },
    "events": SALES,
}  # fmt: skip
CAMPAIGNS: dict[str, Any] = {
    "care": Care(call_from=200.0, budget=150.0),
    "check_in": CheckInPage(every_days=14),
    "early_bird": EarlyBird(cut=0.2, channel="sms"),
    "first_notice": FirstNotice(least_orders=1),
    "newcomer_waves": NewcomerWaves(pause_days=20.0, first_spend=0.0, minimum=50.0, review_days=5),
    "referral": Referral(friend_cut=0.3, reward=0.1, least_orders=1, days_valid=90.0, channel="sms"),
    "winback": Winback(stages=(0.0, 0.3), pause_days=30.0, lapse_cycles=1.0, ranking="risk", budget=20.0),
}


@policy_class
class Everybody:
    """The same message to all, every so often."""

    every_days: float = 10.0
    channel: str = "sms"
    kind: str = "offer"
    coupon_share: float = 0.0
    coupon_yuan: float = 0.0
    minimum: float = 0.0
    classes: tuple[bool, bool, bool, bool] = (True, True, True, True)
    days_valid: float = 30.0
    holdout: float = 0.0
    budget: float | None = None
    times: int = 10_000
    uses: int = 1

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """Sends to everybody in the file."""
        for _ in range(self.times):
            names = ("coupon_share", "coupon_yuan", "minimum", "classes", "days_valid", "uses")
            told = {name: getattr(self, name) for name in names}
            shop.send(Touch(shop.customers().customer, "all", self.channel, self.kind, **told))
            yield self.every_days
