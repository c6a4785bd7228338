"""Document 3's newcomers of 11.11: whose first order fell into a sale, and was large enough."""

import numpy as np
import pytest

from policies.campaigns.newcomer_waves import NewcomerWaves
from policies.none import NoPolicy
from sim.calendar import Calendar
from sim.door import in_sale
from tests.worlds import small, trade

SALES = {"sales": [{"name": "spring", "month": 4, "day": 1, "days": 5, "discount": 0.2}]}


def test_which_times_fell_into_a_sale() -> None:
    """Only days that are over, only days of the calendar; nan never."""
    days = np.zeros(20)
    days[[4, 5, 12]] = 0.1  # days -6, -5 and 2
    calendar = Calendar(-10, np.ones(20), np.arange(21.0), days)
    times = np.array([-20.0, -6.0, -5.01, -5.0, -4.0, np.nan, 2.0, 2.99, 3.0, 99.0])
    assert in_sale(calendar, 3, times).tolist() == [0, 1, 1, 1, 0, 0, 1, 1, 0, 0]
    assert in_sale(calendar, 2, times).tolist() == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]  # day 2 has not traded yet


@pytest.mark.parametrize("least", [0.0, 150.0])
def test_only_newcomers_of_the_sale_are_written_to(least: float) -> None:
    """Without the lever most newcomers come on other days; with it nobody else is written to, and all waves arise."""
    config = small(days=250, population={"prospect_rate": 8.0}, events=SALES)
    written, world = {}, None
    for lever in (False, True):
        campaign = NewcomerWaves(first_spend=least, first_in_sale=lever, pause_days=20.0)
        world, orders = trade(config, NoPolicy(), campaigns={"it": campaign})
        written[lever] = set(world.post.messages.rows["key"].tolist())
    rows = world.customers.rows
    begun = 90  # 1 April, from 1 January on
    first = dict(zip(rows["key"].tolist(), rows["first_order"].tolist(), strict=True))
    assert written[True] and all(begun <= first[key] < begun + 5 for key in written[True])
    assert written[True] == {key for key in written[False] if begun <= first[key] < begun + 5}
    assert len(written[True]) < len(written[False]) / 2
    assert len(set(world.post.messages.rows["wave"].tolist())) == 6
    spent = dict(zip(orders["shopper"][orders["order_number"] == 1].tolist(),
                     orders["list_fen"][orders["order_number"] == 1].tolist(), strict=True))  # fmt: skip
    assert all(spent[key] >= least * 100 for key in written[True])
