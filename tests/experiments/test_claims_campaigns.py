"""Studies of campaigns: the truth is counted in twins, whoever is written to, and equal cost is a straight line."""

from pathlib import Path

import numpy as np
import pytest

from experiments.evidence import responses
from experiments.evidence.claim import Claim, World
from experiments.evidence.gather import Study, plan
from experiments.evidence.levers import OnClasses
from experiments.evidence.senders import Cells, Schedule, Silent
from experiments.evidence.table import CLAIMS
from experiments.evidence.winning_back import sender
from experiments.sweep import Machine
from experiments.worlds import answer


class Shop:
    """A customer file that a campaign reads, and what it sent."""

    def __init__(self, day, last_order, orders=3, mean_gap=30.0, last_message=np.nan):
        self.day, self.sent = day, []
        n = len(last_order)
        self.customer, self.last_order = np.arange(n), np.array(last_order, float)
        self.orders, self.mean_gap = np.broadcast_to(orders, n), np.full(n, mean_gap)
        self.last_message = np.broadcast_to(last_message, n)

    def customers(self):
        return self

    def send(self, touch):
        self.sent.append((touch.wave, touch.kind, touch.coupon_share, touch.customer.tolist()))


def test_a_schedule_with_patience_leaves_those_in_peace_who_did_not_answer():
    """Never written to; answered; unanswered for 100 days; unanswered for 200 days; silent for too long."""
    last, message = [150, 150, 50, 100, -200], [np.nan, 100, 100, 150, np.nan]
    shop = Shop(200.0, last, last_message=np.array(message))
    assert next(Schedule(wait_days=180.0, every_days=30.0).processes(shop)) == 30.0
    assert shop.sent == [("regular", "information", 0.0, [0, 1])]
    shop.sent.clear()
    next(Schedule(coupon_share=0.1).processes(shop))
    assert shop.sent == [("regular", "offer", 0.1, [0, 1, 2, 3])]


def test_stages_go_on_for_those_who_have_not_come_back():
    shop = Shop(0.0, [-400, -400, -100, -800], orders=np.array([2, 2, 5, 5]))
    days = Silent(low=365, high=730, stages=(0.0, 0.2), pause_days=45, again_days=1000).processes(shop)
    assert next(days) == 45
    shop.day, shop.last_order[1] = 45.0, 20.0
    assert next(days) == 1000 - 45
    assert shop.sent == [("stage 1", "information", 0.0, [0, 1]), ("stage 2", "offer", 0.2, [0])]


def test_each_customer_falls_into_one_cell():
    shop = Shop(100.0, [90, 40, -50, 90, 40, -50, -500], orders=np.array([1, 1, 1, 4, 4, 4, 4]))
    next(Cells(once=(0.01, 0.02, 0.0), often=(0.04, 0.05, 0.06)).processes(shop))
    told = {customer: (kind, share) for _, kind, share, customers in shop.sent for customer in customers}
    assert told == {
        0: ("offer", 0.01),
        1: ("offer", 0.02),
        2: ("information", 0.0),
        3: ("offer", 0.04),
        4: ("offer", 0.05),
        5: ("offer", 0.06),
    }


def test_cuts_on_other_classes():
    class At:
        time, orders, last_order, mean_gap = np.array([10.0, 10.0]), np.array([5, 0]), np.array([5.0, np.nan]), 30.0

    assert OnClasses(cut=0.1).offer(At()).discount.tolist() == [[0, 0.1, 0, 0], [0, 0, 0, 0]]


def test_equal_cost_lies_on_the_line_through_the_base(monkeypatch):
    """The other plan gains 20 yuan for 10; the plan costs 5, so it is held against 10."""
    worlds = {"none": (100.0, 1.0, 0.0), "plan": (115.0, 4.0, 2.0), "other": (120.0, 6.0, 5.0)}
    monkeypatch.setattr(responses, "told", lambda folder, *names: list(worlds[folder])[: len(names)])
    places = {name: name for name in worlds}
    assert responses.gain_and_cost(places, "other") == (20.0, 10.0)
    assert responses.at_equal_cost(places, "plan", "other") == pytest.approx((15 - 10) / 100)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A shop that writes to nobody, one that sends a coupon of 40 %, and one that writes and is read by nobody."""
    study = Study((f"runs_dir={tmp_path_factory.mktemp('runs')}",), 600, 120, Machine())
    on = sender("Schedule", every_days=1000.0, coupon_share=0.4, holdout=0.5)
    worlds = {"none": World(), "on": on, "unread": on + "messages.sms.open=0.0"}
    return {name: Path(answer(study.config(world) | {"seed": 3})) for name, world in worlds.items()}


def test_the_truth_is_counted_in_twins(places):
    """What nobody reads changes nothing, although the gross response is large (planted: gross taken for the truth)."""
    unread = responses.answers(places, "unread", "study", 30.0)
    assert unread["true"] == 0.0
    assert unread["gross"] == unread["natural"] > 0.1
    read = responses.answers(places, "on", "study", 30.0)
    assert read["true"] > 0
    assert read["shop"] == read["gross"] - read["held_out"]
    assert read["customers"] == unread["customers"] > 100
    assert responses.answers(places, "on", "study", 30.0, times=2)["gross"] < read["gross"]
    nobody = responses.answers(places, "on", "another", 30.0)
    assert nobody["customers"] == 0 and np.isnan(nobody["true"])


def test_messages_and_coupons_are_spending(places):
    assert responses.spent(places["none"]) == 0.0
    assert responses.spent(places["on"]) > responses.spent(places["unread"]) > 0.0


def test_a_claim_may_take_more_seeds_than_the_others():
    claim = Claim("9.9", "text", "measure", {"none": World()}, lambda places: {}, seeds_times=3)
    assert [seed for _, _, seed in plan([claim], (4, 7), (4,))] == [4, 7, 8, 9, 10, 11]


def test_what_cannot_be_measured_says_why():
    missing = {name: claim.missing for name, claim in CLAIMS.items() if claim.missing}
    assert set(missing) == {"2.13", "3.2"}
    assert "income" in missing["2.13"] and "topic" in missing["3.2"]
    assert all(claim.look is not None for claim in CLAIMS.values())
