"""Points beyond one gift and one expiry, worked by hand through the real register and its midnights."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from policies.points import Points
from sim.contract import Offer, PointsProgramme, Settlement, policy_class
from sim.errors import RegularsError
from sim.shop.counter import PolicyError, read_offer, read_programme
from sim.shop.points import days_to_lapse
from sim.visits import VISIT
from tests.shop.test_points import ANN, BEN, CAI, DEE, midnights, opened, ring_up
from tests.worlds import FlatDiscount, small, trade

Card = dict[str, Any]
CARD: Card = {"earn_rate": 0.1, "threshold": 500, "pending_days": 2, "expiry_days": None}  # ten points a yuan


def test_points_lapse_after_silence() -> None:
    """Five full days without an order: Ann's of day 0 at midnight 6; Ben's, who came again on day 4, at midnight 10."""
    orders = [(0, ANN, 60, False, None), (0, BEN, 40, False, None), (4, BEN, 10, False, None)]
    seen = midnights(Points(**CARD, inactivity_days=5), orders, 12)
    assert seen[5][0][:2] == [(0, 600), (100, 400)]
    assert seen[6][0][:2] == [(0, 0), (100, 400)]
    assert seen[7][0][:2] == [(0, 0), (0, 500)]
    assert seen[10][0][:2] == [(0, 0), (0, 0)]
    assert [seen[day][1][2] for day in (5, 6, 9, 10, 12)] == [0, 600, 600, 1100, 1100]
    late = midnights(Points(**CARD, inactivity_days=6), orders, 12)
    assert late[6][0][0] == (0, 600) and late[7][0][0] == (0, 0)  # a day more is a day later


def test_silence_ends_pending_points_and_counts_once() -> None:
    """Pending points lapse too; a parcel that comes back later finds nothing; the estimate counts the lot once, at its end."""
    card = Points(**CARD | {"pending_days": 7, "expiry_days": 10}, inactivity_days=1)
    seen = midnights(card, [(0, ANN, 60, False, None), (0, BEN, 40, False, 4)], 12)
    assert seen[1][0][:2] == [(600, 0), (400, 0)]
    assert seen[2][0][:2] == [(0, 0), (0, 0)]
    assert seen[12][1] == (1000, 0, 1000, 0)
    world = seen[12][2]
    world.review_estimate()
    assert world.estimate == 0.75 * 100_000 / (100_000 + 1000)
    assert not world.lots.rows["live"].any()


def test_points_lapse_on_a_date() -> None:
    """Day 0 is 1 January: cleared at the end of the 5th, that day's points too; the 6th's live their ten days."""
    orders = [(0, ANN, 60, False, None), (4, BEN, 40, False, None), (5, CAI, 30, False, None)]
    seen = midnights(Points(**CARD | {"expiry_days": 10}, lapse_on=(1, 5)), orders, 17)
    assert seen[4][0] == [(0, 600), (0, 0), (0, 0), (0, 0)]
    assert seen[5][0] == [(0, 0), (0, 0), (0, 0), (0, 0)]
    assert seen[15][0][CAI] == (0, 300) and seen[16][0][CAI] == (0, 0)
    assert seen[17][1] == (1300, 0, 1300, 0)


@pytest.mark.parametrize(
    ("on", "expiry", "days"),
    [
        (date(2025, 1, 1), None, 4), (date(2025, 1, 5), None, 0), (date(2025, 1, 6), None, 364),
        (date(2024, 1, 6), None, 365), (date(2024, 2, 29), None, 311), (date(2025, 1, 6), 90, 90), (date(2025, 1, 1), 90, 4),
    ],
)  # fmt: skip
def test_whichever_end_comes_first(on: date, expiry: int | None, days: int) -> None:
    assert days_to_lapse(PointsProgramme(expiry_days=expiry, lapse_on=(1, 5)), on) == days
    assert days_to_lapse(PointsProgramme(expiry_days=None), on) == -1


def test_the_dearest_gift_that_the_points_buy() -> None:
    """Gifts of 200, 500 and 1000: 610 points buy one of 500, 1010 one of 1000, 260 one of 200, 160 none."""
    card = Points(**CARD | {"threshold": 200, "pending_days": 0}, dearer_gifts=(500, 1000))
    first = [
        (0, ANN, 60, False, None),
        (0, BEN, 100, False, None),
        (0, CAI, 15, False, None),
        (0, DEE, 25, False, None),
    ]
    again = [(1, who, 1, True, None) for who in (ANN, BEN, CAI, DEE)]
    seen = midnights(card, first + again, 2)
    assert [available for _, available in seen[2][0]] == [110, 10, 160, 60]
    assert seen[2][1] == (2040, 1700, 0, 0)


def test_points_besides_are_earned_and_taken_back() -> None:
    """A head start of 200 comes with the order's own 600; the parcel sent back takes all 800."""
    world, row = opened(Points(**CARD, head_start=200)), np.zeros(1, VISIT)
    for name, value in {
        "basket": 60,
        "quantity": 1.0,
        "points": 0.1,
        "bonus": 200,
        "returned": True,
        "return_delay": 1,
    }.items():
        row[name] = value
    row["basket_class"][0, 0] = 60
    ring_up(world, row)
    world.close_day(1)
    assert world.customers.rows["points_pending"].tolist() == [800, 0, 0, 0]
    world.close_day(2)
    assert world.customers.rows["points_pending"].tolist() == [0, 0, 0, 0]


