"""Levers that match a message to what the customer file says: parcels sent back, the category's cycle, the lapsed first."""

from typing import Any

import numpy as np
import pytest

from policies.campaigns.care import Care
from policies.campaigns.first_notice import FirstNotice
from policies.campaigns.winback import Winback
from policies.testing.shown import Extreme
from sim.contract import Audience, Touch

N = 6


class Shop(Extreme):
    """Six customers, the same every day; remembers what is sent."""

    def __init__(self, **columns: Any) -> None:
        zero = {name: np.zeros(N) for name in Audience.__dataclass_fields__}
        known = zero | {"customer": np.arange(N), "orders": np.full(N, 3), "spend": np.full(N, 300.0)}
        known |= {"mean_gap": np.full(N, 20.0), "last_paid": np.full(N, 100.0)} | columns
        super().__init__(Audience(**known))
        self.sent: list[Touch] = []

    def send(self, touch: Touch) -> int:
        """Kept."""
        self.sent.append(touch)
        return super().send(touch)

    def told(self, campaign: Any, day: float) -> dict[str, list[int]]:
        """Customers by wave, at the first look on `day`."""
        self.day, self.sent = day, []
        next(campaign.processes(self))
        return {touch.wave: touch.customer.tolist() for touch in self.sent if len(touch.customer)}


SILENCE = np.array([10.0, 35.0, 45.0, 70.0, 90.0, 700.0])


def test_lapse_by_the_own_or_the_categorys_cycle() -> None:
    shop = Shop(last_order=400.0 - SILENCE)
    assert shop.told(Winback(), 400.0) == {"stage 1": [2, 3, 4]}  # beyond 40 days, up to 540
    assert shop.told(Winback(cycle_days=40.0), 400.0) == {"stage 1": [4]}
    assert shop.told(Winback(cycle_days=15.0), 400.0) == {"stage 1": [1, 2, 3, 4]}


@pytest.mark.parametrize("first", [0.0, 0.1])
def test_who_sent_a_parcel_back_is_told_what_was_put_right(first: float) -> None:
    """In place of the coupon; information is the same for all. Without the lever nobody is set apart."""
    shop = Shop(last_order=400.0 - SILENCE, returns=np.array([1, 1, 0, 1, 0, 1]))
    assert shop.told(Winback(stages=(first,)), 400.0) == {"stage 1": [2, 3, 4]}
    found = shop.told(Winback(stages=(first,), reason_matched=True), 400.0)
    assert found == ({"stage 1": [2, 4], "stage 1, put right": [3]} if first else {"stage 1": [2, 3, 4]})
    kinds = {touch.wave: (touch.kind, touch.coupon_share) for touch in shop.sent}
    assert kinds.get("stage 1, put right", ("information", 0.0)) == ("information", 0.0)
    assert kinds["stage 1"] == (("offer", first) if first else ("information", 0.0))


def test_the_lapsed_and_one_time_buyers_hear_first() -> None:
    """Day 447 is three days before the sale of day 450."""
    shop = Shop(last_order=447.0 - SILENCE, orders=np.array([1, 3, 3, 1, 2, 1]))
    assert shop.told(FirstNotice(), 447.0) == {"notice": [1, 2, 4]}
    assert shop.told(FirstNotice(audience="lapsed"), 447.0) == {"notice": [0, 2, 3, 4]}


def test_who_sent_the_last_order_back_is_asked() -> None:
    days = np.array([5.0, 15.0, 16.0, 20.0, 22.0, 300.0])
    shop = Shop(last_order=400.0 - days, last_paid=np.array([0.0, 0.0, 80.0, 0.0, 0.0, 0.0]))
    assert shop.told(Care(), 400.0) == {"note": [0], "how-to": [0]}
    assert shop.told(Care(concern="call"), 400.0) == {"note": [0], "how-to": [0], "concern": [1, 3]}
    assert shop.sent[-1].channel == "call" and shop.sent[-1].kind == "information"