def test_a_head_start_is_felt_as_points_are() -> None:
    """More first orders of prospects: with 30 yuan of points on the card, on the same luck, and none less."""
    config = small(shoppers=200, days=120, population={"prospect_rate": 20.0})
    plain = trade(config, Points())[1]
    gifted = trade(config, Points(head_start=3000))[1]
    first = [np.unique(o["shopper"][(o["order_number"] == 1) & (o["time"] >= 0)]) for o in (plain, gifted)]
    assert set(first[0]) <= set(first[1]) and len(first[1]) > len(first[0])


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"dearer_gifts": (400,)}, "whole points, ascending, > threshold"),
        ({"dearer_gifts": (600.5,)}, "whole points"),
        ({"threshold": 0, "dearer_gifts": (400,)}, "threshold of 1 or more"),
        ({"inactivity_days": 0}, "a whole number >= 1, or None"),
        ({"lapse_on": (2, 29)}, r"\(month, day\), not 29 February"),
        ({"lapse_on": 5}, "lapse_on is 5"),
    ],
)
def test_terms_that_no_card_could_say(terms: dict[str, Any], told: str) -> None:
    class Club(FlatDiscount):
        points_programme = PointsProgramme(**terms)

    with pytest.raises(PolicyError, match=told):
        read_programme(Club())


def test_bonus_points_are_whole_and_points_need_a_programme() -> None:
    """The counter refuses half a point; a policy without a programme may not give any."""
    with pytest.raises(PolicyError, match=r"Offer.bonus_points is 0.5 for 2 of 2; allowed: a whole number of points"):
        read_offer(Offer(bonus_points=0.5), np.zeros(2, VISIT), 0.0)

    class Pointless(FlatDiscount):
        def offer(self, visit: Any) -> Offer:
            return Offer(points=0.01)

    with pytest.raises(RegularsError, match="gives points, but points_programme is missing or None"):
        trade(small(shoppers=50, days=30), Pointless())


@policy_class
class Forgetful:
    """Its programme ends on a day; it goes on giving points until another."""

    until: int = 100
    gives_until: float = 1e9

    @property
    def points_programme(self):
        return PointsProgramme(until=self.until)

    def offer(self, visit):
        return Offer(points=0.05 * (visit.time < self.gives_until))

    def settle(self, receipt):
        return Settlement()


def test_points_after_the_end_of_their_programme_are_refused():
    """Nobody could ever redeem them: one line that says when, and what is right. Up to the end it is a policy like any other."""
    config = small(days=130)
    with pytest.raises(
        RegularsError, match=r"Forgetful.offer .*gives points on day 100, but its programme ended on day 100"
    ):
        trade(config, Forgetful())
    _, orders = trade(config, Forgetful(gives_until=100.0))
    earned = orders["points_earned"] > 0
    assert earned.any() and orders["time"][earned].max() < 100 and orders["time"].max() > 100
    trade(small(days=100), Forgetful())
